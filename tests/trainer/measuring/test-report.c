/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/report.h"
#include <string.h>
#include "json.h"
#include "support.h"

static const guint truth[3] = {0, 1, 0};
static const double probabilities[9] = {0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.1, 0.8, 0.1};

START_TEST (the_table_has_a_row_for_every_genre)
{
  g_autoptr (GenreScores) scores = test_scores (3, truth, probabilities);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  g_autofree char *text = genre_report_text (metrics, scores->display_names);
  const char *rows[] = {
      "One             100.0       50.0       66.7    0.500       2\n",
      "Two              50.0      100.0       66.7    0.500       1\n",
      "Drei              0.0          -          -        -       0\n",
      "Macro mean       75.0       75.0       66.7    0.500       3\n",
      "Accuracy  66.7 %  (2 of 3 clips;",
      "15 bins of equal width",
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    ck_assert_msg (strstr (text, rows[i]), "no \"%s\" in\n%s", rows[i], text);
}
END_TEST

START_TEST (columns_line_up_whatever_the_script)
{
  g_autoptr (GString) line = g_string_new (NULL);
  ck_assert_uint_eq (genre_report_width ("Música"), 6);
  ck_assert_uint_eq (genre_report_width ("日本"), 4);
  genre_report_pad (line, "日本", 6);
  ck_assert_str_eq (line->str, "日本  ");
}
END_TEST

/* Names come from whoever made the model or the folders. */
START_TEST (no_name_commands_the_terminal)
{
  g_autoptr (GenreScores) scores = test_scores (3, truth, probabilities);
  g_free (scores->display_names[1]);
  scores->display_names[1] = g_strdup ("\033[2J");
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  g_autofree char *text = genre_report_text (metrics, scores->display_names);
  g_autoptr (GString) line = g_string_new (NULL);
  ck_assert_ptr_null (strchr (text, '\033'));
  ck_assert (strstr (text, "\n\\x1b[2J   "));
  genre_report_pad (line, "\033[2J", 8);
  ck_assert_str_eq (line->str, "\\x1b[2J ");
}
END_TEST

START_TEST (json_holds_what_the_table_holds)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "m.json");
  g_autoptr (GenreScores) scores = test_scores (3, truth, probabilities);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  g_autoptr (JsonObject) object =
      genre_report_json (metrics, scores->labels, scores->display_names);
  ck_assert (genre_json_save (object, path, NULL));
  g_autoptr (JsonParser) parser = json_parser_new ();
  ck_assert (json_parser_load_from_file (parser, path, NULL));
  JsonObject *read = json_node_get_object (json_parser_get_root (parser));
  ck_assert_str_eq (json_object_get_string_member (read, "format"), GENRE_REPORT_FORMAT);
  ck_assert_double_eq_tol (json_object_get_double_member (read, "accuracy"), 2.0 / 3, 1e-12);
  JsonArray *genres = json_object_get_array_member (read, "genres");
  JsonObject *first = json_array_get_object_element (genres, 0);
  JsonObject *last = json_array_get_object_element (genres, 2);
  ck_assert_str_eq (json_object_get_string_member (last, "name"), "Drei");
  ck_assert_double_eq_tol (json_object_get_double_member (first, "recall"), 0.5, 1e-12);
  ck_assert (json_object_get_null_member (last, "auc"));
  JsonArray *confusion = json_object_get_array_member (read, "confusion");
  ck_assert_int_eq (json_array_get_int_element (json_array_get_array_element (confusion, 0), 1), 1);
  ck_assert_uint_eq (json_array_get_length (json_object_get_array_member (read, "coverage")), 101);
}
END_TEST

START_TEST (a_report_that_cannot_be_written_is_an_error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  GError *error = NULL;
  ck_assert (!genre_json_save (object, "/nonexistent/m.json", &error));
  test_assert_error (error, GENRE_ERROR_IO, "/nonexistent/m.json");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("report");
  tcase_add_test (tests, the_table_has_a_row_for_every_genre);
  tcase_add_test (tests, columns_line_up_whatever_the_script);
  tcase_add_test (tests, no_name_commands_the_terminal);
  tcase_add_test (tests, json_holds_what_the_table_holds);
  tcase_add_test (tests, a_report_that_cannot_be_written_is_an_error);
  return test_run ("report", tests);
}
