/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The halving filter of every instruction set that this processor has, against its formula. */
#include "test.h"
#include "kernels/kernels.h"
#include "random.h"

#define P GENRE_HALVING_PAIRS
#define N 300 /* outputs, at most: no whole number of blocks */
#define BLOCKS ((N + GENRE_HALVING_MOST - 1) / GENRE_HALVING_MOST * GENRE_HALVING_MOST)
#define MARK 12345.0f

START_TEST (kernels_agree_with_the_formula)
{
  static const gsize lengths[] = {0, 1, 31, 32, 128, N};
  static float even[1 + BLOCKS + P], odd[1 + BLOCKS + 2 * P];
  static float taps[1 + P], out[N + GENRE_HALVING_MOST + 2];
  GenreRandom random = genre_random_keyed (1, 0, 0, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (even); i++)
    even[i] = genre_random_normal (&random);
  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++)
    odd[i] = genre_random_normal (&random);
  for (gsize k = 0; k <= P; k++)
    taps[k] = genre_random_normal (&random);
  for (guint k = 0; genre_kernels[k]; k++) {
    const gsize n = lengths[_i];
    if (!genre_kernels[k]->available ())
      continue;
    for (gsize i = 0; i < G_N_ELEMENTS (out); i++)
      out[i] = MARK;
    /* from a place that is aligned to nothing */
    genre_kernels[k]->halving->halve (even + 1, odd + 1, taps, n, out + 1);
    ck_assert_float_eq (out[0], MARK);
    ck_assert_float_eq (
        out[1 + (n + GENRE_HALVING_MOST - 1) / GENRE_HALVING_MOST * GENRE_HALVING_MOST], MARK);
    for (gsize i = 0; i < n; i++) {
      double sum = (double)taps[0] * even[1 + i + P];
      for (gsize j = 0; j < P; j++)
        sum += taps[1 + j] * ((double)odd[1 + i + j] + odd[1 + i + 2 * P - 1 - j]);
      ck_assert_float_eq_tol (out[1 + i], sum, 1e-4);
    }
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("all");
  tcase_add_loop_test (tests, kernels_agree_with_the_formula, 0, 6);
  return test_run ("halving", tests);
}
