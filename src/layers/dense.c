/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fully connected layer: y = W x + b. Weight (outputs, inputs), bias (outputs). */
#include "kernels/kernels.h"
#include "layer.h"

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  guint outputs;
  if (!genre_layer_get_count (layer, object, "outputs", 1, 65536, -1, &outputs, error))
    return FALSE;
  if (layer->input.frames != 1 || layer->input.features != 1) {
    genre_layer_set_error (layer, error,
                           "its input is %u frames × %u features, expected 1 × 1: put a "
                           "statistics-pool before it",
                           layer->input.frames, layer->input.features);
    return FALSE;
  }
  gsize shape[] = {outputs, layer->input.channels};
  layer->weight[0] = genre_layer_add_parameter (layer, layers, "weight", TRUE, 2, shape);
  layer->bias[0] = genre_layer_add_parameter (layer, layers, "bias", FALSE, 1, shape);
  layer->output.channels = outputs;
  layer->multiply_adds = (guint64)outputs * layer->input.channels;
  return TRUE;
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  guint outputs = layer->output.channels, inputs = layer->input.channels;
  for (guint o = 0; o < outputs; o++) {
    for (guint b = 0; b < run->batch; b++)
      y[(gsize)o * run->batch + b] = run->parameters[layer->bias[0] + o];
  }
  genre_matrix_multiply (outputs, run->batch, inputs,
                         genre_matrix (run->parameters + layer->weight[0], inputs),
                         genre_matrix (x, run->batch), TRUE, y, run->batch);
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  guint outputs = layer->output.channels, inputs = layer->input.channels;
  for (guint o = 0; o < outputs; o++) {
    for (guint b = 0; b < run->batch; b++)
      run->gradient[layer->bias[0] + o] += dy[(gsize)o * run->batch + b];
  }
  genre_matrix_multiply (outputs, inputs, run->batch, genre_matrix (dy, run->batch),
                         genre_matrix_transposed (x, run->batch), TRUE,
                         run->gradient + layer->weight[0], inputs);
  if (dx)
    genre_matrix_multiply (inputs, run->batch, outputs,
                           genre_matrix_transposed (run->parameters + layer->weight[0], inputs),
                           genre_matrix (dy, run->batch), FALSE, dx, run->batch);
}

const GenreLayerClass genre_dense_class = {
    .type = "dense",
    .members = (const char *const[]){"outputs", NULL},
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward = forward,
    .backward = backward,
    .skips_input_gradient = TRUE,
};
