/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/stability.h"
#include <string.h>
#include "modelfile.h"
#include "support.h"

#define HEADER "clip\tgenre\tone\ttwo\tthree\n"
#define SCORES "\tone\t1\t0\t0\n"

/* Two folds that held out a and b, and c and d; c is too short for any segment, d is, too, if
 * @all_short, and so are a and b. */
static GenreDataset *
write_folds (const char *folder, gboolean all_short)
{
  static const char *const clips[] = {"data/one/a.npy", "data/two/b.npy", "data/one/c.npy",
                                      "data/two/d.npy"};
  g_autoptr (GenreModel) model = test_model (); /* segments of 16 frames */
  for (guint fold = 1; fold <= 2; fold++) {
    g_autofree char *path = g_strdup_printf ("%s/fold-%u.safetensors", folder, fold);
    ck_assert (genre_model_save (model, path, GENRE_DTYPE_F32, NULL));
  }
  test_write (folder, "plan.json", "{\"n-folds\": 2, \"grouping\": \"random\"}", -1);
  test_write (folder, "fold-1.tsv", HEADER "a" SCORES "b" SCORES, -1);
  test_write (folder, "fold-2.tsv", HEADER "c" SCORES "d" SCORES, -1);
  for (guint i = 0; i < G_N_ELEMENTS (clips); i++)
    test_write_clip (folder, clips[i], i == 2 || all_short ? 5 : 40, 50 + 40 * i);
  g_autofree char *data = test_path (folder, "data");
  GenreDataset *dataset = genre_dataset_load (data, NULL);
  ck_assert_ptr_nonnull (dataset);
  return dataset;
}

/* The one clip of the second fold that a list names is too short: the first fold is measured all
 * the same. */
START_TEST (a_fold_without_a_clip_to_answer_for_is_left_out)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = write_folds (folder, FALSE);
  g_autoptr (GenreHeldOut) held_out = genre_held_out_load (folder, NULL);
  g_autoptr (GPtrArray) clips = g_ptr_array_new ();
  for (guint i = 0; i < dataset->clips->len; i++)
    if (strcmp (((GenreClip *)dataset->clips->pdata[i])->stem, "d") != 0)
      g_ptr_array_add (clips, dataset->clips->pdata[i]);
  ck_assert_uint_eq (clips->len, 3);
  GError *error = NULL;
  g_autoptr (GenreStability) stability =
      genre_stability_new (NULL, held_out, dataset, clips, 1, &error);
  ck_assert_msg (stability, "%s", error ? error->message : "");
  ck_assert (test_has_problem (dataset, "fold 2 is left out", "none of 1 clips"));
  GenreStabilityRow row = genre_stability_get_clean (stability);
  ck_assert_uint_eq (row.n_clips, 2);
  ck_assert_uint_eq (row.n_same, 2);
  guint n_problems = dataset->problems->len;
  ck_assert_msg (genre_stability_measure (stability, 0, &row, &error), "%s",
                 error ? error->message : "");
  ck_assert_uint_eq (row.n_clips, 2);
  ck_assert_uint_eq (dataset->problems->len, n_problems);
}
END_TEST

START_TEST (folds_of_which_none_can_answer_are_an_error)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = write_folds (folder, TRUE);
  g_autoptr (GenreHeldOut) held_out = genre_held_out_load (folder, NULL);
  GError *error = NULL;
  ck_assert_ptr_null (genre_stability_new (NULL, held_out, dataset, dataset->clips, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "none of 2 clips", "three quarters");
}
END_TEST

/* A file that is damaged, or another, is no matter of clips. */
START_TEST (a_fold_that_cannot_be_read_is_an_error)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = write_folds (folder, FALSE);
  g_autoptr (GenreHeldOut) held_out = genre_held_out_load (folder, NULL);
  GError *error = NULL;
  test_write (folder, "fold-2.safetensors", "x", -1);
  ck_assert_ptr_null (genre_stability_new (NULL, held_out, dataset, dataset->clips, 1, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "fold-2.safetensors", "");
  g_autoptr (GenreModel) other = test_model ();
  genre_model_set_calibration (other, 3, 0);
  g_autofree char *path = test_path (folder, "fold-2.safetensors");
  ck_assert (genre_model_save (other, path, GENRE_DTYPE_F32, NULL));
  ck_assert_ptr_null (genre_stability_new (NULL, held_out, dataset, dataset->clips, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "fold-2.safetensors", "another model");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("stability");
  tcase_add_test (tests, a_fold_without_a_clip_to_answer_for_is_left_out);
  tcase_add_test (tests, folds_of_which_none_can_answer_are_an_error);
  tcase_add_test (tests, a_fold_that_cannot_be_read_is_an_error);
  return test_run ("stability", tests);
}
