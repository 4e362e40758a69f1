/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spectrogram.h"

#include <math.h>
#include <string.h>

#include "decibels.h"
#include "frontend-private.h"
#include "vectorised.h"

/* Far outside full scale, and still far from where a power spectrum overflows a float. */
#define LOUDEST_SAMPLE 1e9f
/* Counts as 0: such samples cannot lift a band above its floor, but would take the FFT through
 * denormal numbers, which are slow. */
#define QUIETEST_SAMPLE 1e-12f

struct _GenreSpectrogram {
  GenreFrontEnd *front_end;
  guint64 n_samples;       /* since the last reset */
  guint64 n_frames;        /* since the last reset */
  guint n_history;         /* samples in history, zeros before the first sample included */
  float *history;          /* (fft_size,) samples of the next frame */
  float *windowed;         /* (fft_size,) then, in the same place, the power spectrum */
  fftwf_complex *spectrum; /* (fft_size / 2 + 1,), of pairs of samples; the last is the first */
  float *bands;            /* (bands,) */
};

GenreSpectrogram *
genre_spectrogram_new (GenreFrontEnd *front_end)
{
  const GenreFrontEndConfig *config = genre_front_end_get_config (front_end);
  GenreSpectrogram *spectrogram = g_new0 (GenreSpectrogram, 1);
  spectrogram->front_end = genre_front_end_ref (front_end);
  spectrogram->history = g_new (float, config->fft_size);
  /* FFTW's own allocator: the shared plan was made for arrays of its alignment. */
  spectrogram->windowed = fftwf_alloc_real (config->fft_size);
  spectrogram->spectrum = fftwf_alloc_complex (config->fft_size / 2 + 1);
  spectrogram->bands = g_new (float, config->bands);
  genre_spectrogram_reset (spectrogram);
  return spectrogram;
}

void
genre_spectrogram_free (GenreSpectrogram *spectrogram)
{
  g_free (spectrogram->bands);
  fftwf_free (spectrogram->spectrum);
  fftwf_free (spectrogram->windowed);
  g_free (spectrogram->history);
  genre_front_end_unref (spectrogram->front_end);
  g_free (spectrogram);
}

void
genre_spectrogram_reset (GenreSpectrogram *spectrogram)
{
  spectrogram->n_samples = 0;
  spectrogram->n_frames = 0;
  /* Frame 0 is centred on sample 0. */
  spectrogram->n_history = spectrogram->front_end->config.fft_size / 2;
  memset (spectrogram->history, 0, spectrogram->n_history * sizeof (float));
}

GENRE_VECTORISED static void
copy_samples (float *to, const float *from, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    float sample = from[i];
    sample = sample < LOUDEST_SAMPLE ? sample : LOUDEST_SAMPLE;
    sample = sample > -LOUDEST_SAMPLE ? sample : -LOUDEST_SAMPLE;
    to[i] = fabsf (sample) < QUIETEST_SAMPLE ? 0 : sample;
  }
}

/* Returns the power of the result. */
GENRE_VECTORISED static double
apply_window (const float *restrict window, const float *restrict samples, guint n,
              float *restrict windowed)
{
  float power = 0;
#pragma omp simd reduction(+ : power)
  for (gsize i = 0; i < n; i++) {
    float value = window[i] * samples[i];
    windowed[i] = value;
    power += value * value;
  }
  return power;
}

#define LANES 8
typedef float Lanes __attribute__ ((vector_size (4 * LANES), aligned (4), may_alias));

/* The power spectrum of 2 n real samples x, from Z, the transform of the n complex numbers
 * x[2 j] + i x[2 j + 1], of which @spectrum holds n + 1, the last being the first again. With
 * E and O the transforms of the even and the odd samples (Numerical Recipes, §12.3),
 *   E[k] = (Z[k] + Z*[n − k]) / 2,  O[k] = (Z[k] − Z*[n − k]) / 2 i,  T[k] = O[k] e^(−i π k / n),
 *   |X[k]|² = |E[k] + T[k]|²,  |X[n − k]|² = |E[k] − T[k]|². */
GENRE_VECTORISED static void
take_power (const float *spectrum, const float *cosines, const float *sines, guint n, float *power)
{
  const float middle[2] = {spectrum[n], spectrum[n + 1]};
  power[n / 2] = middle[0] * middle[0] + middle[1] * middle[1];
  for (gsize k = 0; k < n / 2; k += LANES) {
    const gsize mirror = n - k - (LANES - 1);
    const Lanes *from = (const Lanes *)(spectrum + 2 * k);
    const Lanes *back = (const Lanes *)(spectrum + 2 * mirror);
    Lanes a = __builtin_shufflevector (from[0], from[1], 0, 2, 4, 6, 8, 10, 12, 14);
    Lanes b = __builtin_shufflevector (from[0], from[1], 1, 3, 5, 7, 9, 11, 13, 15);
    Lanes c = __builtin_shufflevector (back[0], back[1], 14, 12, 10, 8, 6, 4, 2, 0);
    Lanes d = __builtin_shufflevector (back[0], back[1], 15, 13, 11, 9, 7, 5, 3, 1);
    Lanes cosine = *(const Lanes *)(cosines + k), sine = *(const Lanes *)(sines + k);
    Lanes even_re = a + c, even_im = b - d, odd_re = b + d, odd_im = c - a;
    Lanes turned_re = cosine * odd_re + sine * odd_im;
    Lanes turned_im = cosine * odd_im - sine * odd_re;
    Lanes re = even_re + turned_re, im = even_im + turned_im;
    *(Lanes *)(power + k) = 0.25f * (re * re + im * im);
    re = even_re - turned_re;
    im = even_im - turned_im;
    Lanes high = 0.25f * (re * re + im * im);
    *(Lanes *)(power + mirror) = __builtin_shufflevector (high, high, 7, 6, 5, 4, 3, 2, 1, 0);
  }
}

GENRE_VECTORISED static void
take_decibels (float *bands, guint n)
{
  for (gsize b = 0; b < n; b++)
    bands[b] = genre_decibels (bands[b]);
}

static void
emit_frame (GenreSpectrogram *spectrogram, GenreFrameFunc func, gpointer user_data)
{
  const GenreFrontEnd *front_end = spectrogram->front_end;
  guint size = front_end->config.fft_size, hop = front_end->config.hop;
  float *power = spectrogram->windowed;
  double windowed_power =
      apply_window (front_end->window, spectrogram->history, size, spectrogram->windowed);
  fftwf_complex *spectrum = spectrogram->spectrum;
  fftwf_execute_dft (front_end->plan, (fftwf_complex *)spectrogram->windowed, spectrum);
  memcpy (spectrum[size / 2], spectrum[0], sizeof spectrum[0]);
  take_power ((const float *)spectrum, front_end->cosines, front_end->sines, size / 2, power);
  /* fft_size is at least 64, so what the filter bank reads beyond the last bin is old samples. */
  G_STATIC_ASSERT (64 / 2 + 1 + GENRE_FILTER_BANK_PADDING <= 64);
  genre_filter_bank_apply (front_end->bands, power, spectrogram->bands);
  take_decibels (spectrogram->bands, front_end->config.bands);
  memmove (spectrogram->history, spectrogram->history + hop, (size - hop) * sizeof (float));
  spectrogram->n_history = size - hop;
  spectrogram->n_frames++;
  func (spectrogram->bands, windowed_power / front_end->window_power, user_data);
}

void
genre_spectrogram_push (GenreSpectrogram *spectrogram, const float *samples, gsize n_samples,
                        GenreFrameFunc func, gpointer user_data)
{
  guint size = spectrogram->front_end->config.fft_size;
  spectrogram->n_samples += n_samples;
  while (n_samples > 0) {
    gsize n = MIN (n_samples, size - spectrogram->n_history);
    copy_samples (spectrogram->history + spectrogram->n_history, samples, n);
    spectrogram->n_history += n;
    samples += n;
    n_samples -= n;
    if (spectrogram->n_history == size)
      emit_frame (spectrogram, func, user_data);
  }
}

void
genre_spectrogram_finish (GenreSpectrogram *spectrogram, GenreFrameFunc func, gpointer user_data)
{
  const GenreFrontEndConfig *config = &spectrogram->front_end->config;
  guint64 n_frames = 0;
  if (spectrogram->n_samples > 0)
    n_frames = 1 + spectrogram->n_samples / config->hop;
  while (spectrogram->n_frames < n_frames) {
    memset (spectrogram->history + spectrogram->n_history, 0,
            (config->fft_size - spectrogram->n_history) * sizeof (float));
    emit_frame (spectrogram, func, user_data);
  }
  genre_spectrogram_reset (spectrogram);
}
