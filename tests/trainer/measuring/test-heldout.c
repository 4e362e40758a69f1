/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/heldout.h"
#include <string.h>
#include "modelfile.h"
#include "safetensors.h"
#include "support.h"

#define PLAN "{\"n-folds\": 2, \"grouping\": \"artist\"}"
#define HEADER "clip\tgenre\tone\ttwo\tthree\n"
#define SCORES "\tone\t1\t0\t0\n"

/* Fold 1 held a and b out, fold 2 c. */
static void
write_folds (const char *folder)
{
  g_autoptr (GenreModel) model = test_model ();
  for (guint fold = 1; fold <= 2; fold++) {
    g_autofree char *path = g_strdup_printf ("%s/fold-%u.safetensors", folder, fold);
    ck_assert (genre_model_save (model, path, GENRE_DTYPE_F32, NULL));
  }
  test_write (folder, "plan.json", PLAN, -1);
  test_write (folder, "fold-1.tsv", HEADER "a" SCORES "b" SCORES, -1);
  test_write (folder, "fold-2.tsv", HEADER "c" SCORES, -1);
}

START_TEST (a_clip_has_the_model_that_never_heard_it)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_folds (folder);
  g_autoptr (GenreHeldOut) held_out = genre_held_out_load (folder, NULL);
  ck_assert_ptr_nonnull (held_out);
  ck_assert_uint_eq (held_out->n_folds, 2);
  ck_assert_uint_eq (held_out->config.n_labels, 3);
  ck_assert (held_out->by_artist);
  ck_assert (g_str_has_suffix (held_out->paths[1], "fold-2.safetensors"));
  ck_assert_int_eq (genre_held_out_find (held_out, "a"), 0);
  ck_assert_int_eq (genre_held_out_find (held_out, "b"), 0);
  ck_assert_int_eq (genre_held_out_find (held_out, "c"), 1);
  ck_assert_int_eq (genre_held_out_find (held_out, "d"), -1);
}
END_TEST

/* By another process, between two looks at it. */
START_TEST (a_model_that_was_replaced_is_not_taken_for_the_same)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_folds (folder);
  g_autoptr (GenreHeldOut) held_out = genre_held_out_load (folder, NULL);
  ck_assert_ptr_nonnull (held_out);
  GError *error = NULL;
  g_autoptr (GenreModel) model = genre_held_out_load_model (held_out, 1, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  genre_model_set_calibration (model, 3, 0);
  ck_assert (genre_model_save (model, held_out->paths[1], GENRE_DTYPE_F32, NULL));
  ck_assert_ptr_null (genre_held_out_load_model (held_out, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, held_out->paths[1], "another model");
  g_autoptr (GenreModel) first = genre_held_out_load_model (held_out, 0, NULL);
  ck_assert_ptr_nonnull (first);
}
END_TEST

START_TEST (random_folds_are_not_taken_for_artists)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_folds (folder);
  test_write (folder, "plan.json", "{\"n-folds\": 2, \"grouping\": \"random\"}", -1);
  g_autoptr (GenreHeldOut) held_out = genre_held_out_load (folder, NULL);
  ck_assert (held_out && !held_out->by_artist);
}
END_TEST

static const struct {
  const char *file, *text; /* NULL: removed */
  int code;
  const char *said, *word;
} bad[] = {
    {"plan.json", NULL, GENRE_ERROR_IO, "plan.json", ""},
    {"plan.json", "[]", GENRE_ERROR_FORMAT, "plan.json", ""},
    {"plan.json", "{\"n-folds\": [2]}", GENRE_ERROR_FORMAT, "plan.json", "\"n-folds\""},
    {"plan.json", "{\"n-folds\": 4294967298}", GENRE_ERROR_FORMAT, "plan.json", "\"n-folds\""},
    {"plan.json", "{\"n-folds\": 3}", GENRE_ERROR_IO, "fold-3.tsv", ""},
    {"fold-2.tsv", NULL, GENRE_ERROR_IO, "fold-2.tsv", ""},
    {"fold-2.tsv", HEADER "c\tsix\t1\t0\t0\n", GENRE_ERROR_FORMAT, "fold-2.tsv, line 2", "\"six\""},
    {"fold-2.tsv", HEADER "c" SCORES "b" SCORES, GENRE_ERROR_DATA, "fold-2.tsv, line 3",
     "in fold 1 already"},
    {"fold-2.safetensors", NULL, GENRE_ERROR_IO, "fold-2.safetensors", ""},
    {"fold-2.safetensors", "x", GENRE_ERROR_FORMAT, "fold-2.safetensors", ""},
};

START_TEST (unfinished_and_damaged_folders_are_refused)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, bad[_i].file);
  GError *error = NULL;
  write_folds (folder);
  if (bad[_i].text)
    test_write (folder, bad[_i].file, bad[_i].text, -1);
  else
    g_remove (path);
  ck_assert_ptr_null (genre_held_out_load (folder, &error));
  test_assert_error (error, bad[_i].code, bad[_i].said, bad[_i].word);
}
END_TEST

START_TEST (models_must_be_of_one_kind)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "fold-2.safetensors");
  g_autoptr (GenreModel) model = test_model ();
  GenreModelConfig config = {0};
  GError *error = NULL;
  write_folds (folder);
  genre_model_config_copy (genre_model_get_config (model), &config);
  config.front_end.hop = 512;
  g_autoptr (GenreModel) other = genre_model_new (&config, NULL);
  ck_assert (genre_model_save (other, path, GENRE_DTYPE_F32, NULL));
  genre_model_config_clear (&config);
  ck_assert_ptr_null (genre_held_out_load (folder, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "fold-2.safetensors", "front end");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("heldout");
  tcase_add_test (tests, a_clip_has_the_model_that_never_heard_it);
  tcase_add_test (tests, a_model_that_was_replaced_is_not_taken_for_the_same);
  tcase_add_test (tests, random_folds_are_not_taken_for_artists);
  tcase_add_loop_test (tests, unfinished_and_damaged_folders_are_refused, 0, G_N_ELEMENTS (bad));
  tcase_add_test (tests, models_must_be_of_one_kind);
  return test_run ("heldout", tests);
}
