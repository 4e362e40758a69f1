/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vector: as many floats as a register of the instruction set holds for which this is compiled. */
#pragma once
#include <glib.h>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

/* ROWS × 2 vectors of sums, two of weights and one value fit into the registers; so do ROWS_OF_1
 * ≥ ROWS with one vector of weights and ROWS_OF_3 × 3 with three. On ARM several values do, since
 * small ones of its processors wait for each load in turn. */
#if defined(__AVX512F__)
#define LANES 16
#define REGISTERS 32
#define ROWS_OF_1 14
#define ROWS 14
#define ROWS_OF_3 9
#elif defined(__AVX2__)
#define LANES 8
#define REGISTERS 16
#define ROWS_OF_1 12
#define ROWS 6
#define ROWS_OF_3 4
#elif defined(__aarch64__)
#define LANES 4
#define REGISTERS 32
#define ROWS_OF_1 12
#define ROWS 12
#define ROWS_OF_3 8
#else
#define LANES 4
#define REGISTERS 16
#define ROWS_OF_1 12
#define ROWS 6
#define ROWS_OF_3 4
#endif

#define INLINE static inline __attribute__ ((always_inline))

/* Before a loop of at most @n turns, how many is known when everything around it is inlined:
 * without it, what is indexed by the loop could not lie in registers. */
#if defined(__clang__)
#define UNROLL(n) _Pragma ("clang loop unroll(full)")
#else
#define UNROLL_PRAGMA(text) _Pragma (#text)
#define UNROLL(n) UNROLL_PRAGMA (GCC unroll n)
#endif

typedef float Vector __attribute__ ((vector_size (LANES * sizeof (float)), may_alias));
/* The same anywhere in memory. */
typedef float LooseVector
    __attribute__ ((vector_size (LANES * sizeof (float)), aligned (4), may_alias));
typedef gint32 Integers __attribute__ ((vector_size (LANES * sizeof (gint32)), may_alias));

/* Whether this processor has the instructions. */
static inline gboolean
vector_available (void)
{
#if defined(__AVX512F__)
  return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("fma");
#elif defined(__AVX2__)
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
#else
  return TRUE;
#endif
}

static inline Vector
vector_load (const float *x)
{
  return *(const Vector *)x;
}

static inline void
vector_store (float *x, Vector value)
{
  *(Vector *)x = value;
}

static inline Vector
vector_of (float value)
{
  return value - (Vector){0};
}

/* Lane i is lane @from[i] of @a, then @b, one after the other. Clang has no builtin for lanes that
 * only become constant when loops are unrolled, but knows what this is then. */
INLINE Vector
vector_shuffle (Vector a, Vector b, Integers from)
{
#if defined(__clang__)
  Vector shuffled;
  for (int i = 0; i < LANES; i++)
    shuffled[i] = from[i] < LANES ? a[from[i]] : b[from[i] - LANES];
  return shuffled;
#else
  return __builtin_shuffle (a, b, from);
#endif
}

/* LANES vectors of LANES values: exchanges halves, quarters and so on across the diagonal. */
INLINE void
vector_transpose (Vector *v)
{
#if LANES == 16
  const Integers lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif LANES == 8
  const Integers lane = {0, 1, 2, 3, 4, 5, 6, 7};
#else
  const Integers lane = {0, 1, 2, 3};
#endif
  UNROLL (4)
  for (int s = LANES / 2; s > 0; s /= 2) {
    const Integers low = lane + (((lane & s) != 0) & (LANES - s)), high = low + s;
    UNROLL (16)
    for (int i = 0; i < LANES; i++) {
      if (i & s)
        continue;
      Vector a = v[i], b = v[i + s];
      v[i] = vector_shuffle (a, b, low);
      v[i + s] = vector_shuffle (a, b, high);
    }
  }
}

/* The greater one; b where either is not a number. */
static inline Vector
vector_max (Vector a, Vector b)
{
#if defined(__AVX512F__)
  return _mm512_max_ps (a, b);
#elif defined(__AVX2__)
  return _mm256_max_ps (a, b);
#elif defined(__SSE2__)
  return _mm_max_ps (a, b);
#else
  Integers greater = a > b;
  return (Vector)(((Integers)a & greater) | ((Integers)b & ~greater));
#endif
}
