/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Squeeze-and-excitation (Hu et al. 2017): each channel is scaled by a gate that looks at all of
 * them, m = mean of x over frames and features h = max (0, R m + r) g = σ (E h + e) y[c] = g[c] ·
 * x[c] "reduction" says how many channels share one value of h, of which there are n = max (1,
 * channels / reduction). Parameters as those of two linear layers: reduce.weight (n, channels),
 * reduce.bias (n), expand.weight (channels, n), expand.bias (channels). */
#include "layer.h"
#include "kernels/exponential.h"
#include "kernels/kernels.h"

enum { REDUCE, EXPAND }; /* the layer's two products; between them n hidden values */

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  guint reduction;
  if (!genre_layer_get_count (layer, object, "reduction", 1, 4096, 4, &reduction, error))
    return FALSE;
  gsize channels = layer->input.channels, hidden = MAX (1, channels / reduction);
  const gsize reduce[] = {hidden, channels}, expand[] = {channels, hidden};
  layer->hidden = hidden;
  layer->weight[REDUCE] =
      genre_layer_add_parameter (layer, layers, "reduce.weight", TRUE, 2, reduce);
  layer->bias[REDUCE] = genre_layer_add_parameter (layer, layers, "reduce.bias", FALSE, 1, reduce);
  layer->weight[EXPAND] =
      genre_layer_add_parameter (layer, layers, "expand.weight", TRUE, 2, expand);
  layer->bias[EXPAND] = genre_layer_add_parameter (layer, layers, "expand.bias", FALSE, 1, expand);
  layer->saved_bytes = (3 * channels + 2 * hidden) * sizeof (float);
  layer->multiply_adds = 2 * genre_shape_size (layer->input) + 2 * (guint64)channels * hidden;
  return TRUE;
}

/* What is saved, each (values, batch). */
typedef struct {
  float *mean, *gate;
  float *channel_gradient; /* of what σ was taken of, then of the mean */
  float *hidden, *hidden_gradient;
} Saved;

static Saved
saved_of (const GenreLayer *layer, const GenreRun *run)
{
  float *room = run->states[layer->id].saved;
  gsize channels = (gsize)layer->input.channels * run->batch;
  gsize hidden = (gsize)layer->hidden * run->batch;
  return (Saved){room, room + channels, room + 2 * channels, room + 3 * channels,
                 room + 3 * channels + hidden};
}

GENRE_VECTORISED static float
sum_of (const float *x, gsize n)
{
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (gsize i = 0; i < n; i++)
    sum += x[i];
  return sum;
}

GENRE_VECTORISED static float
sum_of_products (const float *x, const float *y, gsize n)
{
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (gsize i = 0; i < n; i++)
    sum += x[i] * y[i];
  return sum;
}

GENRE_VECTORISED static void
scale_and_shift (const float *x, float scale, float shift, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i] * scale + shift;
}

/* y = W x + b for each input: W (rows, columns), x (columns, batch), y (rows, batch). */
static void
apply_dense (const float *weight, const float *bias, guint rows, guint columns, guint batch,
             const float *x, float *y)
{
  for (guint i = 0; i < rows * batch; i++)
    y[i] = bias[i / batch];
  genre_matrix_multiply (rows, batch, columns, genre_matrix (weight, columns),
                         genre_matrix (x, batch), TRUE, y, batch);
}

/* Adds to the gradients of W and b; dx = Wᵀ dy. */
static void
apply_dense_backward (const float *weight, guint rows, guint columns, guint batch, const float *x,
                      const float *dy, float *weight_gradient, float *bias_gradient, float *dx)
{
  for (guint i = 0; i < rows * batch; i++)
    bias_gradient[i / batch] += dy[i];
  genre_matrix_multiply (rows, columns, batch, genre_matrix (dy, batch),
                         genre_matrix_transposed (x, batch), TRUE, weight_gradient, columns);
  genre_matrix_multiply (columns, batch, rows, genre_matrix_transposed (weight, columns),
                         genre_matrix (dy, batch), FALSE, dx, batch);
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  const float *p = run->parameters;
  guint channels = layer->input.channels, planes = channels * run->batch;
  gsize n = (gsize)layer->input.frames * layer->input.features;
  Saved saved = saved_of (layer, run);
  for (guint i = 0; i < planes; i++)
    saved.mean[i] = sum_of (x + i * n, n) / n;
  apply_dense (p + layer->weight[REDUCE], p + layer->bias[REDUCE], layer->hidden, channels,
               run->batch, saved.mean, saved.hidden);
  for (guint i = 0; i < layer->hidden * run->batch; i++)
    saved.hidden[i] = MAX (0, saved.hidden[i]);
  apply_dense (p + layer->weight[EXPAND], p + layer->bias[EXPAND], channels, layer->hidden,
               run->batch, saved.hidden, saved.gate);
  for (guint i = 0; i < planes; i++) {
    saved.gate[i] = genre_sigmoid (saved.gate[i]);
    scale_and_shift (x + i * n, saved.gate[i], 0, y + i * n, n);
  }
}

/* dx = g · dy + (gradient of m) / n, for which the gradient goes back through both layers. */
static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  const float *p = run->parameters;
  float *gradient = run->gradient;
  guint channels = layer->input.channels, planes = channels * run->batch;
  gsize n = (gsize)layer->input.frames * layer->input.features;
  Saved saved = saved_of (layer, run);
  for (guint i = 0; i < planes; i++) {
    float gate = saved.gate[i];
    saved.channel_gradient[i] = sum_of_products (x + i * n, dy + i * n, n) * gate * (1 - gate);
  }
  apply_dense_backward (p + layer->weight[EXPAND], channels, layer->hidden, run->batch,
                        saved.hidden, saved.channel_gradient, gradient + layer->weight[EXPAND],
                        gradient + layer->bias[EXPAND], saved.hidden_gradient);
  for (guint i = 0; i < layer->hidden * run->batch; i++)
    saved.hidden_gradient[i] = saved.hidden[i] > 0 ? saved.hidden_gradient[i] : 0;
  apply_dense_backward (p + layer->weight[REDUCE], layer->hidden, channels, run->batch, saved.mean,
                        saved.hidden_gradient, gradient + layer->weight[REDUCE],
                        gradient + layer->bias[REDUCE], saved.channel_gradient);
  for (guint i = 0; i < planes; i++)
    scale_and_shift (dy + i * n, saved.gate[i], saved.channel_gradient[i] / n, dx + i * n, n);
}

const GenreLayerClass genre_squeeze_excitation_class = {
    .type = "squeeze-excitation",
    .members = (const char *const[]){"reduction", NULL},
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward = forward,
    .backward = backward,
};
