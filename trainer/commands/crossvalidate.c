/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train cross-validate */
#include <gio/gio.h>
#include <math.h>
#include <unistd.h>
#include "command.h"
#include "learning/crossvalidation.h"
#include "learning/merger.h"
#include "learning/transfer.h"
#include "measuring/pictures.h"
#include "measuring/report.h"
#include "options.h"
#include "publish.h"
#include "running/ranks.h"
#include "terminal.h"
#include "translation.h"

#define NAME "cross-validate"

typedef struct {
  char *data, *output, *recipe, *artists, *weights, *from;
  char **lists, **teachers, **members, **settings, **background, **others;
  int folds, seed, threads;
  double threshold, doubt, body_rate;
  gboolean random, resume;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->data);
  g_free (options->output);
  g_free (options->recipe);
  g_free (options->artists);
  g_free (options->weights);
  g_free (options->from);
  g_strfreev (options->lists);
  g_strfreev (options->teachers);
  g_strfreev (options->members);
  g_strfreev (options->settings);
  g_strfreev (options->background);
  g_strfreev (options->others);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char summary[] = N_ (
    "Cuts the clips into folds; for each, a model learns from the other folds and answers for this "
    "one.\n"
    "Prints the table of evaluate over all clips, each answered by the model that never heard it.\n"
    "With --artists, all clips of an artist are in one fold, and a model never heard the artist;\n"
    "--random does not ask who plays, which flatters.");

static const char description[] = N_ (
    "DIR receives, for each fold N, fold-N.json (measures), fold-N.tsv (out-of-fold scores) and\n"
    "fold-N.safetensors (the model); in the end result.json, scores.tsv and pictures/ of all "
    "folds,\n"
    "each calibrated by the out-of-fold scores of the other folds: a temperature, and a bias for "
    "each genre.\n"
    "Ctrl-C writes a checkpoint; --resume goes on after the last finished step.\n\n"
    "Under mpirun, the folds are divided among the processes; the results are those of one.\n\n"
    "With --teacher, the models learn from those of an earlier cross-validation as well as from\n"
    "the labels, as train --teacher does: out-of-fold scores of a distilled network.\n"
    "With --from, they begin as those of train --from do; the clips should be none that the model\n"
    "there has learnt from.\n\n"
    "Exit status: 0 done, 1 failed or stopped, 2 wrong command line.\n\n"
    "Example:\n"
    "  genre-train cross-validate --data spectrograms --artists artists.tsv --folds 5 \\\n"
    "    --recipe my.recipe --output folds\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
      GENRE_OPTION_DATA (&o->data),
      GENRE_OPTION_RESULTS (&o->output),
      GENRE_OPTION_RECIPE (&o->recipe, N_ ("Settings, as for train")),
      GENRE_OPTION_SET (&o->settings,
                        N_ ("Change one setting, e.g. training.epochs=20 (may be repeated)")),
      GENRE_OPTION_LISTS (&o->lists),
      GENRE_OPTION_BACKGROUND (&o->background),
      GENRE_OPTION_OTHERS (&o->others),
      {"threshold", 0, 0, G_OPTION_ARG_DOUBLE, &o->threshold,
       N_ ("Measure what is named at this confidence (default: 0, all)"), N_ ("P")},
      GENRE_OPTION_DOUBT (&o->doubt),
      {"artists", 'a', 0, G_OPTION_ARG_FILENAME, &o->artists,
       N_ ("Tab separated clip, artist, title: group clips by artist"), N_ ("FILE")},
      {"teacher", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->teachers,
       N_ ("Folder of another cross-validation with the same folds, whose models teach those of "
           "the "
           "same fold (may be repeated)"),
       N_ ("DIR")},
      GENRE_OPTION_FROM (&o->from,
                         N_ ("Begin each fold with what this model knows, but for its genres")),
      GENRE_OPTION_BODY_RATE (&o->body_rate),
      {"merge", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->members,
       N_ ("Learn nothing: merge the models of other cross-validations with the same folds "
           "(repeated)"),
       N_ ("DIR")},
      {"weights", 'w', 0, G_OPTION_ARG_STRING, &o->weights,
       N_ ("With --merge: their weights, one for each (default: equal ones)"), "1,1.5,…"},
      {"random", 0, 0, G_OPTION_ARG_NONE, &o->random, N_ ("Do not group, whoever the artist"),
       NULL},
      {"folds", 'k', 0, G_OPTION_ARG_INT, &o->folds, N_ ("Number of folds (default: 5)"), N_ ("K")},
      {"seed", 0, 0, G_OPTION_ARG_INT, &o->seed, N_ ("Seed of the folds (default: 1)"), N_ ("N")},
      {"resume", 0, 0, G_OPTION_ARG_NONE, &o->resume, N_ ("Go on with what is in the folder"),
       NULL},
      GENRE_OPTION_TRAINING_THREADS (&o->threads),
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("--data DIR --output DIR"), summary, description, entries);
  return genre_command_parse (context, argc, argv) &&
         genre_command_check_threads (NAME, o->threads);
}

/* ---- progress ---- */

typedef struct {
  guint n_folds;
  gboolean terminal;
} Screen;

static void
show_progress (guint fold, const GenreTrainProgress *p, const GenreLabelMetrics *macro,
               double accuracy, gpointer user_data)
{
  const Screen *screen = user_data;
  const char *clear = screen->terminal ? "\r\033[K" : "";
  if (macro)
    g_printerr (ngettext ("%sfold %u of %u, not yet calibrated: accuracy %.1f %%, macro F1 %.1f "
                          "%%, %u clip\n",
                          "%sfold %u of %u, not yet calibrated: accuracy %.1f %%, macro F1 %.1f "
                          "%%, %u clips\n",
                          macro->n_clips),
                clear, fold + 1, screen->n_folds, 100 * accuracy, 100 * macro->f1, macro->n_clips);
  else if (screen->terminal)
    g_printerr ("%sfold %u of %u, epoch %u of %u, step %u of %u, loss %.3f, %.0f segments/s", clear,
                fold + 1, screen->n_folds, MIN (p->epoch + !p->epoch_done, p->n_epochs),
                p->n_epochs, p->step, p->n_steps, p->loss, p->segments_per_second);
}

/* ---- results ---- */

static void
print_folds (const GArray *folds)
{
  double sum = 0, squares = 0, n = folds->len;
  for (guint i = 0; i < folds->len; i++) {
    double accuracy = g_array_index (folds, GenreFoldResult, i).accuracy;
    sum += accuracy / n;
    squares += accuracy * accuracy / n;
  }
  double deviation = sqrt (fmax (0, squares - sum * sum) * n / (n - 1));
  g_print ("\nMean accuracy of %u folds, calibrated, %.1f %%, standard deviation %.1f\n",
           folds->len, 100 * sum, 100 * deviation);
}

/* Empty where models were not merged but learnt. */
static JsonArray *
list_members (const GenreCrossValidationJob *job)
{
  JsonArray *members = json_array_new ();
  for (guint i = 0; job->members && job->members[i]; i++) {
    JsonObject *member = json_object_new ();
    g_autofree char *folder = g_filename_display_name (job->members[i]);
    json_object_set_string_member (member, "folder", folder);
    json_object_set_double_member (member, "weight", job->weights ? job->weights[i] : 1);
    json_array_add_object_element (members, member);
  }
  return members;
}

static JsonObject *
describe_biases (const GenreDataset *dataset, const GenreCrossValidation *result)
{
  JsonObject *biases = json_object_new ();
  for (guint i = 0; i < genre_dataset_get_n_genres (dataset); i++)
    json_object_set_double_member (biases, dataset->labels[i], result->calibration->biases[i]);
  return biases;
}

/* As merge --biases takes them. */
static void
print_biases (const GenreDataset *dataset, const GenreCrossValidation *result)
{
  g_print ("Biases ");
  for (guint i = 0; i < genre_dataset_get_n_genres (dataset); i++) {
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_print ("%s%s", i ? "," : "",
             g_ascii_formatd (text, sizeof text, "%.3f", result->calibration->biases[i]));
  }
  g_print ("\n");
}

static JsonObject *
describe (const Options *o, const GenreCrossValidationJob *job, const GenreCrossValidation *result)
{
  JsonObject *object = json_object_new ();
  JsonArray *folds = json_array_new ();
  g_autofree char *data = g_filename_display_name (o->data);
  for (guint i = 0; i < result->folds->len; i++) {
    const GenreFoldResult *fold = &g_array_index (result->folds, GenreFoldResult, i);
    JsonObject *element = json_object_new ();
    json_object_set_int_member (element, "clips", fold->n_clips);
    json_object_set_double_member (element, "accuracy", fold->accuracy);
    json_object_set_double_member (element, "macro-f1", fold->macro_f1);
    genre_report_set_number (element, "macro-auc", fold->macro_auc);
    json_array_add_object_element (folds, element);
  }
  json_object_set_string_member (object, "data", data);
  json_object_set_string_member (object, "grouping",
                                 job->kind == GENRE_FOLDS_ARTIST ? "artist" : "random");
  if (job->kind == GENRE_FOLDS_ARTIST)
    json_object_set_int_member (object, "clips-without-artist",
                                genre_clips_count_anonymous (job->clips));
  json_object_set_int_member (object, "seed", (gint64)job->seed);
  if (!job->members) { /* what is merged was not learnt by it */
    g_autofree char *recipe = genre_recipe_to_text (job->recipe);
    json_object_set_string_member (object, "recipe", recipe);
  }
  if (o->from) {
    g_autofree char *source = g_filename_display_basename (o->from);
    json_object_set_string_member (object, "from", source);
    json_object_set_double_member (object, "body-rate", o->body_rate);
  }
  json_object_set_array_member (object, "members", list_members (job));
  json_object_set_double_member (object, "temperature", result->calibration->temperature);
  json_object_set_object_member (object, "biases", describe_biases (job->dataset, result));
  json_object_set_double_member (object, "threshold", o->threshold);
  json_object_set_double_member (object, "doubt", o->doubt);
  genre_publish_add_threshold (result->scores, o->doubt, object);
  json_object_set_array_member (object, "folds", folds);
  return object;
}

static gboolean
publish (const Options *o, const GenreCrossValidationJob *job, const GenreCrossValidation *result,
         GError **error)
{
  g_autofree char *json = g_build_filename (o->output, "result.json", NULL);
  g_autofree char *scores = g_build_filename (o->output, "scores.tsv", NULL);
  g_autofree char *pictures = g_build_filename (o->output, "pictures", NULL);
  const GenrePublishPaths results = {json, scores, pictures};
  g_autoptr (JsonObject) context = describe (o, job, result);
  if (!genre_publish_scores (result->scores, (GenreThresholds){o->threshold, o->doubt}, context,
                             &results, error))
    return FALSE;
  print_folds (result->folds);
  double temperature = result->calibration->temperature;
  g_print ("Temperature %.3f, fitted to these out-of-fold scores%s\n", temperature,
           genre_temperature_remark (temperature));
  print_biases (job->dataset, result);
  genre_publish_threshold (result->scores, o->doubt);
  return TRUE;
}

/* Of several ranks the first speaks and publishes. */
static gboolean
run (const Options *o, GenreCrossValidationJob *job, GError **error)
{
  Screen screen = {job->n_folds, terminal_draws (STDERR_FILENO)};
  gboolean first = genre_ranks_get_index () == 0;
  job->func = first ? show_progress : NULL;
  job->user_data = &screen;
  job->stop = genre_command_catch_interrupts ();
  if (job->transfer)
    genre_transfer_set_stop (job->transfer, job->stop);
  guint n_known = job->dataset->problems->len;
  g_autoptr (GenreCrossValidation) result = genre_cross_validate (job, error);
  if (!result && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (error, "%s has what is done, --resume goes on: ", o->output);
  if (!result)
    return FALSE;
  g_ptr_array_remove_range (job->dataset->problems, 0, n_known); /* printed before */
  if (first)
    genre_command_print_problems (job->dataset->problems);
  return genre_ranks_agree (!first || publish (o, job, result, error), NULL, error);
}

/* Under the names of results that no cross-validation of this folder has written. */
static gboolean
check_results (const Options *o, GError **error)
{
  g_autofree char *plan = g_build_filename (o->output, "plan.json", NULL);
  g_autofree char *pictures = g_build_filename (o->output, "pictures", NULL);
  g_autoptr (GPtrArray) paths = genre_pictures_list (pictures);
  g_ptr_array_add (paths, g_build_filename (o->output, "result.json", NULL));
  g_ptr_array_add (paths, g_build_filename (o->output, "scores.tsv", NULL));
  if (g_file_test (plan, G_FILE_TEST_EXISTS))
    return TRUE;
  for (guint i = 0; i < paths->len; i++) {
    const char *path = paths->pdata[i];
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    g_autofree char *name = g_filename_display_name (path);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%s: is there, but beside it no plan.json of a cross-validation that it could be "
                 "of; name another folder, or move that file away",
                 name);
    return FALSE;
  }
  return TRUE;
}

/* What a job points to. */
typedef struct {
  GenreRecipe *recipe;
  GenreDataset *dataset;
  GPtrArray *clips;
  GenreTransfer *transfer;
} Inputs;

static void
inputs_clear (Inputs *inputs)
{
  g_clear_pointer (&inputs->transfer, genre_transfer_free);
  g_clear_pointer (&inputs->clips, g_ptr_array_unref);
  g_clear_pointer (&inputs->dataset, genre_dataset_free);
  g_clear_pointer (&inputs->recipe, genre_recipe_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Inputs, inputs_clear)

/* A fold's model would take the place of the one that it begins with. */
static gboolean
check_source (const Options *o, GError **error)
{
  for (int fold = 1; fold <= o->folds; fold++) {
    g_autofree char *name = g_strdup_printf ("fold-%d.safetensors", fold);
    g_autofree char *path = g_build_filename (o->output, name, NULL);
    const char *const outputs[] = {path};
    char *const inputs[] = {o->from, NULL};
    if (!genre_command_check_apart (outputs, 1, inputs, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_source (const Options *o, Inputs *in, GError **error)
{
  if (!check_source (o, error))
    return FALSE;
  in->transfer = genre_transfer_load (o->from, in->dataset, in->recipe, o->body_rate,
                                      genre_command_threads (o->threads), error);
  return in->transfer != NULL;
}

static gboolean
read_inputs (const Options *o, Inputs *in, GError **error)
{
  if (!check_results (o, error) ||
      !(in->recipe = genre_recipe_compose (o->recipe, o->settings, error)) ||
      !(in->dataset = genre_dataset_load (o->data, error)) ||
      !genre_dataset_set_roles (in->dataset, o->background, o->others, error) ||
      (o->artists && !genre_dataset_load_artists (in->dataset, o->artists, error)))
    return FALSE;
  in->clips = genre_command_select_clips (in->dataset, o->lists, error);
  if (in->clips && o->artists && !o->random)
    genre_dataset_note_anonymous (in->dataset, in->clips, o->artists);
  if (genre_ranks_get_index () == 0)
    genre_command_print_problems (in->dataset->problems);
  if (genre_ranks_get_index () == 0 && o->artists && o->random)
    g_printerr (_ ("With --random, clips are not grouped by artist, whatever --artists says: "
                   "artists are on both sides, which flatters.\n"));
  return in->clips && (!o->from || read_source (o, in, error));
}

static gboolean
cross_validate (const Options *o, const double *weights, GError **error)
{
  g_auto (Inputs) in = {0};
  if (!genre_ranks_agree (read_inputs (o, &in, error), NULL, error))
    return FALSE;
  if (genre_ranks_get_index () == 0 && !o->members) /* of folds that no processes share */
    genre_command_note_threads (o->threads, in.recipe, 1);
  gboolean by_artist = o->artists && !o->random;
  GenreCrossValidationJob job = {.recipe = in.recipe,
                                 .dataset = in.dataset,
                                 .clips = in.clips,
                                 .n_folds = (guint)o->folds,
                                 .kind = by_artist ? GENRE_FOLDS_ARTIST : GENRE_FOLDS_RANDOM,
                                 .seed = (guint64)o->seed,
                                 .folder = o->output,
                                 .teachers = o->teachers,
                                 .members = o->members,
                                 .transfer = in.transfer,
                                 .weights = weights,
                                 .resume = o->resume,
                                 .n_threads = genre_command_threads (o->threads)};
  return run (o, &job, error);
}

int
genre_command_cross_validate (int argc, char **argv)
{
  g_auto (Options) options = {
      .folds = 5, .seed = 1, .threads = GENRE_THREADS_UNSET, .body_rate = GENRE_BODY_RATE_UNSET};
  if (!parse_options (&options, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc > 1)
    return genre_command_usage (NAME, _ ("unexpected argument \"%s\""), argv[1]);
  if (!options.data || !options.output)
    return genre_command_usage (NAME, _ ("--data and --output are needed"));
  if (!genre_command_check_settings (NAME, options.settings))
    return GENRE_EXIT_USAGE;
  const char *idle = options.from ? genre_command_find_network_setting (options.settings) : NULL;
  if (idle)
    return genre_command_usage (
        NAME, _ ("--set %s has no effect with --from: the network is that model's"), idle);
  if (options.teachers && options.members)
    return genre_command_usage (NAME, _ ("--teacher and --merge exclude each other"));
  if (options.from && options.members)
    return genre_command_usage (NAME, _ ("--from and --merge exclude each other"));
  if (options.recipe && options.members)
    return genre_command_usage (NAME, _ ("--recipe and --merge exclude each other"));
  if (options.settings && options.members)
    return genre_command_usage (
        NAME, _ ("--set %s has no effect with --merge, which learns nothing"), options.settings[0]);
  if (options.members && g_strv_length (options.members) < 2)
    return genre_command_usage (NAME, _ ("--merge is needed for each of two folders or more"));
  if (options.weights && !options.members)
    return genre_command_usage (NAME, _ ("--weights is for --merge"));
  if (!genre_command_check_number (NAME, "--folds", options.folds, 2, 1000) ||
      !genre_command_check_number (NAME, "--seed", options.seed, 0, INFINITY) ||
      !genre_command_check_body_rate (NAME, &options.body_rate, options.from != NULL, "--from") ||
      !genre_command_check_patience (NAME, options.settings) ||
      !genre_command_check_effect (NAME, options.settings, "augmentation.announcer",
                                   options.background != NULL, "--background") ||
      !genre_command_check_effect (NAME, options.settings, "training.others",
                                   options.others != NULL, "--other") ||
      !genre_command_check_number (NAME, "--threshold", options.threshold, 0, 1) ||
      !genre_command_check_number (NAME, "--doubt", options.doubt, 0, GENRE_MODEL_MAX_DOUBT))
    return GENRE_EXIT_USAGE;
  if (!options.artists && !options.random) /* at random the same artists are on both sides */
    return genre_command_usage (NAME, _ ("--artists is needed, or --random"));
  g_autoptr (GError) error = NULL;
  g_autofree double *weights = NULL;
  if (options.weights && !(weights = genre_merge_parse_weights (
                               options.weights, g_strv_length (options.members), &error)))
    return genre_command_usage (NAME, "%s", error->message);
  genre_ranks_begin ();
  gboolean done = cross_validate (&options, weights, &error);
  int status = done ? GENRE_EXIT_OK : genre_command_fail (NAME, error);
  genre_ranks_end ();
  return status;
}
