/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batch normalisation over batch, frames and features of each channel (Ioffe, Szegedy 2015):
 *   y = weight · (x − mean) / √(var + ε) + bias
 * mean and (biased) var are those of the group in training, the running ones in evaluation. As
 * group statistics the layer reports the mean and the unbiased variance. */
#include "layer.h"
#include <math.h>

#define BLOCK 4096 /* values summed in single precision before a double takes over */

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  gsize channels = layer->input.channels;
  layer->weight[0] = genre_layer_add_parameter (layer, layers, "weight", FALSE, 1, &channels);
  layer->bias[0] = genre_layer_add_parameter (layer, layers, "bias", FALSE, 1, &channels);
  layer->mean = genre_layer_add_statistic (layer, layers, "running_mean", channels);
  layer->variance = genre_layer_add_statistic (layer, layers, "running_var", channels);
  layer->saved_bytes = 2 * channels * sizeof (float); /* mean, 1 / deviation */
  return TRUE;
}

GENRE_VECTORISED static void
sum_block (const float *x, float shift, gsize n, float *sum, float *square)
{
  float s = 0, q = 0;
#pragma omp simd reduction(+ : s, q)
  for (gsize i = 0; i < n; i++) {
    float d = x[i] - shift;
    s += d;
    q += d * d;
  }
  *sum = s;
  *square = q;
}

/* Shifted by the first value, so that the difference of squares loses nothing that matters. */
static void
mean_and_variance (const float *x, gsize n, double *mean, double *variance)
{
  double sum = 0, square = 0;
  float shift = x[0];
  for (gsize i = 0; i < n; i += BLOCK) {
    float s, q;
    sum_block (x + i, shift, MIN (BLOCK, n - i), &s, &q);
    sum += s;
    square += q;
  }
  *mean = shift + sum / n;
  *variance = MAX (0, square / n - (sum / n) * (sum / n));
}

GENRE_VECTORISED static void
scale_and_shift (const float *x, float *y, gsize n, float scale, float shift)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i] * scale + shift;
}

static void
forward_channel (const GenreLayer *layer, GenreRun *run, guint c, const float *x, float *y)
{
  guint channels = layer->input.channels;
  gsize n = genre_channel_size (run, layer->input);
  float *saved = run->states[layer->id].saved;
  double mean = run->statistics[layer->mean + c], variance = run->statistics[layer->variance + c];
  if (run->trains) {
    mean_and_variance (x, n, &mean, &variance);
    run->group_statistics[layer->mean + c] = mean;
    run->group_statistics[layer->variance + c] = n > 1 ? variance * n / (n - 1) : variance;
  }
  float inverse = 1 / sqrt (variance + GENRE_NORM_EPSILON);
  float scale = run->parameters[layer->weight[0] + c] * inverse;
  saved[c] = mean;
  saved[channels + c] = inverse;
  scale_and_shift (x, y, n, scale, run->parameters[layer->bias[0] + c] - (float)mean * scale);
}

GENRE_VECTORISED static void
sum_gradient_block (const float *x, const float *dy, float mean, gsize n, float *sum,
                    float *product)
{
  float s = 0, p = 0;
#pragma omp simd reduction(+ : s, p)
  for (gsize i = 0; i < n; i++) {
    s += dy[i];
    p += dy[i] * (x[i] - mean);
  }
  *sum = s;
  *product = p;
}

GENRE_VECTORISED static void
combine (const float *x, const float *dy, float *dx, gsize n, float a, float b, float c)
{
  for (gsize i = 0; i < n; i++)
    dx[i] = a * dy[i] + b * x[i] + c;
}

/* With x̂ = (x − mean) / σ: dx = weight / σ · (dy − mean (dy) − x̂ · mean (dy · x̂)). */
static void
backward_channel (const GenreLayer *layer, GenreRun *run, guint c, const float *x, const float *y,
                  const float *dy, float *dx)
{
  guint channels = layer->input.channels;
  gsize n = genre_channel_size (run, layer->input);
  const float *saved = run->states[layer->id].saved;
  float mean = saved[c], inverse = saved[channels + c];
  double sum = 0, product = 0;
  for (gsize i = 0; i < n; i += BLOCK) {
    float s, p;
    sum_gradient_block (x + i, dy + i, mean, MIN (BLOCK, n - i), &s, &p);
    sum += s;
    product += p;
  }
  product *= inverse; /* Σ dy · x̂ */
  run->gradient[layer->bias[0] + c] += sum;
  run->gradient[layer->weight[0] + c] += product;
  double scale = run->parameters[layer->weight[0] + c] * inverse;
  double per_x = -scale * product / n * inverse;
  combine (x, dy, dx, n, scale, per_x, -scale * sum / n - per_x * mean);
}

const GenreLayerClass genre_batch_norm_class = {
    .type = "batch-norm",
    .members = (const char *const[]){NULL},
    .gradient_in_place = TRUE,
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward_channel = forward_channel,
    .backward_channel = backward_channel,
};
