/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the lowest `features` features of every frame. A network that begins with it cannot lean on
 * what low sample rates and codecs take away. */
#include "layer.h"
#include <string.h>

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  return genre_layer_get_count (layer, object, "features", 1, layer->input.features, -1,
                                &layer->output.features, error);
}

static gsize
count_rows (const GenreLayer *layer, const GenreRun *run)
{
  return (gsize)layer->input.channels * run->batch * layer->input.frames;
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  guint from = layer->input.features, kept = layer->output.features;
  gsize rows = count_rows (layer, run);
  for (gsize row = 0; row < rows; row++)
    memcpy (y + row * kept, x + row * from, kept * sizeof *y);
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  guint from = layer->input.features, kept = layer->output.features;
  gsize rows = count_rows (layer, run);
  for (gsize row = 0; dx && row < rows; row++) {
    memcpy (dx + row * from, dy + row * kept, kept * sizeof *dx);
    memset (dx + row * from + kept, 0, (from - kept) * sizeof *dx);
  }
}

const GenreLayerClass genre_crop_class = {
    .type = "crop",
    .members = (const char *const[]){"features", NULL},
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward = forward,
    .backward = backward,
    .skips_input_gradient = TRUE,
};
