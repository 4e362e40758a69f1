/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include "activation.h"
#include "product.h"
#include "winograd.h"

/* Tiles of Winograd's filtering that go through each stage together: their transforms stay in the
 * cache, and products of them fall into pieces that are nearly full. */
#define TILES (ROWS == 14 ? 28 : 24)

/* ---- direct convolution ---- */

/* @n pixels of the convolution, before pooling, from the one at @frame and @feature on, each
 * @frames and @features after the last; into @y with @y_row floats from pixel to pixel. */
static void
convolve_pixels (const GenreConvolution *conv, const float *x, const float *addend, guint frame,
                 guint feature, guint n, guint frames, guint features, float *y, gsize y_row)
{
  const GenreImage *in = &conv->in;
  const gsize line = (gsize)in->columns * in->pitch;
  gssize first = (gssize)frame * conv->stride[0] - conv->padding[0];
  gssize left = (gssize)feature * conv->stride[1] - conv->padding[1];
  GenreProduct product = {
      .a = x + genre_image_at (in, first, left),
      .row = frames * conv->stride[0] * line + features * conv->stride[1] * in->pitch,
      .segment = line,
      .step = 1,
      .segments = conv->kernel[0],
      .length = conv->kernel[1] * in->pitch,
      .b = conv->weights,
      .c_row = y_row,
      .addend_row = (frames * conv->addend.columns + features) * conv->addend.pitch,
      .activation = conv->activation,
  };
  for (guint from = 0, width; from < conv->out.pitch; from += width) {
    width = genre_convolution_panel (LANES, conv->out.pitch, from);
    product.c = y + from;
    product.bias = conv->bias + from;
    product.addend =
        conv->adds ? addend + genre_image_at (&conv->addend, frame, feature) + from : NULL;
    product.b_row = width;
    genre_multiply (&product, n, width / LANES);
    product.b += (gsize)product.segments * product.length * width;
  }
}

/* One row of the convolution, before pooling, into @y with @y_row floats from pixel to pixel. */
static void
convolve_row (const GenreConvolution *conv, const float *x, const float *addend, guint frame,
              float *y, gsize y_row)
{
  convolve_pixels (conv, x, addend, frame, 0, conv->features, 0, 1, y, y_row);
}

/* Column by column, where columns are longer than rows, of which a product is better done. */
static void
convolve_columns (const GenreConvolution *conv, const float *x, const float *addend, float *y)
{
  const gsize line = (gsize)conv->out.columns * conv->out.pitch;
  for (guint feature = 0; feature < conv->features; feature++)
    convolve_pixels (conv, x, addend, 0, feature, conv->frames, 1, 0,
                     y + genre_image_at (&conv->out, 0, feature), line);
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

INLINE void
pool_windows (const GenreConvolution *conv, const float *rows, float *y, const guint frames,
              const guint features)
{
  const gsize pitch = conv->out.pitch, line = conv->features * pitch;
  const guint n = conv->out.features;
  for (guint f = 0; f < n; f++, y += pitch, rows += features * pitch) {
    for (guint c = 0; c < pitch; c += LANES) {
      Vector best = vector_load (rows + c);
      for (guint u = 0; u < frames; u++) {
        for (guint v = 0; v < features; v++)
          best = vector_max (vector_load (rows + u * line + v * pitch + c), best);
      }
      vector_store (y + c, best);
    }
  }
}

/* Row @frame of the output from the rows of the convolution that it pools. The usual windows have
 * loops of a fixed length. */
static void
pool_rows (const GenreConvolution *conv, const float *rows, guint frame, float *y)
{
  y += genre_image_at (&conv->out, frame, 0);
  if (conv->pool[0] == 2 && conv->pool[1] == 2)
    pool_windows (conv, rows, y, 2, 2);
  else if (conv->pool[0] == 2 && conv->pool[1] == 4)
    pool_windows (conv, rows, y, 2, 4);
  else
    pool_windows (conv, rows, y, conv->pool[0], conv->pool[1]);
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
  if (!pools && !conv->depthwise && conv->features < conv->frames) {
    convolve_columns (conv, x, addend, y);
    return;
  }
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

/* The tiles of one call, one after the other in rows of @columns, and where their transforms go. */
typedef struct {
  const GenreConvolution *conv;
  guint columns;
  guint first, n;
  float *v; /* (positions, tiles, in.pitch), plane_v floats from position to position */
  float *m; /* (positions, tiles, one panel) */
  gsize plane_v, plane_m;
} Tiles;

/* Where a tile's outputs begin. */
typedef struct {
  guint frame, feature;
} Place;

static Place
first_place (const Tiles *tiles, const guint m0, const guint m1)
{
  return (Place){tiles->first / tiles->columns * m0, tiles->first % tiles->columns * m1};
}

INLINE void
go_on (const Tiles *tiles, Place *place, const guint m0, const guint m1)
{
  place->feature += m1;
  if (place->feature == tiles->columns * m1)
    *place = (Place){place->frame + m0, 0};
}

/* Bᵀ d B of one vector of channels. What a pass needs is copied, so that it is held in registers:
 * of the results of the first there are too many. */
INLINE void
gather_tile (const float *from, gsize line, gsize pitch, float *to, gsize plane, const guint m0,
             const guint m1)
{
  const guint rows = m0 + 2, columns = m1 + 2;
  Vector d[6 * 8], pass[8];
  UNROLL (8)
  for (guint u = 0; u < rows; u++, from += line) {
    UNROLL (8)
    for (guint v = 0; v < columns; v++)
      pass[v] = vector_load (from + v * pitch);
    transform_input (pass, m1);
    UNROLL (8)
    for (guint v = 0; v < columns; v++)
      d[u * columns + v] = pass[v];
  }
  UNROLL (8)
  for (guint v = 0; v < columns; v++, to += plane) {
    UNROLL (8)
    for (guint u = 0; u < rows; u++)
      pass[u] = d[u * columns + v];
    transform_input (pass, m0);
    UNROLL (8)
    for (guint u = 0; u < rows; u++)
      vector_store (to + u * columns * plane, pass[u]);
  }
}

INLINE void
gather_tiles (const Tiles *tiles, const float *x, const guint m0, const guint m1)
{
  const GenreConvolution *conv = tiles->conv;
  const gsize pitch = conv->in.pitch, line = conv->in.columns * pitch, plane = tiles->plane_v;
  Place place = first_place (tiles, m0, m1);
  float *to = tiles->v;
  for (guint i = 0; i < tiles->n; i++, go_on (tiles, &place, m0, m1)) {
    const float *from = x + genre_image_at (&conv->in, (gssize)place.frame - conv->padding[0],
                                            (gssize)place.feature - conv->padding[1]);
    for (guint c = 0; c < pitch; c += LANES, from += LANES, to += LANES)
      gather_tile (from, line, pitch, to, plane, m0, m1);
  }
}

/* One panel of all tiles. @weights: (positions, in.pitch, width) */
static void
multiply_tiles (const Tiles *tiles, const float *weights, guint width)
{
  const GenreConvolution *conv = tiles->conv;
  GenreProduct product = {.a = tiles->v,
                          .row = conv->in.pitch,
                          .step = 1,
                          .segments = 1,
                          .length = conv->in.pitch,
                          .b = weights,
                          .b_row = width,
                          .c = tiles->m,
                          .c_row = width,
                          .more = (conv->winograd[0] + 2) * (conv->winograd[1] + 2) - 1,
                          .a_next = tiles->plane_v,
                          .c_next = tiles->plane_m};
  genre_multiply (&product, tiles->n, width / LANES);
}

/* Aᵀ x A of one vector of channels, (m0, m1), from (m0 + 2, m1 + 2). */
INLINE void
transform_tile (const float *from, gsize plane, Vector *out, const guint m0, const guint m1)
{
  const guint rows = m0 + 2, columns = m1 + 2;
  Vector d[6 * 6], pass[8]; /* 4 × 8 are fewer */
  UNROLL (8)
  for (guint v = 0; v < columns; v++, from += plane) {
    UNROLL (8)
    for (guint u = 0; u < rows; u++)
      pass[u] = vector_load (from + u * columns * plane);
    transform_output (pass, m0);
    UNROLL (6)
    for (guint u = 0; u < m0; u++)
      d[u * columns + v] = pass[u];
  }
  UNROLL (6)
  for (guint u = 0; u < m0; u++) {
    UNROLL (8)
    for (guint v = 0; v < columns; v++)
      pass[v] = d[u * columns + v];
    transform_output (pass, m1);
    UNROLL (6)
    for (guint v = 0; v < m1; v++)
      out[u * m1 + v] = pass[v];
  }
}

/* Of one vector of channels of a tile, of which @frames × @features outputs lie inside the image:
 * what follows the sum. Nobody reads what comes of the others. */
INLINE void
finish_outputs (const GenreConvolution *conv, Vector *out, Vector bias, const float *addend,
                const gboolean adds, const GenreActivation activation, const guint frames,
                const guint features, const guint m0, const guint m1)
{
  const gsize pitch = conv->addend.pitch, line = conv->addend.columns * pitch;
  UNROLL (6)
  for (guint u = 0; u < m0; u++) {
    UNROLL (6)
    for (guint v = 0; v < m1; v++) {
      Vector value = out[u * m1 + v] + bias;
      if (adds && u < frames && v < features)
        value += vector_load (addend + u * line + v * pitch);
      out[u * m1 + v] = activate (value, activation);
    }
  }
}

/* The usual cases have no decisions in their loops. @addend may be NULL. */
INLINE void
finish_tile (const GenreConvolution *conv, Vector *out, Vector bias, const float *addend,
             guint frames, guint features, const guint m0, const guint m1)
{
  const gboolean usual =
      conv->activation == GENRE_ACTIVATION_RELU && frames == m0 && features == m1;
  if (usual && !addend)
    finish_outputs (conv, out, bias, NULL, FALSE, GENRE_ACTIVATION_RELU, m0, m1, m0, m1);
  else if (usual)
    finish_outputs (conv, out, bias, addend, TRUE, GENRE_ACTIVATION_RELU, m0, m1, m0, m1);
  else
    finish_outputs (conv, out, bias, addend, addend != NULL, conv->activation, frames, features, m0,
                    m1);
}

/* The greatest of @pool0 × @pool1 outputs. */
INLINE Vector
pool_outputs (const Vector *out, const guint pool0, const guint pool1, const guint m1)
{
  Vector best = out[0];
  for (guint u = 0; u < pool0; u++) {
    for (guint v = 0; v < pool1; v++)
      best = vector_max (out[u * m1 + v], best);
  }
  return best;
}

INLINE void
store_outputs (const GenreConvolution *conv, const Vector *out, float *y, const guint pool0,
               const guint pool1, const guint frames, const guint features, const guint m1)
{
  const gsize pitch = conv->out.pitch, line = conv->out.columns * pitch;
  for (guint u = 0; u + pool0 <= frames; u += pool0, y += line) {
    float *to = y;
    for (guint v = 0; v + pool1 <= features; v += pool1, to += pitch)
      vector_store (to, pool_outputs (out + u * m1 + v, pool0, pool1, m1));
  }
}

/* Stores a tile at @y, pooled if @pools. */
INLINE void
store_tile (const GenreConvolution *conv, const Vector *out, float *y, guint frames, guint features,
            const guint m0, const guint m1, const gboolean pools)
{
  const guint *pool = conv->pool;
  const gboolean whole = frames == m0 && features == m1;
  if (!pools && whole)
    store_outputs (conv, out, y, 1, 1, m0, m1, m1);
  else if (!pools)
    store_outputs (conv, out, y, 1, 1, frames, features, m1);
  else if (whole && pool[0] == 2 && pool[1] == 2)
    store_outputs (conv, out, y, 2, 2, m0, m1, m1);
  else
    store_outputs (conv, out, y, pool[0], pool[1], frames, features, m1);
}

INLINE void
scatter_tiles (const Tiles *tiles, guint panel, guint width, const float *addend, float *y,
               const guint m0, const guint m1, const gboolean pools)
{
  const GenreConvolution *conv = tiles->conv;
  const gsize plane = tiles->plane_m;
  const float *from = tiles->m, *bias = conv->bias + panel;
  Place place = first_place (tiles, m0, m1);
  y += panel;
  addend = addend ? addend + panel : NULL;
  for (guint i = 0; i < tiles->n; i++, go_on (tiles, &place, m0, m1)) {
    const guint frames = MIN (m0, conv->frames - place.frame);
    const guint features = MIN (m1, conv->features - place.feature);
    float *to =
        y + genre_image_at (&conv->out, place.frame / conv->pool[0], place.feature / conv->pool[1]);
    gssize at = genre_image_at (&conv->addend, place.frame, place.feature);
    for (guint c = 0; c < width; c += LANES, from += LANES) {
      Vector out[4 * 6];
      transform_tile (from, plane, out, m0, m1);
      finish_tile (conv, out, vector_load (bias + c), addend ? addend + at + c : NULL, frames,
                   features, m0, m1);
      store_tile (conv, out, to + c, frames, features, m0, m1, pools);
    }
  }
}

/* For each of GENRE_WINOGRAD_SIZES and with or without pooling a copy, in which every loop inside a
 * tile has a fixed length. */
#define COPY(m0, m1)                                                                               \
  static void gather_##m0##_##m1 (const Tiles *tiles, const float *x)                              \
  {                                                                                                \
    gather_tiles (tiles, x, m0, m1);                                                               \
  }                                                                                                \
  static void scatter_##m0##_##m1 (const Tiles *tiles, guint panel, guint width,                   \
                                   const float *addend, float *y)                                  \
  {                                                                                                \
    scatter_tiles (tiles, panel, width, addend, y, m0, m1, FALSE);                                 \
  }                                                                                                \
  static void pool_##m0##_##m1 (const Tiles *tiles, guint panel, guint width, const float *addend, \
                                float *y)                                                          \
  {                                                                                                \
    scatter_tiles (tiles, panel, width, addend, y, m0, m1, TRUE);                                  \
  }
GENRE_WINOGRAD_SIZES (COPY)

static const struct {
  void (*gather) (const Tiles *tiles, const float *x);
  void (*scatter) (const Tiles *tiles, guint panel, guint width, const float *addend, float *y);
  void (*pool) (const Tiles *tiles, guint panel, guint width, const float *addend, float *y);
} copies[4][4] = {/* by half of a tile's sides */
#define COPIES(m0, m1)                                                                             \
  [m0 / 2][m1 / 2] = {gather_##m0##_##m1, scatter_##m0##_##m1, pool_##m0##_##m1},
                  GENRE_WINOGRAD_SIZES (COPIES)};

/* Panel by panel, so that what comes out of a product is still near when it is transformed. */
static void
convolve_tiles (const Tiles *tiles, const float *x, const float *addend, float *y)
{
  const GenreConvolution *conv = tiles->conv;
  const guint *m = conv->winograd, down = m[0] / 2, across = m[1] / 2;
  const float *weights = conv->weights;
  gsize rows = (gsize)(m[0] + 2) * (m[1] + 2) * conv->in.pitch;
  copies[down][across].gather (tiles, x);
  for (guint panel = 0, width; panel < conv->out.pitch; panel += width) {
    width = genre_convolution_panel (LANES, conv->out.pitch, panel);
    multiply_tiles (tiles, weights, width);
    if (conv->pool[0] * conv->pool[1] > 1)
      copies[down][across].pool (tiles, panel, width, addend, y);
    else
      copies[down][across].scatter (tiles, panel, width, addend, y);
    weights += rows * width;
  }
}

static void
convolve_winograd (const GenreConvolution *conv, const float *x, const float *addend, float *y,
                   float *scratch)
{
  const guint *m = conv->winograd;
  Tiles tiles = {.conv = conv, .columns = (conv->features + m[1] - 1) / m[1]};
  guint total = tiles.columns * ((conv->frames + m[0] - 1) / m[0]);
  tiles.plane_v = genre_winograd_plane (conv, conv->in.pitch);
  tiles.plane_m = genre_winograd_plane (conv, genre_convolution_panel (LANES, conv->out.pitch, 0));
  tiles.v = scratch;
  tiles.m = scratch + (m[0] + 2) * (m[1] + 2) * tiles.plane_v;
  for (; tiles.first < total; tiles.first += tiles.n) {
    tiles.n = MIN (conv->at_once, total - tiles.first);
    convolve_tiles (&tiles, x, conv->adds ? addend : NULL, y);
  }
}

/* ---- Winograd along frames, of one channel ---- */

/* Bᵀ d of all columns of 8 lines: (positions, @plane). */
static void
gather_lines (const float *x, gsize line, gsize n, float *v, gsize plane)
{
  for (gsize done = 0; done < n; done += LANES) {
    gsize i = MIN (done, n - LANES); /* the last ones may be done twice */
    Vector d[GENRE_LINES_POSITIONS];
    UNROLL (8)
    for (guint u = 0; u < GENRE_LINES_POSITIONS; u++)
      d[u] = *(const LooseVector *)(x + u * line + i);
    transform_eight_inputs (d);
    UNROLL (8)
    for (guint p = 0; p < GENRE_LINES_POSITIONS; p++)
      *(LooseVector *)(v + p * plane + i) = d[p];
  }
}

/* One vector of channels of @n outputs along features in each of the frames, pooled. */
INLINE void
scatter_lines (const GenreConvolution *conv, const float *m, gsize plane, gsize row, guint n,
               Vector bias, float *y, const guint pool0, const guint pool1)
{
  const gsize pitch = conv->out.pitch, line = conv->out.columns * pitch;
  const GenreActivation activation = conv->activation;
  const guint frames = GENRE_LINES_OUT / pool0;
  for (guint f = 0; f < n; f += pool1, y += pitch) {
    Vector best[GENRE_LINES_OUT], x[GENRE_LINES_POSITIONS];
    for (guint v = 0; v < pool1; v++, m += row) {
      UNROLL (8)
      for (guint p = 0; p < GENRE_LINES_POSITIONS; p++)
        x[p] = vector_load (m + p * plane);
      transform_eight_products (x, GENRE_LINES_OUT);
      for (guint u = 0; u < frames; u++) {
        best[u] = v ? vector_max (x[u * pool0], best[u]) : x[u * pool0];
        for (guint w = 1; w < pool0; w++)
          best[u] = vector_max (x[u * pool0 + w], best[u]);
      }
    }
    for (guint u = 0; u < frames; u++) {
      Vector value = best[u] + bias;
      if (activation == GENRE_ACTIVATION_RELU)
        value = activate (value, GENRE_ACTIVATION_RELU);
      else
        value = activate (value, activation);
      vector_store (y + u * line, value);
    }
  }
}

/* A panel of @n outputs from feature @from on. */
static void
convolve_chunk (const GenreConvolution *conv, const float *v, float *m, const float *weights,
                guint panel, guint width, guint from, guint n, float *y)
{
  const gsize plane = genre_lines_product (width);
  GenreProduct product = {.a = v + (gsize)from * conv->stride[1],
                          .row = conv->stride[1],
                          .step = 1,
                          .segments = 1,
                          .length = conv->kernel[1],
                          .b = weights,
                          .b_row = width,
                          .c = m,
                          .c_row = width,
                          .more = GENRE_LINES_POSITIONS - 1,
                          .a_next = genre_lines_plane (conv),
                          .c_next = plane};
  genre_multiply (&product, n, width / LANES);
  y += (gsize)from / conv->pool[1] * conv->out.pitch + panel;
  for (guint c = 0; c < width; c += LANES) {
    const Vector bias = vector_load (conv->bias + panel + c);
    if (conv->pool[0] == 2 && conv->pool[1] == 4)
      scatter_lines (conv, m + c, plane, width, n, bias, y + c, 2, 4);
    else
      scatter_lines (conv, m + c, plane, width, n, bias, y + c, conv->pool[0], conv->pool[1]);
  }
}

static void
convolve_lines (const GenreConvolution *conv, const float *x, float *y, float *scratch)
{
  const guint chunk = GENRE_LINES_AT_ONCE / conv->pool[1] * conv->pool[1];
  const gsize plane = genre_lines_plane (conv);
  float *m = scratch + GENRE_LINES_POSITIONS * plane;
  for (guint frame = 0; frame < conv->frames; frame += GENRE_LINES_OUT) {
    const float *weights = conv->weights;
    gather_lines (
        x + genre_image_at (&conv->in, (gssize)frame - conv->padding[0], -(gssize)conv->padding[1]),
        conv->in.columns, (conv->features - 1) * conv->stride[1] + conv->kernel[1], scratch, plane);
    for (guint panel = 0, width; panel < conv->out.pitch; panel += width) {
      width = genre_convolution_panel (LANES, conv->out.pitch, panel);
      for (guint from = 0; from < conv->features; from += chunk)
        convolve_chunk (conv, scratch, m, weights, panel, width, from,
                        MIN (chunk, conv->features - from),
                        y + genre_image_at (&conv->out, frame / conv->pool[0], 0));
      weights += (gsize)GENRE_LINES_POSITIONS * conv->kernel[1] * width;
    }
  }
}

static void
convolve (const GenreConvolution *conv, const float *x, const float *addend, float *y,
          float *scratch)
{
  if (conv->lines)
    convolve_lines (conv, x, y, scratch);
  else if (conv->winograd[0])
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
    .tiles = TILES,
    .convolve = convolve,
    .add = add,
    .scale = scale,
    .statistics = statistics,
};
