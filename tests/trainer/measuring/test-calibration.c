/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/calibration.h"
#include <math.h>
#include "random.h"
#include "support.h"

#define N_LABELS 4 /* the last one is background */
#define N_GENRES 3
#define TEMPERATURE 1.7

static const double biases[N_LABELS] = {0.9, -0.5, -0.4, 0};

/* What is probable by these @honest scores, drawn. */
static guint
draw (GenreRandom *random, const double *honest)
{
  double sum = 0, at = genre_random_uniform (random);
  for (guint i = 0; i < N_GENRES; i++)
    sum += exp (honest[i]);
  for (guint i = 0; i + 1 < N_GENRES; i++) {
    at -= exp (honest[i]) / sum;
    if (at < 0)
      return i;
  }
  return N_GENRES - 1;
}

/* @n clips of one segment, of which those of genre 0 count @copies times; background and music of
 * none of the genres between them. Their scores are by the biases and the temperature from what is
 * honest. */
static GenreSegmentScores *
draw_clips (guint n, guint copies)
{
  GenreSegmentScores *scores = genre_segment_scores_new (N_LABELS, N_GENRES);
  GenreRandom random = genre_random_keyed (5, n, 0, 0);
  for (guint clip = 0; clip < n; clip++) {
    g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
    double honest[N_LABELS] = {0, 0, 0, -3};
    for (guint i = 0; i < N_GENRES; i++)
      honest[i] = 3 * (genre_random_uniform (&random) - 0.5);
    guint truth = clip % 10 == 8 ? N_GENRES : clip % 10 == 9 ? N_LABELS : draw (&random, honest);
    for (guint i = 0; i < N_LABELS; i++) {
      float value = (float)(TEMPERATURE * honest[i] - biases[i]);
      g_array_append_val (values, value);
    }
    for (guint i = 0; i < (truth == 0 ? copies : 1); i++)
      genre_segment_scores_add (scores, truth, values);
  }
  return scores;
}

/* However many clips one genre has. */
START_TEST (what_made_scores_dishonest_is_found)
{
  const guint copies[] = {1, 5};
  for (guint k = 0; k < G_N_ELEMENTS (copies); k++) {
    g_autoptr (GenreSegmentScores) scores = draw_clips (6000, copies[k]);
    g_autoptr (GenreCalibration) found = genre_calibration_fit (scores, NULL);
    double sum = 0;
    for (guint i = 0; i < N_GENRES; i++) {
      ck_assert_double_eq_tol (found->biases[i], biases[i], 0.12);
      sum += found->biases[i];
    }
    ck_assert_double_eq_tol (sum, 0, 1e-3);
    ck_assert_double_eq (found->biases[N_GENRES], 0);
    if (copies[k] == 1)
      ck_assert_double_eq_tol (found->temperature / TEMPERATURE, 1, 0.05);
  }
}
END_TEST

/* The condition that the biases fulfil, by hand. */
START_TEST (a_genre_is_as_probable_as_it_is_frequent)
{
  g_autoptr (GenreSegmentScores) scores = draw_clips (200, 3);
  g_autoptr (GenreCalibration) found = genre_calibration_fit (scores, NULL);
  double counts[N_GENRES] = {0}, excess[N_GENRES] = {0};
  for (guint clip = 0; clip < scores->n_clips; clip++)
    if (scores->truth[clip] < N_GENRES)
      counts[scores->truth[clip]]++;
  for (guint clip = 0; clip < scores->n_clips; clip++) {
    const float *s = (const float *)((const GArray *)scores->scores->pdata[clip])->data;
    double p[N_GENRES], sum = 0;
    guint truth = scores->truth[clip];
    for (guint i = 0; i < N_GENRES; i++)
      sum += p[i] = counts[i] * exp ((s[i] + found->biases[i]) / found->temperature);
    for (guint i = 0; i < N_GENRES && truth < N_GENRES; i++)
      excess[i] += p[i] / sum - (i == truth);
  }
  for (guint i = 0; i < N_GENRES; i++)
    ck_assert_double_eq_tol (excess[i], -found->biases[i] / found->temperature / (0.4 * 0.4), 0.1);
}
END_TEST

START_TEST (few_clips_say_little)
{
  g_autoptr (GenreSegmentScores) few = draw_clips (8, 1), many = draw_clips (6000, 1);
  g_autoptr (GenreCalibration) by_few = genre_calibration_fit (few, NULL),
                               by_many = genre_calibration_fit (many, NULL);
  for (guint i = 0; i < N_GENRES; i++)
    ck_assert_double_lt (fabs (by_few->biases[i] / by_few->temperature),
                         0.7 * fabs (by_many->biases[i] / by_many->temperature) + 0.2);
}
END_TEST

/* All its clips may be in the fold that is left out. */
START_TEST (a_genre_without_clips_has_no_bias)
{
  g_autoptr (GenreSegmentScores) all = draw_clips (600, 1),
                                 some = genre_segment_scores_new (N_LABELS, N_GENRES);
  for (guint clip = 0; clip < all->n_clips; clip++)
    if (all->truth[clip] != 1)
      genre_segment_scores_add (some, all->truth[clip], all->scores->pdata[clip]);
  g_autoptr (GenreCalibration) found = genre_calibration_fit (some, NULL);
  ck_assert_double_eq (found->biases[1], 0);
  ck_assert_double_gt (found->biases[0], 0.3);
  ck_assert_double_lt (found->biases[2], -0.3);
}
END_TEST

/* Also one among many others: eight clips of it speak no louder than eight. */
START_TEST (a_rare_genre_is_drawn_to_0)
{
  g_autoptr (GenreSegmentScores) all = draw_clips (6000, 1),
                                 some = genre_segment_scores_new (N_LABELS, N_GENRES);
  guint n = 0;
  for (guint clip = 0; clip < all->n_clips; clip++)
    if (all->truth[clip] != 0 || n++ < 8)
      genre_segment_scores_add (some, all->truth[clip], all->scores->pdata[clip]);
  g_autoptr (GenreCalibration) found = genre_calibration_fit (some, NULL);
  ck_assert_double_lt (found->biases[0] - found->biases[1], 0.75 * (biases[0] - biases[1]));
  ck_assert_double_eq_tol (found->biases[1] - found->biases[2], biases[1] - biases[2], 0.12);
}
END_TEST

START_TEST (one_genre_alone_has_no_bias)
{
  g_autoptr (GenreSegmentScores) scores = genre_segment_scores_new (N_LABELS, N_GENRES);
  for (guint clip = 0; clip < 9; clip++) {
    g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
    float value[N_LABELS] = {1, 2, 0, -1};
    g_array_append_vals (values, value, N_LABELS);
    genre_segment_scores_add (scores, clip == 8 ? N_GENRES : 1, values);
  }
  g_autoptr (GenreSegmentScores) none = genre_segment_scores_new (N_LABELS, N_GENRES);
  g_autoptr (GenreCalibration) one = genre_calibration_fit (scores, NULL),
                               nothing = genre_calibration_fit (none, NULL);
  for (guint i = 0; i < N_LABELS; i++) {
    ck_assert_double_eq (one->biases[i], 0);
    ck_assert_double_eq (nothing->biases[i], 0);
  }
  ck_assert_double_eq (nothing->temperature, 1);
}
END_TEST

static gpointer
set_soon (gpointer stop)
{
  g_usleep (G_USEC_PER_SEC / 20);
  g_atomic_int_set ((gint *)stop, 1);
  return NULL;
}

/* Of so many genres that nobody would wait for the end. */
START_TEST (what_takes_long_can_be_stopped)
{
  const guint n_genres = 2000, n_clips = 2000;
  g_autoptr (GenreSegmentScores) scores = genre_segment_scores_new (n_genres, n_genres);
  GenreRandom random = genre_random_keyed (1, 2, 3, 4);
  for (guint clip = 0; clip < n_clips; clip++) {
    g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
    for (guint i = 0; i < n_genres; i++) {
      float value = (float)genre_random_uniform (&random) + (i == clip ? 2 : 0);
      g_array_append_val (values, value);
    }
    genre_segment_scores_add (scores, clip, values);
  }
  gint stop = 0;
  GThread *thread = g_thread_new ("stop", set_soon, &stop);
  g_autoptr (GenreCalibration) found = genre_calibration_fit (scores, &stop);
  ck_assert_int_eq (g_atomic_int_get (&stop), 1); /* and not done before */
  ck_assert_ptr_null (found);
  g_thread_join (thread);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("calibration");
  tcase_add_test (tests, what_made_scores_dishonest_is_found);
  tcase_add_test (tests, a_genre_is_as_probable_as_it_is_frequent);
  tcase_add_test (tests, few_clips_say_little);
  tcase_add_test (tests, a_genre_without_clips_has_no_bias);
  tcase_add_test (tests, a_rare_genre_is_drawn_to_0);
  tcase_add_test (tests, one_genre_alone_has_no_bias);
  tcase_add_test (tests, what_takes_long_can_be_stopped);
  return test_run_within ("calibration", tests, 400); /* with sanitizers and beside others */
}
