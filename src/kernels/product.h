/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The matrix product under every convolution: some rows of A times one panel of B, the sums held in
 * registers from beginning to end.
 *
 *   c[m, n] = finish (Σ_s Σ_k a[m · row + s · segment + k] · b[s, k, n])
 *
 * A row of A is not stored as a row: it is @segments runs of @length floats, @segment apart, which
 * are the lines of a convolution's window in the image itself (implicit lowering: nothing is
 * copied). Rows may overlap. Elsewhere in the library OpenBLAS does such things; it wants A as a
 * matrix, and for matrices this small spends as long on copying and on finding its way as on the
 * product. */
#pragma once
#include "convolution.h"
#include "exponential.h"
#include "vector.h"

typedef struct {
  const float *a;
  gsize row, segment; /* floats between rows, between segments */
  guint segments, length;
  const float *b; /* (segments, length, 1 or 2 vectors) */
  float *c;
  gsize c_row;
  const float *bias;   /* NULL: none, nor anything below */
  const float *addend; /* NULL: none; same columns as c */
  gsize addend_row;
  GenreActivation activation;
} Product;

/* The vector form of genre_exp(). */
static inline Vector
vector_exp (Vector x)
{
  x = -vector_max (-vector_max (x, vector_of (-87)), vector_of (-87));
  Vector n = (x * GENRE_LOG2_E + GENRE_EXP_ROUNDER) - GENRE_EXP_ROUNDER;
  Vector f = GENRE_EXP_REDUCE (x, n);
  Vector p = GENRE_EXP_POLYNOMIAL (f);
  return p * (Vector)((__builtin_convertvector(n, Integers) + 127) << 23);
}

static inline Vector
activate (Vector x, GenreActivation activation)
{
  switch (activation) {
  case GENRE_ACTIVATION_RELU:
    return vector_max (x, vector_of (0));
  case GENRE_ACTIVATION_SILU:
    return x / (1 + vector_exp (-x));
  case GENRE_ACTIVATION_SIGMOID:
    return 1 / (1 + vector_exp (-x));
  default:
    return x;
  }
}

static inline __attribute__ ((always_inline)) void
product (const Product *p, const guint rows, const guint vectors)
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
    for (gsize k = 0; k < p->length; k++) {
      Vector w[2];
      for (guint n = 0; n < vectors; n++, b += LANES)
        w[n] = vector_load (b);
#pragma GCC unroll 14
      for (guint m = 0; m < rows; m++) {
        Vector value = vector_of (base[m / 3][k + m % 3 * row]);
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
