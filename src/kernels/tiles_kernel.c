/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between transforms everything lies as (36, tiles or channels, channels), so that a vector holds
 * neighbouring channels and all three products are of one form. */
#include <string.h>
#include "product.h"
#include "winograd.h"

/* @n values of each of up to LANES channels, @step apart; as vectors of channels, @columns lie side
 * by side, then comes a gap of @gap vectors. */
typedef struct {
  guint channels;
  gsize step, n, columns, gap;
} Block;

INLINE Vector *
next (const Block *block, Vector *at, gsize *column)
{
  if (++*column < block->columns)
    return at + 1;
  *column = 0;
  return at + 1 + block->gap;
}

static void
load_part (const Block *block, const float *x, gsize n, Vector *v)
{
  memset (v, 0, LANES * sizeof *v);
  for (guint c = 0; c < block->channels; c++)
    memcpy (v + c, x + c * block->step, n * sizeof *x);
}

/* @to[i] = value i of every channel, zero for channels that are not there. */
static void
gather (const Block *block, const float *x, Vector *to)
{
  gsize column = 0;
  for (gsize i = 0; i < block->n; i += LANES) {
    Vector v[LANES], part[LANES];
    gsize n = MIN (LANES, block->n - i);
    if (n == LANES) {
      UNROLL (16)
      for (guint c = 0; c < LANES; c++) {
        v[c] = (Vector){0};
        if (c < block->channels)
          v[c] = (Vector) * (const LooseVector *)(x + c * block->step + i);
      }
    } else {
      load_part (block, x + i, n, part);
      UNROLL (16)
      for (guint c = 0; c < LANES; c++)
        v[c] = part[c];
    }
    vector_transpose (v);
    UNROLL (16)
    for (guint j = 0; j < LANES; j++) {
      if (j == n)
        break;
      *to = v[j];
      to = next (block, to, &column);
    }
  }
}

static void
store_part (const Block *block, const Vector *v, float *y, gsize n, gboolean add)
{
  for (guint c = 0; c < block->channels; c++, y += block->step) {
    for (gsize j = 0; j < n; j++)
      y[j] = add ? y[j] + v[c][j] : v[c][j];
  }
}

/* The way back; adds to what is there if @add. */
static void
scatter (const Block *block, Vector *from, float *y, gboolean add)
{
  gsize column = 0;
  for (gsize i = 0; i < block->n; i += LANES) {
    Vector v[LANES], part[LANES];
    gsize n = MIN (LANES, block->n - i);
    UNROLL (16)
    for (guint j = 0; j < LANES; j++) {
      v[j] = (Vector){0};
      if (j < n) {
        v[j] = *from;
        from = next (block, from, &column);
      }
    }
    vector_transpose (v);
    if (n == LANES) {
      UNROLL (16)
      for (guint c = 0; c < LANES; c++) {
        LooseVector *to = (LooseVector *)(y + c * block->step + i);
        if (c < block->channels)
          *to = v[c] + (add ? (Vector)*to : (Vector){0});
      }
      continue;
    }
    UNROLL (16)
    for (guint c = 0; c < LANES; c++)
      part[c] = v[c];
    store_part (block, part, y + i, n, add);
  }
}

/* ---- transforms ---- */

/* @step: vectors from one of the 36 to the next. */
INLINE void
store_36 (const Vector *d, Vector *to, gsize step)
{
  UNROLL (36)
  for (guint e = 0; e < 36; e++)
    to[e * step] = d[e];
}

INLINE void
input_tile (const Vector *band, gsize pitch, Vector *to, gsize step)
{
  Vector d[36];
  UNROLL (6)
  for (guint j = 0; j < 6; j++) {
    UNROLL (6)
    for (guint i = 0; i < 6; i++)
      d[6 * i + j] = band[i * pitch + j];
    transform_exact_input (d + j, 6);
  }
  UNROLL (6)
  for (guint i = 0; i < 6; i++)
    transform_exact_input (d + 6 * i, 1);
  store_36 (d, to, step);
}

INLINE void
gradient_tile (const Vector *band, gsize pitch, Vector *to, gsize step)
{
  Vector d[36];
  UNROLL (4)
  for (guint j = 0; j < 4; j++) {
    UNROLL (4)
    for (guint i = 0; i < 4; i++)
      d[6 * i + j] = band[i * pitch + j];
    transform_exact_gradient (d + j, 6);
  }
  UNROLL (6)
  for (guint i = 0; i < 6; i++)
    transform_exact_gradient (d + 6 * i, 1);
  store_36 (d, to, step);
}

INLINE void
output_tile (Vector *band, gsize pitch, const Vector *from, gsize step)
{
  Vector d[36];
  UNROLL (6)
  for (guint j = 0; j < 6; j++) {
    UNROLL (6)
    for (guint i = 0; i < 6; i++)
      d[6 * i + j] = from[(6 * i + j) * step];
    transform_exact_output (d + j, 6);
  }
  UNROLL (4)
  for (guint i = 0; i < 4; i++) {
    transform_exact_output (d + 6 * i, 1);
    UNROLL (4)
    for (guint j = 0; j < 4; j++)
      band[i * pitch + j] = d[6 * i + j];
  }
}

INLINE void
weights_tile (const Vector *band, Vector *to, gsize step)
{
  Vector d[36];
  UNROLL (3)
  for (guint j = 0; j < 3; j++) {
    UNROLL (3)
    for (guint i = 0; i < 3; i++)
      d[6 * i + j] = band[3 * i + j];
    transform_exact_weights (d + j, 6);
  }
  UNROLL (6)
  for (guint i = 0; i < 6; i++)
    transform_exact_weights (d + 6 * i, 1);
  store_36 (d, to, step);
}

INLINE void
weights_gradient_tile (Vector *band, const Vector *from, gsize step)
{
  Vector d[36];
  UNROLL (6)
  for (guint j = 0; j < 6; j++) {
    UNROLL (6)
    for (guint i = 0; i < 6; i++)
      d[6 * i + j] = from[(6 * i + j) * step];
    transform_exact_weights_gradient (d + j, 6);
  }
  UNROLL (3)
  for (guint i = 0; i < 3; i++) {
    transform_exact_weights_gradient (d + 6 * i, 1);
    UNROLL (3)
    for (guint j = 0; j < 3; j++)
      band[3 * i + j] = d[6 * i + j];
  }
}

/* ---- all tiles of some rows of tiles ---- */

typedef struct {
  const GenreTiles *tiles;
  guint batch;
  guint first, end; /* rows of tiles, of the whole batch */
  Vector *band;
} Span;

/* What of the span lies in one plane and fits into the band: from @row on. */
static guint
band_rows (const Span *span, guint row)
{
  const GenreTiles *t = span->tiles;
  guint rows = MIN (genre_tiles_band_rows (t), t->down - row % t->down);
  return MIN (rows, span->end - row);
}

/* @n rows of a plane from @top on into the band, whose columns at the sides are zero already. */
static void
load_band (const Span *span, const GenreTilesPlanes *planes, const float *x, guint channels,
           gint top, guint n, guint left)
{
  gsize pitch = 4 * span->tiles->across + 2, columns = planes->features;
  gint begin = MAX (top, 0), end = MAX (begin, MIN (top + (gint)n, (gint)planes->frames));
  gsize plane = (gsize)planes->frames * planes->features;
  Block block = {channels, plane * span->batch, (gsize)(end - begin) * columns, columns,
                 pitch - columns};
  memset (span->band, 0, (gsize)(begin - top) * pitch * sizeof *span->band);
  gather (&block, x + (gsize)begin * planes->features, span->band + (begin - top) * pitch + left);
  memset (span->band + (end - top) * pitch, 0, (top + n - end) * pitch * sizeof *span->band);
}

/* Channels of x or, if @gradient, dy, transformed: (36, tiles, channels) */
static void
load_tiles (const Span *span, const float *x, gboolean gradient, guint first, guint end, float *to)
{
  const GenreTiles *t = span->tiles;
  const GenreTilesPlanes *planes = gradient ? &t->y : &t->x;
  gsize plane = (gsize)planes->frames * planes->features, pitch = 4 * t->across + 2;
  gsize step = genre_tiles_step (t, (gsize)t->at_once * t->across, planes->row) / LANES;
  memset (span->band, 0, pitch * (4 * genre_tiles_band_rows (t) + 2) * sizeof *span->band);
  for (guint c = first; c < end; c += LANES) {
    Vector *out = (Vector *)(to + c - first);
    for (guint row = span->first, n; row < span->end; row += n) {
      gint top = row % t->down * 4;
      n = band_rows (span, row);
      load_band (span, planes, x + (c * (gsize)span->batch + row / t->down) * plane,
                 MIN (LANES, end - c), gradient ? top : top - (gint)t->padding[0],
                 gradient ? 4 * n : 4 * n + 2, gradient ? 0 : t->padding[1]);
      for (guint i = 0; i < n * t->across; i++, out += planes->row / LANES) {
        const Vector *from = span->band + i / t->across * 4 * pitch + i % t->across * 4;
        if (gradient)
          gradient_tile (from, pitch, out, step);
        else
          input_tile (from, pitch, out, step);
      }
    }
  }
}

/* Channels of the result from (36, tiles, channels). */
static void
store_tiles (const Span *span, const float *from, guint first, guint end, float *y)
{
  const GenreTiles *t = span->tiles;
  const GenreTilesPlanes *planes = &t->y;
  gsize plane = (gsize)planes->frames * planes->features, pitch = 4 * t->across;
  gsize step = genre_tiles_step (t, (gsize)t->at_once * t->across, planes->row) / LANES;
  for (guint c = first; c < end; c += LANES) {
    const Vector *in = (const Vector *)(from + c - first);
    for (guint row = span->first, n; row < span->end; row += n) {
      gsize top = row % t->down * 4;
      n = band_rows (span, row);
      for (guint i = 0; i < n * t->across; i++, in += planes->row / LANES)
        output_tile (span->band + i / t->across * 4 * pitch + i % t->across * 4, pitch, in, step);
      Block block = {MIN (LANES, end - c), plane * span->batch,
                     MIN (4 * n, planes->frames - top) * planes->features, planes->features,
                     pitch - planes->features};
      scatter (&block, span->band,
               y + (c * (gsize)span->batch + row / t->down) * plane + top * planes->features,
               FALSE);
    }
  }
}

/* Weights (out, in, 3, 3) of some output channels to (36, in, out). */
static void
load_weights (const GenreTiles *t, const float *weights, guint first, guint end, float *to,
              Vector *band)
{
  gsize size = 9 * (gsize)t->x.channels;
  gsize step = genre_tiles_step (t, t->x.channels, t->y.row) / LANES;
  for (guint o = first; o < end; o += LANES) {
    Block block = {MIN (LANES, end - o), size, size, size, 0};
    gather (&block, weights + o * size, band);
    for (guint i = 0; i < t->x.channels; i++)
      weights_tile (band + 9 * i, (Vector *)(to + i * t->y.row + o - first), step);
  }
}

static void
add_weights_gradient (const GenreTiles *t, const float *from, guint first, guint end,
                      float *dweights, Vector *band)
{
  gsize size = 9 * (gsize)t->x.channels;
  gsize step = genre_tiles_step (t, t->x.channels, t->y.row) / LANES;
  for (guint o = first; o < end; o += LANES) {
    Block block = {MIN (LANES, end - o), size, size, size, 0};
    for (guint i = 0; i < t->x.channels; i++)
      weights_gradient_tile (band + 9 * i, (const Vector *)(from + i * t->y.row + o - first), step);
    scatter (&block, band, dweights + o * size, TRUE);
  }
}

/* ---- all together ---- */

/* What lies in the scratch. */
typedef struct {
  Span span;
  guint n_rows, at_once;        /* rows of tiles, of the whole batch */
  gsize x_step, y_step, w_step; /* from one of the 36 to the next */
  float *x, *y, *w;
  gboolean keeps; /* all panels' weights from span to span */
} Work;

static Work
begin (const GenreTiles *t, guint batch, float *scratch)
{
  gsize n_tiles = (gsize)t->at_once * t->across;
  Work work = {.n_rows = batch * t->down,
               .x_step = genre_tiles_step (t, n_tiles, t->x.row),
               .y_step = genre_tiles_step (t, n_tiles, t->y.row),
               .w_step = genre_tiles_step (t, t->x.channels, t->y.row)};
  guint spans = (work.n_rows + t->at_once - 1) / t->at_once;
  work.at_once = (work.n_rows + spans - 1) / spans;
  work.keeps = t->panels_kept * t->y.row >= t->y.channels;
  work.x = scratch;
  work.y = work.x + 36 * work.x_step;
  work.w = work.y + 36 * work.y_step;
  work.span = (Span){t, batch, 0, 0, (Vector *)(work.w + t->panels_kept * 36 * work.w_step)};
  return work;
}

static gboolean
next_span (Work *work)
{
  work->span.first = work->span.end;
  work->span.end = MIN (work->span.first + work->at_once, work->n_rows);
  return work->span.first < work->n_rows;
}

/* Transformed weights, or gradients of them, of the panel that begins at output channel @o. */
static float *
panel_weights (const Work *work, guint o)
{
  const GenreTiles *t = work->span.tiles;
  return work->w + o / t->y.row % t->panels_kept * 36 * work->w_step;
}

static void
product (const GenreTiles *t, guint batch, const float *weights, const float *x, float *y,
         float *scratch)
{
  Work work = begin (t, batch, scratch);
  while (next_span (&work)) {
    load_tiles (&work.span, x, FALSE, 0, t->x.channels, work.x);
    for (guint o = 0, end; o < t->y.channels; o = end) {
      float *w = panel_weights (&work, o);
      end = MIN (o + t->y.row, t->y.channels);
      guint vectors = end - o > LANES ? 2 : 1;
      if (work.span.first == 0 || !work.keeps)
        load_weights (t, weights, o, end, w, work.span.band);
      for (guint e = 0; e < 36; e++) {
        GenreProduct p = {.a = work.x + e * work.x_step,
                          .row = t->x.row,
                          .step = 1,
                          .segments = 1,
                          .length = t->x.channels,
                          .b = w + e * work.w_step,
                          .b_row = t->y.row,
                          .c = work.y + e * work.y_step,
                          .c_row = t->y.row};
        genre_multiply (&p, (work.span.end - work.span.first) * t->across, vectors);
      }
      store_tiles (&work.span, work.y, o, end, y);
    }
  }
}

static void
outer (const GenreTiles *t, guint batch, const float *x, const float *dy, float *dweights,
       float *scratch)
{
  Work work = begin (t, batch, scratch);
  while (next_span (&work)) {
    load_tiles (&work.span, x, FALSE, 0, t->x.channels, work.x);
    for (guint o = 0, end; o < t->y.channels; o = end) {
      float *w = panel_weights (&work, o);
      end = MIN (o + t->y.row, t->y.channels);
      guint vectors = end - o > LANES ? 2 : 1;
      load_tiles (&work.span, dy, TRUE, o, end, work.y);
      for (guint e = 0; e < 36; e++) {
        GenreProduct p = {.a = work.x + e * work.x_step,
                          .row = 1,
                          .step = t->x.row,
                          .segments = 1,
                          .length = (work.span.end - work.span.first) * t->across,
                          .b = work.y + e * work.y_step,
                          .b_row = t->y.row,
                          .c = w + e * work.w_step,
                          .c_row = t->y.row,
                          .addend_row = t->y.row};
        if (work.span.first > 0 && work.keeps)
          p.addend = p.c;
        genre_multiply (&p, t->x.channels, vectors);
      }
      if (work.span.end == work.n_rows || !work.keeps)
        add_weights_gradient (t, w, o, end, dweights, work.span.band);
    }
  }
}

GENRE_KERNEL_TABLE (GenreTilesKernels, tiles) = {product, outer};
