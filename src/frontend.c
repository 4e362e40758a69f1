/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frontend-private.h"
#include <math.h>
#include <pthread.h>
#include "representation.h"

GenreFrontEndConfig
genre_front_end_config_default (void)
{
  return (GenreFrontEndConfig){
      .representation = GENRE_REPRESENTATION_MEL,
      .rate = 22050,
      .fft_size = 2048,
      .hop = 914,
      .bands = 128,
      .coefficients = 0,
      .min_frequency = 0,
      .max_frequency = 11025,
  };
}

gboolean
genre_front_end_config_equal (const GenreFrontEndConfig *a, const GenreFrontEndConfig *b)
{
  return a->representation == b->representation && a->rate == b->rate &&
         a->fft_size == b->fft_size && a->hop == b->hop && a->bands == b->bands &&
         a->coefficients == b->coefficients && a->min_frequency == b->min_frequency &&
         a->max_frequency == b->max_frequency;
}

GenreFrontEndConfig
genre_front_end_config_as_stored (const GenreFrontEndConfig *config)
{
  GenreFrontEndConfig stored = *config;
  stored.representation = genre_representation_get_traits (config->representation)->stored_as;
  if (!genre_representation_get_traits (stored.representation)->is_cepstral)
    stored.coefficients = 0;
  return stored;
}

/* ---- the front end ---- */

static gboolean
check_range (const char *name, guint value, guint low, guint high, GError **error)
{
  if (value >= low && value <= high)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "front-end: \"%s\" is %u, expected %u to %u", name, value, low, high);
  return FALSE;
}

static gboolean
check_pace (const GenreFrontEndConfig *config, GError **error)
{
  if ((guint64)config->hop * GENRE_FRONT_END_MAX_PACE >= config->rate)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "front-end: \"hop\" is %u at rate %u, %.0f frames a second, expected at most %d",
               config->hop, config->rate, (double)config->rate / config->hop,
               GENRE_FRONT_END_MAX_PACE);
  return FALSE;
}

static gboolean
check_frequencies (const GenreFrontEndConfig *config, GError **error)
{
  double low = config->min_frequency, high = config->max_frequency;
  /* Written so that NaN fails. */
  if (low >= 0 && low < high && high <= config->rate / 2.0)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "front-end: frequencies from %g to %g Hz, expected a range inside 0 to %g Hz", low,
               high, config->rate / 2.0);
  return FALSE;
}

static gboolean
check_config (const GenreFrontEndConfig *config, GError **error)
{
  const GenreRepresentationTraits *traits =
      genre_representation_get_traits (config->representation);
  if (!traits) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "front-end: unknown representation %d",
                 (int)config->representation);
    return FALSE;
  }
  if (!check_range ("rate", config->rate, 4000, 384000, error) ||
      !check_range ("fft-size", config->fft_size, 64, 16384, error))
    return FALSE;
  if ((config->fft_size & (config->fft_size - 1)) != 0) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "front-end: \"fft-size\" is %u, expected a power of two", config->fft_size);
    return FALSE;
  }
  return check_range ("hop", config->hop, 1, config->fft_size, error) &&
         check_pace (config, error) &&
         check_range ("bands", config->bands, 1,
                      traits->bands_are_bins ? MIN (config->fft_size / 2 + 1, 1025) : 1025,
                      error) &&
         check_range ("coefficients", config->coefficients, traits->is_cepstral ? 1 : 0,
                      traits->is_cepstral ? config->bands : 0, error) &&
         check_frequencies (config, error);
}

/* Hann, periodic: a window of fft_size + 1 without its last value. */
static void
make_window (GenreFrontEnd *front_end)
{
  guint size = front_end->config.fft_size;
  front_end->window = g_new (float, size);
  front_end->window_power = 0;
  for (guint i = 0; i < size; i++) {
    double value = 0.5 - 0.5 * cos (2 * G_PI * i / size);
    front_end->window[i] = (float)value;
    front_end->window_power += value * value;
  }
}

/* The host application may plan at the same time: FFTW's planner is made thread safe for the whole
 * process, once. FFTW_ESTIMATE, since FFTW_MEASURE finds plans with other bits on another run. Real
 * samples are transformed as half as many complex ones (see take_power() in spectrogram.c): FFTW's
 * own plans for real ones take more than twice as long. */
static void
make_plan (GenreFrontEnd *front_end)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  guint size = front_end->config.fft_size;
  fftwf_complex *in = fftwf_alloc_complex (size / 2);
  fftwf_complex *out = fftwf_alloc_complex (size / 2);
  pthread_once (&once, fftwf_make_planner_thread_safe);
  front_end->plan = fftwf_plan_dft_1d ((int)size / 2, in, out, FFTW_FORWARD, FFTW_ESTIMATE);
  g_assert (front_end->plan); /* FFTW has a plan for every size */
  fftwf_free (out);
  fftwf_free (in);
  front_end->cosines = g_new (float, size / 4);
  front_end->sines = g_new (float, size / 4);
  for (guint k = 0; k < size / 4; k++) {
    front_end->cosines[k] = (float)cos (2 * G_PI * k / size);
    front_end->sines[k] = (float)sin (2 * G_PI * k / size);
  }
}

GenreFrontEnd *
genre_front_end_new (const GenreFrontEndConfig *config, GError **error)
{
  if (!check_config (config, error))
    return NULL;
  const GenreRepresentationTraits *traits =
      genre_representation_get_traits (config->representation);
  GenreFrontEnd *front_end = g_new0 (GenreFrontEnd, 1);
  front_end->ref_count = 1;
  front_end->config = *config;
  make_window (front_end);
  make_plan (front_end);
  front_end->bands = traits->new_bands (config->rate, config->fft_size, config->bands,
                                        config->min_frequency, config->max_frequency);
  if (traits->is_cepstral)
    front_end->cosine = genre_filter_bank_new_cosine (config->bands, config->coefficients);
  return front_end;
}

GenreFrontEnd *
genre_front_end_ref (GenreFrontEnd *front_end)
{
  g_atomic_int_inc (&front_end->ref_count);
  return front_end;
}

void
genre_front_end_unref (GenreFrontEnd *front_end)
{
  if (!g_atomic_int_dec_and_test (&front_end->ref_count))
    return;
  g_clear_pointer (&front_end->cosine, genre_filter_bank_free);
  genre_filter_bank_free (front_end->bands);
  fftwf_destroy_plan (front_end->plan);
  g_free (front_end->cosines);
  g_free (front_end->sines);
  g_free (front_end->window);
  g_free (front_end);
}

const GenreFrontEndConfig *
genre_front_end_get_config (const GenreFrontEnd *front_end)
{
  return &front_end->config;
}

guint
genre_front_end_get_features (const GenreFrontEnd *front_end)
{
  return front_end->cosine ? front_end->config.coefficients : front_end->config.bands;
}
