/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queuecommand.h"
#include "../answerjson.h"
#include "../output.h"
#include "../printable.h"
#include "../radio/heardevent.h"
#include "../radio/playlist.h"
#include "../radio/stationqueue.h"
#include "../translation.h"
#include "../answertext.h"
#include "complaint.h"
#include "publictext.h"
#include "stationid.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

typedef struct {
  char *queue, *password_file, *stations;
  char **arguments;
  gboolean replace, json;
} Options;

typedef struct {
  const char *name;
  gboolean (*run) (const Options *options, StationQueue *queue, GError **error);
  const char *arguments, *summary;
  void (*add_entries) (GOptionContext *context, Options *options); /* of its own, or NULL */
} Command;

/* ---- what is said ---- */

static void
complain (const char *text)
{
  g_autofree char *words = translate_fault (text);
  g_autofree char *shown = printable (words);
  fprintf (stderr, "genre-radio: %s\n", shown);
}

static const StationPlace nowhere = {NULL, 0}; /* but on the command line, or in the queue */

/* (transfer full) */
static char *
show_station (const Station *station)
{
  return station->name ? public_text (station->name) : public_uri (station->uri);
}

/* The entry of each task that is a station → its id, as the page has it: different words may name
 * the same station, which is there once. (transfer full) */
static GHashTable *
give_ids (const GPtrArray *listed)
{
  GHashTable *given = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_autoptr (GHashTable) by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (StationIds) ids = station_ids_new ();
  for (guint i = 0; i < listed->len; i++) {
    const Task *task = ((const ListedTask *)listed->pdata[i])->task;
    g_autoptr (Station) station = station_queue_read_station (task, NULL);
    if (!station)
      continue;
    char *key = station_key (station);
    const char *known = g_hash_table_lookup (by_key, key);
    char *id = known ? g_strdup (known) : station_ids_give (ids, station);
    g_hash_table_insert (given, task->entry, id);
    g_hash_table_replace (by_key, key, id);
  }
  return given;
}

/* ---- enqueue ---- */

typedef struct {
  GPtrArray *stations;
  gboolean is_faulty;
} Collection;

static void
on_fault (StationPlace place, const char *what, const char *fault, gpointer user_data)
{
  Collection *self = user_data;
  complain_of (place, what, fault);
  self->is_faulty = TRUE;
}

static void
on_note (StationPlace place, const char *what, const char *note, gpointer user_data)
{
  complain_of (place, what, note);
}

/* What the queue can hold, and workers may open; (transfer full). */
static GPtrArray *
make_sources (Collection *self)
{
  GPtrArray *sources = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < self->stations->len; i++) {
    const Station *station = self->stations->pdata[i];
    g_autofree char *source = station_key (station);
    if (!station_is_on_network (station->uri))
      on_fault (nowhere, station->uri, N_ ("only stations on the network can be in a queue"), self);
    else if (strlen (source) > TASK_QUEUE_MAX_SOURCE || strchr (station->uri, '\n') ||
             !g_utf8_validate (source, -1, NULL))
      on_fault (nowhere, station->uri, N_ ("its URL or name is too long, or no text"), self);
    else
      g_ptr_array_add (sources, g_steal_pointer (&source));
  }
  return sources;
}

static gboolean
collect (const Options *options, Collection *collection)
{
  for (char **argument = options->arguments; argument && *argument; argument++)
    stations_add (collection->stations, *argument, on_fault, on_note, collection);
  return !options->stations ||
         stations_add_file (collection->stations, options->stations, on_fault, on_note, collection);
}

static gboolean
remove_others (StationQueue *queue, const GPtrArray *sources, guint *n, GError **error)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) listed = task_queue_list (queue->tasks, error);
  for (guint i = 0; i < sources->len; i++)
    g_hash_table_add (wanted, sources->pdata[i]);
  for (guint i = 0; listed && i < listed->len; i++) {
    const Task *task = ((const ListedTask *)listed->pdata[i])->task;
    if (task->source && g_hash_table_contains (wanted, task->source))
      continue;
    if (!station_queue_remove (queue, task, error))
      return FALSE;
    ++*n;
  }
  return listed != NULL;
}

/* An empty list is more likely an editor at work than somebody who wants no station any more. */
static gboolean
enqueue_all (const Options *options, StationQueue *queue, GPtrArray *sources, GError **error)
{
  guint64 n_new;
  guint n_removed = 0;
  if (sources->len == 0) {
    g_set_error_literal (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED, _ ("no stations"));
    return FALSE;
  }
  if (!task_queue_add (queue->tasks, sources, &n_new, error) ||
      (options->replace && !remove_others (queue, sources, &n_removed, error)))
    return FALSE;
  printf (ngettext ("%u station, %u of them new to the queue, %u removed.\n",
                    "%u stations, %u of them new to the queue, %u removed.\n", sources->len),
          sources->len, (guint)n_new, n_removed);
  return TRUE;
}

static gboolean
enqueue (const Options *options, StationQueue *queue, GError **error)
{
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  Collection collection = {stations, FALSE};
  if (!collect (options, &collection))
    return FALSE;
  g_autoptr (GPtrArray) sources = make_sources (&collection);
  if (collection.is_faulty && options->replace) {
    g_set_error_literal (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED,
                         _ ("nothing is replaced by a list that has faults"));
    return FALSE;
  }
  return enqueue_all (options, queue, sources, error) && !collection.is_faulty;
}

/* ---- dequeue ---- */

/* What is in the queue, and what is no more. */
typedef struct {
  const GPtrArray *listed;
  GHashTable *ids;     /* of give_ids() */
  GHashTable *removed; /* entries */
} Removal;

static gboolean
is_called (const Removal *self, const Task *task, const char *name)
{
  g_autoptr (Station) station = station_queue_read_station (task, NULL);
  if (!station)
    return g_strcmp0 (task->source, name) == 0 || g_str_equal (task->entry, name);
  g_autofree char *uri = playlist_http_uri (name);
  return g_strcmp0 (station->name, name) == 0 || g_str_equal (station->uri, uri) ||
         g_str_equal (task->id, name);
}

/* But for the "-2" of stations that are shown alike, which moves up as one before it goes. */
static gboolean
have_same_digits (const char *id, const char *other)
{
  const gsize n = strcspn (id, "-");
  return n == strcspn (other, "-") && strncmp (id, other, n) == 0;
}

static gboolean
is_shared (const Removal *self, const char *id)
{
  GHashTableIter ids;
  gpointer other;
  g_hash_table_iter_init (&ids, self->ids);
  while (g_hash_table_iter_next (&ids, NULL, &other))
    if (!g_str_equal (id, other) && have_same_digits (id, other))
      return TRUE;
  return FALSE;
}

/* The page's; any of those that are shown alike stands for all of them. */
static gboolean
has_id (const Removal *self, const Task *task, const char *name)
{
  const char *id = g_hash_table_lookup (self->ids, task->entry);
  return id && have_same_digits (id, name) && (g_str_equal (id, name) || is_shared (self, id));
}

/* As a status and the page have it, without a password. */
static gboolean
is_shown_as (const Removal *self, const Task *task, const char *name)
{
  g_autoptr (Station) station = station_queue_read_station (task, NULL);
  const char *source = task_get_text (task);
  g_autofree char *wanted = playlist_http_uri (name);
  g_autofree char *uri = public_uri (station ? station->uri : source);
  g_autofree char *shown = station ? show_station (station) : public_text (source);
  return g_str_equal (uri, wanted) || g_str_equal (shown, name) || has_id (self, task, name);
}

/* (transfer container) of Task */
static GPtrArray *
find_tasks (const Removal *self, const char *name,
            gboolean (*is_it) (const Removal *self, const Task *task, const char *name))
{
  GPtrArray *found = g_ptr_array_new ();
  for (guint i = 0; i < self->listed->len; i++) {
    Task *task = ((const ListedTask *)self->listed->pdata[i])->task;
    if (is_it (self, task, name))
      g_ptr_array_add (found, task);
  }
  return found;
}

/* Whether all of @tasks are one station, and none of them is nothing that can be heard. */
static gboolean
are_one (const Removal *self, const GPtrArray *tasks)
{
  for (guint i = 1; i < tasks->len; i++) {
    const Task *first = tasks->pdata[0], *task = tasks->pdata[i];
    const char *id = g_hash_table_lookup (self->ids, task->entry);
    if (!id || g_strcmp0 (g_hash_table_lookup (self->ids, first->entry), id) != 0)
      return FALSE;
  }
  return TRUE;
}

/* Why nothing can be removed that is called so; NULL: @tasks are what is meant. */
static const char *
find_called (const Removal *self, const char *name, GPtrArray **tasks)
{
  *tasks = find_tasks (self, name, is_called);
  if ((*tasks)->len > 0)
    return NULL;
  g_ptr_array_unref (*tasks);
  *tasks = find_tasks (self, name, is_shown_as);
  if ((*tasks)->len == 0)
    return N_ ("there is no such station in the queue");
  return are_one (self, *tasks) ? NULL
                                : N_ ("several stations are shown like that: give the name, the "
                                      "whole URL or the task (status --json) of one");
}

/* @is_good: something is called so. */
static gboolean
remove_called (const Removal *self, StationQueue *queue, const char *name, gboolean *is_good,
               GError **error)
{
  g_autoptr (GPtrArray) tasks = NULL;
  const char *fault = find_called (self, name, &tasks);
  *is_good = !fault;
  if (fault)
    complain_of (nowhere, name, fault);
  for (guint i = 0; !fault && i < tasks->len; i++) {
    Task *task = tasks->pdata[i];
    if (g_hash_table_add (self->removed, task->entry) && !station_queue_remove (queue, task, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
dequeue (const Options *options, StationQueue *queue, GError **error)
{
  gboolean good = TRUE;
  g_autoptr (GPtrArray) listed = task_queue_list (queue->tasks, error);
  if (!listed)
    return FALSE;
  g_autoptr (GHashTable) ids = give_ids (listed);
  g_autoptr (GHashTable) removed = g_hash_table_new (g_str_hash, g_str_equal);
  const Removal removal = {listed, ids, removed};
  for (char **name = options->arguments; *name; name++) {
    gboolean is_good;
    if (!remove_called (&removal, queue, *name, &is_good, error))
      return FALSE;
    good &= is_good;
  }
  const guint n_removed = g_hash_table_size (removed);
  printf (ngettext ("%u station removed.\n", "%u stations removed.\n", n_removed), n_removed);
  return good;
}

/* ---- status ---- */

/* The last that is known of a station. */
typedef struct {
  HeardEvent *state, *answer; /* or NULL */
} Last;

static void
free_last (gpointer data)
{
  Last *self = data;
  heard_event_free (self->state);
  heard_event_free (self->answer);
  g_free (self);
}

/* By the id of the task. (transfer full) of Last */
static GHashTable *
index_last (const GPtrArray *all)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_last);
  for (guint i = 0; i < all->len; i++) {
    const News *news = all->pdata[i];
    HeardEvent *event = heard_event_parse ("", news->text);
    Last *last = g_hash_table_lookup (index, news->id);
    if (!last)
      g_hash_table_insert (index, g_strdup (news->id), last = g_new0 (Last, 1));
    HeardEvent **place = !event                                      ? NULL
                         : event->event.type == STATION_EVENT_STATE  ? &last->state
                         : event->event.type == STATION_EVENT_ANSWER ? &last->answer
                                                                     : NULL;
    if (place) {
      heard_event_free (*place);
      *place = event;
    } else {
      heard_event_free (event);
    }
  }
  return index;
}

static guint
count_carried (const GPtrArray *listed)
{
  guint n = 0;
  for (guint i = 0; i < listed->len; i++)
    n += station_queue_is_held (listed->pdata[i]);
  return n;
}

static guint
count_alive (const GPtrArray *consumers)
{
  guint n = 0;
  for (guint i = 0; i < consumers->len; i++)
    n += station_queue_is_alive (consumers->pdata[i]);
  return n;
}

/* In words that translate_fault() and answer_name() know. */
static const char *
describe_last (const ListedTask *listed, const Last *last)
{
  if (!station_queue_is_held (listed))
    return heard_event_orphaned;
  if (!last || !last->state)
    return station_state_get_name (STATION_CONNECTING);
  if (last->state->fault)
    return last->state->fault->message;
  if (last->state->event.state != STATION_LISTENING || !last->answer)
    return station_state_get_name (last->state->event.state);
  return answer_get_verdict (last->answer->answer);
}

static void
print_station (const ListedTask *listed, const Last *last)
{
  Station *station = station_queue_read_station (listed->task, NULL);
  const char *source = task_get_text (listed->task);
  g_autofree char *name = station ? show_station (station) : public_text (source);
  g_autofree char *words = translate_fault (describe_last (listed, last));
  g_autofree char *what = public_text (answer_name (words));
  g_autofree char *worker = station_queue_is_held (listed) ? printable (listed->holder) : NULL;
  if (worker)
    printf ("  %s: %s (%s)\n", name, what, worker);
  else
    printf ("  %s: %s\n", name, what);
  station_free (station);
}

static void
print_status (const GPtrArray *listed, const GPtrArray *consumers, GHashTable *last)
{
  printf ("%10u  %s\n", listed->len, _ ("stations are in the queue"));
  printf ("%10u  %s\n", count_carried (listed), _ ("of them are carried by workers"));
  printf ("%10u  %s\n", count_alive (consumers), _ ("workers have been heard of within 10 s"));
  for (guint i = 0; i < listed->len; i++) {
    const ListedTask *task = listed->pdata[i];
    print_station (task, g_hash_table_lookup (last, task->task->id));
  }
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  g_autofree char *shown = text ? public_text (text) : NULL;
  if (shown)
    json_object_set_string_member (object, member, shown);
  else
    json_object_set_null_member (object, member);
}

/* @id: NULL if it is none. */
static JsonObject *
describe_station (const ListedTask *listed, const char *id, const Last *last)
{
  JsonObject *object = json_object_new ();
  Station *station = station_queue_read_station (listed->task, NULL);
  const char *source = task_get_text (listed->task);
  g_autofree char *uri = public_uri (station ? station->uri : source);
  g_autofree char *name = station ? show_station (station) : NULL;
  json_object_set_string_member (object, "source", uri);
  set_text (object, "station", name);
  set_text (object, "id", id);
  set_text (object, "task", listed->task->id);
  set_text (object, "worker", station_queue_is_held (listed) ? listed->holder : NULL);
  set_text (object, "last", describe_last (listed, last));
  station_free (station);
  return object;
}

static JsonArray *
describe_workers (const GPtrArray *consumers)
{
  JsonArray *workers = json_array_new ();
  for (guint i = 0; i < consumers->len; i++) {
    const QueueConsumer *consumer = consumers->pdata[i];
    if (!station_queue_is_alive (consumer))
      continue;
    JsonObject *worker = json_object_new ();
    set_text (worker, "name", consumer->name);
    json_object_set_int_member (worker, "held", consumer->n_held);
    json_array_add_object_element (workers, worker);
  }
  return workers;
}

static void
print_status_json (const GPtrArray *listed, const GPtrArray *consumers, GHashTable *last)
{
  JsonObject *object = json_object_new ();
  JsonArray *stations = json_array_new ();
  g_autoptr (GHashTable) ids = give_ids (listed);
  for (guint i = 0; i < listed->len; i++) {
    const ListedTask *task = listed->pdata[i];
    json_array_add_object_element (
        stations, describe_station (task, g_hash_table_lookup (ids, task->task->entry),
                                    g_hash_table_lookup (last, task->task->id)));
  }
  json_object_set_int_member (object, "carried", count_carried (listed));
  json_object_set_array_member (object, "workers", describe_workers (consumers));
  json_object_set_array_member (object, "stations", stations);
  answer_json_print (object);
}

static gboolean
tell_status (const Options *options, StationQueue *queue, GError **error)
{
  guint64 n_stations;
  g_autoptr (GPtrArray) listed = task_queue_list (queue->tasks, error);
  g_autoptr (GPtrArray) consumers =
      listed ? task_queue_list_consumers (queue->tasks, &n_stations, error) : NULL;
  g_autoptr (GPtrArray) all = consumers ? task_news_list_last (queue->news, error) : NULL;
  if (!all)
    return FALSE;
  g_autoptr (GHashTable) last = index_last (all);
  if (options->json)
    print_status_json (listed, consumers, last);
  else
    print_status (listed, consumers, last);
  return TRUE;
}

/* ---- command line ---- */

static void
add_enqueue_entries (GOptionContext *context, Options *options)
{
  const GOptionEntry entries[] = {
      {"stations", 's', 0, G_OPTION_ARG_FILENAME, &options->stations,
       N_ ("File that lists stations, one \"name = URL\" a line, or a playlist"), N_ ("FILE")},
      {"replace", 0, 0, G_OPTION_ARG_NONE, &options->replace, N_ ("Remove all other stations"),
       NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_status_entries (GOptionContext *context, Options *options)
{
  const GOptionEntry entries[] = {
      {"json", 'j', 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print a JSON object"), NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_option_context_add_main_entries (context, entries, NULL);
}

static const Command commands[] = {
    {"enqueue", enqueue, N_ ("[STATION...] - adds stations to a queue"),
     N_ ("Workers (genre-radio --queue) listen to them until they are removed."),
     add_enqueue_entries},
    {"dequeue", dequeue, N_ ("STATION... - removes stations from a queue, by name, URL or id"),
     N_ ("Whoever listens to them stops within seconds."), NULL},
    {"status", tell_status, N_ ("- the stations of a queue, and who listens to them"), NULL,
     add_status_entries},
};

static const Command *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  return NULL;
}

gboolean
queue_command_is (const char *name)
{
  return find_command (name) != NULL;
}

static const char *
find_fault (const Options *options, const Command *command)
{
  if (!options->queue)
    return _ ("--queue is missing: where is it?");
  if (command->run == enqueue)
    return options->arguments || options->stations ? NULL : _ ("no stations");
  if (command->run == dequeue)
    return options->arguments ? NULL : _ ("no stations");
  return options->arguments ? _ ("status takes no stations") : NULL;
}

static gboolean
parse (int *argc, char ***argv, Options *options, const Command *command, GError **error)
{
  const GOptionEntry entries[] = {
      {"queue", 0, 0, G_OPTION_ARG_STRING, &options->queue, N_ ("The queue"), "redis://HOST/NAME"},
      {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file,
       N_ ("Its first line is the password (default: $GENRE_QUEUE_PASSWORD)"), N_ ("FILE")},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->arguments, NULL, NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new (command->arguments);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  if (command->summary)
    g_option_context_set_summary (context, command->summary);
  g_option_context_add_main_entries (context, entries, NULL);
  if (command->add_entries)
    command->add_entries (context, options);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  const char *fault = find_fault (options, command);
  if (fault)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, fault);
  return !fault && queue_address_check (options->queue, error);
}

static gboolean
run (const Options *options, const Command *command, GError **error)
{
  signal (SIGPIPE, SIG_IGN); /* a connection that breaks is an error like others */
  g_autoptr (QueueAddress) address =
      queue_address_new (options->queue, options->password_file, error);
  if (!address)
    return FALSE;
  g_autoptr (StationQueue) queue = station_queue_new (address, "");
  return station_queue_open (queue, command->run == enqueue, error) &&
         command->run (options, queue, error);
}

int
queue_command (int argc, char **argv)
{
  const Command *command = find_command (argv[0]);
  g_return_val_if_fail (command, EXIT_USAGE); /* queue_command_is() */
  Options options = {0};
  g_autoptr (GError) error = NULL;
  int status = EXIT_USAGE;
  g_autofree char *name = g_strdup_printf ("genre-radio %s", command->name);
  g_set_prgname (name);
  if (parse (&argc, &argv, &options, command, &error))
    status = run (&options, command, &error) ? EXIT_SUCCESS : EXIT_FAILURE;
  if (error)
    complain (error->message);
  if (!output_check (name) && status == EXIT_SUCCESS)
    status = EXIT_FAILURE;
  if (status == EXIT_USAGE)
    fprintf (stderr, _ ("Try %s --help.\n"), name);
  g_free (options.queue);
  g_free (options.password_file);
  g_free (options.stations);
  g_strfreev (options.arguments);
  return status;
}
