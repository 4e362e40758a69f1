/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sigmoid-weighted linear unit (Elfwing et al. 2017; "swish"): y = x · σ (x). Not in place: its
 * slope is no function of y. */
#include "layer.h"
#include "kernels/exponential.h"

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  return TRUE;
}

GENRE_VECTORISED static void
weigh (const float *x, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i] * genre_sigmoid (x[i]);
}

/* y' = σ + x · σ · (1 − σ) */
GENRE_VECTORISED static void
weigh_gradient (const float *x, const float *dy, float *dx, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    float s = genre_sigmoid (x[i]);
    dx[i] = dy[i] * s * (1 + x[i] * (1 - s));
  }
}

static void
forward_channel (const GenreLayer *layer, GenreRun *run, guint channel, const float *x, float *y)
{
  weigh (x, y, genre_channel_size (run, layer->output));
}

static void
backward_channel (const GenreLayer *layer, GenreRun *run, guint channel, const float *x,
                  const float *y, const float *dy, float *dx)
{
  weigh_gradient (x, dy, dx, genre_channel_size (run, layer->output));
}

const GenreLayerClass genre_silu_class = {
    .type = "silu",
    .members = (const char *const[]){NULL},
    .gradient_in_place = TRUE,
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward_channel = forward_channel,
    .backward_channel = backward_channel,
};
