/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rectified linear unit: y = max (0, x). */
#include "layer.h"

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  return TRUE;
}

GENRE_VECTORISED static void
rectify (const float *x, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i] > 0 ? x[i] : 0;
}

GENRE_VECTORISED static void
rectify_gradient (const float *y, const float *dy, float *dx, gsize n)
{
  for (gsize i = 0; i < n; i++)
    dx[i] = y[i] > 0 ? dy[i] : 0;
}

static void
forward_channel (const GenreLayer *layer, GenreRun *run, guint channel, const float *x, float *y)
{
  rectify (x, y, genre_channel_size (run, layer->output));
}

static void
backward_channel (const GenreLayer *layer, GenreRun *run, guint channel, const float *x,
                  const float *y, const float *dy, float *dx)
{
  rectify_gradient (y, dy, dx, genre_channel_size (run, layer->output));
}

const GenreLayerClass genre_relu_class = {
    .type = "relu",
    .members = (const char *const[]){NULL},
    .in_place = TRUE,
    .gradient_in_place = TRUE,
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward_channel = forward_channel,
    .backward_channel = backward_channel,
};
