/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a model begins with that begins with another. */
#include "learning/transfer.h"
#include <gio/gio.h>
#include <math.h>
#include <string.h>
#include "learning/background.h"
#include "learning/merger.h"
#include "learning/ownmodel.h"
#include "learning/training.h"
#include "measuring/detection.h"
#include "random.h"
#include "segment.h"
#include "support.h"

#define BANDS 128
#define FRAMES 32
#define CLIPS 4 /* of each label */
#define OWN_CLIPS 12

static char *own_labels[] = {"ska", "zouk", "three", NULL};
static char *own_names[] = {"Ska", "Zouk", "Three", NULL};
static char *const model_names[] = {"a", "b"};

/* Labels "one", "two" and "three", the last of which is background; weights by @seed. */
static GenreModel *
make_source (guint64 seed, double temperature)
{
  g_autoptr (GenreModel) plain = test_model ();
  GenreModelConfig config = {0};
  genre_model_config_copy (genre_model_get_config (plain), &config);
  config.n_background = 1;
  config.temperature = temperature;
  GenreModel *source = genre_model_new (&config, NULL);
  genre_model_config_clear (&config);
  genre_network_initialise (genre_model_get_network (source), seed);
  return source;
}

/* One of tones, one of beats, and, if @with_background, neither. */
static GenreDataset *
make_dataset (gboolean with_background)
{
  const GenreFrontEndConfig front_end = genre_front_end_config_default ();
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  GenreDatasetEntry entries[3 * CLIPS];
  guint n = with_background ? 3 : 2;
  for (guint i = 0; i < n * CLIPS; i++) {
    g_autofree guint8 *levels = g_malloc (FRAMES * BANDS);
    GenreRandom random = genre_random_keyed (i, 7, 0, 0);
    for (guint k = 0; k < FRAMES * BANDS; k++) {
      guint stripe = i / CLIPS == 0 ? k % BANDS : i / CLIPS == 1 ? k / BANDS : k % 7 * k;
      levels[k] = genre_random_below (&random, 60) + (stripe / 4 % 2 ? 150 : 20);
    }
    g_autofree char *name = g_strdup_printf ("%u.npy", i);
    test_write_levels (folder, name, FRAMES, levels);
    char *path = test_path (folder, name);
    g_ptr_array_add (paths, path);
    entries[i] = (GenreDatasetEntry){path, path, i / CLIPS, NULL, NULL};
  }
  GenreDataset *dataset =
      genre_dataset_load_entries (&front_end, own_labels, own_names, 1, entries, n * CLIPS, NULL);
  ck_assert_ptr_nonnull (dataset);
  return dataset;
}

static void
score (GenreModel *model, const float *input, float *scores)
{
  genre_inference_run (genre_model_get_inference (model), input, scores);
}

/* Before anything is learnt: new genres score what the source's do, mixed; background what it did,
 * divided by the temperature. Merged sources, too. */
START_TEST (it_begins_with_what_the_source_says)
{
  g_autoptr (GPtrArray) members =
      g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  g_ptr_array_add (members, make_source (1, 2));
  g_ptr_array_add (members, make_source (2, 1));
  g_autoptr (GenreModel) merged = genre_merge (members, NULL, model_names, NULL);
  GenreModel *source = _i ? merged : members->pdata[0];
  double temperature = genre_model_get_config (source)->temperature;
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 0.1, 2, NULL);
  ck_assert_ptr_nonnull (transfer);
  g_autoptr (GenreModel) model = genre_transfer_begin (transfer, dataset->clips, NULL);
  ck_assert_ptr_nonnull (model);
  const GenreModelConfig *config = genre_model_get_config (model);
  ck_assert_str_eq (config->labels[0], "ska");
  ck_assert_str_eq (config->display_names[1], "Zouk");
  ck_assert_uint_eq (config->n_background, 1);
  for (guint draw = 0; draw < 5; draw++) {
    float input[16 * BANDS], old[3], new[3];
    GenreRandom random = genre_random_keyed (draw, 3, 0, 0);
    for (guint i = 0; i < G_N_ELEMENTS (input); i++)
      input[i] = genre_random_normal (&random);
    score (source, input, old);
    score (model, input, new);
    ck_assert_double_eq_tol (new[2], old[2] / temperature, 1e-4);
    double low = MIN (old[0], old[1]) / temperature, high = MAX (old[0], old[1]) / temperature;
    for (guint l = 0; l < 2; l++)
      ck_assert (new[l] >= low - 1e-4 && new[l] <= high + 1e-4);
  }
}
END_TEST

START_TEST (it_stops_while_the_source_hears)
{
  g_autoptr (GenreModel) source = make_source (1, 1);
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 0.1, 1, NULL);
  g_autoptr (GError) error = NULL;
  gint stop = 1;
  genre_transfer_set_stop (transfer, &stop);
  ck_assert_ptr_null (genre_transfer_begin (transfer, dataset->clips, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  ck_assert_ptr_nonnull (strstr (error->message, "begin.model"));
  stop = 0;
  g_autoptr (GenreModel) model = genre_transfer_begin (transfer, dataset->clips, NULL);
  ck_assert_ptr_nonnull (model);
}
END_TEST

START_TEST (only_new_rows_learn_at_full_rate)
{
  g_autoptr (GenreModel) source = make_source (1, 1);
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 0.25, 1, NULL);
  g_autoptr (GenreModel) model = genre_transfer_begin (transfer, dataset->clips, NULL);
  g_autofree float *rates = genre_transfer_rates (transfer, model);
  const GArray *infos = genre_network_get_parameter_info (genre_model_get_network (model));
  const GenreTensorInfo *bias = NULL, *weight = NULL;
  guint n_full = 0;
  for (guint i = 0; i < infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (infos, GenreTensorInfo, i);
    weight = bias;
    bias = info; /* of the dense layer, at last */
    for (guint k = 0; k < info->size; k++)
      n_full += rates[info->offset + k] == 1;
  }
  ck_assert_uint_eq (bias->size, 3);
  ck_assert_uint_eq (n_full, 2 * (1 + weight->shape[1]));
  ck_assert_double_eq (rates[bias->offset + 1], 1);
  ck_assert_double_eq (rates[bias->offset + 2], 0.25);
}
END_TEST

static GenreRecipe *
short_recipe (void)
{
  GenreRecipe *recipe = genre_recipe_new ();
  ck_assert (genre_recipe_parse (recipe,
                                 "[model]\nsegment-frames=16\nsegment-step=16\n"
                                 "[training]\nepochs=150\nbatch=4\ngroup=4\nlearning-rate=0.01\n"
                                 "[augmentation]\nmixup=0\nmasks=0\nshift=0\n",
                                 "test", NULL));
  return recipe;
}

static double
learn (double body_rate, GenreDataset *dataset, GenreModel **model)
{
  g_autoptr (GenreModel) source = make_source (1, 1);
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, body_rate, 1, NULL);
  const GenreTrainJob job = {.recipe = recipe,
                             .dataset = dataset,
                             .train = dataset->clips,
                             .transfer = transfer,
                             .n_threads = 2};
  g_autoptr (GError) error = NULL;
  *model = genre_train_run (&job, NULL, &error);
  ck_assert_msg (*model, "%s", error ? error->message : "");
  const float *old = genre_network_get_parameters (genre_model_get_network (source));
  return fabs (genre_network_get_parameters (genre_model_get_network (*model))[0] - old[0]);
}

/* With the body held fast it stays as it is, to the bit, and the new genres are told apart. */
START_TEST (what_is_new_is_learnt)
{
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  g_autoptr (GenreModel) fixed = NULL, free_one = NULL;
  ck_assert_double_eq (learn (0, dataset, &fixed), 0);
  ck_assert_double_gt (learn (1, dataset, &free_one), 0);
  guint n_right = 0;
  for (guint i = 0; i < dataset->clips->len; i++) {
    const GenreClip *clip = dataset->clips->pdata[i];
    float input[16 * BANDS], decibels[16 * BANDS], scores[3];
    for (guint k = 0; k < G_N_ELEMENTS (decibels); k++)
      decibels[k] = clip->levels[k] * 80.0f / 255 - 80;
    genre_segment_normalise (genre_model_get_front_end (free_one), decibels, 16, input);
    score (free_one, input, scores);
    n_right += scores[clip->label] >= MAX (scores[0], MAX (scores[1], scores[2]));
  }
  ck_assert_uint_ge (n_right, dataset->clips->len - 1);
}
END_TEST

static char *
identify (GenreDataset *dataset, double temperature)
{
  g_autoptr (GenreModel) source = make_source (1, temperature);
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 0.5, 1, NULL);
  const GenreOwnModelJob job = {
      .recipe = recipe, .dataset = dataset, .transfer = transfer, .n_folds = 2};
  return genre_own_model_identify (&job);
}

/* What is learnt from another sound, or begins otherwise, must not go on from what was. */
START_TEST (another_sound_or_source_is_another_model)
{
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  g_autofree char *first = identify (dataset, 1), *again = identify (dataset, 1);
  g_autofree char *warmer = identify (dataset, 2);
  ck_assert_str_eq (first, again);
  ck_assert_str_ne (first, warmer);
  const GenreClip *last = dataset->clips->pdata[dataset->clips->len - 1];
  last->levels[FRAMES * BANDS - 1] ^= 1;
  g_autofree char *other = identify (dataset, 1);
  ck_assert_str_ne (first, other);
}
END_TEST

/* The same weights: but of another name of the background, whose row would be kept, or not. */
START_TEST (another_label_of_the_source_is_another_beginning)
{
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  g_autoptr (GenreModel) source = make_source (1, 1);
  GenreModelConfig config = {0};
  genre_model_config_copy (genre_model_get_config (source), &config);
  config.labels[2][0] = 'x';
  g_autoptr (GenreModel) other = genre_model_new (&config, NULL);
  genre_model_config_clear (&config);
  genre_network_initialise (genre_model_get_network (other), 1);
  g_autoptr (GenreTransfer) a = genre_transfer_new (source, "a", dataset, 0.5, 1, NULL);
  g_autoptr (GenreTransfer) b = genre_transfer_new (other, "a", dataset, 0.5, 1, NULL);
  ck_assert_str_ne (genre_transfer_get_identity (a), genre_transfer_get_identity (b));
}
END_TEST

/* Who computes a sound on another kind of processor may round otherwise. */
START_TEST (a_made_sound_is_known_by_its_name)
{
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  GenreClip *last = dataset->clips->pdata[dataset->clips->len - 1];
  last->is_made = TRUE;
  g_autofree char *first = identify (dataset, 1);
  last->levels[FRAMES * BANDS - 1] ^= 1;
  g_autofree char *again = identify (dataset, 1);
  ck_assert_str_eq (first, again);
  last->stem[0]++;
  g_autofree char *other = identify (dataset, 1);
  ck_assert_str_ne (first, other);
}
END_TEST

typedef struct {
  gint stop;
  guint n_steps;
} Stopper;

static void
stop_soon (const GenreTrainProgress *progress, gpointer user_data)
{
  Stopper *stopper = user_data;
  if (++stopper->n_steps == 5)
    g_atomic_int_set (&stopper->stop, 1);
}

/* @seed: of the model to begin with; 0: from chance */
static GenreModel *
train_from (GenreDataset *dataset, const char *checkpoint, guint64 seed, Stopper *stopper,
            GError **error)
{
  g_autoptr (GenreModel) source = seed ? make_source (seed, 1) : NULL;
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  g_autoptr (GenreTransfer) transfer =
      source ? genre_transfer_new (source, "begin.model", dataset, 0.5, 1, NULL) : NULL;
  if (transfer)
    genre_transfer_adapt (transfer, recipe);
  const GenreTrainJob job = {.recipe = recipe,
                             .dataset = dataset,
                             .train = dataset->clips,
                             .transfer = transfer,
                             .n_threads = 1,
                             .checkpoint = checkpoint,
                             .resume = TRUE,
                             .stop = &stopper->stop,
                             .progress = stop_soon,
                             .user_data = stopper};
  return genre_train_run (&job, NULL, error);
}

/* Made sounds, and the weights to begin with, that another processor rounds otherwise do not keep
 * it from going on; another model to begin with does. */
START_TEST (it_goes_on_where_numbers_are_rounded_otherwise)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *checkpoint = test_path (folder, "checkpoint");
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  GenreClip *first = dataset->clips->pdata[0];
  Stopper stopper = {0}, patient = {.n_steps = 5};
  GError *error = NULL;
  first->is_made = TRUE; /* of a genre, whose row begins with what is heard in it */
  ck_assert_ptr_null (train_from (dataset, checkpoint, 1, &stopper, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_clear_error (&error);
  for (guint i = 0; i < FRAMES * BANDS; i += 3)
    first->levels[i] ^= 1;
  ck_assert_ptr_null (train_from (dataset, checkpoint, 2, &patient, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "checkpoint", "another model to begin with");
  g_autoptr (GenreModel) model = train_from (dataset, checkpoint, 1, &patient, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  ck_assert_uint_eq (patient.n_steps, 150 * (3 + 1)); /* both together, and not begun anew */
}
END_TEST

/* It brings a network along, and settings of the recipe, which nobody has changed. */
START_TEST (who_adds_a_model_to_begin_with_is_told_of_that_alone)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *checkpoint = test_path (folder, "checkpoint");
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  Stopper stopper = {0}, patient = {.n_steps = 5};
  GError *error = NULL;
  ck_assert_ptr_null (train_from (dataset, checkpoint, 0, &stopper, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_clear_error (&error);
  ck_assert_ptr_null (train_from (dataset, checkpoint, 1, &patient, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "checkpoint",
                     "belongs to another model to begin with, expected");
}
END_TEST

static char *
identify_network (GenreDataset *dataset, const char *architecture)
{
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  g_autofree char *setting = g_strconcat ("model.architecture=", architecture, NULL);
  ck_assert (genre_recipe_set (recipe, setting, NULL));
  const GenreOwnModelJob job = {.recipe = recipe, .dataset = dataset, .n_folds = 2};
  return genre_own_model_identify (&job);
}

/* Of which the recipe has only the name. */
START_TEST (another_network_in_a_file_is_another_model)
{
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "network.json");
  test_write (folder, "network.json", "[1]", -1);
  g_autofree char *first = identify_network (dataset, path);
  g_autofree char *again = identify_network (dataset, path);
  test_write (folder, "network.json", "[2]", -1);
  g_autofree char *other = identify_network (dataset, path);
  ck_assert_str_eq (first, again);
  ck_assert_str_ne (first, other);
}
END_TEST

START_TEST (what_does_not_fit_is_refused)
{
  g_autoptr (GenreModel) source = make_source (1, 1);
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  GError *error = NULL;
  dataset->front_end.hop = 512;
  ck_assert_ptr_null (genre_transfer_new (source, "begin.model", dataset, 0.1, 1, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "front end");
  dataset->front_end.hop = genre_front_end_config_default ().hop;
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 0.1, 1, NULL);
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  recipe->segment_frames = 32;
  const GenreTrainJob job = {.recipe = recipe,
                             .dataset = dataset,
                             .train = dataset->clips,
                             .transfer = transfer,
                             .n_threads = 1};
  ck_assert_ptr_null (genre_train_run (&job, NULL, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "segment-frames is 32", "hears 16");
  genre_transfer_adapt (transfer, recipe);
  ck_assert_uint_eq (recipe->segment_frames, 16);
}
END_TEST

/* A model of cepstra learns from mel bands, a model of mel bands from what was extracted for
 * cepstra; from bands of another kind neither does. */
START_TEST (what_is_stored_alike_fits)
{
  static const struct {
    GenreRepresentation hears, held;
    gboolean fits;
  } pairs[] = {{GENRE_REPRESENTATION_MFCC, GENRE_REPRESENTATION_MEL, TRUE},
               {GENRE_REPRESENTATION_MEL, GENRE_REPRESENTATION_MFCC, TRUE},
               {GENRE_REPRESENTATION_MFCC, GENRE_REPRESENTATION_LINEAR, FALSE},
               {GENRE_REPRESENTATION_MEL, GENRE_REPRESENTATION_LINEAR, FALSE}};
  g_autoptr (GenreModel) plain = make_source (1, 1);
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    GenreModelConfig config = {0};
    genre_model_config_copy (genre_model_get_config (plain), &config);
    config.front_end.representation = pairs[i].hears;
    config.front_end.coefficients = pairs[i].hears == GENRE_REPRESENTATION_MFCC ? BANDS : 0;
    g_autoptr (GenreModel) source = genre_model_new (&config, NULL);
    genre_model_config_clear (&config);
    dataset->front_end.representation = pairs[i].held;
    dataset->front_end.coefficients = pairs[i].held == GENRE_REPRESENTATION_MFCC ? 20 : 0;
    GError *error = NULL;
    g_autoptr (GenreTransfer) transfer =
        genre_transfer_new (source, "begin.model", dataset, 0.1, 1, &error);
    ck_assert_int_eq (transfer != NULL, pairs[i].fits);
    if (!pairs[i].fits)
      test_assert_error (error, GENRE_ERROR_DATA, "front end");
  }
}
END_TEST

/* Elsewhere there is nothing that the folds' biases could be added to. */
START_TEST (an_own_model_ends_with_dense_layers)
{
  static const struct {
    const char *end, *other;
  } networks[] = {
      {"", NULL},
      {",{\"type\":\"relu\"}", "\"relu\""},
      {",{\"type\":\"residual\",\"body\":[{\"type\":\"dense\",\"outputs\":3}]}", "\"residual\""},
      {",{\"type\":\"residual\",\"body\":[{\"type\":\"dense\",\"outputs\":3}],"
       "\"shortcut\":[{\"type\":\"dense\",\"outputs\":3},{\"type\":\"dropout\",\"rate\":0.5}]}",
       "\"dropout\""},
      {",{\"type\":\"residual\",\"body\":[{\"type\":\"dense\",\"outputs\":3}],"
       "\"shortcut\":[{\"type\":\"dense\",\"outputs\":3}]}",
       NULL},
  };
  g_autoptr (GenreDataset) dataset = make_dataset (TRUE);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "network.json");
  g_autofree char *setting = g_strconcat ("model.architecture=", path, NULL);
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  ck_assert (genre_recipe_set (recipe, setting, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (networks); i++) {
    GError *error = NULL;
    g_autofree char *text = g_strdup_printf (
        "[{\"type\":\"statistics-pool\"},{\"type\":\"dense\",\"outputs\":3}%s]", networks[i].end);
    test_write (folder, "network.json", text, -1);
    gboolean good = genre_own_model_check_network (recipe, dataset, &error);
    ck_assert_msg (good == !networks[i].other, "%u: %s", i, error ? error->message : "");
    if (networks[i].other)
      test_assert_error (error, GENRE_ERROR_INVALID, path, networks[i].other, "\"dense\"");
  }
}
END_TEST

/* Of tones (label 0), of beats (1), and of what is both or neither (3, music of other genres). */
static GenreDataset *
make_mixed_dataset (void)
{
  static const guint labels[] = {0, 1, 3};
  GenreDataset *dataset = make_dataset (FALSE);
  g_ptr_array_set_size (dataset->clips, 0);
  for (guint i = 0; i < 3 * OWN_CLIPS; i++) {
    guint kind = i / OWN_CLIPS;
    guint8 *levels = g_malloc (FRAMES * BANDS);
    GenreRandom random = genre_random_keyed (i, 9, 0, 0);
    for (guint k = 0; k < FRAMES * BANDS; k++) {
      gboolean tone = k % BANDS / 4 % 2, beat = k / BANDS / 4 % 2;
      gboolean loud = kind == 0 ? tone : kind == 1 ? beat : tone ^ beat;
      levels[k] = genre_random_below (&random, 60) + (loud ? 150 : 20);
    }
    g_autofree char *name = g_strdup_printf ("clip %u", i);
    genre_dataset_add (dataset, name, labels[kind], name, levels, FRAMES);
  }
  genre_dataset_sort (dataset);
  return dataset;
}

/* Music of other genres that a collection has a little of is unknown, of what is learnt little is
 * lost: out of fold, with the thresholds that the model gets. */
START_TEST (an_own_model_doubts_what_is_none_of_its_genres)
{
  g_autoptr (GenreModel) source = make_source (1, 1);
  g_autoptr (GenreDataset) dataset = make_mixed_dataset ();
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 1, 1, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *work = test_path (folder, "work");
  const GenreOwnModelJob job = {.recipe = recipe,
                                .dataset = dataset,
                                .transfer = transfer,
                                .n_folds = 2,
                                .folder = work,
                                .n_threads = 2};
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreOwnModel) own = genre_own_model_learn (&job, &error);
  ck_assert_msg (own, "%s", error ? error->message : "");
  const GenreModelConfig *config = genre_model_get_config (own->model);
  const GenreThresholds thresholds = {config->threshold, config->doubt}, none = {0, 0};
  const GenreAnswered all = genre_answered_measure (own->scores, none);
  const GenreAnswered answered = genre_answered_measure (own->scores, thresholds);
  const GenreModesty modesty = genre_modesty_measure (own->scores, thresholds);
  ck_assert_uint_eq (modesty.n_clips, OWN_CLIPS);
  ck_assert_double_ge (modesty.unknown, 0.5);
  ck_assert_double_ge (all.answered * all.right, 0.8);
  ck_assert_double_ge (answered.answered * answered.right, 0.9 * all.answered * all.right - 1e-9);
}
END_TEST

/* Half a step for each song, from 400 to 1,500, of everything that an epoch has, in batches of any
 * size. */
START_TEST (all_that_an_epoch_has_counts_as_steps)
{
  static const char *const batches[] = {"training.batch=16", "training.batch=64",
                                        "training.batch=8"};
  static const struct {
    guint n_songs, n_others;
    double steps;
  } cases[] = {{1000, 0, 500},       {1000, 500, 500}, {3000, 1560, 1500},
               {50000, 25060, 1500}, {100, 60, 400},   {10, 0, 400}};
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GenreRecipe) recipe = genre_own_model_recipe (5);
    ck_assert (genre_recipe_set (recipe, batches[_i], NULL));
    genre_own_model_choose_epochs (recipe, cases[i].n_songs, cases[i].n_others, TRUE);
    double in_epoch = MAX (1, (cases[i].n_songs + cases[i].n_others) / recipe->batch);
    double steps = recipe->epochs * in_epoch;
    ck_assert (recipe->epochs == 1 || fabs (steps - cases[i].steps) <= in_epoch / 2);
  }
}
END_TEST

START_TEST (epochs_that_are_given_stay)
{
  g_autoptr (GenreRecipe) recipe = genre_own_model_recipe (5);
  ck_assert (genre_recipe_set (recipe, "training.epochs=7", NULL));
  genre_own_model_choose_epochs (recipe, 1000, 0, TRUE);
  ck_assert_uint_eq (recipe->epochs, 7);
}
END_TEST

static void
note_share (const GenreOwnModelProgress *progress, gpointer user_data)
{
  double *shares = user_data; /* (2,) when the last part begins, and now */
  if (progress->part + 1 == progress->n_parts && shares[0] < 0)
    shares[0] = progress->share;
  shares[1] = progress->share;
}

/* Two folds, each learnt from half: the model takes as long as both of them. */
START_TEST (the_model_learns_from_more_than_a_fold)
{
  g_autoptr (GenreModel) source = make_source (1, 1);
  g_autoptr (GenreDataset) dataset = make_mixed_dataset ();
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 1, 1, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *work = test_path (folder, "work");
  double shares[] = {-1, 0};
  const GenreOwnModelJob job = {.recipe = recipe,
                                .dataset = dataset,
                                .transfer = transfer,
                                .n_folds = 2,
                                .folder = work,
                                .n_threads = 2,
                                .func = note_share,
                                .user_data = shares};
  g_autoptr (GenreOwnModel) own = genre_own_model_learn (&job, NULL);
  ck_assert_ptr_nonnull (own);
  ck_assert_double_eq_tol (shares[0], 0.5, 0.005);
  ck_assert_double_eq_tol (shares[1], 1, 1e-9);
}
END_TEST

static void
note_epochs (const GenreOwnModelProgress *progress, gpointer user_data)
{
  guint *epochs = user_data; /* (n_parts,) */
  epochs[progress->part] = progress->detail->n_epochs;
}

/* Who has half of the songs would learn from them for more epochs, unless somebody says for how
 * many; what was learnt otherwise is of another folder. */
START_TEST (halves_take_the_steps_of_a_collection_of_their_size)
{
  g_autoptr (GenreModel) source = make_source (1, 1);
  g_autoptr (GenreDataset) dataset = make_mixed_dataset ();
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 1, 1, NULL);
  g_autoptr (GenreRecipe) chosen = short_recipe ();
  char *identities[2] = {NULL, NULL};
  chosen->given = 0;
  genre_own_model_choose_epochs (chosen, OWN_CLIPS, OWN_CLIPS, TRUE);
  for (guint given = 0; given < 2; given++) {
    g_autoptr (GenreRecipe) recipe = short_recipe ();
    g_autoptr (TestFolder) folder = test_folder_new ();
    g_autofree char *work = test_path (folder, "work");
    guint epochs[5] = {0};
    const GenreOwnModelJob job = {.recipe = recipe,
                                  .dataset = dataset,
                                  .transfer = transfer,
                                  .n_folds = 2,
                                  .curve = TRUE,
                                  .folder = work,
                                  .n_threads = 2,
                                  .func = note_epochs,
                                  .user_data = epochs};
    recipe->epochs = 3;
    recipe->given = given ? recipe->given : 0;
    identities[given] = genre_own_model_identify (&job);
    g_autoptr (GenreOwnModel) own = genre_own_model_learn (&job, NULL);
    ck_assert_ptr_nonnull (own);
    for (guint part = 0; part < 5; part++)
      ck_assert_uint_eq (epochs[part], !given && (part == 2 || part == 3) ? chosen->epochs : 3);
  }
  ck_assert_str_ne (identities[0], identities[1]);
  g_free (identities[0]);
  g_free (identities[1]);
}
END_TEST

typedef struct {
  gint stop;
  guint part, n_steps;
} PartStopper;

static void
stop_after_part (const GenreOwnModelProgress *progress, gpointer user_data)
{
  PartStopper *stopper = user_data;
  const GenreTrainProgress *detail = progress->detail;
  stopper->n_steps += !detail->epoch_done;
  if (progress->part == stopper->part && detail->epoch_done && detail->epoch == detail->n_epochs)
    g_atomic_int_set (&stopper->stop, 1);
}

/* When a part has been learnt, clips are heard: a fold's, those of halves, and at last all. Stopped
 * there it goes on from there. */
START_TEST (an_own_model_stops_while_clips_are_heard)
{
  g_autoptr (GenreModel) source = make_source (1, 1);
  g_autoptr (GenreDataset) dataset = make_mixed_dataset ();
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 1, 1, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *at_once = test_path (folder, "at-once"), *parts = test_path (folder, "parts");
  PartStopper none = {.part = G_MAXUINT}, stopper = {0};
  GenreOwnModelJob job = {.recipe = recipe,
                          .dataset = dataset,
                          .transfer = transfer,
                          .n_folds = 2,
                          .curve = TRUE,
                          .folder = at_once,
                          .n_threads = 2,
                          .func = stop_after_part,
                          .user_data = &none};
  recipe->epochs = 3;
  g_autoptr (GenreOwnModel) whole = genre_own_model_learn (&job, NULL);
  ck_assert_ptr_nonnull (whole);
  job.folder = parts;
  job.user_data = &stopper;
  job.stop = &stopper.stop;
  for (stopper.part = 0; stopper.part < 5; stopper.part++) {
    g_autoptr (GError) error = NULL;
    ck_assert_ptr_null (genre_own_model_learn (&job, &error));
    ck_assert_msg (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED), "part %u: %s",
                   stopper.part, error->message);
    ck_assert_ptr_nonnull (strstr (error->message, "clips were heard"));
    stopper.stop = 0;
  }
  g_autoptr (GenreOwnModel) own = genre_own_model_learn (&job, NULL);
  ck_assert_ptr_nonnull (own);
  ck_assert_uint_eq (stopper.n_steps, none.n_steps);
  ck_assert_mem_eq (&own->curve, &whole->curve, sizeof own->curve);
  ck_assert_mem_eq (own->learnt->probabilities, whole->learnt->probabilities,
                    own->learnt->n_clips * own->learnt->n_labels * sizeof (double));
}
END_TEST

/* While it is held out, its songs are taken for others: that is neither the model's fault nor what
 * more songs would mend. */
START_TEST (a_genre_by_one_artist_decides_nothing)
{
  g_autoptr (GenreModel) source = make_source (1, 1);
  g_autoptr (GenreDataset) dataset = make_mixed_dataset ();
  g_autoptr (GenreRecipe) recipe = short_recipe ();
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *work = test_path (folder, "work");
  dataset->n_background = 0;
  for (guint i = 0; i < dataset->clips->len; i++) {
    GenreClip *clip = dataset->clips->pdata[i];
    if (clip->label < 2)
      continue;
    clip->label = 2;
    g_free (clip->artist);
    clip->artist = g_strdup ("The only one");
  }
  g_autoptr (GenreTransfer) transfer =
      genre_transfer_new (source, "begin.model", dataset, 1, 1, NULL);
  const GenreOwnModelJob job = {.recipe = recipe,
                                .dataset = dataset,
                                .transfer = transfer,
                                .n_folds = 2,
                                .curve = TRUE,
                                .folder = work,
                                .n_threads = 2};
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreOwnModel) own = genre_own_model_learn (&job, &error);
  ck_assert_msg (own, "%s", error ? error->message : "");
  ck_assert (!own->untaught[0] && !own->untaught[1] && own->untaught[2]);
  ck_assert_uint_eq (own->curve.n_half, 2 * OWN_CLIPS);
  ck_assert_uint_eq (own->curve.n_full, 2 * OWN_CLIPS);
  g_autoptr (GenreScores) taught = genre_scores_leave_out (own->scores, own->untaught);
  const GenreThresholds all = genre_modesty_choose (own->scores, 0.1, 0);
  const GenreThresholds good = genre_modesty_choose (taught, 0.1, 0);
  ck_assert_double_ne (all.confidence, good.confidence);
  ck_assert_double_eq_tol (genre_model_get_config (own->model)->threshold, good.confidence, 1e-6);
}
END_TEST

/* A source that takes everything for background keeps all sounds, one that takes nothing for it
 * none; the same ones each time. */
START_TEST (sounds_are_called_what_the_source_hears)
{
  for (guint all = 0; all < 2; all++) {
    g_autoptr (GenreModel) source = make_source (1, 1);
    g_autoptr (GenreDataset) dataset = make_dataset (FALSE);
    GenreNetwork *network = genre_model_get_network (source);
    gsize n = genre_network_get_n_parameters (network);
    genre_network_get_parameters (network)[n - 1] = all ? 1e4f : -1e4f; /* the last bias */
    guint n_before = dataset->clips->len;
    guint n_added;
    ck_assert (genre_background_add (dataset, source, 6, 2, &n_added, NULL));
    ck_assert_uint_eq (n_added, all ? 6 : 0);
    ck_assert_uint_eq (dataset->clips->len, n_before + (all ? 6 : 0));
    for (guint i = n_before; i < dataset->clips->len; i++) {
      const GenreClip *clip = dataset->clips->pdata[i];
      ck_assert_uint_eq (clip->label, 2);
      ck_assert_uint_ge (clip->n_frames, 64);
      guint8 loudest = 0;
      for (guint k = 0; k < clip->n_frames * BANDS; k++)
        loudest = MAX (loudest, clip->levels[k]);
      ck_assert_uint_eq (loudest, 255);
    }
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("transfer");
  tcase_add_loop_test (tests, it_begins_with_what_the_source_says, 0, 2);
  tcase_add_test (tests, it_stops_while_the_source_hears);
  tcase_add_test (tests, only_new_rows_learn_at_full_rate);
  tcase_add_test (tests, what_is_new_is_learnt);
  tcase_add_test (tests, an_own_model_ends_with_dense_layers);
  tcase_add_test (tests, an_own_model_doubts_what_is_none_of_its_genres);
  tcase_add_test (tests, a_genre_by_one_artist_decides_nothing);
  tcase_add_loop_test (tests, all_that_an_epoch_has_counts_as_steps, 0, 3);
  tcase_add_test (tests, epochs_that_are_given_stay);
  tcase_add_test (tests, halves_take_the_steps_of_a_collection_of_their_size);
  tcase_add_test (tests, an_own_model_stops_while_clips_are_heard);
  tcase_add_test (tests, the_model_learns_from_more_than_a_fold);
  tcase_add_test (tests, another_sound_or_source_is_another_model);
  tcase_add_test (tests, another_label_of_the_source_is_another_beginning);
  tcase_add_test (tests, a_made_sound_is_known_by_its_name);
  tcase_add_test (tests, it_goes_on_where_numbers_are_rounded_otherwise);
  tcase_add_test (tests, who_adds_a_model_to_begin_with_is_told_of_that_alone);
  tcase_add_test (tests, another_network_in_a_file_is_another_model);
  tcase_add_test (tests, what_does_not_fit_is_refused);
  tcase_add_test (tests, what_is_stored_alike_fits);
  tcase_add_test (tests, sounds_are_called_what_the_source_hears);
  return test_run ("transfer", tests);
}
