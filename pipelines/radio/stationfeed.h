/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is heard at all stations of a queue, whoever listens to them; read in a thread of its own.
 */
#pragma once
#include "stationevent.h"
#include "stationqueue.h"
G_BEGIN_DECLS

/* Called in the default main context. */
typedef struct {
  /* @stations (of Station, transfer full) are those of the queue from now on. */
  void (*listed) (GPtrArray *stations, gpointer user_data);
  /* At one of these. @is_past: it is the last that was known of it, and may have been told before.
   */
  void (*happened) (const StationEvent *event, gboolean is_past, gpointer user_data);
  /* What happened at them before the next event that is not past is lost, or some of it. */
  void (*missed) (gpointer user_data);
} StationFeedListener;

typedef struct _StationFeed StationFeed;

/* @address outlives it. */
StationFeed *station_feed_new (const QueueAddress *address, const StationFeedListener *listener,
                               gpointer user_data);
/* Connects, waiting for it, and begins. */
gboolean station_feed_start (StationFeed *self, GError **error);
/* The listener hears what was told until now. */
void station_feed_free (StationFeed *self);

G_END_DECLS
