/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <float.h>
#include "kernel.h"

#define PAIRS GENRE_HALVING_PAIRS
/* Of outputs in two sums, of samples before the middle and behind it: as many as registers hold. */
#if REGISTERS == 32
#define VECTORS 8
#else
#define VECTORS 4
#endif
G_STATIC_ASSERT (VECTORS *LANES <= GENRE_HALVING_MOST);

#if FLT_EVAL_METHOD == 0
static inline Vector
load (const float *x)
{
  return (Vector) * (const LooseVector *)x;
}

/* Every LANES-th pair in turn, so that of the samples that one pair takes the next finds all but
 * one vector at each end in a register: samples that begin anywhere are slow to load. Each turn has
 * sums of its own, which need not wait for those of the last. @pairs: PAIRS, which the compiler had
 * better know where registers are few: then none is moved, and had better not where they are many:
 * the loop is short enough as it is. */
INLINE void
halve_block (const float *even, const float *odd, const float *taps, const gsize pairs, float *out)
{
  Vector sums[VECTORS];
  UNROLL (8)
  for (gsize l = 0; l < VECTORS; l++)
    sums[l] = taps[0] * load (even + pairs + l * LANES);
  for (gsize first = 0; first < MIN (LANES, pairs); first++) {
    const float *begin = odd + first, *end = odd + 2 * pairs - 1 - first;
    Vector front[VECTORS], back[VECTORS], part[VECTORS];
    UNROLL (8)
    for (gsize l = 0; l < VECTORS; l++) {
      front[l] = load (begin + l * LANES);
      back[l] = load (end + l * LANES);
      part[l] = taps[1 + first] * (front[l] + back[l]);
    }
    for (gsize i = first + LANES; i < pairs; i += LANES) {
      begin += LANES;
      end -= LANES;
      UNROLL (8)
      for (gsize l = 0; l + 1 < VECTORS; l++) {
        front[l] = front[l + 1];
        back[VECTORS - 1 - l] = back[VECTORS - 2 - l];
      }
      front[VECTORS - 1] = load (begin + (VECTORS - 1) * LANES);
      back[0] = load (end);
      UNROLL (8)
      for (gsize l = 0; l < VECTORS; l++)
        part[l] += taps[1 + i] * (front[l] + back[l]);
    }
    UNROLL (8)
    for (gsize l = 0; l < VECTORS; l++)
      sums[l] += part[l];
  }
  UNROLL (8)
  for (gsize l = 0; l < VECTORS; l++)
    *(LooseVector *)(out + l * LANES) = sums[l];
}

static void
halve (const float *even, const float *odd, const float *taps, gsize n_out, float *out)
{
#if REGISTERS == 32
  gsize pairs = PAIRS;
  __asm__("" : "+r"(pairs));
#else
  const gsize pairs = PAIRS;
#endif
  for (gsize done = 0; done < n_out; done += VECTORS * LANES)
    halve_block (even + done, odd + done, taps, pairs, out + done);
}

#else
/* Where sums are wider than a float, as on i386, which of a block's are rounded on the way is the
 * compiler's choice; one by one all are computed alike, in whatever pieces samples come. */
static void
halve (const float *even, const float *odd, const float *taps, gsize n_out, float *out)
{
  for (gsize i = 0; i < n_out; i++) {
    double sum = taps[0] * even[i + PAIRS];
    for (gsize k = 0; k < PAIRS; k++)
      sum += taps[1 + k] * (odd[i + k] + odd[i + 2 * PAIRS - 1 - k]);
    out[i] = (float)sum;
  }
}
#endif

GENRE_KERNEL_TABLE (GenreHalvingKernels, halving) = {halve};
