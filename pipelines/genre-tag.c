/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-tag: writes the genre that is heard in files into their tags, for whole collections.
 *
 * Two passes over a file. Tags stand at the beginning of it, and nobody knows the genre before the
 * music has been heard: in one pipeline an encoder or a muxer behind genreclassify has long written
 * them by then. So GStreamer listens first, and TagLib changes the tag of a copy afterwards, which
 * then takes the file's place; the audio stays as it is.
 *
 * This process hears nothing itself: it gives files to workers and watches over them. And it alone
 * keeps the journal, which knows what has been heard and how to take back what was written. */
#include "httprequest.h"
#include "musicfiles.h"
#include "output.h"
#include "printable.h"
#include "tagging/alias.h"
#ifdef HAVE_QUEUE
#include "queue/queueaddress.h"
#include "tagging/queuecommands.h"
#endif
#include "tagging/movedfiles.h"
#include "tagging/readiness.h"
#include "tagging/replacement.h"
#include "tagging/report.h"
#include "tagging/taggingrun.h"
#include "tagging/workers.h"
#include "translation.h"
#include <gst/gst.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130 /* 128 + SIGINT, as shells have it */
#define MOST_FOLDERS 3       /* that are named at once */

static volatile sig_atomic_t interrupted = FALSE;

/* ---- what the processes that hear are told to do ---- */

typedef struct {
  TaggingRun *run;
  GPtrArray *files;
  guint next;
} Job;

static char *
next_file (gboolean *more, gpointer user_data)
{
  Job *job = user_data;
  if (job->next < job->files->len && !tagging_run_is_over (job->run))
    return g_strdup (job->files->pdata[job->next++]);
  *more = FALSE;
  return NULL;
}

static JsonObject *
treat (const char *path, JsonObject *known, gboolean again, gboolean *spent, gpointer user_data)
{
  const Job *job = user_data;
  return tagging_run_treat (job->run, path, known, again, spent);
}

static JsonObject *
prepare (const char *path, gpointer user_data)
{
  const Job *job = user_data;
  return tagging_run_find_known (job->run, path);
}

static gboolean
on_question (const char *path, JsonObject *question, gpointer user_data, GError **error)
{
  const Job *job = user_data;
  return tagging_run_answer (job->run, path, question, error);
}

static void
on_result (const char *path, JsonObject *object, const char *fault, gpointer user_data)
{
  const Job *job = user_data;
  tagging_run_record (job->run, path, object, fault);
  if (!tagging_run_has_denied (job->run, path))
    summary_take (&job->run->summary, path, object, fault);
}

static void
on_kill (const char *path, gpointer user_data)
{
  const Job *job = user_data;
  tagging_run_abandon (job->run, path);
}

static void
on_look (gpointer user_data)
{
  const Job *job = user_data;
  summary_show_progress (&job->run->summary);
}

static void
on_fault (const char *path, const char *what, gpointer user_data)
{
  tagging_run_complain (user_data, path, what);
}

/* The files are treated nevertheless. */
static void
on_note (const char *path, const char *what, gpointer user_data)
{
  TaggingRun *run = user_data;
  summary_complain (&run->summary, path, what);
}

/* ---- files ---- */

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

/* One file under several names, or named twice, must not be written by two at a time; of those that
 * are left, a part is ours. */
static GPtrArray *
choose (TaggingRun *run, GPtrArray *files)
{
  GPtrArray *kept = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, free, NULL);
  for (guint i = 0; i < files->len; i++) {
    const char *path = files->pdata[i];
    char *real = realpath (path, NULL);
    if ((real && !g_hash_table_add (seen, real)) || !shard_has (run->options->shard, path))
      continue;
    g_ptr_array_add (kept, g_strdup (path));
    if (real)
      tagging_run_note_place (run, path, real);
  }
  return kept;
}

/* As the journal names it; NULL: everything. */
static char *
find_place (const char *path)
{
  char *place = journal_path_of (path);
  if (g_str_equal (place, "/"))
    g_clear_pointer (&place, g_free);
  return place;
}

/* Files that are to be undone, each once. */
typedef struct {
  TaggingRun *run;
  Journal *journal; /* NULL: there is none yet */
  MovedFiles *moved;
  GPtrArray *files;
  GHashTable *seen; /* paths, owned by @files */
} Changed;

static void
changed_add (Changed *self, const char *path)
{
  if (g_hash_table_contains (self->seen, path))
    return;
  g_ptr_array_add (self->files, g_strdup (path));
  g_hash_table_add (self->seen, self->files->pdata[self->files->len - 1]);
}

static void
ignore_fault (const char *path, const char *what, gpointer user_data)
{
}

/* What is behind links in a folder was written where it is. TRUE: the journal knows something. */
static gboolean
changed_add_linked (Changed *self, const GPtrArray *files)
{
  gboolean known = FALSE;
  for (guint i = 0; i < files->len; i++) {
    if (!g_file_test (files->pdata[i], G_FILE_TEST_IS_SYMLINK))
      continue;
    g_autofree char *place = find_place (files->pdata[i]);
    known |= place && journal_knows_changes (self->journal, place);
    g_autoptr (GPtrArray) changed =
        place ? journal_list_changed (self->journal, place, NULL) : NULL;
    for (guint j = 0; changed && j < changed->len; j++)
      changed_add (self, changed->pdata[j]);
  }
  return known;
}

/* Files that have the names of others now, which were written, too. */
static void
changed_find_exchanged (Changed *self, const GPtrArray *files)
{
  for (guint i = 0; i < files->len; i++) {
    const char *place = files->pdata[i];
    if (g_hash_table_contains (self->run->moved, place))
      continue;
    char *from = moved_files_find (self->moved, place, FALSE);
    if (from)
      g_hash_table_replace (self->run->moved, g_strdup (place), from);
  }
}

/* Where files were that are under another name now, and are not looked for any more. */
static GHashTable *
changed_find_left (const Changed *self)
{
  GHashTable *left = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer from;
  g_hash_table_iter_init (&iter, self->run->moved);
  while (g_hash_table_iter_next (&iter, NULL, &from))
    if (!g_hash_table_contains (self->run->moved, from))
      g_hash_table_add (left, from);
  return left;
}

/* What is there instead is another song, written or not, or a copy, which is named. */
static void
changed_remove_left (Changed *self)
{
  g_autoptr (GHashTable) left = changed_find_left (self);
  g_autoptr (GPtrArray) all = g_steal_pointer (&self->files);
  g_ptr_array_set_free_func (all, NULL);
  self->files = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < all->len; i++) {
    char *path = all->pdata[i];
    if (!g_hash_table_contains (left, path) ||
        moved_files_is_there (self->moved, self->journal, path)) {
      g_ptr_array_add (self->files, path);
      continue;
    }
    if (moved_files_is_copy (self->moved, self->journal, path))
      tagging_run_complain (self->run, path,
                            N_ ("another file has this name now: it is left alone"));
    g_hash_table_remove (self->seen, path);
    g_free (path);
  }
}

/* First what was moved: when it comes to what has its name now, that has been taken back already.
 */
static void
changed_sort (Changed *self)
{
  g_autoptr (GPtrArray) all = g_steal_pointer (&self->files);
  g_ptr_array_set_free_func (all, NULL);
  self->files = g_ptr_array_new_with_free_func (g_free);
  for (int is_moved = 1; is_moved >= 0; is_moved--)
    for (guint i = 0; i < all->len; i++)
      if (g_hash_table_contains (self->run->moved, all->pdata[i]) == is_moved)
        g_ptr_array_add (self->files, all->pdata[i]);
}

/* What was written elsewhere, or under another name. TRUE: there is something. */
static gboolean
changed_add_moved (Changed *self, const GPtrArray *files, gboolean by_content)
{
  gboolean found = FALSE;
  for (guint i = 0; i < files->len && !interrupted; i++) {
    g_autofree char *place = find_place (files->pdata[i]);
    if (!place || journal_count_changes (self->journal, place, CHANGE_WRITTEN) > 0)
      continue;
    if (g_hash_table_contains (self->run->moved, place)) {
      found = TRUE; /* of another argument */
      continue;
    }
    char *from = moved_files_find (self->moved, place, by_content);
    if (!from)
      continue;
    changed_add (self, place);
    g_hash_table_replace (self->run->moved, g_steal_pointer (&place), from);
    found = TRUE;
  }
  return found;
}

static void
complain_unknown (TaggingRun *run, const char *path)
{
  g_autofree char *shown = printable (path);
  fputs ("genre-tag: ", stderr);
  fprintf (
      stderr,
      _ ("the journal knows of nothing written in %s, nor of a file there that was moved since\n"),
      shown);
  run->faulty = TRUE;
}

/* The first ones, for a disk may have thousands. */
static char *
list_folders (const GPtrArray *folders)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < MIN (folders->len, MOST_FOLDERS); i++) {
    g_autofree char *shown = printable (folders->pdata[i]);
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", shown);
  }
  return g_string_free (g_string_append (text, folders->len > MOST_FOLDERS ? ", ..." : ""), FALSE);
}

/* Files that were moved, or are copies of what is on a disk that is not there: who knows? TRUE:
 * there are some, and somebody was told. */
static gboolean
complain_missing (Changed *self, const char *argument)
{
  guint n;
  g_autoptr (GPtrArray) missing = moved_files_take_missing (self->moved, &n);
  if (missing->len == 0)
    return FALSE;
  g_autofree char *folders = list_folders (missing);
  g_autofree char *shown = printable (argument);
  fputs ("genre-tag: ", stderr);
  fprintf (stderr,
           ngettext ("%s: %u file has the bytes that were written in %s, which is not there now: "
                     "it may be a copy and is left alone; if it was moved, mount or make that "
                     "folder again, with those that were in it, and repeat this\n",
                     "%s: %u files have the bytes that were written in %s, which is not there now: "
                     "they may be copies and are left alone; if they were moved, mount or make "
                     "that folder again, with those that were in it, and repeat this\n",
                     n),
           shown, n, folders);
  self->run->faulty = TRUE;
  return TRUE;
}

static void
changed_add_argument (Changed *self, char *argument)
{
  char *arguments[] = {argument, NULL};
  g_autoptr (GError) error = NULL;
  g_autofree char *place = find_place (argument);
  g_autoptr (GPtrArray) found = journal_list_changed (self->journal, place, &error);
  if (!found) {
    tagging_run_complain (self->run, argument, error->message);
    return;
  }
  for (guint i = 0; i < found->len; i++)
    changed_add (self, found->pdata[i]);
  changed_find_exchanged (self, found);
  if (!place)
    return;
  g_autoptr (GPtrArray) files =
      music_files_collect (arguments, ignore_fault, NULL, tagging_run_leaves_out, NULL);
  const gboolean linked = changed_add_linked (self, files);
  const gboolean renamed = changed_add_moved (self, files, FALSE);
  const gboolean moved = changed_add_moved (self, files, TRUE) || renamed;
  const gboolean missing = complain_missing (self, argument);
  if (!linked && !moved && !missing && !journal_knows_changes (self->journal, place))
    complain_unknown (self->run, argument);
}

static void
complain_without_journal (TaggingRun *run, const char *path)
{
  g_autofree char *file = tagging_run_get_journal_file (run->options, NULL);
  if (!file) {
    complain_unknown (run, path);
    return;
  }
  g_autofree char *shown = printable (path), *journal = printable (file);
  fputs ("genre-tag: ", stderr);
  fprintf (stderr, _ ("nothing is known of what was written in %s: there is no journal %s\n"),
           shown, journal);
  run->faulty = TRUE;
}

static void
say_nothing_is_left (const CommandLine *options, gboolean has_journal)
{
  g_autofree char *file = has_journal ? NULL : tagging_run_get_journal_file (options, NULL);
  g_autofree char *shown = file ? printable (file) : NULL;
  if (shown)
    printf (_ ("Nothing is left to undo: there is no journal %s.\n"), shown);
  else
    puts (_ ("Nothing is left to undo."));
}

/* Those into which was written. */
static GPtrArray *
list_changed (TaggingRun *run, Journal *journal)
{
  char *everything[] = {"/", NULL};
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  g_autoptr (MovedFiles) moved = journal ? moved_files_new (journal, &error) : NULL;
  Changed self = {run, journal, moved, g_ptr_array_new_with_free_func (g_free), seen};
  if (error) {
    g_autofree char *file = tagging_run_get_journal_file (run->options, NULL);
    tagging_run_complain (run, file, error->message);
    return self.files;
  }
  char **arguments = run->options->arguments ? run->options->arguments : everything;
  for (char **argument = arguments; *argument; argument++)
    if (journal)
      changed_add_argument (&self, *argument);
    else if (run->options->arguments)
      complain_without_journal (run, *argument);
  changed_remove_left (&self);
  changed_sort (&self);
  if (self.files->len == 0 && !run->faulty && !run->options->json && !run->options->quiet)
    say_nothing_is_left (run->options, journal != NULL);
  return self.files;
}

/* What is gone may be on a disk that is not there now: what the journal knows of it is reported. */
static gboolean
is_mistyped (Journal *journal, const char *argument, const char *place)
{
  if (g_file_test (argument, G_FILE_TEST_EXISTS) || journal_knows_files (journal, place) ||
      journal_knows_changes (journal, place))
    return FALSE;
  g_autofree char *shown = printable (argument);
  fputs ("genre-tag: ", stderr);
  fprintf (stderr, _ ("the journal knows of nothing in %s, and there is no such file or folder\n"),
           shown);
  return TRUE;
}

static int
report (const CommandLine *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = tagging_run_get_journal_file (options, &error);
  g_autofree char *folder = options->arguments ? find_place (options->arguments[0]) : NULL;
  g_autoptr (Journal) journal = file ? journal_open_existing (file, &error) : NULL;
  if (journal && folder && is_mistyped (journal, options->arguments[0], folder))
    return EXIT_FAILURE;
  if (journal && report_print (journal, folder, options->json, &error))
    return EXIT_SUCCESS;
  g_autofree char *fault = error ? translate_fault (error->message)
                                 : g_strdup_printf (_ ("%s: there is no journal yet"), file);
  g_autofree char *shown = printable (fault);
  fprintf (stderr, "genre-tag: %s\n", shown);
  return EXIT_FAILURE;
}

/* ---- all of it ---- */

static void
on_interrupt (int number)
{
  interrupted = TRUE;
}

static void
catch_interrupts (void)
{
  const struct sigaction action = {.sa_handler = on_interrupt};
  struct sigaction former;
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  if (sigaction (SIGHUP, NULL, &former) == 0 &&
      former.sa_handler != SIG_IGN) /* as nohup wants it */
    sigaction (SIGHUP, &action, NULL);
}

static guint
count_jobs (const CommandLine *options, guint n_files)
{
  const guint jobs = options->jobs > 0 ? (guint)options->jobs : g_get_num_processors ();
  return CLAMP (jobs, 1, MAX (n_files, 1));
}

static void
work (Job *job)
{
  TaggingRun *run = job->run;
  const CommandLine *options = run->options;
  const WorkersOptions workers = {.n = count_jobs (options, job->files->len),
                                  .patience = options->patience,
                                  .next = next_file,
                                  .prepare = prepare,
                                  .treat = treat,
                                  .on_question = on_question,
                                  .on_result = on_result,
                                  .on_kill = on_kill,
                                  .on_look = on_look,
                                  .user_data = job,
                                  .stop = &interrupted};
  alias_remove_leftovers ();
  if (options->output)
    replacement_remove_leftovers_beside (options->output);
  else if (tagging_run_changes_files (run))
    remove_leftovers (job->files);
  run->summary.n_files = job->files->len;
  if (!workers_run (&workers))
    tagging_run_note_stuck (run);
  summary_end (&run->summary, interrupted);
}

static GPtrArray *
collect (TaggingRun *run, Journal *journal)
{
  if (run->options->undo)
    return list_changed (run, journal);
  g_autoptr (GPtrArray) found =
      music_files_collect (run->options->arguments, on_fault, run->options->quiet ? NULL : on_note,
                           tagging_run_leaves_out, run);
  return choose (run, found);
}

/* EXIT_SUCCESS, or what was said is in the way of hearing any file. */
static int
check_readiness (const CommandLine *options)
{
  gboolean is_usage;
  g_autoptr (GPtrArray) faults = readiness_find_faults (options, &is_usage);
  for (guint i = 0; i < faults->len; i++) {
    g_autofree char *shown = printable (faults->pdata[i]);
    fprintf (stderr, "genre-tag: %s\n", shown);
  }
  if (faults->len == 0)
    return EXIT_SUCCESS;
  return is_usage ? EXIT_USAGE : EXIT_FAILURE;
}

static int
tag (const CommandLine *options)
{
  g_auto (TaggingRun) run;
  Journal *journal;
  tagging_run_init (&run, options);
  catch_interrupts ();
  if (!tagging_run_open_journal (&run, &journal))
    return EXIT_FAILURE;
  g_autoptr (GPtrArray) files = collect (&run, journal);
  tagging_run_begin (&run, journal);
  Job job = {&run, files, 0};
  work (&job);
  if (interrupted)
    return EXIT_INTERRUPTED;
  const gboolean refused = tagging_run_changes_files (&run) && run.summary.refused > 0;
  return run.faulty || run.summary.failed > 0 || refused ? EXIT_FAILURE : EXIT_SUCCESS;
}

static gboolean
check_queue (const CommandLine *options, GError **error)
{
#ifdef HAVE_QUEUE
  return options->version || !options->queue || queue_address_check (options->queue, error);
#else
  return TRUE;
#endif
}

static int
use_queue (const CommandLine *options)
{
#ifdef HAVE_QUEUE
  if (options->command == COMMAND_WORK) /* the others lose nothing by being killed */
    catch_interrupts ();
  const gboolean good = queue_commands_run (options, &interrupted);
  return interrupted ? EXIT_INTERRUPTED : good ? EXIT_SUCCESS : EXIT_FAILURE;
#else
  fputs (_ ("genre-tag: it was built without queues (libhiredis, GnuTLS)\n"), stderr);
  return EXIT_FAILURE;
#endif
}

static int
run (int argc, char **argv)
{
  g_auto (CommandLine) options;
  g_autoptr (GError) error = NULL;
  translation_begin ();
  http_request_prepare ();
  command_line_init (&options);
  if (!command_line_parse (&options, argc, argv, &error) || !check_queue (&options, &error)) {
    g_autofree char *fault = printable (error->message);
    fprintf (stderr, "genre-tag: %s\n", fault);
    fprintf (stderr, _ ("Try %s --help.\n"), g_get_prgname ());
    return EXIT_USAGE;
  }
  if (options.version) {
    puts ("genre-tag " VERSION);
    return EXIT_SUCCESS;
  }
  const int status = command_line_hears (&options) ? check_readiness (&options) : EXIT_SUCCESS;
  if (status != EXIT_SUCCESS)
    return status;
  if (options.command >= COMMAND_ENQUEUE)
    return use_queue (&options);
  return options.command == COMMAND_REPORT ? report (&options) : tag (&options);
}

int
main (int argc, char **argv)
{
  const int status = run (argc, argv);
  return output_check ("genre-tag") || status != EXIT_SUCCESS ? status : EXIT_FAILURE;
}
