/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/evaluation.h"
#include <gio/gio.h>
#include <string.h>
#include "aggregation.h"
#include "streamclassifier.h"
#include "data/levels.h"
#include "random.h"
#include "support.h"

static void
write_noise (const char *folder, const char *name, guint frames, guint64 seed)
{
  GenreRandom random = genre_random_keyed (seed, 0, 0, 0);
  g_autofree guint8 *levels = g_new (guint8, frames * 128);
  for (guint i = 0; i < frames * 128; i++)
    levels[i] = genre_random_below (&random, 256);
  test_write_levels (folder, name, frames, levels);
}

static GenreDataset *
noise (const char *folder)
{
  for (guint i = 0; i < 12; i++) {
    g_autofree char *name = g_strdup_printf ("%s/%c.npy", i % 2 ? "two" : "one", 'a' + i);
    write_noise (folder, name, 40 + i, i);
  }
  GenreDataset *dataset = genre_dataset_load (folder, NULL);
  ck_assert_ptr_nonnull (dataset);
  return dataset;
}

/* @frames: (n_frames, 128) */
static void
classify_frames (GenreModel *model, const float *frames, guint n_frames, double *probabilities)
{
  g_autoptr (GArray) scores = g_array_new (FALSE, FALSE, sizeof (float));
  genre_score_frames (model, frames, n_frames, scores);
  genre_aggregation_of_scores ((const float *)(gconstpointer)scores->data, scores->len / 3, 3, 3, 1,
                               probabilities, NULL);
}

START_TEST (scores_are_those_of_the_classifier)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = noise (folder);
  g_autoptr (GenreModel) model = test_model ();
  g_autoptr (GenreScores) scores = genre_evaluate (model, dataset, dataset->clips, 0, 1, NULL);
  ck_assert_uint_eq (scores->n_clips, 12);
  for (guint i = 0; i < 12; i++) {
    const GenreClip *clip = dataset->clips->pdata[i];
    g_autofree float *frames = g_new (float, clip->n_frames * 128);
    double probabilities[3];
    for (guint j = 0; j < clip->n_frames * 128; j++)
      frames[j] = GENRE_LEVEL_DB (clip->levels[j]);
    classify_frames (model, frames, clip->n_frames, probabilities);
    ck_assert_mem_eq (scores->probabilities + 3 * i, probabilities, sizeof probabilities);
    ck_assert_str_eq (scores->clips[i], clip->stem);
    /* the data set knows "one" and "two", the model "one", "two" and "three" */
    ck_assert_str_eq (scores->labels[scores->truth[i]], dataset->labels[clip->label]);
  }
}
END_TEST

/* As @user_data says, at the clip "c" only. */
static void
silence_one (const GenreClip *clip, float *frames, gsize n_frames, gpointer user_data)
{
  const float *value = user_data;
  for (gsize i = 0; g_str_equal (clip->stem, "c") && i < n_frames * 128; i++)
    frames[i] = *value;
}

START_TEST (changed_frames_are_what_the_model_hears)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = noise (folder);
  g_autoptr (GenreModel) model = test_model ();
  float value = -80, frames[42 * 128];
  double probabilities[3];
  g_autoptr (GenreScores) clean = genre_evaluate (model, dataset, dataset->clips, 0, 1, NULL);
  g_autoptr (GenreScores) changed =
      genre_evaluate_changed (model, dataset, dataset->clips, 0, silence_one, &value, 2, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    frames[i] = value;
  classify_frames (model, frames, 42, probabilities);
  for (guint i = 0; i < 12; i++)
    if (g_str_equal (clean->clips[i], "c"))
      ck_assert_mem_eq (changed->probabilities + 3 * i, probabilities, sizeof probabilities);
    else
      ck_assert_mem_eq (changed->probabilities + 3 * i, clean->probabilities + 3 * i,
                        sizeof probabilities);
}
END_TEST

static const GenreHearingJob of_two_threads = {.n_threads = 2};

typedef struct {
  gint stop, n_heard;
} Interruption;

static void
interrupt (const GenreClip *clip, float *frames, gsize n_frames, gpointer user_data)
{
  Interruption *interruption = user_data;
  g_atomic_int_inc (&interruption->n_heard);
  g_atomic_int_set (&interruption->stop, 1);
}

/* The clip that is being heard is the last one, and nothing is said of those that are not. */
START_TEST (a_hearing_can_be_stopped)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_noise (folder, "three of which the model knows nothing/x.npy", 40, 1);
  g_autoptr (GenreDataset) dataset = noise (folder);
  g_autoptr (GenreModel) model = test_model ();
  GError *error = NULL;
  Interruption interruption = {0, 0};
  const GenreHearingJob job = {
      .change = interrupt, .user_data = &interruption, .n_threads = 1, .stop = &interruption.stop};
  ck_assert_ptr_null (genre_hearing_new (model, dataset, dataset->clips, &job, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_clear_error (&error);
  ck_assert_int_eq (interruption.n_heard, 1);
  ck_assert_uint_eq (dataset->problems->len, 0);
  g_autoptr (GenreHearing) hearing =
      genre_hearing_new (model, dataset, dataset->clips, &of_two_threads, NULL);
  ck_assert_ptr_nonnull (hearing);
  ck_assert_uint_eq (dataset->problems->len, 1);
}
END_TEST

START_TEST (one_hearing_answers_at_any_temperature)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = noise (folder);
  g_autoptr (GenreModel) model = test_model ();
  g_autoptr (GenreHearing) hearing =
      genre_hearing_new (model, dataset, dataset->clips, &of_two_threads, NULL);
  const double temperatures[] = {1, 0.3, 2.5};
  for (guint i = 0; i < G_N_ELEMENTS (temperatures); i++) {
    genre_model_set_calibration (model, temperatures[i], 0);
    g_autoptr (GenreScores) scores = genre_evaluate (model, dataset, dataset->clips, 0, 1, NULL);
    g_autoptr (GenreCalibration) calibration = genre_calibration_new (3, temperatures[i]);
    g_autoptr (GenreScores) answers = genre_hearing_answer (hearing, calibration);
    ck_assert_mem_eq (answers->probabilities, scores->probabilities, 36 * sizeof (double));
    ck_assert_mem_eq (answers->truth, scores->truth, 12 * sizeof (guint));
    ck_assert (
        g_strv_equal ((const char *const *)answers->clips, (const char *const *)scores->clips));
  }
}
END_TEST

/* Of a hundred folds a hundred models would stay. */
START_TEST (a_hearing_outlives_its_model)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = noise (folder);
  g_autoptr (GenreModel) model = test_model ();
  g_autoptr (GenreScores) scores = genre_evaluate (model, dataset, dataset->clips, 0, 1, NULL);
  g_autoptr (GenreHearing) hearing =
      genre_hearing_new (model, dataset, dataset->clips, &of_two_threads, NULL);
  genre_model_set_calibration (model, 7, 0); /* what it was then is what counts */
  g_clear_pointer (&model, genre_model_unref);
  g_autoptr (GenreScores) answers = genre_hearing_answer_plainly (hearing);
  ck_assert_mem_eq (answers->probabilities, scores->probabilities, 36 * sizeof (double));
}
END_TEST

START_TEST (threads_change_nothing)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = noise (folder);
  g_autoptr (GenreModel) model = test_model ();
  g_autoptr (GenreScores) one = genre_evaluate (model, dataset, dataset->clips, 0, 1, NULL);
  g_autoptr (GenreScores) many = genre_evaluate (model, dataset, dataset->clips, 0, 7, NULL);
  ck_assert_mem_eq (one->probabilities, many->probabilities, 36 * sizeof (double));
}
END_TEST

START_TEST (an_excerpt_is_the_middle)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  test_write_clip (folder, "two/x.npy", 20, 3);
  guint8 levels[60 * 128];
  GenreRandom random = genre_random_keyed (1, 2, 3, 4);
  for (guint i = 0; i < sizeof levels; i++)
    levels[i] = genre_random_below (&random, 256);
  test_write_levels (folder, "one/whole.npy", 60, levels);
  test_write_levels (folder, "one/middle.npy", 24, levels + 18 * 128);
  g_autoptr (GenreDataset) dataset = genre_dataset_load (folder, NULL);
  g_autoptr (GenreModel) model = test_model ();
  g_autoptr (GenreScores) scores = /* 24 frames at 914 samples of 22,050 Hz */
      genre_evaluate (model, dataset, dataset->clips, 24.1 * 914 / 22050, 1, NULL);
  ck_assert_str_eq (scores->clips[0], "middle");
  ck_assert_str_eq (scores->clips[1], "whole");
  ck_assert_mem_eq (scores->probabilities, scores->probabilities + 3, 3 * sizeof (double));
}
END_TEST

/* Finite weights whose products are not: such a model has nothing to say, and no NaN. */
START_TEST (answers_that_overflow_are_left_out)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = noise (folder);
  g_autoptr (GenreModel) model = test_model ();
  GenreNetwork *network = genre_model_get_network (model);
  float *parameters = genre_network_get_parameters (network);
  gsize n = genre_network_get_n_parameters (network);
  for (gsize i = 0; i < n - 27; i++)
    parameters[i] *= 1000;
  for (gsize i = n - 27; i < n; i++) /* the last layer: 3 · 8 weights, 3 biases */
    parameters[i] = i % 2 ? 3e38f : -3e38f;
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreScores) scores = genre_evaluate (model, dataset, dataset->clips, 0, 1, &error);
  ck_assert_ptr_null (scores);
  ck_assert_ptr_nonnull (error);
  ck_assert (test_has_problem (dataset, "no finite answer", ".npy"));
}
END_TEST

START_TEST (an_excerpt_too_short_is_said)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = noise (folder);
  g_autoptr (GenreModel) model = test_model ();
  g_autoptr (GError) error = NULL; /* 10 frames at 914 samples of 22,050 Hz */
  g_autoptr (GenreScores) scores =
      genre_evaluate (model, dataset, dataset->clips, 10.1 * 914 / 22050, 1, &error);
  ck_assert_ptr_null (scores);
  ck_assert (test_has_problem (dataset, ": 10 frames", "at least 12"));
}
END_TEST

START_TEST (strange_genres_and_short_clips_are_noted)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  test_write_clip (folder, "one/short.npy", 11, 3); /* a segment has 16, 12 are needed */
  test_write_clip (folder, "four/x.npy", 40, 3);
  test_write_clip (folder, "four/y.npy", 40, 3);
  g_autoptr (GenreModel) model = test_model ();
  g_autoptr (GenreDataset) nothing = genre_dataset_load (folder, NULL);
  GError *error = NULL;
  ck_assert_ptr_null (genre_evaluate (model, nothing, nothing->clips, 0, 2, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "none of 3 clips");
  test_write_clip (folder, "one/long.npy", 12, 3);
  g_autoptr (GenreDataset) dataset = genre_dataset_load (folder, NULL);
  g_autoptr (GenreScores) scores = genre_evaluate (model, dataset, dataset->clips, 0, 2, NULL);
  ck_assert_uint_eq (scores->n_clips, 1);
  ck_assert_str_eq (scores->clips[0], "long");
  ck_assert (test_has_problem (dataset, "one/short.npy", "11 frames"));
  ck_assert (test_has_problem (dataset, "four", "2 clips"));
}
END_TEST

START_TEST (another_front_end_is_refused)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GenreDataset) dataset = noise (folder);
  g_autoptr (GenreModel) model = test_model ();
  dataset->front_end.hop = 512;
  GError *error = NULL;
  ck_assert_ptr_null (genre_evaluate (model, dataset, dataset->clips, 0, 2, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "hop 512", "hop 914");
  dataset->front_end = genre_front_end_config_default ();
  dataset->front_end.representation = GENRE_REPRESENTATION_LINEAR;
  dataset->front_end.min_frequency = 50;
  ck_assert_ptr_null (genre_evaluate (model, dataset, dataset->clips, 0, 2, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "(linear, ", "50 to 11025 Hz", "(mel, ");
  dataset->front_end = genre_front_end_config_default ();
  dataset->front_end.representation = GENRE_REPRESENTATION_MFCC;
  dataset->front_end.coefficients = 20; /* stored frames are the same */
  g_autoptr (GenreScores) scores = genre_evaluate (model, dataset, dataset->clips, 0, 2, NULL);
  ck_assert_ptr_nonnull (scores);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("evaluation");
  tcase_add_test (tests, scores_are_those_of_the_classifier);
  tcase_add_test (tests, changed_frames_are_what_the_model_hears);
  tcase_add_test (tests, a_hearing_can_be_stopped);
  tcase_add_test (tests, one_hearing_answers_at_any_temperature);
  tcase_add_test (tests, a_hearing_outlives_its_model);
  tcase_add_test (tests, threads_change_nothing);
  tcase_add_test (tests, an_excerpt_is_the_middle);
  tcase_add_test (tests, answers_that_overflow_are_left_out);
  tcase_add_test (tests, an_excerpt_too_short_is_said);
  tcase_add_test (tests, strange_genres_and_short_clips_are_noted);
  tcase_add_test (tests, another_front_end_is_refused);
  return test_run ("evaluation", tests);
}
