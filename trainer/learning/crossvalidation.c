/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crossvalidation.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include "architecture.h"
#include "batch.h"
#include "files.h"
#include "frontendjson.h"
#include "data/levels.h"
#include "json.h"
#include "measuring/detection.h"
#include "measuring/evaluation.h"
#include "measuring/report.h"
#include "merger.h"
#include "modelfile.h"
#include "safetensors.h"
#include "streamclassifier.h"
#include "running/ranks.h"

#define MAX_TEXT (64 * 1024 * 1024) /* bytes of plan.json */
#define PLAN_FORMAT "genreclassify-cross-validation-1"
#define RECIPE "recipe"
#define IDENTITY "identity"
#define FOLD_PLAN "plan" /* of a fold's measures: the identity of its plan */
#define CONTENT "content-of-clips"
#define ARTISTS "artists"
#define TEACHERS "teacher-models"
#define MEMBERS "member-models"
#define NETWORK "network"
#define SOURCE "begins-with-model"
#define TURNS "turns"
#define PARTNERS "partners"
#define ARTIST_KEYS "artist-keys"
#define FORMER_SOURCE "begins-with" /* of earlier versions */

typedef enum { TO_DO, LEARNT, FINISHED } State; /* LEARNT: and to be measured */

typedef struct {
  const GenreCrossValidationJob *job;
  const guint *folds;  /* (n_clips,) */
  GenreRecipe *recipe; /* the job's, and what the file of its architecture held at the beginning */
  GHashTable *models;  /* of char *, by path: checksums of teachers and members at the beginning */
  JsonObject *plan;    /* what is to be done */
  guint8 *states;      /* (n_folds,) of State, the same in all ranks */
  GPtrArray *problems; /* (n_folds,) of GPtrArray of char *: what was noted when it was learnt */
  GPtrArray *hearings; /* of GenreHearing, of the folds so far: no held-out clip is heard twice */
} Run;

static char *
path_in (const char *folder, guint fold, const char *ending)
{
  return g_strdup_printf ("%s/fold-%u.%s", folder, fold + 1, ending);
}

static char *
fold_path (const Run *run, guint fold, const char *ending)
{
  return path_in (run->job->folder, fold, ending);
}

/* The clips inside a fold, or those outside. */
static GPtrArray *
clips_of (const Run *run, guint fold, gboolean inside)
{
  GPtrArray *clips = g_ptr_array_new ();
  for (guint i = 0; i < run->job->clips->len; i++)
    if ((run->folds[i] == fold) == inside)
      g_ptr_array_add (clips, run->job->clips->pdata[i]);
  return clips;
}

/* ---- the plan ---- */

/* Which clip is in which fold, as a checksum. */
static char *
checksum_folds (const Run *run)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  for (guint i = 0; i < run->job->clips->len; i++) {
    const GenreClip *clip = run->job->clips->pdata[i];
    g_autofree char *line = g_strdup_printf ("%s\t%u\n", clip->stem, run->folds[i]);
    g_checksum_update (checksum, (const guchar *)line, (gssize)strlen (line));
  }
  return g_strdup (g_checksum_get_string (checksum));
}

/* Whose each clip is, as a checksum. */
static char *
checksum_artists (const Run *run)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  for (guint i = 0; i < run->job->clips->len; i++) {
    const GenreClip *clip = run->job->clips->pdata[i];
    g_autofree char *artist = genre_clip_key_artist (clip);
    g_autofree char *line = g_strdup_printf ("%s\t%s\n", clip->stem, artist ? artist : "");
    g_checksum_update (checksum, (const guchar *)line, (gssize)strlen (line));
  }
  return g_strdup (g_checksum_get_string (checksum));
}

/* What the clips hold, as a checksum. */
static char *
checksum_content (const Run *run)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  for (guint i = 0; i < run->job->clips->len; i++) {
    const GenreClip *clip = run->job->clips->pdata[i];
    gsize n = (gsize)clip->n_frames * run->job->dataset->front_end.bands;
    g_checksum_update (sum, (const guchar *)&clip->label, sizeof clip->label);
    if (!clip->is_made)
      genre_levels_add_to_checksum (clip->levels, n, sum);
  }
  return g_strdup (g_checksum_get_string (sum));
}

/* @folders: NULL-terminated, or NULL */
static JsonArray *
name_folders (char *const *folders)
{
  JsonArray *names = json_array_new ();
  for (char *const *folder = folders; folder && *folder; folder++) {
    g_autofree char *name = g_filename_display_name (*folder);
    json_array_add_string_element (names, name);
  }
  return names;
}

/* Remembers the file's own checksum as well. */
static gboolean
add_file (const Run *run, GChecksum *sum, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = genre_file_read (path, GENRE_SAFETENSORS_MAX_FILE, error);
  if (!bytes)
    return FALSE;
  gsize size;
  const guchar *data = g_bytes_get_data (bytes, &size);
  g_checksum_update (sum, data, (gssize)size);
  g_hash_table_insert (run->models, g_strdup (path),
                       g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes));
  return TRUE;
}

/* What the models of each folder's folds are, as a checksum: others may have taken their place. */
static JsonArray *
checksum_models (const Run *run, char *const *folders, GError **error)
{
  g_autoptr (JsonArray) sums = json_array_new ();
  for (char *const *folder = folders; folder && *folder; folder++) {
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    for (guint fold = 0; fold < run->job->n_folds; fold++) {
      g_autofree char *path = path_in (*folder, fold, "safetensors");
      if (!add_file (run, sum, path, error))
        return NULL;
    }
    json_array_add_string_element (sums, g_checksum_get_string (sum));
  }
  return g_steal_pointer (&sums);
}

/* The network, where the recipe only names the file that describes it. */
static gboolean
add_network (const Run *run, JsonObject *plan, GError **error)
{
  if (run->job->members || run->job->transfer || !genre_architecture_is_file (run->recipe))
    return TRUE;
  if (!genre_architecture_keep (run->recipe, error))
    return FALSE;
  g_autofree char *sum =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, run->recipe->description, -1);
  json_object_set_string_member (plan, NETWORK, sum);
  return TRUE;
}

/* What files hold that the plan names. */
static gboolean
add_files (const Run *run, JsonObject *plan, GError **error)
{
  JsonArray *teachers = checksum_models (run, run->job->teachers, error);
  if (teachers)
    json_object_set_array_member (plan, TEACHERS, teachers);
  JsonArray *members = teachers ? checksum_models (run, run->job->members, error) : NULL;
  if (members)
    json_object_set_array_member (plan, MEMBERS, members);
  return members && add_network (run, plan, error);
}

static JsonArray *
list_weights (const GenreCrossValidationJob *job)
{
  JsonArray *weights = json_array_new ();
  guint n = job->weights ? g_strv_length (job->members) : 0;
  for (guint i = 0; i < n; i++)
    json_array_add_double_element (weights, job->weights[i]);
  return weights;
}

static JsonObject *
plan_json (const Run *run, GError **error)
{
  const GenreCrossValidationJob *job = run->job;
  g_autoptr (JsonObject) plan = json_object_new ();
  g_autofree char *recipe = job->members ? NULL : genre_recipe_to_text (job->recipe);
  g_autofree char *checksum = checksum_folds (run), *content = checksum_content (run);
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, job->seed);
  json_object_set_string_member (plan, "format", PLAN_FORMAT);
  json_object_set_int_member (plan, "n-folds", job->n_folds);
  json_object_set_string_member (plan, "grouping",
                                 job->kind == GENRE_FOLDS_ARTIST ? "artist" : "random");
  json_object_set_string_member (plan, "seed", seed);
  if (recipe)
    json_object_set_string_member (plan, RECIPE, recipe);
  if (job->kind == GENRE_FOLDS_ARTIST ||
      (!job->members && strcmp (job->recipe->balance, "artists") == 0)) {
    g_autofree char *artists = checksum_artists (run);
    json_object_set_string_member (plan, ARTISTS, artists);
  }
  json_object_set_string_member (plan, "clips", checksum);
  json_object_set_string_member (plan, CONTENT, content);
  JsonArray *labels = json_array_new ();
  for (guint i = 0; i < job->dataset->n_labels; i++)
    json_array_add_string_element (labels, job->dataset->labels[i]);
  json_object_set_array_member (plan, "labels", labels);
  JsonArray *background = json_array_new ();
  for (guint i = genre_dataset_get_n_genres (job->dataset); i < job->dataset->n_labels; i++)
    json_array_add_string_element (background, job->dataset->labels[i]);
  json_object_set_array_member (plan, "background", background);
  json_object_set_array_member (plan, "teachers", name_folders (job->teachers));
  json_object_set_array_member (plan, "members", name_folders (job->members));
  json_object_set_array_member (plan, "weights", list_weights (job));
  if (job->transfer)
    json_object_set_string_member (plan, SOURCE, genre_transfer_get_identity (job->transfer));
  if (!job->members && strcmp (job->recipe->balance, "clips") != 0)
    json_object_set_int_member (plan, TURNS, GENRE_BATCHES_TURNS);
  if (!job->members && strcmp (job->recipe->balance, "artists") == 0)
    json_object_set_int_member (plan, ARTIST_KEYS, GENRE_BATCHES_ARTISTS);
  if (!job->members && genre_batches_weigh_partners (job->recipe))
    json_object_set_int_member (plan, PARTNERS, GENRE_BATCHES_PARTNERS);
  json_object_set_object_member (plan, "front-end",
                                 genre_front_end_config_to_json (&job->dataset->front_end));
  return add_files (run, plan, error) ? g_steal_pointer (&plan) : NULL;
}

/* Plans of earlier programs lack lists that later ones may have something in, and checksums. */
static gboolean
may_be_missing (const char *member, JsonNode *node)
{
  return g_str_equal (member, CONTENT) || g_str_equal (member, ARTISTS) ||
         (JSON_NODE_HOLDS_ARRAY (node) && json_array_get_length (json_node_get_array (node)) == 0);
}

static gboolean
is_same (const char *member, JsonNode *own, JsonNode *other)
{
  return own && other ? json_node_equal (own, other) : may_be_missing (member, own ? own : other);
}

/* A checksum says nothing to anybody: in its place what it is of. @own, @theirs: NULL where it is
 * not there */
static void
set_difference (const char *path, const char *member, JsonNode *own, JsonNode *theirs,
                GError **error)
{
  static const struct {
    const char *member, *what;
  } checksums[] = {{CONTENT, "clips"},
                   {ARTISTS, "artists of the clips"},
                   {TEACHERS, "models in the folders of teachers"},
                   {MEMBERS, "models in the folders to be merged"},
                   {NETWORK, "network in the file of model.architecture"},
                   {SOURCE, "model to begin with"},
                   {TURNS, "turns of genres (training.balance)"},
                   {ARTIST_KEYS, "keys of artists (training.balance)"},
                   {PARTNERS, "weights of partners (training.class-weights)"}};
  const char *what = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (checksums); i++)
    if (g_str_equal (member, checksums[i].member))
      what = checksums[i].what;
  if (what && !theirs)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%s: does not say (\"%s\") with which %s it was begun: without, or by an earlier "
                 "version; name another folder",
                 path, member, what);
  else if (what && own)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%s: begun with other %s, which have changed since (\"%s\"); name another folder",
                 path, what, member);
  else
    g_set_error (
        error, GENRE_ERROR, GENRE_ERROR_INVALID,
        "%s: begun with another \"%s\"; go on with the same command, or name another folder", path,
        member);
}

/* What is merged has no recipe, although plans of earlier programs name one. */
static gboolean
is_idle (const char *member, JsonNode *own)
{
  return g_str_equal (member, RECIPE) && !own;
}

/* The plan of the folder must be ours in every member of either. */
static gboolean
compare_plans (JsonObject *ours, JsonObject *theirs, const char *path, GError **error)
{
  g_autoptr (GList) members =
      g_list_concat (json_object_get_members (ours), json_object_get_members (theirs));
  if (json_object_has_member (theirs, FORMER_SOURCE)) {
    set_difference (path, SOURCE, NULL, NULL, error);
    return FALSE;
  }
  for (GList *m = members; m; m = m->next) {
    const char *member = m->data;
    JsonNode *own = json_object_get_member (ours, member);
    JsonNode *other = json_object_get_member (theirs, member);
    if (g_str_equal (member, IDENTITY) || /* follows from the others, by the first version */
        is_idle (member, own) || is_same (member, own, other))
      continue;
    set_difference (path, member, own, other, error);
    return FALSE;
  }
  return TRUE;
}

/* A plan, or the measures of a fold, owned. */
static JsonObject *
read_object (const char *path, GError **error)
{
  g_autofree char *text = genre_file_read_text (path, MAX_TEXT, error);
  return text ? genre_json_parse_object (text, -1, path, error) : NULL;
}

/* Teachers and members of a fold must not have heard it: their folder had the same clips in the
 * same folds. */
static gboolean
check_folders (const Run *run, char *const *folders, GError **error)
{
  g_autofree char *checksum = checksum_folds (run);
  for (char *const *folder = folders; folder && *folder; folder++) {
    g_autofree char *path = g_build_filename (*folder, "plan.json", NULL);
    g_autoptr (JsonObject) plan = read_object (path, error);
    if (!plan)
      return FALSE;
    if (g_strcmp0 (genre_json_peek_string (plan, "clips"), checksum) == 0)
      continue;
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%s: has other clips in its folds, expected the same: its models may have heard "
                 "what these must not",
                 path);
    return FALSE;
  }
  return TRUE;
}

static char *
checksum_plan (JsonObject *plan)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), plan);
  g_autofree char *text = genre_json_to_string (node, FALSE);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* "fold-12.tsv" */
static gboolean
is_of_fold (const char *name)
{
  static const char *const endings[] = {".json", ".tsv", ".safetensors", ".checkpoint"};
  if (!g_str_has_prefix (name, "fold-"))
    return FALSE;
  const char *number = name + strlen ("fold-"), *ending = number;
  while (g_ascii_isdigit (*ending))
    ending++;
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (ending > number && g_str_equal (ending, endings[i]))
      return TRUE;
  return FALSE;
}

/* Folds that no plan vouches for may be of other recipes or other folds, and would answer for clips
 * that they have learnt from. */
static gboolean
check_vacant (const char *folder, GError **error)
{
  g_autoptr (GDir) files = g_dir_open (folder, 0, error);
  const char *name = NULL;
  if (!files)
    return FALSE;
  while ((name = g_dir_read_name (files)))
    if (is_of_fold (name))
      break;
  if (name)
    g_set_error (
        error, GENRE_ERROR, GENRE_ERROR_INVALID,
        "%s: has %s, but no plan.json that says how it was learnt; name another folder, or "
        "remove its fold-* files to learn all folds anew",
        folder, name);
  return !name;
}

static gboolean
begin_plan (const Run *run, const char *path, GError **error)
{
  const char *folder = run->job->folder;
  if (!genre_file_make_folder (folder, error) || !check_vacant (folder, error))
    return FALSE;
  g_autofree char *identity = checksum_plan (run->plan);
  json_object_set_string_member (run->plan, IDENTITY, identity);
  return genre_json_save (run->plan, path, error);
}

/* What an earlier program has begun is guarded from now on. */
static gboolean
adopt_plan (const Run *run, JsonObject *begun, const char *path, GError **error)
{
  static const char *const added[] = {IDENTITY, CONTENT, ARTISTS};
  const char *known = genre_json_peek_string (begun, IDENTITY);
  g_autofree char *identity = known ? g_strdup (known) : checksum_plan (run->plan);
  json_object_set_string_member (run->plan, IDENTITY, identity);
  gboolean has_all = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (added); i++)
    has_all &=
        json_object_has_member (begun, added[i]) || !json_object_has_member (run->plan, added[i]);
  return has_all || genre_json_save (run->plan, path, error);
}

static gboolean
check_plan (const Run *run, GError **error)
{
  g_autofree char *path = g_build_filename (run->job->folder, "plan.json", NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return begin_plan (run, path, error);
  if (!run->job->resume) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%s: a cross-validation was begun here; --resume goes on with it, or name another "
                 "folder",
                 path);
    return FALSE;
  }
  g_autoptr (JsonObject) begun = read_object (path, error);
  return begun && compare_plans (run->plan, begun, path, error) &&
         adopt_plan (run, begun, path, error);
}

/* Folds of ranks with other clips would not be folds of one data set. */
static gboolean
check_ranks (const Run *run, GError **error)
{
  if (genre_ranks_get_count () == 1)
    return TRUE;
  g_autofree char *sum = checksum_plan (run->plan);
  gboolean same = genre_ranks_compare (sum);
  if (!same)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "process %u has another recipe, other clips or other folds than process 0",
                 genre_ranks_get_index ());
  return genre_ranks_agree (same, NULL, error);
}

/* ---- who is taught what ---- */

/* (n_labels + 1,) whether the fold's model can learn each label, the last one: music of other
 * genres. All clips of an artist are in one fold, and a genre may have no other. */
static guint8 *
find_taught (const Run *run, guint fold, guint segment_frames)
{
  guint8 *taught = g_new0 (guint8, run->job->dataset->n_labels + 1);
  for (guint i = 0; i < run->job->clips->len; i++) {
    const GenreClip *clip = run->job->clips->pdata[i];
    if (run->folds[i] != fold && clip->n_frames >= segment_frames)
      taught[clip->label] = TRUE;
  }
  return taught;
}

/* A fold's model must have two kinds of music to tell apart; it is said which, before the models of
 * other folds have taken hours. */
static gboolean
check_lesson (const Run *run, guint fold, GError **error)
{
  const GenreDataset *dataset = run->job->dataset;
  g_autofree guint8 *taught = find_taught (run, fold, run->job->recipe->segment_frames);
  const char *left = "nothing", *missing = NULL;
  guint n = 0;
  for (guint i = 0; i <= dataset->n_labels; i++) {
    const char *name = i < dataset->n_labels ? dataset->display_names[i] : "music of other genres";
    n += taught[i];
    left = taught[i] ? name : left;
    missing = taught[i] || missing ? missing : name;
  }
  if (n >= 2)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "while fold %u of %u is held out, %s%s is left to learn from, expected two genres "
               "or more: more clips are needed, of %s%s or of another genre",
               fold + 1, run->job->n_folds, n > 0 ? "only " : "", left, missing,
               run->job->kind == GENRE_FOLDS_ARTIST ? " by other artists" : "");
  return FALSE;
}

static gboolean
check_lessons (const Run *run, GError **error)
{
  for (guint fold = 0; fold < run->job->n_folds && !run->job->members; fold++)
    if (!check_lesson (run, fold, error))
      return FALSE;
  return TRUE;
}

/* ---- one fold ---- */

typedef struct {
  const Run *run;
  guint fold;
  gint stop;
} Watch;

/* Who watches a training learns of other ranks, too. */
static void
pass_on_progress (const GenreTrainProgress *progress, gpointer user_data)
{
  Watch *watch = user_data;
  const GenreCrossValidationJob *job = watch->run->job;
  if (job->func)
    job->func (watch->fold, progress, NULL, 0, job->user_data);
  if ((job->stop && g_atomic_int_get (job->stop)) || genre_ranks_are_called_off ())
    watch->stop = 1;
}

/* One that was there when the run began: hours may have passed since then. */
static GenreModel *
load_model (const Run *run, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = genre_file_read (path, GENRE_SAFETENSORS_MAX_FILE, error);
  if (!bytes)
    return NULL;
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  g_autofree char *name = g_filename_display_name (path);
  if (g_strcmp0 (sum, g_hash_table_lookup (run->models, path)) == 0) {
    g_autoptr (GenreModel) model = genre_model_parse (bytes, name, error);
    return model && genre_evaluation_prepare (model, path, error) ? g_steal_pointer (&model) : NULL;
  }
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "%s: another model than when this run began, expected the same; put it back, or "
               "begin anew in another folder",
               name);
  return NULL;
}

/* The fold's models in these folders, owned. */
static GPtrArray *
load_models (const Run *run, char *const *folders, guint fold, GError **error)
{
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  for (char *const *folder = folders; folder && *folder; folder++) {
    g_autofree char *path = path_in (*folder, fold, "safetensors");
    GenreModel *model = load_model (run, path, error);
    if (!model)
      return NULL;
    g_ptr_array_add (models, model);
  }
  return g_steal_pointer (&models);
}

static GenreModel *
learn (const Run *run, guint fold, GError **error)
{
  g_autoptr (GPtrArray) teachers = load_models (run, run->job->teachers, fold, error);
  if (!genre_ranks_agree (teachers != NULL, NULL, error))
    return NULL;
  g_autoptr (GPtrArray) clips = clips_of (run, fold, FALSE);
  g_autofree char *checkpoint = fold_path (run, fold, "checkpoint");
  Watch watch = {run, fold, 0};
  const GenreTrainJob train = {.recipe = run->recipe,
                               .dataset = run->job->dataset,
                               .train = clips,
                               .teachers = teachers->len > 0 ? teachers : NULL,
                               .transfer = run->job->transfer,
                               .n_threads = run->job->n_threads,
                               .checkpoint = checkpoint,
                               .resume = run->job->resume,
                               .stop = &watch.stop,
                               .progress = pass_on_progress,
                               .user_data = &watch};
  g_autoptr (GenreModel) model = genre_train_run (&train, NULL, error);
  if (!model)
    return NULL;
  genre_model_set_calibration (model, 1, 0);
  g_autofree char *provenance = g_strdup_printf ("{\"software\": \"genre-train " GENRE_VERSION
                                                 "\", \"held-out-fold\": %u, \"folds\": %u}",
                                                 fold + 1, run->job->n_folds);
  genre_model_set_provenance (model, provenance);
  return g_steal_pointer (&model);
}

/* The model of a fold, which never heard the fold. */
static GenreModel *
make_model (const Run *run, guint fold, GError **error)
{
  if (!run->job->members)
    return learn (run, fold, error);
  g_autoptr (GPtrArray) members = load_models (run, run->job->members, fold, error);
  return members ? genre_merge (members, run->job->weights, run->job->members, error) : NULL;
}

/* Before anything is written: what cannot be built would leave a folder that is begun. */
static gboolean
check_network (const Run *run, GError **error)
{
  const GenreCrossValidationJob *job = run->job;
  return job->members || job->transfer ||
         genre_train_check_model (run->recipe, job->dataset, error);
}

/* Before anything is written. */
static gboolean
check_members (const Run *run, GError **error)
{
  if (!run->job->members)
    return TRUE;
  g_autoptr (GenreModel) first = make_model (run, 0, error);
  return first != NULL;
}

/* Of a fold; NULL and @error if it holds out nothing but background. */
static GenreScores *
take_genres (const GenreScores *scores, guint fold, GError **error)
{
  GenreScores *genres = genre_scores_of_genres (scores, NULL);
  if (!genres)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "fold %u holds out no clip of a genre, expected some: give it more clips, or make "
                 "fewer folds",
                 fold + 1);
  return genres;
}

static gboolean
save_measures (const Run *run, guint fold, const GenreScores *scores, GError **error)
{
  g_autofree char *json = fold_path (run, fold, "json"), *tsv = fold_path (run, fold, "tsv");
  g_autoptr (GenreScores) genres = take_genres (scores, fold, error);
  if (!genres)
    return FALSE;
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (genres);
  g_autoptr (JsonObject) object =
      genre_report_json (metrics, genres->labels, genres->display_names);
  GenreDetection detection;
  if (genre_detection_measure (scores, (GenreThresholds){0, 0}, &detection))
    json_object_set_object_member (object, "detection", genre_detection_json (&detection));
  json_object_set_string_member (object, FOLD_PLAN, genre_json_peek_string (run->plan, IDENTITY));
  return genre_scores_save (scores, tsv, error) && genre_json_save (object, json, error);
}

/* Of a fold whose measures are there: what somebody has removed of the rest is made again. */
static State
find_rest (const Run *run, guint fold)
{
  g_autofree char *model = fold_path (run, fold, "safetensors");
  g_autofree char *tsv = fold_path (run, fold, "tsv");
  if (!g_file_test (model, G_FILE_TEST_EXISTS))
    return TO_DO;
  g_autoptr (GenreScores) scores = genre_scores_load (tsv, NULL);
  return scores ? FINISHED : LEARNT;
}

/* Whether the fold is finished, by its measures, which are written last. Earlier programs did not
 * note there by which plan. */
static gboolean
find_state (const Run *run, guint fold, GError **error)
{
  g_autofree char *path = fold_path (run, fold, "json");
  run->states[fold] = TO_DO;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_autoptr (JsonObject) measures = read_object (path, error);
  if (!measures)
    return FALSE;
  const char *plan = genre_json_peek_string (measures, FOLD_PLAN);
  run->states[fold] = find_rest (run, fold);
  if (!plan || g_strcmp0 (plan, genre_json_peek_string (run->plan, IDENTITY)) == 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: learnt by another plan (\"" FOLD_PLAN "\") than the plan.json beside it; name "
               "another folder, or remove this file to learn the fold anew",
               path);
  return FALSE;
}

static gboolean
find_states (const Run *run, GError **error)
{
  for (guint fold = 0; fold < run->job->n_folds; fold++)
    if (!find_state (run, fold, error))
      return FALSE;
  return TRUE;
}

/* A fold's model, whatever lies under its name, must answer in the labels of the data set and hear
 * as many bands. */
static GenreModel *
load_fold (const Run *run, guint fold, GError **error)
{
  const GenreDataset *dataset = run->job->dataset;
  g_autofree char *path = fold_path (run, fold, "safetensors");
  g_autoptr (GenreModel) model = genre_model_load (path, error);
  if (!model || !genre_evaluation_prepare (model, path, error))
    return NULL;
  const GenreModelConfig *config = genre_model_get_config (model);
  if (g_strv_equal ((const char *const *)config->labels, (const char *const *)dataset->labels) &&
      config->n_background == dataset->n_background &&
      config->front_end.bands == dataset->front_end.bands)
    return g_steal_pointer (&model);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "%s: knows other labels or hears other bands than the data set has", path);
  return NULL;
}

static GenreHearing *
hear (const Run *run, guint fold, GenreModel *model, GError **error)
{
  g_autoptr (GPtrArray) clips = clips_of (run, fold, TRUE);
  const GenreHearingJob job = {
      .n_threads = run->job->n_threads, .stop = run->job->stop, .shows = run->job->func != NULL};
  return genre_hearing_new (model, run->job->dataset, clips, &job, error);
}

/* Of a finished fold; one that could not be removed is tried again by the next run. */
static void
remove_checkpoint (const Run *run, guint fold)
{
  g_autofree char *checkpoint = fold_path (run, fold, "checkpoint");
  g_unlink (checkpoint);
}

/* The first rank of a group writes what all of it have learnt. */
static gboolean
learn_fold (const Run *run, guint fold, GError **error)
{
  g_autofree char *path = fold_path (run, fold, "safetensors");
  g_autoptr (GenreModel) model = make_model (run, fold, error);
  return model &&
         (genre_ranks_get_index () > 0 || genre_model_save (model, path, GENRE_DTYPE_F32, error));
}

/* The problems from the @first on, which are taken from @all and said to be the fold's. */
static GPtrArray *
take_problems (const Run *run, guint fold, guint first)
{
  GPtrArray *all = run->job->dataset->problems;
  GPtrArray *taken = g_ptr_array_new_with_free_func (g_free);
  for (guint i = first; i < all->len; i++)
    g_ptr_array_add (taken, g_strdup_printf ("fold %u of %u: %s", fold + 1, run->job->n_folds,
                                             (const char *)all->pdata[i]));
  g_ptr_array_set_size (all, (gint)first);
  return taken;
}

/* As many folds as there are ranks, one for each; of fewer, several ranks learn one together. */
static gboolean
learn_some (const Run *run, guint from, GError **error)
{
  g_autoptr (GArray) folds = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = from; i < run->job->n_folds && folds->len < genre_ranks_get_count (); i++)
    if (run->states[i] == TO_DO)
      g_array_append_val (folds, i);
  guint n_known = run->job->dataset->problems->len, group = genre_ranks_part (folds->len);
  guint own_fold = g_array_index (folds, guint, group);
  gboolean good = learn_fold (run, own_fold, error);
  g_autoptr (GPtrArray) own = take_problems (run, own_fold, n_known);
  if (!genre_ranks_rejoin (good, run->job->stop, error))
    return FALSE;
  for (guint i = 0; i < folds->len; i++) {
    guint fold = g_array_index (folds, guint, i);
    GPtrArray *noted = run->problems->pdata[fold];
    if (i == group)
      g_ptr_array_extend_and_steal (noted, g_ptr_array_ref (own));
    genre_ranks_share_texts (genre_ranks_get_leader (folds->len, i), noted);
    run->states[fold] = LEARNT;
  }
  return TRUE;
}

/* All ranks together. What an earlier run has finished, it has noted the short clips of, too. */
static GenreHearing *
hear_fold (const Run *run, guint fold, GError **error)
{
  GPtrArray *problems = run->job->dataset->problems;
  g_ptr_array_extend_and_steal (problems, g_ptr_array_ref (run->problems->pdata[fold]));
  guint n_known = problems->len;
  g_autoptr (GenreModel) model = load_fold (run, fold, error);
  if (!genre_ranks_agree (model != NULL, NULL, error))
    return NULL;
  GenreHearing *hearing = hear (run, fold, model, error);
  if (run->states[fold] == FINISHED)
    g_ptr_array_set_size (problems, (gint)n_known);
  return hearing;
}

/* Of a fold that is learnt: heard and measured. */
static gboolean
finish_fold (const Run *run, guint fold, GError **error)
{
  g_autoptr (GenreHearing) hearing = hear_fold (run, fold, error);
  gboolean good = hearing != NULL;
  if (hearing && run->states[fold] == LEARNT && genre_ranks_get_index () == 0) {
    g_autoptr (GenreScores) scores = genre_hearing_answer_plainly (hearing);
    good = save_measures (run, fold, scores, error);
  }
  if (!genre_ranks_agree (good, NULL, error))
    return FALSE;
  run->states[fold] = FINISHED;
  g_ptr_array_add (run->hearings, g_steal_pointer (&hearing));
  return TRUE;
}

/* ---- all folds ---- */

/* To those that choose the calibration: clips of the fold that fill a segment without being
 * repeated. */
static void
add_whole_clips (const Run *run, guint fold, GenreSegmentScores *all)
{
  const GenreHearing *hearing = run->hearings->pdata[fold];
  guint segment_frames = hearing->config.segment_frames;
  g_autofree guint8 *taught = find_taught (run, fold, segment_frames);
  for (guint i = 0; i < hearing->clips->len; i++) {
    const GenreClip *clip = hearing->clips->pdata[i];
    gboolean is_of_none = clip->label == run->job->dataset->n_labels;
    if (clip->n_frames >= segment_frames &&
        (is_of_none || taught[clip->label])) /* how others fail to hear it is no model's fault */
      genre_segment_scores_add (all, hearing->segments->truth[i],
                                hearing->segments->scores->pdata[i]);
  }
}

/* To the clips of all folds but @left_out, n_folds for none. */
static GenreCalibration *
calibrate (const Run *run, guint left_out, GError **error)
{
  const GenreDataset *dataset = run->job->dataset;
  g_autoptr (GenreSegmentScores) scores =
      genre_segment_scores_new (dataset->n_labels, genre_dataset_get_n_genres (dataset));
  for (guint fold = 0; fold < run->hearings->len; fold++)
    if (fold != left_out)
      add_whole_clips (run, fold, scores);
  GenreCalibration *calibration = genre_calibration_fit (scores, run->job->stop);
  if (!calibration)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                 "stopped while the answers were calibrated");
  return calibration;
}

/* (n_genres,) see crossvalidation.h */
static guint8 *
find_untaught (const Run *run)
{
  const GenreCrossValidationJob *job = run->job;
  guint n_genres = genre_dataset_get_n_genres (job->dataset);
  guint8 *untaught = g_new0 (guint8, n_genres);
  for (guint fold = 0; fold < job->n_folds; fold++) {
    g_autofree guint8 *taught = find_taught (run, fold, job->recipe->segment_frames);
    for (guint i = 0; i < n_genres; i++)
      untaught[i] |= !taught[i];
  }
  return untaught;
}

static void
add_fold_result (GArray *folds, const GenreScores *scores)
{
  g_autoptr (GenreScores) genres = genre_scores_of_genres (scores, NULL);
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (genres);
  GenreFoldResult result = {genres->n_clips, metrics->accuracy, metrics->macro.f1,
                            metrics->macro.auc};
  g_array_append_val (folds, result);
}

/* What calibrates a clip has not heard its artist either: with a number for each genre, one that
 * had would flatter. */
static gboolean
answer_calibrated (const Run *run, GenreCrossValidation *result, GError **error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_scores_free);
  for (guint fold = 0; fold < run->hearings->len; fold++) {
    g_autoptr (GenreCalibration) calibration = calibrate (run, fold, error);
    if (!calibration)
      return FALSE;
    GenreScores *part = genre_hearing_answer (run->hearings->pdata[fold], calibration);
    g_ptr_array_add (parts, part);
    add_fold_result (result->folds, part);
  }
  result->scores = genre_scores_concatenate (parts);
  return TRUE;
}

/* Every rank calibrates, and one of them may be stopped alone. */
static GenreCrossValidation *
conclude (const Run *run, GError **error)
{
  g_autoptr (GenreCrossValidation) result = g_new0 (GenreCrossValidation, 1);
  result->folds = g_array_new (FALSE, FALSE, sizeof (GenreFoldResult));
  result->untaught = find_untaught (run);
  gboolean good = answer_calibrated (run, result, error) &&
                  (result->calibration = calibrate (run, run->job->n_folds, error));
  return genre_ranks_agree (good, NULL, error) ? g_steal_pointer (&result) : NULL;
}

static void
report_fold (const Run *run, guint fold)
{
  g_autofree char *tsv = fold_path (run, fold, "tsv");
  g_autoptr (GenreScores) scores = genre_scores_load (tsv, NULL);
  g_autoptr (GenreScores) genres = scores ? genre_scores_of_genres (scores, NULL) : NULL;
  if (!genres || !run->job->func)
    return;
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (genres);
  run->job->func (fold, NULL, &metrics->macro, metrics->accuracy, run->job->user_data);
}

/* What learns looks often; what is merged looks here. */
static gboolean
is_stopped (const Run *run, guint fold, GError **error)
{
  if (!run->job->stop || !g_atomic_int_get (run->job->stop))
    return FALSE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped before fold %u of %u", fold + 1,
               run->job->n_folds);
  return TRUE;
}

static gboolean
run_folds (const Run *run, GError **error)
{
  for (guint fold = 0; fold < run->job->n_folds; fold++) {
    if (!genre_ranks_agree (!is_stopped (run, fold, error), NULL, error) ||
        (run->states[fold] == TO_DO && !learn_some (run, fold, error)) ||
        !finish_fold (run, fold, error))
      return FALSE;
    if (genre_ranks_get_index () > 0)
      continue;
    remove_checkpoint (run, fold);
    report_fold (run, fold);
  }
  return TRUE;
}

/* Before hours of work: a fold is measured on clips of genres that are long enough to be answered
 * for. What is merged has learnt already. */
static gboolean
check_folds (const Run *run, GError **error)
{
  const GenreCrossValidationJob *job = run->job;
  guint least = genre_stream_classifier_least_of (job->recipe->segment_frames);
  g_autofree guint *n = g_new0 (guint, job->n_folds);
  for (guint i = 0; i < job->clips->len; i++) {
    const GenreClip *clip = job->clips->pdata[i];
    n[run->folds[i]] +=
        clip->label < genre_dataset_get_n_genres (job->dataset) && clip->n_frames >= least;
  }
  for (guint fold = 0; fold < job->n_folds && !job->members; fold++)
    if (n[fold] == 0) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                   "fold %u of %u holds out no clip of a genre with at least %u frames, expected "
                   "some: give it more clips, or make fewer folds",
                   fold + 1, job->n_folds, least);
      return FALSE;
    }
  return TRUE;
}

/* Of one genre nothing can be measured, whatever background there is beside it. */
static gboolean
check_genres (const Run *run, GError **error)
{
  guint n = genre_dataset_get_n_genres (run->job->dataset);
  if (n >= 2)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "%u %s that is neither background nor other music, expected two or more", n,
               n == 1 ? "genre" : "genres");
  return FALSE;
}

/* Nothing is written before all ranks are known to mean the same. */
static gboolean
prepare (Run *run, GError **error)
{
  const GenreCrossValidationJob *job = run->job;
  gboolean first = genre_ranks_get_index () == 0;
  gboolean good = run->folds && check_genres (run, error) && check_folds (run, error) &&
                  check_lessons (run, error) && check_folders (run, job->teachers, error) &&
                  check_folders (run, job->members, error) &&
                  (run->plan = plan_json (run, error)) && check_network (run, error) &&
                  check_members (run, error);
  if (!genre_ranks_agree (good, NULL, error) || !check_ranks (run, error) ||
      !genre_ranks_agree (!first || (check_plan (run, error) && find_states (run, error)), NULL,
                          error))
    return FALSE;
  for (guint fold = 0; fold < job->n_folds; fold++)
    g_ptr_array_add (run->problems, g_ptr_array_new_with_free_func (g_free));
  genre_ranks_share (run->states, job->n_folds);
  return TRUE;
}

GenreCrossValidation *
genre_cross_validate (const GenreCrossValidationJob *job, GError **error)
{
  g_autofree guint *folds = genre_folds_new (job->clips, genre_dataset_get_n_genres (job->dataset),
                                             job->n_folds, job->kind, job->seed, error);
  g_autofree guint8 *states = g_new0 (guint8, job->n_folds);
  g_autoptr (GPtrArray) hearings =
      g_ptr_array_new_with_free_func ((GDestroyNotify)genre_hearing_free);
  g_autoptr (GPtrArray) problems =
      g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  g_autoptr (GenreRecipe) recipe = genre_recipe_copy (job->recipe);
  g_autoptr (GHashTable) models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Run run = {job, folds, recipe, models, NULL, states, problems, hearings};
  GenreCrossValidation *result =
      prepare (&run, error) && run_folds (&run, error) ? conclude (&run, error) : NULL;
  g_clear_pointer (&run.plan, json_object_unref);
  return result;
}

void
genre_cross_validation_free (GenreCrossValidation *result)
{
  if (!result)
    return;
  g_clear_pointer (&result->scores, genre_scores_free);
  g_clear_pointer (&result->calibration, genre_calibration_free);
  g_clear_pointer (&result->folds, g_array_unref);
  g_free (result->untaught);
  g_free (result);
}
