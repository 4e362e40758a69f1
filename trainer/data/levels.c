/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "levels.h"
#include <math.h>

#define RANGE_DB 80.0f

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
