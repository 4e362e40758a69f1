/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "historyrows.h"
#include "../haste.h"
#include "../printable.h"
#include "../translation.h"
#include "historyclock.h"
#include "historyfile.h"
#include "historylock.h"
#include "stationevent.h"
#include <stdio.h>

#define CLEANING 3600 /* s between looks for old rows */
#define LOOK 60       /* s between looks whether the file is still there */
#define SECONDS_A_DAY 86400
#define SLICE "600"      /* s whose rows are forgotten at once: stations and pages wait for it */
#define PAGES "256"      /* given back at once */
#define SLICE_PAUSE 50   /* ms between slices */
#define MOST_KEPT 50000  /* rows: hours of a hundred stations */
#define MOST_AT_ONCE 500 /* of them, while stations wait */
#define MOST_TRIES 10    /* of a row that the file itself refuses */

struct _HistoryStation {
  char *uri, *name;
  gint64 id; /* in this file; 0: it is not in there yet */
};

typedef enum {
  WRITTEN,
  HINDERED, /* nothing can be written for now */
  REFUSED,  /* this cannot be written, others can */
} Outcome;

struct _HistoryRows {
  char *path;
  sqlite3 *database; /* NULL while its file is gone and no other can be made */
  guint file;        /* counts them, from 1 on */
  int lock;          /* on it; see historylock.h */
  sqlite3_stmt *insert_station, *find_station, *insert_song, *update_song, *insert_minute,
      *clean_songs, *clean_minutes;
  GPtrArray *stations;
  GQueue kept; /* HistoryRow, the oldest one first */
  int keep;
  HistoryClock clock;
  gboolean ahead; /* it would make rows too old, which was said */
  guint clean, slice;
  gboolean faulty, refused; /* nothing, or a row, can be written, which was said already */
  gint64 looked;            /* monotonic, at the file */
};

/* ---- rows and stations ---- */

HistoryRow *
history_row_new (HistoryStation *station, gboolean is_song)
{
  HistoryRow *self = g_new0 (HistoryRow, 1);
  self->references = 1;
  self->station = station;
  self->is_song = is_song;
  return self;
}

HistoryRow *
history_row_ref (HistoryRow *self)
{
  self->references++;
  return self;
}

void
history_row_unref (HistoryRow *self)
{
  if (!self || --self->references > 0)
    return;
  g_free (self->title);
  g_free (self->genre);
  g_free (self);
}

static void
station_free (gpointer data)
{
  HistoryStation *self = data;
  g_free (self->uri);
  g_free (self->name);
  g_free (self);
}

HistoryStation *
history_rows_add_station (HistoryRows *self, const char *uri)
{
  HistoryStation *station = g_new0 (HistoryStation, 1);
  station->uri = g_strdup (uri);
  g_ptr_array_add (self->stations, station);
  return station;
}

void
history_station_set_name (HistoryStation *self, const char *name)
{
  if (g_strcmp0 (self->name, name) == 0)
    return;
  g_free (self->name);
  self->name = g_strdup (name);
  self->id = 0;
}

/* ---- SQLite ---- */

static gboolean
prepare (HistoryRows *self, const char *text, sqlite3_stmt **statement, GError **error)
{
  if (sqlite3_prepare_v3 (self->database, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) ==
      SQLITE_OK)
    return TRUE;
  history_file_set_error (error, self->path, self->database);
  return FALSE;
}

static gboolean
prepare_all (HistoryRows *self, GError **error)
{
  return prepare (self,
                  "INSERT INTO station (uri, name) VALUES (?, ?) ON CONFLICT (uri) DO UPDATE SET "
                  "name=excluded.name",
                  &self->insert_station, error) &&
         prepare (self, "SELECT id FROM station WHERE uri=?", &self->find_station, error) &&
         prepare (
             self,
             "INSERT INTO song (start, station, end, title, verdict, genre, confidence, music) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
             &self->insert_song, error) &&
         prepare (self,
                  "UPDATE song SET start=?1, end=?3, verdict=?5, genre=?6, confidence=?7, music=?8 "
                  "WHERE station=?2 AND title IS ?4 AND rowid=?9",
                  &self->update_song, error) &&
         prepare (
             self,
             "INSERT OR REPLACE INTO minute (time, station, verdict, genre, confidence, music) "
             "VALUES (?, ?, ?, ?, ?, ?)",
             &self->insert_minute, error) &&
         prepare (self,
                  "DELETE FROM song WHERE end < min(?, (SELECT min(end) FROM song) + " SLICE ")",
                  &self->clean_songs, error) &&
         prepare (self,
                  "DELETE FROM minute WHERE time < min(?, (SELECT min(time) FROM minute) + " SLICE
                  ")",
                  &self->clean_minutes, error);
}

/* Once, until something works again: the disk may be full for a while. */
static void
say_once (const HistoryRows *self, gboolean *said, const char *fault)
{
  g_autofree char *path = printable (self->path);
  if (!*said) {
    fputs ("genre-radio: ", stderr);
    fprintf (stderr, _ ("%s: not written: %s\n"), path, fault);
  }
  *said = TRUE;
}

static void
say_fault (HistoryRows *self, const char *fault)
{
  say_once (self, &self->faulty, fault);
}

/* Runs what was bound; an extended result code, SQLITE_OK where it is done. */
static int
step (HistoryRows *self, sqlite3_stmt *statement)
{
  const gboolean good = sqlite3_step (statement) == SQLITE_DONE;
  const int code = good ? SQLITE_OK : sqlite3_extended_errcode (self->database);
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return code;
}

static gboolean
is_hindrance (int code)
{
  static const int hindrances[] = {SQLITE_BUSY,  SQLITE_LOCKED,   SQLITE_FULL,
                                   SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY};
  for (gsize i = 0; i < G_N_ELEMENTS (hindrances); i++)
    if ((code & 0xff) == hindrances[i])
      return TRUE;
  return FALSE;
}

/* What the last step() came to. A lock is waited for once: stations and pages must not stand still
 * for as long as another program holds it. */
static Outcome
judge (HistoryRows *self, int code)
{
  if (code == SQLITE_OK)
    return WRITTEN;
  if (!is_hindrance (code)) {
    say_once (self, &self->refused, sqlite3_errmsg (self->database));
    return REFUSED;
  }
  say_fault (self, sqlite3_errmsg (self->database));
  sqlite3_busy_timeout (self->database, 0);
  return HINDERED;
}

/* Once a row was added and none is kept: what is kept may meet the same fault, and forgetting rows
 * works on a full disk, too. */
static void
recover (HistoryRows *self)
{
  if (!(self->faulty || self->refused) || self->kept.length > 0)
    return;
  self->faulty = self->refused = FALSE;
  sqlite3_busy_timeout (self->database, HISTORY_FILE_PATIENCE);
}

/* ---- writing ---- */

static void
bind_text (sqlite3_stmt *statement, int column, const char *text)
{
  if (!text)
    return; /* NULL, as cleared */
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  sqlite3_bind_text (statement, column, valid, -1, SQLITE_TRANSIENT);
}

/* The number of a station that somebody has deleted is given again: it is no more that one's. */
static void
take_number (HistoryRows *self, HistoryStation *station, gint64 id)
{
  for (guint i = 0; i < self->stations->len; i++) {
    HistoryStation *other = self->stations->pdata[i];
    if (other->id == id)
      other->id = 0;
  }
  station->id = id;
}

/* So that the station is in the file. */
static Outcome
identify (HistoryRows *self, HistoryStation *station)
{
  if (station->id != 0)
    return WRITTEN;
  bind_text (self->insert_station, 1, station->uri);
  bind_text (self->insert_station, 2, station->name);
  const Outcome outcome = judge (self, step (self, self->insert_station));
  if (outcome != WRITTEN)
    return outcome;
  bind_text (self->find_station, 1, station->uri);
  const int found = sqlite3_step (self->find_station);
  if (found == SQLITE_ROW)
    take_number (self, station, sqlite3_column_int64 (self->find_station, 0));
  else if (found != SQLITE_DONE)
    judge (self, sqlite3_extended_errcode (self->database));
  sqlite3_reset (self->find_station);
  sqlite3_clear_bindings (self->find_station);
  return station->id != 0 ? WRITTEN : is_hindrance (found) ? HINDERED : REFUSED;
}

static int
step_with (HistoryRows *self, sqlite3_stmt *statement, const HistoryRow *row)
{
  int column = 1;
  sqlite3_bind_int64 (statement, column++, row->start);
  sqlite3_bind_int64 (statement, column++, row->station->id);
  if (row->is_song) {
    sqlite3_bind_int64 (statement, column++, row->end);
    bind_text (statement, column++, row->title);
  }
  bind_text (statement, column++, history_file_name_verdict (row->verdict));
  bind_text (statement, column++, row->genre);
  sqlite3_bind_double (statement, column++, row->confidence);
  sqlite3_bind_double (statement, column++, row->music);
  if (row->number != 0)
    sqlite3_bind_int64 (statement, column++, row->number);
  return step (self, statement);
}

/* The row that it takes the place of may be gone: its file was moved, or somebody has deleted it.
 */
static int
step_row (HistoryRows *self, HistoryRow *row)
{
  if (row->file != self->file)
    row->number = 0;
  if (row->number != 0) {
    const int code = step_with (self, self->update_song, row);
    if (code != SQLITE_OK || sqlite3_changes (self->database) > 0)
      return code;
    row->number = 0;
  }
  const int code = step_with (self, row->is_song ? self->insert_song : self->insert_minute, row);
  if (code == SQLITE_OK && row->is_song)
    row->number = sqlite3_last_insert_rowid (self->database);
  return code;
}

static Outcome
write_row (HistoryRows *self, HistoryRow *row)
{
  Outcome outcome = self->database ? identify (self, row->station) : HINDERED;
  if (outcome != WRITTEN)
    return outcome;
  int code = step_row (self, row);
  if (code == SQLITE_CONSTRAINT_FOREIGNKEY) { /* somebody has deleted the station */
    row->station->id = 0;
    outcome = identify (self, row->station);
    if (outcome != WRITTEN)
      return outcome;
    code = step_row (self, row);
  }
  outcome = judge (self, code);
  if (outcome != WRITTEN)
    return outcome;
  row->file = self->file;
  recover (self);
  return WRITTEN;
}

/* ---- what could not be written ---- */

/* What is there more than can be kept is lost. */
void
history_rows_keep (HistoryRows *self, HistoryRow *row)
{
  g_queue_push_tail (&self->kept, history_row_ref (row));
  row->tries = 0;
  if (self->kept.length > MOST_KEPT)
    history_row_unref (g_queue_pop_head (&self->kept));
}

/* No more than @most at once. A row that is refused waits behind the others, or none of them would
 * ever be written. */
static void
write_kept (HistoryRows *self, guint most)
{
  for (guint left = MIN (most, self->kept.length); left > 0; left--) {
    HistoryRow *row = g_queue_peek_head (&self->kept);
    const Outcome outcome = write_row (self, row);
    if (outcome == HINDERED)
      return;
    g_queue_pop_head (&self->kept);
    if (outcome == REFUSED && ++row->tries < MOST_TRIES) {
      g_queue_push_tail (&self->kept, row);
      continue;
    }
    history_row_unref (row);
    if (outcome == WRITTEN)
      recover (self);
  }
}

/* Rows wait that nobody has refused: later ones come behind them, so that songs lie in the file as
 * they were played. */
static gboolean
has_backlog (HistoryRows *self)
{
  const HistoryRow *first = g_queue_peek_head (&self->kept);
  return first && first->tries == 0;
}

void
history_rows_write_waiting (HistoryRows *self)
{
  write_kept (self, MOST_AT_ONCE);
}

gboolean
history_rows_write (HistoryRows *self, HistoryRow *row)
{
  return write_row (self, row) == WRITTEN;
}

gboolean
history_rows_have (const HistoryRows *self, const HistoryRow *row)
{
  return row->file == self->file;
}

void
history_rows_put (HistoryRows *self, HistoryRow *row)
{
  if (has_backlog (self) || write_row (self, row) != WRITTEN)
    history_rows_keep (self, row);
}

void
history_rows_take_back (HistoryRows *self, HistoryRow *row)
{
  if (g_queue_remove (&self->kept, row))
    history_row_unref (row);
}

gint64
history_rows_find_last_end (HistoryRows *self, HistoryStation *station, gboolean *known)
{
  sqlite3_stmt *statement = NULL;
  gint64 end = 0;
  *known = self->database != NULL;
  if (!*known)
    return 0;
  if (sqlite3_prepare_v2 (self->database,
                          "SELECT max(end) FROM song WHERE station="
                          "(SELECT id FROM station WHERE uri=?)",
                          -1, &statement, NULL) == SQLITE_OK) {
    bind_text (statement, 1, station->uri);
    if (sqlite3_step (statement) == SQLITE_ROW)
      end = sqlite3_column_int64 (statement, 0);
  }
  sqlite3_finalize (statement);
  return end;
}

/* ---- the file ---- */

/* What was written last lies beside the old name, where SQLite would leave it, and play it into the
 * next file of that name. @patience: ms. FALSE: somebody still reads what would be overwritten. */
static gboolean
take_along (HistoryRows *self, int patience)
{
  sqlite3_busy_timeout (self->database, patience);
  const int result =
      sqlite3_wal_checkpoint_v2 (self->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  sqlite3_busy_timeout (self->database, HISTORY_FILE_PATIENCE);
  if (result != SQLITE_OK && result != SQLITE_BUSY)
    say_fault (self, sqlite3_errmsg (self->database));
  return result != SQLITE_BUSY;
}

static void
close_database (HistoryRows *self)
{
  sqlite3_stmt **const statements[] = {
      &self->insert_station, &self->find_station, &self->insert_song,  &self->update_song,
      &self->insert_minute,  &self->clean_songs,  &self->clean_minutes};
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    g_clear_pointer (statements[i], sqlite3_finalize);
  if (self->database && history_file_has_moved (self->database))
    take_along (self, HISTORY_FILE_PATIENCE);
  g_clear_pointer (&self->database, sqlite3_close);
  history_lock_release (&self->lock);
}

static gboolean
open_database (HistoryRows *self, GError **error)
{
  self->database = history_file_open (self->path, &self->lock, error);
  if (self->database && prepare_all (self, error))
    return TRUE;
  close_database (self);
  return FALSE;
}

/* In another file stations have other numbers, and none of the rows is in there. */
static void
forget_numbers (HistoryRows *self)
{
  self->file++;
  for (guint i = 0; i < self->stations->len; i++)
    ((HistoryStation *)self->stations->pdata[i])->id = 0;
}

/* Another one is begun, or, where that fails, tried once a minute; and as long as somebody reads it
 * so that it cannot take all along, it is written into. Songs that play meanwhile keep their
 * beginning. */
gboolean
history_rows_look_after_file (HistoryRows *self)
{
  const gint64 now = g_get_monotonic_time ();
  if (now - self->looked < haste_span (LOOK))
    return self->database != NULL;
  self->looked = now;
  if (self->database && (!history_file_has_moved (self->database) || !take_along (self, 0)))
    return TRUE;
  if (self->database) {
    say_fault (self, _ ("the file was moved or removed; another one is begun"));
    self->faulty = FALSE; /* so that it is said, too, why that cannot be */
  }
  close_database (self);
  forget_numbers (self);
  g_autoptr (GError) error = NULL;
  const gboolean good = open_database (self, &error);
  if (!good)
    say_fault (self, error->message);
  else
    self->faulty = FALSE;
  return good;
}

/* ---- upkeep ---- */

/* TRUE: there may be more. */
static gboolean
forget (HistoryRows *self, sqlite3_stmt *statement, gint64 oldest)
{
  sqlite3_bind_int64 (statement, 1, oldest);
  return judge (self, step (self, statement)) == WRITTEN && sqlite3_changes (self->database) > 0;
}

/* TRUE: there may be more. */
static gboolean
give_back_pages (HistoryRows *self)
{
  const gint64 before = history_file_query (self->database, "PRAGMA freelist_count");
  sqlite3_exec (self->database, "PRAGMA incremental_vacuum(" PAGES ")", NULL, NULL, NULL);
  const gint64 left = history_file_query (self->database, "PRAGMA freelist_count");
  return left > 0 && left < before;
}

static gint64
get_time (void)
{
  return g_get_real_time () / G_TIME_SPAN_SECOND;
}

/* Of this machine, by a clock that nobody sets. */
static gint64
get_time_since_start (void)
{
  return (g_get_real_time () - station_event_read_clock ()) / G_TIME_SPAN_SECOND;
}

/* Once for as long as it is so. */
static void
say_ahead (HistoryRows *self, gint64 ahead, gint64 oldest)
{
  const gint64 first = history_file_query (
      self->database,
      "SELECT min(t) FROM (SELECT min(end) AS t FROM song UNION ALL SELECT min(time) FROM minute)");
  g_autofree char *path = printable (self->path);
  if (self->ahead || first <= 0 || first >= oldest)
    return;
  self->ahead = TRUE;
  fputs ("genre-radio: ", stderr);
  fprintf (stderr,
           _ ("%s: the clock is %d days ahead of what was heard last: what is too old only by that "
              "is forgotten in a week, if it goes right\n"),
           path, (int)(ahead / SECONDS_A_DAY));
}

/* Seconds since 1970: what ended before goes. */
static gint64
find_oldest (HistoryRows *self)
{
  const gint64 time = get_time (), kept = (gint64)self->keep * SECONDS_A_DAY;
  const gint64 believed = history_clock_believe (&self->clock, time, get_time_since_start ());
  if (believed != time)
    say_ahead (self, time - believed, time - kept);
  else
    self->ahead = FALSE;
  return believed - kept;
}

static gboolean on_slice (gpointer user_data);

/* A little: who is told to keep less than before has a year to forget. Stations stay, which are
 * small: to see that one has no minutes, or to delete it, SQLite reads all minutes there are, and
 * an index for that would take more than all stations do. */
static void
clean (HistoryRows *self)
{
  if (!history_rows_look_after_file (self))
    return;
  const gint64 oldest = find_oldest (self);
  gboolean more = forget (self, self->clean_songs, oldest);
  more |= forget (self, self->clean_minutes, oldest);
  more |= give_back_pages (self);
  if (more)
    self->slice = g_timeout_add (SLICE_PAUSE, on_slice, self);
}

static gboolean
on_slice (gpointer user_data)
{
  HistoryRows *self = user_data;
  self->slice = 0;
  clean (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_clean (gpointer user_data)
{
  HistoryRows *self = user_data;
  if (self->slice == 0)
    clean (self);
  return G_SOURCE_CONTINUE;
}

static void
believe_newest (HistoryRows *self)
{
  const gint64 newest = history_file_query (
      self->database,
      "SELECT max(t) FROM (SELECT max(end) AS t FROM song UNION ALL SELECT max(time) FROM minute)");
  history_clock_init (&self->clock, get_time (), get_time_since_start (), newest);
}

/* ---- beginning and end ---- */

HistoryRows *
history_rows_open (const char *path, int keep, GError **error)
{
  HistoryRows *self = g_new0 (HistoryRows, 1);
  self->path = g_strdup (path);
  self->lock = HISTORY_LOCK_NONE;
  self->file = 1;
  self->keep = keep;
  self->stations = g_ptr_array_new_with_free_func (station_free);
  self->looked = g_get_monotonic_time ();
  if (!open_database (self, error)) {
    history_rows_close (self);
    return NULL;
  }
  if (keep > 0) {
    believe_newest (self);
    clean (self);
    self->clean = g_timeout_add ((guint)(haste_span (CLEANING) / 1000), on_clean, self);
  }
  return self;
}

void
history_rows_be_patient (HistoryRows *self)
{
  if (self->database)
    sqlite3_busy_timeout (self->database, HISTORY_FILE_PATIENCE);
}

void
history_rows_close (HistoryRows *self)
{
  if (!self)
    return;
  write_kept (self, MOST_KEPT);
  if (self->clean != 0)
    g_source_remove (self->clean);
  if (self->slice != 0)
    g_source_remove (self->slice);
  close_database (self);
  g_queue_clear_full (&self->kept, (GDestroyNotify)history_row_unref);
  g_ptr_array_unref (self->stations);
  g_free (self->path);
  g_free (self);
}
