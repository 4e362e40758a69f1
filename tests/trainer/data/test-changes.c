/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/changes.h"
#include <math.h>
#include "support.h"

#define FRAMES 6
#define BANDS 4

static void
fill (float *decibels, float value)
{
  for (guint i = 0; i < FRAMES * BANDS; i++)
    decibels[i] = value;
}

/* One loud frame, -10 dB among -40: what is over -16 falls by three quarters and comes back slowly;
 * other bands stay. */
START_TEST (a_limiter_falls_at_once_and_comes_back_slowly)
{
  float d[FRAMES * BANDS];
  fill (d, -40);
  for (guint f = 0; f < BANDS; f++)
    d[2 * BANDS + f] = -10;
  genre_change_limit (d, FRAMES, BANDS, 1, 3, 6, 4, 2, 0);
  ck_assert_float_eq_tol (d[1 * BANDS + 1], -40, 1e-3);
  ck_assert_float_eq_tol (d[2 * BANDS + 1], -14.5, 1e-3);
  ck_assert_float_eq_tol (d[2 * BANDS + 2], -14.5, 1e-3);
  ck_assert_float_eq_tol (d[3 * BANDS + 1], -42.5, 1e-3);
  ck_assert_float_eq_tol (d[4 * BANDS + 1], -40.5, 1e-3);
  ck_assert_float_eq_tol (d[5 * BANDS + 1], -40, 1e-3);
  ck_assert_float_eq_tol (d[2 * BANDS + 0], -10, 1e-3);
  ck_assert_float_eq_tol (d[2 * BANDS + 3], -10, 1e-3);
}
END_TEST

START_TEST (what_was_taken_is_made_up_for)
{
  float d[FRAMES * BANDS];
  fill (d, -20);
  genre_change_limit (d, FRAMES, BANDS, 0, BANDS, 10, 2, 1, 1);
  for (guint i = 0; i < FRAMES * BANDS; i++) /* all is 10 dB over: taken 5, given 5 */
    ck_assert_float_eq_tol (d[i], -20, 1e-3);
  genre_change_limit (d, FRAMES, BANDS, 0, BANDS, 10, 2, 1, 0);
  ck_assert_float_eq_tol (d[0], -25, 1e-3);
}
END_TEST

/* Bands 1 and 2, -20 dB each, are -17 together: 10 dB over the pivot, of which two thirds go. Frame
 * 3 is 30 under it: 20 would be given, but 12 is the most. */
START_TEST (a_compressor_draws_levels_together)
{
  float d[FRAMES * BANDS], both = 10 * log10f (2);
  fill (d, -20);
  for (guint f = 0; f < BANDS; f++)
    d[3 * BANDS + f] = -60;
  ck_assert_float_eq_tol (genre_change_highest_level (d, FRAMES, BANDS), -20 + 2 * both, 1e-3);
  genre_change_compress (d, FRAMES, BANDS, 1, 3, -20 + both - 10, 3, 12);
  ck_assert_float_eq_tol (d[1], -20 - 20.0f / 3, 1e-3);
  ck_assert_float_eq_tol (d[2], -20 - 20.0f / 3, 1e-3);
  ck_assert_float_eq_tol (d[3 * BANDS + 1], -48, 1e-3);
  ck_assert_float_eq_tol (d[0], -20, 1e-3);
  ck_assert_float_eq_tol (d[3 * BANDS + 3], -60, 1e-3);
}
END_TEST

START_TEST (a_fade_is_a_line)
{
  float d[FRAMES * BANDS];
  fill (d, -20);
  genre_change_fade (d, FRAMES, BANDS, 0, -10);
  for (guint t = 0; t < FRAMES; t++) {
    for (guint f = 0; f < BANDS; f++)
      ck_assert_float_eq_tol (d[t * BANDS + f], -20 - 2.0f * t, 1e-4);
  }
  genre_change_fade (d, 1, BANDS, -3, -10); /* one frame is the first */
  ck_assert_float_eq_tol (d[0], -23, 1e-4);
}
END_TEST

START_TEST (powers_add)
{
  float d[FRAMES * BANDS], other[FRAMES * BANDS];
  fill (d, -30);
  fill (other, -36);
  genre_change_mix (d, other, FRAMES * BANDS, 6);
  ck_assert_float_eq_tol (d[5], -30 + 10 * log10f (2), 1e-3);
  ck_assert_float_eq_tol (genre_change_level (d, FRAMES * BANDS), d[5], 1e-3);
  d[0] = 0; /* one of 24 that is loud: the mean of powers */
  float expected = 10 * log10f ((1 + 23 * powf (10, d[5] / 10)) / 24);
  ck_assert_float_eq_tol (genre_change_level (d, FRAMES * BANDS), expected, 1e-3);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("changes");
  tcase_add_test (tests, a_limiter_falls_at_once_and_comes_back_slowly);
  tcase_add_test (tests, what_was_taken_is_made_up_for);
  tcase_add_test (tests, a_compressor_draws_levels_together);
  tcase_add_test (tests, a_fade_is_a_line);
  tcase_add_test (tests, powers_add);
  return test_run ("changes", tests);
}
