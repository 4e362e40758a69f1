/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include "commands/command.h"
#include "json.h"
#include "measuring/comparison.h"
#include "measuring/report.h"
#include "support.h"

static const guint truth[3] = {0, 1, 0};
static const double probabilities[9] = {0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.1, 0.8, 0.1};

static int
compare (char **arguments)
{
  int argc = (int)g_strv_length (arguments);
  return genre_command_compare (argc, arguments);
}

static void
write_labels (const char *folder, const char *name, const char *const *labels)
{
  guint n = g_strv_length ((char **)labels);
  g_autoptr (GString) genres = g_string_new ("");
  for (guint i = 0; i < n; i++)
    g_string_append_printf (genres, "%s{\"label\": \"%s\", \"name\": \"%s\", \"f1\": 0.5}",
                            i ? ", " : "", labels[i], labels[i]);
  g_autofree char *text = g_strdup_printf (
      "{\"format\": \"genreclassify-metrics-1\", \"accuracy\": 0.75, \"macro\": {\"f1\": 0.5}, "
      "\"genres\": [%s]}",
      genres->str);
  test_write (folder, name, text, -1);
}

static const char *const of_original[] = {"blues",  "classical", "country", "disco",
                                          "hiphop", "jazz",      "metal",   "pop",
                                          "reggae", "rock",      NULL};
static const char *const fewer[] = {"blues", "reggae", NULL};
static const char *const more[] = {"blues", "classical", "country", "disco", "hiphop", "jazz",
                                   "metal", "pop",       "reggae",  "rock",  "tango",  NULL};
static const char *const others[] = {"blues", "classical", "country", "disco", "hiphop", "jazz",
                                     "metal", "pop",       "reggae",  "tango", NULL};

static void
write_result (const char *folder, const char *name)
{
  g_autofree char *path = test_path (folder, name);
  g_autoptr (GenreScores) scores = test_scores (3, truth, probabilities);
  g_free (scores->labels[2]);
  scores->labels[2] = g_strdup ("reggae");
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (scores);
  g_autoptr (JsonObject) object =
      genre_report_json (metrics, scores->labels, scores->display_names);
  ck_assert (genre_json_save (object, path, NULL));
}

static JsonArray *
read_results (JsonParser *parser, const char *path)
{
  ck_assert (json_parser_load_from_file (parser, path, NULL));
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  return json_object_get_array_member (root, "results");
}

START_TEST (results_stand_beside_the_original_work)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_labels (folder, "ours.json", of_original);
  g_autofree char *ours = test_path (folder, "ours.json"), *out = test_path (folder, "out.json"),
                  *named = g_strconcat ("Second=", ours, NULL);
  char *arguments[] = {"compare", "--json", out, ours, named, NULL};
  ck_assert_int_eq (compare (arguments), GENRE_EXIT_OK);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *results = read_results (parser, out);
  const char *names[] = {"Original", "ours", "Second"};
  ck_assert_uint_eq (json_array_get_length (results), 3);
  for (guint i = 0; i < 3; i++)
    ck_assert_str_eq (
        json_object_get_string_member (json_array_get_object_element (results, i), "name"),
        names[i]);
  JsonObject *original = json_array_get_object_element (results, 0);
  JsonObject *f1 = json_object_get_object_member (original, "f1");
  ck_assert_double_eq_tol (json_object_get_double_member (f1, "reggae"), 0.17, 1e-9);
  ck_assert (json_object_get_null_member (f1, "blues")); /* not published */
  ck_assert (json_object_get_null_member (original, "accuracy"));
  JsonObject *second = json_array_get_object_element (results, 2);
  ck_assert_double_eq_tol (json_object_get_double_member (second, "accuracy"), 0.75, 1e-9);
  f1 = json_object_get_object_member (second, "f1");
  ck_assert_double_eq_tol (json_object_get_double_member (f1, "blues"), 0.5, 1e-9);
}
END_TEST

/* A macro F1 of ten genres says nothing beside one of others. */
START_TEST (results_of_other_genres_stand_alone)
{
  static const char *const *const labels[] = {fewer, more, others};
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_labels (folder, "ten.json", of_original);
  write_labels (folder, "other.json", labels[_i]);
  g_autofree char *ten = test_path (folder, "ten.json"), *out = test_path (folder, "out.json"),
                  *other = test_path (folder, "other.json");
  char *arguments[] = {"compare", "--json", out, ten, other, NULL};
  ck_assert_int_eq (compare (arguments), GENRE_EXIT_OK);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *results = read_results (parser, out);
  ck_assert_uint_eq (json_array_get_length (results), 2);
  ck_assert_str_eq (
      json_object_get_string_member (json_array_get_object_element (results, 0), "name"), "ten");
}
END_TEST

START_TEST (the_original_may_be_left_out_and_a_picture_drawn)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_result (folder, "lr=0.1.json"); /* a file's own '=' is no name */
  g_autofree char *ours = test_path (folder, "lr=0.1.json"), *out = test_path (folder, "out.json"),
                  *picture = test_path (folder, "f1.png");
  char *arguments[] = {"compare", "--without-original", "--json", out, "--picture", picture, ours,
                       NULL};
  ck_assert_int_eq (compare (arguments), GENRE_EXIT_OK);
  g_autoptr (JsonParser) parser = json_parser_new ();
  ck_assert_uint_eq (json_array_get_length (read_results (parser, out)), 1);
  ck_assert (g_file_test (picture, G_FILE_TEST_EXISTS));
}
END_TEST

START_TEST (what_a_result_is_measured_on_is_told)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_result (folder, "ours.json");
  write_labels (folder, "silent.json", fewer);
  test_write (
      folder, "odd.json",
      "{\"format\": \"genreclassify-metrics-1\", \"clips\": -3, \"accuracy-interval\": [0.9, "
      "\"x\"], \"macro\": {}, \"genres\": [{\"label\": \"blues\", \"name\": \"Blues\"}]}",
      -1);
  g_autofree char *ours = test_path (folder, "ours.json"), *out = test_path (folder, "out.json"),
                  *silent = test_path (folder, "silent.json"),
                  *odd = test_path (folder, "odd.json");
  char *arguments[] = {"compare", "--json", out, ours, silent, odd, NULL};
  ck_assert_int_eq (compare (arguments), GENRE_EXIT_OK);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *results = read_results (parser, out);
  JsonObject *first = json_array_get_object_element (results, 0);
  ck_assert_int_eq (json_object_get_int_member (first, "clips"), 3);
  JsonArray *interval = json_object_get_array_member (first, "accuracy-interval");
  ck_assert_uint_eq (json_array_get_length (interval), 2);
  ck_assert_double_lt (json_array_get_double_element (interval, 0), 2.0 / 3);
  ck_assert_double_gt (json_array_get_double_element (interval, 1), 2.0 / 3);
  for (guint i = 1; i < 3; i++) {
    JsonObject *other = json_array_get_object_element (results, i);
    ck_assert (json_object_get_null_member (other, "clips"));
    ck_assert (json_object_get_null_member (other, "accuracy-interval"));
  }
}
END_TEST

/* @clips: a member of the result, or nothing. */
static void
add_result (GenreComparison *comparison, const TestFolder *folder, const char *clips)
{
  g_autofree char *path = test_path (folder, "result.json");
  g_autofree char *text =
      g_strdup_printf ("{\"format\": \"genreclassify-metrics-1\", %s\"macro\": {}, \"genres\": "
                       "[{\"label\": \"blues\", \"name\": \"Blues\"}]}",
                       clips);
  test_write (folder, "result.json", text, -1);
  ck_assert (genre_comparison_add (comparison, "result", path, NULL));
}

/* Also where one that does not say its number stands between them. */
START_TEST (results_of_other_numbers_of_clips_are_uneven)
{
  static const struct {
    const char *clips[3];
    gboolean uneven;
  } cases[] = {{{"\"clips\": 100, ", "", "\"clips\": 50, "}, TRUE},
               {{"\"clips\": 100, ", "", "\"clips\": 100, "}, FALSE},
               {{"", "\"clips\": 100, ", ""}, FALSE},
               {{"", "\"clips\": 100, ", "\"clips\": 50, "}, TRUE}};
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreComparison) comparison = genre_comparison_new ();
  for (guint i = 0; i < 3; i++)
    add_result (comparison, folder, cases[_i].clips[i]);
  ck_assert_int_eq (genre_comparison_is_uneven (comparison), cases[_i].uneven);
}
END_TEST

/* result.json is what cross-validate calls each of them. */
START_TEST (equal_names_are_numbered)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_labels (folder, "ours.json", of_original);
  g_autofree char *ours = test_path (folder, "ours.json"), *out = test_path (folder, "out.json"),
                  *original = g_strconcat ("Original=", ours, NULL);
  char *arguments[] = {"compare", "--json", out, ours, ours, original, ours, NULL};
  ck_assert_int_eq (compare (arguments), GENRE_EXIT_OK);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *results = read_results (parser, out);
  const char *names[] = {"Original (2)", "ours", "ours (2)", "Original", "ours (3)"};
  ck_assert_uint_eq (json_array_get_length (results), G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    ck_assert_str_eq (
        json_object_get_string_member (json_array_get_object_element (results, i), "name"),
        names[i]);
}
END_TEST

static const char *const bad[] = {
    "",
    "[]",
    "{}",
    "{\"format\": \"genreclassify-metrics-1\"}",
    "{\"format\": \"genreclassify-metrics-1\", \"macro\": 3, \"genres\": []}",
    "{\"format\": \"genreclassify-metrics-1\", \"macro\": {}, \"genres\": []}",
    "{\"format\": \"genreclassify-metrics-1\", \"macro\": {}, \"genres\": [3]}",
    "{\"format\": \"genreclassify-metrics-1\", \"macro\": {}, \"genres\": [{\"label\": 3}]}",
    "{\"format\": \"genreclassify-metrics-2\", \"macro\": {}, \"genres\": [{}]}",
};

START_TEST (what_is_no_result_is_refused)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  test_write (folder, "bad.json", bad[_i], -1);
  g_autofree char *path = test_path (folder, "bad.json");
  char *arguments[] = {"compare", path, NULL};
  ck_assert_int_eq (compare (arguments), GENRE_EXIT_FAILED);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("compare");
  tcase_add_test (tests, results_stand_beside_the_original_work);
  tcase_add_loop_test (tests, results_of_other_genres_stand_alone, 0, 3);
  tcase_add_test (tests, the_original_may_be_left_out_and_a_picture_drawn);
  tcase_add_test (tests, what_a_result_is_measured_on_is_told);
  tcase_add_loop_test (tests, results_of_other_numbers_of_clips_are_uneven, 0, 4);
  tcase_add_test (tests, equal_names_are_numbered);
  tcase_add_loop_test (tests, what_is_no_result_is_refused, 0, G_N_ELEMENTS (bad));
  return test_run ("compare", tests);
}
