/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transforms of Winograd's minimal filtering F(m × m, 3 × 3) for m = 2 and 4, of vectors of
 * channels. Matrices Bᵀ and Aᵀ as in Lavin & Gray 2015, "Fast Algorithms for Convolutional Neural
 * Networks", §4.1 and §4.3; G, which the weights go through beforehand, is in convolution.c.
 *
 *   m × m outputs = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A   from (m + 2) × (m + 2) inputs d */
#pragma once
#include "vector.h"

/* One column of Bᵀ d, in place, @stride vectors from element to element. */
static inline __attribute__ ((always_inline)) void
transform_input (Vector *d, guint stride, const guint m)
{
  Vector a = d[0], b = d[stride], c = d[2 * stride], e = d[3 * stride];
  if (m == 2) {
    d[0] = a - c;
    d[stride] = b + c;
    d[2 * stride] = c - b;
    d[3 * stride] = b - e;
    return;
  }
  Vector f = d[4 * stride], g = d[5 * stride];
  Vector even4 = f - 4 * c, odd4 = e - 4 * b, even = f - c, odd = 2 * (e - b);
  d[0] = 4 * a - 5 * c + f;
  d[stride] = even4 + odd4;
  d[2 * stride] = even4 - odd4;
  d[3 * stride] = even + odd;
  d[4 * stride] = even - odd;
  d[5 * stride] = 4 * b - 5 * e + g;
}

/* One column of Aᵀ x, in place: m values from m + 2. */
static inline __attribute__ ((always_inline)) void
transform_output (Vector *x, guint stride, const guint m)
{
  Vector a = x[0], b = x[stride], c = x[2 * stride], d = x[3 * stride];
  Vector sum = b + c, difference = b - c;
  if (m == 2) {
    x[0] = a + sum;
    x[stride] = difference - d;
    return;
  }
  Vector e = x[4 * stride], f = x[5 * stride];
  Vector sum2 = d + e, difference2 = d - e;
  x[0] = a + sum + sum2;
  x[stride] = difference + 2 * difference2;
  x[2 * stride] = sum + 4 * sum2;
  x[3 * stride] = difference + 8 * difference2 + f;
}
