/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train evaluate */
#include "command.h"
#include "measuring/evaluation.h"
#include "measuring/pictures.h"
#include "measuring/report.h"
#include "modelfile.h"
#include "options.h"
#include "publish.h"
#include "translation.h"

#define NAME "evaluate"

typedef struct {
  char *model, *data;
  char **lists, **others;
  GenrePublishPaths results;
  double seconds;
  int threads;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->model);
  g_free (options->data);
  g_strfreev (options->lists);
  g_strfreev (options->others);
  g_free (options->results.json);
  g_free (options->results.scores);
  g_free (options->results.pictures);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char summary[] =
    /* xgettext:no-c-format */
    N_ ("Classifies clips whose genre is known and prints precision, recall, "
        "F1 and AUC of each genre,\n"
        "their macro means, accuracy with its 95 % interval, expected "
        "calibration error and the confusion\n"
        "matrix. A clip is of its folder's genre, which is called what the model "
        "calls it.");

static const char description[] = N_ (
    "What was skipped (broken files, absent clips, genres that the model does not know) is listed "
    "on\n"
    "standard error with its reason and count.\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
    "Example:\n"
    "  genre-train evaluate --model rock.safetensors --data spectrograms --list test.txt \\\n"
    "    --json result.json --pictures figures\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
      GENRE_OPTION_MODEL (&o->model),
      GENRE_OPTION_DATA (&o->data),
      GENRE_OPTION_LISTS (&o->lists),
      GENRE_OPTION_OTHERS (&o->others),
      {"json", 'j', 0, G_OPTION_ARG_FILENAME, &o->results.json, N_ ("Write the measures as JSON"),
       N_ ("FILE")},
      {"scores", 's', 0, G_OPTION_ARG_FILENAME, &o->results.scores,
       N_ ("Write the probabilities of every clip, tab separated"), N_ ("FILE")},
      {"pictures", 'p', 0, G_OPTION_ARG_FILENAME, &o->results.pictures,
       N_ ("Draw confusion matrix, ROC curves, reliability and coverage as PNG"), N_ ("DIR")},
      {"seconds", 0, 0, G_OPTION_ARG_DOUBLE, &o->seconds,
       N_ ("Only the N seconds in the middle of each clip"), N_ ("N")},
      GENRE_OPTION_THREADS (&o->threads),
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("--model FILE --data DIR"), summary, description, entries);
  return genre_command_parse (context, argc, argv) &&
         genre_command_check_threads (NAME, o->threads);
}

/* One as "list", as ever; several as "lists". */
static void
set_lists (JsonObject *object, char *const *lists)
{
  if (!lists[1]) {
    genre_report_set_path (object, "list", lists[0]);
    return;
  }
  JsonArray *names = json_array_new ();
  for (char *const *list = lists; *list; list++) {
    g_autofree char *name = g_filename_display_name (*list);
    json_array_add_string_element (names, name);
  }
  json_object_set_array_member (object, "lists", names);
}

/* What was measured, for whoever finds the JSON file. */
static JsonObject *
describe (const Options *options)
{
  JsonObject *object = json_object_new ();
  genre_report_set_path (object, "model", options->model);
  genre_report_set_path (object, "data", options->data);
  if (options->lists)
    set_lists (object, options->lists);
  if (options->seconds > 0)
    json_object_set_double_member (object, "seconds", options->seconds);
  return object;
}

/* Files in a folder that is still to be made can only be new ones. */
static gboolean
check_pictures (const char *folder, const GPtrArray *pictures, GError **error)
{
  if (!genre_command_check_folder (folder, error))
    return FALSE;
  const gboolean is_there = g_file_test (folder, G_FILE_TEST_EXISTS);
  for (guint i = 0; is_there && i < pictures->len; i++)
    if (!genre_command_check_output (pictures->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* Before the clips are heard. */
static gboolean
check_outputs (const Options *o, GError **error)
{
  char *const files[] = {o->results.json, o->results.scores};
  char *const inputs[] = {o->model, NULL};
  const char *folder = o->results.pictures;
  g_autoptr (GPtrArray) outputs =
      folder ? genre_pictures_list (folder) : g_ptr_array_new_with_free_func (g_free);
  if (folder && !check_pictures (folder, outputs, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    if (files[i] && !genre_command_check_output (files[i], error))
      return FALSE;
    g_ptr_array_add (outputs, g_strdup (files[i]));
  }
  const char *const *paths = (const char *const *)outputs->pdata;
  return genre_command_check_apart (paths, outputs->len, inputs, error) &&
         genre_command_check_apart (paths, outputs->len, o->lists, error);
}

static gboolean
evaluate (const Options *options, GError **error)
{
  if (!check_outputs (options, error))
    return FALSE;
  g_autoptr (GenreModel) model = genre_model_load (options->model, error);
  if (!model || !genre_evaluation_prepare (model, options->model, error))
    return FALSE;
  g_autoptr (GenreDataset) dataset = genre_dataset_load (options->data, error);
  if (!dataset || !genre_dataset_set_roles (dataset, NULL, options->others, error))
    return FALSE;
  g_autoptr (GPtrArray) clips = genre_command_select_clips (dataset, options->lists, error);
  const GenreHearingJob job = {.seconds = options->seconds,
                               .n_threads = genre_command_threads (options->threads),
                               .shows = TRUE};
  g_autoptr (GenreHearing) hearing =
      clips ? genre_hearing_new (model, dataset, clips, &job, error) : NULL;
  genre_command_print_problems (dataset->problems);
  if (!hearing)
    return FALSE;
  g_autoptr (GenreScores) scores = genre_hearing_answer_plainly (hearing);
  g_autoptr (JsonObject) context = describe (options);
  const GenreModelConfig *config = genre_model_get_config (model);
  return genre_publish_scores (scores, (GenreThresholds){config->threshold, config->doubt}, context,
                               &options->results, error);
}

int
genre_command_evaluate (int argc, char **argv)
{
  g_auto (Options) options = {.threads = GENRE_THREADS_UNSET};
  if (!parse_options (&options, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc > 1)
    return genre_command_usage (NAME, _ ("unexpected argument \"%s\""), argv[1]);
  if (!options.model || !options.data)
    return genre_command_usage (NAME, _ ("--model and --data are needed"));
  if (!(options.seconds >= 0 && options.seconds <= G_MAXDOUBLE)) /* JSON has no infinity */
    return genre_command_usage (NAME, _ ("--seconds %g, a number of at least 0 expected"),
                                options.seconds);
  g_autoptr (GError) error = NULL;
  return evaluate (&options, &error) ? GENRE_EXIT_OK : genre_command_fail (NAME, error);
}
