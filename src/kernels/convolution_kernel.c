/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include "activation.h"
#include "product.h"
#include "winograd.h"

#define PANEL (2 * LANES)

/* ---- direct convolution ---- */

/* One row of the convolution, before pooling, into @y with @y_row floats from pixel to pixel. */
static void
convolve_row (const GenreConvolution *conv, const float *x, const float *addend, guint frame,
              float *y, gsize y_row)
{
  const GenreImage *in = &conv->in;
  gssize first = (gssize)frame * conv->stride[0] - conv->padding[0];
  GenreProduct product = {
      .a = x + genre_image_at (in, first, -(gssize)conv->padding[1]),
      .row = (gsize)conv->stride[1] * in->pitch,
      .segment = (gsize)in->columns * in->pitch,
      .step = 1,
      .segments = conv->kernel[0],
      .length = conv->kernel[1] * in->pitch,
      .b = conv->weights,
      .c_row = y_row,
      .addend_row = conv->addend.pitch,
      .activation = conv->activation,
  };
  for (guint from = 0; from < conv->out.pitch; from += PANEL) {
    guint width = MIN (PANEL, conv->out.pitch - from);
    product.c = y + from;
    product.bias = conv->bias + from;
    product.addend = conv->adds ? addend + genre_image_at (&conv->addend, frame, 0) + from : NULL;
    product.b_row = width;
    genre_multiply (&product, conv->features, width / LANES);
    product.b += (gsize)product.segments * product.length * width;
  }
}

static void
convolve_row_depthwise (const GenreConvolution *conv, const float *x, const float *addend,
                        guint frame, float *y, gsize y_row)
{
  const GenreImage *in = &conv->in;
  gsize pitch = in->pitch, line = in->columns * pitch, step = conv->stride[1] * pitch;
  gssize first = (gssize)frame * conv->stride[0] - conv->padding[0];
  x += genre_image_at (in, first, -(gssize)conv->padding[1]);
  addend = conv->adds ? addend + genre_image_at (&conv->addend, frame, 0) : NULL;
  for (guint f = 0; f < conv->features; f++, x += step, y += y_row) {
    for (guint c = 0; c < pitch; c += LANES) {
      Vector sum = vector_load (conv->bias + c);
      const float *weights = conv->weights + c;
      for (guint u = 0; u < conv->kernel[0]; u++) {
        for (guint v = 0; v < conv->kernel[1]; v++, weights += pitch)
          sum += vector_load (x + u * line + v * pitch + c) * vector_load (weights);
      }
      if (addend)
        sum += vector_load (addend + f * conv->addend.pitch + c);
      vector_store (y + c, activate (sum, conv->activation));
    }
  }
}

/* Row @frame of the output from the rows of the convolution that it pools. */
static void
pool_rows (const GenreConvolution *conv, const float *rows, guint frame, float *y)
{
  guint pitch = conv->out.pitch;
  gsize line = (gsize)conv->features * pitch;
  y += genre_image_at (&conv->out, frame, 0);
  for (guint f = 0; f < conv->out.features; f++, y += pitch, rows += conv->pool[1] * pitch) {
    for (guint c = 0; c < pitch; c += LANES) {
      Vector best = vector_load (rows + c);
      for (guint u = 0; u < conv->pool[0]; u++) {
        for (guint v = 0; v < conv->pool[1]; v++)
          best = vector_max (vector_load (rows + u * line + v * pitch + c), best);
      }
      vector_store (y + c, best);
    }
  }
}

/* @scratch: (pool[0], features, out.pitch) where there is pooling. */
static void
convolve_directly (const GenreConvolution *conv, const float *x, const float *addend, float *y,
                   float *scratch)
{
  void (*row) (const GenreConvolution *, const float *, const float *, guint, float *, gsize) =
      conv->depthwise ? convolve_row_depthwise : convolve_row;
  guint pitch = conv->out.pitch;
  gboolean pools = conv->pool[0] * conv->pool[1] > 1;
  for (guint frame = 0; frame < conv->out.frames; frame++) {
    if (!pools) {
      row (conv, x, addend, frame, y + genre_image_at (&conv->out, frame, 0), pitch);
      continue;
    }
    for (guint u = 0; u < conv->pool[0]; u++)
      row (conv, x, addend, frame * conv->pool[0] + u, scratch + (gsize)u * conv->features * pitch,
           pitch);
    pool_rows (conv, scratch, frame, y);
  }
}

/* ---- Winograd ---- */

/* Where the tiles of one call are, and where their transforms go. */
typedef struct {
  const GenreConvolution *conv;
  guint columns;  /* tiles in a row of them */
  guint first, n; /* tiles */
  float *v;       /* (positions, tiles, in.pitch), plane_v floats from position to position */
  float *m;       /* (positions, tiles, out.pitch) */
  gsize plane_v, plane_m;
} Tiles;

static inline __attribute__ ((always_inline)) void
gather_tiles (const Tiles *tiles, const float *x, const guint m)
{
  const GenreImage *in = &tiles->conv->in;
  gsize line = (gsize)in->columns * in->pitch;
  const guint size = m + 2;
  for (guint i = 0; i < tiles->n; i++) {
    guint tile = tiles->first + i;
    gssize frame = tile / tiles->columns * m, feature = tile % tiles->columns * m;
    const float *from =
        x + genre_image_at (in, frame - tiles->conv->padding[0], feature - tiles->conv->padding[1]);
    for (guint c = 0; c < in->pitch; c += LANES) {
      Vector d[6 * 6];
      for (guint u = 0; u < size; u++) {
        for (guint v = 0; v < size; v++)
          d[u * size + v] = vector_load (from + u * line + v * in->pitch + c);
        transform_input (d + u * size, 1, m);
      }
      float *to = tiles->v + (gsize)i * in->pitch + c;
      for (guint v = 0; v < size; v++) {
        transform_input (d + v, size, m);
        for (guint u = 0; u < size; u++)
          vector_store (to + (u * size + v) * tiles->plane_v, d[u * size + v]);
      }
    }
  }
}

static void
multiply_tiles (const Tiles *tiles)
{
  const GenreConvolution *conv = tiles->conv;
  guint positions = (conv->winograd + 2) * (conv->winograd + 2);
  const float *weights = conv->weights;
  for (guint from = 0; from < conv->out.pitch; from += PANEL) {
    guint width = MIN (PANEL, conv->out.pitch - from);
    for (guint p = 0; p < positions; p++) {
      GenreProduct product = {.a = tiles->v + p * tiles->plane_v,
                              .row = conv->in.pitch,
                              .step = 1,
                              .segments = 1,
                              .length = conv->in.pitch,
                              .b = weights,
                              .b_row = width,
                              .c = tiles->m + p * tiles->plane_m + from,
                              .c_row = conv->out.pitch};
      genre_multiply (&product, tiles->n, width / LANES);
      weights += (gsize)conv->in.pitch * width;
    }
  }
}

/* Bias, addend and activation of the outputs of a tile that lie inside the image. */
static inline __attribute__ ((always_inline)) void
finish_tile (const GenreConvolution *conv, guint frame, guint feature, guint c, const float *addend,
             Vector *out, const guint m)
{
  Vector bias = vector_load (conv->bias + c);
  for (guint u = 0; u < m; u++) {
    for (guint v = 0; v < m; v++) {
      Vector value = out[u * (m + 2) + v] + bias;
      if (addend && frame + u < conv->frames && feature + v < conv->features)
        value += vector_load (addend + genre_image_at (&conv->addend, frame + u, feature + v) + c);
      out[u * (m + 2) + v] = activate (value, conv->activation);
    }
  }
}

/* Stores a tile, pooled 2 × 2 if @pools, as far as it lies inside the output. */
static inline __attribute__ ((always_inline)) void
store_tile (const GenreImage *image, guint frame, guint feature, const Vector *out, float *y,
            const guint m, const gboolean pools)
{
  const guint step = pools ? 2 : 1, size = m + 2;
  for (guint u = 0; u < m; u += step) {
    for (guint v = 0; v < m; v += step) {
      guint t = (frame + u) / step, f = (feature + v) / step;
      const Vector *o = out + u * size + v;
      Vector value = o[0];
      if (pools)
        value = vector_max (vector_max (o[0], o[1]), vector_max (o[size], o[size + 1]));
      if (t < image->frames && f < image->features)
        vector_store (y + genre_image_at (image, t, f), value);
    }
  }
}

static inline __attribute__ ((always_inline)) void
scatter_tiles (const Tiles *tiles, const float *addend, float *y, const guint m,
               const gboolean pools)
{
  const GenreConvolution *conv = tiles->conv;
  const guint size = m + 2;
  for (guint i = 0; i < tiles->n; i++) {
    guint tile = tiles->first + i;
    guint frame = tile / tiles->columns * m, feature = tile % tiles->columns * m;
    for (guint c = 0; c < conv->out.pitch; c += LANES) {
      const float *from = tiles->m + (gsize)i * conv->out.pitch + c;
      Vector d[6 * 6];
      for (guint v = 0; v < size; v++) {
        for (guint u = 0; u < size; u++)
          d[u * size + v] = vector_load (from + (u * size + v) * tiles->plane_m);
        transform_output (d + v, size, m);
      }
      for (guint u = 0; u < m; u++)
        transform_output (d + u * size, 1, m);
      finish_tile (conv, frame, feature, c, addend, d, m);
      store_tile (&conv->out, frame, feature, d, y + c, m, pools);
    }
  }
}

/* For each m and with or without pooling a copy, in which every loop inside a tile has a fixed
 * length.
 */
static void
gather (const Tiles *tiles, const float *x)
{
  if (tiles->conv->winograd == 4)
    gather_tiles (tiles, x, 4);
  else
    gather_tiles (tiles, x, 2);
}

static void
scatter (const Tiles *tiles, const float *addend, float *y)
{
  gboolean pools = tiles->conv->pool[0] > 1;
  if (tiles->conv->winograd == 4 && pools)
    scatter_tiles (tiles, addend, y, 4, TRUE);
  else if (tiles->conv->winograd == 4)
    scatter_tiles (tiles, addend, y, 4, FALSE);
  else if (pools)
    scatter_tiles (tiles, addend, y, 2, TRUE);
  else
    scatter_tiles (tiles, addend, y, 2, FALSE);
}

static void
convolve_winograd (const GenreConvolution *conv, const float *x, const float *addend, float *y,
                   float *scratch)
{
  guint m = conv->winograd, positions = (m + 2) * (m + 2);
  Tiles tiles = {.conv = conv, .columns = (conv->features + m - 1) / m};
  guint total = tiles.columns * ((conv->frames + m - 1) / m);
  guint n_calls = (total + GENRE_WINOGRAD_TILES - 1) / GENRE_WINOGRAD_TILES;
  tiles.plane_v = genre_winograd_plane (total, conv->in.pitch);
  tiles.plane_m = genre_winograd_plane (total, conv->out.pitch);
  tiles.v = scratch;
  tiles.m = scratch + positions * tiles.plane_v;
  addend = conv->adds ? addend : NULL;
  for (guint i = 0; i < n_calls; i++) {
    guint to = total * (i + 1) / n_calls;
    tiles.n = to - tiles.first;
    gather (&tiles, x);
    multiply_tiles (&tiles);
    scatter (&tiles, addend, y);
    tiles.first = to;
  }
}

static void
convolve (const GenreConvolution *conv, const float *x, const float *addend, float *y,
          float *scratch)
{
  if (conv->winograd)
    convolve_winograd (conv, x, addend, y, scratch);
  else
    convolve_directly (conv, x, addend, y, scratch);
}

/* ---- the rest ---- */

static void
add (const GenreImage *image_a, const float *a, const GenreImage *image_b, const float *b,
     const GenreImage *image_y, float *y, GenreActivation activation)
{
  gsize n = (gsize)image_y->features * image_y->pitch;
  for (guint frame = 0; frame < image_y->frames; frame++) {
    const float *row_a = a + genre_image_at (image_a, frame, 0);
    const float *row_b = b + genre_image_at (image_b, frame, 0);
    float *row_y = y + genre_image_at (image_y, frame, 0);
    for (gsize i = 0; i < n; i += LANES)
      vector_store (row_y + i,
                    activate (vector_load (row_a + i) + vector_load (row_b + i), activation));
  }
}

static void
scale (const GenreImage *image_x, const float *x, const float *gate, const GenreImage *image_y,
       float *y)
{
  guint pitch = image_y->pitch;
  for (guint frame = 0; frame < image_y->frames; frame++) {
    const float *row_x = x + genre_image_at (image_x, frame, 0);
    float *row_y = y + genre_image_at (image_y, frame, 0);
    for (guint feature = 0; feature < image_y->features;
         feature++, row_x += pitch, row_y += pitch) {
      for (guint c = 0; c < pitch; c += LANES)
        vector_store (row_y + c, vector_load (row_x + c) * vector_load (gate + c));
    }
  }
}

static void
measure_frames (const GenreImage *image, const float *x, guint c, float *frame_means)
{
  for (guint frame = 0; frame < image->frames; frame++) {
    const float *row = x + genre_image_at (image, frame, 0) + c;
    Vector sum = vector_of (0);
    for (guint feature = 0; feature < image->features; feature++)
      sum += vector_load (row + (gsize)feature * image->pitch);
    vector_store (frame_means + (gsize)frame * image->pitch + c, sum / (float)image->features);
  }
}

static void
statistics (const GenreImage *image, const float *x, float epsilon, float *frame_means, float *mean,
            float *deviation)
{
  guint pitch = image->pitch;
  for (guint c = 0; c < pitch; c += LANES) {
    Vector sum = vector_of (0), square = vector_of (0);
    measure_frames (image, x, c, frame_means);
    for (guint frame = 0; frame < image->frames; frame++)
      sum += vector_load (frame_means + (gsize)frame * pitch + c);
    sum /= (float)image->frames;
    vector_store (mean + c, sum);
    if (!deviation)
      continue;
    for (guint frame = 0; frame < image->frames; frame++) {
      Vector difference = vector_load (frame_means + (gsize)frame * pitch + c) - sum;
      square += difference * difference;
    }
    square = square / (float)image->frames + epsilon;
    for (guint lane = 0; lane < LANES; lane++)
      deviation[c + lane] = sqrtf (square[lane]);
  }
}

GENRE_KERNEL_TABLE (GenreConvolutionKernels, convolution) = {
    .panel = PANEL,
    .convolve = convolve,
    .add = add,
    .scale = scale,
    .statistics = statistics,
};
