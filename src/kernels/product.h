/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The matrix product under every convolution of inference, and under Winograd's in training: some
 * rows of A times one panel of B, the sums held in registers from beginning to end.
 *
 *   c[m, n] = activation (Σ_s Σ_k a[m · row + s · segment + k · step] · b[s, k, n] + bias[n] +
 *                         addend[m, n])
 *
 * A row of A is not stored as a row: it is @segments runs of @length values, @segment apart, which
 * are the lines of a convolution's window in the image itself (implicit lowering: nothing is
 * copied). Rows may overlap. A library such as OpenBLAS wants A as a matrix, and for matrices this
 * small spends as long on copying and on finding its way as on the product. matrix_kernel.c brings
 * matrices of any shape into this form. The other product of training, in correlation_kernel.c, is
 * not of this form: its second factor exists only as a list of offsets, and its first is read along
 * the sum. */
#pragma once
#include "convolution.h"
#include "kernel.h"

typedef struct {
  const float *a;
  gsize row, segment; /* floats between rows, between segments */
  gsize step;         /* floats between values of a row */
  guint segments, length;
  const float *b; /* (segments, length, 1 to 3 vectors) */
  gsize b_row;    /* floats from one of its rows to the next */
  float *c;       /* aligned to nothing, nor is the addend */
  gsize c_row;
  const float *bias;   /* NULL: none */
  const float *addend; /* NULL: none; same columns as c, which it may be */
  gsize addend_row;
  GenreActivation activation;
  guint more;           /* products of the same shape that follow this one, each with its own b */
  gsize a_next, c_next; /* floats from one's a (c) to the next one's */
} GenreProduct;

/* @rows ≥ 1 rows of c, 1 to 3 @vectors wide. product_kernel.c. */
#define genre_multiply GENRE_KERNEL_NAME (multiply, GENRE_INSTRUCTION_SET)
void genre_multiply (const GenreProduct *product, guint rows, guint vectors);
