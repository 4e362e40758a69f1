/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose file may be written over under a name that nobody has typed. */
#include "commands/results.h"
#include "json.h"
#include "measuring/report.h"
#include "measuring/truthpage.h"
#include "support.h"

#define N_KINDS (GENRE_RESULT_TAGS + 1)

static const guint truth[] = {0, 1, 2};
static const double probabilities[] = {0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.1, 0.2, 0.7};

/* Of each kind, as it is written: a page is long before its table where the model that it begins
 * with has a long name. */
static void
write_result (GenreResultKind kind, const char *path)
{
  g_autoptr (GenreScores) scores = test_scores (3, truth, probabilities);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  g_autofree char *name = g_strnfill (4000, 'n');
  const GenreTruth page = {.scores = scores, .n_folds = 2, .temperature = 1, .begun_with = name};
  g_autofree char *text = NULL;
  g_autoptr (JsonObject) json = genre_report_json (metrics, scores->labels, scores->display_names);
  if (kind == GENRE_RESULT_MEASURES) {
    ck_assert (genre_json_save (json, path, NULL));
    return;
  }
  if (kind == GENRE_RESULT_SCORES) {
    ck_assert (genre_scores_save (scores, path, NULL));
    return;
  }
  text = kind == GENRE_RESULT_PAGE       ? genre_truth_page_text (&page)
         : kind == GENRE_RESULT_SUSPECTS ? genre_truth_page_suspects (&page)
                                         : g_strdup ("genreclassify-tags-1\n");
  ck_assert (g_file_set_contents (path, text, -1, NULL));
}

START_TEST (a_result_may_replace_its_own_kind)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "result");
  GError *error = NULL;
  write_result ((GenreResultKind)_i, path);
  for (guint kind = 0; kind < N_KINDS; kind++) {
    const gboolean good = genre_result_check_replaced ((GenreResultKind)kind, path, &error);
    if (kind == (guint)_i)
      ck_assert_msg (good, "%s", error ? error->message : "");
    else
      test_assert_error (error, GENRE_ERROR_INVALID, path, "is there and no ");
    error = NULL;
  }
}
END_TEST

START_TEST (a_result_replaces_nothing_and_no_file_of_another)
{
  static const char text[] = "somebody's notes\nfile\ttagged\theard\tconfidence\n";
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "result");
  GError *error = NULL;
  ck_assert (genre_result_check_replaced ((GenreResultKind)_i, path, NULL)); /* is not there */
  ck_assert (g_file_set_contents (path, "", 0, NULL));
  ck_assert (genre_result_check_replaced ((GenreResultKind)_i, path, NULL));
  ck_assert (g_file_set_contents (path, text, sizeof text, NULL)); /* with its NUL */
  ck_assert (!genre_result_check_replaced ((GenreResultKind)_i, path, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, path, "is there and no ");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("results");
  tcase_add_loop_test (tests, a_result_may_replace_its_own_kind, 0, N_KINDS);
  tcase_add_loop_test (tests, a_result_replaces_nothing_and_no_file_of_another, 0, N_KINDS);
  return test_run ("results", tests);
}
