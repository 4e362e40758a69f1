/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/segmentscores.h"
#include <math.h>
#include "support.h"

/* Clips of three labels, whose segments say these probabilities by the temperature @temperature. */
static GenreSegmentScores *
segments_of (guint n_clips, const guint *truth, const double (*segments)[2][3], double temperature)
{
  GenreSegmentScores *scores = genre_segment_scores_new (3, 3);
  for (guint clip = 0; clip < n_clips; clip++) {
    g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
    for (guint i = 0; i < 6; i++) {
      float value = (float)(temperature * log (segments[clip][i / 3][i % 3]));
      g_array_append_val (values, value);
    }
    genre_segment_scores_add (scores, truth[clip], values);
  }
  return scores;
}

/* aggregation.h by hand. */
START_TEST (a_clip_is_what_its_segments_say_together)
{
  const double segments[1][2][3] = {{{0.6, 0.3, 0.1}, {0.2, 0.1, 0.7}}};
  const guint truth[] = {2};
  double roots[3], total = 0, loss, accuracy;
  for (guint l = 0; l < 3; l++) {
    roots[l] = (sqrt (segments[0][0][l]) + sqrt (segments[0][1][l])) / 2;
    total += roots[l] * roots[l];
  }
  double expected = -log (roots[2] * roots[2] / total), arithmetic = -log (0.4);
  ck_assert_double_gt (fabs (expected - arithmetic), 1e-3); /* or the test could not tell */
  for (guint i = 0; i < 2; i++) {
    double temperature = i ? 2.5 : 1;
    g_autoptr (GenreSegmentScores) scores = segments_of (1, truth, segments, temperature);
    genre_segment_scores_measure (scores, temperature, &loss, &accuracy);
    ck_assert_double_eq_tol (loss, expected, 1e-6);
    ck_assert_double_eq (accuracy, 0);
  }
}
END_TEST

/* Three segments say the same of each label, in another order, which sums round differently. */
START_TEST (of_equal_labels_the_first_is_the_answer)
{
  g_autoptr (GenreSegmentScores) scores = genre_segment_scores_new (3, 3);
  double p[3], loss, accuracy;
  guint n_rounded = 0;
  for (guint clip = 0; clip < 30; clip++) {
    g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
    const float said[] = {0.1f * (float)clip, -0.3f, 1.7f};
    for (guint i = 0; i < 9; i++)
      g_array_append_val (values, said[(i / 3 + i) % 3]);
    genre_segment_scores_add (scores, 0, values);
    ck_assert (genre_segment_scores_answer (scores, clip, 1, p, NULL));
    n_rounded += p[1] > p[0] || p[2] > p[0];
  }
  ck_assert_uint_gt (n_rounded, 0); /* or the test could not tell */
  genre_segment_scores_measure (scores, 1, &loss, &accuracy);
  ck_assert_double_eq (accuracy, 1);
}
END_TEST

/* Scores beyond all numbers are no answer, which is as bad as a wrong one that is sure. */
START_TEST (what_is_not_heard_is_not_left_out)
{
  g_autoptr (GenreSegmentScores) scores = genre_segment_scores_new (3, 3);
  const float said[2][3] = {{20, 0, 0}, {INFINITY, INFINITY, -INFINITY}};
  double loss, accuracy;
  for (guint clip = 0; clip < 2; clip++) {
    g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
    g_array_append_vals (values, said[clip], 3);
    genre_segment_scores_add (scores, clip, values);
  }
  genre_segment_scores_measure (scores, 1, &loss, &accuracy);
  ck_assert_double_gt (loss, 10);
  ck_assert_double_eq (accuracy, 0.5);
}
END_TEST

/* Sure of 0.8 and right in four of five: honest as they are. */
START_TEST (the_temperature_makes_them_honest)
{
  const double segments[5][2][3] = {{{0.8, 0.1, 0.1}, {0.8, 0.1, 0.1}},
                                    {{0.8, 0.1, 0.1}, {0.8, 0.1, 0.1}},
                                    {{0.1, 0.8, 0.1}, {0.1, 0.8, 0.1}},
                                    {{0.1, 0.1, 0.8}, {0.1, 0.1, 0.8}},
                                    {{0.1, 0.1, 0.8}, {0.1, 0.1, 0.8}}};
  const guint truth[] = {0, 0, 1, 2, 0};
  const double temperatures[] = {0.3, 1, 4};
  for (guint i = 0; i < G_N_ELEMENTS (temperatures); i++) {
    double loss, accuracy;
    g_autoptr (GenreSegmentScores) scores = segments_of (5, truth, segments, temperatures[i]);
    double fitted = genre_segment_scores_calibrate (scores, NULL);
    ck_assert_double_eq_tol (fitted / temperatures[i], 1, 0.01);
    genre_segment_scores_measure (scores, fitted, &loss, &accuracy);
    ck_assert_double_eq_tol (accuracy, 0.8, 1e-12);
    ck_assert_double_eq_tol (loss, -(4 * log (0.8) + log (0.1)) / 5, 1e-4);
  }
}
END_TEST

/* What background is like does not make answers about genres surer, or less sure. */
START_TEST (background_has_no_say_in_the_temperature)
{
  const double segments[7][2][3] = {
      {{0.72, 0.18, 0.1}, {0.72, 0.18, 0.1}}, {{0.72, 0.18, 0.1}, {0.72, 0.18, 0.1}},
      {{0.18, 0.72, 0.1}, {0.18, 0.72, 0.1}}, {{0.18, 0.72, 0.1}, {0.18, 0.72, 0.1}},
      {{0.18, 0.72, 0.1}, {0.18, 0.72, 0.1}}, {{0.1, 0.8, 0.1}, {0.1, 0.8, 0.1}},
      {{0.8, 0.1, 0.1}, {0.8, 0.1, 0.1}}};
  const guint truth[] = {0, 0, 1, 1, 0, 2, 3}; /* the last two: background, other music */
  g_autoptr (GenreSegmentScores) scores = segments_of (7, truth, segments, 1.7);
  scores->n_genres = 2;
  ck_assert_double_eq_tol (genre_segment_scores_calibrate (scores, NULL) / 1.7, 1, 0.01);
}
END_TEST

/* Nothing to choose: of what says nothing, and of what is right for sure. */
START_TEST (where_nothing_depends_on_it_the_temperature_is_1)
{
  static const double least = 1e-12;
  const double equal[3][2][3] = {{{0.3, 0.3, 0.3}, {0.3, 0.3, 0.3}},
                                 {{0.3, 0.3, 0.3}, {0.3, 0.3, 0.3}},
                                 {{0.3, 0.3, 0.3}, {0.3, 0.3, 0.3}}};
  const double sure[3][2][3] = {{{1, least, least}, {1, least, least}},
                                {{least, 1, least}, {least, 1, least}},
                                {{least, least, 1}, {least, least, 1}}};
  const guint truth[] = {0, 1, 2};
  g_autoptr (GenreSegmentScores) of_equal = segments_of (3, truth, equal, 1);
  g_autoptr (GenreSegmentScores) of_sure = segments_of (3, truth, sure, 1);
  ck_assert_double_eq (genre_segment_scores_calibrate (of_equal, NULL), 1);
  ck_assert_double_eq (genre_segment_scores_calibrate (of_sure, NULL), 1);
}
END_TEST

/* Right, but not sure of it; worse than chance; ordinary. */
START_TEST (a_temperature_at_the_limit_is_called_so)
{
  const double right[2][2][3] = {{{0.6, 0.2, 0.2}, {0.6, 0.2, 0.2}},
                                 {{0.2, 0.6, 0.2}, {0.2, 0.6, 0.2}}};
  const double ordinary[3][2][3] = {{{0.6, 0.2, 0.2}, {0.6, 0.2, 0.2}},
                                    {{0.2, 0.6, 0.2}, {0.2, 0.6, 0.2}},
                                    {{0.2, 0.2, 0.6}, {0.2, 0.2, 0.6}}};
  const guint truth[] = {0, 1, 0}, swapped[] = {1, 0};
  g_autoptr (GenreSegmentScores) good = segments_of (2, truth, right, 0.5);
  g_autoptr (GenreSegmentScores) bad = segments_of (2, swapped, right, 1);
  g_autoptr (GenreSegmentScores) mixed = segments_of (3, truth, ordinary, 1);
  double low = genre_segment_scores_calibrate (good, NULL);
  double high = genre_segment_scores_calibrate (bad, NULL);
  double between = genre_segment_scores_calibrate (mixed, NULL);
  ck_assert_double_eq_tol (low, 0.1, 1e-3);
  ck_assert_double_eq_tol (high, 10, 1e-2);
  ck_assert_str_eq (genre_temperature_remark (low), ", at the limit of what is tried");
  ck_assert_str_eq (genre_temperature_remark (high), ", at the limit of what is tried");
  ck_assert_str_eq (genre_temperature_remark (between), "");
  ck_assert_str_eq (genre_temperature_remark (1), "");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("segmentscores");
  tcase_add_test (tests, a_clip_is_what_its_segments_say_together);
  tcase_add_test (tests, of_equal_labels_the_first_is_the_answer);
  tcase_add_test (tests, what_is_not_heard_is_not_left_out);
  tcase_add_test (tests, the_temperature_makes_them_honest);
  tcase_add_test (tests, where_nothing_depends_on_it_the_temperature_is_1);
  tcase_add_test (tests, a_temperature_at_the_limit_is_called_so);
  tcase_add_test (tests, background_has_no_say_in_the_temperature);
  return test_run ("segmentscores", tests);
}
