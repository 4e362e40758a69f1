/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers come from fixtures/frontend.safetensors; fixtures/make_fixtures.py says who computed
 * them. */
#include "spectrogram.h"

#include <malloc.h>
#include <math.h>
#include <string.h>

#include "random.h"
#include "safetensors.h"
#include "test.h"

/* The frames of a stream. */
typedef struct {
  guint bands;
  GArray *decibels;     /* of float, (frames, bands) */
  GArray *mean_squares; /* of double, (frames,) */
} Frames;

static Frames *
frames_new (guint bands)
{
  Frames *frames = g_new (Frames, 1);
  frames->bands = bands;
  frames->decibels = g_array_new (FALSE, FALSE, sizeof (float));
  frames->mean_squares = g_array_new (FALSE, FALSE, sizeof (double));
  return frames;
}

static void
frames_free (Frames *frames)
{
  g_array_unref (frames->decibels);
  g_array_unref (frames->mean_squares);
  g_free (frames);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Frames, frames_free)

static void
keep_frame (const float *bands, double mean_square, gpointer user_data)
{
  Frames *frames = user_data;
  g_array_append_vals (frames->decibels, bands, frames->bands);
  g_array_append_val (frames->mean_squares, mean_square);
}

static float
band (const Frames *frames, guint frame, guint index)
{
  return g_array_index (frames->decibels, float, frame * frames->bands + index);
}

static double
mean_square (const Frames *frames, guint frame)
{
  return g_array_index (frames->mean_squares, double, frame);
}

/* Pushes pieces of 1 to @max_piece samples; all at once if it is 0. */
static void
push_in_pieces (GenreSpectrogram *spectrogram, const float *samples, gsize n, guint max_piece,
                Frames *frames)
{
  GenreRandom random = genre_random_keyed (max_piece, 0, 0, 0);
  while (n > 0) {
    gsize piece = max_piece > 0 ? 1 + genre_random_below (&random, max_piece) : n;
    piece = MIN (piece, n);
    genre_spectrogram_push (spectrogram, samples, piece, keep_frame, frames);
    samples += piece;
    n -= piece;
  }
}

static Frames *
analyse (const GenreFrontEndConfig *config, const float *samples, gsize n, guint max_piece)
{
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (config, NULL);
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  Frames *frames = frames_new (config->bands);
  push_in_pieces (spectrogram, samples, n, max_piece, frames);
  genre_spectrogram_finish (spectrogram, keep_frame, frames);
  return frames;
}

static float *
make_noise (gsize n, float amplitude, guint64 seed)
{
  GenreRandom random = genre_random_keyed (seed, 0, 0, 0);
  float *samples = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    samples[i] = (float)genre_random_range (&random, -amplitude, amplitude);
  return samples;
}

static gboolean
same_bits (const GArray *a, const GArray *b)
{
  return a->len == b->len &&
         memcmp (a->data, b->data, a->len * g_array_get_element_size ((GArray *)a)) == 0;
}

static void
assert_same (const Frames *a, const Frames *b)
{
  ck_assert (same_bits (a->decibels, b->decibels));
  ck_assert (same_bits (a->mean_squares, b->mean_squares));
}

/* ---- numbers ---- */

static GenreSafetensors *
load_fixture (void)
{
  g_autofree char *path = test_fixture ("frontend.safetensors");
  GenreSafetensors *fixture = genre_safetensors_load (path, NULL);
  ck_assert_ptr_nonnull (fixture);
  return fixture;
}

/* @name, as computed by numpy, against what we make of the fixture's signal. */
static void
compare_with_numpy (const GenreFrontEndConfig *config, const char *name)
{
  g_autoptr (GenreSafetensors) fixture = load_fixture ();
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  guint n_dimensions;
  const float *signal = genre_safetensors_get_tensor (fixture, "signal", &n_dimensions, shape);
  gsize n_samples = shape[0];
  const float *squares =
      genre_safetensors_get_tensor (fixture, "mean-square", &n_dimensions, shape);
  const float *decibels = genre_safetensors_get_tensor (fixture, name, &n_dimensions, shape);
  g_autoptr (Frames) frames = analyse (config, signal, n_samples, 1000);
  ck_assert_uint_eq (shape[0], 6);
  ck_assert_uint_eq (frames->mean_squares->len, shape[0]);
  for (guint t = 0; t < shape[0]; t++) {
    ck_assert_double_eq_tol (mean_square (frames, t), squares[t], 1e-6);
    for (guint b = 0; b < config->bands; b++) {
      float expected = decibels[t * config->bands + b];
      ck_assert_msg (fabsf (band (frames, t, b) - expected) < 0.002f,
                     "frame %u, band %u: %g dB, expected %g", t, b, band (frames, t, b), expected);
    }
  }
}

START_TEST (mel_frames_are_those_of_numpy)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  compare_with_numpy (&config, "mel");
}
END_TEST

START_TEST (mfcc_frames_are_mel_frames)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  config.representation = GENRE_REPRESENTATION_MFCC;
  config.coefficients = 20;
  compare_with_numpy (&config, "mel");
}
END_TEST

START_TEST (linear_frames_are_those_of_numpy)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  config.representation = GENRE_REPRESENTATION_LINEAR;
  config.bands = 100;
  config.min_frequency = 500;
  config.max_frequency = 10000;
  compare_with_numpy (&config, "linear");
}
END_TEST

/* A sine of amplitude a in the middle of a bin has |X|² = (a · N / 4)² there with a Hann window. */
START_TEST (a_full_range_of_linear_bands_is_the_power_spectrum)
{
  GenreFrontEndConfig config = {GENRE_REPRESENTATION_LINEAR, 8000, 256, 64, 129, 0, 0, 4000};
  float samples[2560];
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    samples[i] = 0.5f * (float)sin (2 * G_PI * 32 * i / 256);
  g_autoptr (Frames) frames = analyse (&config, samples, G_N_ELEMENTS (samples), 0);
  ck_assert_float_eq_tol (band (frames, 20, 32), 20 * log10 (0.5 * 256 / 4), 1e-3);
  ck_assert_float_eq_tol (band (frames, 20, 31), 20 * log10 (0.5 * 256 / 8), 1e-3);
  ck_assert_float_eq_tol (band (frames, 20, 33), 20 * log10 (0.5 * 256 / 8), 1e-3);
  ck_assert_float_lt (band (frames, 20, 40), -60);
  ck_assert_double_eq_tol (mean_square (frames, 20), 0.125, 1e-6);
}
END_TEST

/* |X[k]| of @n samples under a periodic Hann window. */
static double
measure_bin (const float *samples, guint n, guint k)
{
  double re = 0, im = 0;
  for (guint i = 0; i < n; i++) {
    double value = samples[i] * (0.5 - 0.5 * cos (2 * G_PI * i / n));
    double angle = 2 * G_PI * ((guint64)i * k % n) / n;
    re += value * cos (angle);
    im -= value * sin (angle);
  }
  return hypot (re, im);
}

/* The first and the last one, too: the samples have a mean and what alternates. */
START_TEST (every_bin_is_that_of_a_plain_sum)
{
  const guint sizes[] = {64, 128, 512, 2048};
  const guint size = sizes[_i];
  GenreFrontEndConfig config = {
      GENRE_REPRESENTATION_LINEAR, 8000, size, size, size / 2 + 1, 0, 0, 4000};
  g_autofree float *samples = make_noise (3 * size, 0.5, size);
  for (guint i = 0; i < 3 * size; i++)
    samples[i] += i % 2 == 0 ? 0.4f : 0.1f;
  g_autoptr (Frames) frames = analyse (&config, samples, 3 * size, 0);
  for (guint k = 0; k < config.bands; k++)
    ck_assert_double_eq_tol (pow (10, band (frames, 1, k) / 20),
                             measure_bin (samples + size / 2, size, k), 2e-6 * size / 4);
}
END_TEST

/* ---- streams ---- */

static const GenreFrontEndConfig configs[] = {
    {GENRE_REPRESENTATION_MEL, 22050, 2048, 914, 128, 0, 0, 11025},
    {GENRE_REPRESENTATION_MEL, 22050, 2048, 2048, 64, 0, 0, 11025},
    {GENRE_REPRESENTATION_LINEAR, 4000, 64, 4, 33, 0, 0, 2000},
    {GENRE_REPRESENTATION_MFCC, 16000, 512, 160, 40, 13, 20, 7600},
};

START_TEST (any_chunking_gives_identical_frames)
{
  const guint pieces[] = {1, 2, 7, 64, 913, 914, 915, 2048, 5000};
  gsize n = configs[_i].fft_size * 5 + 17;
  g_autofree float *samples = make_noise (n, 1, 1);
  g_autoptr (Frames) whole = analyse (&configs[_i], samples, n, 0);
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++) {
    g_autoptr (Frames) frames = analyse (&configs[_i], samples, n, pieces[i]);
    assert_same (whole, frames);
  }
}
END_TEST

START_TEST (there_is_a_frame_for_every_hop_and_one_more)
{
  const GenreFrontEndConfig *config = &configs[_i];
  g_autofree float *samples = make_noise (10000, 1, 2);
  const gsize lengths[] = {1, 63, 64, 511, 512, 913, 914, 915, 1023, 1024, 2047, 2048, 4096, 10000};
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autoptr (Frames) frames = analyse (config, samples, lengths[i], 0);
    ck_assert_uint_eq (frames->mean_squares->len, 1 + lengths[i] / config->hop);
  }
}
END_TEST

START_TEST (no_samples_no_frames)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autoptr (Frames) frames = analyse (&config, NULL, 0, 0);
  ck_assert_uint_eq (frames->mean_squares->len, 0);
}
END_TEST

START_TEST (a_frame_is_given_as_soon_as_its_last_sample_is_there)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  g_autoptr (Frames) frames = frames_new (config.bands);
  g_autofree float *samples = make_noise (1024 + 914, 1, 3);
  genre_spectrogram_push (spectrogram, samples, 1023, keep_frame, frames);
  ck_assert_uint_eq (frames->mean_squares->len, 0);
  genre_spectrogram_push (spectrogram, samples + 1023, 1, keep_frame, frames);
  ck_assert_uint_eq (frames->mean_squares->len, 1);
  genre_spectrogram_push (spectrogram, samples + 1024, 913, keep_frame, frames);
  ck_assert_uint_eq (frames->mean_squares->len, 1);
  genre_spectrogram_push (spectrogram, samples + 1024 + 913, 1, keep_frame, frames);
  ck_assert_uint_eq (frames->mean_squares->len, 2);
}
END_TEST

/* A click at sample 10 · hop is loudest in frame 10, and as loud in frames 9 and 11. */
START_TEST (frames_are_centred)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  float *samples = g_new0 (float, 20 * 914);
  samples[10 * 914] = 1;
  g_autoptr (Frames) frames = analyse (&config, samples, 20 * 914, 0);
  ck_assert (mean_square (frames, 10) > mean_square (frames, 9));
  ck_assert_double_eq_tol (mean_square (frames, 9), mean_square (frames, 11), 1e-9);
  ck_assert_double_eq (mean_square (frames, 12), 0);
  g_free (samples);
}
END_TEST

START_TEST (finish_and_reset_begin_again)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  g_autofree float *samples = make_noise (9000, 1, 4), *other = make_noise (7001, 0.1f, 5);
  g_autoptr (Frames) expected = analyse (&config, samples, 9000, 0), unused = frames_new (128);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (Frames) frames = frames_new (config.bands);
    push_in_pieces (spectrogram, samples, 9000, 500, frames);
    genre_spectrogram_finish (spectrogram, keep_frame, frames);
    assert_same (expected, frames);
    push_in_pieces (spectrogram, other, 1000 + 3000 * i, 500, unused);
    genre_spectrogram_reset (spectrogram);
  }
}
END_TEST

/* ---- many streams ---- */

static gpointer
analyse_in_thread (gpointer data)
{
  GenreFrontEnd *front_end = data;
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  g_autofree float *samples = make_noise (50000, 1, 6);
  Frames *frames = frames_new (genre_front_end_get_config (front_end)->bands);
  push_in_pieces (spectrogram, samples, 50000, 300, frames);
  genre_spectrogram_finish (spectrogram, keep_frame, frames);
  genre_front_end_unref (front_end);
  return frames;
}

START_TEST (streams_in_many_threads_share_a_front_end)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autofree float *samples = make_noise (50000, 1, 6);
  g_autoptr (Frames) expected = analyse (&config, samples, 50000, 0);
  GenreFrontEnd *front_end = genre_front_end_new (&config, NULL);
  GThread *threads[8];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("stream", analyse_in_thread, genre_front_end_ref (front_end));
  genre_front_end_unref (front_end);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++) {
    g_autoptr (Frames) frames = g_thread_join (threads[i]);
    assert_same (expected, frames);
  }
}
END_TEST

static gpointer
make_front_ends (gpointer unused)
{
  for (guint i = 0; i < 50; i++) {
    GenreFrontEndConfig config = {GENRE_REPRESENTATION_MEL, 22050, 64 << i % 8, 64, 8, 0, 0, 11025};
    g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
    g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  }
  return NULL;
}

START_TEST (front_ends_are_made_in_many_threads)
{
  GThread *threads[8];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("front end", make_front_ends, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}
END_TEST

START_TEST (a_stream_takes_less_than_40_kilobytes)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
  gsize before = mallinfo2 ().uordblks;
  GenreSpectrogram *spectrograms[100];
  for (guint i = 0; i < G_N_ELEMENTS (spectrograms); i++)
    spectrograms[i] = genre_spectrogram_new (front_end);
  gsize after = mallinfo2 ().uordblks;
  ck_assert_uint_lt ((after - before) / G_N_ELEMENTS (spectrograms), 40000);
  for (guint i = 0; i < G_N_ELEMENTS (spectrograms); i++)
    genre_spectrogram_free (spectrograms[i]);
}
END_TEST

/* ---- odd input ---- */

START_TEST (no_finite_sample_gives_anything_but_finite_frames)
{
  const float amplitudes[] = {0, 1e-45f, 1e-38f, 1e-20f, 1e-10f, 1, 1e6f, 1e20f, G_MAXFLOAT};
  const GenreFrontEndConfig *config = &configs[_i];
  guint n = 3 * config->fft_size;
  for (guint i = 0; i < G_N_ELEMENTS (amplitudes); i++) {
    g_autofree float *samples = make_noise (n, 1, i);
    for (guint j = 0; j < n; j++)
      samples[j] = samples[j] > 0 ? amplitudes[i] : -amplitudes[i];
    g_autoptr (Frames) frames = analyse (config, samples, n, 0);
    for (guint j = 0; j < frames->decibels->len; j++) {
      float decibels = g_array_index (frames->decibels, float, j);
      ck_assert (isfinite (decibels));
      ck_assert (amplitudes[i] < 1e6f || decibels > 20); /* did not overflow and vanish either */
    }
    for (guint t = 0; t < frames->mean_squares->len; t++)
      ck_assert (isfinite (mean_square (frames, t)));
  }
}
END_TEST

START_TEST (a_million_times_full_scale_is_120_decibels_more)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autofree float *samples = make_noise (10000, 1, 7);
  g_autoptr (Frames) frames = analyse (&config, samples, 10000, 0);
  for (guint i = 0; i < 10000; i++)
    samples[i] *= 1e6f;
  g_autoptr (Frames) loud = analyse (&config, samples, 10000, 0);
  for (guint t = 2; t < 9; t++) {
    ck_assert_double_eq_tol (mean_square (loud, t) / mean_square (frames, t), 1e12, 1e7);
    for (guint b = 0; b < config.bands; b++)
      ck_assert_float_eq_tol (band (loud, t, b) - band (frames, t, b), 120, 1e-3f);
  }
}
END_TEST

START_TEST (silence_is_100_decibels_down)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  float samples[4096] = {0};
  g_autoptr (Frames) frames = analyse (&config, samples, G_N_ELEMENTS (samples), 0);
  for (guint t = 0; t < frames->mean_squares->len; t++) {
    ck_assert_double_eq (mean_square (frames, t), 0);
    for (guint b = 0; b < config.bands; b++)
      ck_assert_float_eq_tol (band (frames, t, b), -100, 1e-4f);
  }
}
END_TEST

START_TEST (a_square_wave_at_full_scale_has_a_mean_square_of_one)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  float samples[8192];
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    samples[i] = i / 50 % 2 ? 1 : -1;
  g_autoptr (Frames) frames = analyse (&config, samples, G_N_ELEMENTS (samples), 0);
  ck_assert_double_eq_tol (mean_square (frames, 4), 1, 1e-6);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("spectrogram");
  tcase_add_test (tests, mel_frames_are_those_of_numpy);
  tcase_add_test (tests, mfcc_frames_are_mel_frames);
  tcase_add_test (tests, linear_frames_are_those_of_numpy);
  tcase_add_test (tests, a_full_range_of_linear_bands_is_the_power_spectrum);
  tcase_add_loop_test (tests, every_bin_is_that_of_a_plain_sum, 0, 4);
  tcase_add_loop_test (tests, any_chunking_gives_identical_frames, 0, G_N_ELEMENTS (configs));
  tcase_add_loop_test (tests, there_is_a_frame_for_every_hop_and_one_more, 0,
                       G_N_ELEMENTS (configs));
  tcase_add_test (tests, no_samples_no_frames);
  tcase_add_test (tests, a_frame_is_given_as_soon_as_its_last_sample_is_there);
  tcase_add_test (tests, frames_are_centred);
  tcase_add_test (tests, finish_and_reset_begin_again);
  tcase_add_test (tests, streams_in_many_threads_share_a_front_end);
  tcase_add_test (tests, front_ends_are_made_in_many_threads);
  tcase_add_test (tests, a_stream_takes_less_than_40_kilobytes);
  tcase_add_loop_test (tests, no_finite_sample_gives_anything_but_finite_frames, 0,
                       G_N_ELEMENTS (configs));
  tcase_add_test (tests, a_million_times_full_scale_is_120_decibels_more);
  tcase_add_test (tests, silence_is_100_decibels_down);
  tcase_add_test (tests, a_square_wave_at_full_scale_has_a_mean_square_of_one);
  return test_run ("spectrogram", tests);
}
