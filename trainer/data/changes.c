/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changes.h"
#include <math.h>

#define TEN_DB 0.230258509f /* 10^(x / 10) = exp (TEN_DB · x) */

#define UNREST 2 /* dB of noise, up and down */

void
genre_change_equalise (float *decibels, gsize frames, guint bands, const float *curve)
{
  for (gsize i = 0; i < frames * bands; i++)
    decibels[i] += curve[i % bands];
}

void
genre_change_dynamics (float *decibels, gsize n, float factor)
{
  double sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += decibels[i];
  float mean = sum / n;
  for (gsize i = 0; i < n; i++)
    decibels[i] = mean + (decibels[i] - mean) * factor;
}

void
genre_change_add_noise (float *decibels, gsize frames, guint bands, const float *noise,
                        GenreRandom *random)
{
  for (gsize i = 0; i < frames * bands; i++) {
    float level = noise[i % bands] + genre_random_range (random, -UNREST, UNREST);
    decibels[i] = 10 * log10f (powf (10, decibels[i] / 10) + powf (10, level / 10));
  }
}

static float
band_power (const float *frame, guint from, guint to)
{
  float power = 0;
  for (guint f = from; f < to; f++)
    power += expf (TEN_DB * frame[f]);
  return power;
}

static float
band_level (const float *frame, guint from, guint to)
{
  return 10 * log10f (band_power (frame, from, to) / (to - from));
}

void
genre_change_limit (float *decibels, gsize frames, guint bands, guint from, guint to, float depth,
                    float ratio, float release, float make_up)
{
  g_autofree float *gains = g_new (float, frames);
  float highest = -G_MAXFLOAT, gain = 0;
  double sum = 0;
  for (gsize t = 0; t < frames; t++) {
    gains[t] = band_level (decibels + t * bands, from, to);
    highest = MAX (highest, gains[t]);
  }
  for (gsize t = 0; t < frames; t++) {
    float over = MAX (0, gains[t] - (highest - depth));
    gain = MIN (-over * (1 - 1 / ratio), MIN (0, gain + release));
    gains[t] = gain;
    sum += gain;
  }
  float raise = (float)(-make_up * sum / frames);
  for (gsize t = 0; t < frames; t++) {
    for (guint f = from; f < to; f++)
      decibels[t * bands + f] += gains[t] + raise;
  }
}

void
genre_change_compress (float *decibels, gsize frames, guint bands, guint from, guint to,
                       float pivot, float ratio, float most)
{
  for (gsize t = 0; t < frames; t++) {
    float *frame = decibels + t * bands;
    float level = 10 * log10f (band_power (frame, from, to));
    float gain = MIN (most, (pivot - level) * (1 - 1 / ratio));
    for (guint f = from; f < to; f++)
      frame[f] += gain;
  }
}

float
genre_change_highest_level (const float *decibels, gsize frames, guint bands)
{
  float highest = 0;
  for (gsize t = 0; t < frames; t++)
    highest = MAX (highest, band_power (decibels + t * bands, 0, bands));
  return 10 * log10f (highest);
}

void
genre_change_fade (float *decibels, gsize frames, guint bands, float first, float last)
{
  for (gsize t = 0; t < frames; t++) {
    float gain = first + (last - first) * (frames > 1 ? (float)t / (frames - 1) : 0);
    for (guint f = 0; f < bands; f++)
      decibels[t * bands + f] += gain;
  }
}

void
genre_change_mix (float *decibels, const float *other, gsize n, float gain)
{
  for (gsize i = 0; i < n; i++)
    decibels[i] = 10 * log10f (expf (TEN_DB * decibels[i]) + expf (TEN_DB * (other[i] + gain)));
}

float
genre_change_level (const float *decibels, gsize n)
{
  double power = 0;
  for (gsize i = 0; i < n; i++)
    power += expf (TEN_DB * decibels[i]);
  return (float)(10 * log10 (MAX (power / n, 1e-12)));
}
