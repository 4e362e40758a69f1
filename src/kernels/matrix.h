/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Products of matrices of any shape, for what is no convolution and for windows that are lowered to
 * one. matrix_kernel.c does them, on top of the product of product.h.
 *
 * Not OpenBLAS: as soon as it is loaded it starts a thread for each processor, which first spin for
 * a while, and how many of them work is a setting of the whole process. A player that loads a
 * plugin wants neither. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Value (i, k) lies at values[i · row + k · column]; row or column is 1. */
typedef struct {
  const float *values;
  gsize row, column;
} GenreMatrix;

/* Rows of @row floats, and what they are as columns. */
static inline GenreMatrix
genre_matrix (const float *values, gsize row)
{
  return (GenreMatrix){values, row, 1};
}

static inline GenreMatrix
genre_matrix_transposed (const float *values, gsize row)
{
  return (GenreMatrix){values, 1, row};
}

/* @c (@rows, @columns), its rows @c_row floats apart, = @a (@rows, @length) · @b (@length,
 * @columns), added to what is there if @adds. Nothing needs to be aligned; @c lies apart from @a
 * and @b. */
void genre_matrix_multiply (guint rows, guint columns, guint length, GenreMatrix a, GenreMatrix b,
                            gboolean adds, float *c, gsize c_row);

G_END_DECLS
