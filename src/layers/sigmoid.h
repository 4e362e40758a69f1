/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 1 / (1 + exp (−x)), in a form that compilers vectorise: libm's expf is a call for each value. */
#pragma once
#include <glib.h>
#include <string.h>

/* exp (x) = 2ⁿ · 2^f with n the nearest whole number to x · log₂ e, 2^f by its Taylor polynomial,
 * |f| ≤ ½: relative error below 3e-7. Saturates outside ± 87. NaN stays NaN. */
static inline float
genre_exp (float x)
{
  const float rounder = 12582912.0f; /* 1.5 · 2²³: adding it leaves no bits after the point */
  x = x > 87.0f ? 87.0f : x;
  x = x < -87.0f ? -87.0f : x;
  float scaled = x * 1.44269504f, n = (scaled + rounder) - rounder;
  float f = (x - n * 0.693359375f) + n * 2.12194440e-4f; /* ln 2 in two parts (Cody, Waite) */
  float p = 1.0f / 720;
  p = p * f + 1.0f / 120;
  p = p * f + 1.0f / 24;
  p = p * f + 1.0f / 6;
  p = p * f + 0.5f;
  p = p * f + 1;
  p = p * f + 1;
  gint32 bits = ((gint32)n + 127) << 23;
  float power;
  memcpy (&power, &bits, sizeof power);
  return p * power;
}

static inline float
genre_sigmoid (float x)
{
  return 1 / (1 + genre_exp (-x));
}
