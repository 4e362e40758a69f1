/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "levels.h"
#include <math.h>

#define RANGE_DB 80.0f
#define ROUNDING 1e-3f /* dB between values that are the same */

gboolean
genre_levels_from_decibels (const float *decibels, gsize n, guint8 *levels)
{
  float loudest = -G_MAXFLOAT;
  for (gsize i = 0; i < n; i++) {
    if (!isfinite (decibels[i]))
      return FALSE;
    loudest = fmaxf (loudest, decibels[i]);
  }
  for (gsize i = 0; i < n; i++) {
    float level = (decibels[i] - loudest + RANGE_DB) * (255.0f / RANGE_DB);
    levels[i] = (guint8)lrintf (fmaxf (0.0f, level));
  }
  return TRUE;
}

char *
genre_levels_find_fault (const float *values, gsize n)
{
  float softest = G_MAXFLOAT, loudest = -G_MAXFLOAT;
  for (gsize i = 0; i < n; i++) {
    softest = fminf (softest, values[i]);
    loudest = fmaxf (loudest, values[i]);
  }
  float span = loudest - softest;
  if (span < ROUNDING)
    return NULL;
  if (fabsf (loudest) > GENRE_LEVELS_MOST_LOUD)
    return g_strdup_printf ("its loudest value is %g, expected dB from %d to %d", (double)loudest,
                            -GENRE_LEVELS_MOST_LOUD, GENRE_LEVELS_MOST_LOUD);
  if (span < GENRE_LEVELS_LEAST_SPAN)
    return g_strdup_printf ("its values lie between %g and %g, expected dB that span %d or more",
                            (double)softest, (double)loudest, GENRE_LEVELS_LEAST_SPAN);
  return NULL;
}

void
genre_levels_add_to_checksum (const guint8 *levels, gsize n, GChecksum *sum)
{
  while (n > 0) {
    gsize part = MIN (n, G_MAXINT);
    g_checksum_update (sum, levels, (gssize)part);
    levels += part;
    n -= part;
  }
}
