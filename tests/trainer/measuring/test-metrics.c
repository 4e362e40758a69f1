/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/metrics.h"
#include <math.h>
#include "random.h"
#include "support.h"

/* Six clips of three genres; answers: 0 0 1 | 1 1 | 2. */
static const guint truth[6] = {0, 0, 0, 1, 1, 2};
static const double probabilities[18] = {
    0.8, 0.1, 0.1, 0.5, 0.3, 0.2, 0.2, 0.6, 0.2, 0.3, 0.4, 0.3, 0.1, 0.9, 0.0, 0.2, 0.2, 0.6,
};

START_TEST (precision_recall_and_f1_follow_their_definitions)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  const guint confusion[9] = {2, 1, 0, 0, 2, 0, 0, 0, 1};
  ck_assert_mem_eq (metrics->confusion, confusion, sizeof confusion);
  ck_assert_double_eq_tol (metrics->accuracy, 5.0 / 6, 1e-12);
  ck_assert_double_eq_tol (metrics->genres[0].precision, 1, 1e-12);
  ck_assert_double_eq_tol (metrics->genres[0].recall, 2.0 / 3, 1e-12);
  ck_assert_double_eq_tol (metrics->genres[0].f1, 0.8, 1e-12);
  ck_assert_double_eq_tol (metrics->genres[1].precision, 2.0 / 3, 1e-12);
  ck_assert_double_eq_tol (metrics->genres[1].recall, 1, 1e-12);
  ck_assert_double_eq_tol (metrics->genres[1].f1, 0.8, 1e-12);
  ck_assert_double_eq_tol (metrics->macro.f1, (0.8 + 0.8 + 1) / 3, 1e-12);
  ck_assert_double_eq_tol (metrics->macro.precision, (1 + 2.0 / 3 + 1) / 3, 1e-12);
  ck_assert_uint_eq (metrics->macro.n_clips, 6);
}
END_TEST

START_TEST (auc_counts_pairs_and_halves_ties)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  /* genre 0: 0.8 0.5 0.2 against 0.3 0.1 0.2: 3 + 3 + 1.5 of 9 pairs. */
  ck_assert_double_eq_tol (metrics->genres[0].auc, 7.5 / 9, 1e-12);
  /* genre 2: 0.6 against 0.1 0.2 0.2 0.3 0.0 */
  ck_assert_double_eq_tol (metrics->genres[2].auc, 1, 1e-12);
}
END_TEST

static double
auc_by_pairs (const GenreScores *scores, guint label)
{
  double wins = 0, pairs = 0;
  for (guint i = 0; i < scores->n_clips; i++)
    for (guint j = 0; j < scores->n_clips; j++) {
      if (scores->truth[i] != label || scores->truth[j] == label)
        continue;
      double a = scores->probabilities[3 * i + label], b = scores->probabilities[3 * j + label];
      pairs++;
      wins += a > b ? 1 : a == b ? 0.5 : 0;
    }
  return wins / pairs;
}

START_TEST (auc_is_the_share_of_pairs_in_order)
{
  guint n = 200;
  g_autofree guint *genres = g_new (guint, n);
  g_autofree double *values = g_new (double, 3 * n);
  GenreRandom random = genre_random_keyed (1, (guint64)_i, 0, 0);
  for (guint i = 0; i < n; i++) {
    double sum = 0;
    genres[i] = genre_random_below (&random, 3);
    for (guint j = 0; j < 3; j++) /* coarse, so that there are ties */
      sum += values[3 * i + j] = 1 + genre_random_below (&random, 6) + 3 * (j == genres[i]);
    for (guint j = 0; j < 3; j++)
      values[3 * i + j] /= sum;
  }
  g_autoptr (GenreScores) scores = test_scores (n, genres, values);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  for (guint label = 0; label < 3; label++)
    ck_assert_double_eq_tol (metrics->genres[label].auc, auc_by_pairs (scores, label), 1e-9);
}
END_TEST

START_TEST (equal_scores_have_an_auc_of_a_half)
{
  const guint two[2] = {0, 1};
  const double equal[6] = {0.4, 0.3, 0.3, 0.4, 0.3, 0.3};
  g_autoptr (GenreScores) scores = test_scores (2, two, equal);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert_double_eq_tol (metrics->genres[0].auc, 0.5, 1e-12);
}
END_TEST

START_TEST (an_absent_genre_is_undefined_and_out_of_the_means)
{
  const guint two[3] = {0, 1, 0};
  const double values[9] = {0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.1, 0.1, 0.8};
  g_autoptr (GenreScores) scores = test_scores (3, two, values);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert (isnan (metrics->genres[2].recall));
  ck_assert (isnan (metrics->genres[2].f1));
  ck_assert (isnan (metrics->genres[2].auc));
  ck_assert_double_eq_tol (metrics->macro.recall, 0.75, 1e-12);
  ck_assert_double_eq_tol (metrics->macro.auc, (0.5 + 1) / 2, 1e-12);
  ck_assert_ptr_null (genre_scores_roc (scores, 2));
}
END_TEST

START_TEST (a_genre_never_answered_has_precision_zero)
{
  const guint two[2] = {0, 1};
  const double values[6] = {0.8, 0.1, 0.1, 0.7, 0.2, 0.1};
  g_autoptr (GenreScores) scores = test_scores (2, two, values);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert_double_eq (metrics->genres[1].precision, 0);
  ck_assert_double_eq (metrics->genres[1].f1, 0);
}
END_TEST

START_TEST (calibration_error_is_the_weighted_gap)
{
  /* Bins of 1/15: (11/15, 12/15] holds 0.75 twice, (8/15, 9/15] holds 0.6 once. */
  const guint three[3] = {0, 0, 0};
  const double values[9] = {0.75, 0.15, 0.1, 0.15, 0.75, 0.1, 0.6, 0.3, 0.1};
  g_autoptr (GenreScores) scores = test_scores (3, three, values);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert_uint_eq (metrics->bins[11].n_clips, 2);
  ck_assert_uint_eq (metrics->bins[8].n_clips, 1);
  ck_assert_double_eq_tol (metrics->bins[11].accuracy, 0.5, 1e-12);
  ck_assert_double_eq_tol (metrics->calibration_error, 2.0 / 3 * 0.25 + 1.0 / 3 * 0.4, 1e-12);
  ck_assert_double_eq_tol (metrics->log_loss, -(log (0.75) + log (0.15) + log (0.6)) / 3, 1e-12);
}
END_TEST

/* 0.3 and 0.1 + 0.2 are one probability; what differs by more than rounding is two. */
START_TEST (what_rounding_makes_of_equal_scores_is_a_tie)
{
  const guint truths[] = {0, 1, 0, 1};
  const double values[] = {0.1 + 0.2,        0.4, 0.3, 0.3, 0.1 + 0.2, 0.4, 0.3, 0.4, 0.3,
                           0.3 * (1 + 1e-9), 0.4, 0.3};
  g_autoptr (GenreScores) tied = test_scores (3, truths, values);
  g_autoptr (GArray) slope = genre_scores_roc (tied, 0);
  g_autoptr (GenreScores) apart = test_scores (4, truths, values);
  g_autoptr (GArray) curve = genre_scores_roc (apart, 0);
  ck_assert_double_ne (values[0], values[3]);
  ck_assert_uint_eq (slope->len, 2);
  ck_assert_double_eq (genre_roc_area (slope), 0.5);
  ck_assert_uint_eq (curve->len, 3);
}
END_TEST

START_TEST (of_equal_scores_the_first_is_the_answer)
{
  const guint truths[] = {1, 1};
  const double values[] = {0.3, 0.1 + 0.2, 0.1, 0.3, 0.3 * (1 + 1e-9), 0.1};
  g_autoptr (GenreScores) scores = test_scores (2, truths, values);
  ck_assert_double_gt (values[1], values[0]);
  ck_assert_uint_eq (genre_scores_answer (scores, 0), 0);
  ck_assert_uint_eq (genre_scores_answer (scores, 1), 1);
}
END_TEST

START_TEST (coverage_falls_and_counts_only_who_answers)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert_double_eq_tol (metrics->coverage[0].coverage, 1, 1e-12);
  ck_assert_double_eq_tol (metrics->coverage[0].accuracy, 5.0 / 6, 1e-12);
  ck_assert_double_eq_tol (metrics->coverage[55].coverage, 4.0 / 6, 1e-12); /* .8 .6 .9 .6 */
  ck_assert_double_eq_tol (metrics->coverage[55].accuracy, 3.0 / 4, 1e-12);
  ck_assert_double_eq (metrics->coverage[100].coverage, 0);
  ck_assert (isnan (metrics->coverage[100].accuracy));
  for (guint i = 1; i < GENRE_METRICS_THRESHOLDS; i++)
    ck_assert_double_le (metrics->coverage[i].coverage, metrics->coverage[i - 1].coverage);
}
END_TEST

START_TEST (the_interval_of_accuracy_is_wilsons)
{
  /* 8 of 10: 0.4902 to 0.9433 (Wilson 1927, as tabulated by R's prop.test without correction) */
  guint ten[10] = {0};
  double values[30];
  for (guint i = 0; i < 10; i++) {
    values[3 * i] = i < 8 ? 0.9 : 0.05;
    values[3 * i + 1] = i < 8 ? 0.05 : 0.9;
    values[3 * i + 2] = 0.05;
  }
  g_autoptr (GenreScores) scores = test_scores (10, ten, values);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  ck_assert_double_eq_tol (metrics->accuracy_low, 0.4902, 1e-4);
  ck_assert_double_eq_tol (metrics->accuracy_high, 0.9433, 1e-4);
}
END_TEST

START_TEST (roc_runs_from_corner_to_corner)
{
  g_autoptr (GenreScores) scores = test_scores (6, truth, probabilities);
  g_autoptr (GArray) curve = genre_scores_roc (scores, 0);
  GenreRocPoint first = g_array_index (curve, GenreRocPoint, 0);
  GenreRocPoint last = g_array_index (curve, GenreRocPoint, curve->len - 1);
  ck_assert_uint_eq (curve->len, 6); /* five distinct probabilities and the origin */
  ck_assert_double_eq (first.false_positive_rate + first.true_positive_rate, 0);
  ck_assert_double_eq (last.false_positive_rate + last.true_positive_rate, 2);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("metrics");
  tcase_add_test (tests, precision_recall_and_f1_follow_their_definitions);
  tcase_add_test (tests, auc_counts_pairs_and_halves_ties);
  tcase_add_loop_test (tests, auc_is_the_share_of_pairs_in_order, 0, 5);
  tcase_add_test (tests, equal_scores_have_an_auc_of_a_half);
  tcase_add_test (tests, what_rounding_makes_of_equal_scores_is_a_tie);
  tcase_add_test (tests, of_equal_scores_the_first_is_the_answer);
  tcase_add_test (tests, an_absent_genre_is_undefined_and_out_of_the_means);
  tcase_add_test (tests, a_genre_never_answered_has_precision_zero);
  tcase_add_test (tests, calibration_error_is_the_weighted_gap);
  tcase_add_test (tests, coverage_falls_and_counts_only_who_answers);
  tcase_add_test (tests, the_interval_of_accuracy_is_wilsons);
  tcase_add_test (tests, roc_runs_from_corner_to_corner);
  return test_run ("metrics", tests);
}
