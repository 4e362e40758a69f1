/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment.h"

#include <math.h>

#include "frontend-private.h"
#include "vectorised.h"

/* A standard deviation below this is rounding, not sound. */
#define SMALLEST_DEVIATION_DB 1e-4

/* The transformation of a segment: (max (value, floor) − mean) · scale. */
typedef struct {
  float floor;
  float mean;
  float scale;
} Normalisation;

/* Sums and maxima are taken in LANES places side by side, always in the same order. */
#define LANES 16

GENRE_VECTORISED static float
find_max (const float *values, gsize n)
{
  float max = values[0];
  gsize whole = n / LANES * LANES;
  float lanes[LANES];
  for (guint lane = 0; lane < LANES; lane++)
    lanes[lane] = max;
  for (gsize i = 0; i < whole; i += LANES) {
    for (guint lane = 0; lane < LANES; lane++)
      lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
  }
  for (guint lane = 0; lane < LANES; lane++)
    max = lanes[lane] > max ? lanes[lane] : max;
  for (gsize i = whole; i < n; i++)
    max = values[i] > max ? values[i] : max;
  return max;
}

/* Σ (max (value, floor) − centre)^power, power 1 or 2 */
static inline __attribute__ ((always_inline)) double
sum_powers (const float *values, gsize n, float floor, double centre, const guint power)
{
  double lanes[LANES] = {0}, sum = 0;
  gsize whole = n / LANES * LANES;
  for (gsize i = 0; i < whole; i += LANES) {
    for (guint lane = 0; lane < LANES; lane++) {
      double value = MAX (values[i + lane], floor) - centre;
      lanes[lane] += power == 2 ? value * value : value;
    }
  }
  for (gsize i = whole; i < n; i++) {
    double value = MAX (values[i], floor) - centre;
    lanes[0] += power == 2 ? value * value : value;
  }
  for (guint lane = 0; lane < LANES; lane++)
    sum += lanes[lane];
  return sum;
}

GENRE_VECTORISED static double
find_mean (const float *values, gsize n, float floor)
{
  return sum_powers (values, n, floor, 0, 1) / (double)n;
}

GENRE_VECTORISED static double
find_variance (const float *values, gsize n, float floor, double mean)
{
  return sum_powers (values, n, floor, mean, 2) / (double)n;
}

static Normalisation
measure (const float *values, gsize n)
{
  Normalisation result = {.floor = find_max (values, n) - GENRE_SEGMENT_RANGE_DB};
  double mean = find_mean (values, n, result.floor);
  double deviation = sqrt (find_variance (values, n, result.floor, mean));
  result.mean = (float)mean;
  if (deviation > SMALLEST_DEVIATION_DB)
    result.scale = (float)(1 / deviation);
  return result;
}

GENRE_VECTORISED static void
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
  g_return_if_fail (n_frames > 0);
  Normalisation normalisation = measure (decibels, (gsize)n_frames * bands);
  if (!front_end->cosine) {
    normalise (normalisation, decibels, (gsize)n_frames * bands, input);
  } else {
    g_autofree float *frame = g_new0 (float, bands + GENRE_FILTER_BANK_PADDING);
    for (guint t = 0; t < n_frames; t++) {
      normalise (normalisation, decibels + (gsize)t * bands, bands, frame);
      genre_filter_bank_apply (front_end->cosine, frame, input + (gsize)t * features);
    }
  }
}
