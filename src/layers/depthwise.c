/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Depthwise convolution (Howard et al. 2017, "MobileNets"): each channel has a kernel of its own,
 *   y[c, t, f] = Σ_u Σ_v W[c, 0, u, v] · x[c, t·s₀ + u − p₀, f·s₁ + v − p₁]
 * Weight (channels, 1, kernel frames, kernel features).
 *
 * A plane (frames, features) is split by the strides into phases, each with its padding:
 *   P[r, q][i, j] = x[i·s₀ + r − p₀, j·s₁ + q − p₁]
 * so that every tap (u, v) reads phase (u mod s₀, v mod s₁) from ((u div s₀), (v div s₁)) on. Where
 * y is given the same row length as a phase, all its rows together are one run of values, and a tap
 * one multiply-add over the run: no edges, no strides, no short rows. What is computed in the
 * columns between rows is thrown away. Backward goes the same way with the runs of dy. */
#include <string.h>
#include "layer.h"

#define MAX_TAPS (15 * 15)
#define LANES 16
#define BLOCK (4 * LANES) /* runs are computed in blocks, and have room for one too many */

typedef float Lanes __attribute__ ((vector_size (LANES * sizeof (float)), aligned (4), may_alias));

typedef struct {
  GenreLayer layer;
  guint rows, columns; /* of a phase */
  gsize phase;         /* floats of one phase, with the room after it */
  gsize margin;        /* zeros before a run of dy */
} Depthwise;

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  Depthwise *depthwise = (Depthwise *)layer;
  const GenreWindow *window = &layer->window;
  if (!genre_layer_get_window (layer, object, 15, error))
    return FALSE;
  const gsize shape[] = {layer->input.channels, 1, window->kernel[0], window->kernel[1]};
  guint more[2];
  for (int i = 0; i < 2; i++)
    more[i] = (window->kernel[i] - 1) / window->stride[i];
  depthwise->layer.weight[0] = genre_layer_add_parameter (layer, layers, "weight", TRUE, 4, shape);
  depthwise->rows = layer->output.frames + more[0];
  depthwise->columns = layer->output.features + more[1];
  depthwise->margin = (gsize)more[0] * depthwise->columns + more[1];
  depthwise->phase = (gsize)depthwise->rows * depthwise->columns + depthwise->margin + BLOCK;
  /* the phases of x, a run of y or dy, a run of one phase's gradient */
  layer->scratch = (guint64)(window->stride[0] * window->stride[1] + 2) * depthwise->phase;
  layer->multiply_adds = genre_shape_size (layer->output) * window->kernel[0] * window->kernel[1];
  return TRUE;
}

/* Rows and columns of phase (@r, @q) that lie inside the input. */
typedef struct {
  guint first[2], end[2];
} Inside;

static Inside
inside_of (const Depthwise *depthwise, guint r, guint q)
{
  const GenreWindow *window = &depthwise->layer.window;
  const guint at[2] = {r, q}, length[2] = {depthwise->rows, depthwise->columns};
  const guint size[2] = {depthwise->layer.input.frames, depthwise->layer.input.features};
  Inside inside;
  for (int i = 0; i < 2; i++) {
    guint stride = window->stride[i], padding = window->padding[i];
    guint first = padding > at[i] ? (padding - at[i] + stride - 1) / stride : 0;
    guint end = (size[i] + padding + stride - 1 - at[i]) / stride; /* at most stride - 1 */
    inside.end[i] = MIN (length[i], end);
    inside.first[i] = MIN (first, inside.end[i]);
  }
  return inside;
}

/* Where value (@i, @j) of phase (@r, @q) lies in a plane of x. */
static gsize
place_of (const Depthwise *depthwise, guint r, guint q, guint i, guint j)
{
  const GenreWindow *window = &depthwise->layer.window;
  gsize frame = (gsize)i * window->stride[0] + r - window->padding[0];
  return frame * depthwise->layer.input.features + j * window->stride[1] + q - window->padding[1];
}

GENRE_VECTORISED static void
take_every (const float *x, guint stride, guint n, float *out)
{
  if (stride == 1) {
    memcpy (out, x, n * sizeof *out);
    return;
  }
  if (stride == 2) { /* what compilers can do in vectors */
    for (gsize i = 0; i < n; i++)
      out[i] = x[2 * i];
    return;
  }
  for (gsize i = 0; i < n; i++)
    out[i] = x[i * stride];
}

GENRE_VECTORISED static void
put_every (const float *values, guint stride, guint n, float *out)
{
  if (stride == 1) {
    memcpy (out, values, n * sizeof *out);
    return;
  }
  for (gsize i = 0; i < n; i++)
    out[i * stride] = values[i];
}

/* @phases: (s₀ · s₁, phase), zero outside the input. */
static void
split_plane (const Depthwise *depthwise, const float *x, float *phases)
{
  const GenreWindow *window = &depthwise->layer.window;
  memset (phases, 0, window->stride[0] * window->stride[1] * depthwise->phase * sizeof *phases);
  for (guint r = 0; r < window->stride[0]; r++) {
    for (guint q = 0; q < window->stride[1]; q++, phases += depthwise->phase) {
      Inside in = inside_of (depthwise, r, q);
      for (guint i = in.first[0]; i < in.end[0] && in.first[1] < in.end[1]; i++)
        take_every (x + place_of (depthwise, r, q, i, in.first[1]), window->stride[1],
                    in.end[1] - in.first[1], phases + i * depthwise->columns + in.first[1]);
    }
  }
}

/* One phase back into a plane of dx. */
static void
put_phase (const Depthwise *depthwise, guint r, guint q, const float *phase, float *dx)
{
  Inside in = inside_of (depthwise, r, q);
  for (guint i = in.first[0]; i < in.end[0] && in.first[1] < in.end[1]; i++)
    put_every (phase + i * depthwise->columns + in.first[1], depthwise->layer.window.stride[1],
               in.end[1] - in.first[1], dx + place_of (depthwise, r, q, i, in.first[1]));
}

/* y[i] = Σ_k weights[k] · taps[k][i]; writes and reads whole blocks. */
GENRE_VECTORISED static void
combine_taps (const float *const *taps, const float *weights, guint n_taps, gsize n, float *y)
{
  for (gsize i = 0; i < n; i += BLOCK) {
    Lanes a = {0}, b = {0}, c = {0}, d = {0};
    for (guint k = 0; k < n_taps; k++) {
      const Lanes *x = (const Lanes *)(taps[k] + i);
      float w = weights[k];
      a += w * x[0];
      b += w * x[1];
      c += w * x[2];
      d += w * x[3];
    }
    Lanes *out = (Lanes *)(y + i);
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
  }
}

/* Σ_i x[i] · y[i] over whole blocks, of which y is zero from @n on. */
GENRE_VECTORISED static float
dot (const float *x, const float *y, gsize n)
{
  Lanes sums[4] = {{0}};
  for (gsize i = 0; i < n; i += BLOCK) {
    for (guint k = 0; k < 4; k++)
      sums[k] += ((const Lanes *)(x + i))[k] * ((const Lanes *)(y + i))[k];
  }
  Lanes sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  float total = 0;
  for (guint i = 0; i < LANES; i++)
    total += sum[i];
  return total;
}

/* Of a run that holds the output rows. */
static gsize
run_length (const Depthwise *depthwise)
{
  const GenreShape *out = &depthwise->layer.output;
  return (gsize)(out->frames - 1) * depthwise->columns + out->features;
}

/* Where each tap (kernel frames, kernel features) begins in @phases. */
static void
find_taps (const Depthwise *depthwise, const float *phases, const float **taps)
{
  const GenreWindow *window = &depthwise->layer.window;
  for (guint u = 0; u < window->kernel[0]; u++) {
    for (guint v = 0; v < window->kernel[1]; v++)
      *taps++ =
          phases +
          (u % window->stride[0] * window->stride[1] + v % window->stride[1]) * depthwise->phase +
          (gsize)(u / window->stride[0]) * depthwise->columns + v / window->stride[1];
  }
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  const Depthwise *depthwise = (const Depthwise *)layer;
  const GenreWindow *window = &depthwise->layer.window;
  GenreShape in = layer->input, out = layer->output;
  guint n_taps = window->kernel[0] * window->kernel[1];
  float *line = run->scratch + window->stride[0] * window->stride[1] * depthwise->phase;
  const float *taps[MAX_TAPS];
  find_taps (depthwise, run->scratch, taps);
  for (gsize plane = 0; plane < (gsize)in.channels * run->batch; plane++) {
    const float *weight =
        run->parameters + depthwise->layer.weight[0] + plane / run->batch * n_taps;
    split_plane (depthwise, x + plane * in.frames * in.features, run->scratch);
    combine_taps (taps, weight, n_taps, run_length (depthwise), line);
    for (guint t = 0; t < out.frames; t++, y += out.features)
      memcpy (y, line + t * depthwise->columns, out.features * sizeof *y);
  }
}

/* The rows of a plane of dy as one run, zero between and around them. */
static void
lay_out_gradient (const Depthwise *depthwise, const float *dy, float *line)
{
  GenreShape out = depthwise->layer.output;
  memset (line, 0, depthwise->phase * sizeof *line);
  for (guint t = 0; t < out.frames; t++)
    memcpy (line + depthwise->margin + (gsize)t * depthwise->columns, dy + t * out.features,
            out.features * sizeof *dy);
}

/* dP[r, q][i, j] = Σ W[u, v] · dy[i − u div s₀, j − v div s₁], over the taps that read this phase.
 */
static void
backward_phase (const Depthwise *depthwise, guint r, guint q, const float *weight,
                const float *line, float *phase)
{
  const GenreWindow *window = &depthwise->layer.window;
  const float *taps[MAX_TAPS];
  float weights[MAX_TAPS];
  guint n = 0;
  for (guint u = r; u < window->kernel[0]; u += window->stride[0]) {
    for (guint v = q; v < window->kernel[1]; v += window->stride[1], n++) {
      taps[n] = line + depthwise->margin - (gsize)(u / window->stride[0]) * depthwise->columns -
                v / window->stride[1];
      weights[n] = weight[u * window->kernel[1] + v];
    }
  }
  combine_taps (taps, weights, n, (gsize)depthwise->rows * depthwise->columns, phase);
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  const Depthwise *depthwise = (const Depthwise *)layer;
  const GenreWindow *window = &depthwise->layer.window;
  gsize in = (gsize)layer->input.frames * layer->input.features;
  gsize out = (gsize)layer->output.frames * layer->output.features;
  guint n_taps = window->kernel[0] * window->kernel[1];
  float *line = run->scratch + window->stride[0] * window->stride[1] * depthwise->phase;
  const float *taps[MAX_TAPS];
  find_taps (depthwise, run->scratch, taps);
  memset (dx, 0, run->batch * genre_shape_size (layer->input) * sizeof *dx);
  for (gsize plane = 0; plane < (gsize)layer->input.channels * run->batch; plane++) {
    gsize weight = depthwise->layer.weight[0] + plane / run->batch * n_taps;
    split_plane (depthwise, x + plane * in, run->scratch);
    lay_out_gradient (depthwise, dy + plane * out, line);
    for (guint k = 0; k < n_taps; k++)
      run->gradient[weight + k] += dot (taps[k], line + depthwise->margin, run_length (depthwise));
    for (guint r = 0; r < window->stride[0]; r++) {
      for (guint q = 0; q < window->stride[1]; q++) {
        backward_phase (depthwise, r, q, run->parameters + weight, line, line + depthwise->phase);
        put_phase (depthwise, r, q, line + depthwise->phase, dx + plane * in);
      }
    }
  }
}

const GenreLayerClass genre_depthwise_class = {
    .type = "depthwise",
    .members = (const char *const[]){"kernel", "stride", "padding", NULL},
    .instance_size = sizeof (Depthwise),
    .parse = parse,
    .forward = forward,
    .backward = backward,
};
