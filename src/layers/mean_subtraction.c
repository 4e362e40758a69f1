/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a share of its mean over the frames from every feature: y[t, f] = x[t, f] − share · x̄[f].
 * What a recording's production adds to all frames alike goes, and how it is played stays. In
 * cepstra it is known as cepstral mean subtraction (Atal 1974), on spectrograms, with a share below
 * 1, as relaxed instance frequency-wise normalisation (Kim et al. 2022). */
#include "layer.h"

typedef struct {
  GenreLayer layer;
  double share;
} MeanSubtraction;

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  layer->scratch = layer->input.features;
  return genre_layer_get_number (layer, object, "share", 0, 1, 1,
                                 &((MeanSubtraction *)layer)->share, error);
}

/* @x, @y: (frames, features); @mean: (features,) */
GENRE_VECTORISED static void
subtract (const float *x, guint frames, guint features, float share, float *mean, float *y)
{
  float scale = share / frames;
  for (guint f = 0; f < features; f++)
    mean[f] = 0;
  for (guint t = 0; t < frames; t++)
    for (guint f = 0; f < features; f++)
      mean[f] += x[(gsize)t * features + f];
  for (guint f = 0; f < features; f++)
    mean[f] *= scale;
  for (guint t = 0; t < frames; t++)
    for (guint f = 0; f < features; f++)
      y[(gsize)t * features + f] = x[(gsize)t * features + f] - mean[f];
}

static void
subtract_all (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  GenreShape shape = layer->input;
  gsize plane = (gsize)shape.frames * shape.features;
  float share = ((const MeanSubtraction *)layer)->share;
  for (gsize p = 0; p < (gsize)shape.channels * run->batch; p++)
    subtract (x + p * plane, shape.frames, shape.features, share, run->scratch, y + p * plane);
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  subtract_all (layer, run, x, y);
}

/* The map is symmetric: gradients go through the same. */
static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  if (dx)
    subtract_all (layer, run, dy, dx);
}

const GenreLayerClass genre_mean_subtraction_class = {
    .type = "mean-subtraction",
    .members = (const char *const[]){"share", NULL},
    .instance_size = sizeof (MeanSubtraction),
    .parse = parse,
    .forward = forward,
    .backward = backward,
    .skips_input_gradient = TRUE,
};
