/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "commands/publish.h"
#include <string.h>
#include "support.h"

START_TEST (results_go_where_they_are_wanted)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const guint truth[3] = {0, 1, 2};
  const double values[9] = {0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.1, 0.8, 0.1};
  g_autoptr (GenreScores) scores = test_scores (3, truth, values);
  g_autofree char *json = test_path (folder, "r.json"), *tsv = test_path (folder, "r.tsv"),
                  *pictures = test_path (folder, "figures/x");
  GenrePublishPaths paths = {.json = json, .scores = tsv, .pictures = pictures};
  g_autoptr (JsonObject) context = json_object_new ();
  json_object_set_string_member (context, "model", "m");
  ck_assert (genre_publish_scores (scores, (GenreThresholds){0.3, 0}, context, &paths, NULL));
  g_autofree char *text = NULL;
  ck_assert (g_file_get_contents (json, &text, NULL, NULL));
  ck_assert_ptr_nonnull (strstr (text, "\"model\" : \"m\""));
  ck_assert_ptr_nonnull (strstr (text, "expected-calibration-error"));
  ck_assert (g_file_test (tsv, G_FILE_TEST_EXISTS));
  ck_assert_uint_eq (test_count_files (pictures), 4);
}
END_TEST

static GString *printed;

static void
print_into (const char *text)
{
  g_string_append (printed, text);
}

/* One and two are genres. Nothing but doubt tells the wrong answer from the right one: it has more
 * confidence, but may be no music. */
START_TEST (the_threshold_is_that_of_the_doubt)
{
  const guint truth[] = {0, 1};
  const double p[] = {0.9, 0.1, 0, 0.575, 0.025, 0.4};
  g_autoptr (GenreScores) scores = test_scores (2, truth, p);
  scores->n_background = 1;
  for (guint i = 0; i < 2; i++)
    scores->familiarity[i] = genre_scores_get_music (scores, i);
  printed = g_string_new (NULL);
  GPrintFunc before = g_set_print_handler (print_into);
  genre_publish_threshold (scores, 0);
  genre_publish_threshold (scores, 1);
  g_set_print_handler (before);
  g_autoptr (JsonObject) result = json_object_new ();
  genre_publish_add_threshold (scores, 1, result);
  JsonObject *found = json_object_get_object_member (result, "found-threshold");
  ck_assert_double_eq_tol (json_object_get_double_member (found, "threshold"), 0.58, 1e-12);
  ck_assert_double_eq (json_object_get_double_member (found, "doubt"), 1);
  ck_assert_double_eq (json_object_get_double_member (found, "answered"), 0.5);
  ck_assert_double_eq (json_object_get_double_member (found, "right"), 1);
  ck_assert (!json_object_has_member (found, "other-music-unknown"));
  g_autofree char *text = g_string_free (printed, FALSE);
  ck_assert_str_eq (text, "Threshold 0.00: answers below it are more often wrong than right; "
                          "100.0 % are answered, 50.0 % of them right\n"
                          "Threshold 0.58, doubt 1: answers below it are more often wrong than "
                          "right; 50.0 % are answered, 100.0 % of them right\n");
}
END_TEST

/* Of answers that nobody gets none is right or wrong. */
START_TEST (where_nothing_is_answered_no_share_is_right)
{
  const guint truth[] = {0, 1};
  const double p[] = {0.2, 0.1, 0.7, 0.1, 0.1, 0.8};
  const GenrePublishPaths paths = {0};
  g_autoptr (GenreScores) scores = test_scores (2, truth, p);
  scores->n_background = 1;
  printed = g_string_new (NULL);
  GPrintFunc before = g_set_print_handler (print_into);
  ck_assert (genre_publish_scores (scores, (GenreThresholds){0.5, 0}, NULL, &paths, NULL));
  genre_publish_threshold (scores, 0);
  g_set_print_handler (before);
  g_autoptr (JsonObject) result = json_object_new ();
  genre_publish_add_threshold (scores, 0, result);
  JsonObject *found = json_object_get_object_member (result, "found-threshold");
  ck_assert (json_object_get_null_member (found, "right"));
  g_autofree char *text = g_string_free (printed, FALSE);
  ck_assert_msg (strstr (text, "0.0 % of clips are answered, – of them right\n"), "%s", text);
  ck_assert_msg (strstr (text, "0.0 % are answered, – of them right\n"), "%s", text);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("publish");
  tcase_add_test (tests, results_go_where_they_are_wanted);
  tcase_add_test (tests, the_threshold_is_that_of_the_doubt);
  tcase_add_test (tests, where_nothing_is_answered_no_share_is_right);
  return test_run ("publish", tests);
}
