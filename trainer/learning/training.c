/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>
#include <gio/gio.h>
#include "architecture.h"
#include "batch.h"
#include "checkpoint.h"
#include "data/levels.h"
#include "frontendjson.h"
#include "json.h"
#include "loss.h"
#include "measuring/segmentscores.h"
#include "random.h"
#include "representation.h"
#include "tape.h"
#include "training.h"
#include "running/parallel.h"
#include "running/ranks.h"

#define LOSS_FLOATS (sizeof (double) / sizeof (float))
#define CHECKPOINT_INTERVAL 60 /* seconds, unless the job says otherwise */
#define TURNS "turns " G_STRINGIFY (GENRE_BATCHES_TURNS)
#define ARTISTS "artists " G_STRINGIFY (GENRE_BATCHES_ARTISTS)
#define PARTNERS "partners " G_STRINGIFY (GENRE_BATCHES_PARTNERS)

typedef struct {
  const GenreTrainJob *job;
  GenreModel *model;
  GenreNetwork *network;
  GenreBatches *batches;
  GenreOptimizer *optimizer;
  GenreTrainState state;
  char *identity;
  guint n_groups; /* in a mini-batch */
  gsize input_size;
  guint n_tapes;
  GenreTape **tapes;       /* (n_tapes,) by thread */
  float *inputs, *targets; /* of the mini-batch, views of a segment side by side */
  float *rows;             /* (n_groups, row): what a group gives, see row_of() */
  gsize row;
  GError *unsaved; /* of the last checkpoint, said at the next step */
  gint64 saved_at;
} Training;

static void
add_text (GChecksum *sum, const char *text)
{
  if (text)
    g_checksum_update (sum, (const guchar *)text, strlen (text));
  g_checksum_update (sum, (const guchar *)(text ? "" : "\1"), text ? 1 : 2);
}

static void
add_recipe (GChecksum *sum, const GenreRecipe *recipe, const char *network)
{
  g_autofree char *text = genre_recipe_to_text (recipe);
  add_text (sum, text);
  if (strcmp (recipe->balance, "clips") != 0)
    add_text (sum, TURNS);
  if (strcmp (recipe->balance, "artists") == 0)
    add_text (sum, ARTISTS);
  if (genre_batches_weigh_partners (recipe))
    add_text (sum, PARTNERS);
  add_text (sum, network);
}

static void
add_labels (GChecksum *sum, const GenreModelConfig *config)
{
  g_autofree char *front_end = genre_front_end_config_to_text (&config->front_end);
  add_text (sum, front_end);
  for (guint i = 0; i < config->n_labels; i++)
    add_text (sum, config->labels[i]);
  if (config->n_background > 0) {
    g_autofree char *background = g_strdup_printf ("background %u", config->n_background);
    add_text (sum, background);
  }
}

static void
add_clip (GChecksum *sum, const GenreClip *clip, guint bands)
{
  const guint32 numbers[] = {clip->label, clip->n_frames};
  add_text (sum, clip->stem);
  add_text (sum, clip->artist);
  g_checksum_update (sum, (const guchar *)numbers, sizeof numbers);
  if (!clip->is_made)
    genre_levels_add_to_checksum (clip->levels, (gsize)clip->n_frames * bands, sum);
}

static void
add_clips (GChecksum *sum, const GenreTrainJob *job, const GenreModelConfig *config)
{
  GPtrArray *lists[] = {job->train, job->valid};
  add_labels (sum, config);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    for (guint j = 0; lists[i] && j < lists[i]->len; j++)
      add_clip (sum, g_ptr_array_index (lists[i], j), job->dataset->front_end.bands);
    g_checksum_update (sum, (const guchar *)"|", 1);
  }
}

/* @sums: by part */
static void
add_parts (GChecksum *const *sums, const GenreTrainJob *job, GenreModel *model)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  add_recipe (sums[GENRE_CHECKPOINT_RECIPE], job->recipe, config->network);
  add_clips (sums[GENRE_CHECKPOINT_CLIPS], job, config);
  for (guint i = 0; job->teachers && i < job->teachers->len; i++)
    genre_checkpoint_add_model (sums[GENRE_CHECKPOINT_TEACHERS],
                                g_ptr_array_index (job->teachers, i));
  if (job->transfer)
    add_text (sums[GENRE_CHECKPOINT_SOURCE], genre_transfer_get_identity (job->transfer));
}

/* A checkpoint fits a run with the same recipe, which means the same network in this version, and
 * the same clips, of the same content, in the same order; what was computed from these is not asked
 * for, since another kind of processor rounds otherwise. */
static char *
make_identity (const GenreTrainJob *job, GenreModel *model)
{
  GChecksum *sums[GENRE_CHECKPOINT_N_PARTS];
  for (guint i = 0; i < GENRE_CHECKPOINT_N_PARTS; i++)
    sums[i] = g_checksum_new (G_CHECKSUM_SHA256);
  add_parts (sums, job, model);
  char *identity = genre_checkpoint_name_identity (sums);
  for (guint i = 0; i < GENRE_CHECKPOINT_N_PARTS; i++)
    g_checksum_free (sums[i]);
  return identity;
}

/* Of the same run in checkpoints of earlier versions, which summed up all parts in one. */
static char *
make_former_identity (const GenreTrainJob *job, GenreModel *model)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  GChecksum *sums[GENRE_CHECKPOINT_N_PARTS];
  for (guint i = 0; i < GENRE_CHECKPOINT_N_PARTS; i++)
    sums[i] = sum;
  add_parts (sums, job, model);
  return g_strdup (g_checksum_get_string (sum));
}

static gboolean
choose_front_end (const GenreRecipe *recipe, const GenreDataset *dataset,
                  GenreFrontEndConfig *config, GError **error)
{
  const GenreRepresentationTraits *held =
      genre_representation_get_traits (dataset->front_end.representation);
  GenreRepresentation wanted;
  *config = dataset->front_end;
  if (genre_representation_from_name (recipe->representation, &wanted)) { /* "": what is held */
    const GenreRepresentationTraits *traits = genre_representation_get_traits (wanted);
    if (traits->stored_as != held->stored_as) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                   "model.representation is \"%s\", but the data set holds \"%s\"", traits->name,
                   held->name);
      genre_recipe_blame (recipe, error);
      return FALSE;
    }
    config->representation = wanted;
    config->coefficients = traits->is_cepstral ? recipe->coefficients : 0;
  }
  if (config->coefficients <= config->bands)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "model.coefficients is %u, but the data set has %u bands, expected at most as many",
               config->coefficients, config->bands);
  genre_recipe_blame (recipe, error);
  return FALSE;
}

/* Not from chance but from what another model knows. */
static GenreModel *
transfer_model (const GenreTrainJob *job, GError **error)
{
  GenreModel *model = genre_transfer_begin (job->transfer, job->train, error);
  const GenreModelConfig *config = model ? genre_model_get_config (model) : NULL;
  if (!model || config->segment_frames == job->recipe->segment_frames)
    return model;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "model.segment-frames is %u, but the model to begin with hears %u at once",
               job->recipe->segment_frames, config->segment_frames);
  genre_recipe_blame (job->recipe, error);
  genre_model_unref (model);
  return NULL;
}

/* What a file describes says so itself. */
static gboolean
check_features (const GenreRecipe *recipe, const GenreFrontEndConfig *config, GError **error)
{
  gboolean is_cepstral = genre_representation_get_traits (config->representation)->is_cepstral;
  guint n = is_cepstral ? config->coefficients : config->bands;
  if (genre_architecture_is_file (recipe) || recipe->features <= n)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "model.features is %u, but the network is shown %u %s, expected at most as many",
               recipe->features, n, is_cepstral ? "coefficients" : "bands");
  genre_recipe_blame (recipe, error);
  return FALSE;
}

typedef GenreModel *(*ModelFunc) (const GenreModelConfig *config, GError **error);

/* @build: with room for weights or without */
static GenreModel *
build_model (const GenreRecipe *recipe, const GenreDataset *dataset, ModelFunc build,
             GError **error)
{
  GenreModelConfig config = {.n_labels = dataset->n_labels,
                             .n_background = dataset->n_background,
                             .labels = dataset->labels,
                             .display_names = dataset->display_names,
                             .segment_frames = recipe->segment_frames,
                             .segment_step = recipe->segment_step,
                             .temperature = 1,
                             .provenance = (char *)"{}"};
  g_autofree char *network = genre_architecture_describe (recipe, dataset->n_labels, error);
  config.network = network;
  if (!network || !choose_front_end (recipe, dataset, &config.front_end, error) ||
      !check_features (recipe, &config.front_end, error))
    return NULL;
  GenreModel *model = build (&config, error);
  if (!model)
    genre_architecture_blame (recipe, error);
  return model;
}

static GenreModel *
make_model (const GenreTrainJob *job, GError **error)
{
  return job->transfer ? transfer_model (job, error)
                       : build_model (job->recipe, job->dataset, genre_model_new, error);
}

GenreModel *
genre_train_describe_model (const GenreRecipe *recipe, const GenreDataset *dataset, GError **error)
{
  return build_model (recipe, dataset, genre_model_describe, error);
}

gboolean
genre_train_check_model (const GenreRecipe *recipe, const GenreDataset *dataset, GError **error)
{
  g_autoptr (GenreModel) model = genre_train_describe_model (recipe, dataset, error);
  return model != NULL;
}

/* A teacher must see what the network sees and answer in the same labels; there must be memory for
 * it to answer with. */
static gboolean
check_teachers (const GenreTrainJob *job, GenreModel *model, GError **error)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  for (guint i = 0; job->teachers && i < job->teachers->len; i++) {
    const GenreModelConfig *teacher = genre_model_get_config (g_ptr_array_index (job->teachers, i));
    if (!genre_front_end_config_equal (&teacher->front_end, &config->front_end) ||
        teacher->segment_frames != config->segment_frames ||
        !g_strv_equal ((const char *const *)teacher->labels, (const char *const *)config->labels)) {
      g_set_error (
          error, GENRE_ERROR, GENRE_ERROR_DATA,
          "teacher %u has another front end, segment length or other labels, expected those "
          "of the recipe and the data set",
          i + 1);
      return FALSE;
    }
    if (!genre_model_prepare (g_ptr_array_index (job->teachers, i), error)) {
      g_prefix_error (error, "teacher %u: ", i + 1);
      return FALSE;
    }
  }
  return TRUE;
}

static guint
count_long_enough (const GenreTrainJob *job, GPtrArray *clips, guint *by_label)
{
  guint n = 0;
  for (guint i = 0; i < clips->len; i++) {
    const GenreClip *clip = g_ptr_array_index (clips, i);
    if (clip->n_frames < job->recipe->segment_frames)
      continue;
    n++;
    by_label[clip->label]++;
  }
  return n;
}

static void
note_short (const GenreTrainJob *job, guint n, const char *consequence)
{
  if (n > 0)
    g_ptr_array_add (job->dataset->problems,
                     g_strdup_printf ("%u %s shorter than a segment of %u frames: %s", n,
                                      n == 1 ? "clip is" : "clips are", job->recipe->segment_frames,
                                      consequence));
}

/* What is learnt from and measured on less than the user may think. */
static gboolean
check_clips (const GenreTrainJob *job, GError **error)
{
  GenreDataset *dataset = job->dataset;
  g_autofree guint *n_train = g_new0 (guint, dataset->n_labels + 1);
  g_autofree guint *n_valid = g_new0 (guint, dataset->n_labels + 1);
  note_short (job, job->train->len - count_long_enough (job, job->train, n_train),
              "not trained on");
  for (guint i = 0; i < dataset->n_labels; i++) {
    if (n_train[i] == 0)
      g_ptr_array_add (dataset->problems,
                       g_strdup_printf ("%s: no clip to train on, the model will not know it",
                                        dataset->labels[i]));
  }
  if (!job->valid)
    return TRUE;
  guint n = count_long_enough (job, job->valid, n_valid);
  if (n == 0) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "all %u clips to watch are shorter than a segment of %u frames", job->valid->len,
                 job->recipe->segment_frames);
    return FALSE;
  }
  guint n_genres = genre_dataset_get_n_genres (dataset), n_watched = 0;
  for (guint i = 0; i < n_genres; i++)
    n_watched += n_valid[i];
  if (n_watched == 0) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "none of %u clips to watch is of a genre, expected some", job->valid->len);
    return FALSE;
  }
  note_short (job, job->valid->len - n, "not watched");
  return TRUE;
}

/* FALSE without memory for what is as large as the model. */
static gboolean
make_optimizer (Training *t)
{
  const GenreTrainJob *job = t->job;
  t->optimizer = genre_optimizer_new (t->network);
  if (!t->optimizer)
    return FALSE;
  if (job->transfer && !(t->optimizer->rates = genre_transfer_rates (job->transfer, t->model)))
    return FALSE;
  return !job->valid || !job->recipe->patience ||
         genre_train_state_make_room (&t->state, t->optimizer);
}

/* What a recipe asks for may be more than there is, or than there are numbers for. */
static gboolean
make_room (Training *t)
{
  const GenreRecipe *recipe = t->job->recipe;
  guint first, n_groups = genre_ranks_divide (t->n_groups, &first);
  t->n_tapes = CLAMP (t->job->n_threads, 1, MAX (1, n_groups)); /* no more can run at a time */
  t->tapes = g_new0 (GenreTape *, t->n_tapes);
  guint n_views = genre_recipe_count_views (recipe);
  gsize n_shown = (gsize)recipe->batch * n_views, n_inputs, n_targets, n_rows;
  if (!g_size_checked_mul (&n_inputs, n_shown, t->input_size) ||
      !g_size_checked_mul (&n_targets, n_shown, t->job->dataset->n_labels) ||
      !g_size_checked_mul (&n_rows, t->n_groups, t->row))
    return FALSE;
  t->inputs = g_try_new (float, n_inputs);
  t->targets = g_try_new (float, n_targets);
  t->rows = g_try_new0 (float, n_rows);
  gboolean has_room = t->inputs && t->targets && t->rows;
  for (guint i = 0; has_room && i < t->n_tapes; i++) {
    t->tapes[i] = genre_tape_try_new (t->network, recipe->group * n_views);
    has_room = t->tapes[i] != NULL;
    if (has_room)
      genre_tape_set_views (t->tapes[i], n_views);
  }
  return has_room;
}

static void
blame_watching (const GenreRecipe *recipe, GError **error)
{
  g_prefix_error (error, "to watch: ");
  genre_recipe_blame (recipe, error);
}

static gboolean
training_prepare (Training *t, const GenreTrainJob *job, GError **error)
{
  const GenreRecipe *recipe = job->recipe;
  guint n_short;
  t->job = job;
  if (!genre_recipe_check (recipe, error) || !(t->model = make_model (job, error)))
    return FALSE;
  t->network = genre_model_get_network (t->model);
  if (!check_teachers (job, t->model, error))
    return FALSE;
  if (!genre_checkpoint_check (t->network, recipe->epochs, error)) {
    genre_recipe_blame (recipe, error);
    return FALSE;
  }
  t->batches = genre_batches_new (recipe, job->dataset, genre_model_get_front_end (t->model),
                                  job->train, &n_short, error);
  if (!t->batches || !check_clips (job, error))
    return FALSE;
  if (!job->transfer)
    genre_network_initialise (t->network, recipe->seed);
  t->state = (GenreTrainState){.best_loss = INFINITY, .history = json_array_new ()};
  if (!make_optimizer (t)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "not enough memory for what is kept of %" G_GSIZE_FORMAT
                 " parameters while they are learnt, expected a smaller network",
                 genre_network_get_n_parameters (t->network));
    genre_recipe_blame (recipe, error);
    return FALSE;
  }
  t->identity = make_identity (job, t->model);
  t->n_groups = recipe->batch / recipe->group;
  t->input_size =
      (gsize)genre_network_get_frames (t->network) * genre_network_get_features (t->network);
  t->row = t->optimizer->n_parameters + t->optimizer->n_statistics + LOSS_FLOATS;
  t->row += t->row % 2; /* so that losses are aligned */
  t->saved_at = g_get_monotonic_time ();
  if (make_room (t)) {
    if (!job->valid || genre_segment_scores_check_room (t->network, error))
      return TRUE;
    blame_watching (recipe, error);
    return FALSE;
  }
  g_set_error (
      error, GENRE_ERROR, GENRE_ERROR_DATA,
      "not enough memory for training.batch %u, training.group %u, model.segment-frames %u "
      "and %u threads, expected smaller numbers",
      recipe->batch, recipe->group, recipe->segment_frames, t->n_tapes);
  genre_recipe_blame (recipe, error);
  return FALSE;
}

static void
training_clear (Training *t)
{
  for (guint i = 0; t->tapes && i < t->n_tapes; i++)
    g_clear_pointer (&t->tapes[i], genre_tape_free);
  g_clear_pointer (&t->model, genre_model_unref);
  g_clear_pointer (&t->batches, genre_batches_free);
  g_clear_pointer (&t->optimizer, genre_optimizer_free);
  genre_train_state_clear (&t->state);
  g_free (t->identity);
  g_free (t->tapes);
  g_free (t->inputs);
  g_free (t->targets);
  g_free (t->rows);
  g_clear_error (&t->unsaved);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Training, training_clear)

/* The target becomes in part what the teachers hear in @input, mixed up and masked as it is. */
static void
ask_teachers (const Training *t, const float *input, float *target)
{
  GPtrArray *teachers = t->job->teachers;
  guint n_labels = t->job->dataset->n_labels;
  g_autofree double *p = g_new (double, n_labels);
  float share = t->job->recipe->teacher_share, weight = 0;
  for (guint l = 0; l < n_labels; l++) {
    weight += target[l];
    target[l] *= 1 - share;
  }
  for (guint i = 0; i < teachers->len; i++) {
    genre_model_classify_segment (g_ptr_array_index (teachers, i), input, p);
    for (guint l = 0; l < n_labels; l++)
      target[l] += weight * share * p[l] / teachers->len;
  }
}

/* What a group gives: loss, gradient, statistics. One row, so that ranks have one thing to
 * exchange. */
typedef struct {
  double *loss;
  float *gradient;   /* (n_parameters,) */
  float *statistics; /* (n_statistics,) */
} Row;

static Row
row_of (const Training *t, guint group)
{
  float *row = t->rows + group * t->row, *gradient = row + LOSS_FLOATS;
  return (Row){(double *)(gpointer)row, gradient, gradient + t->optimizer->n_parameters};
}

static GenreView
view_of (const GenreRecipe *recipe, guint index)
{
  if (genre_recipe_count_views (recipe) == 1)
    return GENRE_VIEW_ANY;
  return index == 0 ? GENRE_VIEW_RECORDED : GENRE_VIEW_MASTERED;
}

/* @size: inputs */
static double
measure_loss (const Training *t, const float *scores, const float *targets, guint size,
              float *score_gradient)
{
  guint n_labels = t->job->dataset->n_labels;
  double consistency = t->job->recipe->consistency;
  double loss = genre_softmax_cross_entropy (scores, targets, size, n_labels, 1.0f / t->n_groups,
                                             score_gradient);
  if (consistency > 0)
    loss += consistency * genre_pair_distance (scores, size / 2, n_labels,
                                               (float)(consistency / t->n_groups), score_gradient);
  return loss;
}

static void
learn_group (guint round, guint thread, gpointer data)
{
  Training *t = data;
  guint group; /* this rank's first, and then */
  genre_ranks_divide (t->n_groups, &group);
  group += round;
  const GenreRecipe *recipe = t->job->recipe;
  GenreTape *tape = t->tapes[thread];
  guint n_labels = t->job->dataset->n_labels, n_views = genre_recipe_count_views (recipe);
  guint first = group * recipe->group, size = recipe->group * n_views;
  gsize n = t->optimizer->n_parameters * sizeof (float);
  Row row = row_of (t, group);
  float *inputs = t->inputs + (gsize)group * size * t->input_size;
  float *targets = t->targets + (gsize)group * size * n_labels;
  g_autofree float *score_gradient = g_new (float, (gsize)size *n_labels);
  for (guint i = 0; i < size; i++) {
    float *input = inputs + i * t->input_size, *target = targets + (gsize)i * n_labels;
    genre_batches_fill (t->batches, t->state.step * recipe->batch + first + i / n_views,
                        view_of (recipe, i % n_views), input, target);
    if (t->job->teachers)
      ask_teachers (t, input, target);
  }
  float *gradient = genre_tape_get_gradient (tape);
  memset (gradient, 0, n);
  const float *scores =
      genre_tape_forward (tape, GENRE_PASS_TRAIN, size, inputs,
                          genre_random_keyed (recipe->seed, t->optimizer->step, group, 1));
  *row.loss = measure_loss (t, scores, targets, size, score_gradient);
  genre_tape_backward (tape, score_gradient, NULL);
  memcpy (row.gradient, gradient, n);
  memcpy (row.statistics, genre_tape_get_group_statistics (tape),
          t->optimizer->n_statistics * sizeof (float));
}

/* Adds up the groups into the row of the first, in their order: every rank does, for a sum of sums
 * would round otherwise for each number of ranks. */
static double
add_groups (Training *t)
{
  Row sum = row_of (t, 0);
  for (guint group = 1; group < t->n_groups; group++) {
    Row row = row_of (t, group);
    *sum.loss += *row.loss;
    for (gsize i = 0; i < t->optimizer->n_parameters; i++)
      sum.gradient[i] += row.gradient[i];
    for (gsize i = 0; i < t->optimizer->n_statistics; i++)
      sum.statistics[i] += row.statistics[i];
  }
  for (gsize i = 0; i < t->optimizer->n_statistics; i++)
    sum.statistics[i] *= 1.0f / t->n_groups;
  return *sum.loss / t->n_groups;
}

static double
take_step (Training *t, double rate)
{
  guint first, n = genre_ranks_divide (t->n_groups, &first);
  genre_parallel_for (t->n_tapes, n, learn_group, t);
  genre_ranks_gather (t->rows, t->n_groups, t->row * sizeof *t->rows);
  double loss = add_groups (t);
  genre_optimizer_track (t->optimizer, row_of (t, 0).statistics);
  genre_optimizer_step (t->optimizer, t->job->recipe, rate, row_of (t, 0).gradient);
  return loss;
}

/* What fails here is said by the next settle(). */
static void
save_checkpoint (Training *t, gboolean now)
{
  const GenreTrainJob *job = t->job;
  double interval = job->checkpoint_interval > 0 ? job->checkpoint_interval : CHECKPOINT_INTERVAL;
  gint64 time = g_get_monotonic_time ();
  if (!job->checkpoint || genre_ranks_get_index () > 0 || t->unsaved ||
      (!now && time - t->saved_at < interval * G_USEC_PER_SEC))
    return;
  t->saved_at = time;
  genre_checkpoint_save (job->checkpoint, t->identity, t->optimizer, &t->state, &t->unsaved);
}

/* Whether all ranks can go on; @stop, unless NULL: whether any was asked to stop. */
static gboolean
settle (Training *t, gboolean *stop, GError **error)
{
  gboolean good = t->unsaved == NULL;
  if (!good)
    g_propagate_error (error, g_steal_pointer (&t->unsaved));
  return genre_ranks_agree (good, stop, error);
}

static void
report (Training *t, GenreTrainProgress *progress)
{
  if (t->job->progress)
    t->job->progress (progress, t->job->user_data);
}

/* Steps from where the state stands to the end of the epoch. */
static gboolean
run_epoch (Training *t, GenreTrainProgress *progress, GError **error)
{
  const GenreRecipe *recipe = t->job->recipe;
  guint n_steps = genre_batches_get_n_steps (t->batches);
  gint64 begin = g_get_monotonic_time ();
  genre_batches_begin (t->batches, t->state.epoch);
  for (guint done = 1; t->state.step < n_steps; done++) {
    double rate =
        genre_optimizer_rate (recipe, t->optimizer->step, (guint64)n_steps * recipe->epochs);
    double loss = take_step (t, rate);
    if (!isfinite (loss) && genre_ranks_get_index () > 0) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                   "the loss is not finite, as process 0 says");
      return FALSE;
    }
    if (!isfinite (loss)) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                   "epoch %u, step %u: the loss is %g, expected a finite number; a smaller "
                   "training.learning-rate may help",
                   t->state.epoch + 1, t->state.step + 1, loss);
      return FALSE;
    }
    t->state.loss_sum += loss;
    t->state.step++;
    progress->epoch = t->state.epoch;
    progress->step = t->state.step;
    progress->loss = t->state.loss_sum / t->state.step;
    progress->learning_rate = rate;
    progress->segments_per_second =
        done * recipe->batch * 1e6 / MAX (1, g_get_monotonic_time () - begin);
    report (t, progress);
    gboolean stop = t->job->stop && g_atomic_int_get (t->job->stop);
    if (!settle (t, &stop, error))
      return FALSE;
    save_checkpoint (t, stop);
    if (stop) {
      if (settle (t, NULL, error))
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped in epoch %u of %u",
                     t->state.epoch + 1, recipe->epochs);
      return FALSE;
    }
  }
  return TRUE;
}

static void
swap_values (float *a, float *b, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    float value = a[i];
    a[i] = b[i];
    b[i] = value;
  }
}

/* Runs @network with the averaged weights, which are elsewhere meanwhile; the learning ones come
 * back before it returns. */
static GenreSegmentScores *
score_average (Training *t, GPtrArray *clips, float *weights, float *statistics, GError **error)
{
  float *parameters = genre_network_get_parameters (t->network);
  float *running = genre_network_get_statistics (t->network);
  swap_values (parameters, weights, t->optimizer->n_parameters);
  swap_values (running, statistics, t->optimizer->n_statistics);
  GenreSegmentScores *scores = genre_segment_scores_from_network (
      t->network, genre_model_get_front_end (t->model), t->job->recipe->segment_step,
      genre_dataset_get_n_genres (t->job->dataset), clips, t->job->n_threads, error);
  swap_values (parameters, weights, t->optimizer->n_parameters);
  swap_values (running, statistics, t->optimizer->n_statistics);
  if (!scores && error && g_error_matches (*error, GENRE_ERROR, GENRE_ERROR_DATA))
    blame_watching (t->job->recipe, error); /* not for what happened to another process */
  return scores;
}

static void
keep_best (Training *t)
{
  genre_train_state_use_room (&t->state);
  memcpy (t->state.best, t->optimizer->average, t->optimizer->n_parameters * sizeof (float));
  memcpy (t->state.best_statistics, t->optimizer->average_statistics,
          t->optimizer->n_statistics * sizeof (float));
}

static gboolean
validate (Training *t, GenreTrainProgress *progress, JsonObject *record, GError **error)
{
  g_autoptr (GenreSegmentScores) scores = score_average (t, t->job->valid, t->optimizer->average,
                                                         t->optimizer->average_statistics, error);
  if (!scores)
    return FALSE;
  genre_segment_scores_measure (scores, 1, &progress->valid_loss, &progress->valid_accuracy);
  progress->validated = TRUE;
  json_object_set_double_member (record, "valid-loss", progress->valid_loss);
  json_object_set_double_member (record, "valid-accuracy", progress->valid_accuracy);
  t->state.n_worse++;
  if (progress->valid_loss < t->state.best_loss) {
    t->state.best_loss = progress->valid_loss;
    t->state.best_epoch = t->state.epoch;
    t->state.n_worse = 0;
    if (t->job->recipe->patience)
      keep_best (t);
  }
  return TRUE;
}

static gboolean
finish_epoch (Training *t, GenreTrainProgress *progress, GError **error)
{
  const GenreRecipe *recipe = t->job->recipe;
  g_autoptr (JsonObject) record = json_object_new ();
  guint n_steps = genre_batches_get_n_steps (t->batches);
  /* from the state, for a run may have been resumed between the last step and here */
  progress->loss = t->state.loss_sum / n_steps;
  progress->learning_rate =
      genre_optimizer_rate (recipe, t->optimizer->step - 1, (guint64)n_steps * recipe->epochs);
  t->state.epoch++;
  t->state.step = 0;
  t->state.loss_sum = 0;
  json_object_set_int_member (record, "epoch", t->state.epoch);
  json_object_set_double_member (record, "train-loss", progress->loss);
  json_object_set_double_member (record, "learning-rate", progress->learning_rate);
  progress->epoch = t->state.epoch;
  if (t->job->valid &&
      (t->state.epoch % recipe->validate_every == 0 || t->state.epoch == recipe->epochs) &&
      !validate (t, progress, record, error))
    return FALSE;
  json_array_add_object_element (t->state.history, g_steal_pointer (&record));
  progress->epoch_done = TRUE;
  report (t, progress);
  progress->validated = progress->epoch_done = FALSE;
  save_checkpoint (t, t->state.epoch == recipe->epochs);
  return settle (t, NULL, error);
}

/* A temperature, but no biases (calibration.h): they would become a part of the weights, where
 * those that merge adds would come on top of them, and they are good only if no artist of the valid
 * clips was learnt from, which is not known here. */
static gboolean
finish_model (Training *t, GError **error)
{
  float *weights = t->state.best ? t->state.best : t->optimizer->average;
  float *statistics = t->state.best ? t->state.best_statistics : t->optimizer->average_statistics;
  if (t->job->valid) {
    g_autoptr (GenreSegmentScores) scores =
        score_average (t, t->job->valid, weights, statistics, error);
    if (!scores)
      return FALSE;
    genre_model_set_calibration (t->model, genre_segment_scores_calibrate (scores, NULL), 0);
  }
  memcpy (genre_network_get_parameters (t->network), weights,
          t->optimizer->n_parameters * sizeof (float));
  memcpy (genre_network_get_statistics (t->network), statistics,
          t->optimizer->n_statistics * sizeof (float));
  return TRUE;
}

/* The epoch whose weights the model has: the last one, unless the best is kept. */
static void
mark_stored (Training *t)
{
  gint64 stored = t->state.best ? t->state.best_epoch : t->state.epoch, epoch = -1;
  for (guint i = 0; i < json_array_get_length (t->state.history); i++) {
    JsonNode *element = json_array_get_element (t->state.history, i);
    JsonObject *record = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
    if (record && genre_json_peek_integer (record, "epoch", &epoch) && epoch == stored)
      json_object_set_boolean_member (record, "stored", TRUE);
  }
}

/* Ranks that differ in what they train would not train one model. */
static gboolean
check_ranks (Training *t, GError **error)
{
  gboolean same = genre_ranks_compare (t->identity);
  if (!same)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "process %u has another recipe or other clips than process 0",
                 genre_ranks_get_index ());
  return genre_ranks_agree (same, NULL, error);
}

/* Only the first rank needs the checkpoint, and all begin with its weights, which another kind of
 * processor may have rounded otherwise. */
static gboolean
begin (Training *t, GError **error)
{
  const GenreTrainJob *job = t->job;
  gboolean good = TRUE;
  if (job->resume && job->checkpoint && genre_ranks_get_index () == 0 &&
      g_file_test (job->checkpoint, G_FILE_TEST_EXISTS)) {
    g_autofree char *former = make_former_identity (job, t->model);
    good = genre_checkpoint_load (job->checkpoint, t->identity, former, t->optimizer, &t->state,
                                  error);
  }
  if (!genre_ranks_agree (good, NULL, error))
    return FALSE;
  genre_checkpoint_share (t->optimizer, &t->state);
  return TRUE;
}

GenreModel *
genre_train_run (const GenreTrainJob *job, JsonArray **history, GError **error)
{
  g_auto (Training) t = {0};
  const GenreRecipe *recipe = job->recipe;
  if (!genre_ranks_agree (training_prepare (&t, job, error), NULL, error) ||
      !check_ranks (&t, error) || !begin (&t, error))
    return NULL;
  GenreTrainProgress progress = {.n_epochs = recipe->epochs,
                                 .n_steps = genre_batches_get_n_steps (t.batches),
                                 .history = t.state.history};
  while (t.state.epoch < recipe->epochs) {
    if (recipe->patience && t.state.n_worse >= recipe->patience)
      break;
    if (!run_epoch (&t, &progress, error) || !finish_epoch (&t, &progress, error))
      return NULL;
  }
  if (!finish_model (&t, error))
    return NULL;
  mark_stored (&t);
  if (history)
    *history = json_array_ref (t.state.history);
  return genre_model_ref (t.model);
}
