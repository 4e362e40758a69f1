/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transforms of Winograd's minimal filtering F(m × m, 3 × 3), of vectors of channels.
 *
 *   m × m outputs = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A   from (m + 2) × (m + 2) inputs d
 *
 * The m of frames and that of features may differ, as do then the matrices on both sides.
 *
 * Windows of 5 frames over one channel, with which networks begin, are filtered along frames alone:
 * F(4, 5), 8 multiplications in place of 20 (Winograd 1980, "Arithmetic Complexity of
 * Computations", F(m, r)), with sums a quarter as exact as plain ones.
 *
 * Of the rest there are two sets. Inference, m = 2 and 4, has the usual points 0, ± 1, ± 2 of Lavin
 * & Gray 2015, "Fast Algorithms for Convolutional Neural Networks", §4.1 and §4.3, with which sums
 * are a quarter as exact as plain ones; m = 6, on one side at most, for images that tiles of 4
 * would reach far beyond, has those of F(4, 5). The G of all, which the weights go through
 * beforehand, is in convolution.c. Training, m = 4, has points with which sums are half as exact,
 * since its errors add up over thousands of steps (Barabasz et al. 2020, "Error Analysis and
 * Improving the Accuracy of Winograd Convolution for Deep Neural Networks", on the choice of
 * points), and the transposed transforms that gradients take. With training's points inference is
 * as fast, but scores differ by 2e-6: which points inference has is left alone where nothing is
 * gained, so that a model file goes on giving the scores, to a millionth, that its card was
 * measured with.
 */
#pragma once
#include "vector.h"

/* ---- inference, for the points 0, ± 1, ± 2, ± ½ and infinity ---- */

/* Bᵀ d of F(4, 5) and F(6, 3), in place: 8 values. */
INLINE void
transform_eight_inputs (Vector *d)
{
  Vector a = d[0], b = d[1], c = d[2], e = d[3], f = d[4], g = d[5], h = d[6], i = d[7];
  Vector even = c - 4.25f * f + h, odd = b - 4.25f * e + g;
  d[0] = a - h + 5.25f * (f - c);
  d[1] = even + odd;
  d[2] = even - odd;
  even = 0.25f * c - 1.25f * f + h;
  odd = 0.5f * b - 2.5f * e + 2 * g;
  d[3] = even + odd;
  d[4] = even - odd;
  even = 4 * c - 5 * f + h;
  odd = 2 * b - 2.5f * e + 0.5f * g;
  d[5] = even + odd;
  d[6] = even - odd;
  d[7] = i - b + 5.25f * (e - g);
}

/* Aᵀ x of F(4, 5) and F(6, 3), in place: m values from 8. */
INLINE void
transform_eight_products (Vector *x, const guint m)
{
  Vector sum1 = x[1] + x[2], difference1 = x[1] - x[2];
  Vector sum2 = x[3] + x[4], difference2 = x[3] - x[4];
  Vector sum3 = x[5] + x[6], difference3 = x[5] - x[6], last = x[7];
  x[0] += sum1 + sum2 + sum3;
  x[1] = difference1 + 2 * difference2 + 0.5f * difference3;
  x[2] = sum1 + 4 * sum2 + 0.25f * sum3;
  x[3] = difference1 + 8 * difference2 + 0.125f * difference3;
  if (m == 6) {
    x[4] = sum1 + 16 * sum2 + 0.0625f * sum3;
    x[5] = difference1 + 32 * difference2 + 0.03125f * difference3;
  }
  x[m - 1] += last;
}

/* ---- inference, windows of 3 ---- */

/* One column of Bᵀ d, in place: m + 2 values. */
INLINE void
transform_input (Vector *d, const guint m)
{
  if (m == 6) {
    transform_eight_inputs (d);
    return;
  }
  Vector a = d[0], b = d[1], c = d[2], e = d[3];
  if (m == 2) {
    d[0] = a - c;
    d[1] = b + c;
    d[2] = c - b;
    d[3] = b - e;
    return;
  }
  Vector f = d[4], g = d[5];
  Vector even4 = f - 4 * c, odd4 = e - 4 * b, even = f - c, odd = 2 * (e - b);
  d[0] = 4 * a - 5 * c + f;
  d[1] = even4 + odd4;
  d[2] = even4 - odd4;
  d[3] = even + odd;
  d[4] = even - odd;
  d[5] = 4 * b - 5 * e + g;
}

/* One column of Aᵀ x, in place: m values from m + 2. */
INLINE void
transform_output (Vector *x, const guint m)
{
  if (m == 6) {
    transform_eight_products (x, m);
    return;
  }
  Vector a = x[0], b = x[1], c = x[2], d = x[3];
  Vector sum = b + c, difference = b - c;
  if (m == 2) {
    x[0] = a + sum;
    x[1] = difference - d;
    return;
  }
  Vector e = x[4], f = x[5];
  Vector sum2 = d + e, difference2 = d - e;
  x[0] = a + sum + sum2;
  x[1] = difference + 2 * difference2;
  x[2] = sum + 4 * sum2;
  x[3] = difference + 8 * difference2 + f;
}

/* ---- training: F(4 × 4, 3 × 3) for the points 0, ± P, ± Q and infinity ---- */

#define WINOGRAD_P 0.625f
#define WINOGRAD_Q 1.5f
#define WINOGRAD_PP (WINOGRAD_P * WINOGRAD_P)
#define WINOGRAD_QQ (WINOGRAD_Q * WINOGRAD_Q)
#define WINOGRAD_AT_0 (1 / (WINOGRAD_PP * WINOGRAD_QQ))
#define WINOGRAD_AT_P (1 / (2 * WINOGRAD_PP * (WINOGRAD_PP - WINOGRAD_QQ)))
#define WINOGRAD_AT_Q (1 / (2 * WINOGRAD_QQ * (WINOGRAD_QQ - WINOGRAD_PP)))

/* One column of Bᵀ d, in place, @stride vectors from element to element. */
INLINE void
transform_exact_input (Vector *x, guint stride)
{
  Vector a = x[0], b = x[stride], c = x[2 * stride], d = x[3 * stride], e = x[4 * stride];
  Vector even = e - WINOGRAD_QQ * c, odd = WINOGRAD_P * (d - WINOGRAD_QQ * b);
  Vector even_q = e - WINOGRAD_PP * c, odd_q = WINOGRAD_Q * (d - WINOGRAD_PP * b);
  x[0] = WINOGRAD_PP * WINOGRAD_QQ * a - (WINOGRAD_PP + WINOGRAD_QQ) * c + e;
  x[stride] = even + odd;
  x[2 * stride] = even - odd;
  x[3 * stride] = even_q + odd_q;
  x[4 * stride] = even_q - odd_q;
  x[5 * stride] += WINOGRAD_PP * WINOGRAD_QQ * b - (WINOGRAD_PP + WINOGRAD_QQ) * d;
}

/* One column of Aᵀ x, in place: 4 values from 6. */
INLINE void
transform_exact_output (Vector *x, guint stride)
{
  Vector b = x[stride], c = x[2 * stride], d = x[3 * stride], e = x[4 * stride];
  Vector sum = b + c, difference = b - c, sum_q = d + e, difference_q = d - e;
  x[0] += sum + sum_q;
  x[stride] = WINOGRAD_P * difference + WINOGRAD_Q * difference_q;
  x[2 * stride] = WINOGRAD_PP * sum + WINOGRAD_QQ * sum_q;
  x[3 * stride] = WINOGRAD_P * WINOGRAD_PP * difference + WINOGRAD_Q * WINOGRAD_QQ * difference_q +
                  x[5 * stride];
}

/* One column of A y, in place: 6 values from 4. */
INLINE void
transform_exact_gradient (Vector *x, guint stride)
{
  Vector a = x[0], b = x[stride], c = x[2 * stride], d = x[3 * stride];
  Vector even = a + WINOGRAD_PP * c, odd = WINOGRAD_P * (b + WINOGRAD_PP * d);
  Vector even_q = a + WINOGRAD_QQ * c, odd_q = WINOGRAD_Q * (b + WINOGRAD_QQ * d);
  x[stride] = even + odd;
  x[2 * stride] = even - odd;
  x[3 * stride] = even_q + odd_q;
  x[4 * stride] = even_q - odd_q;
  x[5 * stride] = d;
}

/* One column of G g, in place: 6 values from 3. */
INLINE void
transform_exact_weights (Vector *x, guint stride)
{
  Vector a = x[0], b = x[stride], c = x[2 * stride];
  Vector even = WINOGRAD_AT_P * (a + WINOGRAD_PP * c), odd = WINOGRAD_P * WINOGRAD_AT_P * b;
  Vector even_q = WINOGRAD_AT_Q * (a + WINOGRAD_QQ * c), odd_q = WINOGRAD_Q * WINOGRAD_AT_Q * b;
  x[0] = WINOGRAD_AT_0 * a;
  x[stride] = even + odd;
  x[2 * stride] = even - odd;
  x[3 * stride] = even_q + odd_q;
  x[4 * stride] = even_q - odd_q;
  x[5 * stride] = c;
}

/* One column of Gᵀ x, in place: 3 values from 6. */
INLINE void
transform_exact_weights_gradient (Vector *x, guint stride)
{
  Vector b = x[stride], c = x[2 * stride], d = x[3 * stride], e = x[4 * stride];
  Vector sum = WINOGRAD_AT_P * (b + c), sum_q = WINOGRAD_AT_Q * (d + e);
  x[0] = WINOGRAD_AT_0 * x[0] + sum + sum_q;
  x[stride] = WINOGRAD_P * WINOGRAD_AT_P * (b - c) + WINOGRAD_Q * WINOGRAD_AT_Q * (d - e);
  x[2 * stride] = WINOGRAD_PP * sum + WINOGRAD_QQ * sum_q + x[5 * stride];
}
