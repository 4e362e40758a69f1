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

int
main (void)
{
  TCase *tests = tcase_create ("publish");
  tcase_add_test (tests, results_go_where_they_are_wanted);
  return test_run ("publish", tests);
}
