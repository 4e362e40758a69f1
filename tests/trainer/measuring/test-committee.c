/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/committee.h"
#include <math.h>
#include <string.h>
#include "measuring/metrics.h"
#include "random.h"
#include "support.h"

#define HEADER "clip\tgenre\tone\ttwo\n"

static GenreCommittee *
load (const char *folder, const char *a, const char *b, double temperature, GError **error)
{
  g_autofree char *first = test_path (folder, "a.tsv"), *second = test_path (folder, "b.tsv");
  char *paths[] = {first, second, NULL};
  test_write (folder, "a.tsv", a, -1);
  test_write (folder, "b.tsv", b, -1);
  return genre_committee_load (paths, temperature, error);
}

START_TEST (the_answer_is_the_mean_whatever_the_order)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreCommittee) committee =
      load (folder, HEADER "x\tone\t0.9\t0.1\ny\ttwo\t0.4\t0.6\nz\ttwo\t1\t0\n",
            HEADER "z\ttwo\t1\t0\ny\ttwo\t0.8\t0.2\nx\tone\t0.5\t0.5\n", 1, NULL);
  const double expected[6] = {0.7, 0.3, 0.6, 0.4, 1, 0};
  ck_assert_ptr_nonnull (committee);
  ck_assert_double_eq (committee->temperature, 1);
  ck_assert_uint_eq (committee->scores->n_clips, 3);
  for (guint i = 0; i < 6; i++)
    ck_assert_double_eq_tol (committee->scores->probabilities[i], expected[i], 1e-6);
  for (guint i = 0; i < 3; i++) {
    ck_assert_str_eq (committee->scores->clips[i], &"x\0y\0z"[2 * i]);
    ck_assert_uint_eq (committee->scores->truth[i], i > 0);
    ck_assert_double_eq_tol (committee->scores->familiarity[i], 1, 1e-12); /* all music */
  }
  const GenreScores *second = committee->members->pdata[1];
  ck_assert_str_eq (second->clips[0], "z"); /* as the file has it */
}
END_TEST

START_TEST (a_temperature_raises_to_a_power)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const char *text = HEADER "x\tone\t0.9\t0.1\n";
  g_autoptr (GenreCommittee) committee = load (folder, text, text, 0.5, NULL);
  ck_assert_double_eq_tol (committee->scores->probabilities[0], 0.81 / 0.82, 1e-6);
  ck_assert_double_eq_tol (committee->scores->probabilities[1], 0.01 / 0.82, 1e-6);
}
END_TEST

/* Of a file with itself it is that file, to the last digit. */
START_TEST (the_mean_is_not_rounded)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const char *text = HEADER "x\tone\t0.1\t0.9\ny\ttwo\t0.3\t0.7\nz\ttwo\t0.95\t0.05\n";
  const double expected[6] = {0.1, 0.9, 0.3, 0.7, 0.95, 0.05};
  g_autoptr (GenreCommittee) committee = load (folder, text, text, 1, NULL);
  for (guint i = 0; i < 6; i++)
    ck_assert_double_eq (committee->scores->probabilities[i], expected[i]);
}
END_TEST

/* Odds of 1 to 3 in every clip, given that it is music, tell no genre from the other. */
START_TEST (equal_odds_stay_equal)
{
  static const double temperatures[] = {1, 0.7, 3};
  g_autoptr (TestFolder) folder = test_folder_new ();
  const char *text = "clip\tgenre\tone\ttwo\tbackground:noise\n"
                     "a\tone\t0.1\t0.3\t0.6\nb\ttwo\t0.2\t0.6\t0.2\n"
                     "c\tone\t0.15\t0.45\t0.4\nd\ttwo\t0.05\t0.15\t0.8\n"
                     "e\tone\t0.11\t0.33\t0.56\nf\ttwo\t0.23\t0.69\t0.08\n"
                     "g\tone\t0.07\t0.21\t0.72\nh\ttwo\t0.19\t0.57\t0.24\n";
  for (guint i = 0; i < G_N_ELEMENTS (temperatures); i++) {
    g_autoptr (GenreCommittee) committee = load (folder, text, text, temperatures[i], NULL);
    g_autoptr (GenreScores) genres = genre_scores_of_genres (committee->scores, NULL);
    g_autoptr (GenreMetrics) metrics = genre_metrics_new (genres);
    ck_assert_double_eq (metrics->genres[0].auc, 0.5);
    ck_assert_double_eq (metrics->genres[1].auc, 0.5);
  }
}
END_TEST

/* What has no probability for any clip tells none from another: its area under the ROC is a half.
 */
START_TEST (nothing_stays_nothing)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const char *text = "clip\tgenre\tone\ttwo\tthree\n"
                     "w\tone\t0.9\t0\t0.1\nx\ttwo\t0.3\t0\t0.7\n"
                     "y\tthree\t0.123\t0\t0.877\nz\ttwo\t0.77\t0\t0.23\n";
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GenreCommittee) committee = load (folder, text, text, i ? 3 : 1, NULL);
    for (guint clip = 0; clip < 4; clip++) {
      const double *p = committee->scores->probabilities + 3 * clip;
      ck_assert_double_eq (p[1], 0);
      ck_assert_double_eq_tol (p[0] + p[2], 1, 1e-9);
    }
    g_autoptr (GenreMetrics) metrics = genre_metrics_new (committee->scores);
    ck_assert_double_eq (metrics->genres[1].auc, 0.5);
  }
}
END_TEST

/* @n clips; each member says 0.9 of one label, right in 90 of 100 clips: calibrated. They err
 * independently, so where they agree they are right more often than either says. */
static char *
honest_member (guint64 seed, guint n)
{
  GString *text = g_string_new (HEADER);
  GenreRandom random = genre_random_keyed (seed, 0, 0, 0);
  for (guint i = 0; i < n; i++) {
    gboolean right = genre_random_uniform (&random) < 0.9, is_two = i % 2;
    g_string_append_printf (text, "c%u\t%s\t%s\n", i, is_two ? "two" : "one",
                            right == is_two ? "0.1\t0.9" : "0.9\t0.1");
  }
  return g_string_free (text, FALSE);
}

START_TEST (the_fitted_temperature_makes_the_mean_honest)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *a = honest_member (1, 3000), *b = honest_member (2, 3000);
  g_autoptr (GenreCommittee) plain = load (folder, a, b, 1, NULL);
  g_autoptr (GenreCommittee) fitted = load (folder, a, b, 0, NULL);
  g_autoptr (GenreMetrics) before = genre_metrics_new (plain->scores);
  g_autoptr (GenreMetrics) after = genre_metrics_new (fitted->scores);
  /* agreement has odds of 81 to 1, the mean says 9 to 1: ln 9 / ln 81 */
  ck_assert_double_eq_tol (fitted->temperature, 0.5, 0.05);
  ck_assert_double_lt (after->log_loss, before->log_loss);
  ck_assert_double_lt (after->calibration_error, before->calibration_error / 2);
  ck_assert_double_eq (after->accuracy, before->accuracy);
}
END_TEST

/* A table holds labels alone: names are beside it, if anywhere. What is there that is none is no
 * fault of the table's. */
START_TEST (genres_keep_their_names)
{
  static const char result[] =
      "{\"format\": \"genreclassify-metrics-1\", \"macro\": {}, \"genres\": ["
      "{\"label\": \"two\", \"name\": \"2 & more\"}, {\"label\": \"six\", \"name\": \"6\"}]}";
  static const struct {
    const char *result, *two;
  } cases[] = {{NULL, "two"}, {"{\"genres\": 5}", "two"}, {"[", "two"}, {result, "2 & more"}};
  const char *text = HEADER "x\tone\t0.9\t0.1\n";
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (TestFolder) folder = test_folder_new ();
    if (cases[i].result)
      test_write (folder, "result.json", cases[i].result, -1);
    g_autoptr (GenreCommittee) committee = load (folder, text, text, 1, NULL);
    ck_assert_str_eq (committee->scores->display_names[0], "one");
    ck_assert_str_eq (committee->scores->display_names[1], cases[i].two);
    ck_assert_str_eq (committee->scores->labels[1], "two");
  }
}
END_TEST

static const struct {
  const char *a, *b, *file, *words;
} bad[] = {
    {HEADER "x\tone\t1\t0\ny\tone\t1\t0\n", HEADER "x\tone\t1\t0\n", "b.tsv",
     "1 of the 2 clips of "},
    {HEADER "x\tone\t1\t0\ny\tone\t1\t0\n", HEADER "x\tone\t1\t0\n", "b.tsv", "\"y\" (line 3)"},
    {HEADER "x\tone\t1\t0\n", HEADER "z\tone\t1\t0\nx\tone\t1\t0\n", "a.tsv", "\"z\" (line 2)"},
    {HEADER "x\tone\t1\t0\n", "clip\tgenre\tone\tsix\nx\tone\t1\t0\n", "b.tsv, line 1",
     "label 2 is six"},
    {HEADER "x\tone\t1\t0\n", "clip\tgenre\tone\ttwo\tsix\nx\tone\t1\t0\t0\n", "b.tsv, line 1",
     "label 3 is six"},
    {"clip\tgenre\tone\ttwo\tsix\nx\tone\t1\t0\t0\n", HEADER "x\tone\t1\t0\n", "b.tsv, line 1",
     "label 3 is nothing"},
    {HEADER "x\tone\t1\t0\ny\tone\t1\t0\n", HEADER "y\ttwo\t1\t0\nx\tone\t1\t0\n", "b.tsv, line 2",
     "a.tsv, line 3"},
    {HEADER "x\tone\t1\t0\n", HEADER "x\tone\t1\t0\nx\tone\t1\t0\n", "b.tsv, line 3",
     "in line 2 already"},
    {HEADER "x\tone\t1\t0\n", HEADER "x\tone\t1\t0,5\n", "b.tsv, line 2", "\"0,5\""},
};

START_TEST (members_that_do_not_fit_are_refused_by_line)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (load (folder, bad[_i].a, bad[_i].b, 0, &error));
  ck_assert_ptr_nonnull (error);
  ck_assert_msg (strstr (error->message, bad[_i].file) && strstr (error->message, bad[_i].words),
                 "\"%s\" lacks \"%s\" or \"%s\"", error->message, bad[_i].file, bad[_i].words);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("committee");
  tcase_add_test (tests, the_answer_is_the_mean_whatever_the_order);
  tcase_add_test (tests, a_temperature_raises_to_a_power);
  tcase_add_test (tests, the_mean_is_not_rounded);
  tcase_add_test (tests, equal_odds_stay_equal);
  tcase_add_test (tests, nothing_stays_nothing);
  tcase_add_test (tests, the_fitted_temperature_makes_the_mean_honest);
  tcase_add_test (tests, genres_keep_their_names);
  tcase_add_loop_test (tests, members_that_do_not_fit_are_refused_by_line, 0, G_N_ELEMENTS (bad));
  return test_run ("committee", tests);
}
