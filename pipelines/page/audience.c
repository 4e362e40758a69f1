/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audience.h"
#include "boardjson.h"
#include "../haste.h"
#include "pageanswer.h"
#include "spectrogramjson.h"

#define KEEP_ALIVE 15 /* s */
#define MINUTES_AN_HOUR 60
#define BEAT 0.2 /* s: a station that changes faster is told of once in each */

struct _Audience {
  StationBoard *board;
  Radio *radio;         /* or NULL */
  GPtrArray *streams;   /* of EventStream */
  GHashTable *watchers; /* id → number of streams that want its spectrogram */
  GHashTable *lately; /* ids of stations told of in this beat → whether they have changed since */
  guint64 left_out;
  guint keep_alive, tick, beat;
  gint64 minute;
};

/* ---- spectrograms ---- */

static void
set_spectrogram (Audience *self, const char *id, gboolean wanted)
{
  const BoardStation *station = station_board_find (self->board, id);
  if (self->radio && station)
    radio_set_spectrogram (self->radio, station->key, wanted);
}

static void
watch (gpointer id, gpointer user_data)
{
  Audience *self = user_data;
  const guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->watchers, id));
  g_hash_table_replace (self->watchers, g_strdup (id), GUINT_TO_POINTER (n + 1));
  if (n == 0)
    set_spectrogram (self, id, TRUE);
}

static void
unwatch (gpointer id, gpointer user_data)
{
  Audience *self = user_data;
  const guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->watchers, id));
  if (n > 1) {
    g_hash_table_replace (self->watchers, g_strdup (id), GUINT_TO_POINTER (n - 1));
    return;
  }
  g_hash_table_remove (self->watchers, id);
  set_spectrogram (self, id, FALSE);
}

/* Stations that came just now know nothing of it. */
static void
watch_again (Audience *self)
{
  GHashTableIter watched;
  gpointer id;
  g_hash_table_iter_init (&watched, self->watchers);
  while (g_hash_table_iter_next (&watched, &id, NULL))
    set_spectrogram (self, id, TRUE);
}

static void
tell_spectrogram (Audience *self, const BoardStation *station, const StationEvent *event)
{
  if (!g_hash_table_contains (self->watchers, station->id))
    return;
  g_autofree char *line = spectrogram_json_format (station->id, event->spectrogram);
  for (guint i = 0; line && i < self->streams->len; i++) {
    EventStream *stream = self->streams->pdata[i];
    if (event_stream_wants_spectrograms (stream) &&
        event_stream_is_subscribed (stream, station->id) &&
        !event_stream_send_if_quick (stream, "spectrogram", line))
      self->left_out++;
  }
}

/* ---- what happens ---- */

static char *
format_station (const Audience *self, BoardStation *station, gboolean with_hour)
{
  GString *text = g_string_new (NULL);
  board_json_open_station (text, self->board, station);
  if (with_hour)
    board_json_append_minutes (text, "hour", station, self->minute, MINUTES_AN_HOUR);
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

static gboolean
is_seen (const Audience *self, const BoardStation *station)
{
  for (guint i = 0; i < self->streams->len; i++)
    if (event_stream_is_subscribed (self->streams->pdata[i], station->id))
      return TRUE;
  return FALSE;
}

static void
tell_who_sees (Audience *self, const BoardStation *station, const char *event, const char *line)
{
  for (guint i = 0; i < self->streams->len; i++) {
    EventStream *stream = self->streams->pdata[i];
    if (event_stream_is_subscribed (stream, station->id))
      event_stream_send (stream, event, line);
  }
}

/* Of a minute that was told already, and is another one now: answers come late through a queue that
 * could not be reached. */
static gboolean
is_late (const Audience *self, const StationEvent *event)
{
  const gint64 minute = event->time / G_TIME_SPAN_MINUTE;
  return event->type == STATION_EVENT_ANSWER && minute < self->minute &&
         minute >= self->minute - MINUTES_A_DAY;
}

static void
tell_station_now (Audience *self, BoardStation *station)
{
  g_autofree char *line = format_station (self, station, FALSE);
  tell_who_sees (self, station, "station", line);
}

/* FALSE: nothing has happened to it for a whole beat, or it is gone. */
static gboolean
tell_change (Audience *self, const char *id, gboolean changed)
{
  BoardStation *station = changed ? station_board_find (self->board, id) : NULL;
  if (!station || !is_seen (self, station))
    return FALSE;
  tell_station_now (self, station);
  return TRUE;
}

static gboolean
on_beat (gpointer user_data)
{
  Audience *self = user_data;
  GHashTableIter lately;
  gpointer id, changed;
  g_hash_table_iter_init (&lately, self->lately);
  while (g_hash_table_iter_next (&lately, &id, &changed))
    if (tell_change (self, id, GPOINTER_TO_INT (changed)))
      g_hash_table_iter_replace (&lately, GINT_TO_POINTER (FALSE));
    else
      g_hash_table_iter_remove (&lately);
  if (g_hash_table_size (self->lately) > 0)
    return G_SOURCE_CONTINUE;
  self->beat = 0;
  return G_SOURCE_REMOVE;
}

/* At once, or with whatever else changes until the beat is over: one station that never rests would
 * take up all that somebody's line carries. */
static void
tell_station (Audience *self, BoardStation *station)
{
  const gboolean again = g_hash_table_contains (self->lately, station->id);
  if (!is_seen (self, station))
    return;
  g_hash_table_replace (self->lately, g_strdup (station->id), GINT_TO_POINTER (again));
  if (again)
    return;
  tell_station_now (self, station);
  if (self->beat == 0)
    self->beat = g_timeout_add ((guint)(haste_span (BEAT) / 1000), on_beat, self);
}

static void
tell_late_minute (Audience *self, BoardStation *station, const StationEvent *event)
{
  if (!is_late (self, event) || !is_seen (self, station))
    return;
  g_autofree char *minute = board_json_format_minute (station, event->time / G_TIME_SPAN_MINUTE);
  tell_who_sees (self, station, "minute", minute);
}

static gboolean
ends_song (const StationEvent *event)
{
  return event->type == STATION_EVENT_ANSWER && answer_is_final (event->answer);
}

void
audience_tell (Audience *self, BoardStation *station, const StationEvent *event)
{
  if (event->type == STATION_EVENT_SPECTROGRAM) {
    tell_spectrogram (self, station, event);
  } else if (event->type != STATION_EVENT_LEVEL) {
    if (ends_song (event)) /* not to be missed: there is a row more in the table of songs */
      g_hash_table_remove (self->lately, station->id);
    tell_station (self, station);
    tell_late_minute (self, station, event);
  }
}

/* What does not hold any more, for nothing has come since. */
static void
tell_old (Audience *self)
{
  const gint64 now = g_get_monotonic_time ();
  for (guint i = 0; i < self->board->stations->len; i++) {
    BoardStation *station = self->board->stations->pdata[i];
    if (station_board_grow_old (self->board, station, now))
      tell_station (self, station);
  }
}

static void
tell_list (Audience *self)
{
  for (guint i = 0; i < self->streams->len; i++)
    event_stream_send (self->streams->pdata[i], "stations", "{}");
}

void
audience_tell_list (Audience *self)
{
  watch_again (self);
  tell_list (self);
}

/* ---- minutes ---- */

typedef struct {
  const Audience *audience;
  EventStream *stream;
  gint64 minute;
} CompleteMinute;

static void
tell_minute (gpointer id, gpointer user_data)
{
  const CompleteMinute *complete = user_data;
  const BoardStation *station = station_board_find (complete->audience->board, id);
  if (!station)
    return;
  g_autofree char *line = board_json_format_minute (station, complete->minute);
  event_stream_send (complete->stream, "minute", line);
}

static gint64
read_minute (void)
{
  return g_get_real_time () / G_TIME_SPAN_MINUTE;
}

static void
tell_minute_to_all (Audience *self, gint64 minute)
{
  for (guint i = 0; i < self->streams->len; i++) {
    EventStream *stream = self->streams->pdata[i];
    CompleteMinute what = {self, stream, minute};
    event_stream_foreach (stream, tell_minute, &what);
  }
}

/* After a sleep, or when the clock was set, more than a minute is missing: whoever learns that the
 * list is another one asks for everything anew. */
static gboolean
on_tick (gpointer user_data)
{
  Audience *self = user_data;
  const gint64 before = self->minute;
  tell_old (self);
  self->minute = read_minute ();
  if (self->minute == before + 1)
    tell_minute_to_all (self, before);
  else if (self->minute != before)
    tell_list (self);
  return G_SOURCE_CONTINUE;
}

gint64
audience_get_minute (const Audience *self)
{
  return self->minute;
}

/* ---- who comes and goes ---- */

static void
on_gone (EventStream *stream, gpointer user_data)
{
  Audience *self = user_data;
  if (event_stream_wants_spectrograms (stream))
    event_stream_foreach (stream, unwatch, self);
  g_ptr_array_remove_fast (self->streams, stream);
}

void
audience_add (Audience *self, GSocketConnection *connection, GPtrArray *stations,
              gboolean spectrograms)
{
  g_autofree char *head = page_format_head_of_events ();
  EventStream *stream = event_stream_new (connection, head, on_gone, self);
  g_ptr_array_add (self->streams, stream);
  event_stream_set_spectrograms (stream, spectrograms);
  for (guint i = 0; i < stations->len; i++) {
    BoardStation *station = stations->pdata[i];
    g_autofree char *line = format_station (self, station, TRUE);
    event_stream_subscribe (stream, station->id);
    event_stream_send (stream, "station", line);
  }
  if (spectrograms)
    event_stream_foreach (stream, watch, self);
}

void
audience_dismiss (Audience *self)
{
  GHashTableIter watched;
  gpointer id;
  g_hash_table_iter_init (&watched, self->watchers);
  while (g_hash_table_iter_next (&watched, &id, NULL))
    set_spectrogram (self, id, FALSE);
  g_hash_table_remove_all (self->watchers);
  g_ptr_array_set_size (self->streams, 0);
}

guint
audience_count (const Audience *self)
{
  return self->streams->len;
}

guint64
audience_get_left_out (const Audience *self)
{
  return self->left_out;
}

void
audience_set_radio (Audience *self, Radio *radio)
{
  self->radio = radio;
}

static gboolean
on_keep_alive (gpointer user_data)
{
  Audience *self = user_data;
  for (guint i = 0; i < self->streams->len; i++)
    event_stream_keep_alive (self->streams->pdata[i]);
  return G_SOURCE_CONTINUE;
}

Audience *
audience_new (StationBoard *board)
{
  Audience *self = g_new0 (Audience, 1);
  self->board = board;
  self->streams = g_ptr_array_new_with_free_func ((GDestroyNotify)event_stream_free);
  self->watchers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->lately = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->minute = read_minute ();
  self->keep_alive = g_timeout_add ((guint)(haste_span (KEEP_ALIVE) / 1000), on_keep_alive, self);
  self->tick = g_timeout_add_seconds (1, on_tick, self);
  return self;
}

void
audience_free (Audience *self)
{
  if (!self)
    return;
  g_source_remove (self->keep_alive);
  g_source_remove (self->tick);
  g_clear_handle_id (&self->beat, g_source_remove);
  g_ptr_array_unref (self->streams);
  g_hash_table_unref (self->watchers);
  g_hash_table_unref (self->lately);
  g_free (self);
}
