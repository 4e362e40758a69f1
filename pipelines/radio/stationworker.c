/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationworker.h"
#include "../printable.h"
#include "../translation.h"
#include "eventjson.h"
#include "fairshare.h"
#include "mailbox.h"
#include "trouble.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Seconds. */
#define KEEP (STATION_QUEUE_LEASE / 4) /* between claims */
#define LOOK 1.0                       /* between looks for stations */
/* For those who held stations before Redis was away to come back: more than the longest retry (2 s)
 * and the longest wait for a reply. */
#define GRACE 8.0
#define GENEROSITY 3.0 /* without taking, after something was given to others */

#define MOST_UNSENT 20000 /* records that wait for Redis */
#define ROUND 100         /* records told, or stations given back, at once */

typedef struct {
  Task *task;
  char *key; /* of the station; NULL: the task is none */
} Holding;

typedef enum { ORDER_TELL, ORDER_FINISH, ORDER_STOP } OrderType;

typedef struct {
  OrderType type;
  char *key, *text;
  NewsKind kind;
} Order;

struct _StationWorker {
  guint carry;
  char *teller;
  StationsCarried carried;
  gpointer user_data;
  Mailbox *orders;  /* to the thread: Order */
  Mailbox *changes; /* from the thread: arrays of Station */
  pthread_t thread;
  gboolean is_running;
  /* The thread's, as soon as it runs. */
  StationQueue *queue;
  GPtrArray *holdings;
  GHashTable *by_key; /* the same, by their keys, which they own */
  GQueue unsent;      /* of HeldNews */
  gint64 n_news;
  guint n_dropped;
  gint64 next_keep, next_look, next_take, next_give, grace_end; /* monotonic */
  Trouble trouble;
  gboolean is_finishing, is_stopping;
  gboolean had_stations; /* the queue, at the last look */
};

/* ---- small things ---- */

static gint64
get_time_in (double seconds)
{
  return g_get_monotonic_time () + (gint64)(seconds * G_TIME_SPAN_SECOND);
}

static gboolean
is_due (gint64 time)
{
  return g_get_monotonic_time () >= time;
}

static void
say (const char *text)
{
  g_autofree char *shown = printable (text);
  fprintf (stderr, "genre-radio: %s\n", shown);
}

static void
free_holding (gpointer data)
{
  Holding *self = data;
  task_free (self->task);
  g_free (self->key);
  g_free (self);
}

static void
free_order (gpointer data)
{
  Order *self = data;
  g_free (self->key);
  g_free (self->text);
  g_free (self);
}

static void
free_change (gpointer data)
{
  g_ptr_array_unref (data);
}

/* ---- what is held ---- */

/* The thread of the main context hears which stations these are. */
static void
tell_carried (StationWorker *self)
{
  GPtrArray *stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  GHashTableIter holdings;
  gpointer value;
  g_hash_table_iter_init (&holdings, self->by_key);
  while (g_hash_table_iter_next (&holdings, NULL, &value)) {
    Station *station = station_queue_read_station (((const Holding *)value)->task, NULL);
    if (station)
      g_ptr_array_add (stations, station);
  }
  mailbox_post (self->changes, stations);
}

static void
add_unsent (StationWorker *self, const Holding *holding, NewsKind kind, const char *text)
{
  HeldNews *news = g_new (HeldNews, 1);
  *news = (HeldNews){g_strdup (holding->task->entry), g_strdup (holding->task->id), kind,
                     ++self->n_news, g_strdup (text)};
  g_queue_push_tail (&self->unsent, news);
  if (self->unsent.length <= MOST_UNSENT)
    return;
  held_news_free (g_queue_pop_head (&self->unsent));
  self->n_dropped++;
}

/* What is held nevertheless, so that nobody else tries. */
static void
refuse_task (StationWorker *self, const Holding *holding, const GError *fault)
{
  const char *source = task_get_text (holding->task);
  const StationEvent event = {.type = STATION_EVENT_STATE,
                              .time = g_get_real_time (),
                              .uri = source,
                              .name = source,
                              .state = STATION_ENDED,
                              .fault = fault};
  g_autofree char *text = event_json_format (&event);
  add_unsent (self, holding, NEWS_STATE, text);
}

static gboolean
holds (const StationWorker *self, const char *entry)
{
  for (guint i = 0; i < self->holdings->len; i++)
    if (g_str_equal (((const Holding *)self->holdings->pdata[i])->task->entry, entry))
      return TRUE;
  return FALSE;
}

/* @task is taken. */
static void
hold (StationWorker *self, Task *task)
{
  if (holds (self, task->entry)) { /* we were stopped, and it was left behind by ourselves */
    task_free (task);
    return;
  }
  Holding *holding = g_new0 (Holding, 1);
  g_autoptr (GError) error = NULL;
  holding->task = task;
  g_ptr_array_add (self->holdings, holding);
  Station *station = station_queue_read_station (task, &error);
  if (station) {
    holding->key = station_key (station);
    if (!g_hash_table_contains (self->by_key, holding->key))
      g_hash_table_insert (self->by_key, holding->key, holding);
    station_free (station);
  } else {
    refuse_task (self, holding, error);
  }
}

static void
let_go (StationWorker *self, Holding *holding)
{
  if (holding->key && g_hash_table_lookup (self->by_key, holding->key) == holding)
    g_hash_table_remove (self->by_key, holding->key);
  g_ptr_array_remove (self->holdings, holding);
}

static void
let_go_of_task (StationWorker *self, const Task *task)
{
  for (guint i = 0; i < self->holdings->len; i++)
    if (((const Holding *)self->holdings->pdata[i])->task == task) {
      let_go (self, self->holdings->pdata[i]);
      return;
    }
}

/* A station that was taken out and put in again is held twice until the first is let go of. */
static gboolean
follow_second_holdings (StationWorker *self)
{
  gboolean found = FALSE;
  for (guint i = 0; i < self->holdings->len; i++) {
    Holding *holding = self->holdings->pdata[i];
    if (!holding->key || g_hash_table_contains (self->by_key, holding->key))
      continue;
    g_hash_table_insert (self->by_key, holding->key, holding);
    found = TRUE;
  }
  return found;
}

/* ---- Redis, which may be away ---- */

static void
confess_drops (StationWorker *self)
{
  if (self->n_dropped == 0)
    return;
  g_autofree char *text = g_strdup_printf (
      _ ("%u records were too many to be kept meanwhile, and are lost"), self->n_dropped);
  say (text);
  self->n_dropped = 0;
}

static void
begin_anew (StationWorker *self)
{
  self->next_keep = self->next_look = 0;
  self->grace_end = get_time_in (GRACE);
  /* To a Redis that has begun anew all seem to be alive who ever were. */
  self->next_give = get_time_in (STATION_QUEUE_LEASE + KEEP);
}

static gboolean
is_reachable (StationWorker *self)
{
  g_autoptr (GError) error = NULL;
  if (!self->trouble.is_on)
    return TRUE;
  if (!is_due (self->trouble.next_try))
    return FALSE;
  if (station_queue_open_anew (self->queue, &error))
    begin_anew (self);
  else
    trouble_note (&self->trouble, error);
  return !error;
}

/* ---- keeping and telling ---- */

static gboolean
keep_all (StationWorker *self, GError **error)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  if (!is_due (self->next_keep))
    return TRUE;
  self->next_keep = get_time_in (KEEP);
  for (guint i = 0; i < self->holdings->len; i++)
    g_ptr_array_add (tasks, ((const Holding *)self->holdings->pdata[i])->task);
  g_autoptr (GPtrArray) lost = task_queue_keep_all (self->queue->tasks, tasks, error);
  if (!lost)
    return FALSE;
  for (guint i = 0; i < lost->len; i++)
    let_go_of_task (self, lost->pdata[i]);
  if (lost->len > 0)
    tell_carried (self);
  if (follow_second_holdings (self)) /* after that, so that it begins anew and tells its state */
    tell_carried (self);
  return TRUE;
}

/* What has piled up may take longer than a lease. */
static gboolean
send_all (StationWorker *self, GError **error)
{
  while (self->unsent.length > 0) {
    const guint n = MIN (self->unsent.length, ROUND);
    if (!keep_all (self, error) || !task_news_tell (self->queue->news, &self->unsent, n, error))
      return FALSE;
    for (guint i = 0; i < n; i++)
      held_news_free (g_queue_pop_head (&self->unsent));
  }
  return TRUE;
}

/* ---- giving and taking ---- */

/* How many a worker of this name can carry; 0: it is no worker. */
static gint64
get_carry (const char *name)
{
  const char *slash = strrchr (name, '/');
  return slash ? CLAMP (g_ascii_strtoll (slash + 1, NULL, 10), 0, G_MAXINT) : 0;
}

/* So that none of them comes to life when Redis begins anew. */
static gboolean
bury (StationWorker *self, const GPtrArray *consumers, GError **error)
{
  for (guint i = 0; i < consumers->len; i++) {
    const QueueConsumer *consumer = consumers->pdata[i];
    if (consumer->n_held == 0 && consumer->idle_ms > STATION_QUEUE_LEASE_MS)
      return task_queue_forget_consumers (self->queue->tasks, STATION_QUEUE_LEASE_MS, error);
  }
  return TRUE;
}

static FairShare
find_share (const StationWorker *self, gint64 n_stations, const GPtrArray *consumers)
{
  const char *name = task_queue_get_worker (self->queue->tasks);
  const ShareHolder mine = {self->holdings->len, self->carry};
  g_autoptr (GArray) holders = g_array_new (FALSE, FALSE, sizeof (ShareHolder));
  g_array_append_val (holders, mine);
  for (guint i = 0; i < consumers->len; i++) {
    const QueueConsumer *consumer = consumers->pdata[i];
    const ShareHolder other = {consumer->n_held, get_carry (consumer->name)};
    if (other.carry > 0 && !g_str_equal (consumer->name, name) && station_queue_is_alive (consumer))
      g_array_append_val (holders, other);
  }
  return fair_share_find (n_stations, (const ShareHolder *)holders->data, holders->len, 0);
}

/* The last @n. */
static gboolean
release (StationWorker *self, guint n, GError **error)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  for (guint i = self->holdings->len - n; i < self->holdings->len; i++)
    g_ptr_array_add (tasks, ((const Holding *)self->holdings->pdata[i])->task);
  if (!task_queue_release_all (self->queue->tasks, tasks, error))
    return FALSE;
  for (; n > 0; n--)
    let_go (self, self->holdings->pdata[self->holdings->len - 1]);
  return TRUE;
}

/* The rest of @n at the next look. */
static gboolean
give (StationWorker *self, gint64 n, GError **error)
{
  self->next_take = get_time_in (GENEROSITY);
  const guint now = (guint)MIN (MIN (n, ROUND), self->holdings->len);
  const gboolean good = release (self, now, error);
  tell_carried (self);
  return good;
}

static gboolean
take (StationWorker *self, guint n, GError **error)
{
  const gint64 idle = is_due (self->grace_end) ? STATION_QUEUE_LEASE_MS : TASK_QUEUE_RELEASED;
  g_autoptr (GPtrArray) tasks = task_queue_take_idle (self->queue->tasks, n, idle, error);
  if (!tasks)
    return FALSE;
  g_ptr_array_set_free_func (tasks, NULL);
  for (guint i = 0; i < tasks->len; i++)
    hold (self, tasks->pdata[i]);
  if (tasks->len > 0)
    tell_carried (self);
  return TRUE;
}

static void
note_number (StationWorker *self, guint64 n_stations)
{
  if (self->had_stations && n_stations == 0)
    say (_ ("the queue has no stations any more: somebody has removed them, or Redis has lost it"));
  self->had_stations = n_stations > 0;
}

static gboolean
look (StationWorker *self, GError **error)
{
  guint64 n_stations;
  if (self->is_finishing || !is_due (self->next_look))
    return TRUE;
  self->next_look = get_time_in (LOOK);
  g_autoptr (GPtrArray) consumers =
      task_queue_list_consumers (self->queue->tasks, &n_stations, error);
  if (!consumers || !bury (self, consumers, error))
    return FALSE;
  note_number (self, n_stations);
  const FairShare share = find_share (self, (gint64)n_stations, consumers);
  if (share.surplus > 0 && is_due (self->next_give))
    return give (self, share.surplus, error);
  const gint64 room = share.most - self->holdings->len;
  return room <= 0 || !is_due (self->next_take) || take (self, (guint)room, error);
}

/* ---- the thread ---- */

static void
follow (StationWorker *self, const Order *order)
{
  const Holding *holding = order->key ? g_hash_table_lookup (self->by_key, order->key) : NULL;
  if (holding)
    add_unsent (self, holding, order->kind, order->text);
  self->is_finishing |= order->type == ORDER_FINISH;
  self->is_stopping |= order->type == ORDER_STOP;
}

static void
work (StationWorker *self)
{
  g_autoptr (GError) error = NULL;
  if (!is_reachable (self))
    return;
  if (!keep_all (self, &error) || !send_all (self, &error) || !look (self, &error))
    trouble_note (&self->trouble, error);
  else if (trouble_end (&self->trouble))
    confess_drops (self);
}

/* Nobody has to wait for the lease. */
static void
give_back_all (StationWorker *self)
{
  if (self->trouble.is_on || !send_all (self, NULL))
    return;
  while (self->holdings->len > 0)
    if (!keep_all (self, NULL) || !release (self, MIN (self->holdings->len, ROUND), NULL))
      return;
  task_queue_resign (self->queue->tasks);
}

static double
get_pause (const StationWorker *self)
{
  const gint64 next = self->trouble.is_on  ? self->trouble.next_try
                      : self->is_finishing ? self->next_keep
                                           : MIN (self->next_keep, self->next_look);
  return (double)(next - g_get_monotonic_time ()) / G_TIME_SPAN_SECOND;
}

static void *
run (void *data)
{
  StationWorker *self = data;
  while (!self->is_stopping) {
    g_autoptr (GPtrArray) orders = mailbox_take (self->orders, get_pause (self));
    for (guint i = 0; i < orders->len; i++)
      follow (self, orders->pdata[i]);
    if (!self->is_stopping)
      work (self);
  }
  give_back_all (self);
  return NULL;
}

/* ---- the other side ---- */

static void
post_order (StationWorker *self, Order order)
{
  Order *message = g_new (Order, 1);
  *message = order;
  mailbox_post (self->orders, message);
}

/* That it was given up here is no news of the station. */
void
station_worker_observe (const StationEvent *event, gpointer worker)
{
  StationWorker *self = worker;
  if (event->type == STATION_EVENT_STATE && event->asked)
    return;
  StationEvent told = *event;
  told.teller = self->teller;
  char *text = event_json_format_told (&told);
  if (!text)
    return;
  const NewsKind kind = event->type == STATION_EVENT_STATE   ? NEWS_STATE
                        : event->type == STATION_EVENT_TITLE ? NEWS_TITLE
                                                             : NEWS_ANSWER;
  post_order (self, (Order){ORDER_TELL, g_strdup (event->key), text, kind});
}

static void
on_change (gpointer stations, gpointer user_data)
{
  StationWorker *self = user_data;
  self->carried (stations, self->user_data);
}

/* ---- beginning and end ---- */

StationWorker *
station_worker_new (const QueueAddress *address, guint carry, StationsCarried carried,
                    gpointer user_data)
{
  g_autofree char *name =
      g_strdup_printf ("%s-%d-%08x/%u", g_get_host_name (), (int)getpid (), g_random_int (), carry);
  StationWorker *self = g_new0 (StationWorker, 1);
  self->carry = carry;
  self->teller = g_strdup (name);
  self->carried = carried;
  self->user_data = user_data;
  self->orders = mailbox_new (free_order);
  self->changes = mailbox_new (free_change);
  self->queue = station_queue_new (address, name);
  self->trouble = (Trouble){.meaning = _ ("stations play on, and it is tried again"),
                            .end = _ ("Redis is there again")};
  self->holdings = g_ptr_array_new_with_free_func (free_holding);
  self->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&self->unsent);
  return self;
}

gboolean
station_worker_start (StationWorker *self, GError **error)
{
  if (!station_queue_open (self->queue, TRUE, error))
    return FALSE;
  task_queue_tell_risks (self->queue->tasks, say);
  self->grace_end = get_time_in (GRACE);
  mailbox_deliver (self->changes, on_change, self);
  self->is_running = pthread_create (&self->thread, NULL, run, self) == 0;
  if (!self->is_running)
    g_set_error_literal (error, QUEUE_ERROR, QUEUE_ERROR_LOST, _ ("no thread for the queue"));
  return self->is_running;
}

void
station_worker_finish (StationWorker *self)
{
  post_order (self, (Order){.type = ORDER_FINISH});
}

void
station_worker_free (StationWorker *self)
{
  if (!self)
    return;
  post_order (self, (Order){.type = ORDER_STOP});
  if (self->is_running)
    pthread_join (self->thread, NULL);
  mailbox_free (self->orders);
  mailbox_free (self->changes);
  station_queue_free (self->queue);
  g_hash_table_unref (self->by_key);
  g_ptr_array_unref (self->holdings);
  g_free (self->teller);
  g_queue_clear_full (&self->unsent, (GDestroyNotify)held_news_free);
  g_free (self);
}
