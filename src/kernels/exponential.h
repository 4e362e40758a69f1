/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exp and the logistic function in a form that compilers vectorise: libm's expf is a call for each
 * value.
 *
 *   exp (x) = 2ⁿ · exp (f) with n the nearest whole number to x · log₂ e, f = x − n · ln 2,
 *
 * exp (f) by its Taylor polynomial, |f| ≤ ½ ln 2: relative error below 3e-7. Saturates outside
 * ± 87. The formula stands here once; two functions have it, because one works on single values, in
 * the loops of layers, which are compiled without contraction, the other (activation.h) on what a
 * kernel holds in a register, with it. */
#pragma once
#include <float.h>
#include <glib.h>
#include <string.h>

#define GENRE_LOG2_E 1.44269504f
/* n: to 1.5 · 2²³ a float adds no bits after the point. Where sums are wider than that, as in the
 * registers of i386's x87, they stay there, and n is what a conversion cuts off above zero. */
#define GENRE_EXP_ROUNDER 12582912.0f
#define GENRE_EXP_ABOVE_ZERO 128
#if FLT_EVAL_METHOD == 0
#define GENRE_EXP_WIDE 0
#else
#define GENRE_EXP_WIDE 1
#endif
/* x − n · ln 2, in two parts (Cody, Waite) */
#define GENRE_EXP_REDUCE(x, n) (((x) - (n)*0.693359375f) + (n)*2.12194440e-4f)
#define GENRE_EXP_POLYNOMIAL(f)                                                                    \
  (1 + (f) * (1 + (f) * (1.0f / 2 +                                                                \
                         (f) * (1.0f / 6 +                                                         \
                                (f) * (1.0f / 24 + (f) * (1.0f / 120 + (f) * (1.0f / 720)))))))

/* NaN stays NaN. */
static inline float
genre_exp (float x)
{
  x = x > 87.0f ? 87.0f : x;
  x = x < -87.0f ? -87.0f : x;
#if GENRE_EXP_WIDE
  float whole = (gint32)(x * GENRE_LOG2_E + (GENRE_EXP_ABOVE_ZERO + 0.5f));
  float n = whole - GENRE_EXP_ABOVE_ZERO;
#else
  float n = (x * GENRE_LOG2_E + GENRE_EXP_ROUNDER) - GENRE_EXP_ROUNDER;
#endif
  float f = GENRE_EXP_REDUCE (x, n);
  float p = GENRE_EXP_POLYNOMIAL (f);
  guint32 bits = (guint32)((gint32)n + 127) << 23; /* of NaN whatever it is */
  float power;
  memcpy (&power, &bits, sizeof power);
  return p * power;
}

static inline float
genre_sigmoid (float x)
{
  return 1 / (1 + genre_exp (-x));
}
