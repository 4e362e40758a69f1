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
  fftwf_complex *spectrum; /* (fft_size / 2 + 1,) */
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

GENRE_VECTORISED static void
take_power (const float *restrict spectrum, guint n_bins, float *restrict power)
{
  for (gsize k = 0; k < n_bins; k++)
    power[k] = spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1];
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
  guint n_bins = size / 2 + 1;
  float *power = spectrogram->windowed;
  double windowed_power =
      apply_window (front_end->window, spectrogram->history, size, spectrogram->windowed);
  fftwf_execute_dft_r2c (front_end->plan, spectrogram->windowed, spectrogram->spectrum);
  take_power ((const float *)spectrogram->spectrum, n_bins, power);
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
