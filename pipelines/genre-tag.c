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
#include "jsonline.h"
#include "musicfiles.h"
#include "output.h"
#include "printable.h"
#include "tagging/alias.h"
#include "tagging/changedfiles.h"
#ifdef HAVE_QUEUE
#include "queue/queueaddress.h"
#include "tagging/queuecommands.h"
#endif
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

static volatile sig_atomic_t interrupted = FALSE;

/* ---- what the processes that hear are told to do ---- */

typedef struct {
  TaggingRun *run;
  GPtrArray *files;
  guint next;
  GPtrArray *restored; /* of char *, byte for byte; NULL: nobody asks */
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
  if (job->restored && object && g_strcmp0 (json_line_get_text (object, "action"), "restored") == 0)
    g_ptr_array_add (job->restored, g_strdup (path));
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

/* ---- the report ---- */

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
  g_autofree char *folder =
      options->arguments ? changed_files_find_place (options->arguments[0]) : NULL;
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

/* FALSE: no more can be. */
static gboolean
treat_files (Job *job)
{
  TaggingRun *run = job->run;
  const WorkersOptions workers = {.n = count_jobs (run->options, job->files->len),
                                  .patience = run->options->patience,
                                  .next = next_file,
                                  .prepare = prepare,
                                  .treat = treat,
                                  .on_question = on_question,
                                  .on_result = on_result,
                                  .on_kill = on_kill,
                                  .on_look = on_look,
                                  .user_data = job,
                                  .stop = &interrupted};
  job->next = 0;
  if (!workers_run (&workers)) {
    tagging_run_note_stuck (run);
    return FALSE;
  }
  return !interrupted && !tagging_run_is_over (run);
}

static void
undo_files (Job *job, Journal *journal)
{
  gboolean goes_on = TRUE;
  do {
    g_autoptr (GPtrArray) restored = job->restored = g_ptr_array_new_with_free_func (g_free);
    goes_on = treat_files (job);
    g_ptr_array_set_size (job->files, 0);
    if (goes_on)
      changed_files_find_further (job->run, journal, restored, job->files, &interrupted);
  } while (job->files->len > 0);
  job->restored = NULL;
}

static void
work (Job *job, Journal *journal)
{
  TaggingRun *run = job->run;
  const CommandLine *options = run->options;
  alias_remove_leftovers ();
  if (options->output)
    replacement_remove_leftovers_beside (options->output);
  else if (tagging_run_changes_files (run))
    remove_leftovers (job->files);
  run->summary.n_files = job->files->len;
  if (options->undo && !options->dry_run && journal)
    undo_files (job, journal);
  else
    treat_files (job);
  summary_end (&run->summary, interrupted);
}

static GPtrArray *
collect (TaggingRun *run, Journal *journal)
{
  if (run->options->undo)
    return changed_files_list (run, journal, &interrupted);
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
  Job job = {&run, files, 0, NULL};
  work (&job, journal);
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
