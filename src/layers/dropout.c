/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dropout: in training each value is zeroed with probability `rate`, the rest scaled by 1/(1 −
 * rate) (Srivastava et al. 2014, "inverted"); in evaluation values pass unchanged. */
#include "layer.h"
#include <string.h>

typedef struct {
  GenreLayer layer;
  double rate;
} Dropout;

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  layer->saved_bytes = genre_shape_size (layer->input);
  return genre_layer_get_number (layer, object, "rate", 0, 0.95, 0.5, &((Dropout *)layer)->rate,
                                 error);
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  const Dropout *dropout = (const Dropout *)layer;
  guint8 *keep = run->states[layer->id].saved;
  gsize n = run->batch * genre_shape_size (layer->output);
  if (!run->trains) {
    if (y != x)
      memcpy (y, x, n * sizeof *y);
    return;
  }
  GenreRandom random = genre_random_keyed (run->random.state, layer->id, 0, 0);
  float scale = 1 / (1 - dropout->rate);
  gsize in_channel = (gsize)layer->output.frames * layer->output.features;
  for (gsize i = 0; i < n; i++) {
    keep[i] = i / in_channel % run->n_views == 0 ? genre_random_uniform (&random) >= dropout->rate
                                                 : keep[i - in_channel];
    y[i] = keep[i] ? x[i] * scale : 0;
  }
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  const Dropout *dropout = (const Dropout *)layer;
  const guint8 *keep = run->states[layer->id].saved;
  gsize n = run->batch * genre_shape_size (layer->output);
  float scale = 1 / (1 - dropout->rate);
  for (gsize i = 0; i < n; i++)
    dx[i] = keep[i] ? dy[i] * scale : 0;
}

const GenreLayerClass genre_dropout_class = {
    .type = "dropout",
    .members = (const char *const[]){"rate", NULL},
    .in_place = TRUE,
    .gradient_in_place = TRUE,
    .instance_size = sizeof (Dropout),
    .parse = parse,
    .forward = forward,
    .backward = backward,
};
