/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationfeed.h"
#include "../translation.h"
#include "heardevent.h"
#include "mailbox.h"
#include "trouble.h"
#include <pthread.h>
#include <stdio.h>

/* Seconds. */
#define LIST 2.0     /* between looks at the list of stations */
#define ORPHANED 5.0 /* for which nobody listens to a station before that is told */
#define CROWDED 0.1  /* until it is looked whether the other thread has caught up */

#define MOST_WAITING 5000 /* messages; all others wait in Redis */
#define MOST_ROUNDS 200   /* of reading the rest of a stream, which may never end */

typedef struct {
  char *key;            /* of the station */
  guint round;          /* of looking at the list in which it was there */
  gint64 alone;         /* since when nobody holds it, monotonic; 0: somebody does */
  gboolean is_orphaned; /* nobody does, and that was told */
  gboolean is_untold;   /* what was heard of it is to be told, for the first time or again */
} Known;

/* To the other thread: of neither, that records are lost. */
typedef struct {
  GPtrArray *stations; /* or NULL */
  HeardEvent *event;   /* or NULL */
  gboolean is_past;
} Message;

struct _StationFeed {
  StationFeedListener listener;
  gpointer user_data;
  Mailbox *orders;   /* to the thread: anything is the order to end */
  Mailbox *messages; /* from the thread */
  pthread_t thread;
  gboolean is_running;
  /* The thread's, as soon as it runs. */
  StationQueue *queue;
  char *end;              /* of what was read of the stream */
  gboolean is_behind;     /* some of it was not kept for so long, which was said */
  GHashTable *known;      /* id of a task → Known */
  gboolean is_any_untold; /* of these */
  guint round;
  gint64 next_list; /* monotonic */
  Trouble trouble;
};

static void
free_known (gpointer data)
{
  Known *self = data;
  g_free (self->key);
  g_free (self);
}

static void
free_message (gpointer data)
{
  Message *self = data;
  g_clear_pointer (&self->stations, g_ptr_array_unref);
  heard_event_free (self->event);
  g_free (self);
}

static void
post (StationFeed *self, GPtrArray *stations, HeardEvent *event, gboolean is_past)
{
  Message *message = g_new (Message, 1);
  *message = (Message){stations, event, is_past};
  mailbox_post (self->messages, message);
}

/* ---- the list ---- */

static void
free_station (gpointer data)
{
  station_free (data);
}

/* Different words may name the same station, which is there once. */
static void
post_list (StationFeed *self, const GPtrArray *listed)
{
  GPtrArray *stations = g_ptr_array_new_with_free_func (free_station);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < listed->len; i++) {
    const Task *task = ((const ListedTask *)listed->pdata[i])->task;
    Station *station = station_queue_read_station (task, NULL);
    if (station && g_hash_table_add (seen, station_key (station)))
      g_ptr_array_add (stations, station);
    else
      station_free (station);
  }
  post (self, stations, NULL, FALSE);
}

static void
mark_untold (StationFeed *self, Known *known)
{
  known->is_untold = self->is_any_untold = TRUE;
}

/* NULL: it is no station. @is_changed: set if it is a new one. */
static Known *
find_known (StationFeed *self, const Task *task, gboolean *is_changed)
{
  Known *known = g_hash_table_lookup (self->known, task->id);
  if (known)
    return known;
  Station *station = station_queue_read_station (task, NULL);
  if (!station)
    return NULL;
  known = g_new0 (Known, 1);
  known->key = station_key (station);
  station_free (station);
  *is_changed = TRUE;
  mark_untold (self, known);
  g_hash_table_insert (self->known, g_strdup (task->id), known);
  return known;
}

static void
watch_holder (StationFeed *self, Known *known, const ListedTask *listed)
{
  const gint64 now = g_get_monotonic_time ();
  if (station_queue_is_held (listed)) {
    if (known->is_orphaned)
      mark_untold (self, known); /* it plays on, perhaps, and nobody will say so */
    known->is_orphaned = FALSE;
    known->alone = 0;
  } else if (known->alone == 0) {
    known->alone = now;
  } else if (!known->is_orphaned && now - known->alone > ORPHANED * G_TIME_SPAN_SECOND) {
    known->is_orphaned = TRUE;
    post (self, NULL, heard_event_new_orphaned (known->key), TRUE);
  }
}

static gboolean
is_gone (gpointer id, gpointer value, gpointer user_data)
{
  const StationFeed *self = user_data;
  return ((const Known *)value)->round != self->round;
}

/* ---- what was known ---- */

static int
compare_times (gconstpointer a, gconstpointer b)
{
  const HeardEvent *const *x = a, *const *y = b;
  const gint64 difference = (*x)->event.time - (*y)->event.time;
  return (difference > 0) - (difference < 0);
}

static gboolean
tell_past (StationFeed *self, GError **error)
{
  g_autoptr (GPtrArray) last = task_news_list_last (self->queue->news, error);
  if (!last)
    return FALSE;
  g_autoptr (GPtrArray) events = g_ptr_array_new ();
  for (guint i = 0; i < last->len; i++) {
    const News *news = last->pdata[i];
    const Known *known = g_hash_table_lookup (self->known, news->id);
    HeardEvent *event =
        known && known->is_untold ? heard_event_parse (known->key, news->text) : NULL;
    if (event)
      g_ptr_array_add (events, event);
  }
  g_ptr_array_sort (events, compare_times);
  for (guint i = 0; i < events->len; i++)
    post (self, NULL, events->pdata[i], TRUE);
  return TRUE;
}

static void
set_all_told (StationFeed *self)
{
  GHashTableIter all;
  gpointer known;
  g_hash_table_iter_init (&all, self->known);
  while (g_hash_table_iter_next (&all, NULL, &known))
    ((Known *)known)->is_untold = FALSE;
  self->is_any_untold = FALSE;
}

static gboolean
look_at_list (StationFeed *self, GError **error)
{
  gboolean is_changed = FALSE;
  if (g_get_monotonic_time () < self->next_list)
    return TRUE;
  self->next_list = g_get_monotonic_time () + (gint64)(LIST * G_TIME_SPAN_SECOND);
  g_autoptr (GPtrArray) listed = task_queue_list (self->queue->tasks, error);
  if (!listed)
    return FALSE;
  self->round++;
  for (guint i = 0; i < listed->len; i++) {
    const ListedTask *task = listed->pdata[i];
    Known *known = find_known (self, task->task, &is_changed);
    if (!known)
      continue;
    known->round = self->round;
    watch_holder (self, known, task);
  }
  is_changed |= g_hash_table_foreach_remove (self->known, is_gone, self) > 0;
  if (is_changed)
    post_list (self, listed);
  if (!self->is_any_untold)
    return TRUE;
  if (!tell_past (self, error))
    return FALSE;
  set_all_told (self);
  return TRUE;
}

/* ---- the stream ---- */

static gboolean
is_any_unknown (const StationFeed *self, const GPtrArray *found)
{
  for (guint i = 0; i < found->len; i++)
    if (!g_hash_table_contains (self->known, ((const News *)found->pdata[i])->id))
      return TRUE;
  return FALSE;
}

static void
post_news (StationFeed *self, const GPtrArray *found)
{
  for (guint i = 0; i < found->len; i++) {
    const News *news = found->pdata[i];
    const Known *known = g_hash_table_lookup (self->known, news->id);
    HeardEvent *event = known ? heard_event_parse (known->key, news->text) : NULL;
    if (event)
      post (self, NULL, event, FALSE);
  }
}

/* (transfer full) */
static char *
format_time (const char *entry)
{
  g_autoptr (GDateTime) utc =
      g_date_time_new_from_unix_utc (task_news_get_time (entry) / G_TIME_SPAN_SECOND);
  g_autoptr (GDateTime) time = utc ? g_date_time_to_local (utc) : NULL;
  return time ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup (entry);
}

/* Once until all is read that there is: of who is too slow for a queue it would be said all the
 * time. */
static void
tell_gap (const StationFeed *self, const char *from, const char *to)
{
  if (self->is_behind)
    return;
  g_autofree char *begin = format_time (from), *end = format_time (to);
  fputs ("genre-radio: ", stderr);
  fprintf (stderr,
           _ ("what was heard elsewhere from %s to %s is lost, for this program reads it too late: "
              "a queue keeps the last 100,000 records or so; minutes and songs are missing\n"),
           begin, end);
}

/* The last of each kind is known all the same, of each station. */
static void
mark_all_untold (StationFeed *self)
{
  GHashTableIter all;
  gpointer known;
  g_hash_table_iter_init (&all, self->known);
  while (g_hash_table_iter_next (&all, NULL, &known))
    mark_untold (self, known);
  self->next_list = 0;
}

/* @resumed: where the stream goes on, if it does not where it was left. */
static void
watch_gaps (StationFeed *self, const char *resumed, guint n_read)
{
  if (resumed) {
    tell_gap (self, self->end, resumed);
    post (self, NULL, NULL, FALSE);
    self->is_behind = TRUE;
  }
  if (self->is_behind && n_read < TASK_NEWS_ROUND) {
    self->is_behind = FALSE;
    mark_all_untold (self);
  }
}

/* What comes next, and behind it again; of a station that is new, the list is looked at first.
 * @n: how many there were. */
static gboolean
read_stream (StationFeed *self, guint *n, GError **error)
{
  g_autofree char *end = g_strdup (self->end), *resumed = NULL;
  g_autoptr (GPtrArray) found = task_news_read (self->queue->news, &end, &resumed, error);
  if (!found)
    return FALSE;
  watch_gaps (self, resumed, found->len);
  if (is_any_unknown (self, found))
    self->next_list = 0;
  if (self->next_list == 0 && !look_at_list (self, error))
    return FALSE;
  post_news (self, found);
  g_free (self->end);
  self->end = g_steal_pointer (&end);
  *n = found->len;
  return TRUE;
}

static gboolean
read_news (StationFeed *self, GError **error)
{
  guint n;
  if (!self->end && !(self->end = task_news_get_end (self->queue->news, error)))
    return FALSE;
  /* after the end is known, so that nothing falls between them */
  return look_at_list (self, error) && read_stream (self, &n, error);
}

/* What was told until now. */
static void
read_rest (StationFeed *self)
{
  guint n = TASK_NEWS_ROUND;
  for (guint round = 0; n == TASK_NEWS_ROUND && round < MOST_ROUNDS; round++)
    if (self->trouble.is_on || !self->end || !read_stream (self, &n, NULL))
      return;
}

/* ---- the thread ---- */

static gboolean
connect_anew (StationFeed *self, GError **error)
{
  if (!station_queue_open_anew (self->queue, error))
    return FALSE;
  if (!self->end)
    return TRUE;
  g_autofree char *before = g_strdup (self->end);
  if (!task_news_find_again (self->queue->news, &self->end, error))
    return FALSE;
  if (!g_str_equal (before, self->end)) { /* and something may have been told there already */
    post (self, NULL, NULL, FALSE);
    mark_all_untold (self);
  }
  return TRUE;
}

static void
work (StationFeed *self)
{
  g_autoptr (GError) error = NULL;
  if ((!self->trouble.is_on || connect_anew (self, &error)) && read_news (self, &error))
    trouble_end (&self->trouble);
  else
    trouble_note (&self->trouble, error);
}

static double
get_pause (const StationFeed *self, gboolean is_crowded)
{
  const double least = is_crowded ? CROWDED : 0;
  const double pause =
      (double)(self->trouble.next_try - g_get_monotonic_time ()) / G_TIME_SPAN_SECOND;
  return self->trouble.is_on ? MAX (pause, least) : least;
}

static void *
run (void *data)
{
  StationFeed *self = data;
  for (gboolean is_ending = FALSE; !is_ending;) {
    const gboolean is_crowded = mailbox_count (self->messages) > MOST_WAITING;
    g_autoptr (GPtrArray) orders = mailbox_take (self->orders, get_pause (self, is_crowded));
    is_ending = orders->len > 0;
    if (!is_ending && !is_crowded)
      work (self);
  }
  read_rest (self);
  return NULL;
}

/* ---- the other side ---- */

static void
on_message (gpointer data, gpointer user_data)
{
  StationFeed *self = user_data;
  Message *message = data;
  if (message->stations)
    self->listener.listed (g_steal_pointer (&message->stations), self->user_data);
  else if (!message->event)
    self->listener.missed (self->user_data);
  else
    self->listener.happened (&message->event->event, message->is_past, self->user_data);
  free_message (message);
}

/* ---- beginning and end ---- */

StationFeed *
station_feed_new (const QueueAddress *address, const StationFeedListener *listener,
                  gpointer user_data)
{
  StationFeed *self = g_new0 (StationFeed, 1);
  self->listener = *listener;
  self->user_data = user_data;
  self->orders = mailbox_new (g_free);
  self->messages = mailbox_new (free_message);
  self->queue = station_queue_new (address, "");
  self->trouble =
      (Trouble){.meaning = _ ("what is heard elsewhere is not known until it is there again"),
                .end = _ ("Redis is there again, and what is heard elsewhere is known")};
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_known);
  return self;
}

gboolean
station_feed_start (StationFeed *self, GError **error)
{
  if (!station_queue_open (self->queue, TRUE, error))
    return FALSE;
  mailbox_deliver (self->messages, on_message, self);
  self->is_running = pthread_create (&self->thread, NULL, run, self) == 0;
  if (!self->is_running)
    g_set_error_literal (error, QUEUE_ERROR, QUEUE_ERROR_LOST, _ ("no thread for the queue"));
  return self->is_running;
}

void
station_feed_free (StationFeed *self)
{
  if (!self)
    return;
  mailbox_post (self->orders, g_strdup ("end"));
  if (self->is_running) {
    pthread_join (self->thread, NULL);
    mailbox_hand_out (self->messages);
  }
  mailbox_free (self->orders);
  mailbox_free (self->messages);
  station_queue_free (self->queue);
  g_hash_table_unref (self->known);
  g_free (self->end);
  g_free (self);
}
