/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aggregation.h"
#include <math.h>
#include "test.h"

START_TEST (nothing_heard_is_uniform)
{
  double p[4] = {9, 9, 9, 9};
  g_auto (GenreAggregation) nothing;
  genre_aggregation_init (&nothing, 4, 4);
  ck_assert_double_eq (genre_aggregation_finish (&nothing, p), 1);
  for (guint i = 0; i < 4; i++)
    ck_assert_double_eq (p[i], 0.25);
}
END_TEST

START_TEST (one_segment_is_its_own_answer)
{
  const double segment[3] = {0.64, 0.36, 0};
  double p[3];
  g_auto (GenreAggregation) one;
  genre_aggregation_init (&one, 3, 3);
  genre_aggregation_add (&one, segment);
  genre_aggregation_finish (&one, p);
  for (guint i = 0; i < 3; i++)
    ck_assert_double_eq_tol (p[i], segment[i], 1e-12);
}
END_TEST

/* By hand: mean roots 0.7, 0.45 and 0.4; squares 0.49, 0.2025 and 0.16, sum 0.8525. */
START_TEST (squares_of_mean_roots_are_scaled_to_one)
{
  const double segments[2][3] = {{0.64, 0.36, 0}, {0.36, 0.09, 0.64}};
  const double expected[3] = {0.49 / 0.8525, 0.2025 / 0.8525, 0.16 / 0.8525};
  double p[3];
  g_auto (GenreAggregation) both;
  genre_aggregation_init (&both, 3, 3);
  for (guint k = 0; k < 2; k++)
    genre_aggregation_add (&both, segments[k]);
  genre_aggregation_finish (&both, p);
  for (guint i = 0; i < 3; i++)
    ck_assert_double_eq_tol (p[i], expected[i], 1e-12);
}
END_TEST

/* What segments agree on counts more than in their arithmetic mean, and none rules a genre out. */
START_TEST (agreement_counts_and_nothing_is_ruled_out)
{
  const double segments[2][3] = {{0.5, 0.5, 0}, {0.5, 0, 0.5}};
  double p[3];
  g_auto (GenreAggregation) both;
  genre_aggregation_init (&both, 3, 3);
  for (guint k = 0; k < 2; k++)
    genre_aggregation_add (&both, segments[k]);
  genre_aggregation_finish (&both, p);
  ck_assert_double_gt (p[0], 0.5 + 0.1);
  ck_assert_double_gt (p[1], 0.1);
  ck_assert_double_eq (p[1], p[2]);
}
END_TEST

/* Two genres and a background. */
START_TEST (what_is_no_music_counts_no_more_than_silence)
{
  const double music[3] = {0.6, 0.2, 0.2}, talk[3] = {0.01, 0.09, 0.9};
  double p[2], alone[2];
  g_auto (GenreAggregation) all;
  genre_aggregation_init (&all, 3, 2);
  ck_assert_double_eq (genre_aggregation_finish (&all, p), 0);
  ck_assert_double_eq (p[0], 0.5);
  genre_aggregation_add (&all, music);
  ck_assert_double_eq_tol (genre_aggregation_finish (&all, alone), 0.8, 1e-12);
  ck_assert_double_eq_tol (alone[0], 0.75, 1e-12); /* given that it is music */
  genre_aggregation_add (&all, talk);
  ck_assert_double_eq_tol (genre_aggregation_finish (&all, p), (0.8 + 0.1) / 2, 1e-12);
  ck_assert_double_eq (p[0], alone[0]);
  ck_assert_double_eq_tol (genre_aggregation_get_familiarity (&all), 0.8, 1e-12);
  genre_aggregation_reset (&all);
  genre_aggregation_add (&all, talk); /* nothing else to go by */
  ck_assert_double_eq_tol (genre_aggregation_finish (&all, p), 0.1, 1e-12);
  ck_assert_double_eq_tol (p[1], 0.9, 1e-12);
  ck_assert_double_eq (genre_aggregation_get_familiarity (&all), 0);
}
END_TEST

/* One object aggregates window after window: what was left would add up. */
START_TEST (reset_leaves_nothing)
{
  const double music[3] = {0.6, 0.2, 0.2}, talk[3] = {0.01, 0.09, 0.9},
               other[3] = {0.09, 0.01, 0.9};
  double p[2];
  g_auto (GenreAggregation) all;
  genre_aggregation_init (&all, 3, 2);
  genre_aggregation_add (&all, music);
  genre_aggregation_add (&all, other);
  genre_aggregation_reset (&all);
  genre_aggregation_add (&all, talk);
  ck_assert_double_eq_tol (genre_aggregation_finish (&all, p), 0.1, 1e-12);
  ck_assert_double_eq_tol (p[1], 0.9, 1e-12);
  genre_aggregation_add (&all, music);
  genre_aggregation_finish (&all, p);
  ck_assert_double_eq_tol (p[0], 0.75, 1e-12);
  ck_assert_double_eq_tol (genre_aggregation_get_familiarity (&all), 0.8, 1e-12);
}
END_TEST

/* As softmax has it where scores are far apart: shares of that zero would be no numbers. */
START_TEST (no_music_at_all_prefers_no_genre)
{
  const double noise[3] = {0, 0, 1};
  double p[2];
  g_auto (GenreAggregation) all;
  genre_aggregation_init (&all, 3, 2);
  genre_aggregation_add (&all, noise);
  ck_assert_double_eq (genre_aggregation_finish (&all, p), 0);
  ck_assert_double_eq (p[0], 0.5);
  ck_assert_double_eq (p[1], 0.5);
}
END_TEST

START_TEST (scores_give_all_labels)
{
  const float scores[2][3] = {{2, 1, 0}, {NAN, NAN, NAN}};
  double p[3], familiarity, sum = exp (2) + exp (1) + 1;
  ck_assert_uint_eq (genre_aggregation_of_scores (scores[0], 2, 3, 2, 1, p, &familiarity), 1);
  for (guint i = 0; i < 3; i++)
    ck_assert_double_eq_tol (p[i], exp (2.0 - i) / sum, 1e-9);
  ck_assert_uint_eq (genre_aggregation_of_scores (scores[1], 1, 3, 2, 1, p, NULL), 0);
  ck_assert_double_eq_tol (p[0] + p[1] + p[2], 1, 1e-12);
  ck_assert_double_eq_tol (familiarity, 1 - exp (0) / sum, 1e-6);
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
  tcase_add_test (tests, what_is_no_music_counts_no_more_than_silence);
  tcase_add_test (tests, reset_leaves_nothing);
  tcase_add_test (tests, no_music_at_all_prefers_no_genre);
  tcase_add_test (tests, scores_give_all_labels);
  return test_run ("aggregation", tests);
}
