/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instance normalisation over frames and features of each channel of each input (Ulyanov et al.
 * 2016), without weight and bias:
 *   y = (x − mean) / √(var + ε)
 * mean and (biased) var are those of the input itself, in training and evaluation. */
#include "layer.h"
#include <math.h>

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  return TRUE;
}

#define SUMS 16 /* side by side: one alone waits for each addition */

/* @x: (n,). Returns 1/√(var + ε). */
GENRE_VECTORISED static float
measure (const float *x, gsize n, float *mean)
{
  double sums[SUMS] = {0}, squares[SUMS] = {0}, sum = 0, square = 0;
  const gsize whole = n - n % SUMS;
  for (gsize i = 0; i < whole; i += SUMS)
    for (guint k = 0; k < SUMS; k++)
      sums[k] += x[i + k];
  for (gsize i = whole; i < n; i++)
    sum += x[i];
  for (guint k = 0; k < SUMS; k++)
    sum += sums[k];
  sum /= n;
  for (gsize i = 0; i < whole; i += SUMS)
    for (guint k = 0; k < SUMS; k++)
      squares[k] += (x[i + k] - sum) * (x[i + k] - sum);
  for (gsize i = whole; i < n; i++)
    square += (x[i] - sum) * (x[i] - sum);
  for (guint k = 0; k < SUMS; k++)
    square += squares[k];
  *mean = sum;
  return 1 / sqrt (square / n + GENRE_NORM_EPSILON);
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  gsize plane = (gsize)layer->input.frames * layer->input.features;
  for (gsize p = 0; p < (gsize)layer->input.channels * run->batch; p++) {
    const float *from = x + p * plane;
    float mean, inverse = measure (from, plane, &mean);
    for (gsize i = 0; i < plane; i++)
      y[p * plane + i] = (from[i] - mean) * inverse;
  }
}

/* dx = (dy − mean (dy) − z · mean (dy · z)) / √(var + ε), z what forward wrote */
static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  gsize plane = (gsize)layer->input.frames * layer->input.features;
  for (gsize p = 0; dx && p < (gsize)layer->input.channels * run->batch; p++) {
    const float *from = x + p * plane, *gradient = dy + p * plane;
    float mean, inverse = measure (from, plane, &mean);
    double sum = 0, product = 0;
    for (gsize i = 0; i < plane; i++) {
      sum += gradient[i];
      product += gradient[i] * (from[i] - mean) * inverse;
    }
    float shift = sum / plane, slope = product / plane;
    for (gsize i = 0; i < plane; i++)
      dx[p * plane + i] = (gradient[i] - shift - (from[i] - mean) * inverse * slope) * inverse;
  }
}

const GenreLayerClass genre_instance_norm_class = {
    .type = "instance-norm",
    .members = (const char *const[]){NULL},
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward = forward,
    .backward = backward,
    .skips_input_gradient = TRUE,
};
