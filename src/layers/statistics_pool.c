/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Global pooling over time: each channel is averaged over its features, then described over its
 * frames by the mean and, with "deviation", the standard deviation √(variance + ε) (Snyder et al.
 * 2018, "X-vectors"). Output channels: all means, then all deviations. */
#include "layer.h"
#include <math.h>

#define MAX_CHANNELS 65536 /* of the output, as of a dense layer */

typedef struct {
  GenreLayer layer;
  gboolean deviation;
} StatisticsPool;

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  StatisticsPool *pool = (StatisticsPool *)layer;
  if (!genre_layer_get_boolean (layer, object, "deviation", TRUE, &pool->deviation, error))
    return FALSE;
  gsize channels = (gsize)layer->input.channels * (pool->deviation ? 2 : 1);
  if (channels > MAX_CHANNELS) {
    genre_layer_set_error (layer, error,
                           "too large: %" G_GSIZE_FORMAT " channels, expected at most %d", channels,
                           MAX_CHANNELS);
    return FALSE;
  }
  layer->output = (GenreShape){channels, 1, 1};
  /* frame means (channels, batch, frames), then for each plane its mean and deviation */
  layer->saved_bytes = (gsize)layer->input.channels * (layer->input.frames + 2) * sizeof (float);
  return TRUE;
}

/* Means over the features of (frames, features) into @frame_means; returns their mean. */
static float
frame_means_of (const float *x, GenreShape shape, float *frame_means)
{
  float total = 0;
  for (guint t = 0; t < shape.frames; t++) {
    float sum = 0;
    for (guint f = 0; f < shape.features; f++)
      sum += x[t * shape.features + f];
    frame_means[t] = sum / shape.features;
    total += frame_means[t];
  }
  return total / shape.frames;
}

static float
deviation_of (const float *values, guint n, float mean)
{
  float square = 0;
  for (guint t = 0; t < n; t++)
    square += (values[t] - mean) * (values[t] - mean);
  return sqrtf (square / n + GENRE_STATISTICS_EPSILON);
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  const StatisticsPool *pool = (const StatisticsPool *)layer;
  GenreShape in = layer->input;
  float *means = run->states[layer->id].saved;
  gsize planes = (gsize)in.channels * run->batch;
  float *summary = means + planes * in.frames;
  for (gsize p = 0; p < planes; p++) {
    float *frame_means = means + p * in.frames;
    y[p] = summary[2 * p] = frame_means_of (x + p * in.frames * in.features, in, frame_means);
    if (pool->deviation)
      y[planes + p] = summary[2 * p + 1] = deviation_of (frame_means, in.frames, y[p]);
  }
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  const StatisticsPool *pool = (const StatisticsPool *)layer;
  GenreShape in = layer->input;
  const float *means = run->states[layer->id].saved;
  gsize planes = (gsize)in.channels * run->batch;
  const float *summary = means + planes * in.frames;
  float share = 1.0f / ((float)in.frames * in.features);
  for (gsize p = 0; p < planes; p++) {
    for (guint t = 0; t < in.frames; t++) {
      float gradient = dy[p];
      if (pool->deviation)
        gradient +=
            dy[planes + p] * (means[p * in.frames + t] - summary[2 * p]) / summary[2 * p + 1];
      for (guint f = 0; f < in.features; f++)
        dx[(p * in.frames + t) * in.features + f] = gradient * share;
    }
  }
}

const GenreLayerClass genre_statistics_pool_class = {
    .type = "statistics-pool",
    .members = (const char *const[]){"deviation", NULL},
    .instance_size = sizeof (StatisticsPool),
    .parse = parse,
    .forward = forward,
    .backward = backward,
};
