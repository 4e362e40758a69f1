/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter that halves a sample rate, for resampler.h. halving_kernel.c does it.
 *
 * It is a half-band filter: at every even distance from the middle a tap is zero. What is left are
 * the middle tap, of an even sample, and GENRE_HALVING_PAIRS pairs of equal ones, of odd samples
 * that lie as far before the middle as behind it. So even and odd samples lie in planes:
 *
 *   out[i] = taps[0] · even[i + P] + Σ_k taps[1 + k] · (odd[i + k] + odd[i + 2 P − 1 − k]),
 *   P = GENRE_HALVING_PAIRS */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define GENRE_HALVING_PAIRS 50
#define GENRE_HALVING_MOST 128 /* outputs that are computed at once, at most */

typedef struct {
  /* @n_out outputs, and some that mean nothing, to the end of a block of GENRE_HALVING_MOST: @out
   * is written, and @even and @odd are read, GENRE_HALVING_PAIRS and twice as many floats further,
   * to there. Nothing needs to be aligned. */
  void (*halve) (const float *even, const float *odd, const float *taps, gsize n_out, float *out);
} GenreHalvingKernels;

G_END_DECLS
