/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include "product.h"

#define MOST_VECTORS 3
#define LENGTH                                                                                     \
  128           /* rows of B that are done at once: a panel of them stays in the nearest cache     \
                 */
#define EDGE 32 /* rows of C at its right edge that are done at once */

/* Columns that lie as rows of B should, and the other way round. */
static void
pack_transposed (GenreMatrix b, guint length, guint columns, guint width, float *packed)
{
  guint whole = columns / LANES * LANES, k = 0;
  for (; k + LANES <= length; k += LANES) {
    for (guint j = 0; j < whole; j += LANES) {
      Vector v[LANES];
      UNROLL (16)
      for (guint i = 0; i < LANES; i++)
        v[i] = (Vector) * (const LooseVector *)(b.values + (j + i) * b.column + k);
      vector_transpose (v);
      UNROLL (16)
      for (guint i = 0; i < LANES; i++)
        vector_store (packed + (k + i) * width + j, v[i]);
    }
    for (guint i = k; i < k + LANES; i++) {
      for (guint j = whole; j < columns; j++)
        packed[i * width + j] = b.values[j * b.column + i];
    }
  }
  for (; k < length; k++) {
    for (guint j = 0; j < columns; j++)
      packed[k * width + j] = b.values[j * b.column + k];
  }
}

static void
pack_rows (GenreMatrix b, guint length, guint columns, guint width, float *packed)
{
  guint whole = columns / LANES * LANES;
  for (guint k = 0; k < length; k++, packed += width) {
    const float *row = b.values + k * b.row;
    for (guint j = 0; j < whole; j += LANES)
      vector_store (packed + j, (Vector) * (const LooseVector *)(row + j));
    for (guint j = whole; j < columns; j++)
      packed[j] = row[j];
  }
}

/* @columns of B, filled up with zeros to @width. */
static void
pack (GenreMatrix b, guint length, guint columns, guint width, float *packed)
{
  if (columns < width)
    memset (packed, 0, (gsize)length * width * sizeof *packed);
  if (b.column == 1)
    pack_rows (b, length, columns, width, packed);
  else
    pack_transposed (b, length, columns, width, packed);
}

/* Fewer than LANES columns, which as a vector would reach beyond C. */
static void
multiply_edge (const GenreProduct *product, guint rows, guint columns)
{
  _Alignas(Vector) float edge[EDGE * LANES];
  GenreProduct p = *product;
  p.c = edge;
  p.c_row = LANES;
  p.addend = NULL;
  for (guint first = 0; first < rows; first += EDGE, p.a += EDGE * p.row) {
    guint n = MIN (EDGE, rows - first);
    genre_multiply (&p, n, 1);
    for (guint m = 0; m < n; m++) {
      float *c = product->c + (first + m) * product->c_row;
      for (guint j = 0; j < columns; j++)
        c[j] = edge[m * LANES + j] + (product->addend ? c[j] : 0);
    }
  }
}

static void
multiply (guint rows, guint columns, guint length, GenreMatrix a, GenreMatrix b, gboolean adds,
          float *c, gsize c_row)
{
  _Alignas(Vector) float packed[LENGTH * MOST_VECTORS * LANES];
  guint whole = columns / LANES * LANES;
  if (rows == 0)
    return;
  for (guint m = 0; m < rows && length == 0 && !adds; m++)
    memset (c + m * c_row, 0, columns * sizeof *c);
  for (guint k = 0, n; k < length; k += n) {
    n = MIN (LENGTH, length - k);
    for (guint from = 0, width; from < columns; from += width) {
      width = from < whole ? genre_convolution_panel (LANES, whole, from) : LANES;
      guint there = MIN (width, columns - from);
      GenreMatrix panel = {b.values + k * b.row + from * b.column, b.row, b.column};
      pack (panel, n, there, width, packed);
      GenreProduct product = {
          .a = a.values + k * a.column,
          .row = a.row,
          .step = a.column,
          .segments = 1,
          .length = n,
          .b = packed,
          .b_row = width,
          .c = c + from,
          .c_row = c_row,
          .addend = adds || k > 0 ? c + from : NULL,
          .addend_row = c_row,
      };
      if (there == width)
        genre_multiply (&product, rows, width / LANES);
      else
        multiply_edge (&product, rows, there);
    }
  }
}

GENRE_KERNEL_TABLE (GenreMatrixKernels, matrix) = {multiply};
