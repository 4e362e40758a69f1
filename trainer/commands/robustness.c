/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train robustness */
#include <stdio.h>
#include "command.h"
#include "json.h"
#include "measuring/conditions.h"
#include "measuring/evaluation.h"
#include "measuring/report.h"
#include "measuring/stability.h"
#include "modelfile.h"
#include "options.h"
#include "translation.h"

#define NAME "robustness"
#define FORMAT "genreclassify-robustness-1"

typedef struct {
  char *model, *folds, *data, *json;
  char **lists;
  gboolean accuracy;
  int threads;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->model);
  g_free (options->folds);
  g_free (options->data);
  g_free (options->json);
  g_strfreev (options->lists);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char summary[] =
    N_ ("Changes stored spectrograms as music is changed on its way to a listener (level, tone "
        "controls,\n"
        "low sample rates, noise, compressors) and says for how many clips the most probable genre "
        "stays\n"
        "what it was for the clean clip. With --folds, each clip is answered by the model of a\n"
        "cross-validation that never heard it.");

static const char description[] =
    N_ ("This is stability, not quality: the clean answer may be wrong. How often the answers are "
        "right\n"
        "is said with --accuracy only, since a test list should not be looked at often.\n\n"
        "Stored spectrograms end 80 dB under the loudest value of the clip; nothing falls further. "
        "Noise "
        "is\n"
        "the same on every run. Codecs and clipping cannot be done here: they need the sound.\n\n"
        "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
        "Example:\n"
        "  genre-train robustness --model mine.safetensors --data spectrograms --list valid.txt\n"
        "  genre-train robustness --folds folds --data spectrograms --json robustness.json\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
      GENRE_OPTION_MODEL (&o->model),
      {"folds", 'f', 0, G_OPTION_ARG_FILENAME, &o->folds,
       N_ ("Instead: output folder of cross-validate, each clip by the model that never heard it"),
       N_ ("DIR")},
      GENRE_OPTION_DATA (&o->data),
      GENRE_OPTION_LISTS (&o->lists),
      {"accuracy", 'a', 0, G_OPTION_ARG_NONE, &o->accuracy,
       N_ ("Say how many answers are right, too"), NULL},
      GENRE_OPTION_TABLE (&o->json),
      GENRE_OPTION_THREADS (&o->threads),
      {0},
  };
  g_autoptr (GOptionContext) context = genre_command_context (
      NAME, N_ ("{--model FILE | --folds DIR} --data DIR"), summary, description, entries);
  return genre_command_parse (context, argc, argv) &&
         genre_command_check_threads (NAME, o->threads);
}

/* ---- the table ---- */

/* Of the column of names: the longest one's. */
static guint
name_width (void)
{
  guint width = 0;
  for (guint i = 0; i < genre_conditions_get_count (); i++)
    width = MAX (width, genre_report_width (genre_conditions_get_name (i)));
  return width;
}

static void
print_head (const Options *o)
{
  g_print ("%-*s%12s%14s%s\n", (int)name_width (), "Condition", "Same genre", "Clips",
           o->accuracy ? "    Accuracy" : "");
  for (guint i = 0; i < name_width () + 26 + (o->accuracy ? 12 : 0); i++)
    g_print ("─");
  g_print ("\n");
}

static void
print_row (const Options *o, const GenreStabilityRow *row)
{
  g_autofree char *clips = g_strdup_printf ("%u of %u", row->n_same, row->n_clips);
  g_autoptr (GString) name = g_string_new (NULL);
  genre_report_pad (name, row->condition, name_width ());
  g_print ("%s%10.1f %%%14s", name->str, 100.0 * row->n_same / row->n_clips, clips);
  if (o->accuracy)
    g_print ("%10.1f %%", 100 * row->accuracy);
  g_print ("\n");
  fflush (stdout); /* the next one takes its time */
}

static JsonObject *
row_json (const Options *o, const GenreStabilityRow *row)
{
  JsonObject *object = json_object_new ();
  json_object_set_string_member (object, "condition", row->condition);
  json_object_set_int_member (object, "same", row->n_same);
  json_object_set_double_member (object, "agreement", (double)row->n_same / row->n_clips);
  if (o->accuracy)
    json_object_set_double_member (object, "accuracy", row->accuracy);
  return object;
}

static gboolean
save_json (const Options *o, const GenreHeldOut *held_out, guint n_chosen, const GArray *rows,
           GError **error)
{
  const guint n_clips = g_array_index (rows, GenreStabilityRow, 0).n_clips;
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *lists = json_array_new (), *conditions = json_array_new ();
  json_object_set_string_member (object, "format", FORMAT);
  genre_report_set_path (object, "model", o->model);
  genre_report_set_path (object, "folds", o->folds);
  genre_report_set_path (object, "data", o->data);
  for (char **list = o->lists; list && *list; list++) {
    g_autofree char *name = g_filename_display_name (*list);
    json_array_add_string_element (lists, name);
  }
  json_object_set_array_member (object, "lists", lists);
  if (held_out)
    json_object_set_string_member (object, "grouping", held_out->by_artist ? "artist" : "random");
  json_object_set_int_member (object, "clips", n_clips);
  json_object_set_int_member (object, "left-out", n_chosen - n_clips);
  for (guint i = 0; i < rows->len; i++)
    json_array_add_object_element (conditions,
                                   row_json (o, &g_array_index (rows, GenreStabilityRow, i)));
  json_object_set_array_member (object, "conditions", conditions);
  return genre_json_save (object, o->json, error);
}

static void
add_row (const Options *o, GArray *rows, const GenreStabilityRow *row)
{
  g_array_append_val (rows, *row);
  print_row (o, row);
}

static gboolean
measure (const Options *o, GenreStability *stability, GArray *rows, GError **error)
{
  GenreStabilityRow row = genre_stability_get_clean (stability);
  print_head (o);
  add_row (o, rows, &row);
  for (guint i = 0; i < genre_conditions_get_count (); i++) {
    if (!genre_stability_measure (stability, i, &row, error))
      return FALSE;
    add_row (o, rows, &row);
  }
  return TRUE;
}

static gboolean
check_output (const Options *o, GError **error)
{
  const char *const outputs[] = {o->json};
  g_autofree char *plan = o->folds ? g_build_filename (o->folds, "plan.json", NULL) : NULL;
  char *const inputs[] = {o->model ? o->model : plan, NULL};
  return !o->json || (genre_command_check_output (o->json, error) &&
                      genre_command_check_apart (outputs, 1, inputs, error) &&
                      genre_command_check_apart (outputs, 1, o->lists, error));
}

static gboolean
robustness (const Options *o, GError **error)
{
  if (!check_output (o, error))
    return FALSE;
  g_autoptr (GenreModel) model = o->model ? genre_model_load (o->model, error) : NULL;
  if (model && !genre_evaluation_prepare (model, o->model, error))
    return FALSE;
  g_autoptr (GenreHeldOut) held_out = o->folds ? genre_held_out_load (o->folds, error) : NULL;
  g_autoptr (GenreDataset) dataset = model || held_out ? genre_dataset_load (o->data, error) : NULL;
  if (!dataset)
    return FALSE;
  g_autoptr (GPtrArray) clips = genre_command_select_clips (dataset, o->lists, error);
  g_autoptr (GenreStability) stability = NULL;
  if (clips)
    stability = genre_stability_new (model, held_out, dataset, clips,
                                     genre_command_threads (o->threads), error);
  genre_command_print_problems (dataset->problems);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (GenreStabilityRow));
  if (!stability || !measure (o, stability, rows, error))
    return FALSE;
  if (held_out)
    g_print ("\nEach clip was answered by a model that never heard %s\n",
             held_out->by_artist ? "it or its artist" : "it");
  return !o->json || save_json (o, held_out, clips->len, rows, error);
}

int
genre_command_robustness (int argc, char **argv)
{
  g_auto (Options) options = {.threads = GENRE_THREADS_UNSET};
  if (!parse_options (&options, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc > 1)
    return genre_command_usage (NAME, _ ("unexpected argument \"%s\""), argv[1]);
  if (!options.data || (options.model == NULL) == (options.folds == NULL))
    return genre_command_usage (NAME, _ ("--data and either --model or --folds are needed"));
  g_autoptr (GError) error = NULL;
  return robustness (&options, &error) ? GENRE_EXIT_OK : genre_command_fail (NAME, error);
}
