/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-radio --queue: takes stations from a queue and keeps them by claiming them again, in a
 * thread of its own. It takes no more than its fair share, and gives others theirs; what has become
 * another's is given up. While Redis cannot be reached stations play on, and what is heard is kept
 * until it can be told. */
#pragma once
#include "stationqueue.h"
#include "stationevent.h"
G_BEGIN_DECLS

typedef struct _StationWorker StationWorker;

/* @stations (of Station, transfer full) are those to be listened to from now on. In the default
 * main context. */
typedef void (*StationsCarried) (GPtrArray *stations, gpointer user_data);

/* @carry: the most stations that it takes. @address outlives it. */
StationWorker *station_worker_new (const QueueAddress *address, guint carry,
                                   StationsCarried carried, gpointer user_data);
/* Connects, waiting for it, and begins. */
gboolean station_worker_start (StationWorker *self, GError **error);
/* A StationObserver; @worker is one. */
void station_worker_observe (const StationEvent *event, gpointer worker);
/* Takes no more stations, and keeps what it has. */
void station_worker_finish (StationWorker *self);
/* Gives back what it has, at once. */
void station_worker_free (StationWorker *self);

G_END_DECLS
