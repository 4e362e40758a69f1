/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Training as a whole, on clips made here: bands that sound in one genre and not in another. */
#include <check.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include "data/levels.h"
#include "frontendjson.h"
#include "learning/batch.h"
#include "learning/checkpoint.h"
#include "learning/training.h"
#include "measuring/history.h"
#include "measuring/segmentscores.h"
#include "random.h"
#include "safetensors.h"

#define LABELS 3
#define BANDS 16
#define CLIP_FRAMES 40

static GenreClip *
new_clip (guint label, guint index)
{
  GenreClip *clip = g_new0 (GenreClip, 1);
  GenreRandom random = genre_random_keyed (9, label, index, 0);
  clip->stem = g_strdup_printf ("genre%u.%05u", label, index);
  clip->path = g_strdup (clip->stem);
  clip->artist = g_strdup_printf ("artist %u", index / 3);
  clip->label = label;
  clip->n_frames = CLIP_FRAMES;
  clip->levels = g_new (guint8, CLIP_FRAMES * BANDS);
  for (guint i = 0; i < CLIP_FRAMES * BANDS; i++) {
    gboolean loud = i % BANDS / 5 == label;
    clip->levels[i] = (loud ? 180 : 120) + genre_random_below (&random, 70);
  }
  return clip;
}

static GenreDataset *
new_dataset (guint n_clips)
{
  GenreDataset *dataset = g_new0 (GenreDataset, 1);
  dataset->front_end = genre_front_end_config_default ();
  dataset->front_end.bands = BANDS;
  dataset->n_labels = LABELS;
  dataset->labels = g_strsplit ("blues,jazz,rock", ",", -1);
  dataset->display_names = g_strsplit ("Blues,Jazz,Rock", ",", -1);
  dataset->clips = g_ptr_array_new ();
  dataset->problems = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n_clips; i++)
    g_ptr_array_add (dataset->clips, new_clip (i % LABELS, i / LABELS));
  return dataset;
}

static void
free_dataset (GenreDataset *dataset)
{
  for (guint i = 0; i < dataset->clips->len; i++) {
    GenreClip *clip = g_ptr_array_index (dataset->clips, i);
    g_free (clip->stem);
    g_free (clip->path);
    g_free (clip->artist);
    g_free (clip->levels);
    g_free (clip);
  }
  g_ptr_array_unref (dataset->clips);
  g_ptr_array_unref (dataset->problems);
  g_strfreev (dataset->labels);
  g_strfreev (dataset->display_names);
  g_free (dataset);
}

static GenreRecipe *
new_recipe (const char *more)
{
  g_autoptr (GError) error = NULL;
  GenreRecipe *recipe = genre_recipe_new ();
  genre_recipe_parse (
      recipe,
      "[model]\nwidths=6,8\nsegment-frames=16\nsegment-step=8\n"
      "[training]\nepochs=6\nbatch=8\ngroup=4\nlearning-rate=0.02\nvalidate-every=2\n"
      "[augmentation]\nshift=0.5\nfrequency-mask=3\ntime-mask=4\nmasks=1\n",
      "test", &error);
  ck_assert_msg (!error, "%s", error ? error->message : "");
  ck_assert (genre_recipe_parse (recipe, more, "test", &error));
  return recipe;
}

typedef struct {
  GenreDataset *dataset;
  GPtrArray *train, *valid;
  GenreRecipe *recipe;
  GenreTrainJob job;
  char *folder, *checkpoint;
} Fixture;

static Fixture
set_up (const char *more)
{
  Fixture f = {.dataset = new_dataset (42), .recipe = new_recipe (more)};
  f.train = g_ptr_array_new ();
  f.valid = g_ptr_array_new ();
  for (guint i = 0; i < f.dataset->clips->len; i++)
    g_ptr_array_add (i < 30 ? f.train : f.valid, g_ptr_array_index (f.dataset->clips, i));
  f.folder = g_dir_make_tmp ("genre-train-test-XXXXXX", NULL);
  f.checkpoint = g_build_filename (f.folder, "checkpoint", NULL);
  f.job = (GenreTrainJob){.recipe = f.recipe,
                          .dataset = f.dataset,
                          .train = f.train,
                          .valid = f.valid,
                          .n_threads = 2,
                          .checkpoint = f.checkpoint};
  return f;
}

static void
tear_down (Fixture *f)
{
  g_remove (f->checkpoint);
  ck_assert_int_eq (g_rmdir (f->folder), 0); /* nothing else was left there */
  free_dataset (f->dataset);
  genre_recipe_free (f->recipe);
  g_ptr_array_unref (f->train);
  g_ptr_array_unref (f->valid);
  g_free (f->folder);
  g_free (f->checkpoint);
}

static GenreModel *
train (const GenreTrainJob *job)
{
  g_autoptr (GError) error = NULL;
  GenreModel *model = genre_train_run (job, NULL, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  return model;
}

static void
assert_same (GenreModel *a, GenreModel *b)
{
  GenreNetwork *first = genre_model_get_network (a), *second = genre_model_get_network (b);
  ck_assert_mem_eq (genre_network_get_parameters (first), genre_network_get_parameters (second),
                    genre_network_get_n_parameters (first) * sizeof (float));
  ck_assert_mem_eq (genre_network_get_statistics (first), genre_network_get_statistics (second),
                    genre_network_get_n_statistics (first) * sizeof (float));
  ck_assert_double_eq (genre_model_get_config (a)->temperature,
                       genre_model_get_config (b)->temperature);
}

START_TEST (the_number_of_threads_changes_nothing)
{
  Fixture f = set_up (_i ? "[training]\nconsistency=1\n" : "");
  f.job.n_threads = 1;
  g_autoptr (GenreModel) one = train (&f.job);
  f.job.n_threads = 3;
  g_autoptr (GenreModel) three = train (&f.job);
  assert_same (one, three);
  tear_down (&f);
}
END_TEST

START_TEST (another_seed_gives_another_model)
{
  Fixture f = set_up ("");
  g_autoptr (GenreModel) one = train (&f.job);
  f.recipe->seed++;
  g_autoptr (GenreModel) other = train (&f.job);
  GenreNetwork *a = genre_model_get_network (one), *b = genre_model_get_network (other);
  ck_assert_mem_ne (genre_network_get_parameters (a), genre_network_get_parameters (b),
                    genre_network_get_n_parameters (a) * sizeof (float));
  tear_down (&f);
}
END_TEST

START_TEST (another_weight_of_consistency_gives_another_model)
{
  Fixture f = set_up ("[training]\nconsistency=1\n");
  g_autoptr (GenreModel) little = train (&f.job);
  f.recipe->consistency = 2;
  g_autoptr (GenreModel) much = train (&f.job);
  GenreNetwork *a = genre_model_get_network (little), *b = genre_model_get_network (much);
  ck_assert_mem_ne (genre_network_get_parameters (a), genre_network_get_parameters (b),
                    genre_network_get_n_parameters (a) * sizeof (float));
  tear_down (&f);
}
END_TEST

static const char *const variants[] = {
    "",
    "[model]\narchitecture=resnet\n",
    "[model]\narchitecture=efficientnet\n",
    "[model]\narchitecture=timbre\ncoefficients=8\n",
    "[model]\nrepresentation=mfcc\ncoefficients=12\n",
    "[training]\nbalance=artists\n",
    "[training]\nconsistency=1\n",
    "[training]\nbalance=genres\n[augmentation]\nmixup-partner=genre\n",
    ("[augmentation]\nstretch=0\nshift=0\nequaliser=0\nband-limit=0\nnoise=0\ncompression=0\n"
     "mixup=0\n"),
};

START_TEST (what_can_be_told_apart_is_learnt)
{
  Fixture f = set_up (variants[_i]);
  g_autoptr (JsonArray) history = NULL;
  g_autoptr (GError) error = NULL;
  f.recipe->epochs = 24;
  g_autoptr (GenreModel) model = genre_train_run (&f.job, &history, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  ck_assert_uint_eq (json_array_get_length (history), 24);
  JsonObject *last = json_array_get_object_element (history, 23);
  ck_assert_double_ge (json_object_get_double_member (last, "valid-accuracy"), 0.9);
  ck_assert (
      !json_object_has_member (json_array_get_object_element (history, 0), "valid-accuracy"));
  tear_down (&f);
}
END_TEST

typedef struct {
  guint steps, stop_after;
  gint stop;
} Stopper;

static void
count_steps (const GenreTrainProgress *progress, gpointer user_data)
{
  Stopper *stopper = user_data;
  if (!progress->epoch_done && ++stopper->steps == stopper->stop_after)
    g_atomic_int_set (&stopper->stop, 1);
}

static void
stop_run_after (GenreTrainJob job, guint n_steps)
{
  Stopper stopper = {.stop_after = n_steps};
  g_autoptr (GError) error = NULL;
  job.progress = count_steps;
  job.user_data = &stopper;
  job.stop = &stopper.stop;
  ck_assert_ptr_null (genre_train_run (&job, NULL, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  ck_assert_uint_eq (stopper.steps, n_steps);
}

/* Steps of 8 clips, and of 7: three genres that take turns do not come out even in an epoch. */
static const char *const schedules[] = {"", "[training]\nbalance=artists\nbatch=7\ngroup=7\n"};

START_TEST (a_stopped_and_resumed_run_equals_an_uninterrupted_one)
{
  Fixture f = set_up (schedules[_i]);
  g_autoptr (GenreModel) whole = train (&f.job);
  const guint stops[] = {1, 3, 4, 10, 17}; /* inside and at the end of epochs of 3 or 4 steps */
  g_remove (f.checkpoint);
  for (guint i = 0; i < G_N_ELEMENTS (stops); i++) {
    stop_run_after (f.job, stops[i]);
    f.job.resume = TRUE;
    f.job.n_threads = 1 + i % 2;
    g_autoptr (GenreModel) resumed = train (&f.job);
    assert_same (whole, resumed);
    g_remove (f.checkpoint);
  }
  tear_down (&f);
}
END_TEST

static void
add_line (GChecksum *sum, const char *text)
{
  g_checksum_update (sum, (const guchar *)text, (gssize)strlen (text) + 1); /* with its NUL */
}

/* Everything that a run learns by in one sum, as earlier versions wrote it. */
static char *
former_identity (const Fixture *f, GenreModel *model)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *recipe = genre_recipe_to_text (f->recipe);
  g_autofree char *front_end = genre_front_end_config_to_text (&config->front_end);
  add_line (sum, recipe);
  add_line (sum, config->network);
  add_line (sum, front_end);
  for (guint i = 0; i < config->n_labels; i++)
    add_line (sum, config->labels[i]);
  for (guint i = 0; i < f->dataset->clips->len; i++) {
    const GenreClip *clip = f->dataset->clips->pdata[i];
    const guint32 numbers[] = {clip->label, clip->n_frames};
    if (i == f->train->len) /* the others are watched */
      g_checksum_update (sum, (const guchar *)"|", 1);
    add_line (sum, clip->stem);
    add_line (sum, clip->artist);
    g_checksum_update (sum, (const guchar *)numbers, sizeof numbers);
    genre_levels_add_to_checksum (clip->levels, (gsize)CLIP_FRAMES * BANDS, sum);
  }
  g_checksum_update (sum, (const guchar *)"|", 1);
  return g_strdup (g_checksum_get_string (sum));
}

/* What it was stopped in goes on, and nobody else does. */
START_TEST (a_checkpoint_of_an_earlier_version_goes_on)
{
  Fixture f = set_up ("[training]\nbalance=clips\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) whole = train (&f.job);
  g_autofree char *identity = former_identity (&f, whole);
  g_remove (f.checkpoint);
  stop_run_after (f.job, 4);
  g_autoptr (GenreSafetensors) file = genre_safetensors_load (f.checkpoint, NULL);
  genre_safetensors_set_metadata (file, "identity", identity);
  ck_assert (genre_safetensors_save (file, f.checkpoint, NULL));
  Stopper stopper = {0};
  f.job.resume = TRUE;
  f.job.progress = count_steps;
  f.job.user_data = &stopper;
  f.recipe->learning_rate *= 2;
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "belongs to an earlier version, expected"));
  f.recipe->learning_rate /= 2;
  g_autoptr (GenreModel) resumed = train (&f.job);
  assert_same (whole, resumed);
  ck_assert_uint_gt (stopper.steps, 0);
  tear_down (&f);
}
END_TEST

START_TEST (a_checkpoint_of_something_else_is_refused)
{
  Fixture f = set_up ("");
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = train (&f.job);
  f.job.resume = TRUE;
  f.recipe->learning_rate *= 2;
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
  ck_assert_ptr_nonnull (strstr (error->message, f.checkpoint));
  ck_assert_ptr_nonnull (strstr (error->message, "belongs to another recipe or network, expected"));
  g_clear_error (&error);
  g_ptr_array_remove_index (f.train, 3);
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
  ck_assert_ptr_nonnull (
      strstr (error->message, "another recipe or network and other clips or labels, expected"));
  g_clear_error (&error);
  g_autoptr (GenreSafetensors) file = genre_safetensors_load (f.checkpoint, NULL);
  genre_safetensors_set_metadata (file, "identity", "0123456789abcdef");
  ck_assert (genre_safetensors_save (file, f.checkpoint, NULL));
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "belongs to an earlier version, expected"));
  g_clear_error (&error);
  ck_assert (g_file_set_contents (f.checkpoint, "no checkpoint at all", -1, NULL));
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_FORMAT));
  tear_down (&f);
}
END_TEST

static void
set_history (GenreSafetensors *file, const char *text, gsize length)
{
  g_autofree float *values = g_new (float, length);
  for (gsize i = 0; i < length; i++)
    values[i] = text[i];
  genre_safetensors_set_tensor (file, "history", GENRE_DTYPE_F32, 1, &length, values);
}

/* Each fault alone; the last of them is none. */
START_TEST (a_damaged_checkpoint_is_refused)
{
  Fixture f = set_up ("");
  g_autofree char *deep = g_strnfill (200000, '[');
  const char *faults[][2] = {{"state", "18 99999999999 0 5 0 0x0p+0 0x1p+0"},
                             {"state", "18 6 0 5 0 nan 0x1p+0"},
                             {"state", "18 6 0 5 0 0x0p+0 inf"},
                             {"state", "18 6 0 5 0 0x0p+0"},
                             {"history", deep},
                             {"history", "{}"},
                             {"history", "[\xc3]"},
                             {"history", "[]"}};
  g_autoptr (GenreModel) model = train (&f.job);
  f.job.resume = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GenreSafetensors) file = genre_safetensors_load (f.checkpoint, NULL);
    g_autofree char *state = g_strdup (genre_safetensors_get_metadata (file, "state"));
    set_history (file, "[]", 2);
    if (strcmp (faults[i][0], "state") == 0)
      genre_safetensors_set_metadata (file, "state", faults[i][1]);
    else
      set_history (file, faults[i][1], strlen (faults[i][1]));
    ck_assert (genre_safetensors_save (file, f.checkpoint, NULL));
    g_autoptr (GenreModel) resumed = genre_train_run (&f.job, NULL, &error);
    if (i + 1 == G_N_ELEMENTS (faults)) {
      ck_assert_ptr_nonnull (resumed);
      break;
    }
    ck_assert_ptr_null (resumed);
    ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_FORMAT));
    ck_assert_ptr_nonnull (strstr (error->message, f.checkpoint));
    genre_safetensors_set_metadata (file, "state", state);
    ck_assert (genre_safetensors_save (file, f.checkpoint, NULL));
  }
  tear_down (&f);
}
END_TEST

START_TEST (other_data_do_not_fit_a_checkpoint)
{
  Fixture f = set_up ("");
  g_autoptr (GenreModel) model = train (&f.job);
  GenreClip *clip = g_ptr_array_index (f.train, 0);
  f.job.resume = TRUE;
  for (guint i = 0; i < 5; i++) {
    g_autoptr (GError) error = NULL;
    clip->n_frames -= i == 0;
    clip->levels[7] += i == 1;
    clip->artist[0] += i == 2;
    f.dataset->front_end.hop -= i == 3;
    f.dataset->labels[0][0] += i == 4;
    ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
    ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
    ck_assert_ptr_nonnull (
        strstr (error->message, "belongs to other clips or labels, expected those of this run;"));
    clip->n_frames += i == 0;
    clip->levels[7] -= i == 1;
    clip->artist[0] -= i == 2;
    f.dataset->front_end.hop += i == 3;
    f.dataset->labels[0][0] -= i == 4;
  }
  g_autoptr (GenreModel) same = train (&f.job);
  assert_same (model, same);
  tear_down (&f);
}
END_TEST

/* As merge --temperature makes it of the same weights: it teaches something else. */
START_TEST (a_teacher_that_answers_otherwise_does_not_fit_a_checkpoint)
{
  Fixture f = set_up ("[training]\nepochs=1\n");
  g_autoptr (GenreModel) teacher = train (&f.job);
  GenreNetwork *network = genre_model_get_network (teacher);
  g_autoptr (GPtrArray) teachers = g_ptr_array_new ();
  g_ptr_array_add (teachers, teacher);
  f.job.teachers = teachers;
  f.job.resume = FALSE;
  g_autoptr (GenreModel) pupil = train (&f.job);
  double temperature = genre_model_get_config (teacher)->temperature;
  ck_assert_uint_gt (genre_network_get_n_statistics (network), 0);
  f.job.resume = TRUE;
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GError) error = NULL;
    genre_model_set_calibration (teacher, i == 0 ? 4 * temperature : temperature, 0);
    genre_network_get_statistics (network)[0] += i == 1;
    genre_network_get_parameters (network)[0] += i == 2;
    ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
    ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
    ck_assert_ptr_nonnull (strstr (error->message, "belongs to other teachers, expected"));
    genre_network_get_statistics (network)[0] -= i == 1;
    genre_network_get_parameters (network)[0] -= i == 2;
  }
  tear_down (&f);
}
END_TEST

/* Their history is beyond what a safetensors header holds. */
START_TEST (a_checkpoint_holds_many_epochs)
{
  Fixture f = set_up ("");
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreNetwork) network = genre_network_new (
      "[{\"type\":\"statistics-pool\"},{\"type\":\"dense\",\"outputs\":3}]", 4, 4, 3, NULL);
  GenreOptimizer *optimizer = genre_optimizer_new (network);
  GenreTrainState saved = {.epoch = 20000, .best_loss = 1, .history = json_array_new ()};
  GenreTrainState loaded = {.history = json_array_new ()};
  for (guint i = 0; i < saved.epoch; i++) {
    JsonObject *record = json_object_new ();
    json_object_set_double_member (record, "train-loss", 1 / (i + 3.0));
    json_array_add_object_element (saved.history, record);
  }
  ck_assert_msg (genre_checkpoint_save (f.checkpoint, "x", optimizer, &saved, &error), "%s",
                 error ? error->message : "");
  ck_assert (genre_checkpoint_load (f.checkpoint, "x", NULL, optimizer, &loaded, NULL));
  ck_assert_uint_eq (json_array_get_length (loaded.history), saved.epoch);
  for (guint i = 0; i < saved.epoch; i++)
    ck_assert_double_eq (json_object_get_double_member (
                             json_array_get_object_element (loaded.history, i), "train-loss"),
                         1 / (i + 3.0));
  ck_assert (genre_checkpoint_check (network, saved.epoch, NULL));
  ck_assert (!genre_checkpoint_check (network, 1000000, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "1000000 epochs"));
  genre_train_state_clear (&saved);
  genre_train_state_clear (&loaded);
  genre_optimizer_free (optimizer);
  tear_down (&f);
}
END_TEST

/* With all that training keeps of them: 275 MB, more than a model may have. */
START_TEST (a_checkpoint_holds_many_parameters)
{
  Fixture f = set_up ("");
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreNetwork) network = genre_network_new (
      "[{\"type\":\"statistics-pool\"},{\"type\":\"dense\",\"outputs\":3680},"
      "{\"type\":\"dense\",\"outputs\":3680},{\"type\":\"dense\",\"outputs\":3}]",
      4, 4, 3, NULL);
  g_autoptr (GenreOptimizer) optimizer = genre_optimizer_new (network);
  gsize n = optimizer->n_parameters;
  ck_assert_uint_gt (5 * n * sizeof (float), GENRE_SAFETENSORS_MAX_FILE);
  ck_assert (genre_checkpoint_check (network, 100000, NULL));
  float *parts[] = {genre_network_get_parameters (network), optimizer->first, optimizer->second,
                    optimizer->average};
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    for (gsize j = 0; j < n; j++)
      parts[i][j] = (float)(j % 4093 + 4093 * i);
  /* the best of the validations stands for a fifth copy: lent, so that none is made */
  GenreTrainState state = {.epoch = 2, .best = optimizer->average, .history = json_array_new ()};
  state.best_statistics = g_new0 (float, 1);
  ck_assert_msg (genre_checkpoint_save (f.checkpoint, "x", optimizer, &state, &error), "%s",
                 error ? error->message : "");
  state.best = NULL;
  genre_train_state_clear (&state);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    memset (parts[i], 0, n * sizeof (float));
  state.history = json_array_new ();
  ck_assert (genre_train_state_make_room (&state, optimizer));
  const float *room = state.room;
  ck_assert_msg (genre_checkpoint_load (f.checkpoint, "x", NULL, optimizer, &state, &error), "%s",
                 error ? error->message : "");
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    for (gsize j = 0; j < n; j++)
      if (parts[i][j] != (float)(j % 4093 + 4093 * i))
        ck_abort_msg ("part %u, value %" G_GSIZE_FORMAT " is %g", i, j, (double)parts[i][j]);
  ck_assert_ptr_eq (state.best, room); /* not beside it, for there may be no memory left */
  ck_assert_int_eq (memcmp (state.best, optimizer->average, n * sizeof (float)), 0);
  genre_train_state_clear (&state);
  tear_down (&f);
}
END_TEST

/* 75 million parameters: refused before any work is done. */
START_TEST (a_network_beyond_a_model_file_is_refused)
{
  Fixture f = set_up ("[model]\nwidths=2600,2600,600\n");
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
  ck_assert_ptr_nonnull (strstr (error->message, "do not fit into a model file"));
  tear_down (&f);
}
END_TEST

static double
loss_in (JsonArray *history, guint epoch, const char *name)
{
  return json_object_get_double_member (json_array_get_object_element (history, epoch), name);
}

/* Of those that were validated, each being so. */
static guint
find_best_epoch (JsonArray *history)
{
  guint best = 0;
  for (guint i = 1; i < json_array_get_length (history); i++)
    if (loss_in (history, i, "valid-loss") < loss_in (history, best, "valid-loss"))
      best = i;
  return best;
}

/* With two validations that are no better than the best. */
START_TEST (patience_ends_a_run_that_no_longer_improves)
{
  Fixture f = set_up ("[training]\npatience=2\nvalidate-every=1\nlearning-rate=0\n");
  g_autoptr (JsonArray) history = NULL;
  g_autoptr (GError) error = NULL;
  f.recipe->epochs = 50;
  g_autoptr (GenreModel) model = genre_train_run (&f.job, &history, &error);
  ck_assert_ptr_nonnull (model);
  ck_assert_uint_lt (json_array_get_length (history), 50);
  ck_assert_uint_eq (json_array_get_length (history), find_best_epoch (history) + 3);
  ck_assert_uint_eq (genre_history_find_stored (history), json_array_get_length (history) - 2);
  tear_down (&f);
}
END_TEST

/* A third of what is watched is called otherwise than what is learnt: its loss rises in the end. */
START_TEST (the_temperature_is_that_of_the_weights_that_are_kept)
{
  Fixture f = set_up ("[model]\ndropout=0\n[training]\npatience=12\nvalidate-every=1\nepochs=80\n"
                      "label-smoothing=0\n[augmentation]\nshift=0\nmasks=0\nmixup=0\n");
  g_autoptr (JsonArray) history = NULL;
  for (guint i = 0; i < f.valid->len; i += 3) {
    GenreClip *clip = f.valid->pdata[i];
    clip->label = (clip->label + 1) % LABELS;
  }
  g_autoptr (GenreModel) model = genre_train_run (&f.job, &history, NULL);
  ck_assert_ptr_nonnull (model);
  const guint n_epochs = json_array_get_length (history);
  ck_assert_uint_lt (n_epochs, 80);
  ck_assert_uint_lt (find_best_epoch (history), n_epochs - 1);
  g_autoptr (GenreSegmentScores) scores = genre_segment_scores_from_network (
      genre_model_get_network (model), genre_model_get_front_end (model), f.recipe->segment_step,
      LABELS, f.valid, 1, NULL);
  const double temperature = genre_model_get_config (model)->temperature;
  ck_assert_double_eq_tol (genre_segment_scores_calibrate (scores, NULL), temperature, 1e-9);
  ck_assert (temperature > 0.11 && temperature < 9); /* or all weights would have the same */
  tear_down (&f);
}
END_TEST

START_TEST (the_last_epoch_is_validated_whatever_its_number)
{
  Fixture f = set_up ("[training]\nepochs=5\nvalidate-every=2\nlearning-rate=0\n");
  g_autoptr (JsonArray) history = NULL;
  g_autoptr (GenreModel) model = genre_train_run (&f.job, &history, NULL);
  ck_assert_ptr_nonnull (model);
  ck_assert_uint_eq (json_array_get_length (history), 5);
  for (guint i = 0; i < 5; i++)
    ck_assert_int_eq (
        json_object_has_member (json_array_get_object_element (history, i), "valid-loss"),
        i % 2 == 1 || i == 4);
  tear_down (&f);
}
END_TEST

/* ---- teachers ---- */

static void
call_otherwise (GPtrArray *clips, guint by)
{
  for (guint i = 0; i < clips->len; i++) {
    GenreClip *clip = clips->pdata[i];
    clip->label = (clip->label + by) % LABELS;
  }
}

/* The first genre keeps one clip of five. */
static void
make_unequal (GPtrArray *clips)
{
  for (guint i = clips->len; i-- > 0;) {
    const GenreClip *clip = clips->pdata[i];
    if (clip->label == 0 && i % 5 != 0)
      g_ptr_array_remove_index (clips, i);
  }
}

/* Of a teacher who calls each genre by the name of the next one. Loop: the first one has fewer
 * clips and weighs the same. */
START_TEST (a_pupil_answers_as_the_teacher_does)
{
  Fixture f = set_up ("[training]\nteacher-share=1\nepochs=40\n"
                      "[augmentation]\nshift=0\nband-limit=0\nmasks=0\nmixup=0\n");
  g_autoptr (GPtrArray) teachers =
      g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  g_autoptr (JsonArray) history = NULL;
  call_otherwise (f.train, 1);
  call_otherwise (f.valid, 1);
  g_ptr_array_add (teachers, train (&f.job));
  call_otherwise (f.train, 2); /* as they are called */
  if (_i)
    make_unequal (f.train);
  f.recipe->class_weights = _i;
  f.job.teachers = teachers;
  g_autoptr (GenreModel) pupil = genre_train_run (&f.job, &history, NULL);
  ck_assert_ptr_nonnull (pupil);
  ck_assert_double_ge (loss_in (history, 39, "valid-accuracy"), 0.9);
  tear_down (&f);
}
END_TEST

/* Who does not know smooths labels: his half of the target is the same for all, and weighs what the
 * clip weighs. */
START_TEST (what_a_teacher_says_weighs_what_the_clip_weighs)
{
  Fixture f = set_up ("[training]\nclass-weights=1\nepochs=2\nlearning-rate=0\n"
                      "label-smoothing=0.5\nteacher-share=0.5\n");
  g_autoptr (GPtrArray) teachers =
      g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  g_autoptr (JsonArray) smoothed = NULL, taught = NULL;
  make_unequal (f.train);
  g_autoptr (GenreModel) alone = genre_train_run (&f.job, &smoothed, NULL);
  ck_assert_ptr_nonnull (alone);
  g_ptr_array_add (teachers, train (&f.job));
  GenreNetwork *network = genre_model_get_network (teachers->pdata[0]);
  memset (genre_network_get_parameters (network), 0,
          genre_network_get_n_parameters (network) * sizeof (float));
  f.job.teachers = teachers;
  f.recipe->label_smoothing = 0;
  g_autoptr (GenreModel) pupil = genre_train_run (&f.job, &taught, NULL);
  ck_assert_ptr_nonnull (pupil);
  for (guint i = 0; i < 2; i++)
    ck_assert_double_eq_tol (loss_in (taught, i, "train-loss"), loss_in (smoothed, i, "train-loss"),
                             1e-5);
  tear_down (&f);
}
END_TEST

/* ---- draws ---- */

/* The same two segments in each step, of a network that does not learn. Loop: with dropout. */
START_TEST (dropout_differs_from_step_to_step)
{
  Fixture f = set_up ("[model]\ndropout=0\n[training]\nepochs=4\nlearning-rate=0\n"
                      "balance=genres\n[augmentation]\nstretch=0\nshift=0\nequaliser=0\n"
                      "band-limit=0\nnoise=0\ncompression=0\nmasks=0\nmixup=0\n");
  g_autoptr (JsonArray) history = NULL;
  f.recipe->dropout = _i ? 0.5 : 0;
  g_ptr_array_set_size (f.train, 2);
  for (guint i = 0; i < 2; i++)
    ((GenreClip *)f.train->pdata[i])->n_frames = f.recipe->segment_frames;
  g_autoptr (GenreModel) model = genre_train_run (&f.job, &history, NULL);
  ck_assert_ptr_nonnull (model);
  for (guint i = 1; i < 4; i++)
    ck_assert_int_eq (loss_in (history, i, "train-loss") == loss_in (history, i - 1, "train-loss"),
                      _i == 0);
  tear_down (&f);
}
END_TEST

START_TEST (statistics_move_by_a_tenth)
{
  g_autoptr (GenreNetwork) network =
      genre_network_new ("[{\"type\":\"batch-norm\"},{\"type\":\"statistics-pool\"},"
                         "{\"type\":\"dense\",\"outputs\":3}]",
                         4, 4, 3, NULL);
  g_autoptr (GenreOptimizer) optimizer = genre_optimizer_new (network);
  float *statistics = genre_network_get_statistics (network);
  const float group[] = {1, 1};
  ck_assert_uint_eq (optimizer->n_statistics, 2);
  statistics[0] = 0;
  statistics[1] = 2;
  genre_optimizer_track (optimizer, group);
  ck_assert_float_eq_tol (statistics[0], 0.1f, 1e-6f);
  ck_assert_float_eq_tol (statistics[1], 1.9f, 1e-6f);
}
END_TEST

/* Those that are in the checkpoint, too: a table that grows has no other source. */
static void
expect_all_epochs (const GenreTrainProgress *progress, gpointer user_data)
{
  (void)user_data;
  if (progress->epoch_done)
    ck_assert_uint_eq (json_array_get_length (progress->history), progress->epoch);
}

/* It is stopped in the last epoch, between the two validations that are no better than the best. */
START_TEST (a_resumed_run_has_no_new_patience)
{
  Fixture f = set_up ("[training]\npatience=2\nvalidate-every=1\nlearning-rate=0\nepochs=50\n");
  g_autoptr (JsonArray) whole = NULL, resumed = NULL;
  Stopper counter = {0};
  GenreTrainJob job = f.job;
  job.progress = count_steps;
  job.user_data = &counter;
  g_autoptr (GenreModel) model = genre_train_run (&job, &whole, NULL);
  ck_assert_ptr_nonnull (model);
  const guint n_epochs = json_array_get_length (whole);
  ck_assert_uint_lt (n_epochs, 50);
  g_remove (f.checkpoint);
  stop_run_after (f.job, counter.steps - counter.steps / n_epochs + 1);
  f.job.resume = TRUE;
  f.job.progress = expect_all_epochs;
  g_autoptr (GenreModel) same = genre_train_run (&f.job, &resumed, NULL);
  ck_assert_ptr_nonnull (same);
  ck_assert_uint_eq (json_array_get_length (resumed), n_epochs);
  assert_same (model, same);
  tear_down (&f);
}
END_TEST

START_TEST (data_that_cannot_be_learnt_from_are_refused)
{
  Fixture f = set_up ("");
  g_autoptr (GError) error = NULL;
  f.recipe->segment_frames = CLIP_FRAMES + 1; /* every clip is too short */
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
  ck_assert_ptr_nonnull (strstr (error->message, "30 of 30 clips are shorter"));
  g_clear_error (&error);
  f.recipe->segment_frames = 16;
  g_free (f.recipe->representation);
  f.recipe->representation = g_strdup ("linear");
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
  g_clear_error (&error);
  g_free (f.recipe->representation);
  f.recipe->representation = g_strdup ("");
  for (guint i = f.train->len; i-- > 0;) {
    if (((GenreClip *)g_ptr_array_index (f.train, i))->label != 1)
      g_ptr_array_remove_index (f.train, i);
  }
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "1 genres"));
  g_clear_error (&error);
  g_free (f.recipe->balance);
  f.recipe->balance = g_strdup ("artists");
  for (guint i = 0; i < f.train->len; i++)
    g_clear_pointer (&((GenreClip *)g_ptr_array_index (f.train, i))->artist, g_free);
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "--artists"));
  tear_down (&f);
}
END_TEST

static gboolean
has_problem (const GenreDataset *dataset, const char *words)
{
  for (guint i = 0; i < dataset->problems->len; i++)
    if (strstr (g_ptr_array_index (dataset->problems, i), words))
      return TRUE;
  return FALSE;
}

START_TEST (what_is_left_out_is_noted)
{
  Fixture f = set_up ("[training]\nepochs=1\n");
  g_autoptr (GError) error = NULL;
  for (guint i = f.train->len; i-- > 0;) {
    GenreClip *clip = g_ptr_array_index (f.train, i);
    if (clip->label == 1)
      g_ptr_array_remove_index (f.train, i);
  }
  ((GenreClip *)g_ptr_array_index (f.train, 0))->n_frames = 15;
  for (guint i = 1; i < f.valid->len; i++)
    ((GenreClip *)g_ptr_array_index (f.valid, i))->n_frames = 15;
  g_autoptr (GenreModel) model = train (&f.job);
  ck_assert (has_problem (f.dataset, "1 clip is shorter than a segment of 16 frames: not trained"));
  ck_assert (has_problem (f.dataset, "11 clips are shorter than a segment of 16 frames: not wat"));
  ck_assert (has_problem (f.dataset, "jazz: no clip to train on"));
  ((GenreClip *)g_ptr_array_index (f.valid, 0))->n_frames = 15;
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
  ck_assert_ptr_nonnull (strstr (error->message, "all 12 clips to watch are shorter"));
  tear_down (&f);
}
END_TEST

START_TEST (cepstra_and_bands_are_learnt_from_the_same_data)
{
  const struct {
    const char *settings;
    GenreRepresentation representation;
    guint coefficients;
  } wanted[] = {{"representation=mel\n", GENRE_REPRESENTATION_MEL, 0},
                {"representation=mfcc\ncoefficients=12\n", GENRE_REPRESENTATION_MFCC, 12},
                {"", GENRE_REPRESENTATION_MFCC, 8}};
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    g_autofree char *settings = g_strconcat ("[model]\n", wanted[i].settings, NULL);
    Fixture f = set_up (settings);
    f.recipe->epochs = 1;
    f.dataset->front_end.representation = GENRE_REPRESENTATION_MFCC;
    f.dataset->front_end.coefficients = 8;
    g_autoptr (GenreModel) model = train (&f.job);
    const GenreFrontEndConfig *config = &genre_model_get_config (model)->front_end;
    ck_assert_int_eq (config->representation, wanted[i].representation);
    ck_assert_uint_eq (config->coefficients, wanted[i].coefficients);
    tear_down (&f);
  }
}
END_TEST

START_TEST (what_is_stored_otherwise_is_not_learnt)
{
  const struct {
    GenreRepresentation held;
    const char *wanted, *complaint;
  } faults[] = {
      {GENRE_REPRESENTATION_MEL, "linear", "is \"linear\", but the data set holds \"mel\""},
      {GENRE_REPRESENTATION_LINEAR, "mel", "is \"mel\", but the data set holds \"linear\""},
      {GENRE_REPRESENTATION_LINEAR, "mfcc", "is \"mfcc\", but the data set holds \"linear"}};
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    g_autofree char *settings = g_strdup_printf ("[model]\nrepresentation=%s\n", faults[i].wanted);
    Fixture f = set_up (settings);
    g_autoptr (GError) error = NULL;
    f.dataset->front_end.representation = faults[i].held;
    ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
    ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
    ck_assert_msg (strstr (error->message, faults[i].complaint), "%s", error->message);
    tear_down (&f);
  }
}
END_TEST

START_TEST (a_loss_that_is_not_finite_is_an_error)
{
  Fixture f = set_up ("[training]\nlearning-rate=10\nweight-decay=10\nepochs=400\n"
                      "[augmentation]\nmixup=0\n");
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_train_run (&f.job, NULL, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_DATA));
  ck_assert_ptr_nonnull (strstr (error->message, "the loss is"));
  tear_down (&f);
}
END_TEST

/* Of an epoch of equal draws, each genre gets a third, each artist of it an equal share. */
START_TEST (artists_are_drawn_equally_often)
{
  Fixture f = set_up ("[training]\nbalance=artists\nlabel-smoothing=0\n[augmentation]\nmixup=0\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&f.dataset->front_end, &error);
  guint n_short, seen[LABELS] = {0};
  for (guint i = 0; i < 20; i += 2) /* genre 0 loses most of its clips */
    g_ptr_array_remove_index_fast (f.train, 0);
  g_autoptr (GenreBatches) batches =
      genre_batches_new (f.recipe, f.dataset, front_end, f.train, &n_short, &error);
  g_autofree float *input = g_new (float, 16 * BANDS);
  float target[LABELS];
  for (guint epoch = 0; epoch < 50; epoch++) {
    genre_batches_begin (batches, epoch);
    for (guint i = 0; i < 6; i++) {
      genre_batches_fill (batches, i, GENRE_VIEW_ANY, input, target);
      for (guint l = 0; l < LABELS; l++)
        seen[l] += target[l] == 1;
    }
  }
  for (guint l = 0; l < LABELS; l++)
    ck_assert_uint_eq (seen[l], 100);
  tear_down (&f);
}
END_TEST

/* Over an epoch, weights make the sum of each genre's targets the same, and leave their mean 1. */
START_TEST (weights_make_up_for_unequal_folders)
{
  Fixture f = set_up ("[training]\nclass-weights=1\n[augmentation]\nmixup=0\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&f.dataset->front_end, &error);
  for (guint i = 0; i < 7; i++) /* three of ten clips of genre 0 are left */
    g_ptr_array_remove_index (f.train, 2 * i);
  guint n_short;
  g_autoptr (GenreBatches) batches =
      genre_batches_new (f.recipe, f.dataset, front_end, f.train, &n_short, &error);
  g_autofree float *input = g_new (float, 16 * BANDS);
  float target[LABELS], sums[LABELS] = {0};
  genre_batches_begin (batches, 0);
  for (guint i = 0; i < f.train->len; i++) {
    genre_batches_fill (batches, i, GENRE_VIEW_ANY, input, target);
    for (guint l = 0; l < LABELS; l++)
      sums[l] += target[l];
  }
  for (guint l = 0; l < LABELS; l++)
    ck_assert_float_eq_tol (sums[l], f.train->len / 3.0, 1e-4);
  tear_down (&f);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("training");
  Suite *suite = suite_create ("training");
  suite_add_tcase (suite, tests);
  tcase_set_timeout (tests, 300);
  tcase_add_loop_test (tests, the_number_of_threads_changes_nothing, 0, 2);
  tcase_add_test (tests, another_seed_gives_another_model);
  tcase_add_test (tests, another_weight_of_consistency_gives_another_model);
  tcase_add_loop_test (tests, what_can_be_told_apart_is_learnt, 0, G_N_ELEMENTS (variants));
  tcase_add_loop_test (tests, a_stopped_and_resumed_run_equals_an_uninterrupted_one, 0,
                       G_N_ELEMENTS (schedules));
  tcase_add_test (tests, a_checkpoint_of_an_earlier_version_goes_on);
  tcase_add_test (tests, a_checkpoint_of_something_else_is_refused);
  tcase_add_test (tests, a_damaged_checkpoint_is_refused);
  tcase_add_test (tests, other_data_do_not_fit_a_checkpoint);
  tcase_add_test (tests, a_teacher_that_answers_otherwise_does_not_fit_a_checkpoint);
  tcase_add_test (tests, a_checkpoint_holds_many_epochs);
  tcase_add_test (tests, a_checkpoint_holds_many_parameters);
  tcase_add_test (tests, a_network_beyond_a_model_file_is_refused);
  tcase_add_test (tests, patience_ends_a_run_that_no_longer_improves);
  tcase_add_test (tests, a_resumed_run_has_no_new_patience);
  tcase_add_test (tests, the_temperature_is_that_of_the_weights_that_are_kept);
  tcase_add_test (tests, the_last_epoch_is_validated_whatever_its_number);
  tcase_add_loop_test (tests, a_pupil_answers_as_the_teacher_does, 0, 2);
  tcase_add_test (tests, what_a_teacher_says_weighs_what_the_clip_weighs);
  tcase_add_loop_test (tests, dropout_differs_from_step_to_step, 0, 2);
  tcase_add_test (tests, statistics_move_by_a_tenth);
  tcase_add_test (tests, data_that_cannot_be_learnt_from_are_refused);
  tcase_add_test (tests, what_is_left_out_is_noted);
  tcase_add_test (tests, cepstra_and_bands_are_learnt_from_the_same_data);
  tcase_add_test (tests, what_is_stored_otherwise_is_not_learnt);
  tcase_add_test (tests, a_loss_that_is_not_finite_is_an_error);
  tcase_add_test (tests, weights_make_up_for_unequal_folders);
  tcase_add_test (tests, artists_are_drawn_equally_often);
  SRunner *runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  int failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
