/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/scores.h"
#include <string.h>
#include "measuring/metrics.h"
#include "support.h"

static const guint truth[2] = {2, 0};
static const double probabilities[6] = {0.125, 0.25, 0.625, 1.0 / 3, 1.0 / 3, 1.0 / 3};

START_TEST (what_is_saved_is_loaded)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "s.tsv");
  g_autoptr (GenreScores) scores = test_scores (2, truth, probabilities);
  g_free (scores->clips[1]);
  scores->clips[1] = g_strdup ("tab\tand\nnewline\xe9");
  ck_assert (genre_scores_save (scores, path, NULL));
  g_autoptr (GenreScores) loaded = genre_scores_load (path, NULL);
  ck_assert_ptr_nonnull (loaded);
  ck_assert_uint_eq (loaded->n_clips, 2);
  ck_assert_str_eq (loaded->labels[2], "three");
  ck_assert_str_eq (loaded->clips[0], "clip.000");
  ck_assert_str_eq (loaded->clips[1], "tab and newline\xef\xbf\xbd");
  ck_assert_mem_eq (loaded->truth, truth, sizeof truth);
  for (guint i = 0; i < 6; i++)
    ck_assert_double_eq_tol (loaded->probabilities[i], probabilities[i], 1e-9);
}
END_TEST

/* Neither one by rounding to fewer digits nor, near 1, one that there was not. */
START_TEST (ties_are_the_same_in_a_file)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "s.tsv");
  const double tie = 0.1000000005; /* with nine digits one of the two is more by a thousandth of a
                                      millionth */
  const double values[] = {
      tie * (1 - 1e-15), tie * (1 + 1e-15), 1 - 2 * tie, 1 - 3e-10, 2e-10, 1e-10};
  g_autoptr (GenreScores) scores = test_scores (2, truth, values);
  ck_assert (genre_scores_save (scores, path, NULL));
  g_autoptr (GenreScores) loaded = genre_scores_load (path, NULL);
  ck_assert_ptr_nonnull (loaded);
  ck_assert_uint_eq (genre_metrics_find_best (values, 2), 0);
  ck_assert_uint_eq (genre_metrics_find_best (loaded->probabilities, 2), 0);
  for (guint i = 0; i < 6; i++)
    ck_assert_double_eq (loaded->probabilities[i], values[i]);
}
END_TEST

START_TEST (background_is_kept_apart)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "s.tsv");
  g_autoptr (GenreScores) scores = test_scores (2, truth, probabilities);
  scores->n_background = 1;
  ck_assert (genre_scores_save (scores, path, NULL));
  g_autoptr (GenreScores) loaded = genre_scores_load (path, NULL);
  ck_assert_uint_eq (loaded->n_background, 1);
  ck_assert_str_eq (loaded->labels[2], "three");
  ck_assert_double_eq_tol (genre_scores_get_music (loaded, 0), 0.375, 1e-9);
  g_autoptr (GenreScores) genres = genre_scores_of_genres (loaded, NULL);
  ck_assert_uint_eq (genres->n_clips, 1);
  ck_assert_uint_eq (genres->n_labels, 2);
  ck_assert_str_eq (genres->clips[0], "clip.001");
  ck_assert_double_eq_tol (genres->probabilities[0], 0.5, 1e-9);
  loaded->truth[1] = 2;
  ck_assert_ptr_null (genre_scores_of_genres (loaded, NULL));
}
END_TEST

/* Where nearly all is background the little that is left keeps its digits. */
START_TEST (little_music_is_still_some)
{
  const double values[6] = {0.75e-16, 0.25e-16, 1, 0.5, 0.50000000001, 0};
  g_autoptr (GenreScores) scores = test_scores (2, truth, values);
  ck_assert_double_eq (genre_scores_get_music (scores, 0), 1);
  scores->n_background = 1;
  ck_assert_double_eq_tol (genre_scores_get_music (scores, 0), 1e-16, 1e-28);
  ck_assert_double_eq (genre_scores_get_music (scores, 1), 1);
}
END_TEST

START_TEST (music_of_no_label_is_unknown)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "s.tsv");
  g_autoptr (GenreScores) scores = test_scores (2, truth, probabilities);
  guint first = scores->truth[0];
  scores->truth[1] = 3;
  ck_assert (genre_scores_save (scores, path, NULL));
  g_autoptr (GenreScores) loaded = genre_scores_load (path, NULL);
  ck_assert_uint_eq (loaded->truth[0], first);
  ck_assert_uint_eq (loaded->truth[1], 3);
  g_autoptr (GenreScores) genres = genre_scores_of_genres (loaded, NULL);
  ck_assert_uint_eq (genres->n_clips, 1);
}
END_TEST

static const struct {
  const char *text, *word;
} bad[] = {
    {"clip\tgenre\tbackground:one\ttwo\nx\tone\t1\t0\n", "after the background"},
    {"clip\tgenre\tbackground:one\tbackground:two\nx\tone\t1\t0\n", "label"},
    {"", "no scores"},
    {"clip\tgenre\tone\ttwo\n", "no scores"},
    {"clip\tgenre\tone\nx\tone\t1\n", "two labels"},
    {"clip\tgenre\tone\tTWO\nx\tone\t1\t0\n", "\"TWO\""},
    {"clip\tgenre\tone\ttwo\nx\tone\t1\n", "line 2: 3 columns"},
    {"clip\tgenre\tone\ttwo\nx\tone\t1\t0\n\ny\tone\t1\t0\n", "line 3: 1 columns, 4 expected"},
    {"clip\tgenre\tone\ttwo\r\nx\tone\t1\t0\t0\r\n", "line 2: 5 columns, 4 expected"},
    {"clip\tgenre\tone\ttwo\nx\tone\t1\t0\nx\tsix\t1\t0\n", "line 3: genre \"six\""},
    {"clip\tgenre\tone\ttwo\nx\tone\t1\tnan\n", "\"nan\""},
    {"clip\tgenre\tone\ttwo\nx\tone\t1.5\t0\n", "\"1.5\""},
    {"clip\tgenre\tone\ttwo\nx\tone\t\t0\n", "\"\""},
    {"clip\tgenre\tone\ttwo\nx\tone\t0.5\t0.4\n", "line 2: the probabilities sum to 0.9"},
    {"clip\tgenre\tone\ttwo\nx\tone\t1\t0\ny\tone\t1\t0\nx\ttwo\t1\t0\n",
     "line 4: clip \"x\" is in line 2"},
};

START_TEST (damaged_files_are_refused_by_line)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "s.tsv");
  GError *error = NULL;
  test_write (folder, "s.tsv", bad[_i].text, -1);
  ck_assert_ptr_null (genre_scores_load (path, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "s.tsv", bad[_i].word);
}
END_TEST

START_TEST (lines_may_end_as_those_of_windows)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "s.tsv");
  test_write (folder, "s.tsv", "clip\tgenre\tone\ttwo\r\nx\ttwo\t0.25\t0.75\r\ny\tone\t1\t0\r\n",
              -1);
  g_autoptr (GenreScores) loaded = genre_scores_load (path, NULL);
  ck_assert_ptr_nonnull (loaded);
  ck_assert_str_eq (loaded->labels[1], "two");
  ck_assert_uint_eq (loaded->n_clips, 2);
  ck_assert_double_eq (loaded->probabilities[1], 0.75);
}
END_TEST

START_TEST (more_labels_than_a_model_has_are_refused)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "s.tsv");
  g_autoptr (GString) text = g_string_new ("clip\tgenre");
  GError *error = NULL;
  for (guint i = 0; i <= GENRE_MODEL_MAX_LABELS; i++)
    g_string_append_printf (text, "\tl%u", i);
  g_string_append (text, "\nx\tl0\t1\n");
  test_write (folder, "s.tsv", text->str, -1);
  ck_assert_ptr_null (genre_scores_load (path, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "s.tsv", "257 labels");
}
END_TEST

START_TEST (folds_are_put_together_by_name)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_scores_free);
  for (guint i = 0; i < 2; i++) {
    GenreScores *part = test_scores (2, truth, probabilities);
    for (guint j = 0; j < 2; j++) {
      g_free (part->clips[j]);
      part->clips[j] = g_strdup_printf ("clip.%u", 2 * j + 1 - i);
    }
    g_ptr_array_add (parts, part);
  }
  g_autoptr (GenreScores) all = genre_scores_concatenate (parts);
  ck_assert_uint_eq (all->n_clips, 4);
  for (guint i = 0; i < 4; i++) {
    g_autofree char *name = g_strdup_printf ("clip.%u", i);
    ck_assert_str_eq (all->clips[i], name);
    ck_assert_uint_eq (all->truth[i], truth[i / 2]);
    ck_assert_mem_eq (all->probabilities + 3 * i, probabilities + 3 * (i / 2), 24);
  }
}
END_TEST

START_TEST (genres_can_be_left_out)
{
  const guint8 left_out[] = {FALSE, TRUE, FALSE};
  const guint labels[] = {0, 1, 3, 2, 1};
  const double values[] = {1, 0, 0, 0, 1, 0, 0.5, 0.25, 0.25, 0, 0, 1, 0, 0.5, 0.5};
  g_autoptr (GenreScores) scores = test_scores (5, labels, values);
  g_autoptr (GenreScores) rest = genre_scores_leave_out (scores, left_out);
  ck_assert_uint_eq (rest->n_clips, 3);
  for (guint i = 0; i < 3; i++) {
    guint from = (const guint[]){0, 2, 3}[i];
    ck_assert_str_eq (rest->clips[i], scores->clips[from]);
    ck_assert_uint_eq (rest->truth[i], labels[from]);
    ck_assert_mem_eq (rest->probabilities + 3 * i, values + 3 * from, 24);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("scores");
  tcase_add_test (tests, what_is_saved_is_loaded);
  tcase_add_loop_test (tests, damaged_files_are_refused_by_line, 0, G_N_ELEMENTS (bad));
  tcase_add_test (tests, lines_may_end_as_those_of_windows);
  tcase_add_test (tests, more_labels_than_a_model_has_are_refused);
  tcase_add_test (tests, folds_are_put_together_by_name);
  tcase_add_test (tests, genres_can_be_left_out);
  tcase_add_test (tests, ties_are_the_same_in_a_file);
  tcase_add_test (tests, background_is_kept_apart);
  tcase_add_test (tests, little_music_is_still_some);
  tcase_add_test (tests, music_of_no_label_is_unknown);
  return test_run ("scores", tests);
}
