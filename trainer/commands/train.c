/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train train */
#include "learning/training.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "command.h"
#include "files.h"
#include "json.h"
#include "measuring/pictures.h"
#include "measuring/segmentscores.h"
#include "modelfile.h"
#include "options.h"
#include "running/progress.h"
#include "safetensors.h"
#include "running/ranks.h"
#include "terminal.h"
#include "translation.h"

#define NAME "train"
#define CHECKPOINT_EVERY 60 /* seconds */

typedef struct {
  char *recipe, *data, *artists, *from, *output, *checkpoint, *history, *picture;
  char **train_lists, **valid_lists, **teachers, **settings, **background, **others;
  gboolean resume, half;
  double temperature, threshold, doubt, checkpoint_every, body_rate;
  int threads;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->recipe);
  g_free (options->data);
  g_free (options->artists);
  g_free (options->from);
  g_free (options->output);
  g_free (options->checkpoint);
  g_free (options->history);
  g_free (options->picture);
  g_strfreev (options->train_lists);
  g_strfreev (options->valid_lists);
  g_strfreev (options->teachers);
  g_strfreev (options->settings);
  g_strfreev (options->background);
  g_strfreev (options->others);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char summary[] =
    N_ ("Learns a model from a folder of genre folders of stored "
        "spectrograms. The same seed gives the\n"
        "same model whatever the number of threads. Ctrl-C finishes the step "
        "and writes a checkpoint, from\n"
        "which --resume goes on.");

static gboolean
parse_options (Options *o, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
      GENRE_OPTION_DATA (&o->data),
      GENRE_OPTION_MODEL_OUTPUT (&o->output),
      GENRE_OPTION_RECIPE (
          &o->recipe, N_ ("Settings, as in models/default.recipe (in share/doc/genreclassify)")),
      GENRE_OPTION_SET (&o->settings,
                        N_ ("Change one setting, e.g. training.epochs=20 (may be repeated)")),
      {"train-list", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->train_lists,
       N_ ("Learn from the clips that FILE names (may be repeated; default: all but the "
           "valid ones)"),
       N_ ("FILE")},
      {"valid-list", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->valid_lists,
       N_ ("Watch and calibrate on the clips that FILE names (may be repeated)"), N_ ("FILE")},
      GENRE_OPTION_BACKGROUND (&o->background),
      GENRE_OPTION_OTHERS (&o->others),
      {"artists", 0, 0, G_OPTION_ARG_FILENAME, &o->artists,
       N_ ("Tab separated clip, artist, title: for training.balance=artists"), N_ ("FILE")},
      {"teacher", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->teachers,
       N_ ("Learn from what this model hears, too (may be repeated: an ensemble becomes one "
           "model)"),
       N_ ("FILE")},
      GENRE_OPTION_FROM (&o->from, N_ ("Begin with what this model knows, but for its genres")),
      GENRE_OPTION_BODY_RATE (&o->body_rate),
      {"checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &o->checkpoint,
       N_ ("Checkpoint file (default: OUTPUT.checkpoint)"), N_ ("FILE")},
      {"checkpoint-every", 0, 0, G_OPTION_ARG_DOUBLE, &o->checkpoint_every,
       N_ ("Seconds at least between two checkpoints, 0: one for every step (default: 60)"),
       N_ ("SECONDS")},
      {"resume", 0, 0, G_OPTION_ARG_NONE, &o->resume,
       N_ ("Go on from the checkpoint if there is one"), NULL},
      {"history", 0, 0, G_OPTION_ARG_FILENAME, &o->history,
       N_ ("Write losses of every epoch: FILE.csv as it goes, others as JSON at last"),
       N_ ("FILE")},
      {"picture", 0, 0, G_OPTION_ARG_FILENAME, &o->picture, N_ ("Draw the learning curves as PNG"),
       N_ ("FILE")},
      {"temperature", 0, 0, G_OPTION_ARG_DOUBLE, &o->temperature,
       N_ ("Store this temperature instead of one fitted to the valid list"), N_ ("T")},
      {"threshold", 0, 0, G_OPTION_ARG_DOUBLE, &o->threshold,
       N_ ("Store this confidence as the one below which an answer is unknown"), N_ ("P")},
      GENRE_OPTION_DOUBT (&o->doubt),
      GENRE_OPTION_HALF (&o->half),
      GENRE_OPTION_TRAINING_THREADS (&o->threads),
      {0},
  };
  g_autofree char *settings = genre_recipe_describe ();
  g_autofree char *description = g_strconcat (
      _ ("Settings, their defaults and meanings:\n"), settings,
      _ ("\nExit status: 0 done, 1 failed or stopped, 2 wrong command line.\n\nExample:\n"
         "  genre-train train --data spectrograms --recipe my.recipe "
         "--artists artists.tsv \\\n"
         "    --output my.model\n"),
      NULL);
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("--data DIR --output FILE"), summary, description, entries);
  return genre_command_parse (context, argc, argv) &&
         genre_command_check_threads (NAME, o->threads);
}

typedef struct {
  gboolean terminal;
  const GPtrArray *problems;
  guint n_said;      /* of these */
  const char *table; /* of epochs, or NULL */
  gint64 begun;      /* when the first progress was shown */
  double begun_at;   /* epochs finished then */
} Screen;

/* Those that training itself has found. */
static void
say_new_problems (Screen *screen)
{
  genre_command_list_problems (screen->problems, screen->n_said);
  screen->n_said = screen->problems->len;
}

/* What cannot be written now may be so at last (save_history()): the model is worth more than the
 * table. */
static void
write_table (const Screen *screen, const GenreTrainProgress *p)
{
  if (screen->table && p->epoch_done)
    genre_history_save_table (screen->table, p->history, NULL);
}

/* "1:05 left", or "" at the beginning. */
static char *
time_left (Screen *screen, const GenreTrainProgress *p, double epochs)
{
  gint64 now = g_get_monotonic_time ();
  if (screen->begun == 0) {
    screen->begun = now;
    screen->begun_at = epochs;
  }
  double elapsed = (double)(now - screen->begun) / G_USEC_PER_SEC;
  if (epochs <= screen->begun_at)
    return g_strdup ("");
  g_autofree char *time =
      genre_progress_format_time ((p->n_epochs - epochs) * elapsed / (epochs - screen->begun_at));
  return g_strconcat ("  ", time, " left", NULL);
}

static void
show_progress (const GenreTrainProgress *p, gpointer user_data)
{
  Screen *screen = user_data;
  gboolean terminal = screen->terminal;
  say_new_problems (screen);
  write_table (screen, p);
  double epochs = p->epoch + (p->epoch_done ? 0 : (double)p->step / p->n_steps);
  g_autofree char *left = time_left (screen, p, epochs);
  if (!terminal && (!p->epoch_done || (!p->validated && p->epoch % 10 != 0)))
    return;
  g_autoptr (GString) line = g_string_new (NULL);
  g_string_append_printf (line, "epoch %6.1f/%u  loss %.4f  rate %.5f  %.1f segments/s", epochs,
                          p->n_epochs, p->loss, p->learning_rate, p->segments_per_second);
  g_string_append (line, left);
  if (p->validated)
    g_string_append_printf (line, "  valid loss %.4f  accuracy %.1f %%", p->valid_loss,
                            100 * p->valid_accuracy);
  if (terminal)
    g_printerr ("\r%s\033[K%s", line->str, p->validated ? "\n" : "");
  else
    g_printerr ("%s\n", line->str);
}

static gboolean
check_apart (GPtrArray *train, GPtrArray *valid, GError **error)
{
  for (guint i = 0; valid && i < valid->len; i++) {
    const GenreClip *clip = g_ptr_array_index (valid, i);
    if (g_ptr_array_find (train, clip, NULL)) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                   "%s is in the train and in the valid list, expected it in one", clip->stem);
      return FALSE;
    }
  }
  return TRUE;
}

/* @clips becomes those that are not in @others, in their order. */
static void
leave_out (GPtrArray **clips, GPtrArray *others)
{
  g_autoptr (GHashTable) out = g_hash_table_new (NULL, NULL);
  GPtrArray *left = g_ptr_array_new ();
  for (guint i = 0; i < others->len; i++)
    g_hash_table_add (out, others->pdata[i]);
  for (guint i = 0; i < (*clips)->len; i++)
    if (!g_hash_table_contains (out, (*clips)->pdata[i]))
      g_ptr_array_add (left, (*clips)->pdata[i]);
  g_ptr_array_unref (*clips);
  *clips = left;
}

static void
add_list (JsonObject *object, const char *member, char **lists)
{
  if (!lists)
    return;
  JsonArray *array = json_array_new ();
  for (char **list = lists; *list; list++) {
    g_autofree char *name = g_filename_display_basename (*list);
    json_array_add_string_element (array, name);
  }
  json_object_set_array_member (object, member, array);
}

static void
set_provenance (GenreModel *model, const Options *o, const GenreTrainJob *job, JsonArray *history)
{
  guint stored = genre_history_find_stored (history);
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *recipe = genre_recipe_to_text (job->recipe);
  json_object_set_string_member (object, "software", "genre-train " GENRE_VERSION);
  json_object_set_string_member (object, "recipe", recipe);
  if (stored > 0 && stored < job->recipe->epochs) {
    json_object_set_int_member (object, "learnt-epochs", json_array_get_length (history));
    json_object_set_int_member (object, "stored-epoch", stored);
  }
  json_object_set_int_member (object, "train-clips", job->train->len);
  add_list (object, "train-lists", o->train_lists);
  if (o->from) {
    g_autofree char *source = g_filename_display_basename (o->from);
    json_object_set_string_member (object, "from", source);
    json_object_set_double_member (object, "body-rate", o->body_rate);
  }
  if (job->teachers)
    json_object_set_int_member (object, "teachers", job->teachers->len);
  add_list (object, "valid-list", o->valid_lists);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *text = genre_json_to_string (node, FALSE);
  genre_model_set_provenance (model, text);
}

static gboolean
is_table (const char *path)
{
  return g_str_has_suffix (path, ".csv");
}

static gboolean
save_history (const char *path, JsonArray *history, GError **error)
{
  if (!path)
    return TRUE;
  if (is_table (path))
    return genre_history_save_table (path, history, error);
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), history);
  g_autofree char *text = genre_json_to_string (node, TRUE);
  return genre_file_write (path, text, strlen (text), error);
}

static gboolean
draw_history (const char *path, JsonArray *history, GError **error)
{
  if (!path)
    return TRUE;
  g_autoptr (GArray) epochs = genre_history_from_json (history);
  return genre_picture_learning ((GenreEpoch *)epochs->data, epochs->len,
                                 genre_history_find_stored (history), path, error);
}

/* Of a run that patience has ended, or whose last epoch was not its best. */
static void
print_stored (const GenreTrainJob *job, JsonArray *history)
{
  guint stored = genre_history_find_stored (history), n = json_array_get_length (history);
  if (stored == 0)
    return;
  if (n < job->recipe->epochs)
    g_print (_ ("Stopped after epoch %u of %u, weights of epoch %u kept\n"), n, job->recipe->epochs,
             stored);
  else if (stored < n)
    g_print (_ ("Weights of epoch %u kept, of the lowest loss on the valid list\n"), stored);
}

static gboolean
save_all (const Options *o, const GenreTrainJob *job, GenreModel *model, JsonArray *history,
          GError **error)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  genre_model_set_calibration (
      model, o->temperature != GENRE_NOT_GIVEN ? o->temperature : config->temperature,
      o->threshold);
  genre_model_set_doubt (model, o->doubt);
  set_provenance (model, o, job, history);
  if (!genre_model_save (model, o->output, o->half ? GENRE_DTYPE_F16 : GENRE_DTYPE_F32, error))
    return FALSE;
  print_stored (job, history);
  g_print ("%s: %" G_GSIZE_FORMAT " parameters, temperature %.3f%s\n", o->output,
           genre_network_get_n_parameters (genre_model_get_network (model)), config->temperature,
           o->temperature == GENRE_NOT_GIVEN ? genre_temperature_remark (config->temperature) : "");
  if (!save_history (o->history, history, error) || !draw_history (o->picture, history, error))
    return FALSE;
  g_unlink (job->checkpoint); /* nothing is left to go on from */
  return TRUE;
}

/* Of several ranks the first speaks and writes. */
static gboolean
learn (const Options *o, GenreTrainJob *job, GError **error)
{
  g_autoptr (JsonArray) history = NULL;
  gboolean first = genre_ranks_get_index () == 0;
  Screen screen = {.terminal = terminal_draws (STDERR_FILENO),
                   .problems = job->dataset->problems,
                   .n_said = job->dataset->problems->len,
                   .table = o->history && is_table (o->history) ? o->history : NULL};
  job->progress = first ? show_progress : NULL;
  job->user_data = &screen;
  job->stop = genre_command_catch_interrupts ();
  if (job->transfer)
    genre_transfer_set_stop (job->transfer, job->stop);
  g_autoptr (GenreModel) model = genre_train_run (job, &history, error);
  if (screen.terminal && first)
    g_printerr ("\n");
  if (first)
    say_new_problems (&screen);
  if (!model && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      g_file_test (job->checkpoint, G_FILE_TEST_EXISTS)) /* stopped before the first step: none */
    g_prefix_error (error,
                    "checkpoint written to %s, --resume goes on from there: ", job->checkpoint);
  if (!model)
    return FALSE;
  return genre_ranks_agree (!first || save_all (o, job, model, history, error), NULL, error);
}

/* What a job points to. */
typedef struct {
  GenreRecipe *recipe;
  GenreDataset *dataset;
  GPtrArray *clips, *valid, *teachers;
  GenreTransfer *transfer;
} Inputs;

static void
inputs_clear (Inputs *inputs)
{
  g_clear_pointer (&inputs->transfer, genre_transfer_free);
  g_clear_pointer (&inputs->teachers, g_ptr_array_unref);
  g_clear_pointer (&inputs->valid, g_ptr_array_unref);
  g_clear_pointer (&inputs->clips, g_ptr_array_unref);
  g_clear_pointer (&inputs->dataset, genre_dataset_free);
  g_clear_pointer (&inputs->recipe, genre_recipe_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Inputs, inputs_clear)

static gboolean
read_source (const Options *o, Inputs *in, GError **error)
{
  in->transfer = genre_transfer_load (o->from, in->dataset, in->recipe, o->body_rate,
                                      genre_command_threads (o->threads), error);
  return in->transfer != NULL;
}

static gboolean
read_inputs (const Options *o, Inputs *in, GError **error)
{
  if (!(in->recipe = genre_recipe_compose (o->recipe, o->settings, error)) ||
      !(in->dataset = genre_dataset_load (o->data, error)) ||
      !genre_dataset_set_roles (in->dataset, o->background, o->others, error) ||
      (o->artists && !genre_dataset_load_artists (in->dataset, o->artists, error)))
    return FALSE;
  in->clips = genre_command_select_clips (in->dataset, o->train_lists, error);
  if (in->clips && o->valid_lists)
    in->valid = genre_command_select_clips (in->dataset, o->valid_lists, error);
  if (in->valid && !o->train_lists)
    leave_out (&in->clips, in->valid);
  if (in->clips && o->artists)
    genre_dataset_note_anonymous (in->dataset, in->clips, o->artists);
  if (genre_ranks_get_index () == 0)
    genre_command_print_problems (in->dataset->problems);
  return in->clips && (!o->valid_lists || in->valid) && check_apart (in->clips, in->valid, error) &&
         (!o->from || read_source (o, in, error)) &&
         (!o->teachers || (in->teachers = genre_command_load_models (o->teachers, error)));
}

/* Found before hours of work rather than after. A model that was the checkpoint, too, would be
 * removed as that. */
static gboolean
check_outputs (const Options *o, const char *checkpoint, GError **error)
{
  static const char *const endings[] = {".checkpoint", NULL};
  const char *const outputs[] = {o->output, checkpoint, o->history, o->picture};
  char *const files[] = {o->recipe, o->artists, o->from};
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (files[i])
      g_ptr_array_add (inputs, files[i]);
  for (char **list = o->train_lists; list && *list; list++)
    g_ptr_array_add (inputs, *list);
  for (char **list = o->valid_lists; list && *list; list++)
    g_ptr_array_add (inputs, *list);
  for (char **teacher = o->teachers; teacher && *teacher; teacher++)
    g_ptr_array_add (inputs, *teacher);
  g_ptr_array_add (inputs, NULL);
  return genre_command_check_model_output (o->output, endings, error) &&
         genre_command_check_output (checkpoint, error) &&
         (!o->history || genre_command_check_output (o->history, error)) &&
         (!o->picture || genre_command_check_picture (o->picture, error)) &&
         genre_command_check_apart (outputs, G_N_ELEMENTS (outputs), (char *const *)inputs->pdata,
                                    error);
}

/* A run that is not to go on must not write over hours of work. */
static gboolean
check_checkpoint (const Options *o, const char *path, GError **error)
{
  if (o->resume || !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: left by an interrupted run; --resume goes on, or remove it", path);
  return FALSE;
}

static gboolean
train (const Options *o, GError **error)
{
  g_auto (Inputs) in = {0};
  g_autofree char *beside = g_strconcat (o->output, ".checkpoint", NULL);
  const char *checkpoint = o->checkpoint ? o->checkpoint : beside;
  gboolean first = genre_ranks_get_index () == 0;
  gboolean ready =
      !first || (check_outputs (o, checkpoint, error) && check_checkpoint (o, checkpoint, error));
  if (!genre_ranks_agree (ready && read_inputs (o, &in, error), NULL, error))
    return FALSE;
  if (first)
    genre_command_note_threads (o->threads, in.recipe, genre_ranks_get_count ());
  GenreTrainJob job = {.recipe = in.recipe,
                       .dataset = in.dataset,
                       .train = in.clips,
                       .valid = in.valid,
                       .teachers = in.teachers,
                       .transfer = in.transfer,
                       .n_threads = genre_command_threads (o->threads),
                       .checkpoint = checkpoint,
                       .checkpoint_interval = MAX (o->checkpoint_every, G_MINDOUBLE),
                       .resume = o->resume};
  return learn (o, &job, error);
}

/* That they were stopped all ranks find; the first one says it. */
static gboolean
is_said_elsewhere (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && genre_ranks_get_index () > 0;
}

static gboolean
check_numbers (const Options *o)
{
  return genre_command_check_number (NAME, "--threshold", o->threshold, 0, 1) &&
         genre_command_check_number (NAME, "--doubt", o->doubt, 0, GENRE_MODEL_MAX_DOUBT) &&
         (o->temperature == GENRE_NOT_GIVEN ||
          genre_command_check_number (NAME, "--temperature", o->temperature, 0.01, 100)) &&
         genre_command_check_number (NAME, "--checkpoint-every", o->checkpoint_every, 0, INFINITY);
}

/* Whoever sets them means them. */
static gboolean
check_effects (const Options *o)
{
  return genre_command_check_effect (NAME, o->settings, "training.patience", o->valid_lists != NULL,
                                     "--valid-list") &&
         genre_command_check_effect (NAME, o->settings, "augmentation.announcer",
                                     o->background != NULL, "--background") &&
         genre_command_check_effect (NAME, o->settings, "training.others", o->others != NULL,
                                     "--other");
}

int
genre_command_train (int argc, char **argv)
{
  g_auto (Options) options = {.temperature = GENRE_NOT_GIVEN,
                              .checkpoint_every = CHECKPOINT_EVERY,
                              .threads = GENRE_THREADS_UNSET,
                              .body_rate = GENRE_BODY_RATE_UNSET};
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
  if (!check_numbers (&options) || !check_effects (&options) ||
      !genre_command_check_body_rate (NAME, &options.body_rate, options.from != NULL, "--from"))
    return GENRE_EXIT_USAGE;
  g_autoptr (GError) error = NULL;
  genre_ranks_begin ();
  gboolean done = train (&options, &error);
  if (!done && !is_said_elsewhere (error))
    genre_command_fail (NAME, error);
  genre_ranks_end ();
  return done ? GENRE_EXIT_OK : GENRE_EXIT_FAILED;
}
