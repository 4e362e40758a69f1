/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of kernels compute with. */
#pragma once
#include "test.h"
#include "random.h"

/* @n normally distributed values, the same for the same @key. */
static inline float *
new_values (gsize n, guint64 key)
{
  GenreRandom random = genre_random_keyed (key, 0, 0, 0);
  float *values = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    values[i] = genre_random_normal (&random);
  return values;
}
