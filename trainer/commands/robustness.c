/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train robustness */
#include <stdio.h>
#include "command.h"
#include "json.h"
#include "measuring/conditions.h"
#include "measuring/evaluation.h"
#include "measuring/heldout.h"
#include "measuring/metrics.h"
#include "measuring/report.h"
#include "modelfile.h"
#include "options.h"

#define NAME "robustness"
#define FORMAT "genreclassify-robustness-1"
#define NAME_WIDTH 38

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
    "Changes stored spectrograms as music is changed on its way to a listener (level, tone "
    "controls,\n"
    "low sample rates, noise, compressors) and says for how many clips the most probable genre "
    "stays\n"
    "what it was for the clean clip. With --folds, each clip is answered by the model of a\n"
    "cross-validation that never heard it.";

static const char description[] =
    "This is stability, not quality: the clean answer may be wrong. How often the answers are "
    "right\n"
    "is said with --accuracy only, since a test list should not be looked at often.\n\n"
    "Stored spectrograms end 80 dB under the loudest value of the clip; nothing falls further. "
    "Noise "
    "is\n"
    "the same on every run. Codecs and clipping cannot be done here: they need the sound.\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
    "Example:\n"
    "  genre-train robustness --model mine.safetensors --data spectrograms --list valid.txt\n"
    "  genre-train robustness --folds folds --data spectrograms --json robustness.json\n";

static gboolean
parse_options (Options *o, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
      GENRE_OPTION_MODEL (&o->model),
      {"folds", 'f', 0, G_OPTION_ARG_FILENAME, &o->folds,
       "Instead: output folder of cross-validate, each clip by the model that never heard it",
       "DIR"},
      GENRE_OPTION_DATA (&o->data),
      GENRE_OPTION_LISTS (&o->lists),
      {"accuracy", 'a', 0, G_OPTION_ARG_NONE, &o->accuracy, "Say how many answers are right, too",
       NULL},
      GENRE_OPTION_TABLE (&o->json),
      GENRE_OPTION_THREADS (&o->threads),
      {0},
  };
  g_autoptr (GOptionContext) context = genre_command_context (
      NAME, "{--model FILE | --folds DIR} --data DIR", summary, description, entries);
  return genre_command_parse (context, argc, argv);
}

/* ---- who answers for which clip ---- */

typedef struct {
  GenreModel *model; /* not owned */
  GPtrArray *clips;  /* of GenreClip */
} Part;

typedef struct {
  GenreModel *model;      /* or */
  GenreHeldOut *held_out; /* of folds */
  GArray *parts;          /* of Part */
  GenreDataset *dataset;
  GenreConditions *conditions;
  guint n_threads;
} Panel;

static void
part_clear (gpointer data)
{
  g_ptr_array_unref (((Part *)data)->clips);
}

static void
panel_clear (Panel *panel)
{
  g_clear_pointer (&panel->parts, g_array_unref);
  g_clear_pointer (&panel->model, genre_model_unref);
  g_clear_pointer (&panel->held_out, genre_held_out_free);
  g_clear_pointer (&panel->conditions, genre_conditions_free);
  g_clear_pointer (&panel->dataset, genre_dataset_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Panel, panel_clear)

static void
add_part (Panel *panel, GenreModel *model, GPtrArray *clips)
{
  const Part part = {model, clips};
  g_array_append_val (panel->parts, part);
}

static gboolean
divide_among_folds (Panel *panel, const char *folder, const GPtrArray *clips, GError **error)
{
  guint n_outside = 0;
  for (guint fold = 0; fold < panel->held_out->n_folds; fold++)
    add_part (panel, panel->held_out->models->pdata[fold], g_ptr_array_new ());
  for (guint i = 0; i < clips->len; i++) {
    GenreClip *clip = clips->pdata[i];
    gint fold = genre_held_out_find (panel->held_out, clip->stem);
    if (fold >= 0)
      g_ptr_array_add (g_array_index (panel->parts, Part, fold).clips, clip);
    else
      n_outside++;
  }
  if (n_outside > 0)
    g_ptr_array_add (panel->dataset->problems,
                     g_strdup_printf ("%s: held out %u of %u clips, the rest is left out", folder,
                                      clips->len - n_outside, clips->len));
  for (guint fold = panel->parts->len; fold-- > 0;)
    if (g_array_index (panel->parts, Part, fold).clips->len == 0)
      g_array_remove_index (panel->parts, fold);
  if (panel->parts->len > 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA, "%s: held out none of the %u clips", folder,
               clips->len);
  return FALSE;
}

static gboolean
gather (Panel *panel, const Options *o, GError **error)
{
  panel->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_set_clear_func (panel->parts, part_clear);
  if (o->model)
    panel->model = genre_model_load (o->model, error);
  else
    panel->held_out = genre_held_out_load (o->folds, error);
  if (!panel->model && !panel->held_out)
    return FALSE;
  panel->dataset = genre_dataset_load (o->data, error);
  if (!panel->dataset)
    return FALSE;
  panel->conditions = genre_conditions_new (&panel->dataset->front_end);
  panel->n_threads = genre_command_threads (o->threads);
  GPtrArray *clips = genre_command_select_clips (panel->dataset, o->lists, error);
  if (!clips)
    return FALSE;
  if (!panel->held_out) {
    add_part (panel, panel->model, clips);
    return TRUE;
  }
  gboolean divided = divide_among_folds (panel, o->folds, clips, error);
  g_ptr_array_unref (clips);
  return divided;
}

/* ---- answers ---- */

typedef struct {
  const GenreConditions *conditions;
  guint condition;
} Change;

static void
change_frames (const GenreClip *clip, float *frames, gsize n_frames, gpointer user_data)
{
  const Change *change = user_data;
  genre_conditions_apply (change->conditions, change->condition, g_str_hash (clip->stem), frames,
                          n_frames);
}

/* Of all clips; of the clean ones if @change is NULL. */
static GenreScores *
answer (const Panel *panel, Change *change, GError **error)
{
  g_autoptr (GPtrArray) scores = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_scores_free);
  for (guint i = 0; i < panel->parts->len; i++) {
    const Part *part = &g_array_index (panel->parts, Part, i);
    GenreScores *some =
        genre_evaluate_changed (part->model, panel->dataset, part->clips, 0,
                                change ? change_frames : NULL, change, panel->n_threads, error);
    if (!some)
      return NULL;
    g_ptr_array_add (scores, some);
  }
  return genre_scores_concatenate (scores);
}

static guint
count_same (const GenreScores *clean, const GenreScores *changed)
{
  g_autoptr (GHashTable) answers = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_same = 0;
  for (guint i = 0; i < changed->n_clips; i++)
    g_hash_table_insert (answers, changed->clips[i],
                         GUINT_TO_POINTER (genre_scores_answer (changed, i) + 1));
  for (guint i = 0; i < clean->n_clips; i++)
    n_same += GPOINTER_TO_UINT (g_hash_table_lookup (answers, clean->clips[i])) ==
              genre_scores_answer (clean, i) + 1;
  return n_same;
}

/* ---- the table ---- */

typedef struct {
  const char *name;
  guint n_same, n_clips;
  double accuracy;
} Row;

static void
print_head (const Options *o)
{
  g_print ("%-*s%12s%14s%s\n", NAME_WIDTH, "Condition", "Same genre", "Clips",
           o->accuracy ? "    Accuracy" : "");
  for (guint i = 0; i < NAME_WIDTH + 26 + (o->accuracy ? 12 : 0); i++)
    g_print ("─");
  g_print ("\n");
}

static void
print_row (const Options *o, const Row *row)
{
  g_autofree char *clips = g_strdup_printf ("%u of %u", row->n_same, row->n_clips);
  g_print ("%-*s%10.1f %%%14s", NAME_WIDTH, row->name, 100.0 * row->n_same / row->n_clips, clips);
  if (o->accuracy)
    g_print ("%10.1f %%", 100 * row->accuracy);
  g_print ("\n");
  fflush (stdout); /* the next one takes its time */
}

static JsonObject *
row_json (const Options *o, const Row *row)
{
  JsonObject *object = json_object_new ();
  json_object_set_string_member (object, "condition", row->name);
  json_object_set_int_member (object, "same", row->n_same);
  json_object_set_double_member (object, "agreement", (double)row->n_same / row->n_clips);
  if (o->accuracy)
    json_object_set_double_member (object, "accuracy", row->accuracy);
  return object;
}

static gboolean
save_json (const Options *o, const Panel *panel, const GArray *rows, GError **error)
{
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
  if (panel->held_out)
    json_object_set_string_member (object, "grouping",
                                   panel->held_out->by_artist ? "artist" : "random");
  json_object_set_int_member (object, "clips", g_array_index (rows, Row, 0).n_clips);
  for (guint i = 0; i < rows->len; i++)
    json_array_add_object_element (conditions, row_json (o, &g_array_index (rows, Row, i)));
  json_object_set_array_member (object, "conditions", conditions);
  return genre_json_save (object, o->json, error);
}

static void
add_row (const Options *o, GArray *rows, const char *name, const GenreScores *clean,
         const GenreScores *changed)
{
  g_autoptr (GenreMetrics) metrics = genre_metrics_new (changed);
  const Row row = {name, count_same (clean, changed), clean->n_clips, metrics->accuracy};
  g_array_append_val (rows, row);
  print_row (o, &row);
}

/* What is wrong with the clips was said for the clean ones. */
static gboolean
measure (const Options *o, Panel *panel, const GenreScores *clean, GArray *rows, GError **error)
{
  guint n_problems = panel->dataset->problems->len;
  print_head (o);
  add_row (o, rows, "as it is", clean, clean);
  for (guint i = 0; i < genre_conditions_get_count (); i++) {
    Change change = {panel->conditions, i};
    g_autoptr (GenreScores) changed = answer (panel, &change, error);
    g_ptr_array_set_size (panel->dataset->problems, (gint)n_problems);
    if (!changed)
      return FALSE;
    add_row (o, rows, genre_conditions_get_name (i), clean, changed);
  }
  return TRUE;
}

static gboolean
robustness (const Options *o, GError **error)
{
  g_auto (Panel) panel = {0};
  g_autoptr (GenreScores) clean = NULL;
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
  if (gather (&panel, o, error))
    clean = answer (&panel, NULL, error);
  if (panel.dataset)
    genre_command_print_problems (panel.dataset->problems);
  if (!clean || !measure (o, &panel, clean, rows, error))
    return FALSE;
  if (panel.held_out)
    g_print ("\nEach clip was answered by a model that never heard %s\n",
             panel.held_out->by_artist ? "it or its artist" : "it");
  return !o->json || save_json (o, &panel, rows, error);
}

int
genre_command_robustness (int argc, char **argv)
{
  g_auto (Options) options = {0};
  if (!parse_options (&options, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc > 1)
    return genre_command_usage (NAME, "unexpected argument \"%s\"", argv[1]);
  if (!options.data || (options.model == NULL) == (options.folds == NULL))
    return genre_command_usage (NAME, "--data and either --model or --folds are needed");
  g_autoptr (GError) error = NULL;
  return robustness (&options, &error) ? GENRE_EXIT_OK : genre_command_fail (NAME, error);
}
