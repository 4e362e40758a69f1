/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "commandline.h"
#include "../classifieroptions.h"
#include "../printable.h"
#include "../translation.h"
#include <stdio.h>
#include <string.h>

#define MAX_JOBS 256
#define MIN_PATIENCE 5   /* s; half of it must be longer than between signs of life */
#define MAX_PATIENCE 1e6 /* s */
#define MAX_LEASE 86400  /* s */
#define MAX_DELIVERIES 1000
#define FILE_URI "file://"
#define EXCERPTS_OF_PATIENCE 3 /* after this part of it excerpts are given up */
#define N_UNSET G_MININT       /* excerpts that nobody asked for */
#define USUAL_EXCERPTS 3

static const char description[] = N_ (
    "A folder stands for the audio files in it and below it. Without --write nothing is changed:\n"
    "a line for each file says what would be written into it, and how sure that is. A file that\n"
    "has a genre is not heard at all, unless --force is given.\n"
    "\n"
    "Three excerpts of each song are heard. A file that cannot seek, or is shorter than twice its\n"
    "excerpts, is heard in full.\n"
    "\n"
    "A file is never changed where it stands: a copy of it gets the genre, is synced to the disk\n"
    "and takes its place, with its owner, mode, attributes and access lists.\n"
    "Links to files are followed, links to folders only where they are given themselves.\n"
    "A file with several names (hard links), a read-only one, and one that changes meanwhile or "
    "is\n"
    "open for writing are left alone, and so is a format whose tags cannot be written safely "
    "(Matroska, AAC, several\n"
    "streams in one Ogg file). Ctrl-C and kill -9 may come at any time.\n"
    "\n"
    "A name map has lines like \"hiphop = Rap\": what to write for what is heard. \"disco =\" "
    "never\n"
    "writes it.\n"
    "\n"
    "What is heard and written is kept in a journal, by default\n"
    "$XDG_STATE_HOME/genreclassify/journal.sqlite (~/.local/state/...). What was heard of a file\n"
    "that has not changed since is not heard again; --undo takes back what was written: all of "
    "it,\n"
    "or in the files and folders that are given. \"genre-tag report\" says what the journal "
    "knows.\n"
    "\n"
    "Many machines share the work through a queue in Redis (genre-tag enqueue, work, collect, "
    "status;\n"
    "each has a --help), or take a part each (--shard).\n"
    "\n"
    "Exit status: 0 if every file was treated, 1 if one was not, 2 if the command line was wrong,\n"
    "130 after Ctrl-C.\n"
    "\n"
    "Examples:\n"
    "  genre-tag ~/Music                          what would be written?\n"
    "  genre-tag --write ~/Music                  write it where there is no genre\n"
    "  genre-tag --write --force --threshold 0.8 song.mp3\n"
    "  genre-tag --output copy.mp3 song.mp3\n"
    "  genre-tag --json ~/Music > genres.jsonl\n"
    "  genre-tag --undo --dry-run ~/Music         what would be taken back?\n"
    "  genre-tag --undo ~/Music                   take it back\n"
    "  genre-tag report ~/Music                   genres, how sure, what has failed and why\n");

/* What was asked for, or is usual. */
static ExcerptOptions
get_excerpts (const CommandLine *self)
{
  const ExcerptOptions *given = &self->tagger.hearing.excerpts;
  ExcerptOptions excerpts = EXCERPT_OPTIONS_DEFAULT;
  if (!self->whole)
    excerpts.n = given->n == N_UNSET ? USUAL_EXCERPTS : given->n;
  if (given->length != OPTION_UNSET)
    excerpts.length = given->length;
  return excerpts;
}

/* ---- what does not go together ---- */

static gboolean
asks_for_excerpts (const CommandLine *self)
{
  const ExcerptOptions *given = &self->tagger.hearing.excerpts;
  return (given->n != N_UNSET && given->n != 0) || given->length != OPTION_UNSET;
}

static const char *
find_fault_of_hearing (const CommandLine *self)
{
  const ExcerptOptions excerpts = get_excerpts (self);
  if (self->whole && asks_for_excerpts (self))
    return _ ("--whole hears all of a file, --excerpts and --excerpt-length parts of it: one of "
              "them");
  const char *const faults[] = {
      option_find_fault_if_set ("--threshold", self->tagger.hearing.threshold, 0, 1),
      option_find_fault ("--min-music", self->tagger.min_music, 0, 1),
      option_find_fault ("--patience", self->patience, MIN_PATIENCE, MAX_PATIENCE),
      excerpt_options_find_fault (&excerpts),
  };
  return option_find_first (faults, G_N_ELEMENTS (faults));
}

/* A journal that somebody names: where the path is mistyped another one would begin in silence. */
static const char *
find_fault_of_place (const char *journal)
{
  const char *fault = option_find_fault_of_file ("--journal", journal);
  g_autofree char *folder = g_path_get_dirname (journal);
  if (fault || g_file_test (folder, G_FILE_TEST_IS_DIR))
    return fault;
  g_autofree char *shown = printable (journal), *shown_folder = printable (folder);
  g_autofree char *text =
      g_strdup_printf (_ ("--journal is %s, expected a file in a folder that is there, not in %s"),
                       shown, shown_folder);
  return g_intern_string (text); /* the program ends with it */
}

static const char *
find_fault_of_journal (const CommandLine *self)
{
  if (self->journal && self->no_journal)
    return _ ("--journal names one, --no-journal does without: one of them");
  if (self->undo && self->no_journal)
    return _ ("only a journal knows that");
  if (self->undo && (command_line_writes (self) || self->tagger.force))
    return _ ("--undo takes back, --write, --output and --force write: one of them");
  if (self->undo && self->shard_text)
    return _ ("--undo is not done in parts");
  if (self->command == COMMAND_REPORT && self->arguments && self->arguments[1])
    return _ ("a report is about one folder");
  return self->journal ? find_fault_of_place (self->journal) : NULL;
}

static const char *
find_fault_of_queue (const CommandLine *self)
{
  if (self->command < COMMAND_ENQUEUE)
    return NULL;
  if (!self->queue)
    return _ ("--queue is missing: where is it?");
  if (self->arguments && self->command != COMMAND_ENQUEUE)
    return _ ("files and folders are enqueued; here they mean nothing");
  if (self->command == COMMAND_ENQUEUE && !self->arguments && !self->list)
    return _ ("no file, folder, URI or --list is given");
  if (self->command == COMMAND_COLLECT && !self->lines)
    return _ ("--json is missing: where shall the lines go?");
  const char *fault = option_find_fault ("--lease", self->lease, 1, MAX_LEASE);
  return fault ? fault : option_find_fault ("--deliveries", self->deliveries, 1, MAX_DELIVERIES);
}

/* What a script has made of a variable that is not set would mean the current folder. */
static gboolean
has_empty_argument (const CommandLine *self)
{
  for (char **argument = self->arguments; argument && *argument; argument++)
    if (**argument == '\0')
      return TRUE;
  return FALSE;
}

/* NULL if there is none. */
static const char *
find_fault (const CommandLine *self)
{
  char **arguments = self->arguments;
  if (!arguments && !self->undo && self->command == COMMAND_TAG)
    return _ ("no file or folder is given");
  if (has_empty_argument (self))
    return _ ("an empty name is that of no file or folder");
  if (self->output && arguments && (arguments[1] || g_file_test (arguments[0], G_FILE_TEST_IS_DIR)))
    return _ ("--output is for one file");
  if (self->output && self->tagger.write)
    return _ ("--output makes a copy, --write changes the file: one of them");
  if (self->dry_run && command_line_writes (self))
    return _ ("--dry-run changes nothing, --write and --output do: one of them");
  if (self->only_missing && self->tagger.force)
    return _ ("--only-missing leaves genres alone, --force replaces them: one of them");
  const char *const faults[] = {option_find_fault ("--jobs", self->jobs, 0, MAX_JOBS),
                                find_fault_of_queue (self), find_fault_of_journal (self),
                                find_fault_of_hearing (self)};
  return option_find_first (faults, G_N_ELEMENTS (faults));
}

/* ---- options ---- */

/* How files are heard and written. */
static void
add_tagger_entries (GOptionContext *context, CommandLine *self)
{
  TaggerOptions *tagger = &self->tagger;
  const GOptionEntry entries[] = {
      {"write", 'w', 0, G_OPTION_ARG_NONE, &tagger->write,
       N_ ("Write the genres into the files; without it, only look"), NULL},
      {"only-missing", 0, 0, G_OPTION_ARG_NONE, &self->only_missing,
       N_ ("Leave files alone that have a genre (default)"), NULL},
      {"force", 'f', 0, G_OPTION_ARG_NONE, &tagger->force, N_ ("Replace genres that files have"),
       NULL},
      {"threshold", 't', 0, G_OPTION_ARG_DOUBLE, &tagger->hearing.threshold,
       N_ ("Write nothing that is less probable (default: the model's own)"), "0..1"},
      {"min-music", 0, 0, G_OPTION_ARG_DOUBLE, &tagger->min_music,
       N_ ("Write nothing where music is less probable (default: 0.5)"), "0..1"},
      {"excerpts", 'x', 0, G_OPTION_ARG_INT, &tagger->hearing.excerpts.n,
       N_ ("Hear N excerpts of each file, spread over it (default: 3; 0: all of it)"), N_ ("N")},
      {"excerpt-length", 0, 0, G_OPTION_ARG_DOUBLE, &tagger->hearing.excerpts.length,
       N_ ("Length of an excerpt (default: 11)"), N_ ("SECONDS")},
      {"whole", 0, 0, G_OPTION_ARG_NONE, &self->whole, N_ ("Hear files from beginning to end"),
       NULL},
      {"rehear", 0, 0, G_OPTION_ARG_NONE, &self->rehear,
       N_ ("Hear again what the journal knows already"), NULL},
      {"jobs", 'j', 0, G_OPTION_ARG_INT, &self->jobs,
       N_ ("Files heard at a time (default, or 0: as many as there are processors)"), N_ ("N")},
      {"patience", 0, 0, G_OPTION_ARG_DOUBLE, &self->patience,
       N_ ("Give a file up that yields nothing for so long (default: 30)"), N_ ("SECONDS")},
      {"model", 'm', 0, G_OPTION_ARG_FILENAME, &self->model, N_ ("Model file (default: built in)"),
       N_ ("FILE")},
      {"name-map", 0, 0, G_OPTION_ARG_FILENAME, &self->name_map, N_ ("Genres in your own words"),
       N_ ("FILE")},
      {"journal", 0, 0, G_OPTION_ARG_FILENAME, &self->journal, N_ ("Another journal than your own"),
       N_ ("FILE")},
      {"no-journal", 0, 0, G_OPTION_ARG_NONE, &self->no_journal,
       N_ ("Do without: nothing is remembered, nothing can be undone"), NULL},
      {"break-links", 0, 0, G_OPTION_ARG_NONE, &tagger->replacement.break_links,
       N_ ("Write files with several names, too: only the given one gets the genre"), NULL},
      {"preserve", 'p', 0, G_OPTION_ARG_NONE, &tagger->replacement.keep_time,
       N_ ("Keep the time of last modification"), NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("One line of JSON for each file"), NULL},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &self->quiet, N_ ("Say only what goes wrong"), NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

/* Only where files are treated one after the other, here. */
static void
add_local_entries (GOptionContext *context, CommandLine *self)
{
  const GOptionEntry entries[] = {
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output,
       N_ ("Write into a new copy of the one file that is given"), N_ ("FILE")},
      {"undo", 0, 0, G_OPTION_ARG_NONE, &self->undo,
       N_ ("Take back what was written into these files, or into all"), NULL},
      {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &self->dry_run,
       N_ ("With --undo: only say what would be taken back"), NULL},
      {"shard", 0, 0, G_OPTION_ARG_STRING, &self->shard_text,
       N_ ("Only part I of N of the files, the same one on every machine"), "I/N"},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_report_entries (GOptionContext *context, CommandLine *self)
{
  const GOptionEntry entries[] = {
      {"journal", 0, 0, G_OPTION_ARG_FILENAME, &self->journal, N_ ("Another journal than your own"),
       N_ ("FILE")},
      {"json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("As one object of JSON"), NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_queue_entries (GOptionContext *context, CommandLine *self)
{
  const GOptionEntry entries[] = {
      {"queue", 0, 0, G_OPTION_ARG_STRING, &self->queue, N_ ("The queue"),
       "redis://[USER@]HOST[:PORT]/NAME"},
      {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &self->password_file,
       N_ ("Its first line is the password (default: $GENRE_QUEUE_PASSWORD)"), N_ ("FILE")},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_enqueue_entries (GOptionContext *context, CommandLine *self)
{
  const GOptionEntry entries[] = {
      {"list", 0, 0, G_OPTION_ARG_FILENAME, &self->list,
       N_ ("Also the tracks named there, one a line (-: standard input)"), N_ ("FILE")},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &self->quiet, N_ ("Say only what goes wrong"), NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_work_entries (GOptionContext *context, CommandLine *self)
{
  const GOptionEntry entries[] = {
      {"lease", 0, 0, G_OPTION_ARG_DOUBLE, &self->lease,
       N_ ("Time after which the tracks of a silent worker are others' (default: 60)"),
       N_ ("SECONDS")},
      {"deliveries", 0, 0, G_OPTION_ARG_INT, &self->deliveries,
       N_ ("Give up a track at which so many attempts have failed (default: 3)"), N_ ("N")},
      {"wait", 0, 0, G_OPTION_ARG_NONE, &self->wait, N_ ("Wait for more when all tracks are done"),
       NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_collect_entries (GOptionContext *context, CommandLine *self)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_FILENAME, &self->lines,
       N_ ("Add lines of JSON to it, from where it ends (-: all, to standard output)"),
       N_ ("FILE")},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &self->quiet, N_ ("Say only what goes wrong"), NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_status_entries (GOptionContext *context, CommandLine *self)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("As one object of JSON"), NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_common_entries (GOptionContext *context, CommandLine *self)
{
  const GOptionEntry entries[] = {
      {"version", 0, 0, G_OPTION_ARG_NONE, &self->version, N_ ("Print the version and exit"), NULL},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->arguments, NULL, NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

/* What each subcommand is called, and what it understands. */
static const struct {
  const char *name, *parameters, *summary, *description;
  void (*add_entries[3]) (GOptionContext *context, CommandLine *self);
} commands[] = {
    [COMMAND_TAG] =
        {"",
         N_ ("FILE|FOLDER... | COMMAND"),
         N_ ("Hears music files and writes their genre into their tags, where it is missing."),
         description,
         {add_tagger_entries, add_local_entries, NULL}},
    [COMMAND_REPORT] = {"report",
                        N_ ("[FOLDER]"),
                        N_ ("Says what the journal knows."),
                        NULL,
                        {add_report_entries, NULL, NULL}},
    [COMMAND_ENQUEUE] = {"enqueue",
                         N_ ("--queue URL [FILE|FOLDER|URI...]"),
                         N_ ("Puts tracks into a queue, each once, for workers on any machine."),
                         NULL,
                         {add_queue_entries, add_enqueue_entries, NULL}},
    [COMMAND_WORK] = {"work",
                      "--queue URL",
                      N_ ("Treats the tracks of a queue, as one of any number of workers."),
                      NULL,
                      {add_queue_entries, add_work_entries, add_tagger_entries}},
    [COMMAND_COLLECT] =
        {"collect",
         N_ ("--queue URL --json FILE"),
         N_ ("Writes the results that a queue has, one line of JSON for each track."),
         NULL,
         {add_queue_entries, add_collect_entries, NULL}},
    [COMMAND_STATUS] = {"status",
                        "--queue URL",
                        N_ ("Says how far a queue is."),
                        NULL,
                        {add_queue_entries, add_status_entries, NULL}},
};

static void
add_entries (GOptionContext *context, CommandLine *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands[0].add_entries); i++)
    if (commands[self->command].add_entries[i])
      commands[self->command].add_entries[i](context, self);
  add_common_entries (context, self);
}

void
command_line_init (CommandLine *self)
{
  *self = (CommandLine){
      .tagger = {.hearing = {.threshold = OPTION_UNSET, .excerpts = {N_UNSET, OPTION_UNSET}},
                 .min_music = 0.5},
      .patience = 30,
      .lease = 60,
      .deliveries = 3};
}

gboolean
command_line_writes (const CommandLine *self)
{
  return self->tagger.write || self->output;
}

gboolean
command_line_hears (const CommandLine *self)
{
  return self->command == COMMAND_WORK || (self->command == COMMAND_TAG && !self->undo);
}

/* What follows from options for the parts of the program. */
static gboolean
fill_in (CommandLine *self, GError **error)
{
  self->tagger.output = self->output;
  self->tagger.hearing.model = self->model;
  self->tagger.hearing.patience = self->patience / EXCERPTS_OF_PATIENCE;
  self->tagger.hearing.excerpts = get_excerpts (self);
  if (self->tagger.hearing.threshold == OPTION_UNSET)
    self->tagger.hearing.threshold = -1; /* as journals and queues have it */
  if (self->shard_text && !shard_parse (self->shard_text, &self->shard, error))
    return FALSE;
  if (self->name_map)
    self->tagger.names = name_map_new_from_file (self->name_map, error);
  return !self->name_map || self->tagger.names;
}

char *
command_line_find_path (const char *argument, GError **error)
{
  g_autofree char *host = NULL;
  if (g_ascii_strncasecmp (argument, FILE_URI, strlen (FILE_URI)) != 0)
    return g_strdup (argument);
  g_autofree char *path = g_filename_from_uri (argument, &host, error);
  if (path && host && g_ascii_strcasecmp (host, "localhost") != 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: %s", argument,
                 _ ("it is no file of this machine"));
    return NULL;
  }
  return g_steal_pointer (&path);
}

/* A queue takes other URIs, too, and those of files with them (queuecommands.c). */
static gboolean
find_paths (CommandLine *self, GError **error)
{
  if (self->command != COMMAND_TAG && self->command != COMMAND_REPORT)
    return TRUE;
  for (char **argument = self->arguments; argument && *argument; argument++) {
    char *path = command_line_find_path (*argument, error);
    if (!path)
      return FALSE;
    g_free (*argument);
    *argument = path;
  }
  return TRUE;
}

static Command
find_command (const char *word)
{
  for (gsize i = COMMAND_TAG + 1; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (word, commands[i].name))
      return (Command)i;
  return COMMAND_TAG;
}

gboolean
command_line_parse (CommandLine *self, int argc, char **argv, GError **error)
{
  self->command = argc > 1 ? find_command (argv[1]) : COMMAND_TAG;
  g_autoptr (GOptionContext) context = g_option_context_new (commands[self->command].parameters);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, commands[self->command].summary);
  g_option_context_set_description (context, commands[self->command].description);
  add_entries (context, self);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (self->command != COMMAND_TAG) {
    g_autofree char *name = g_strdup_printf ("genre-tag %s", commands[self->command].name);
    g_set_prgname (name); /* usage begins with it */
    argv[1] = argv[0];
    argv++;
    argc--;
  }
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (self->version)
    return TRUE;
  if (!find_paths (self, error))
    return FALSE;
  const char *fault = find_fault (self);
  if (fault) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, fault);
    return FALSE;
  }
  return fill_in (self, error);
}

void
command_line_clear (CommandLine *self)
{
  g_free (self->model);
  g_free (self->output);
  g_free (self->name_map);
  g_free (self->journal);
  g_free (self->queue);
  g_free (self->password_file);
  g_free (self->list);
  g_free (self->lines);
  g_free (self->shard_text);
  name_map_free (self->tagger.names);
  g_strfreev (self->arguments);
}
