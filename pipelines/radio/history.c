/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"
#include "heardtime.h"
#include "historysongs.h"

#define LEAP 2   /* s by which a clock is set, not corrected */
#define PAUSE 10 /* s, before all stations are gone through once more */

/* A station as it is heard. */
typedef struct {
  HistoryStation *station;
  char *key; /* whose name it is, of several with its URI; NULL: nobody's any more */
  HistorySongs *songs;
  gint64 clock, slept; /* of its last event */
  char *teller;        /* of that; or NULL */
  HeardTime time;      /* of the stream */
  HeardMinute enough;
  HistoryRow *minute; /* NULL: there is none */
} Heard;

struct _History {
  HistoryRows *rows;
  GHashTable *stations; /* URI → Heard */
  gint64 gone_through;  /* when all stations were, for songs that seem to be heard again */
};

static void
heard_free (gpointer data)
{
  Heard *self = data;
  history_songs_free (self->songs);
  history_row_unref (self->minute);
  g_free (self->key);
  g_free (self->teller);
  g_free (self);
}

/* ---- minutes ---- */

static void
write_minute (History *self, Heard *heard)
{
  if (heard->minute && !history_rows_have (self->rows, heard->minute))
    history_rows_write (self->rows, heard->minute);
}

/* It is over. */
static void
end_minute (History *self, Heard *heard)
{
  write_minute (self, heard);
  if (heard->minute && !history_rows_have (self->rows, heard->minute))
    history_rows_keep (self->rows, heard->minute);
  g_clear_pointer (&heard->minute, history_row_unref);
}

static HistoryRow *
minute_new (const Heard *heard, const StationEvent *event, AnswerVerdict verdict)
{
  HistoryRow *minute = history_row_new (heard->station, FALSE);
  minute->verdict = verdict;
  minute->genre = g_strdup (gst_structure_get_string (event->answer, "genre"));
  gst_structure_get_double (event->answer, "confidence", &minute->confidence);
  gst_structure_get_double (event->answer, "music", &minute->music);
  return minute;
}

/* A minute is written as soon as enough of it was heard, and when it is over: less would be lost
 * with the power, more would only wear the disk. */
static void
take_minute (History *self, Heard *heard, const StationEvent *event, AnswerVerdict verdict)
{
  const gint64 start = event->time / G_TIME_SPAN_MINUTE * 60;
  const gboolean begins = !heard->minute || heard->minute->start != start;
  const GstClockTime new = heard_time_take (&heard->time, event->answer);
  if (begins)
    end_minute (self, heard);
  if (!heard_minute_take (&heard->enough, event->answer, event->time, new))
    return;
  history_row_unref (heard->minute);
  heard->minute = minute_new (heard, event, verdict);
  heard->minute->start = start;
  if (begins)
    write_minute (self, heard);
}

/* ---- stations ---- */

/* Of the two, if one URI is heard by two names. */
static gboolean
is_of_another (const Heard *heard, const StationEvent *event)
{
  return heard->key && g_strcmp0 (heard->key, event->key) != 0;
}

static Heard *
heard_new (History *self, const char *uri)
{
  Heard *heard = g_new0 (Heard, 1);
  heard->station = history_rows_add_station (self->rows, uri);
  heard->songs = history_songs_new (self->rows, heard->station);
  heard_time_init (&heard->time);
  return heard;
}

/* By the name that it has now: a list of stations may be read anew, and a station call itself
 * something else. NULL: one URI has two names at a time, of which the first one counts, as each
 * song would be there twice. */
static Heard *
find (History *self, const StationEvent *event)
{
  Heard *heard = g_hash_table_lookup (self->stations, event->uri);
  if (heard && is_of_another (heard, event))
    return NULL;
  if (!heard) {
    heard = heard_new (self, event->uri);
    g_hash_table_insert (self->stations, g_strdup (event->uri), heard);
  }
  g_free (heard->key);
  heard->key = g_strdup (event->key);
  history_station_set_name (heard->station, event->name);
  return heard;
}

/* Nobody hears it. */
static void
leave (History *self, Heard *heard)
{
  history_songs_give_up (heard->songs);
  end_minute (self, heard);
  g_clear_pointer (&heard->key, g_free);
}

static void
end_stream (Heard *heard, gboolean whole)
{
  history_songs_end_stream (heard->songs, whole);
  heard_time_init (&heard->time);
}

/* By the clock of who tells it, which the event was stamped with: it may have been set since. Who
 * takes over from another has a clock of its own, about which nothing is known yet. */
static void
follow_clock (Heard *heard, const StationEvent *event)
{
  const gint64 leap = (event->clock - heard->clock) / G_TIME_SPAN_SECOND;
  const gboolean is_same =
      heard->clock != 0 && event->clock != 0 && g_strcmp0 (heard->teller, event->teller) == 0;
  if (is_same && ABS (leap) >= LEAP)
    history_songs_follow_clock (heard->songs, leap);
  const gint64 slept = (event->slept - heard->slept) / G_TIME_SPAN_SECOND;
  if (is_same && slept >= LEAP)
    history_songs_sleep (heard->songs, event, slept);
  heard->clock = event->clock;
  heard->slept = event->slept;
  g_free (heard->teller);
  heard->teller = g_strdup (event->teller);
}

/* ---- what happens ---- */

static void
take_answer (History *self, const StationEvent *event)
{
  Heard *heard = find (self, event);
  if (!heard)
    return;
  follow_clock (heard, event);
  const AnswerVerdict verdict = answer_judge (event->answer);
  history_rows_write_waiting (self->rows);
  if (verdict != ANSWER_TOO_SHORT)
    take_minute (self, heard, event, verdict);
  if (verdict != ANSWER_TOO_SHORT || answer_is_final (event->answer))
    history_songs_take (heard->songs, event);
}

static void
take_state (History *self, const StationEvent *event)
{
  const gboolean listens = event->state == STATION_LISTENING;
  Heard *heard = listens ? find (self, event) : g_hash_table_lookup (self->stations, event->uri);
  if (!heard || is_of_another (heard, event))
    return;
  follow_clock (heard, event);
  end_stream (heard, event->state == STATION_ENDED && !event->asked);
  if (listens)
    history_songs_begin_stream (heard->songs, event->time / G_TIME_SPAN_SECOND);
  else
    end_minute (self, heard); /* who knows when it comes back */
  if (!listens && event->state != STATION_CONNECTING)
    g_clear_pointer (&heard->key, g_free); /* by another name it may be heard meanwhile */
}

/* What seems to be heard again is no row until the next song tells, which may never come. */
static void
give_up_late (History *self, const StationEvent *event)
{
  const gint64 now = event->time / G_TIME_SPAN_SECOND;
  GHashTableIter stations;
  gpointer heard;
  if (ABS (now - self->gone_through) < PAUSE)
    return;
  self->gone_through = now;
  g_hash_table_iter_init (&stations, self->stations);
  while (g_hash_table_iter_next (&stations, NULL, &heard))
    history_songs_give_up_late (((Heard *)heard)->songs, now);
}

void
history_observe (const StationEvent *event, gpointer history)
{
  History *self = history;
  if (event->type != STATION_EVENT_ANSWER && event->type != STATION_EVENT_STATE)
    return;
  history_rows_look_after_file (self->rows);
  if (event->type == STATION_EVENT_ANSWER)
    take_answer (self, event);
  else
    take_state (self, event);
  give_up_late (self, event);
}

void
history_miss (History *self)
{
  GHashTableIter stations;
  gpointer value;
  g_hash_table_iter_init (&stations, self->stations);
  while (g_hash_table_iter_next (&stations, NULL, &value)) {
    Heard *heard = value;
    history_songs_miss (heard->songs);
    heard_time_init (&heard->time);
  }
}

void
history_expect (History *self, GHashTable *keys)
{
  GHashTableIter stations;
  gpointer value;
  g_hash_table_iter_init (&stations, self->stations);
  while (g_hash_table_iter_next (&stations, NULL, &value)) {
    Heard *heard = value;
    if (!heard->key || g_hash_table_contains (keys, heard->key))
      continue;
    end_stream (heard, FALSE);
    leave (self, heard);
  }
}

/* ---- beginning and end ---- */

History *
history_open (const char *path, int keep, GError **error)
{
  HistoryRows *rows = history_rows_open (path, keep, error);
  if (!rows)
    return NULL;
  History *self = g_new0 (History, 1);
  self->rows = rows;
  self->stations = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, heard_free);
  return self;
}

void
history_close (History *self)
{
  if (!self)
    return;
  GHashTableIter stations;
  gpointer value;
  history_rows_be_patient (self->rows);
  g_hash_table_iter_init (&stations, self->stations);
  while (g_hash_table_iter_next (&stations, NULL, &value)) {
    Heard *heard = value;
    history_songs_end (heard->songs); /* of a queue: others hear it to its end */
    history_songs_give_up (heard->songs);
    write_minute (self, heard);
  }
  g_hash_table_unref (self->stations);
  history_rows_close (self->rows);
  g_free (self);
}
