/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stations in a queue (../queue/taskqueue.h): a station is a task that is never finished, held by
 * the worker that listens to it. A task's source is the station's key: its URI, a line feed, and
 * its name, if it has one. What is heard (../queue/tasknews.h) are lines of genre-radio --json. The
 * keys begin with "genre-radio" instead of "genre". */
#pragma once
#include "../queue/tasknews.h"
#include "station.h"
G_BEGIN_DECLS

#define STATION_QUEUE_LEASE 10.0 /* s for which a station is a worker's that says nothing */
#define STATION_QUEUE_LEASE_MS ((gint64)(STATION_QUEUE_LEASE * 1000))

typedef struct {
  const QueueAddress *address;
  TaskQueue *tasks;
  TaskNews *news;
} StationQueue;

/* @worker: as in task_queue_new(). Not connected yet; @address outlives it. */
StationQueue *station_queue_new (const QueueAddress *address, const char *worker);
void station_queue_free (StationQueue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StationQueue, station_queue_free)

/* Connects. @make: it need not be there yet. */
gboolean station_queue_open (StationQueue *self, gboolean make, GError **error);
/* The same, with a new connection to what may be another Redis, in which it need not be. */
gboolean station_queue_open_anew (StationQueue *self, GError **error);
/* Out of the queue, with what is known of it. */
gboolean station_queue_remove (StationQueue *self, const Task *task, GError **error);

/* What a task names. NULL if that is nothing that lies on the network: whoever may write into the
 * queue is not to open files and microphones of the workers. */
Station *station_queue_read_station (const Task *task, GError **error);
/* Does a worker listen to it? */
gboolean station_queue_is_held (const ListedTask *listed);
/* Is it a worker, or a command, that was heard of lately? */
gboolean station_queue_is_alive (const QueueConsumer *consumer);

G_END_DECLS
