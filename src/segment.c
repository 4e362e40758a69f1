/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment.h"

#include <math.h>

#include "frontend-private.h"

/* A standard deviation below this is rounding, not sound. */
#define SMALLEST_DEVIATION_DB 1e-4

/* The transformation of a segment: (max (value, floor) − mean) · scale. */
typedef struct {
  float floor;
  float mean;
  float scale;
} Normalisation;

static Normalisation
measure (const float *values, gsize n)
{
  Normalisation result = {0};
  float max = values[0];
  double mean = 0, variance = 0;

  for (gsize i = 1; i < n; i++)
    max = values[i] > max ? values[i] : max;
  result.floor = max - GENRE_SEGMENT_RANGE_DB;
  for (gsize i = 0; i < n; i++)
    mean += MAX (values[i], result.floor);
  mean /= (double)n;
  for (gsize i = 0; i < n; i++) {
    double deviation = MAX (values[i], result.floor) - mean;
    variance += deviation * deviation;
  }
  variance /= (double)n;
  result.mean = (float)mean;
  if (sqrt (variance) > SMALLEST_DEVIATION_DB)
    result.scale = (float)(1 / sqrt (variance));
  return result;
}

static void
normalise (Normalisation normalisation, const float *from, gsize n, float *to)
{
  for (gsize i = 0; i < n; i++) {
    float value = from[i] > normalisation.floor ? from[i] : normalisation.floor;
    to[i] = (value - normalisation.mean) * normalisation.scale;
  }
}

void
genre_segment_normalise (const GenreFrontEnd *front_end, const float *decibels, guint n_frames,
                         float *input)
{
  guint bands = front_end->config.bands;
  guint features = genre_front_end_get_features (front_end);
  Normalisation normalisation;

  g_return_if_fail (n_frames > 0);

  normalisation = measure (decibels, (gsize)n_frames * bands);
  if (front_end->cosine == NULL) {
    normalise (normalisation, decibels, (gsize)n_frames * bands, input);
  } else {
    g_autofree float *frame = g_new0 (float, bands + GENRE_FILTER_BANK_PADDING);

    for (guint t = 0; t < n_frames; t++) {
      normalise (normalisation, decibels + (gsize)t * bands, bands, frame);
      genre_filter_bank_apply (front_end->cosine, frame, input + (gsize)t * features);
    }
  }
}
