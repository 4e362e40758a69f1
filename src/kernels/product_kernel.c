/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "product.h"
#include "activation.h"

/* @step and @b_row: those of @p, where they are known when this is compiled. */
static inline __attribute__ ((always_inline)) void
multiply_rows (const GenreProduct *p, const guint rows, const guint vectors, const gsize step,
               const gsize b_row)
{
  Vector sum[ROWS][2];
  const float *b = p->b;
  const gsize row = p->row;
#pragma GCC unroll 14
  for (guint m = 0; m < rows; m++) {
    for (guint n = 0; n < vectors; n++)
      sum[m][n] = vector_of (0);
  }
  for (guint s = 0; s < p->segments; s++) {
    /* A base for every three rows: base + row and base + 2 · row are addressing modes. */
    const float *base[(ROWS + 2) / 3];
#pragma GCC unroll 5
    for (guint i = 0; i < (rows + 2) / 3; i++)
      base[i] = p->a + s * p->segment + 3 * i * row;
    for (gsize k = 0; k < p->length; k++, b += b_row) {
      Vector w[2];
      for (guint n = 0; n < vectors; n++)
        w[n] = vector_load (b + n * LANES);
#pragma GCC unroll 14
      for (guint m = 0; m < rows; m++) {
        Vector value = vector_of (base[m / 3][k * step + m % 3 * row]);
        for (guint n = 0; n < vectors; n++)
          sum[m][n] += value * w[n];
      }
    }
  }
#pragma GCC unroll 14
  for (guint m = 0; m < rows; m++) {
    for (guint n = 0; n < vectors; n++) {
      Vector value = sum[m][n];
      if (p->bias)
        value += vector_load (p->bias + n * LANES);
      if (p->addend)
        value += vector_load (p->addend + m * p->addend_row + n * LANES);
      vector_store (p->c + m * p->c_row + n * LANES, activate (value, p->activation));
    }
  }
}

typedef void (*ProductFunc) (const GenreProduct *product);

/* For every number of rows and vectors a copy; of rows of A and B as inference has them, one value
 * or all vectors after the other, and of any. */
#define COPY(rows, vectors)                                                                        \
  static void packed_##rows##_##vectors (const GenreProduct *p)                                    \
  {                                                                                                \
    multiply_rows (p, rows, vectors, 1, vectors *LANES);                                           \
  }                                                                                                \
  static void strided_##rows##_##vectors (const GenreProduct *p)                                   \
  {                                                                                                \
    multiply_rows (p, rows, vectors, p->step, p->b_row);                                           \
  }
#define COPIES(rows) COPY (rows, 1) COPY (rows, 2)
#define PACKED(rows) {packed_##rows##_1, packed_##rows##_2},
#define STRIDED(rows) {strided_##rows##_1, strided_##rows##_2},
#define UP_TO_6(X) X (1) X (2) X (3) X (4) X (5) X (6)
#define UP_TO_12(X) UP_TO_6 (X) X (7) X (8) X (9) X (10) X (11) X (12)
#if ROWS == 14
#define FOR_ALL_ROWS(X) UP_TO_12 (X) X (13) X (14)
#elif ROWS == 12
#define FOR_ALL_ROWS(X) UP_TO_12 (X)
#else
#define FOR_ALL_ROWS(X) UP_TO_6 (X)
#endif
FOR_ALL_ROWS (COPIES)
static const ProductFunc packed[ROWS][2] = {FOR_ALL_ROWS (PACKED)};
static const ProductFunc strided[ROWS][2] = {FOR_ALL_ROWS (STRIDED)};

/* In pieces of nearly the same height. */
void
genre_multiply (const GenreProduct *product, guint rows, guint vectors)
{
  GenreProduct piece = *product;
  gboolean is_packed = product->step == 1 && product->b_row == vectors * LANES;
  const ProductFunc (*functions)[2] = is_packed ? packed : strided;
  guint n_pieces = (rows + ROWS - 1) / ROWS;
  for (guint i = 0, from = 0; i < n_pieces; i++) {
    guint to = rows * (i + 1) / n_pieces;
    functions[to - from - 1][vectors - 1](&piece);
    piece.a += (to - from) * piece.row;
    piece.c += (to - from) * piece.c_row;
    if (piece.addend)
      piece.addend += (to - from) * piece.addend_row;
    from = to;
  }
}
