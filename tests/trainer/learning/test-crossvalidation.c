/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "learning/crossvalidation.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include "json.h"
#include "modelfile.h"
#include "random.h"
#include "safetensors.h"
#include "support.h"
#include "tape.h"

#define N_CLIPS 24
#define N_FOLDS 3

/* Two genres that a child tells apart: noise with a beat every fourth frame, and a steady tone. */
static void
write_data (const char *folder)
{
  for (guint i = 0; i < N_CLIPS; i++) {
    guint8 levels[40 * 128];
    GenreRandom random = genre_random_keyed (11, i, 0, 0);
    for (guint j = 0; j < sizeof levels; j++) {
      gboolean loud = i % 2 ? j / 128 % 4 == 0 : j % 128 / 8 == 3 + i % 5;
      levels[j] = (guint8)(loud ? 200 + genre_random_below (&random, 50)
                                : 60 + genre_random_below (&random, 50));
    }
    g_autofree char *name = g_strdup_printf ("%s/clip%02u.npy", i % 2 ? "beat" : "tone", i);
    test_write_levels (folder, name, 40, levels);
  }
}

typedef struct {
  GenreDataset *dataset;
  GenreRecipe *recipe;
  char *folder;
  GenreCrossValidationJob job;
  guint n_learning[N_FOLDS], n_finished;
  gint stop;
  guint stop_in;           /* fold, from 1 */
  guint stop_after;        /* so many are finished */
  const char *path, *text; /* to be written there once the first is finished; or NULL */
} Fixture;

static void
watch (guint fold, const GenreTrainProgress *progress, const GenreLabelMetrics *macro,
       double accuracy, gpointer user_data)
{
  Fixture *f = user_data;
  if (macro) {
    if (f->path && f->n_finished == 0)
      ck_assert (g_file_set_contents (f->path, f->text, -1, NULL));
    if (++f->n_finished == f->stop_after)
      g_atomic_int_set (&f->stop, 1);
    return;
  }
  f->n_learning[fold]++;
  if (fold + 1 == f->stop_in && progress->epoch_done)
    g_atomic_int_set (&f->stop, 1);
}

static void
fixture_init (Fixture *f, const char *root)
{
  const char *settings[] = {
      "model.architecture=cnn",
      "model.widths=4,8",
      "model.segment-frames=32",
      "model.segment-step=8",
      "training.epochs=30",
      "training.batch=8",
      "training.group=8",
      "training.average-decay=0.8",
      "training.learning-rate=0.01",
      "augmentation.time-mask=4",
      "augmentation.band-limit=0",
      "augmentation.equaliser=0",
      "augmentation.frequency-mask=8",
      "augmentation.shift=0",
  };
  g_autofree char *data = test_path (root, "data");
  write_data (data);
  f->dataset = genre_dataset_load (data, NULL);
  f->recipe = genre_recipe_new ();
  f->folder = test_path (root, "folds");
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    ck_assert_msg (genre_recipe_set (f->recipe, settings[i], NULL), "%s", settings[i]);
  f->job = (GenreCrossValidationJob){.recipe = f->recipe,
                                     .dataset = f->dataset,
                                     .clips = f->dataset->clips,
                                     .n_folds = N_FOLDS,
                                     .kind = GENRE_FOLDS_RANDOM,
                                     .seed = 1,
                                     .folder = f->folder,
                                     .n_threads = 2,
                                     .stop = &f->stop,
                                     .func = watch,
                                     .user_data = f};
}

static void
fixture_clear (Fixture *f)
{
  genre_dataset_free (f->dataset);
  genre_recipe_free (f->recipe);
  g_free (f->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static GenreCrossValidation *
run (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  GenreCrossValidation *result = genre_cross_validate (&f->job, &error);
  ck_assert_msg (result, "%s", !error ? "" : error->message);
  return result;
}

START_TEST (every_clip_is_answered_by_a_model_that_never_heard_it)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  ck_assert_uint_eq (f.n_finished, N_FOLDS);
  ck_assert_uint_eq (result->scores->n_clips, N_CLIPS);
  for (guint i = 1; i < N_CLIPS; i++)
    ck_assert_str_lt (result->scores->clips[i - 1], result->scores->clips[i]);
  ck_assert_uint_eq (result->folds->len, N_FOLDS);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (result->scores);
  ck_assert_double_ge (metrics->accuracy, 0.9);
  ck_assert_double_gt (result->calibration->temperature, 0);
}
END_TEST

/* As segments of the length of a clip have it: one each. */
static void
add_plain_scores (const char *path, GenreSegmentScores *segments)
{
  g_autoptr (GenreScores) plain = genre_scores_load (path, NULL);
  ck_assert_ptr_nonnull (plain);
  for (guint i = 0; i < plain->n_clips; i++) {
    g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
    for (guint l = 0; l < 2; l++) {
      float value = (float)log (plain->probabilities[2 * i + l]);
      g_array_append_val (values, value);
    }
    genre_segment_scores_add (segments, plain->truth[i], values);
  }
}

static const double *
probabilities_of (const GenreScores *scores, const char *clip)
{
  guint i = 0;
  while (strcmp (scores->clips[i], clip) != 0)
    i++;
  return scores->probabilities + (gsize)i * 2;
}

/* Few epochs, so that there is something to calibrate. */
START_TEST (a_fold_is_calibrated_by_the_others)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "model.segment-step=16", NULL));
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=2", NULL));
  g_autoptr (GenreCrossValidation) result = run (&f);
  for (guint fold = 1; fold <= N_FOLDS; fold++) {
    g_autoptr (GenreSegmentScores) others = genre_segment_scores_new (2, 2),
                                   own = genre_segment_scores_new (2, 2);
    for (guint i = 1; i <= N_FOLDS; i++) {
      g_autofree char *path = g_strdup_printf ("%s/fold-%u.tsv", f.folder, i);
      add_plain_scores (path, i == fold ? own : others);
    }
    g_autofree char *path = g_strdup_printf ("%s/fold-%u.tsv", f.folder, fold);
    g_autoptr (GenreScores) plain = genre_scores_load (path, NULL);
    g_autoptr (GenreCalibration) calibration = genre_calibration_fit (others, NULL);
    g_autoptr (GenreSegmentScores) shifted = genre_segment_scores_shift (own, calibration->biases);
    for (guint i = 0; i < plain->n_clips; i++) {
      double p[2];
      const double *given = probabilities_of (result->scores, plain->clips[i]);
      genre_segment_scores_answer (shifted, i, calibration->temperature, p, NULL);
      ck_assert_double_eq_tol (given[0], p[0], 1e-3);
      ck_assert_double_gt (fabs (p[0] - plain->probabilities[2 * i]),
                           2e-3); /* or nothing is shown */
    }
  }
}
END_TEST

/* The linker puts these in front of the two ways through a network (meson.build). */
static gint n_inferences, n_evaluations;

void __real_genre_inference_run (GenreInference *inference, const float *input, float *scores);
void __wrap_genre_inference_run (GenreInference *inference, const float *input, float *scores);
void
__wrap_genre_inference_run (GenreInference *inference, const float *input, float *scores)
{
  g_atomic_int_inc (&n_inferences);
  __real_genre_inference_run (inference, input, scores);
}

const float *__real_genre_tape_forward (GenreTape *tape, GenrePass pass, guint batch,
                                        const float *input, GenreRandom random);
const float *__wrap_genre_tape_forward (GenreTape *tape, GenrePass pass, guint batch,
                                        const float *input, GenreRandom random);
const float *
__wrap_genre_tape_forward (GenreTape *tape, GenrePass pass, guint batch, const float *input,
                           GenreRandom random)
{
  if (pass == GENRE_PASS_EVALUATE)
    g_atomic_int_add (&n_evaluations, (gint)batch);
  return __real_genre_tape_forward (tape, pass, batch, input, random);
}

/* For plain and calibrated answers, the temperature and the measures of the fold. */
START_TEST (a_held_out_clip_is_heard_once)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  n_inferences = n_evaluations = 0;
  g_autoptr (GenreCrossValidation) result = run (&f);
  ck_assert_int_eq (n_inferences, 2 * N_CLIPS); /* 40 frames: two segments of 32, 8 apart */
  ck_assert_int_eq (n_evaluations, 0);
}
END_TEST

/* Who knows a genre alone is held out with it: the fold's model cannot know it, and would be
 * thought unsure of everything. */
START_TEST (what_could_not_be_learnt_calibrates_nothing)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autofree char *data = test_path (folder, "data");
  guint8 levels[40 * 128];
  for (guint i = 0; i < N_CLIPS / 2; i++) { /* like the tones, but for its name */
    for (guint j = 0; j < sizeof levels; j++)
      levels[j] = j % 128 / 8 == 3 + i % 5 ? 220 : 80;
    g_autofree char *name = g_strdup_printf ("alone/clip%02u.npy", N_CLIPS + i);
    test_write_levels (data, name, 40, levels);
  }
  genre_dataset_free (f.dataset);
  f.dataset = genre_dataset_load (data, NULL);
  f.job.dataset = f.dataset;
  f.job.clips = f.dataset->clips;
  f.job.kind = GENRE_FOLDS_ARTIST;
  for (guint i = 0; i < f.dataset->clips->len; i++) {
    GenreClip *clip = f.dataset->clips->pdata[i];
    if (clip->label == 0)
      clip->artist = g_strdup ("The only one");
  }
  g_autoptr (GenreCrossValidation) result = run (&f);
  double sum = 0;
  guint n = 0;
  for (guint i = 0; i < result->scores->n_clips; i++)
    if (result->scores->truth[i] == 1) {
      sum += result->scores->probabilities[i * 3 + 1];
      n++;
    }
  ck_assert_uint_eq (n, N_CLIPS / 2);
  ck_assert_double_gt (sum / n, 0.9); /* beats are sure to be beats */
  ck_assert (result->untaught[0] && !result->untaught[1] && !result->untaught[2]);
}
END_TEST

START_TEST (a_fold_that_leaves_one_genre_is_named)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  f.job.kind = GENRE_FOLDS_ARTIST;
  for (guint i = 0; i < f.dataset->clips->len; i++) {
    GenreClip *clip = f.dataset->clips->pdata[i];
    if (clip->label == 1)
      clip->artist = g_strdup ("The only one");
  }
  GError *error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "of 3 is held out, only Beat is left",
                     "expected two genres", "needed, of Tone by other artists or of another genre");
  ck_assert (!g_file_test (f.folder, G_FILE_TEST_EXISTS)); /* nothing was begun */
  for (guint i = 0; i < f.dataset->clips->len; i++) { /* as if it had been too short for Beat */
    GenreClip *clip = f.dataset->clips->pdata[i];
    clip->n_frames = clip->label == 0 ? 31 : clip->n_frames;
  }
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "held out, nothing is left", "expected two genres");
}
END_TEST

START_TEST (each_fold_leaves_scores_measures_and_model)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  guint n = 0;
  for (guint fold = 1; fold <= N_FOLDS; fold++) {
    g_autofree char *tsv = g_strdup_printf ("%s/fold-%u.tsv", f.folder, fold);
    g_autofree char *json = g_strdup_printf ("%s/fold-%u.json", f.folder, fold);
    g_autofree char *model = g_strdup_printf ("%s/fold-%u.safetensors", f.folder, fold);
    g_autoptr (GenreScores) scores = genre_scores_load (tsv, NULL);
    g_autoptr (GenreModel) loaded = genre_model_load (model, NULL);
    ck_assert_ptr_nonnull (scores);
    ck_assert_ptr_nonnull (loaded);
    ck_assert (g_file_test (json, G_FILE_TEST_EXISTS));
    n += scores->n_clips;
  }
  ck_assert_uint_eq (n, N_CLIPS);
  ck_assert_uint_eq (test_count_files (f.folder), 3 * N_FOLDS + 1); /* and plan.json */
}
END_TEST

START_TEST (an_interrupted_run_ends_like_one_that_was_not)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) whole = run (&f);
  g_autofree char *other = test_path (folder, "other");
  f.job.folder = other;
  f.stop_in = 2;
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  f.stop = 0;
  f.stop_in = 0;
  f.job.resume = TRUE;
  memset (f.n_learning, 0, sizeof f.n_learning);
  g_autoptr (GenreCrossValidation) resumed = run (&f);
  ck_assert_uint_eq (f.n_learning[0], 0); /* was finished */
  ck_assert_uint_gt (f.n_learning[1], 0);
  ck_assert_mem_eq (whole->scores->probabilities, resumed->scores->probabilities,
                    2 * N_CLIPS * sizeof (double));
  ck_assert_double_eq (whole->calibration->temperature, resumed->calibration->temperature);
  ck_assert_mem_eq (whole->calibration->biases, resumed->calibration->biases, 2 * sizeof (double));
}
END_TEST

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *content = NULL;
  ck_assert (g_file_get_contents (path, &content, NULL, NULL));
  ck_assert_str_eq (content, expected);
}

START_TEST (what_is_missing_of_a_finished_fold_is_made_again)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  g_autoptr (GenreCrossValidation) whole = run (&f);
  g_autofree char *model = test_path (f.folder, "fold-1.safetensors"), *first = NULL;
  g_autofree char *gone = test_path (f.folder, "fold-1.tsv");
  g_autofree char *empty = test_path (f.folder, "fold-2.tsv"), *second = NULL;
  ck_assert (g_file_get_contents (gone, &first, NULL, NULL));
  ck_assert (g_file_get_contents (empty, &second, NULL, NULL));
  f.job.resume = TRUE;
  memset (f.n_learning, 0, sizeof f.n_learning);
  ck_assert_int_eq (g_remove (gone), 0);
  ck_assert (g_file_set_contents (empty, "", 0, NULL));
  g_autoptr (GenreCrossValidation) resumed = run (&f);
  assert_content (gone, first);
  assert_content (empty, second);
  for (guint fold = 0; fold < N_FOLDS; fold++) /* it was heard again, not learnt */
    ck_assert_uint_eq (f.n_learning[fold], 0);
  ck_assert_int_eq (g_remove (model), 0);
  g_autoptr (GenreCrossValidation) again = run (&f);
  ck_assert_uint_gt (f.n_learning[0], 0);
  ck_assert_uint_eq (f.n_learning[1], 0);
  assert_content (gone, first);
  ck_assert_mem_eq (again->scores->probabilities, whole->scores->probabilities,
                    2 * N_CLIPS * sizeof (double));
}
END_TEST

/* All that is left to do is to calibrate. */
START_TEST (a_run_that_calibrates_can_be_stopped)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=2", NULL));
  f.stop_after = N_FOLDS;
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  ck_assert_ptr_nonnull (strstr (error->message, "calibrated"));
  f.stop = 0;
  f.job.resume = TRUE;
  memset (f.n_learning, 0, sizeof f.n_learning);
  g_autoptr (GenreCrossValidation) resumed = run (&f);
  ck_assert_uint_eq (resumed->scores->n_clips, N_CLIPS);
  for (guint fold = 0; fold < N_FOLDS; fold++)
    ck_assert_uint_eq (f.n_learning[fold], 0);
}
END_TEST

/* Killed between its results and the end of its checkpoint. */
START_TEST (a_finished_fold_leaves_no_checkpoint)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) whole = run (&f);
  g_autofree char *checkpoint = test_path (f.folder, "fold-1.checkpoint");
  ck_assert (g_file_set_contents (checkpoint, "left", -1, NULL));
  f.job.resume = TRUE;
  g_autoptr (GenreCrossValidation) resumed = run (&f);
  ck_assert (!g_file_test (checkpoint, G_FILE_TEST_EXISTS));
}
END_TEST

START_TEST (another_plan_is_not_mixed_in)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  GError *error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "plan.json", "--resume");
  f.job.resume = TRUE;
  f.job.seed = 2;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "plan.json", "another");
  f.job.seed = 1;
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=31", NULL));
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "plan.json", "\"recipe\"");
}
END_TEST

/* Of a program that knew no weights. */
START_TEST (an_earlier_plan_is_gone_on_with)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  g_autofree char *path = test_path (f.folder, "plan.json"), *text = NULL;
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) parts = g_strsplit (text, "\"weights\"", -1);
  ck_assert_uint_eq (g_strv_length (parts), 2);
  g_autofree char *earlier = g_strjoinv ("\"unheard-of\"", parts);
  ck_assert (g_file_set_contents (path, earlier, -1, NULL));
  f.job.resume = TRUE;
  memset (f.n_learning, 0, sizeof f.n_learning);
  g_autoptr (GenreCrossValidation) resumed = run (&f);
  ck_assert_uint_eq (f.n_learning[0], 0);
}
END_TEST

/* Of a program that did not note what clips hold: from the first time on that it is gone on with,
 * that is known. */
START_TEST (an_earlier_plan_learns_what_clips_hold)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  g_autofree char *path = test_path (f.folder, "plan.json"), *text = NULL, *now = NULL;
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) parts = g_strsplit (text, "\"content-of-clips\"", -1);
  ck_assert_uint_eq (g_strv_length (parts), 2);
  const char *rest = strchr (parts[1], ',');
  g_autofree char *earlier = g_strconcat (parts[0], rest + 1, NULL);
  ck_assert (g_file_set_contents (path, earlier, -1, NULL));
  f.job.resume = TRUE;
  g_autoptr (GenreCrossValidation) resumed = run (&f);
  ck_assert (g_file_get_contents (path, &now, NULL, NULL));
  ck_assert_str_eq (now, text);
}
END_TEST

/* @file is of a program that did not note such a member. */
static void
forget_member (Fixture *f, const char *file, const char *member)
{
  g_autofree char *path = test_path (f->folder, file), *text = NULL;
  g_autofree char *pattern = g_strdup_printf (",\\s*\"%s\" : (\"[^\"]*\"|\\[[^]]*\\])", member);
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  ck_assert (g_regex_match (regex, text, 0, NULL));
  g_autofree char *earlier = g_regex_replace_literal (regex, text, -1, 0, "", 0, NULL);
  ck_assert (g_file_set_contents (path, earlier, -1, NULL));
}

/* Whoever removes the plan, which is in the way of another recipe, would get the answers of the old
 * one. */
START_TEST (folds_without_a_plan_are_not_taken_for_ours)
{
  static const char *const files[] = {"fold-1.json", "fold-2.tsv", "fold-12.safetensors",
                                      "fold-3.checkpoint"};
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  for (guint i = 0; i < 2 * G_N_ELEMENTS (files); i++) {
    GError *error = NULL;
    const char *name = files[i / 2];
    test_write (f.folder, name, "{}", -1);
    f.job.resume = i % 2;
    ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
    test_assert_error (error, GENRE_ERROR_INVALID, f.folder, name, "no plan.json");
    ck_assert_uint_eq (test_count_files (f.folder), 1); /* nothing was begun */
    g_autofree char *path = test_path (f.folder, name);
    ck_assert_int_eq (g_remove (path), 0);
  }
  test_write (f.folder, "fold-of-paper.tsv", "mine", -1);
  f.job.resume = FALSE;
  g_autoptr (GenreCrossValidation) result = run (&f);
}
END_TEST

START_TEST (a_fold_of_another_plan_is_not_taken_for_ours)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  g_autoptr (GenreCrossValidation) first = run (&f);
  g_autofree char *other = test_path (folder, "other");
  g_autofree char *from = test_path (other, "plan.json"), *to = test_path (f.folder, "plan.json");
  g_autofree char *path = test_path (f.folder, "fold-1.json");
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=2", NULL));
  f.job.folder = other;
  g_autoptr (GenreCrossValidation) second = run (&f);
  ck_assert_int_eq (g_rename (from, to), 0);
  f.job.folder = f.folder;
  f.job.resume = TRUE;
  GError *error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, path, "another plan", "remove this file");
  for (guint fold = 1; fold <= N_FOLDS; fold++) { /* what it says is right */
    g_autofree char *measures = g_strdup_printf ("%s/fold-%u.json", f.folder, fold);
    ck_assert_int_eq (g_remove (measures), 0);
  }
  memset (f.n_learning, 0, sizeof f.n_learning);
  g_autoptr (GenreCrossValidation) anew = run (&f);
  ck_assert_uint_gt (f.n_learning[0], 0);
  ck_assert_mem_eq (anew->scores->probabilities, second->scores->probabilities,
                    2 * N_CLIPS * sizeof (double));
}
END_TEST

/* Of a program that gave plans no identity. */
START_TEST (earlier_folds_are_those_of_the_plan_beside_them)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  g_autoptr (GenreCrossValidation) result = run (&f);
  forget_member (&f, "plan.json", "identity");
  for (guint fold = 1; fold <= N_FOLDS; fold++) {
    g_autofree char *name = g_strdup_printf ("fold-%u.json", fold);
    forget_member (&f, name, "plan");
  }
  f.job.resume = TRUE;
  memset (f.n_learning, 0, sizeof f.n_learning);
  g_autoptr (GenreCrossValidation) resumed = run (&f), again = run (&f);
  for (guint fold = 0; fold < N_FOLDS; fold++)
    ck_assert_uint_eq (f.n_learning[fold], 0);
  g_autofree char *path = test_path (f.folder, "plan.json"), *text = NULL;
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  ck_assert_ptr_nonnull (strstr (text, "\"identity\""));
}
END_TEST

static void
swap_labels (Fixture *f)
{
  for (guint i = 0; i < f->dataset->clips->len; i++)
    ((GenreClip *)f->dataset->clips->pdata[i])->label ^= 1;
}

/* Teachers that learnt lies and decide all of the target: their pupils lie, whatever the labels.
 * The plan of true labels is put into the liars' folder, since the folds depend on the labels. */
START_TEST (a_fold_learns_from_the_teachers_of_the_fold)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) truth = run (&f);
  g_autofree char *liars = test_path (folder, "liars"), *pupils = test_path (folder, "pupils");
  char *teachers[] = {liars, NULL};
  f.job.folder = liars;
  swap_labels (&f);
  g_autoptr (GenreCrossValidation) lies = run (&f);
  swap_labels (&f);
  g_autofree char *from = test_path (f.folder, "plan.json"), *to = test_path (liars, "plan.json");
  ck_assert_int_eq (g_rename (from, to), 0);
  f.job.folder = pupils;
  f.job.teachers = teachers;
  ck_assert (genre_recipe_set (f.recipe, "training.teacher-share=1", NULL));
  g_autoptr (GenreCrossValidation) result = run (&f);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (result->scores);
  ck_assert_double_le (metrics->accuracy, 0.1);
}
END_TEST

/* What is merged was learnt by other recipes than the job's, whatever an earlier program wrote. */
START_TEST (a_merged_plan_names_no_recipe)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  g_autoptr (GenreCrossValidation) result = run (&f);
  g_autofree char *merged = test_path (folder, "merged"), *text = NULL;
  g_autofree char *path = g_build_filename (merged, "plan.json", NULL);
  char *members[] = {f.folder, f.folder, NULL};
  f.job.folder = merged;
  f.job.members = members;
  g_autoptr (GenreCrossValidation) first = run (&f);
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  g_autoptr (JsonObject) plan = genre_json_parse_object (text, -1, "plan", NULL);
  ck_assert_ptr_nonnull (plan);
  ck_assert (!json_object_has_member (plan, "recipe"));
  json_object_set_string_member (plan, "recipe", "[training]\nepochs=9\n");
  ck_assert (genre_json_save (plan, path, NULL));
  f.job.resume = TRUE;
  g_autoptr (GenreCrossValidation) again = run (&f);
}
END_TEST

/* Scores of two that are one and the same are its own. */
START_TEST (folds_are_merged)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  g_autofree char *merged = test_path (folder, "merged");
  char *members[] = {f.folder, f.folder, NULL};
  f.job.folder = merged;
  f.job.members = members;
  memset (f.n_learning, 0, sizeof f.n_learning);
  f.stop = 1;
  GError *error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_clear_error (&error);
  f.stop = 0;
  f.job.resume = TRUE;
  g_autoptr (GenreCrossValidation) other = run (&f);
  for (guint fold = 0; fold < N_FOLDS; fold++)
    ck_assert_uint_eq (f.n_learning[fold], 0);
  ck_assert_double_eq_tol (other->calibration->temperature, result->calibration->temperature, 1e-3);
  for (guint i = 0; i < 2 * N_CLIPS; i++)
    ck_assert_double_eq_tol (other->scores->probabilities[i], result->scores->probabilities[i],
                             1e-3);
  g_autofree char *model = test_path (merged, "fold-1.safetensors");
  g_autoptr (GenreModel) first = genre_model_load (model, NULL);
  ck_assert_ptr_nonnull (first);
  ck_assert_ptr_nonnull (strstr (genre_model_get_config (first)->network, "residual"));
  const double weights[] = {1, 3};
  f.job.weights = weights;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "merged/plan.json", "another \"weights\"");
  g_autofree char *weighted = test_path (folder, "weighted");
  f.job.folder = weighted;
  g_autoptr (GenreCrossValidation) begun = run (&f), again = run (&f); /* the plan is its own */
  g_autofree char *path = test_path (weighted, "fold-1.safetensors");
  g_autoptr (GenreModel) third = genre_model_load (path, NULL);
  ck_assert_ptr_nonnull (third);
  ck_assert_ptr_nonnull (strstr (genre_model_get_config (third)->provenance, "\"weights\":[1,3]"));
}
END_TEST

START_TEST (what_cannot_be_merged_leaves_no_plan)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  g_autoptr (GenreCrossValidation) result = run (&f);
  g_autofree char *other = test_path (folder, "other"), *merged = test_path (folder, "merged");
  char *members[] = {f.folder, other, NULL};
  f.job.folder = other;
  ck_assert (genre_recipe_set (f.recipe, "model.segment-step=4", NULL));
  g_autoptr (GenreCrossValidation) unlike = run (&f);
  f.job.folder = merged;
  f.job.members = members;
  GError *error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, other, "other segments");
  ck_assert (!g_file_test (merged, G_FILE_TEST_EXISTS));
}
END_TEST

START_TEST (teachers_of_other_folds_are_refused)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  g_autofree char *taught = test_path (folder, "taught");
  char *teachers[] = {f.folder, NULL};
  GError *error = NULL;
  f.job.folder = taught;
  f.job.teachers = teachers;
  f.job.seed = 2;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "plan.json", "may have heard");
  ck_assert (!g_file_test (taught, G_FILE_TEST_EXISTS));
}
END_TEST

/* Stems and folds are the same, and so are the numbers of labels: only their names differ. */
START_TEST (another_data_set_is_not_mixed_in)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  GError *error = NULL;
  f.job.resume = TRUE;
  f.dataset->labels[0][0] = 'a';
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "plan.json", "\"labels\"");
  f.dataset->front_end.hop /= 2;
  f.dataset->labels[0][0] = 'b';
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "plan.json", "\"front-end\"");
}
END_TEST

/* A folder that was extracted anew has the same names. */
START_TEST (clips_that_have_changed_are_not_mixed_in)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  GError *error = NULL;
  f.job.resume = TRUE;
  ((GenreClip *)f.dataset->clips->pdata[3])->levels[5] ^= 1;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "plan.json", "\"content-of-clips\"");
}
END_TEST

static void
assert_refused (Fixture *f, const char *word, const char *member)
{
  GError *error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f->job, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "plan.json", word, member);
}

/* One fold's model of @folder is another from now on. */
static void
replace_model (const char *folder)
{
  g_autofree char *path = g_strdup_printf ("%s/fold-2.safetensors", folder);
  g_autoptr (GenreModel) model = genre_model_load (path, NULL);
  ck_assert_ptr_nonnull (model);
  genre_network_get_parameters (genre_model_get_network (model))[0] += 1;
  ck_assert (genre_model_save (model, path, GENRE_DTYPE_F32, NULL));
}

static void
set_artists (Fixture *f, guint n)
{
  for (guint i = 0; i < f->dataset->clips->len; i++) {
    GenreClip *clip = f->dataset->clips->pdata[i];
    g_free (clip->artist);
    clip->artist = g_strdup_printf ("Artist %u", i % n);
  }
}

/* By whom is drawn equally often, or by whom folds are: of another table are other models. */
START_TEST (other_artists_are_not_mixed_in)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  if (_i)
    f.job.kind = GENRE_FOLDS_ARTIST;
  else
    ck_assert (genre_recipe_set (f.recipe, "training.balance=artists", NULL));
  set_artists (&f, 9);
  g_autoptr (GenreCrossValidation) first = run (&f);
  f.job.resume = TRUE;
  forget_member (&f, "plan.json", "artists");
  g_autoptr (GenreCrossValidation) again = run (&f); /* begun by an earlier program */
  set_artists (&f, 8);
  assert_refused (&f, "other artists", "\"artists\"");
}
END_TEST

/* Under the same names: merged folds, and pupils, are those of what was there before. */
START_TEST (models_that_were_replaced_are_not_mixed_in)
{
  static const char *const members[] = {"teacher-models", "member-models"};
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  g_autoptr (GenreCrossValidation) first = run (&f);
  g_autofree char *other = test_path (folder, "other");
  char *folders[] = {f.folder, f.folder, NULL};
  *(_i ? &f.job.members : &f.job.teachers) = folders;
  f.job.folder = other;
  g_autoptr (GenreCrossValidation) begun = run (&f);
  f.job.resume = TRUE;
  g_autoptr (GenreCrossValidation) again = run (&f); /* nothing has changed */
  replace_model (f.folder);
  assert_refused (&f, "changed since", members[_i]);
}
END_TEST

START_TEST (an_earlier_plan_without_its_models_is_said)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  g_autoptr (GenreCrossValidation) first = run (&f);
  g_autofree char *member = g_steal_pointer (&f.folder);
  char *folders[] = {member, member, NULL};
  f.folder = test_path (folder, "merged");
  f.job.folder = f.folder;
  f.job.members = folders;
  g_autoptr (GenreCrossValidation) begun = run (&f);
  forget_member (&f, "plan.json", "teacher-models"); /* which were none */
  f.job.resume = TRUE;
  g_autoptr (GenreCrossValidation) again = run (&f);
  forget_member (&f, "plan.json", "member-models");
  assert_refused (&f, "earlier version", "member-models");
}
END_TEST

static const char *const networks[] = {
    "[{\"type\":\"batch-norm\"},{\"type\":\"statistics-pool\"},{\"type\":\"dense\","
    "\"outputs\":2}]",
    "[{\"type\":\"statistics-pool\"},{\"type\":\"dense\",\"outputs\":2}]"};

/* The recipe has only the name of the file. */
START_TEST (a_network_that_has_changed_is_not_mixed_in)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autofree char *path = test_path (folder, "network.json");
  g_autofree char *setting = g_strconcat ("model.architecture=", path, NULL);
  test_write (folder, "network.json", networks[0], -1);
  ck_assert (genre_recipe_set (f.recipe, setting, NULL));
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  g_autoptr (GenreCrossValidation) first = run (&f);
  f.job.resume = TRUE;
  g_autoptr (GenreCrossValidation) again = run (&f);
  test_write (folder, "network.json", networks[1], -1);
  assert_refused (&f, "changed since", "\"network\"");
}
END_TEST

/* While the second fold learns, say. */
START_TEST (a_network_that_changes_meanwhile_changes_nothing)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autofree char *path = test_path (folder, "network.json");
  g_autofree char *setting = g_strconcat ("model.architecture=", path, NULL);
  test_write (folder, "network.json", networks[0], -1);
  ck_assert (genre_recipe_set (f.recipe, setting, NULL));
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  f.path = path;
  f.text = networks[1];
  g_autoptr (GenreCrossValidation) result = run (&f);
  for (guint fold = 1; fold <= N_FOLDS; fold++) {
    g_autofree char *file = g_strdup_printf ("%s/fold-%u.safetensors", f.folder, fold);
    g_autoptr (GenreModel) model = genre_model_load (file, NULL);
    ck_assert_ptr_nonnull (model);
    ck_assert_str_eq (genre_model_get_config (model)->network, networks[0]);
  }
}
END_TEST

/* The second fold would be another's. */
START_TEST (a_model_that_is_replaced_meanwhile_is_refused)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (genre_recipe_set (f.recipe, "training.epochs=1", NULL));
  g_autoptr (GenreCrossValidation) first = run (&f);
  g_autofree char *other = test_path (folder, "other");
  g_autofree char *path = g_strdup_printf ("%s/fold-2.safetensors", f.folder);
  char *folders[] = {f.folder, f.folder, NULL};
  *(_i ? &f.job.members : &f.job.teachers) = folders;
  f.job.folder = other;
  f.n_finished = 0;
  f.path = path;
  f.text = "another";
  GError *error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_DATA, path, "another model than when this run began");
  ck_assert_uint_eq (f.n_finished, 1);
}
END_TEST

START_TEST (a_fold_without_a_clip_to_measure_is_said_before_anything_is_learnt)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  f.job.n_folds = N_CLIPS;
  ((GenreClip *)f.dataset->clips->pdata[3])->n_frames = 23; /* of a segment of 32 */
  GError *error = NULL;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "of 24 holds out no clip", "at least 24 frames");
  ck_assert_uint_eq (f.n_learning[0], 0);
  ck_assert (!g_file_test (f.folder, G_FILE_TEST_EXISTS));
}
END_TEST

START_TEST (a_model_of_other_labels_is_refused)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autoptr (GenreCrossValidation) result = run (&f);
  g_autofree char *path = g_strdup_printf ("%s/fold-2.safetensors", f.folder);
  g_autoptr (GenreModel) other = test_model ();
  ck_assert (genre_model_save (other, path, GENRE_DTYPE_F32, NULL));
  GError *error = NULL;
  f.job.resume = TRUE;
  ck_assert_ptr_null (genre_cross_validate (&f.job, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "fold-2.safetensors", "labels");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("crossvalidation");
  tcase_add_test (tests, every_clip_is_answered_by_a_model_that_never_heard_it);
  tcase_add_test (tests, a_held_out_clip_is_heard_once);
  tcase_add_test (tests, what_could_not_be_learnt_calibrates_nothing);
  tcase_add_test (tests, a_fold_that_leaves_one_genre_is_named);
  tcase_add_test (tests, each_fold_leaves_scores_measures_and_model);
  tcase_add_test (tests, an_interrupted_run_ends_like_one_that_was_not);
  tcase_add_test (tests, what_is_missing_of_a_finished_fold_is_made_again);
  tcase_add_test (tests, a_run_that_calibrates_can_be_stopped);
  tcase_add_test (tests, a_finished_fold_leaves_no_checkpoint);
  tcase_add_test (tests, another_plan_is_not_mixed_in);
  tcase_add_test (tests, an_earlier_plan_learns_what_clips_hold);
  tcase_add_test (tests, an_earlier_plan_is_gone_on_with);
  tcase_add_test (tests, folds_without_a_plan_are_not_taken_for_ours);
  tcase_add_test (tests, a_fold_of_another_plan_is_not_taken_for_ours);
  tcase_add_test (tests, earlier_folds_are_those_of_the_plan_beside_them);
  tcase_add_test (tests, another_data_set_is_not_mixed_in);
  tcase_add_test (tests, a_fold_learns_from_the_teachers_of_the_fold);
  tcase_add_test (tests, teachers_of_other_folds_are_refused);
  tcase_add_test (tests, a_fold_is_calibrated_by_the_others);
  tcase_add_test (tests, a_merged_plan_names_no_recipe);
  tcase_add_test (tests, folds_are_merged);
  tcase_add_test (tests, what_cannot_be_merged_leaves_no_plan);
  tcase_add_test (tests, clips_that_have_changed_are_not_mixed_in);
  tcase_add_loop_test (tests, other_artists_are_not_mixed_in, 0, 2);
  tcase_add_loop_test (tests, models_that_were_replaced_are_not_mixed_in, 0, 2);
  tcase_add_test (tests, an_earlier_plan_without_its_models_is_said);
  tcase_add_test (tests, a_network_that_has_changed_is_not_mixed_in);
  tcase_add_test (tests, a_network_that_changes_meanwhile_changes_nothing);
  tcase_add_loop_test (tests, a_model_that_is_replaced_meanwhile_is_refused, 0, 2);
  tcase_add_test (tests, a_fold_without_a_clip_to_measure_is_said_before_anything_is_learnt);
  tcase_add_test (tests, a_model_of_other_labels_is_refused);
  return test_run ("crossvalidation", tests);
}
