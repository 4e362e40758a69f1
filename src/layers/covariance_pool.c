/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How features behave over time, and with each other: what a sound's timbre is known by (Mandel,
 * Ellis 2005, "Song-level features"). Of n features, over T frames
 *   mean        m_i = 1/T Σ_t x_ti                                                  n values
 *   spread      ½ ln (C_ii + ε), C_ij = 1/T Σ_t (x_ti − m_i)(x_tj − m_j)            n values
 *   restlessness ½ ln (D_i + ε), D_i = 1/(T − 1) Σ_t (x_ti − x_(t−1)i)²             n values
 *   correlation C_ij / √((C_ii + ε)(C_jj + ε)), i < j, row by row                   n (n − 1) / 2
 * ε keeps a feature that never changes from being one that changes like another. A linear function
 * of these, averaged over the segments of a window, is one of the window's own averages. */
#include "layer.h"
#include <math.h>
#include <string.h>

#define EPSILON 0.01f
#define MAX_FEATURES 256

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  guint n = layer->input.features, frames = layer->input.frames;
  if (layer->input.channels != 1 || n > MAX_FEATURES || frames < 2) {
    genre_layer_set_error (layer, error,
                           "its input is %u channels × %u frames × %u features, expected 1 × at "
                           "least 2 × at most %d",
                           layer->input.channels, frames, n, MAX_FEATURES);
    return FALSE;
  }
  layer->output = (GenreShape){3 * n + n * (n - 1) / 2, 1, 1};
  layer->saved_bytes = (gsize)n * (n + 2) * sizeof (float); /* C, D, m */
  layer->multiply_adds = (guint64)frames * n * (n + 3) / 2;
  return TRUE;
}

/* What forward keeps of one input of the batch. */
typedef struct {
  float *covariances; /* (n, n), j ≥ i */
  float *squares;     /* (n,) D */
  float *means;       /* (n,) */
} Moments;

static Moments
moments_of (const GenreLayer *layer, const GenreRun *run, guint b)
{
  gsize n = layer->input.features;
  float *saved = (float *)run->states[layer->id].saved + b * n * (n + 2);
  return (Moments){saved, saved + n * n, saved + n * (n + 1)};
}

#define ROW 8 /* floats that are multiplied together, whether all are wanted or not */

/* Of one frame, to C; of a row also the last few j < i, which nobody reads. */
GENRE_VECTORISED static void
add_products (const float *x, const float *means, guint n, float *covariances)
{
  float d[MAX_FEATURES];
  for (guint i = 0; i < n; i++)
    d[i] = x[i] - means[i];
  const guint whole = n - n % ROW;
  for (guint i = 0; i < n; i++) {
    float *row = covariances + (gsize)i * n;
    for (guint j = i - i % ROW; j < whole; j += ROW)
      for (guint k = 0; k < ROW; k++)
        row[j + k] += d[i] * d[j + k];
    for (guint j = MAX (i, whole); j < n; j++)
      row[j] += d[i] * d[j];
  }
}

/* @x: (frames, n) */
static void
measure (const float *x, guint frames, guint n, Moments moments)
{
  memset (moments.covariances, 0, (gsize)n * (n + 2) * sizeof (float));
  for (guint t = 0; t < frames; t++) {
    for (guint i = 0; i < n; i++)
      moments.means[i] += x[t * n + i] / frames;
  }
  for (guint t = 0; t < frames; t++)
    add_products (x + t * n, moments.means, n, moments.covariances);
  for (guint t = 1; t < frames; t++) {
    for (guint i = 0; i < n; i++) {
      float step = x[t * n + i] - x[(t - 1) * n + i];
      moments.squares[i] += step * step / (frames - 1);
    }
  }
  for (guint i = 0; i < n; i++) {
    for (guint j = i; j < n; j++)
      moments.covariances[i * n + j] /= frames;
  }
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  guint n = layer->input.features, frames = layer->input.frames;
  for (guint b = 0; b < run->batch; b++) {
    Moments moments = moments_of (layer, run, b);
    measure (x + (gsize)b * frames * n, frames, n, moments);
    const float *c = moments.covariances;
    float *out = y + b; /* (channels, batch) */
    for (guint i = 0; i < n; i++, out += run->batch)
      *out = moments.means[i];
    for (guint i = 0; i < n; i++, out += run->batch)
      *out = 0.5f * logf (c[i * n + i] + EPSILON);
    for (guint i = 0; i < n; i++, out += run->batch)
      *out = 0.5f * logf (moments.squares[i] + EPSILON);
    for (guint i = 0; i < n; i++) {
      for (guint j = i + 1; j < n; j++, out += run->batch)
        *out = c[i * n + j] / sqrtf ((c[i * n + i] + EPSILON) * (c[j * n + j] + EPSILON));
    }
  }
}

/* Of the loss by C, (n, n), j ≥ i: @slopes; @dy: (channels, batch) from this input on. */
static void
find_slopes (const float *c, guint n, guint batch, const float *dy, float *slopes)
{
  const float *spread = dy + (gsize)n * batch;
  const float *correlation = dy + (gsize)3 * n * batch;
  for (guint i = 0; i < n; i++)
    slopes[i * n + i] = 0.5f * spread[(gsize)i * batch] / (c[i * n + i] + EPSILON);
  for (guint i = 0; i < n; i++) {
    for (guint j = i + 1; j < n; j++, correlation += batch) {
      float a = c[i * n + i] + EPSILON, b = c[j * n + j] + EPSILON, root = sqrtf (a * b);
      slopes[i * n + j] = *correlation / root;
      float common = 0.5f * *correlation * c[i * n + j] / root;
      slopes[i * n + i] -= common / a;
      slopes[j * n + j] -= common / b;
    }
  }
}

/* dx (frames, n): of C, whose mean drops out since the distances from it sum to nothing; of D; of
 * the mean. */
static void
flow_back (const GenreLayer *layer, Moments moments, const float *slopes, const float *x,
           guint batch, const float *dy, float *dx)
{
  guint n = layer->input.features, frames = layer->input.frames;
  const float *restlessness = dy + (gsize)2 * n * batch;
  for (guint t = 0; t < frames; t++) {
    for (guint i = 0; i < n; i++) {
      float sum = 0;
      for (guint j = 0; j < n; j++) {
        float slope = j >= i ? slopes[i * n + j] : slopes[j * n + i];
        sum += (j == i ? 2 : 1) * slope * (x[t * n + j] - moments.means[j]);
      }
      float steps = 0;
      if (t > 0)
        steps += x[t * n + i] - x[(t - 1) * n + i];
      if (t + 1 < frames)
        steps -= x[(t + 1) * n + i] - x[t * n + i];
      float slope = restlessness[(gsize)i * batch] / (moments.squares[i] + EPSILON) / (frames - 1);
      dx[t * n + i] = (dy[(gsize)i * batch] + sum) / frames + slope * steps;
    }
  }
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  guint n = layer->input.features, frames = layer->input.frames;
  if (!dx)
    return;
  g_autofree float *slopes = g_new (float, (gsize)n *n);
  for (guint b = 0; b < run->batch; b++) {
    Moments moments = moments_of (layer, run, b);
    gsize at = (gsize)b * frames * n;
    find_slopes (moments.covariances, n, run->batch, dy + b, slopes);
    flow_back (layer, moments, slopes, x + at, run->batch, dy + b, dx + at);
  }
}

const GenreLayerClass genre_covariance_pool_class = {
    .type = "covariance-pool",
    .members = (const char *const[]){NULL},
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward = forward,
    .backward = backward,
    .skips_input_gradient = TRUE,
};
