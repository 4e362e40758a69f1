/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/detection.h"
#include <math.h>
#include "measuring/metrics.h"
#include "support.h"

/* Labels one and two are genres, three is background. */
static GenreScores *
make_scores (const guint *truth, const double *probabilities, guint n)
{
  GenreScores *scores = test_scores (n, truth, probabilities);
  scores->n_background = 1;
  for (guint i = 0; i < n; i++)
    scores->familiarity[i] = genre_scores_get_music (scores, i);
  return scores;
}

/* By hand: music is sure at 0.9, 0.8, 0.4, the rest at 0.6, 0.2; pairs in order 5 of 6. */
START_TEST (shares_and_area_are_those_counted_by_hand)
{
  const guint truth[] = {0, 1, 0, 2, 2};
  const double p[] = {0.8, 0.1, 0.1, 0.3, 0.5, 0.2, 0.3, 0.1, 0.6, 0.5, 0.1, 0.4, 0.1, 0.1, 0.8};
  g_autoptr (GenreScores) scores = make_scores (truth, p, 5);
  GenreDetection d;
  ck_assert (genre_detection_measure (scores, (GenreThresholds){0, 0}, &d));
  ck_assert_uint_eq (d.n_music, 3);
  ck_assert_uint_eq (d.n_background, 2);
  ck_assert_double_eq_tol (d.roc_area, 5.0 / 6, 1e-12);
  ck_assert_double_eq_tol (d.named, 0.5, 1e-12);
  ck_assert_double_eq_tol (d.lost, 1.0 / 3, 1e-12);
  ck_assert_double_eq_tol (d.equal_error_rate, (1.0 / 3 + 0.5) / 2, 1e-12);
  guint n_clips;
  ck_assert_uint_eq (genre_detection_count_named (scores, 2, (GenreThresholds){0, 0}, &n_clips), 1);
  ck_assert_uint_eq (n_clips, 2);
  ck_assert_uint_eq (genre_detection_count_named (scores, 2, (GenreThresholds){0.84, 0}, &n_clips),
                     0);
  /* the one that is named is so with confidence 0.5 / 0.6 */
  ck_assert (genre_detection_measure (scores, (GenreThresholds){0.84, 0}, &d));
  ck_assert_double_eq (d.named, 0);
}
END_TEST

START_TEST (ties_count_half_and_order_does_not)
{
  const guint truth[] = {2, 0}, turned[] = {0, 2};
  const double p[] = {0.4, 0.1, 0.5, 0.1, 0.4, 0.5};
  GenreDetection d;
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GenreScores) scores = make_scores (i ? turned : truth, p, 2);
    ck_assert (genre_detection_measure (scores, (GenreThresholds){0, 0}, &d));
    ck_assert_double_eq_tol (d.roc_area, 0.5, 1e-12);
  }
}
END_TEST

/* A tie whose second value is higher by rounding is the first genre's, for all who count. */
START_TEST (of_equal_genres_the_first_is_the_answer)
{
  const guint truth[] = {0, 1};
  const double p[] = {0.3, 0.1 + 0.2, 0.4, 0.3, 0.1 + 0.2, 0.4};
  g_autoptr (GenreScores) scores = make_scores (truth, p, 2);
  g_autoptr (GenreScores) genres = genre_scores_of_genres (scores, NULL);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (genres);
  const GenreThresholds none = {0, 0}, all = {0.9, 0};
  ck_assert_double_gt (p[1], p[0]);
  GenreAnswered answered = genre_answered_measure (scores, none);
  ck_assert_double_eq (answered.answered, 1);
  ck_assert_double_eq (answered.right, metrics->accuracy);
  ck_assert_double_eq (answered.right, 0.5);
  scores->n_clips = 1; /* the one that is right */
  ck_assert_double_eq (genre_answered_measure (scores, none).right, 1);
  ck_assert_double_eq (genre_answered_measure_lost (scores, all), 1);
  scores->n_clips = 2;
}
END_TEST

/* Of four songs of other genres one is called no music, one is unsure, two are named; they are
 * neither music nor none where that is measured. */
START_TEST (modesty_is_counted_apart)
{
  const guint truth[] = {0, 2, 3, 3, 3, 3};
  const double p[] = {0.8, 0.1, 0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.8,
                      0.4, 0.4, 0.2, 0.7, 0.1, 0.2, 0.1, 0.9, 0};
  g_autoptr (GenreScores) scores = make_scores (truth, p, 6);
  GenreModesty modesty = genre_modesty_measure (scores, (GenreThresholds){0.6, 0});
  ck_assert_uint_eq (modesty.n_clips, 4);
  ck_assert_double_eq (modesty.unknown, 0.5);
  /* confidence 0.89 against 1, 0.5, 0.88 and 0.5 */
  ck_assert_double_eq (modesty.roc_area, 0.75);
  GenreDetection d;
  ck_assert (genre_detection_measure (scores, (GenreThresholds){0.6, 0}, &d));
  ck_assert_uint_eq (d.n_music, 1);
  ck_assert_uint_eq (d.n_background, 1);
  scores->n_clips = 2;
  modesty = genre_modesty_measure (scores, (GenreThresholds){0.6, 0});
  ck_assert (modesty.n_clips == 0 && isnan (modesty.unknown) && isnan (modesty.roc_area));
  scores->n_clips = 6;
}
END_TEST

/* Right at 0.9 and 0.6, wrong at 0.7 confidence: without other music everything is answered (1), or
 * above 0.7 (1). A song of another genre that is surely named at 0.65 makes it better to be sure.
 */
START_TEST (other_music_raises_the_threshold)
{
  const guint truth[] = {0, 0, 1, 3};
  const double p[] = {0.9, 0.1, 0, 0.6, 0.4, 0, 0.7, 0.3, 0, 0.65, 0.35, 0};
  g_autoptr (GenreScores) scores = make_scores (truth, p, 4);
  ck_assert_double_eq_tol (genre_modesty_find_threshold (scores, 0), 0.71, 1e-9);
  scores->truth[3] = 0;
  ck_assert_double_eq (genre_modesty_find_threshold (scores, 0), 0);
}
END_TEST

START_TEST (the_threshold_leaves_out_what_is_mostly_wrong)
{
  const guint five[5] = {0, 0, 0, 0, 0};
  const double values[15] = {0.9,  0.1, 0,   /* right */
                             0.1,  0.8, 0.1, /* wrong, but so few of those above */
                             0.55, 0.4, 0.05, 0.5 - 0.1, 0.1, 0.5, 0.3, 0.4, 0.3};
  g_autoptr (GenreScores) scores = test_scores (5, five, values);
  ck_assert_double_eq_tol (genre_modesty_find_threshold (scores, 0), 0.51, 1e-12);
  g_autoptr (GenreScores) one = test_scores (1, five, values);
  ck_assert_double_eq (genre_modesty_find_threshold (one, 0), 0);
}
END_TEST

/* Right at 0.9, wrong at 0.96 confidence, which nothing but doubt tells apart: the wrong one is
 * music by 0.6 and falls to 0.575. */
START_TEST (doubt_has_a_threshold_of_its_own)
{
  const guint truth[] = {0, 1};
  const double p[] = {0.9, 0.1, 0, 0.575, 0.025, 0.4};
  g_autoptr (GenreScores) scores = make_scores (truth, p, 2);
  ck_assert_double_eq (genre_modesty_find_threshold (scores, 0), 0);
  ck_assert_double_eq_tol (genre_modesty_find_threshold (scores, 1), 0.58, 1e-12);
}
END_TEST

#define RIGHT 20

/* Right answers at confidence 0.605, 0.625 …, and @n songs of other genres at 0.95, which are music
 * by 0.7: only squared that is less than most of the others have. */
static GenreScores *
make_modest (guint n)
{
  guint truth[RIGHT + GENRE_MODESTY_LEAST] = {0};
  double p[3 * (RIGHT + GENRE_MODESTY_LEAST)] = {0};
  for (guint i = 0; i < RIGHT; i++) {
    p[3 * i] = 0.605 + 0.02 * i;
    p[3 * i + 1] = 1 - p[3 * i];
  }
  for (guint i = RIGHT; i < RIGHT + n; i++) {
    truth[i] = 3;
    p[3 * i] = 0.7 * 0.95;
    p[3 * i + 1] = 0.7 * 0.05;
    p[3 * i + 2] = 0.3;
  }
  return make_scores (truth, p, RIGHT + n);
}

START_TEST (doubt_costs_no_more_than_its_price)
{
  g_autoptr (GenreScores) own = make_modest (0);
  g_autoptr (GenreScores) few = make_modest (GENRE_MODESTY_LEAST - 1);
  const GenreThresholds alone = genre_modesty_choose (own, 0.1, 3);
  ck_assert_double_eq_tol (alone.confidence, 0.645, 1.5e-4);
  ck_assert_double_eq (alone.doubt, 3);
  ck_assert_double_eq_tol (genre_answered_measure (own, alone).answered, 0.9, 1e-12);
  ck_assert_double_eq_tol (genre_modesty_choose (own, 0, 3).confidence, 0.605, 1.5e-4);
  ck_assert_double_eq (genre_modesty_choose (few, 0.1, 1).doubt, 1);
}
END_TEST

/* Ten right answers, four of them below ten wrong ones. */
START_TEST (where_answers_are_mostly_wrong_more_than_the_price_is_lost)
{
  guint truth[20] = {0};
  double p[60] = {0};
  for (guint i = 0; i < 20; i++) {
    truth[i] = i >= 10;
    p[3 * i] = i < 4 ? 0.65 : i < 10 ? 0.9 : 0.7;
    p[3 * i + 1] = 1 - p[3 * i];
  }
  g_autoptr (GenreScores) scores = make_scores (truth, p, 20);
  const GenreThresholds chosen = genre_modesty_choose (scores, 0.1, 0);
  ck_assert_double_eq_tol (chosen.confidence, 0.71, 1e-12);
  ck_assert_double_eq_tol (genre_answered_measure_lost (scores, chosen), 0.4, 1e-12);
  ck_assert_double_eq (genre_answered_measure_lost (scores, (GenreThresholds){0, 0}), 0);
  g_autoptr (GenreScores) wrong = make_scores (truth + 10, p, 4);
  ck_assert (isnan (genre_answered_measure_lost (wrong, chosen)));
}
END_TEST

START_TEST (other_music_decides_about_doubt)
{
  g_autoptr (GenreScores) scores = make_modest (GENRE_MODESTY_LEAST);
  const GenreThresholds chosen = genre_modesty_choose (scores, 0.1, 0);
  ck_assert_double_eq (chosen.doubt, 2);
  ck_assert_double_eq (genre_modesty_measure (scores, chosen).unknown, 1);
  ck_assert_double_eq_tol (genre_answered_measure (scores, chosen).answered, 0.9, 1e-12);
}
END_TEST

/* Confidence 0.8 and 0.67 of the genres' clips, 0.875 of another genre's, 0.83 of no music, with
 * probabilities of music 1, 0.9, 0.8 and 0.6. */
START_TEST (what_is_less_familiar_must_be_surer)
{
  const guint truth[] = {0, 1, 3, 2};
  const double p[] = {0.8, 0.2, 0, 0.3, 0.6, 0.1, 0.7, 0.1, 0.2, 0.5, 0.1, 0.4};
  const struct {
    double doubt, answered, unknown, named;
  } expected[] = {{0, 1, 0, 1}, {1, 1, 0, 0}, {2, 0.5, 0, 0}, {3, 0.5, 1, 0}};
  g_autoptr (GenreScores) scores = make_scores (truth, p, 4);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    const GenreThresholds thresholds = {0.55, expected[i].doubt};
    GenreDetection d;
    ck_assert (genre_detection_measure (scores, thresholds, &d));
    const GenreAnswered answered = genre_answered_measure (scores, thresholds);
    ck_assert_uint_eq (answered.n_clips, 2);
    ck_assert_double_eq (answered.answered, expected[i].answered);
    ck_assert_double_eq (answered.right, 1);
    ck_assert_double_eq (genre_modesty_measure (scores, thresholds).unknown, expected[i].unknown);
    ck_assert_double_eq (d.named, expected[i].named);
  }
}
END_TEST

START_TEST (without_both_kinds_there_is_nothing_to_detect)
{
  const guint truth[] = {0, 1}, background[] = {2, 2};
  const double p[] = {0.4, 0.1, 0.5, 0.1, 0.4, 0.5};
  GenreDetection d;
  g_autoptr (GenreScores) music = make_scores (truth, p, 2), none = make_scores (background, p, 2);
  g_autoptr (GenreScores) plain = test_scores (2, truth, p);
  ck_assert (!genre_detection_measure (music, (GenreThresholds){0, 0}, &d));
  ck_assert (!genre_detection_measure (none, (GenreThresholds){0, 0}, &d));
  ck_assert (!genre_detection_measure (plain, (GenreThresholds){0, 0}, &d));
  ck_assert (isnan (d.roc_area) && isnan (d.named));
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("detection");
  tcase_add_test (tests, shares_and_area_are_those_counted_by_hand);
  tcase_add_test (tests, ties_count_half_and_order_does_not);
  tcase_add_test (tests, of_equal_genres_the_first_is_the_answer);
  tcase_add_test (tests, modesty_is_counted_apart);
  tcase_add_test (tests, other_music_raises_the_threshold);
  tcase_add_test (tests, the_threshold_leaves_out_what_is_mostly_wrong);
  tcase_add_test (tests, doubt_has_a_threshold_of_its_own);
  tcase_add_test (tests, doubt_costs_no_more_than_its_price);
  tcase_add_test (tests, where_answers_are_mostly_wrong_more_than_the_price_is_lost);
  tcase_add_test (tests, other_music_decides_about_doubt);
  tcase_add_test (tests, what_is_less_familiar_must_be_surer);
  tcase_add_test (tests, without_both_kinds_there_is_nothing_to_detect);
  return test_run ("detection", tests);
}
