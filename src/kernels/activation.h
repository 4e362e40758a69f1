/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows a sum while it is still in a register. */
#pragma once
#include "convolution.h"
#include "exponential.h"
#include "vector.h"

/* The vector form of genre_exp(). */
static inline Vector
vector_exp (Vector x)
{
  x = -vector_max (-vector_max (x, vector_of (-87)), vector_of (-87));
#if GENRE_EXP_WIDE
  Vector above = x * GENRE_LOG2_E + (GENRE_EXP_ABOVE_ZERO + 0.5f);
  Vector n = __builtin_convertvector(
      __builtin_convertvector(above, Integers) - GENRE_EXP_ABOVE_ZERO, Vector);
#else
  Vector n = (x * GENRE_LOG2_E + GENRE_EXP_ROUNDER) - GENRE_EXP_ROUNDER;
#endif
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
