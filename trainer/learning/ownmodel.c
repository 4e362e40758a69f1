/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ownmodel.h"
#include "architecture.h"
#include "batch.h"
#include "networkends.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include "data/levels.h"
#include "files.h"
#include "json.h"
#include "measuring/detection.h"
#include "measuring/evaluation.h"
#include "modelfile.h"

/* How folds, and turns of genres, are dealt out: nobody goes on with others. */
#define DEALING "3"
#define SEED 1
#define HALVES 2           /* folds of which half is learnt from */
#define HALF_SHARE 0.5     /* of the songs, and so of the work of an epoch */
#define MAX_TEXT (1 << 20) /* bytes of a half's result */
#define OTHERS_OF_TEN 3    /* draws of music of other genres to one of each of ten */
#define MOST_OTHERS 16     /* recipe.c */
#define PRICE_OF_DOUBT 0.1 /* share of right answers that may become "unknown" */

/* The recipe of an earlier default model, before it heard mastered music more often, and for who
 * begins from chance the smallest of its members' networks: what docs/own-genres.md has measured,
 * so that it does not follow models/default.recipe. */
static const char recipe_text[] = "[model]\n"
                                  "architecture=resnet\n"
                                  "mean-subtraction=0.6\n"
                                  "stem-stride=1x2\n"
                                  "pools=2x4,1x2,2\n"
                                  "widths=24,48,96\n"
                                  "segment-step=128\n"
                                  "[training]\n"
                                  "balance=artists\n"
                                  "[augmentation]\n"
                                  "shift=2\n"
                                  "equaliser=3\n"
                                  "band-limit=0.4\n"
                                  "compression=0.1\n"
                                  "mastering=0.3\n"
                                  "fade=0.1\n"
                                  "announcer=0.15\n"
                                  "masks=1\n"
                                  "frequency-mask=12\n"
                                  "time-mask=16\n";

/* Steps for each song, and the fewest and the most. */
typedef struct {
  double per_song;
  guint fewest, most;
} Effort;

static const Effort of_transfer = {0.5, 400, 1500}, from_chance = {1.5, 800, 4000};

GenreRecipe *
genre_own_model_recipe (guint n_genres)
{
  GenreRecipe *recipe = genre_recipe_new ();
  gboolean good = genre_recipe_parse (recipe, recipe_text, "recipe", NULL);
  g_assert (good);   /* the text stands above */
  recipe->given = 0; /* by nobody */
  recipe->others = CLAMP (n_genres * OTHERS_OF_TEN / 10, 1, MOST_OTHERS);
  return recipe;
}

void
genre_own_model_choose_epochs (GenreRecipe *recipe, guint n_songs, guint n_others,
                               gboolean transfers)
{
  const Effort *effort = transfers ? &of_transfer : &from_chance;
  if (genre_recipe_is_given (recipe, "training.epochs"))
    return;
  double steps = CLAMP (effort->per_song * n_songs, effort->fewest, effort->most);
  double in_epoch = MAX (1, (n_songs + n_others) / recipe->batch);
  recipe->epochs = (guint)MAX (1, round (steps / in_epoch));
}

/* What is added to the scores would be lost, without a word, where no layer adds anything. */
gboolean
genre_own_model_check_network (const GenreRecipe *recipe, const GenreDataset *dataset,
                               GError **error)
{
  g_autoptr (GenreModel) model = genre_train_describe_model (recipe, dataset, error);
  if (!model)
    return FALSE;
  const char *other = genre_network_ends_find_other (genre_model_get_network (model));
  if (!other)
    return TRUE;
  g_set_error (
      error, GENRE_ERROR, GENRE_ERROR_INVALID,
      "the network ends with a layer \"%s\", expected \"dense\", to which the bias of each "
      "genre is added",
      other);
  genre_architecture_blame (recipe, error);
  return FALSE;
}

/* ---- the parts ---- */

typedef struct {
  const GenreOwnModelJob *job;
  const GenreRecipe *half; /* by which halves are learnt from */
  guint n_halves, n_parts;
  guint part;
} Run;

/* A fold's training is 1; the last one leaves no fold out. */
static double
work_of (const Run *run, guint part)
{
  guint n_folds = run->job->n_folds;
  if (part < n_folds)
    return 1;
  double half = HALF_SHARE * run->half->epochs / run->job->recipe->epochs;
  return part < n_folds + run->n_halves ? half : n_folds / (n_folds - 1.0);
}

static void
report (const Run *run, const GenreTrainProgress *detail)
{
  double done = 0, all = 0;
  for (guint i = 0; i < run->n_parts; i++) {
    done += i < run->part ? work_of (run, i) : 0;
    all += work_of (run, i);
  }
  double epochs = detail->epoch + (detail->epoch_done ? 0 : (double)detail->step / detail->n_steps);
  done += work_of (run, run->part) * MIN (1, epochs / detail->n_epochs);
  const GenreOwnModelProgress progress = {run->part, run->n_parts, done / all, detail};
  if (run->job->func)
    run->job->func (&progress, run->job->user_data);
}

static void
report_fold (guint fold, const GenreTrainProgress *progress, const GenreLabelMetrics *macro,
             double accuracy, gpointer user_data)
{
  Run *run = user_data;
  run->part = fold;
  if (progress)
    report (run, progress);
}

static void
report_training (const GenreTrainProgress *progress, gpointer user_data)
{
  report (user_data, progress);
}

static GenreCrossValidation *
hold_out (Run *run, GError **error)
{
  const GenreOwnModelJob *job = run->job;
  g_autofree char *folder = g_build_filename (job->folder, "folds", NULL);
  const GenreCrossValidationJob folds = {.recipe = job->recipe,
                                         .dataset = job->dataset,
                                         .clips = job->dataset->clips,
                                         .n_folds = job->n_folds,
                                         .kind = GENRE_FOLDS_ARTIST,
                                         .seed = SEED,
                                         .folder = folder,
                                         .transfer = job->transfer,
                                         .resume = TRUE,
                                         .n_threads = job->n_threads,
                                         .stop = job->stop,
                                         .func = job->func ? report_fold : NULL,
                                         .user_data = run};
  return genre_cross_validate (&folds, error);
}

/* From @clips, going on from the checkpoint of that name. */
static GenreModel *
train (Run *run, GPtrArray *clips, const GenreRecipe *recipe, const char *checkpoint,
       GError **error)
{
  const GenreOwnModelJob *job = run->job;
  const GenreTrainJob training = {.recipe = recipe,
                                  .dataset = job->dataset,
                                  .train = clips,
                                  .transfer = job->transfer,
                                  .n_threads = job->n_threads,
                                  .checkpoint = checkpoint,
                                  .resume = TRUE,
                                  .stop = job->stop,
                                  .progress = report_training,
                                  .user_data = run};
  return genre_train_run (&training, NULL, error);
}

/* ---- half of the songs ---- */

/* What a collection of half as many songs would be learnt by: in as many epochs as serve all of
 * them it would take but half of the steps, and seem worse than it is. */
static GenreRecipe *
recipe_of_half (const GenreOwnModelJob *job)
{
  GenreRecipe *half = genre_recipe_copy (job->recipe);
  guint n_genres = genre_dataset_get_n_genres (job->dataset), n_songs = 0;
  for (guint i = 0; i < job->dataset->clips->len; i++)
    n_songs += ((GenreClip *)job->dataset->clips->pdata[i])->label < n_genres;
  genre_own_model_choose_epochs (half, (guint)(HALF_SHARE * n_songs),
                                 job->dataset->clips->len - n_songs, job->transfer != NULL);
  return half;
}

static const char *
owner_of (const GenreClip *clip)
{
  return clip->artist ? clip->artist : clip->stem;
}

/* Every other artist of each genre, the background whole; the clips of @folds's fold @fold are out.
 */
static GPtrArray *
take_half (const GenreDataset *dataset, const guint *folds, guint fold)
{
  GPtrArray *half = g_ptr_array_new ();
  guint n_genres = genre_dataset_get_n_genres (dataset);
  g_autoptr (GHashTable) owners = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_owners = 0, genre = 0;
  for (guint i = 0; i < dataset->clips->len; i++) {
    const GenreClip *clip = dataset->clips->pdata[i];
    if (folds[i] == fold)
      continue;
    if (clip->label >= n_genres) {
      g_ptr_array_add (half, (gpointer)clip);
      continue;
    }
    if (clip->label != genre) {
      genre = clip->label;
      n_owners = 0;
    }
    g_autofree char *owner = g_strdup_printf ("%u %s", clip->label, owner_of (clip));
    if (!g_hash_table_contains (owners, owner))
      g_hash_table_insert (owners, g_strdup (owner), GUINT_TO_POINTER (n_owners++));
    if (GPOINTER_TO_UINT (g_hash_table_lookup (owners, owner)) % 2 == 0)
      g_ptr_array_add (half, (gpointer)clip);
  }
  return half;
}

/* Those of genres that the others teach. */
static GPtrArray *
take_fold (const GenreDataset *dataset, const guint *folds, guint fold, const guint8 *untaught)
{
  GPtrArray *clips = g_ptr_array_new ();
  guint n_genres = genre_dataset_get_n_genres (dataset);
  for (guint i = 0; i < dataset->clips->len; i++) {
    guint label = ((GenreClip *)dataset->clips->pdata[i])->label;
    if (folds[i] == fold && label < n_genres && !untaught[label])
      g_ptr_array_add (clips, dataset->clips->pdata[i]);
  }
  return clips;
}

/* As the model answers them. What the folds have said of clips that are too short is not said
 * again. */
static GenreScores *
hear (const Run *run, GenreModel *model, GPtrArray *clips, GError **error)
{
  GenreDataset *dataset = run->job->dataset;
  guint n_problems = dataset->problems->len;
  const GenreHearingJob job = {
      .n_threads = run->job->n_threads, .stop = run->job->stop, .shows = run->job->func != NULL};
  g_autoptr (GenreHearing) hearing = genre_hearing_new (model, dataset, clips, &job, error);
  g_ptr_array_set_size (dataset->problems, (gint)n_problems);
  return hearing ? genre_hearing_answer_plainly (hearing) : NULL;
}

/* As it would be without a background: of the genres alone. A model that cannot hear any has
 * nothing wrong; FALSE if it was stopped. */
static gboolean
count_wrong (const Run *run, GenreModel *model, GPtrArray *clips, guint *n, guint *n_wrong,
             GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (GenreScores) scores = hear (run, model, clips, &fault);
  g_autoptr (GenreScores) genres = scores ? genre_scores_of_genres (scores, NULL) : NULL;
  if (g_error_matches (fault, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&fault));
    return FALSE;
  }
  if (!genres)
    return TRUE;
  *n += genres->n_clips;
  for (guint i = 0; i < genres->n_clips; i++)
    *n_wrong += genre_scores_answer (genres, i) != genres->truth[i];
  return TRUE;
}

/* What an earlier run has counted. */
static gboolean
read_half (const char *path, GenreLearningCurve *curve)
{
  g_autofree char *text = genre_file_read_text (path, MAX_TEXT, NULL);
  g_autoptr (JsonObject) object = text ? genre_json_parse_object (text, -1, path, NULL) : NULL;
  gint64 n[4];
  static const char *const members[] = {"half", "half-wrong", "full", "full-wrong"};
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (!object || !genre_json_peek_integer (object, members[i], &n[i]) || n[i] < 0 ||
        n[i] > G_MAXINT)
      return FALSE;
  curve->n_half += (guint)n[0];
  curve->n_half_wrong += (guint)n[1];
  curve->n_full += (guint)n[2];
  curve->n_full_wrong += (guint)n[3];
  return TRUE;
}

static gboolean
save_half (const char *path, const GenreLearningCurve *own, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  json_object_set_int_member (object, "half", own->n_half);
  json_object_set_int_member (object, "half-wrong", own->n_half_wrong);
  json_object_set_int_member (object, "full", own->n_full);
  json_object_set_int_member (object, "full-wrong", own->n_full_wrong);
  return genre_json_save (object, path, error);
}

static gboolean
learn_half (Run *run, const guint *folds, guint fold, const guint8 *untaught,
            GenreLearningCurve *curve, GError **error)
{
  const GenreOwnModelJob *job = run->job;
  GenreDataset *dataset = job->dataset;
  g_autofree char *path = g_strdup_printf ("%s/half-%u.json", job->folder, fold + 1);
  g_autofree char *checkpoint = g_strdup_printf ("%s/half-%u.checkpoint", job->folder, fold + 1);
  g_autofree char *full_path =
      g_strdup_printf ("%s/folds/fold-%u.safetensors", job->folder, fold + 1);
  if (read_half (path, curve)) {
    g_unlink (checkpoint); /* which may have been left behind */
    return TRUE;
  }
  guint n_problems = dataset->problems->len;
  g_autoptr (GPtrArray) half = take_half (dataset, folds, fold);
  g_autoptr (GPtrArray) held_out = take_fold (dataset, folds, fold, untaught);
  g_autoptr (GenreModel) model = train (run, half, run->half, checkpoint, error);
  g_ptr_array_set_size (dataset->problems, (gint)n_problems);
  g_autoptr (GenreModel) full = model ? genre_model_load (full_path, error) : NULL;
  GenreLearningCurve own = {0};
  if (!full)
    return FALSE;
  if (!count_wrong (run, model, held_out, &own.n_half, &own.n_half_wrong, error) ||
      !count_wrong (run, full, held_out, &own.n_full, &own.n_full_wrong, error) ||
      !save_half (path, &own, error))
    return FALSE;
  g_unlink (checkpoint);
  return read_half (path, curve);
}

static gboolean
learn_halves (Run *run, const guint8 *untaught, GenreLearningCurve *curve, GError **error)
{
  const GenreOwnModelJob *job = run->job;
  g_autofree guint *folds =
      genre_folds_new (job->dataset->clips, genre_dataset_get_n_genres (job->dataset), job->n_folds,
                       GENRE_FOLDS_ARTIST, SEED, error);
  if (!folds)
    return FALSE;
  for (guint i = 0; i < run->n_halves; i++) {
    run->part = job->n_folds + i;
    if (!learn_half (run, folds, i, untaught, curve, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- the model ---- */

static GenreModel *
learn_all (Run *run, const GenreCrossValidation *folds, GError **error)
{
  const GenreOwnModelJob *job = run->job;
  guint n_problems = job->dataset->problems->len;
  g_autofree char *checkpoint = g_build_filename (job->folder, "model.checkpoint", NULL);
  run->part = run->n_parts - 1;
  g_autoptr (GenreModel) model = train (run, job->dataset->clips, job->recipe, checkpoint, error);
  g_ptr_array_set_size (job->dataset->problems, (gint)n_problems);
  if (!model)
    return NULL;
  if (!genre_network_ends_shift (genre_model_get_network (model), folds->calibration->biases)) {
    g_set_error_literal (error, GENRE_ERROR, GENRE_ERROR_DATA,
                         "the network that has learnt does not end with a dense layer, expected "
                         "one, to which the bias of each genre is added");
    return NULL;
  }
  g_autoptr (GenreScores) scores = genre_scores_leave_out (folds->scores, folds->untaught);
  const GenreThresholds thresholds = genre_modesty_choose (scores, PRICE_OF_DOUBT, job->doubt);
  genre_model_set_calibration (model, folds->calibration->temperature, thresholds.confidence);
  genre_model_set_doubt (model, thresholds.doubt);
  return g_steal_pointer (&model);
}

/* The clips of genres. */
static GPtrArray *
take_genres (const GenreDataset *dataset)
{
  GPtrArray *clips = g_ptr_array_new ();
  for (guint i = 0; i < dataset->clips->len; i++)
    if (((GenreClip *)dataset->clips->pdata[i])->label < genre_dataset_get_n_genres (dataset))
      g_ptr_array_add (clips, dataset->clips->pdata[i]);
  return clips;
}

static GenreScores *
hear_again (const Run *run, GenreModel *model, GError **error)
{
  g_autoptr (GPtrArray) clips = take_genres (run->job->dataset);
  return hear (run, model, clips, error);
}

GenreOwnModel *
genre_own_model_learn (const GenreOwnModelJob *job, GError **error)
{
  guint n_halves = job->curve ? MIN (HALVES, job->n_folds) : 0;
  g_autoptr (GenreRecipe) half = recipe_of_half (job);
  Run run = {job, half, n_halves, job->n_folds + n_halves + 1, 0};
  if (!genre_file_make_folder (job->folder, error))
    return NULL;
  g_autoptr (GenreCrossValidation) folds = hold_out (&run, error);
  g_autoptr (GenreOwnModel) own = g_new0 (GenreOwnModel, 1);
  if (!folds || !learn_halves (&run, folds->untaught, &own->curve, error) ||
      !(own->model = learn_all (&run, folds, error)) ||
      !(own->learnt = hear_again (&run, own->model, error)))
    return NULL;
  own->scores = g_steal_pointer (&folds->scores);
  own->untaught = g_steal_pointer (&folds->untaught);
  return g_steal_pointer (&own);
}

void
genre_own_model_free (GenreOwnModel *own)
{
  if (!own)
    return;
  g_clear_pointer (&own->model, genre_model_unref);
  g_clear_pointer (&own->scores, genre_scores_free);
  g_clear_pointer (&own->learnt, genre_scores_free);
  g_free (own->untaught);
  g_free (own);
}

static gboolean
is_of_own_model (JsonObject *provenance)
{
  if (genre_json_peek_string (provenance, GENRE_OWN_MODEL_LABELS))
    return TRUE;
  JsonArray *merged = genre_json_peek_array (provenance, "merged");
  for (guint i = 0; merged && i < json_array_get_length (merged); i++) {
    JsonNode *member = json_array_get_element (merged, i);
    if (JSON_NODE_HOLDS_OBJECT (member) && is_of_own_model (json_node_get_object (member)))
      return TRUE;
  }
  return FALSE;
}

gboolean
genre_own_model_is_one (GenreModel *model)
{
  const char *text = genre_model_get_config (model)->provenance;
  g_autoptr (JsonObject) provenance = genre_json_parse_object (text, -1, "provenance", NULL);
  return provenance && is_of_own_model (provenance);
}

char *
genre_own_model_identify (const GenreOwnModelJob *job)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GString) text = g_string_new (
      GENRE_VERSION "\nfolds " DEALING
                    "\nbatches " G_STRINGIFY (GENRE_BATCHES_TURNS) " " G_STRINGIFY (
                        GENRE_BATCHES_ARTISTS) " " G_STRINGIFY (GENRE_BATCHES_PARTNERS) "\n");
  g_autofree char *recipe = genre_recipe_to_text (job->recipe);
  guint bands = job->dataset->front_end.bands;
  g_string_append_printf (text, "%s\n%u %u\n%s\n", recipe, job->n_folds, job->curve,
                          job->transfer ? genre_transfer_get_identity (job->transfer) : "");
  g_autoptr (GenreRecipe) half = recipe_of_half (job);
  if (job->curve && half->epochs != job->recipe->epochs) /* as somebody who gives them wants */
    g_string_append_printf (text, "half %u\n", half->epochs);
  if (!job->transfer && genre_architecture_is_file (job->recipe)) {
    g_autofree char *network = /* NULL: what is wrong with it is said when it is built */
        genre_architecture_describe (job->recipe, job->dataset->n_labels, NULL);
    g_string_append_printf (text, "%s\n", network ? network : "");
  }
  for (guint i = 0; i < job->dataset->n_labels; i++)
    g_string_append_printf (text, "%s\t%s\n", job->dataset->labels[i],
                            job->dataset->display_names[i]);
  for (guint i = 0; i < job->dataset->clips->len; i++) {
    const GenreClip *clip = job->dataset->clips->pdata[i];
    g_string_append_printf (text, "%s\t%u\t%u\t%s\n", clip->stem, clip->label, clip->n_frames,
                            owner_of (clip));
    if (!clip->is_made)
      genre_levels_add_to_checksum (clip->levels, (gsize)clip->n_frames * bands, sum);
  }
  g_checksum_update (sum, (const guchar *)text->str, (gssize)text->len);
  return g_strndup (g_checksum_get_string (sum), 16);
}
