/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queuedstations.h"
#include "../radio/stationfeed.h"
#include "../radio/stationworker.h"
#include <signal.h>

struct _QueuedStations {
  QueueAddress *address;
  guint carry;
  Radio *radio;
  PageServer *page;      /* or NULL */
  History *history;      /* or NULL */
  StationWorker *worker; /* NULL: it carries nothing */
  StationFeed *feed;     /* NULL: nobody wants to know */
  gboolean is_finishing;
};

/* ---- what this one carries ---- */

static void
on_carried (GPtrArray *stations, gpointer user_data)
{
  QueuedStations *self = user_data;
  if (self->is_finishing) {
    g_ptr_array_unref (stations);
    return;
  }
  radio_set_stations (self->radio, stations, FALSE); /* others have them by now */
  if (self->page)
    page_server_tell_stations (self->page); /* of which other ones have spectrograms now */
}

/* All else comes from the queue, in the order in which others see it, too. */
static void
show_spectrogram (const StationEvent *event, gpointer server)
{
  if (event->type == STATION_EVENT_SPECTROGRAM)
    page_server_observe (event, server);
}

static gboolean
begin_work (QueuedStations *self, GError **error)
{
  self->worker = station_worker_new (self->address, self->carry, on_carried, self);
  radio_add_observer (self->radio, station_worker_observe, self->worker);
  return station_worker_start (self->worker, error);
}

/* ---- what all of them carry ---- */

static void
expect_in_history (QueuedStations *self, const GPtrArray *stations)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < stations->len; i++)
    g_hash_table_add (keys, station_key (stations->pdata[i]));
  history_expect (self->history, keys);
}

static void
on_listed (GPtrArray *stations, gpointer user_data)
{
  QueuedStations *self = user_data;
  if (self->page) {
    page_server_expect (self->page, stations);
    page_server_tell_stations (self->page);
  }
  if (self->history)
    expect_in_history (self, stations);
  g_ptr_array_unref (stations);
}

static void
on_happened (const StationEvent *event, gboolean is_past, gpointer user_data)
{
  QueuedStations *self = user_data;
  const StationObserver observe = is_past ? page_server_observe_past : page_server_observe;
  if (self->page)
    observe (event, self->page);
  if (self->history && !is_past)
    history_observe (event, self->history);
}

static void
on_missed (gpointer user_data)
{
  QueuedStations *self = user_data;
  if (self->history)
    history_miss (self->history);
}

static gboolean
begin_feed (QueuedStations *self, GError **error)
{
  const StationFeedListener listener = {on_listed, on_happened, on_missed};
  self->feed = station_feed_new (self->address, &listener, self);
  return station_feed_start (self->feed, error);
}

/* ---- beginning and end ---- */

gboolean
queued_stations_check (const char *url, GError **error)
{
  return queue_address_check (url, error);
}

QueuedStations *
queued_stations_new (const char *url, const char *password_file, guint carry, GError **error)
{
  QueueAddress *address = queue_address_new (url, password_file, error);
  if (!address)
    return NULL;
  signal (SIGPIPE, SIG_IGN); /* a connection that breaks is an error like others */
  QueuedStations *self = g_new0 (QueuedStations, 1);
  self->address = address;
  self->carry = carry;
  return self;
}

gboolean
queued_stations_begin (QueuedStations *self, Radio *radio, PageServer *page, History *history,
                       GError **error)
{
  self->radio = radio;
  self->page = page;
  self->history = history;
  if (page)
    radio_add_observer (radio, show_spectrogram, page);
  return (!(page || history) || begin_feed (self, error)) &&
         (self->carry == 0 || begin_work (self, error));
}

void
queued_stations_finish (QueuedStations *self)
{
  self->is_finishing = TRUE;
  if (self->worker)
    station_worker_finish (self->worker);
}

void
queued_stations_free (QueuedStations *self)
{
  if (!self)
    return;
  station_worker_free (self->worker); /* whose last words the feed hears */
  station_feed_free (self->feed);
  queue_address_free (self->address);
  g_free (self);
}
