/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-tag: writes the genre that is heard in files into their tags, for whole collections.
 *
 * Two passes over a file. Tags stand at the beginning of it, and nobody knows the genre before the
 * music has been heard: in one pipeline an encoder or a muxer behind genreclassify has long written
 * them by then. So GStreamer listens first, and TagLib changes the tag of a copy afterwards, which
 * then takes the file's place; the audio stays as it is.
 *
 * This process hears nothing itself: it gives files to workers and watches over them. */
#include "excerpts.h"
#include "musicfiles.h"
#include "printable.h"
#include "tagging/replacement.h"
#include "tagging/summary.h"
#include "tagging/tagger.h"
#include "tagging/workers.h"
#include <gst/gst.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130 /* 128 + SIGINT, as shells have it */
#define MAX_JOBS 256
#define EXCERPTS_OF_PATIENCE 3 /* after this part of it excerpts are given up */

typedef struct {
  TaggerOptions tagger;
  char *model, *output, *name_map;
  int jobs; /* 0: as many as there are processors */
  double patience;
  gboolean whole, only_missing, json, quiet, version;
} Options;

static volatile sig_atomic_t interrupted = FALSE;

/* ---- work ---- */

typedef struct {
  Options *options;
  Summary summary;
  gboolean folders_failed;
} Run;

static void
alive (gpointer user_data)
{
  workers_sign_of_life ();
}

static JsonObject *
treat (const char *path, gboolean again, gboolean *spent, gpointer user_data)
{
  const Run *run = user_data;
  return tagger_treat (&run->options->tagger, path, again, alive, NULL, spent);
}

/* A worker that was killed may have been at a copy. */
static void
on_result (const char *path, JsonObject *object, const char *fault, gpointer user_data)
{
  Run *run = user_data;
  if (!object && (run->options->tagger.write || run->options->tagger.output))
    replacement_remove_leftovers_beside (run->options->output ? run->options->output : path);
  summary_take (&run->summary, path, object, fault);
}

static void
on_look (gpointer user_data)
{
  Run *run = user_data;
  summary_show_progress (&run->summary);
}

static void
on_fault (const char *path, const char *what, gpointer user_data)
{
  Run *run = user_data;
  summary_complain (&run->summary, path, what);
  run->folders_failed = TRUE;
}

/* What a killed run has left is no music. */
static gboolean
is_left_out (const char *path, gpointer user_data)
{
  return replacement_is_leftover (path);
}

/* In every folder in which this run may write, also behind links. */
static void
remove_leftovers (GPtrArray *files)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < files->len; i++) {
    char *real = realpath (files->pdata[i], NULL);
    if (real && g_hash_table_add (seen, g_path_get_dirname (real)))
      replacement_remove_leftovers_beside (real);
    free (real);
  }
}

/* One file under several names, or named twice, must not be written by two at a time. */
static GPtrArray *
leave_out_repeated (GPtrArray *files)
{
  GPtrArray *kept = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, free, NULL);
  for (guint i = 0; i < files->len; i++) {
    char *real = realpath (files->pdata[i], NULL);
    if (!real || g_hash_table_add (seen, real))
      g_ptr_array_add (kept, g_strdup (files->pdata[i]));
  }
  return kept;
}

static void
on_interrupt (int number)
{
  interrupted = TRUE;
}

static guint
count_jobs (const Options *options, guint n_files)
{
  const guint jobs = options->jobs > 0 ? (guint)options->jobs : g_get_num_processors ();
  return CLAMP (jobs, 1, MAX (n_files, 1));
}

static void
catch_interrupts (void)
{
  const struct sigaction action = {.sa_handler = on_interrupt};
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
}

static int
tag (Options *options, char **arguments)
{
  Run run = {.options = options};
  summary_init (&run.summary, options->json, options->quiet);
  catch_interrupts ();
  g_autoptr (GPtrArray) found = music_files_collect (arguments, on_fault, is_left_out, &run);
  g_autoptr (GPtrArray) files = leave_out_repeated (found);
  const WorkersOptions workers = {count_jobs (options, files->len),
                                  options->patience,
                                  treat,
                                  on_result,
                                  on_look,
                                  &run,
                                  &interrupted};
  if (options->tagger.write)
    remove_leftovers (files);
  run.summary.n_files = files->len;
  workers_run (files, &workers);
  summary_end (&run.summary, interrupted);
  if (interrupted)
    return EXIT_INTERRUPTED;
  const gboolean refused = options->tagger.write || options->output ? run.summary.refused > 0 : 0;
  return run.folders_failed || run.summary.failed > 0 || refused ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- command line ---- */

static const char description[] =
    "A folder stands for the audio files in it and below it. Without --write nothing is changed:\n"
    "a line for each file says what would be written into it, and how sure that is. A file that\n"
    "has a genre is not heard at all, unless --force is given.\n"
    "\n"
    "Three excerpts of each song are heard. A file that cannot seek, or is shorter than twice its\n"
    "excerpts, is heard in full.\n"
    "\n"
    "A file is never changed where it stands: a copy of it gets the genre, is synced to the disk\n"
    "and takes its place, with its owner, mode, attributes and access lists. Links are followed.\n"
    "A file with several names (hard links), a read-only one and one that changes meanwhile are\n"
    "left alone, and so is a format whose tags cannot be written safely (Matroska, AAC, several\n"
    "streams in one Ogg file). Ctrl-C and kill -9 may come at any time.\n"
    "\n"
    "A name map has lines like \"hiphop = Rap\": what to write for what is heard. \"disco =\" "
    "never\n"
    "writes it.\n"
    "\n"
    "Exit status: 0 if every file was treated, 1 if one was not, 2 if the command line was wrong,\n"
    "130 after Ctrl-C.\n"
    "\n"
    "Examples:\n"
    "  genre-tag ~/Music                          what would be written?\n"
    "  genre-tag --write ~/Music                  write it where there is no genre\n"
    "  genre-tag --write --force --threshold 0.8 song.mp3\n"
    "  genre-tag --output copy.mp3 song.mp3\n"
    "  genre-tag --json ~/Music > genres.jsonl\n";

static const char *
find_fault_of_hearing (const Options *options)
{
  if (!(options->tagger.hearing.threshold <= 1))
    return "--threshold is out of range";
  if (!(options->tagger.min_music >= 0 && options->tagger.min_music <= 1))
    return "--min-music is out of range";
  if (!(options->patience >= 1 && options->patience <= 1e6))
    return "--patience is out of range";
  return excerpt_options_find_fault (&options->tagger.hearing.excerpts);
}

/* NULL if there is none. The comparisons are such that NaN is a fault. */
static const char *
find_fault (const Options *options, char **arguments)
{
  if (!arguments)
    return "no file or folder is given";
  if (options->jobs < 0 || options->jobs > MAX_JOBS)
    return "--jobs is out of range";
  if (options->output && (arguments[1] || g_file_test (arguments[0], G_FILE_TEST_IS_DIR)))
    return "--output is for one file";
  if (options->output && options->tagger.write)
    return "--output makes a copy, --write changes the file: one of them";
  if (options->only_missing && options->tagger.force)
    return "--only-missing leaves genres alone, --force replaces them: one of them";
  return find_fault_of_hearing (options);
}

static void
add_entries (GOptionContext *context, Options *options, char ***arguments)
{
  TaggerOptions *tagger = &options->tagger;
  const GOptionEntry entries[] = {
      {"write", 'w', 0, G_OPTION_ARG_NONE, &tagger->write,
       "Write the genres into the files; without it, only look", NULL},
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
       "Write into a new copy of the one file that is given", "FILE"},
      {"only-missing", 0, 0, G_OPTION_ARG_NONE, &options->only_missing,
       "Leave files alone that have a genre (default)", NULL},
      {"force", 'f', 0, G_OPTION_ARG_NONE, &tagger->force, "Replace genres that files have", NULL},
      {"threshold", 't', 0, G_OPTION_ARG_DOUBLE, &tagger->hearing.threshold,
       "Write nothing that is less probable (default: the model's own)", "0..1"},
      {"min-music", 0, 0, G_OPTION_ARG_DOUBLE, &tagger->min_music,
       "Write nothing where music is less probable (default: 0.5)", "0..1"},
      {"excerpts", 'x', 0, G_OPTION_ARG_INT, &tagger->hearing.excerpts.n,
       "Hear N excerpts of each file, spread over it (default: 3)", "N"},
      {"excerpt-length", 0, 0, G_OPTION_ARG_DOUBLE, &tagger->hearing.excerpts.length,
       "Length of an excerpt (default: 11)", "SECONDS"},
      {"whole", 0, 0, G_OPTION_ARG_NONE, &options->whole, "Hear files from beginning to end", NULL},
      {"jobs", 'j', 0, G_OPTION_ARG_INT, &options->jobs,
       "Files heard at a time (default: as many as there are processors)", "N"},
      {"patience", 0, 0, G_OPTION_ARG_DOUBLE, &options->patience,
       "Give a file up that yields nothing for so long (default: 30)", "SECONDS"},
      {"model", 'm', 0, G_OPTION_ARG_FILENAME, &options->model, "Model file (default: built in)",
       "FILE"},
      {"name-map", 0, 0, G_OPTION_ARG_FILENAME, &options->name_map, "Genres in your own words",
       "FILE"},
      {"break-links", 0, 0, G_OPTION_ARG_NONE, &tagger->replacement.break_links,
       "Write files with several names, too: only the given one gets the genre", NULL},
      {"preserve", 'p', 0, G_OPTION_ARG_NONE, &tagger->replacement.keep_time,
       "Keep the time of last modification", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &options->json, "One line of JSON for each file", NULL},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "Say only what goes wrong", NULL},
      {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version and exit", NULL},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, arguments, NULL, NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static gboolean
parse_command_line (int *argc, char ***argv, Options *options, char ***arguments, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE|FOLDER...");
  g_option_context_set_summary (
      context, "Hears music files and writes their genre into their tags, where it is missing.");
  g_option_context_set_description (context, description);
  add_entries (context, options, arguments);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (options->version)
    return TRUE;
  const char *fault = find_fault (options, *arguments);
  if (fault) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, fault);
    return FALSE;
  }
  options->tagger.output = options->output;
  options->tagger.hearing.model = options->model;
  options->tagger.hearing.patience = options->patience / EXCERPTS_OF_PATIENCE;
  if (options->whole)
    options->tagger.hearing.excerpts.n = 0;
  if (options->name_map)
    options->tagger.names = name_map_new_from_file (options->name_map, error);
  return !options->name_map || options->tagger.names;
}

static void
options_clear (Options *options)
{
  g_free (options->model);
  g_free (options->output);
  g_free (options->name_map);
  name_map_free (options->tagger.names);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

int
main (int argc, char **argv)
{
  g_auto (Options)
      options = {.tagger = {.hearing = {.threshold = -1, .excerpts = EXCERPT_OPTIONS_DEFAULT},
                            .min_music = 0.5},
                 .patience = 30};
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GError) error = NULL;
  setlocale (LC_ALL, "");
  options.tagger.hearing.excerpts.n = 3;
  if (!parse_command_line (&argc, &argv, &options, &arguments, &error)) {
    g_autofree char *fault = printable (error->message);
    fprintf (stderr, "genre-tag: %s\nTry genre-tag --help.\n", fault);
    return EXIT_USAGE;
  }
  if (options.version) {
    puts ("genre-tag " VERSION);
    return EXIT_SUCCESS;
  }
  return tag (&options, arguments);
}
