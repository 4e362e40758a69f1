/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boardhistory.h"
#include "boardjson.h"
#include <string.h>

#define MOST_SONGS 200
#define FEW_STATIONS                                                                               \
  32 /* which are looked up one by one: a whole day of all others would take long */

struct _BoardHistory {
  char *path;
  sqlite3 *database; /* or NULL, as long as there is none at @path */
  sqlite3_stmt *minutes, *minutes_of_one, *songs;
};

static gboolean
prepare (BoardHistory *self, const char *text, sqlite3_stmt **statement)
{
  return sqlite3_prepare_v3 (self->database, text, -1, SQLITE_PREPARE_PERSISTENT, statement,
                             NULL) == SQLITE_OK;
}

static void
detach (BoardHistory *self)
{
  g_clear_pointer (&self->minutes, sqlite3_finalize);
  g_clear_pointer (&self->minutes_of_one, sqlite3_finalize);
  g_clear_pointer (&self->songs, sqlite3_finalize);
  g_clear_pointer (&self->database, sqlite3_close);
}

static gboolean
attach (BoardHistory *self, GError **error)
{
  self->database = history_file_open_for_reading (self->path, error);
  if (!self->database)
    return FALSE;
  if (prepare (self,
               "SELECT time, verdict, genre, uri FROM minute JOIN station ON "
               "station.id=minute.station WHERE time BETWEEN ? AND ? ORDER BY time",
               &self->minutes) &&
      prepare (self, /* a look-up by the key of the table for each minute */
               "WITH RECURSIVE day (begin) AS (SELECT ?1 UNION ALL SELECT begin + 60 FROM day "
               "WHERE begin + 60 <= ?2) SELECT time, verdict, genre FROM day CROSS JOIN minute ON "
               "time=begin AND station=(SELECT id FROM station WHERE uri=?3)",
               &self->minutes_of_one) &&
      prepare (self,
               "SELECT start, end, title, verdict, genre, confidence, music FROM song WHERE "
               "station=(SELECT id FROM station WHERE uri=?1) AND end <= ?3 ORDER BY end DESC "
               "LIMIT ?2",
               &self->songs))
    return TRUE;
  g_set_error (error, HISTORY_ERROR, 0, "%s: %s", self->path,
               history_file_get_fault (self->database));
  detach (self);
  return FALSE;
}

BoardHistory *
board_history_open (const char *path, GError **error)
{
  BoardHistory *self = g_new0 (BoardHistory, 1);
  self->path = g_strdup (path);
  if (attach (self, error))
    return self;
  board_history_close (self);
  return NULL;
}

/* Where the file was moved or removed, another one is begun (historyrows.c): it is that one which
 * is read from then on. FALSE while there is none. */
static gboolean
follow_file (BoardHistory *self)
{
  if (self->database && !history_file_has_moved (self->database))
    return TRUE;
  detach (self);
  return attach (self, NULL);
}

void
board_history_close (BoardHistory *self)
{
  if (!self)
    return;
  detach (self);
  g_free (self->path);
  g_free (self);
}

/* ---- the last day ---- */

static char *
get_uri (const BoardStation *station)
{
  return g_strndup (station->key, strcspn (station->key, "\n"));
}

/* URI → those of that URI that are new. A history tells stations apart by nothing else. */
static GHashTable *
index_new (const StationBoard *board)
{
  GHashTable *index =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  for (guint i = 0; i < board->stations->len; i++) {
    BoardStation *station = board->stations->pdata[i];
    if (station->remembered)
      continue;
    station->remembered = TRUE;
    g_autofree char *uri = get_uri (station);
    GPtrArray *same = g_hash_table_lookup (index, uri);
    if (!same)
      g_hash_table_insert (index, g_steal_pointer (&uri), same = g_ptr_array_new ());
    g_ptr_array_add (same, station);
  }
  return index;
}

static const char *
get_text (sqlite3_stmt *statement, int column)
{
  const char *text = (const char *)sqlite3_column_text (statement, column);
  return text ? text : "";
}

/* What is later than now was written while a clock was wrong. */
static void
bind_day (sqlite3_stmt *statement)
{
  const gint64 now = g_get_real_time () / G_TIME_SPAN_MINUTE;
  sqlite3_bind_int64 (statement, 1, (now - MINUTES_A_DAY) * 60);
  sqlite3_bind_int64 (statement, 2, now * 60);
}

/* The minute of a row that begins with time, verdict and genre. */
static void
remember (StationBoard *board, const GPtrArray *stations, sqlite3_stmt *row)
{
  for (guint i = 0; i < stations->len; i++)
    station_board_remember (board, stations->pdata[i], sqlite3_column_int64 (row, 0),
                            history_file_parse_verdict (get_text (row, 1)), get_text (row, 2));
}

static void
fill_all (BoardHistory *self, StationBoard *board, GHashTable *index)
{
  bind_day (self->minutes);
  while (sqlite3_step (self->minutes) == SQLITE_ROW) {
    const GPtrArray *same = g_hash_table_lookup (index, get_text (self->minutes, 3));
    if (same)
      remember (board, same, self->minutes);
  }
  sqlite3_reset (self->minutes);
}

static void
fill_one (BoardHistory *self, StationBoard *board, const char *uri, const GPtrArray *same)
{
  bind_day (self->minutes_of_one);
  sqlite3_bind_text (self->minutes_of_one, 3, uri, -1, SQLITE_TRANSIENT);
  while (sqlite3_step (self->minutes_of_one) == SQLITE_ROW)
    remember (board, same, self->minutes_of_one);
  sqlite3_reset (self->minutes_of_one);
}

void
board_history_fill (BoardHistory *self, StationBoard *board)
{
  if (!follow_file (self))
    return;
  g_autoptr (GHashTable) index = index_new (board);
  if (g_hash_table_size (index) > FEW_STATIONS) {
    fill_all (self, board, index);
    return;
  }
  GHashTableIter stations;
  gpointer uri, same;
  g_hash_table_iter_init (&stations, index);
  while (g_hash_table_iter_next (&stations, &uri, &same))
    fill_one (self, board, uri, same);
}

/* ---- songs ---- */

typedef struct {
  gint64 begin, end; /* in microseconds since 1970; no end, 0: it plays */
  const char *title;
  gboolean known; /* what follows */
  AnswerVerdict verdict;
  const char *genre;
  double confidence, music;
} BoardSong;

static void
append_song (GString *text, const BoardSong *song)
{
  const gboolean known = song->known;
  g_autofree char *time = station_event_format_time (song->begin);
  if (text->str[text->len - 1] != '[')
    g_string_append_c (text, ',');
  g_string_append_printf (text, "{\"begin\":\"%s\"", time);
  if (song->end > 0)
    board_json_append_time (text, "end", song->end);
  else
    board_json_append_text (text, "end", NULL);
  board_json_append_public_text (text, "title", song->title);
  board_json_append_text (text, "genre", known ? song->genre : NULL);
  board_json_append_text (text, "reason",
                          known ? board_json_name_reason (song->verdict, song->genre) : NULL);
  board_json_append_number (text, "confidence", song->confidence, known);
  board_json_append_number (text, "music", song->music, known);
  g_string_append_c (text, '}');
}

/* As it is now. Of a long song there are rows already; @written: where they end. */
static void
append_current (GString *text, const BoardStation *station, gint64 written)
{
  if (station->state == STATION_LISTENING && station->song_begin > 0)
    append_song (text, &(BoardSong){MAX (station->song_begin, written), 0, station->title,
                                    station->answered && !station->final, station->verdict,
                                    station->genre, station->confidence, station->music});
}

/* Whose text is valid until the next step. */
static BoardSong
read_song (sqlite3_stmt *row)
{
  const AnswerVerdict verdict = history_file_parse_verdict (get_text (row, 3));
  return (BoardSong){.begin = sqlite3_column_int64 (row, 0) * G_TIME_SPAN_SECOND,
                     .end = sqlite3_column_int64 (row, 1) * G_TIME_SPAN_SECOND,
                     .title = (const char *)sqlite3_column_text (row, 2),
                     .known = TRUE,
                     .verdict = verdict,
                     .genre = verdict == ANSWER_MUSIC ? get_text (row, 4) : "unknown",
                     .confidence = sqlite3_column_double (row, 5),
                     .music = sqlite3_column_double (row, 6)};
}

/* FALSE: there are none. As of minutes: what is later than now would hide what is on for as long as
 * the clock was wrong. */
static gboolean
find_past (BoardHistory *self, const BoardStation *station)
{
  g_autofree char *uri = get_uri (station);
  sqlite3_bind_text (self->songs, 1, uri, -1, SQLITE_TRANSIENT);
  sqlite3_bind_int (self->songs, 2, MOST_SONGS - 1);
  sqlite3_bind_int64 (self->songs, 3, g_get_real_time () / G_TIME_SPAN_SECOND);
  return sqlite3_step (self->songs) == SQLITE_ROW;
}

static void
append_all (BoardHistory *self, GString *text, const BoardStation *station)
{
  gboolean more = find_past (self, station);
  append_current (text, station, more ? read_song (self->songs).end : 0);
  for (; more; more = sqlite3_step (self->songs) == SQLITE_ROW) {
    const BoardSong song = read_song (self->songs);
    append_song (text, &song);
  }
  sqlite3_reset (self->songs);
}

void
board_history_append_songs (BoardHistory *self, GString *text, const BoardStation *station)
{
  g_string_append (text, ",\"songs\":[");
  if (follow_file (self))
    append_all (self, text, station);
  else
    append_current (text, station, 0);
  g_string_append_c (text, ']');
}
