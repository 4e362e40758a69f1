/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel.h"

#undef ROWS
/* Sums, one vector of each tap and a weight fit into the registers: 8 · 3 + 4 of 32, 4 · 2 + 3 of
 * 16; for gradients 4 · 6 + 7 of 32, 2 · 3 + 4 of 16. */
#if REGISTERS == 32
#define ROWS 8
#define VECTORS 3
#define OUTER_ROWS 4
#define OUTER_TAPS 6
#else
#define ROWS 4
#define VECTORS 2
#define OUTER_ROWS 2
#define OUTER_TAPS 3
#endif
#define CHUNK (2048 / LANES) /* vectors of OUTER_ROWS rows of dy that stay in the nearest cache */

static inline Vector
load (const float *x)
{
  return (Vector) * (const LooseVector *)x;
}

INLINE void
product_tile (const GenreCorrelation *c, guint place, const float *a, const float *x, float *y,
              gsize y_row, const guint rows, const guint vectors)
{
  Vector sums[ROWS][VECTORS];
  const float *from[VECTORS];
  const gsize n_taps = c->n_taps;
  UNROLL (3)
  for (guint n = 0; n < vectors; n++)
    from[n] = x + c->from[place + n];
  UNROLL (8)
  for (guint m = 0; m < rows; m++) {
    UNROLL (3)
    for (guint n = 0; n < vectors; n++)
      sums[m][n] = (Vector){0};
  }
  for (gsize k = 0; k < n_taps; k++) {
    gsize tap = c->taps[k];
    Vector values[VECTORS];
    UNROLL (3)
    for (guint n = 0; n < vectors; n++)
      values[n] = load (from[n] + tap);
    UNROLL (8)
    for (guint m = 0; m < rows; m++) {
      Vector weight = vector_of (a[m * n_taps + k]);
      UNROLL (3)
      for (guint n = 0; n < vectors; n++)
        sums[m][n] += weight * values[n];
    }
  }
  UNROLL (8)
  for (guint m = 0; m < rows; m++) {
    UNROLL (3)
    for (guint n = 0; n < vectors; n++)
      *(LooseVector *)(y + m * y_row + c->to[place + n]) = sums[m][n];
  }
}

INLINE void
product_rows (const GenreCorrelation *c, guint n_rows, guint place, const float *a, const float *x,
              float *y, gsize y_row, const guint vectors)
{
  guint m = 0;
  for (; m + ROWS <= n_rows; m += ROWS)
    product_tile (c, place, a + (gsize)m * c->n_taps, x, y + m * y_row, y_row, ROWS, vectors);
  for (; m + 2 <= n_rows; m += 2)
    product_tile (c, place, a + (gsize)m * c->n_taps, x, y + m * y_row, y_row, 2, vectors);
  for (; m < n_rows; m++)
    product_tile (c, place, a + (gsize)m * c->n_taps, x, y + m * y_row, y_row, 1, vectors);
}

static void
product (const GenreCorrelation *c, guint n_rows, const float *a, const float *x, float *y,
         gsize y_row)
{
  guint place = 0;
#if VECTORS == 3
  /* four left are better done as two and two */
  for (; place + 5 <= c->n_places || place + 3 == c->n_places; place += 3)
    product_rows (c, n_rows, place, a, x, y, y_row, 3);
#endif
  for (; place + 2 <= c->n_places; place += 2)
    product_rows (c, n_rows, place, a, x, y, y_row, 2);
  for (; place < c->n_places; place++)
    product_rows (c, n_rows, place, a, x, y, y_row, 1);
}

/* Adds neighbours, then pairs of them, and so on. */
static inline float
sum_of (Vector v)
{
  for (int step = LANES / 2; step > 0; step /= 2) {
    Integers other;
    for (int i = 0; i < LANES; i++)
      other[i] = i ^ step;
    v += vector_shuffle (v, v, other);
  }
  return v[0];
}

typedef struct {
  guint n_images;
  const float *x, *dy;
  gsize x_step, y_step, y_row;
  guint first, end; /* places */
} Pairs;

INLINE void
outer_tile (const GenreCorrelation *c, const Pairs *pairs, guint row, guint tap, float *a,
            const guint rows, const guint taps)
{
  Vector sums[OUTER_ROWS][OUTER_TAPS];
  gsize offsets[OUTER_TAPS];
  UNROLL (6)
  for (guint k = 0; k < taps; k++)
    offsets[k] = c->taps[tap + k];
  UNROLL (4)
  for (guint m = 0; m < rows; m++) {
    UNROLL (6)
    for (guint k = 0; k < taps; k++)
      sums[m][k] = (Vector){0};
  }
  for (guint image = 0; image < pairs->n_images; image++) {
    const float *x = pairs->x + image * pairs->x_step;
    const float *dy = pairs->dy + image * pairs->y_step + row * pairs->y_row;
    for (guint place = pairs->first; place < pairs->end; place++) {
      const float *from = x + c->from[place], *to = dy + c->to[place];
      Vector gradients[OUTER_ROWS];
      UNROLL (4)
      for (guint m = 0; m < rows; m++)
        gradients[m] = load (to + m * pairs->y_row);
      UNROLL (6)
      for (guint k = 0; k < taps; k++) {
        Vector value = load (from + offsets[k]);
        UNROLL (4)
        for (guint m = 0; m < rows; m++)
          sums[m][k] += gradients[m] * value;
      }
    }
  }
  UNROLL (4)
  for (guint m = 0; m < rows; m++) {
    UNROLL (6)
    for (guint k = 0; k < taps; k++)
      a[(row + m) * (gsize)c->n_taps + tap + k] += sum_of (sums[m][k]);
  }
}

INLINE void
outer_row (const GenreCorrelation *c, const Pairs *pairs, guint row, float *a, const guint rows)
{
  guint k = 0;
  for (; k + OUTER_TAPS <= c->n_taps; k += OUTER_TAPS)
    outer_tile (c, pairs, row, k, a, rows, OUTER_TAPS);
#if OUTER_TAPS > 3
  for (; k + 3 <= c->n_taps; k += 3)
    outer_tile (c, pairs, row, k, a, rows, 3);
#endif
  for (; k < c->n_taps; k++)
    outer_tile (c, pairs, row, k, a, rows, 1);
}

static void
outer (const GenreCorrelation *c, guint n_rows, float *a, guint n_images, const float *x,
       gsize x_step, const float *dy, gsize y_row, gsize y_step)
{
  Pairs pairs = {n_images, x, dy, x_step, y_step, y_row, 0, 0};
  for (; pairs.first < c->n_places; pairs.first = pairs.end) {
    guint row = 0;
    pairs.end = MIN (pairs.first + CHUNK, c->n_places);
    for (; row + OUTER_ROWS <= n_rows; row += OUTER_ROWS)
      outer_row (c, &pairs, row, a, OUTER_ROWS);
    for (; row < n_rows; row++)
      outer_row (c, &pairs, row, a, 1);
  }
}

GENRE_KERNEL_TABLE (GenreCorrelationKernels, correlation) = {product, outer};
