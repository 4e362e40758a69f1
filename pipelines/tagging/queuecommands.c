/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queuecommands.h"
#include "../filepath.h"
#include "../jsonline.h"
#include "../musicfiles.h"
#include "../printable.h"
#include "../queue/taskqueue.h"
#include "../translation.h"
#include "queueworker.h"
#include "remote.h"
#include "resultfile.h"
#include <stdio.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define ROUND 500        /* results that are asked for at once */
#define LOOKS 100        /* the same of those that are looked for */
#define MOST_MINUTES 6e7 /* that are told */

static gboolean
complain (const GError *error)
{
  g_autofree char *shown = printable (error->message);
  fprintf (stderr, "genre-tag: %s\n", shown);
  return FALSE;
}

/* ---- enqueue ---- */

typedef struct {
  GPtrArray *sources;
  gboolean is_quiet, is_faulty;
} Tracks;

static void
on_note (const char *path, const char *what, gpointer user_data)
{
  g_autofree char *shown = printable (path);
  g_autofree char *words = translate_fault (what);
  g_autofree char *fault = printable (words);
  fprintf (stderr, "genre-tag: %s: %s\n", shown, fault);
}

static void
on_fault (const char *path, const char *what, gpointer user_data)
{
  Tracks *self = user_data;
  on_note (path, what, NULL);
  self->is_faulty = TRUE;
}

/* Every machine must find it under this name. */
static void
tracks_add (Tracks *self, const char *source)
{
  char *track = remote_is (source) ? g_strdup (source) : file_path_make_absolute (source);
  if (strlen (track) <= TASK_QUEUE_MAX_SOURCE) {
    g_ptr_array_add (self->sources, track);
    return;
  }
  on_fault (track, N_ ("its name is too long"), self);
  g_free (track);
}

/* What @source names, if it is a URI of a file; NULL: it names nothing, which was told. */
static char *
tracks_find_path (Tracks *self, const char *source)
{
  g_autoptr (GError) error = NULL;
  char *path = command_line_find_path (source, &error);
  if (!path)
    self->is_faulty = !complain (error);
  return path;
}

static void
tracks_add_argument (Tracks *self, const char *argument)
{
  g_autofree char *path = tracks_find_path (self, argument);
  char *arguments[] = {path, NULL};
  if (!path)
    return;
  if (remote_is (path)) {
    tracks_add (self, path);
    return;
  }
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    on_fault (argument, N_ ("there is no such file or folder"), self);
    return;
  }
  g_autoptr (GPtrArray) found = music_files_collect (
      arguments, on_fault, self->is_quiet ? NULL : on_note, tagging_run_leaves_out, self);
  for (guint i = 0; i < found->len; i++)
    tracks_add (self, found->pdata[i]);
}

/* What is in a list may be on other machines only. */
static gboolean
tracks_add_list (Tracks *self, const char *file)
{
  FILE *list = g_str_equal (file, "-") ? stdin : fopen (file, "re");
  char *line = NULL;
  size_t room = 0;
  if (!list) {
    on_fault (file, g_strerror (errno), self);
    return FALSE;
  }
  while (getline (&line, &room, list) > 0) {
    line[strcspn (line, "\r\n")] = '\0';
    g_autofree char *path = *line ? tracks_find_path (self, line) : NULL;
    if (path)
      tracks_add (self, path);
  }
  const gboolean good = !ferror (list);
  if (!good)
    on_fault (file, g_strerror (errno), self);
  free (line);
  if (list != stdin)
    fclose (list);
  return good;
}

static gboolean
enqueue (const CommandLine *options, TaskQueue *queue)
{
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (g_free);
  Tracks tracks = {sources, options->quiet, FALSE};
  g_autoptr (GError) error = NULL;
  guint64 n_new;
  for (char **argument = options->arguments; argument && *argument; argument++)
    tracks_add_argument (&tracks, *argument);
  if (options->list && !tracks_add_list (&tracks, options->list))
    return FALSE;
  if (!task_queue_open (queue, TRUE, &error) || !task_queue_add (queue, sources, &n_new, &error))
    return complain (error);
  if (!options->quiet)
    printf (ngettext ("%u track, %u of them new to the queue.\n",
                      "%u tracks, %u of them new to the queue.\n", sources->len),
            sources->len, (guint)n_new);
  return !tracks.is_faulty;
}

/* ---- collect ---- */

static gboolean
cut_lost (ResultFile *file, guint n_lost, GError **error)
{
  fprintf (stderr,
           ngettext ("genre-tag: Redis has lost the last result of this file, which is taken out: "
                     "its track is heard again\n",
                     "genre-tag: Redis has lost the last %u results of this file, which are taken "
                     "out: their tracks are heard again\n",
                     n_lost),
           n_lost);
  return result_file_cut (file, error);
}

/* Goes back over at most @n lines whose results Redis has lost, or whose entries are other tracks'
 * now. @is_there: the last line is still a result of the queue's. */
static gboolean
look_back (TaskQueue *queue, ResultFile *file, guint n, guint *n_lost, gboolean *is_there,
           GError **error)
{
  g_autoptr (GPtrArray) entries = result_file_list_last (file, n);
  g_autoptr (GPtrArray) results = task_queue_get_results (queue, entries, error);
  if (!results)
    return FALSE;
  for (guint i = 0; i < results->len; i++) {
    *is_there = results->pdata[i] && result_file_ends_with (file, results->pdata[i]);
    if (*is_there)
      break;
    ++*n_lost;
    result_file_go_back (file);
  }
  return TRUE;
}

/* Redis may have told what it lost afterwards, with its last second: that is taken out of the file,
 * for those tracks are still in the queue. A file of which nothing is known is another queue's. */
static gboolean
find_place (const CommandLine *options, TaskQueue *queue, ResultFile *file, GError **error)
{
  gboolean is_there = FALSE;
  guint n_lost = 0;
  if (!result_file_get_last (file))
    return TRUE;
  g_autofree char *last = g_strdup (result_file_get_last (file));
  while (!is_there && result_file_get_last (file)) {
    if (!look_back (queue, file, n_lost == 0 ? 1 : LOOKS, &n_lost, &is_there, error))
      return FALSE;
    if (n_lost == 1 && !is_there)
      fputs (_ ("genre-tag: the queue does not have the last result of this file: looking for the "
                "last one that it has\n"),
             stderr);
  }
  if (!is_there) {
    g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED,
                 _ ("%s: the queue has no result %s, with which this file ends: it is another "
                    "queue's, or Redis has lost more than can be looked back over: collect into a "
                    "new file"),
                 options->lines, last);
    return FALSE;
  }
  return n_lost == 0 || cut_lost (file, n_lost, error);
}

/* FALSE: there are none, or something went wrong. @entry: the last one, replaced. */
static gboolean
collect_round (TaskQueue *queue, ResultFile *file, char **entry, guint *n, guint *n_bad,
               GError **error)
{
  g_autoptr (GPtrArray) found = task_queue_list_results (queue, *entry, ROUND, error);
  if (!found || found->len == 0)
    return FALSE;
  for (guint i = 0; i < found->len; i += 2) {
    if (result_file_add (file, found->pdata[i], found->pdata[i + 1]))
      ++*n;
    else
      ++*n_bad;
  }
  g_free (*entry);
  *entry = g_strdup (found->pdata[found->len - 2]);
  return result_file_flush (file, error);
}

static gboolean
collect (const CommandLine *options, TaskQueue *queue)
{
  g_autoptr (GError) error = NULL;
  guint n = 0, n_bad = 0;
  if (!task_queue_open (queue, FALSE, &error))
    return complain (error);
  g_autoptr (ResultFile) file = result_file_open (options->lines, &error);
  if (!file || !find_place (options, queue, file, &error))
    return complain (error);
  g_autofree char *entry = g_strdup (result_file_get_last (file));
  while (collect_round (queue, file, &entry, &n, &n_bad, &error))
    ;
  if (n_bad > 0)
    fprintf (stderr,
             ngettext ("genre-tag: %u result is no answer of genre-tag's, and left out\n",
                       "genre-tag: %u results are no answers of genre-tag's, and left out\n",
                       n_bad),
             n_bad);
  if (error)
    return complain (error);
  if (!options->quiet)
    fprintf (stderr, ngettext ("%u result collected.\n", "%u results collected.\n", n), n);
  return n_bad == 0;
}

/* ---- status ---- */

static JsonArray *
describe_graves (const QueueStatus *status)
{
  JsonArray *graves = json_array_new ();
  for (guint i = 0; i < status->graves->len; i++) {
    const DeadTask *dead = status->graves->pdata[i];
    g_autofree char *source = printable (dead->source);
    g_autofree char *reason = printable (dead->reason);
    JsonObject *grave = json_object_new ();
    json_object_set_string_member (grave, "source", source);
    json_object_set_string_member (grave, "reason", reason);
    json_object_set_int_member (grave, "deliveries", dead->deliveries);
    json_array_add_object_element (graves, grave);
  }
  return graves;
}

static void
print_status_json (const QueueStatus *status)
{
  g_autoptr (JsonObject) object = json_object_new ();
  json_object_set_int_member (object, "left", status->left);
  json_object_set_int_member (object, "held", status->held);
  json_object_set_int_member (object, "done", status->done);
  json_object_set_int_member (object, "failed", status->failed);
  json_object_set_int_member (object, "dead", status->dead);
  json_object_set_int_member (object, "workers", status->workers);
  json_object_set_double_member (object, "rate", status->rate);
  if (status->left > 0 && status->rate > 0)
    json_object_set_double_member (object, "seconds-left", (double)status->left / status->rate);
  if (status->asked) {
    g_autofree char *asked = printable (status->asked);
    json_object_set_string_member (object, "asked", asked);
  }
  json_object_set_array_member (object, "last-dead", describe_graves (status));
  g_autofree char *line = json_line_new (object);
  puts (line);
}

static void
print_time_left (const QueueStatus *status)
{
  const double left = (double)status->left / status->rate / 60;
  const guint minutes = (guint)MIN (left, MOST_MINUTES) + 1;
  printf (_ ("%u h %02u min left, at %.2f tracks a second\n"), minutes / 60, minutes % 60,
          status->rate);
}

static void
print_number (gint64 n, const char *what)
{
  printf ("%10" G_GINT64_FORMAT "  %s\n", n, what);
}

static void
print_status (const QueueStatus *status)
{
  print_number (status->left, _ ("are left"));
  print_number (status->held, _ ("of them are held by workers"));
  print_number (status->done, _ ("are done"));
  print_number (status->failed, _ ("of them with an error"));
  print_number (status->dead, _ ("of these given up after several attempts"));
  print_number (status->workers, _ ("workers have been heard of within half a minute"));
  if (status->left > 0 && status->rate > 0)
    print_time_left (status);
  if (status->graves->len > 0)
    puts (_ ("The last ones that were given up:"));
  for (guint i = 0; i < status->graves->len; i++) {
    const DeadTask *dead = status->graves->pdata[i];
    g_autofree char *source = printable (dead->source);
    g_autofree char *words = translate_fault (dead->reason);
    g_autofree char *reason = printable (words);
    printf ("  %s: %s\n", source, reason);
  }
}

static gboolean
tell_status (const CommandLine *options, TaskQueue *queue)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QueueStatus) status =
      task_queue_open (queue, FALSE, &error) ? task_queue_get_status (queue, &error) : NULL;
  if (!status)
    return complain (error);
  if (options->json)
    print_status_json (status);
  else
    print_status (status);
  return TRUE;
}

/* ---- all of them ---- */

static gboolean
work (const CommandLine *options, const QueueAddress *address, const volatile sig_atomic_t *stop)
{
  g_auto (TaggingRun) run;
  Journal *journal;
  tagging_run_init (&run, options);
  if (!tagging_run_open_journal (&run, &journal))
    return FALSE;
  tagging_run_begin (&run, journal);
  return queue_worker_run (address, &run, stop) && !run.faulty;
}

gboolean
queue_commands_run (const CommandLine *options, const volatile sig_atomic_t *stop)
{
  g_autoptr (GError) error = NULL;
  signal (SIGPIPE, SIG_IGN); /* a connection that breaks is an error like others */
  g_autoptr (QueueAddress) address =
      queue_address_new (options->queue, options->password_file, &error);
  if (!address)
    return complain (error);
  if (options->command == COMMAND_WORK)
    return work (options, address, stop);
  g_autoptr (TaskQueue) queue = task_queue_new (address, "", 0);
  if (options->command == COMMAND_ENQUEUE)
    return enqueue (options, queue);
  return options->command == COMMAND_COLLECT ? collect (options, queue)
                                             : tell_status (options, queue);
}
