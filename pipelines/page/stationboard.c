/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationboard.h"
#include "publictext.h"
#include "stationid.h"
#include <string.h>

#define PATIENCE 90    /* s, at least: a machine may be busy */
#define MOST_MISSING 4 /* answers that did not come */
#define SYMBOLS "0123456789abcdefghijklmnopqrstuvwxyz"

/* ---- one station ---- */

/* A station without a name is called as its URI. (transfer full) */
static char *
show_name (const char *name, const char *uri)
{
  return !name || g_str_equal (name, uri) ? public_uri (uri) : public_text (name);
}

static BoardStation *
board_station_new (const Station *station, guint n_genres)
{
  BoardStation *self = g_new0 (BoardStation, 1);
  self->key = station_key (station);
  self->kind = station->kind;
  self->state = STATION_CONNECTING;
  self->since = g_get_real_time ();
  self->name = show_name (station->name, station->uri);
  self->probabilities = g_new0 (double, n_genres);
  heard_time_init (&self->time);
  return self;
}

static void
board_station_free (gpointer data)
{
  BoardStation *self = data;
  g_free (self->id);
  g_free (self->key);
  g_free (self->name);
  g_free (self->error);
  g_free (self->title);
  g_free (self->former);
  g_free (self->genre);
  g_free (self->probabilities);
  g_free (self->json);
  g_free (self);
}

static void
set_text (char **where, const char *text)
{
  g_free (*where);
  *where = text ? public_text (text) : NULL;
}

static void
forget_answer (BoardStation *self)
{
  self->answered = self->final = FALSE;
  g_clear_pointer (&self->genre, g_free);
}

/* ---- genres ---- */

static gint
find_genre (const StationBoard *self, const char *label)
{
  for (guint i = 0; label && i < self->n_genres; i++)
    if (g_str_equal (self->labels[i], label))
      return (gint)i;
  return -1;
}

const char *
station_board_name_genre (const StationBoard *self, const char *label)
{
  const gint genre = find_genre (self, label);
  return genre < 0 ? NULL : self->names[genre];
}

char
station_board_get_symbol (const StationBoard *self, AnswerVerdict verdict, const char *genre)
{
  if (verdict == ANSWER_NO_MUSIC)
    return '-';
  if (verdict == ANSWER_SILENCE)
    return '_';
  const gint index = find_genre (self, genre);
  return index < 0 || index >= (gint)strlen (SYMBOLS) ? '?' : SYMBOLS[index];
}

/* ---- events ---- */

/* A worker that takes a station over from another one says that it is heard, too. */
static void
count_state (StationBoard *self, BoardStation *station, StationState state)
{
  if (state == STATION_LISTENING) {
    self->n_returns += station->lost;
    station->lost = FALSE;
  } else if (station->state == STATION_LISTENING && state != STATION_ENDED) {
    station->n_losses++;
    station->lost = TRUE;
  }
}

static void
count (StationBoard *self, BoardStation *station, const StationEvent *event)
{
  if (event->type == STATION_EVENT_STATE)
    count_state (self, station, event->state);
  else if (event->type == STATION_EVENT_ANSWER)
    self->n_answers++;
}

static void
take_state (BoardStation *station, const StationEvent *event)
{
  station->state = event->state;
  station->since = event->time;
  station->retry_in = event->retry_in;
  set_text (&station->error, event->fault ? event->fault->message : NULL);
  set_text (&station->title, event->title);
  set_text (&station->former, NULL);
  heard_time_init (&station->time);
  station->song_begin = event->state == STATION_LISTENING ? event->time : 0;
  forget_answer (station);
}

/* Another title: what is known is of a song that is over, though answers about it may still come.
 */
static void
take_title (BoardStation *station, const StationEvent *event)
{
  g_autofree char *before = g_steal_pointer (&station->title);
  set_text (&station->title, event->title);
  if (g_strcmp0 (station->former, station->title) == 0)
    g_clear_pointer (&station->former, g_free); /* it plays again */
  if (!before || g_strcmp0 (before, station->title) == 0)
    return;
  g_free (station->former);
  station->former = g_steal_pointer (&before);
  station->final = TRUE;
}

static void
take_probabilities (const StationBoard *self, BoardStation *station, const GstStructure *answer)
{
  const GValue *value = gst_structure_get_value (answer, "probabilities");
  const GstStructure *probabilities = value ? gst_value_get_structure (value) : NULL;
  for (guint i = 0; i < self->n_genres; i++) {
    station->probabilities[i] = 0;
    if (probabilities)
      gst_structure_get_double (probabilities, self->labels[i], &station->probabilities[i]);
  }
}

/* Of whatever song it is about. */
static void
take_minute (StationBoard *self, BoardStation *station, const StationEvent *event,
             AnswerVerdict verdict, gboolean final)
{
  const GstClockTime new = heard_time_take (&station->time, event->answer);
  if (!final) /* that one comes whenever a song ends */
    station->pace = (gint64)(new / GST_USECOND);
  if (heard_minute_take (&station->enough, event->answer, event->time, new))
    minutes_set_now (&station->minutes, event->time / G_TIME_SPAN_MINUTE,
                     station_board_get_symbol (self, verdict,
                                               gst_structure_get_string (event->answer, "genre")));
}

static gboolean
is_about_former (const BoardStation *station, const StationEvent *event)
{
  g_autofree char *title = event->title && station->former ? public_text (event->title) : NULL;
  return title && g_str_equal (title, station->former);
}

static void
take_verdict (StationBoard *self, BoardStation *station, const GstStructure *answer,
              AnswerVerdict verdict, gboolean final)
{
  station->answered = TRUE;
  station->final = final;
  station->verdict = verdict;
  g_free (station->genre);
  station->genre = g_strdup (gst_structure_get_string (answer, "genre"));
  station->music = 1;
  gst_structure_get_double (answer, "confidence", &station->confidence);
  gst_structure_get_double (answer, "music", &station->music);
  take_probabilities (self, station, answer);
}

/* A last answer about a song says what has played. It is shown, as such, until there is one about
 * what plays now: some stations change their titles so often that there is never another. */
static void
take_answer (StationBoard *self, BoardStation *station, const StationEvent *event)
{
  const AnswerVerdict verdict = answer_judge (event->answer);
  const gboolean final = answer_is_final (event->answer);
  station->last_answer = event->time;
  station->answered_at = event->monotonic;
  const gboolean over = final || is_about_former (station, event);
  if (!over)
    set_text (&station->title, event->title);
  if (verdict != ANSWER_TOO_SHORT) {
    take_minute (self, station, event, verdict, final);
    take_verdict (self, station, event->answer, verdict, over);
  }
  if (final) {
    set_text (&station->former, NULL);
    station->final = TRUE;
    station->song_begin = event->time;
  }
}

void
station_board_set_interval (StationBoard *self, double seconds)
{
  self->patience = (gint64)(MAX (PATIENCE, MOST_MISSING * seconds) * G_TIME_SPAN_SECOND);
}

gboolean
station_board_grow_old (StationBoard *self, BoardStation *station, gint64 now)
{
  const gint64 patience = MAX (self->patience, MOST_MISSING * station->pace);
  if (!station->answered || now - station->answered_at <= patience)
    return FALSE;
  forget_answer (station);
  g_clear_pointer (&station->json, g_free);
  self->version++;
  return TRUE;
}

void
station_board_remember (StationBoard *self, BoardStation *station, gint64 time,
                        AnswerVerdict verdict, const char *genre)
{
  minutes_set (&station->minutes, time / 60, station_board_get_symbol (self, verdict, genre));
}

static BoardStation *
find_station (const StationBoard *self, const StationEvent *event)
{
  return g_hash_table_lookup (self->by_key, event->key);
}

BoardStation *
station_board_take_past (StationBoard *self, const StationEvent *event)
{
  BoardStation *station = find_station (self, event);
  if (!station)
    return NULL;
  if (event->type == STATION_EVENT_STATE)
    take_state (station, event);
  else if (event->type == STATION_EVENT_TITLE)
    take_title (station, event);
  else if (event->type == STATION_EVENT_ANSWER)
    take_answer (self, station, event);
  else
    return station;
  g_free (station->name);
  station->name = show_name (event->name, event->uri);
  g_clear_pointer (&station->json, g_free);
  self->version++;
  return station;
}

BoardStation *
station_board_take (StationBoard *self, const StationEvent *event)
{
  BoardStation *station = find_station (self, event);
  if (!station)
    return NULL;
  count (self, station, event);
  station_board_take_past (self, event);
  if (event->type == STATION_EVENT_ANSWER) /* the clock of whoever tells it may be another */
    station->answered_at = g_get_monotonic_time ();
  return station;
}

BoardStation *
station_board_find (const StationBoard *self, const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

/* ---- the list ---- */

/* The one with the same key in @before, taken out of there, or a new one. */
static BoardStation *
take_over (StationBoard *self, GHashTable *before, const Station *station)
{
  g_autofree char *key = station_key (station);
  gpointer known = NULL;
  if (g_hash_table_steal_extended (before, key, NULL, &known))
    return known;
  return board_station_new (station, self->n_genres);
}

/* @id is taken. Who is shown like another one may get another one's when that goes. */
static void
set_id (BoardStation *self, char *id)
{
  if (g_strcmp0 (self->id, id) != 0)
    g_clear_pointer (&self->json, g_free);
  g_free (self->id);
  self->id = id;
}

void
station_board_set_stations (StationBoard *self, GPtrArray *stations)
{
  g_autoptr (StationIds) ids = station_ids_new ();
  g_autoptr (GHashTable) before =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, board_station_free);
  for (guint i = 0; i < self->stations->len; i++) {
    BoardStation *station = self->stations->pdata[i];
    g_hash_table_insert (before, station->key, station);
  }
  g_ptr_array_set_free_func (self->stations, NULL);
  g_ptr_array_set_size (self->stations, 0);
  g_ptr_array_set_free_func (self->stations, board_station_free);
  g_hash_table_remove_all (self->by_id);
  g_hash_table_remove_all (self->by_key);
  for (guint i = 0; i < stations->len; i++) {
    BoardStation *station = take_over (self, before, stations->pdata[i]);
    set_id (station, station_ids_give (ids, stations->pdata[i]));
    g_ptr_array_add (self->stations, station);
    g_hash_table_insert (self->by_id, station->id, station);
    g_hash_table_insert (self->by_key, station->key, station);
  }
  self->version++;
}

/* ---- beginning and end ---- */

static void
set_genres (StationBoard *self, const GstStructure *genres)
{
  self->n_genres = genres ? (guint)gst_structure_n_fields (genres) : 0;
  self->labels = g_new0 (char *, self->n_genres + 1);
  self->names = g_new0 (char *, self->n_genres + 1);
  for (guint i = 0; i < self->n_genres; i++) {
    const char *label = gst_structure_nth_field_name (genres, i);
    self->labels[i] = g_strdup (label);
    self->names[i] = public_text (gst_structure_get_string (genres, label));
  }
}

StationBoard *
station_board_new (const GstStructure *genres)
{
  StationBoard *self = g_new0 (StationBoard, 1);
  set_genres (self, genres);
  station_board_set_interval (self, 0);
  self->stations = g_ptr_array_new_with_free_func (board_station_free);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
station_board_free (StationBoard *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_key);
  g_ptr_array_unref (self->stations);
  g_strfreev (self->labels);
  g_strfreev (self->names);
  g_free (self);
}
