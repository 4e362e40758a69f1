/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aggregation.h"
#include "test.h"

START_TEST (nothing_heard_is_uniform)
{
  double sum[4] = {0}, p[4] = {9, 9, 9, 9};
  genre_aggregation_finish (sum, 0, 4, p);
  for (guint i = 0; i < 4; i++)
    ck_assert_double_eq (p[i], 0.25);
}
END_TEST

START_TEST (one_segment_is_its_own_answer)
{
  const double segment[3] = {0.64, 0.36, 0};
  double sum[3] = {0}, p[3];
  genre_aggregation_add (segment, 3, sum);
  genre_aggregation_finish (sum, 1, 3, p);
  for (guint i = 0; i < 3; i++)
    ck_assert_double_eq_tol (p[i], segment[i], 1e-12);
}
END_TEST

/* By hand: mean roots 0.7, 0.45 and 0.4; squares 0.49, 0.2025 and 0.16, sum 0.8525. */
START_TEST (squares_of_mean_roots_are_scaled_to_one)
{
  const double segments[2][3] = {{0.64, 0.36, 0}, {0.36, 0.09, 0.64}};
  const double expected[3] = {0.49 / 0.8525, 0.2025 / 0.8525, 0.16 / 0.8525};
  double sum[3] = {0};
  for (guint k = 0; k < 2; k++)
    genre_aggregation_add (segments[k], 3, sum);
  genre_aggregation_finish (sum, 2, 3, sum); /* the same array */
  for (guint i = 0; i < 3; i++)
    ck_assert_double_eq_tol (sum[i], expected[i], 1e-12);
}
END_TEST

/* What segments agree on counts more than in their arithmetic mean, and none rules a genre out. */
START_TEST (agreement_counts_and_nothing_is_ruled_out)
{
  const double segments[2][3] = {{0.5, 0.5, 0}, {0.5, 0, 0.5}};
  double sum[3] = {0}, p[3];
  for (guint k = 0; k < 2; k++)
    genre_aggregation_add (segments[k], 3, sum);
  genre_aggregation_finish (sum, 2, 3, p);
  ck_assert_double_gt (p[0], 0.5 + 0.1);
  ck_assert_double_gt (p[1], 0.1);
  ck_assert_double_eq (p[1], p[2]);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("aggregation");
  tcase_add_test (tests, nothing_heard_is_uniform);
  tcase_add_test (tests, one_segment_is_its_own_answer);
  tcase_add_test (tests, squares_of_mean_roots_are_scaled_to_one);
  tcase_add_test (tests, agreement_counts_and_nothing_is_ruled_out);
  return test_run ("aggregation", tests);
}
