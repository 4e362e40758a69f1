/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changes.h"
#include <math.h>

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
