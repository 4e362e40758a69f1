/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationqueue.h"
#include "../translation.h"
#include <string.h>

#define PREFIX "genre-radio"

static void
set_tasks (StationQueue *self, TaskQueue *tasks)
{
  task_news_free (self->news);
  task_queue_free (self->tasks);
  self->tasks = tasks;
  self->news = tasks ? task_news_new (tasks) : NULL;
}

static TaskQueue *
make_tasks (const QueueAddress *address, const char *worker)
{
  return task_queue_new_with_prefix (address, PREFIX, worker, STATION_QUEUE_LEASE_MS);
}

StationQueue *
station_queue_new (const QueueAddress *address, const char *worker)
{
  StationQueue *self = g_new0 (StationQueue, 1);
  self->address = address;
  set_tasks (self, make_tasks (address, worker));
  return self;
}

void
station_queue_free (StationQueue *self)
{
  if (!self)
    return;
  set_tasks (self, NULL);
  g_free (self);
}

gboolean
station_queue_open (StationQueue *self, gboolean make, GError **error)
{
  return task_queue_open (self->tasks, make, error);
}

gboolean
station_queue_open_anew (StationQueue *self, GError **error)
{
  set_tasks (self, make_tasks (self->address, task_queue_get_worker (self->tasks)));
  return station_queue_open (self, TRUE, error);
}

gboolean
station_queue_remove (StationQueue *self, const Task *task, GError **error)
{
  return task_queue_remove (self->tasks, task, error) && task_news_forget (self->news, task, error);
}

Station *
station_queue_read_station (const Task *task, GError **error)
{
  const char *end = task->source ? strchr (task->source, '\n') : NULL;
  g_autofree char *uri = end ? g_strndup (task->source, (gsize)(end - task->source))
                             : g_strdup (task->source ? task->source : "");
  const char *name = end && end[1] ? end + 1 : NULL;
  if (station_is_on_network (uri) && (!name || g_utf8_validate (name, -1, NULL))) {
    g_autoptr (Station) station = station_new (name, uri, error);
    if (!station || station->kind != STATION_FILE) /* as "rtsp:x" may be here */
      return g_steal_pointer (&station);
  }
  g_set_error_literal (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED,
                       N_ ("no station: a URI of a network is expected in a queue"));
  return NULL;
}

gboolean
station_queue_is_held (const ListedTask *listed)
{
  return listed->holder && !g_str_equal (listed->holder, TASK_QUEUE_NOBODY) &&
         listed->idle_ms < STATION_QUEUE_LEASE_MS;
}

gboolean
station_queue_is_alive (const QueueConsumer *consumer)
{
  return !g_str_equal (consumer->name, TASK_QUEUE_NOBODY) &&
         consumer->idle_ms < STATION_QUEUE_LEASE_MS;
}
