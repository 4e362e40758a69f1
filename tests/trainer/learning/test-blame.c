/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network that cannot be: the error names the file that it is from. */
#include <sys/wait.h>
#include <unistd.h>
#include "floats.h"
#include "learning/merger.h"
#include "learning/training.h"
#include "measuring/segmentscores.h"
#include "support.h"
#include "tape.h"

#define CLIPS 4
#define FRAMES 32

/* The linker puts it before the function that makes room for parameters. */
float *__real_genre_floats_try_new (gsize n);
float *__wrap_genre_floats_try_new (gsize n);
static gboolean memory_is_short;
static gsize most = G_MAXSIZE; /* numbers at once */
static gsize left = G_MAXSIZE; /* numbers in all, what was freed not counted */

float *
__wrap_genre_floats_try_new (gsize n)
{
  if (memory_is_short || n > most || n > left)
    return NULL;
  left -= n;
  return __real_genre_floats_try_new (n);
}

static GenreDataset *
load_dataset (const char *folder)
{
  static char *labels[] = {"one", "two", NULL}, *names[] = {"One", "Two", NULL};
  const GenreFrontEndConfig front_end = genre_front_end_config_default ();
  GenreDatasetEntry entries[CLIPS];
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < CLIPS; i++) {
    g_autofree char *name = g_strdup_printf ("%u.npy", i);
    test_write_clip (folder, name, FRAMES, 50 + 10 * i);
    char *path = test_path (folder, name);
    g_ptr_array_add (paths, path);
    entries[i] = (GenreDatasetEntry){path, path, i % 2, NULL, NULL};
  }
  return genre_dataset_load_entries (&front_end, labels, names, 0, entries, CLIPS, NULL);
}

/* @text: of a file "my.recipe" in @folder, with which a training fails. */
static GError *
fail_to_train (const char *folder, const char *text, GenreTransfer *transfer, GenreDataset *dataset)
{
  GError *error = NULL;
  g_autofree char *path = test_path (folder, "my.recipe");
  g_autofree char *all = g_strconcat (
      text, "[model]\nsegment-frames=16\nsegment-step=16\n[training]\nepochs=1\n", NULL);
  test_write (folder, "my.recipe", all, -1);
  g_autoptr (GenreRecipe) recipe = genre_recipe_compose (path, NULL, &error);
  ck_assert_msg (recipe, "%s", error ? error->message : "");
  const GenreTrainJob job = {.recipe = recipe,
                             .dataset = dataset,
                             .train = dataset->clips,
                             .transfer = transfer,
                             .n_threads = 1};
  ck_assert_ptr_null (genre_train_run (&job, NULL, &error));
  return error;
}

START_TEST (without_memory_the_recipe_is_named)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = load_dataset (folder);
  g_autofree char *path = test_path (folder, "my.recipe");
  memory_is_short = TRUE;
  GError *error = fail_to_train (folder, "[model]\nwidths=8,8\n", NULL, dataset);
  test_assert_error (error, GENRE_ERROR_IO, path, ": not enough memory for a network of ",
                     " parameters, expected ", " bytes");
}
END_TEST

START_TEST (a_recipe_that_asks_for_more_memory_than_there_is_is_named)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = load_dataset (folder);
  g_autofree char *path = test_path (folder, "my.recipe");
  most = 1000000;
  GError *error = fail_to_train (
      folder, "[model]\nwidths=8,8\n[training]\nbatch=4096\ngroup=1024\n", NULL, dataset);
  test_assert_error (error, GENRE_ERROR_DATA, path, ": not enough memory for training.batch 4096");
}
END_TEST

/* There is room for all that learns, and for no more. */
START_TEST (what_is_too_little_memory_to_watch_with_is_said_beforehand)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = load_dataset (folder);
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  ck_assert (genre_recipe_parse (recipe,
                                 "[model]\nwidths=8,8\nsegment-frames=16\nsegment-step=16\n"
                                 "[training]\nepochs=1\nbatch=2\ngroup=2\n",
                                 "test", NULL));
  GenreTrainJob job = {
      .recipe = recipe, .dataset = dataset, .train = dataset->clips, .n_threads = 1};
  GError *error = NULL;
  gsize before = left;
  g_autoptr (GenreModel) model = genre_train_run (&job, NULL, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  left = before - left;
  job.valid = dataset->clips;
  ck_assert_ptr_null (genre_train_run (&job, NULL, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "to watch: not enough memory", "of 16 frames");
}
END_TEST

static GenreSegmentScores *
hear (GenreDataset *dataset, guint n_threads, GError **error)
{
  g_autoptr (GenreModel) model = test_model ();
  return genre_segment_scores_from_network (genre_model_get_network (model),
                                            genre_model_get_front_end (model), 8, 3, dataset->clips,
                                            n_threads, error);
}

/* There is room for one and a half of three. */
START_TEST (fewer_threads_do_where_memory_is_short)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = load_dataset (folder);
  GError *error = NULL;
  g_autoptr (GenreModel) model = test_model ();
  gsize before = left;
  ck_assert (genre_segment_scores_check_room (genre_model_get_network (model), NULL));
  gsize room = before - left;
  ck_assert_uint_gt (room, 0);
  g_autoptr (GenreSegmentScores) all = hear (dataset, 3, NULL);
  GenreNetwork *network = genre_model_get_network (model);
  left = genre_network_get_n_parameters (network) + genre_network_get_n_statistics (network) +
         room + room / 2;
  g_autoptr (GenreSegmentScores) same = hear (dataset, 3, &error);
  ck_assert_msg (same, "%s", error ? error->message : "");
  for (guint i = 0; i < CLIPS; i++) {
    const GArray *a = all->scores->pdata[i], *b = same->scores->pdata[i];
    ck_assert_uint_eq (a->len, b->len);
    ck_assert_mem_eq (a->data, b->data, a->len * sizeof (float));
  }
  left = genre_network_get_n_parameters (network) + genre_network_get_n_statistics (network) +
         room / 2;
  ck_assert_ptr_null (hear (dataset, 3, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "not enough memory", "8 segments of 16 frames");
}
END_TEST

START_TEST (a_recipe_that_the_data_do_not_fit_is_named)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = load_dataset (folder);
  GError *error = fail_to_train (folder, "[model]\nrepresentation=linear\n", NULL, dataset);
  test_assert_error (error, GENRE_ERROR_DATA, "/my.recipe: model.representation is \"linear\"");
  error = fail_to_train (folder, "[model]\nrepresentation=mfcc\ncoefficients=129\n", NULL, dataset);
  test_assert_error (error, GENRE_ERROR_DATA, "/my.recipe: model.coefficients is 129",
                     "128 bands, expected at most as many");
}
END_TEST

START_TEST (a_description_is_named_rather_than_its_recipe)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = load_dataset (folder);
  g_autofree char *description = test_path (folder, "network.json");
  g_autofree char *text = g_strdup_printf ("[model]\narchitecture=%s\n", description);
  test_write (folder, "network.json", "[{\"type\":\"statistics-pool\"},{\"type\":\"dents\"}]", -1);
  GError *error = fail_to_train (folder, text, NULL, dataset);
  ck_assert_ptr_null (strstr (error->message, "my.recipe"));
  test_assert_error (error, GENRE_ERROR_INVALID, description, ": network, layer 1", "\"dents\"");
  memory_is_short = TRUE;
  test_write (folder, "network.json",
              "[{\"type\":\"statistics-pool\"},{\"type\":\"dense\",\"outputs\":2}]", -1);
  error = fail_to_train (folder, text, NULL, dataset);
  test_assert_error (error, GENRE_ERROR_IO, description, ": not enough memory");
}
END_TEST

START_TEST (without_memory_the_model_to_begin_with_is_named)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = load_dataset (folder);
  g_autoptr (GenreModel) source = test_model ();
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 0.1, 1, NULL);
  ck_assert_ptr_nonnull (transfer);
  memory_is_short = TRUE;
  GError *error = fail_to_train (folder, "", transfer, dataset);
  test_assert_error (error, GENRE_ERROR_IO, "begin.model, with other labels: not enough");
}
END_TEST

START_TEST (without_memory_merged_models_are_named)
{
  static char *const names[] = {"a.model", "b.model"};
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  g_ptr_array_add (models, test_model ());
  g_ptr_array_add (models, test_model ());
  memory_is_short = TRUE;
  GError *error = NULL;
  ck_assert_ptr_null (genre_merge (models, NULL, names, &error));
  test_assert_error (error, GENRE_ERROR_IO, "a.model, b.model merged: not enough memory");
}
END_TEST

/* Nobody writes through a gradient that is not there. */
START_TEST (without_memory_there_is_no_gradient)
{
  g_autoptr (GenreModel) model = test_model ();
  g_autoptr (GenreTape) tape = genre_tape_new (genre_model_get_network (model), 1);
  const pid_t child = fork ();
  ck_assert_int_ge (child, 0);
  if (child == 0) {
    memory_is_short = TRUE;
    genre_tape_get_gradient (tape);
    _exit (0);
  }
  int status;
  ck_assert_int_eq (waitpid (child, &status, 0), child);
  ck_assert (WIFSIGNALED (status));
}
END_TEST

static void
set_up (void)
{
  memory_is_short = FALSE;
  most = left = G_MAXSIZE;
}

int
main (void)
{
  TCase *tests = tcase_create ("blame");
  tcase_add_checked_fixture (tests, set_up, NULL);
  tcase_add_test (tests, without_memory_the_recipe_is_named);
  tcase_add_test (tests, a_recipe_that_asks_for_more_memory_than_there_is_is_named);
  tcase_add_test (tests, what_is_too_little_memory_to_watch_with_is_said_beforehand);
  tcase_add_test (tests, fewer_threads_do_where_memory_is_short);
  tcase_add_test (tests, a_recipe_that_the_data_do_not_fit_is_named);
  tcase_add_test (tests, a_description_is_named_rather_than_its_recipe);
  tcase_add_test (tests, without_memory_the_model_to_begin_with_is_named);
  tcase_add_test (tests, without_memory_merged_models_are_named);
  tcase_add_test (tests, without_memory_there_is_no_gradient);
  return test_run ("blame", tests);
}
