/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first `coefficients` of the orthonormal DCT-II of every frame: how its energy lies over the
 * bands, coarsely, with little that two coefficients say both (Davis, Mermelstein 1980). */
#include "filterbank.h"
#include "kernels/kernels.h"
#include "layer.h"

typedef struct {
  GenreLayer layer;
  float *cosines; /* (coefficients, features) */
} Cepstrum;

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  guint n = layer->input.features;
  if (!genre_layer_get_count (layer, object, "coefficients", 1, MIN (n, 1024), -1,
                              &layer->output.features, error))
    return FALSE;
  layer->table_bytes = (guint64)layer->output.features * n * sizeof (float);
  layer->multiply_adds = genre_shape_size (layer->input) * layer->output.features;
  return TRUE;
}

static gboolean
prepare (GenreLayer *layer)
{
  guint wanted = layer->output.features, n = layer->input.features;
  float *cosines = g_try_new (float, (gsize)wanted *n);
  for (guint k = 0; cosines && k < wanted; k++) {
    for (guint f = 0; f < n; f++)
      cosines[(gsize)k * n + f] = (float)genre_cosine_weight (n, k, f);
  }
  ((Cepstrum *)layer)->cosines = cosines;
  return cosines != NULL;
}

static void
finalise (GenreLayer *layer)
{
  g_free (((Cepstrum *)layer)->cosines);
}

static guint
count_rows (const GenreLayer *layer, const GenreRun *run)
{
  return layer->input.channels * run->batch * layer->input.frames;
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  const Cepstrum *cepstrum = (const Cepstrum *)layer;
  guint from = layer->input.features, to = layer->output.features;
  genre_matrix_multiply (count_rows (layer, run), to, from, genre_matrix (x, from),
                         genre_matrix_transposed (cepstrum->cosines, from), FALSE, y, to);
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  const Cepstrum *cepstrum = (const Cepstrum *)layer;
  guint from = layer->input.features, to = layer->output.features;
  if (dx)
    genre_matrix_multiply (count_rows (layer, run), from, to, genre_matrix (dy, to),
                           genre_matrix (cepstrum->cosines, from), FALSE, dx, from);
}

const GenreLayerClass genre_cepstrum_class = {
    .type = "cepstrum",
    .members = (const char *const[]){"coefficients", NULL},
    .instance_size = sizeof (Cepstrum),
    .parse = parse,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .skips_input_gradient = TRUE,
    .finalise = finalise,
};
