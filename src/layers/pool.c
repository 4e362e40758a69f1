/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Max and average pooling over windows of (frames, features) that do not overlap and lie wholly
 * inside the input: what is left over at the end of an axis is dropped. */
#include "layer.h"
#include <string.h>

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  guint *size = layer->window.kernel;
  if (!genre_layer_get_pair (layer, object, "size", 1, 15, -1, size, error))
    return FALSE;
  memcpy (layer->window.stride, size, sizeof layer->window.stride);
  if (layer->input.frames < size[0] || layer->input.features < size[1]) {
    genre_layer_set_error (layer, error, "size %u × %u is larger than its input, %u × %u", size[0],
                           size[1], layer->input.frames, layer->input.features);
    return FALSE;
  }
  layer->output.frames = layer->input.frames / size[0];
  layer->output.features = layer->input.features / size[1];
  layer->saved_bytes = genre_shape_size (layer->output);
  return TRUE;
}

/* Which value of its window each value of the output is. */
static guint8 *
chosen_of (const GenreLayer *layer, const GenreRun *run, guint channel)
{
  guint8 *all = run->states[layer->id].saved;
  return all + channel * genre_channel_size (run, layer->output);
}

/* Where the window of a channel's output row (b, t), a run of output.features windows, begins. */
static gsize
window_start (const GenreLayer *layer, gsize row)
{
  gsize plane = row / layer->output.frames, t = row % layer->output.frames;
  return (plane * layer->input.frames + t * layer->window.kernel[0]) * layer->input.features;
}

static gboolean
is_2x2 (const GenreLayer *layer)
{
  return layer->window.kernel[0] == 2 && layer->window.kernel[1] == 2;
}

GENRE_VECTORISED static void
max_row_2x2 (const float *x, gsize pitch, gsize n, float *y)
{
  const float *below = x + pitch;
  for (gsize f = 0; f < n; f++) {
    float a = x[2 * f], b = x[2 * f + 1], c = below[2 * f], d = below[2 * f + 1];
    float top = b > a ? b : a, bottom = d > c ? d : c;
    y[f] = bottom > top ? bottom : top;
  }
}

/* Finds the largest again: quicker than to remember which it was. */
GENRE_VECTORISED static void
max_row_2x2_gradient (const float *restrict x, gsize pitch, gsize n, const float *restrict dy,
                      float *restrict dx)
{
#pragma omp simd
  for (gsize f = 0; f < n; f++) {
    float a = x[2 * f], b = x[2 * f + 1], c = x[pitch + 2 * f], d = x[pitch + 2 * f + 1];
    float top = b > a ? b : a, bottom = d > c ? d : c, gradient = dy[f];
    float above = bottom > top ? 0 : gradient, below = bottom > top ? gradient : 0;
    float left = b > a ? 0 : above, right = b > a ? above : 0;
    float left_below = d > c ? 0 : below, right_below = d > c ? below : 0;
    dx[2 * f] = left;
    dx[2 * f + 1] = right;
    dx[pitch + 2 * f] = left_below;
    dx[pitch + 2 * f + 1] = right_below;
  }
}

static void
max_row (const GenreLayer *layer, const float *x, float *y, guint8 *chosen)
{
  const guint *size = layer->window.kernel;
  gsize pitch = layer->input.features;
  for (guint f = 0; f < layer->output.features; f++, x += size[1]) {
    float best = x[0];
    guint8 index = 0;
    for (guint u = 0; u < size[0]; u++) {
      for (guint v = 0; v < size[1]; v++) {
        if (x[u * pitch + v] > best) {
          best = x[u * pitch + v];
          index = u * size[1] + v;
        }
      }
    }
    y[f] = best;
    chosen[f] = index;
  }
}

static void
max_forward (const GenreLayer *layer, GenreRun *run, guint channel, const float *x, float *y)
{
  guint8 *chosen = chosen_of (layer, run, channel);
  gsize rows = (gsize)run->batch * layer->output.frames;
  guint n = layer->output.features;
  for (gsize row = 0; row < rows; row++) {
    const float *window = x + window_start (layer, row);
    if (is_2x2 (layer))
      max_row_2x2 (window, layer->input.features, n, y + row * n);
    else
      max_row (layer, window, y + row * n, chosen + row * n);
  }
}

static void
max_backward (const GenreLayer *layer, GenreRun *run, guint channel, const float *x, const float *y,
              const float *dy, float *dx)
{
  const guint *size = layer->window.kernel;
  const guint8 *chosen = chosen_of (layer, run, channel);
  gsize rows = (gsize)run->batch * layer->output.frames;
  guint n = layer->output.features, pitch = layer->input.features;
  /* values outside all windows, and those not chosen, which 2 × 2 writes itself */
  if (!is_2x2 (layer) || layer->input.frames % 2 || pitch % 2)
    memset (dx, 0, genre_channel_size (run, layer->input) * sizeof *dx);
  for (gsize row = 0; row < rows; row++) {
    gsize start = window_start (layer, row);
    float *window = dx + start;
    if (is_2x2 (layer)) {
      max_row_2x2_gradient (x + start, pitch, n, dy + row * n, window);
      continue;
    }
    for (guint f = 0; f < n; f++, window += size[1]) {
      guint index = chosen[row * n + f];
      window[index / size[1] * pitch + index % size[1]] = dy[row * n + f];
    }
  }
}

static void
average_forward (const GenreLayer *layer, GenreRun *run, guint channel, const float *x, float *y)
{
  const guint *size = layer->window.kernel;
  gsize rows = (gsize)run->batch * layer->output.frames;
  guint n = layer->output.features, pitch = layer->input.features;
  float share = 1.0f / (size[0] * size[1]);
  for (gsize row = 0; row < rows; row++) {
    const float *window = x + window_start (layer, row);
    for (guint f = 0; f < n; f++, window += size[1]) {
      float sum = 0;
      for (guint u = 0; u < size[0]; u++) {
        for (guint v = 0; v < size[1]; v++)
          sum += window[u * pitch + v];
      }
      y[row * n + f] = sum * share;
    }
  }
}

static void
average_backward (const GenreLayer *layer, GenreRun *run, guint channel, const float *x,
                  const float *y, const float *dy, float *dx)
{
  const guint *size = layer->window.kernel;
  gsize rows = (gsize)run->batch * layer->output.frames;
  guint n = layer->output.features, pitch = layer->input.features;
  float share = 1.0f / (size[0] * size[1]);
  memset (dx, 0, genre_channel_size (run, layer->input) * sizeof *dx);
  for (gsize row = 0; row < rows; row++) {
    float *window = dx + window_start (layer, row);
    for (guint f = 0; f < n; f++, window += size[1]) {
      for (guint u = 0; u < size[0]; u++) {
        for (guint v = 0; v < size[1]; v++)
          window[u * pitch + v] = dy[row * n + f] * share;
      }
    }
  }
}

const GenreLayerClass genre_max_pool_class = {
    .type = "max-pool",
    .members = (const char *const[]){"size", NULL},
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward_channel = max_forward,
    .backward_channel = max_backward,
};

const GenreLayerClass genre_average_pool_class = {
    .type = "average-pool",
    .members = (const char *const[]){"size", NULL},
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward_channel = average_forward,
    .backward_channel = average_backward,
};
