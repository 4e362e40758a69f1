/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"
#include "../atrest.h"
#include "../printable.h"
#include "../haste.h"
#include "heardtime.h"
#include "historylock.h"
#include "songverdict.h"
#include "../translation.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION_ID "1196573801" /* "GRdi": a file of this program */
#define VERSION_OF_TABLES "1"
#define PATIENCE 5000 /* ms for a lock that another program holds */
#define CLEANING 3600 /* s between looks for old rows */
#define LOOK 60       /* s between looks whether the file is still there */
#define SECONDS_A_DAY 86400
#define SLICE "600"      /* s whose rows are forgotten at once: stations and pages wait for it */
#define PAGES "256"      /* given back at once */
#define LOG_PAGES "250"  /* of the log: 1 MB, where SQLite's own 4 MB may be a small disk */
#define SLICE_PAUSE 50   /* ms between slices */
#define LEAP 2           /* s by which a clock is set, not corrected */
#define MOST_KEPT 50000  /* rows: hours of a hundred stations */
#define MOST_AT_ONCE 500 /* of them, while stations wait */
#define MOST_TRIES 10    /* of a row that the file itself refuses */
#define PIECE 1800       /* s of a song that goes on, after which they are a row */
#define STALL 10         /* s for which nothing came before a song ended, which are not of it */
#define RETURN 60        /* s after which a song that broke off is another one, by its title */
#define PAUSE 10         /* s, before all stations are gone through once more */
#define LATE 120         /* s after which a song that broke off does not go on behind a burst */
#define BURST 60         /* s of sound from before, which a server may send at once to who joins */

/* What was heard for a minute or a song. */
typedef struct {
  gboolean is_song;
  gint64 start, end; /* seconds since 1970; a minute has no end */
  char *title;       /* or NULL */
  AnswerVerdict verdict;
  char *genre;
  double confidence, music;
  sqlite3_int64 number; /* of a song's row that this one takes the place of; 0: none */
} Row;

/* A row that there was no way to write. */
typedef struct _Kept Kept;

/* A song that broke off, which may go on: its row is in the file, or kept. */
typedef struct {
  sqlite3_int64 number; /* 0: it is not in the file */
  Kept *kept;           /* NULL: it is not kept */
  gint64 start, end;
  char *title;
  SongVerdict *heard; /* NULL: there is no such song */
} Broken;

/* A station as far as it is not written yet. */
typedef struct {
  char *uri, *name;
  char *key;        /* whose name it is, of several with this URI; NULL: nobody's any more */
  sqlite3_int64 id; /* in this file; 0: it is not in there yet */
  /* The song that plays. */
  gint64 song_start, song_end; /* so far; seconds since 1970; 0: before its first answer */
  gint64 joined, earliest;     /* when it was first heard, and when it may have begun */
  double sound;                /* s of it */
  SongVerdict *heard;
  char *title;          /* or NULL */
  gboolean apart;       /* it began where another one was told to end */
  sqlite3_int64 number; /* of its row in the file, which it has since it broke off; 0: none */
  Broken broken;        /* the song before it, if that did */
  char *before;         /* title of the song before that, or NULL */
  gboolean opens;       /* the stream: nothing of it was heard yet */
  gboolean repeats;     /* it is that one, perhaps: servers send again what was heard already */
  Row *again;           /* what was heard of that, until the broken song follows; or NULL */
  gint64 last_end;      /* of the last row */
  gboolean knows_end;   /* of the last row that another run has written */
  HeardTime time;       /* of the stream */
  HeardMinute enough;
  Row *minute;      /* NULL: there is none */
  gboolean written; /* the minute, as it is */
} Pending;

struct _Kept {
  Pending *station;
  Row *row;
  guint tries; /* that were refused */
};

typedef enum {
  WRITTEN,
  HINDERED, /* nothing can be written for now */
  REFUSED,  /* this cannot be written, others can */
} Outcome;

struct _History {
  char *path;
  sqlite3 *database; /* NULL while its file is gone and no other can be made */
  int lock;          /* on it; see historylock.h */
  sqlite3_stmt *insert_station, *find_station, *insert_song, *update_song, *insert_minute,
      *clean_songs, *clean_minutes;
  GHashTable *stations; /* URI → Pending */
  GQueue kept;          /* Kept, the oldest one first */
  int keep;
  guint clean, slice;
  gboolean faulty, refused; /* nothing, or a row, can be written, which was said already */
  gint64 looked;            /* monotonic, at the file */
  gint64 clock;             /* get_clock() of the last event */
  gint64 gone_through;      /* when all stations were, for songs that seem to be heard again */
};

/* clang-format off */
G_DEFINE_QUARK (genre-history-error, history_error)
/* clang-format on */

static void
row_free (Row *self)
{
  if (!self)
    return;
  g_free (self->title);
  g_free (self->genre);
  g_free (self);
}

static void
forget_broken (Pending *self)
{
  g_clear_pointer (&self->broken.title, g_free);
  song_verdict_free (self->broken.heard);
  self->broken = (Broken){0};
  self->repeats = FALSE;
}

static void
pending_free (gpointer data)
{
  Pending *self = data;
  forget_broken (self);
  g_free (self->uri);
  g_free (self->name);
  g_free (self->key);
  song_verdict_free (self->heard);
  g_free (self->title);
  g_free (self->before);
  row_free (self->again);
  row_free (self->minute);
  g_free (self);
}

static void
kept_free (gpointer data)
{
  Kept *self = data;
  Broken *broken = &self->station->broken;
  if (broken->kept == self) {
    broken->number = self->row->number;
    broken->kept = NULL;
  }
  row_free (self->row);
  g_free (self);
}

/* ---- SQLite ---- */

const char *
history_get_fault (sqlite3 *database)
{
  const int result = sqlite3_errcode (database) & 0xff;
  const gboolean is_of_files = result == SQLITE_CANTOPEN || result == SQLITE_IOERR;
  const int reason = is_of_files ? sqlite3_system_errno (database) : 0;
  return reason != 0 ? g_strerror (reason) : sqlite3_errmsg (database);
}

static void
set_error (GError **error, const char *path, sqlite3 *database, const char *fallback)
{
  g_set_error (error, HISTORY_ERROR, 0, "%s: %s", path,
               database ? history_get_fault (database) : fallback);
}

static gboolean
execute (History *self, const char *statement, GError **error)
{
  if (sqlite3_exec (self->database, statement, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  set_error (error, self->path, self->database, NULL);
  return FALSE;
}

/* -1 on error. */
static gint64
query_number (sqlite3 *database, const char *query)
{
  sqlite3_stmt *statement = NULL;
  gint64 number = -1;
  if (sqlite3_prepare_v2 (database, query, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW)
    number = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return number;
}

/* Is it new and empty, or one of ours of this version? */
static gboolean
check_kind (sqlite3 *database, const char *path, gboolean may_be_new, GError **error)
{
  const gint64 n_tables = query_number (database, "SELECT count(*) FROM sqlite_schema");
  if (n_tables < 0) {
    set_error (error, path, database, NULL);
    return FALSE;
  }
  const gint64 id = query_number (database, "PRAGMA application_id");
  const gint64 version = query_number (database, "PRAGMA user_version");
  if (n_tables == 0 && id == 0 && may_be_new)
    return TRUE;
  if (id != g_ascii_strtoll (APPLICATION_ID, NULL, 10)) {
    g_set_error (error, HISTORY_ERROR, 0, _ ("%s: the database of another program"), path);
    return FALSE;
  }
  if (version > g_ascii_strtoll (VERSION_OF_TABLES, NULL, 10)) {
    g_set_error (
        error, HISTORY_ERROR, 0,
        _ ("%s: a history of version %ld, expected %s: a newer genre-radio has written it"), path,
        (long)version, VERSION_OF_TABLES);
    return FALSE;
  }
  if (version != g_ascii_strtoll (VERSION_OF_TABLES, NULL, 10)) {
    g_set_error (error, HISTORY_ERROR, 0, _ ("%s: a history of version %ld, expected %s"), path,
                 (long)version, VERSION_OF_TABLES);
    return FALSE;
  }
  return TRUE;
}

static gboolean
make_tables (History *self, GError **error)
{
  return execute (self,
                  "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;"
                  "PRAGMA wal_autocheckpoint=" LOG_PAGES ";"
                  "PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
                  error) &&
         execute (self,
                  "BEGIN IMMEDIATE;"
                  "CREATE TABLE IF NOT EXISTS station (id INTEGER PRIMARY KEY, uri TEXT NOT NULL "
                  "UNIQUE, name TEXT NOT NULL);"
                  "CREATE TABLE IF NOT EXISTS song (station INTEGER NOT NULL REFERENCES station, "
                  "start INTEGER NOT NULL, end INTEGER NOT NULL, title TEXT, verdict TEXT NOT "
                  "NULL, genre TEXT NOT NULL, confidence REAL NOT NULL, music REAL NOT NULL);"
                  "CREATE INDEX IF NOT EXISTS song_by_end ON song (end);"
                  "CREATE INDEX IF NOT EXISTS song_by_station ON song (station, end);"
                  "CREATE TABLE IF NOT EXISTS minute (time INTEGER NOT NULL, station INTEGER NOT "
                  "NULL REFERENCES station, verdict TEXT NOT NULL, genre TEXT NOT NULL, confidence "
                  "REAL NOT NULL, music REAL NOT NULL, PRIMARY KEY (time, station)) WITHOUT ROWID;"
                  "PRAGMA application_id=" APPLICATION_ID ";"
                  "PRAGMA user_version=" VERSION_OF_TABLES ";"
                  "COMMIT;",
                  error);
}

static gboolean
prepare (History *self, const char *text, sqlite3_stmt **statement, GError **error)
{
  if (sqlite3_prepare_v3 (self->database, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) ==
      SQLITE_OK)
    return TRUE;
  set_error (error, self->path, self->database, NULL);
  return FALSE;
}

static gboolean
prepare_all (History *self, GError **error)
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
say_once (const History *self, gboolean *said, const char *fault)
{
  g_autofree char *path = printable (self->path);
  if (!*said) {
    fputs ("genre-radio: ", stderr);
    fprintf (stderr, _ ("%s: not written: %s\n"), path, fault);
  }
  *said = TRUE;
}

static void
say_fault (History *self, const char *fault)
{
  say_once (self, &self->faulty, fault);
}

/* Runs what was bound; an extended result code, SQLITE_OK where it is done. */
static int
step (History *self, sqlite3_stmt *statement)
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
judge (History *self, int code)
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
recover (History *self)
{
  if (!(self->faulty || self->refused) || self->kept.length > 0)
    return;
  self->faulty = self->refused = FALSE;
  sqlite3_busy_timeout (self->database, PATIENCE);
}

/* ---- rows ---- */

static const char *
name_verdict (AnswerVerdict verdict)
{
  static const char *const names[] = {"music", "no music", "silence", "unknown"};
  return names[verdict];
}

AnswerVerdict
history_parse_verdict (const char *name)
{
  return strcmp (name, "no music") == 0  ? ANSWER_NO_MUSIC
         : strcmp (name, "silence") == 0 ? ANSWER_SILENCE
                                         : ANSWER_MUSIC;
}

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
take_number (History *self, Pending *pending, sqlite3_int64 id)
{
  GHashTableIter stations;
  gpointer value;
  g_hash_table_iter_init (&stations, self->stations);
  while (g_hash_table_iter_next (&stations, NULL, &value))
    if (((Pending *)value)->id == id)
      ((Pending *)value)->id = 0;
  pending->id = id;
}

/* So that the station is in the file. */
static Outcome
identify (History *self, Pending *pending)
{
  if (pending->id != 0)
    return WRITTEN;
  bind_text (self->insert_station, 1, pending->uri);
  bind_text (self->insert_station, 2, pending->name);
  const Outcome outcome = judge (self, step (self, self->insert_station));
  if (outcome != WRITTEN)
    return outcome;
  bind_text (self->find_station, 1, pending->uri);
  const int found = sqlite3_step (self->find_station);
  if (found == SQLITE_ROW)
    take_number (self, pending, sqlite3_column_int64 (self->find_station, 0));
  else if (found != SQLITE_DONE)
    judge (self, sqlite3_extended_errcode (self->database));
  sqlite3_reset (self->find_station);
  sqlite3_clear_bindings (self->find_station);
  return pending->id != 0 ? WRITTEN : is_hindrance (found) ? HINDERED : REFUSED;
}

static int
step_with (History *self, sqlite3_stmt *statement, const Pending *pending, const Row *row)
{
  int column = 1;
  sqlite3_bind_int64 (statement, column++, row->start);
  sqlite3_bind_int64 (statement, column++, pending->id);
  if (row->is_song) {
    sqlite3_bind_int64 (statement, column++, row->end);
    bind_text (statement, column++, row->title);
  }
  bind_text (statement, column++, name_verdict (row->verdict));
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
step_row (History *self, const Pending *pending, Row *row)
{
  if (row->number != 0) {
    const int code = step_with (self, self->update_song, pending, row);
    if (code != SQLITE_OK || sqlite3_changes (self->database) > 0)
      return code;
    row->number = 0;
  }
  const int code =
      step_with (self, row->is_song ? self->insert_song : self->insert_minute, pending, row);
  if (code == SQLITE_OK && row->is_song)
    row->number = sqlite3_last_insert_rowid (self->database);
  return code;
}

static Outcome
write_row (History *self, Pending *pending, Row *row)
{
  Outcome outcome = self->database ? identify (self, pending) : HINDERED;
  if (outcome != WRITTEN)
    return outcome;
  int code = step_row (self, pending, row);
  if (code == SQLITE_CONSTRAINT_FOREIGNKEY) { /* somebody has deleted the station */
    pending->id = 0;
    outcome = identify (self, pending);
    if (outcome != WRITTEN)
      return outcome;
    code = step_row (self, pending, row);
  }
  outcome = judge (self, code);
  if (outcome == WRITTEN)
    recover (self);
  return outcome;
}

/* ---- what could not be written ---- */

/* @row is taken. */
static Kept *
keep (History *self, Pending *pending, Row *row)
{
  Kept *kept = g_new (Kept, 1);
  *kept = (Kept){pending, row, 0};
  g_queue_push_tail (&self->kept, kept);
  if (self->kept.length > MOST_KEPT)
    kept_free (g_queue_pop_head (&self->kept));
  return kept;
}

/* As soon as that can be; no more than @most at once. A row that is refused waits behind the
 * others, or none of them would ever be written. */
static void
write_kept (History *self, guint most)
{
  for (guint left = MIN (most, self->kept.length); left > 0; left--) {
    Kept *kept = g_queue_peek_head (&self->kept);
    const Outcome outcome = write_row (self, kept->station, kept->row);
    if (outcome == HINDERED)
      return;
    g_queue_pop_head (&self->kept);
    if (outcome == REFUSED && ++kept->tries < MOST_TRIES) {
      g_queue_push_tail (&self->kept, kept);
      continue;
    }
    kept_free (kept);
    if (outcome == WRITTEN)
      recover (self);
  }
}

/* Rows wait that nobody has refused: later ones come behind them, so that songs lie in the file as
 * they were played. */
static gboolean
has_backlog (History *self)
{
  const Kept *first = g_queue_peek_head (&self->kept);
  return first && first->tries == 0;
}

/* ---- what is heard ---- */

static Row *
minute_new (const StationEvent *event, AnswerVerdict verdict)
{
  Row *self = g_new0 (Row, 1);
  self->verdict = verdict;
  self->genre = g_strdup (gst_structure_get_string (event->answer, "genre"));
  gst_structure_get_double (event->answer, "confidence", &self->confidence);
  gst_structure_get_double (event->answer, "music", &self->music);
  return self;
}

static void
write_minute (History *self, Pending *pending)
{
  if (!pending->minute || pending->written)
    return;
  pending->written = write_row (self, pending, pending->minute) == WRITTEN;
}

/* It is over. */
static void
end_minute (History *self, Pending *pending)
{
  write_minute (self, pending);
  if (pending->minute && !pending->written)
    keep (self, pending, g_steal_pointer (&pending->minute));
  g_clear_pointer (&pending->minute, row_free);
}

/* A minute is written as soon as enough of it was heard, and when it is over: less would be lost
 * with the power, more would only wear the disk. */
static void
take_minute (History *self, Pending *pending, const StationEvent *event, AnswerVerdict verdict)
{
  const gint64 start = event->time / G_TIME_SPAN_MINUTE * 60;
  const gboolean begins = !pending->minute || pending->minute->start != start;
  const GstClockTime new = heard_time_take (&pending->time, event->answer);
  if (begins)
    end_minute (self, pending);
  if (!heard_minute_take (&pending->enough, event->answer, event->time, new))
    return;
  row_free (pending->minute);
  pending->minute = minute_new (event, verdict);
  pending->minute->start = start;
  pending->written = FALSE;
  if (begins)
    write_minute (self, pending);
}

/* (transfer full) */
static Row *
take_row (Pending *pending, const SongSummary *summary)
{
  Row *self = g_new0 (Row, 1);
  self->is_song = TRUE;
  self->start = MIN (pending->song_start, pending->song_end);
  self->end = pending->song_end;
  self->title = g_steal_pointer (&pending->title);
  self->verdict = summary->verdict;
  self->genre = g_strdup (summary->genre);
  self->confidence = summary->confidence;
  self->music = summary->music;
  self->number = pending->number;
  pending->number = 0;
  return self;
}

/* Another song begins. */
static void
leave_song (Pending *pending)
{
  song_verdict_begin_song (pending->heard);
  pending->song_start = pending->song_end;
}

/* A song's. NULL: it is in the file; otherwise it is kept, and taken. */
static Kept *
put (History *self, Pending *pending, Row *row)
{
  pending->last_end = row->end;
  return !has_backlog (self) && write_row (self, pending, row) == WRITTEN
             ? NULL
             : keep (self, pending, row);
}

/* Its row was put; what was heard of it is not forgotten, for it may go on. @kept: the row, or
 * NULL. */
static void
break_song (Pending *pending, const Row *row, Kept *kept)
{
  forget_broken (pending);
  song_verdict_begin_stream (pending->heard);
  pending->broken =
      (Broken){row->number, kept, row->start, row->end, g_strdup (row->title), pending->heard};
  pending->heard = song_verdict_new ();
}

/* ---- what is heard again ---- */

/* It is as long as all that was heard again of the song: a stream may break off in it, too. */
static void
hold (Pending *pending, Row *row)
{
  if (pending->again)
    row->start = pending->again->start;
  row_free (pending->again);
  pending->again = row;
}

/* The song that broke off does not go on: what seemed to be heard again was played again. */
static void
give_up_broken (History *self, Pending *pending)
{
  Row *again = g_steal_pointer (&pending->again);
  if (!again && pending->broken.title) {
    g_free (pending->before);
    pending->before = g_steal_pointer (&pending->broken.title);
  }
  if (again && !put (self, pending, again))
    row_free (again);
  forget_broken (pending);
}

/* ---- songs ---- */

typedef enum {
  BROKEN_OFF, /* or nobody knows why */
  CHANGED,    /* the format of its sound, in which it may go on */
  TOLD,       /* by a title, or by the stream: another one follows */
  WHOLE,      /* the end of a file */
  GOES_ON,    /* and has become long */
} SongEnd;

static gboolean
is_long (const Pending *pending)
{
  return pending->song_end - pending->song_start >= PIECE;
}

/* A connection is none. */
static gboolean
is_song (const Pending *pending, SongEnd how)
{
  return pending->title || pending->apart || how == WHOLE || (how == TOLD && !is_long (pending));
}

/* It came faster than it plays. */
static gboolean
is_of_burst (const Pending *pending)
{
  return 2 * (double)(pending->song_end - pending->joined) <= pending->sound;
}

/* The song that broke off may go on after what plays. Where the stream breaks off once more nobody
 * knows when the next song comes, which would tell: only a burst is waited with. */
static gboolean
is_repetition (const Pending *pending, SongEnd how)
{
  return pending->repeats && pending->song_end - pending->broken.end <= RETURN &&
         (how != BROKEN_OFF || is_of_burst (pending));
}

/* What is known of the song before the next one, which may break off. */
static void
note_end (Pending *pending, SongEnd how)
{
  pending->apart = how == TOLD || how == CHANGED;
  if (how != TOLD)
    return;
  g_free (pending->before);
  pending->before = g_strdup (pending->title);
}

/* @song is taken. */
static void
put_song (History *self, Pending *pending, Row *song, SongEnd how)
{
  Kept *kept = put (self, pending, song);
  if (song->title && (how == BROKEN_OFF || how == CHANGED))
    break_song (pending, song, kept);
  if (!kept)
    row_free (song);
}

static void
end_song (History *self, Pending *pending, SongEnd how)
{
  SongSummary summary;
  gboolean wanted = is_song (pending, how);
  const gboolean again = is_repetition (pending, how);
  if (pending->repeats && !again)
    give_up_broken (self, pending);
  pending->repeats = FALSE;
  if (how != GOES_ON)
    note_end (pending, how);
  if (!song_verdict_sum_up (pending->heard, &summary))
    return;
  wanted = wanted && summary.verdict != ANSWER_TOO_SHORT;
  Row *song = take_row (pending, &summary);
  if (!wanted)
    row_free (song);
  else if (again)
    hold (pending, song);
  else
    put_song (self, pending, song, how);
  leave_song (pending);
}

/* The end of a connection is told when nothing has come for a while. */
static gint64
find_end (const StationEvent *event, gint64 before, double seconds)
{
  const gint64 now = event->time / G_TIME_SPAN_SECOND;
  const double heard = (double)before + seconds;
  const gboolean lost = g_strcmp0 (gst_structure_get_string (event->answer, "reason"), "eos") == 0;
  return lost && (double)now - heard >= STALL ? (gint64)heard : now;
}

/* What is heard next has nothing to do with it. */
static void
end_stream (History *self, Pending *pending, SongEnd how)
{
  end_song (self, pending, how);
  song_verdict_reset (pending->heard);
  heard_time_init (&pending->time);
  pending->song_start = 0;
  pending->opens = TRUE;
}

/* A row that is kept is taken back. */
static void
go_on (History *self, Pending *pending, gint64 begin)
{
  Broken *broken = &pending->broken;
  if (broken->kept) {
    Kept *kept = broken->kept;
    g_queue_remove (&self->kept, kept);
    kept_free (kept);
  }
  pending->number = broken->number;
  pending->song_start = pending->earliest = broken->start;
  pending->song_end = begin;
  song_verdict_free (pending->heard);
  pending->heard = g_steal_pointer (&broken->heard);
  g_clear_pointer (&pending->again, row_free);
  forget_broken (pending);
}

/* With the first answer of a song. A stream may begin with the end of the song before the one that
 * broke off, which is sent again. */
static void
resume_song (History *self, Pending *pending, const StationEvent *event)
{
  const Broken *broken = &pending->broken;
  const gint64 now = event->time / G_TIME_SPAN_SECOND;
  const gint64 begin = pending->song_start != 0 ? pending->song_start : now;
  if (!broken->heard)
    return;
  const gboolean in_time = begin >= broken->end && begin - broken->end <= RETURN;
  const gboolean opens = pending->opens || pending->again; /* that may be in two parts */
  if (in_time && g_strcmp0 (broken->title, event->title) == 0)
    go_on (self, pending, begin);
  else if (in_time && opens && event->title && g_strcmp0 (pending->before, event->title) == 0)
    pending->repeats = TRUE;
  else
    give_up_broken (self, pending);
}

/* Once: the last row of this station may be of another run. */
static void
find_last_end (History *self, Pending *pending)
{
  sqlite3_stmt *statement = NULL;
  if (pending->knows_end || !self->database)
    return;
  pending->knows_end = TRUE;
  if (sqlite3_prepare_v2 (self->database,
                          "SELECT max(end) FROM song WHERE station="
                          "(SELECT id FROM station WHERE uri=?)",
                          -1, &statement, NULL) == SQLITE_OK) {
    bind_text (statement, 1, pending->uri);
    if (sqlite3_step (statement) == SQLITE_ROW)
      pending->last_end = MAX (pending->last_end, sqlite3_column_int64 (statement, 0));
  }
  sqlite3_finalize (statement);
}

/* Where its beginning was not told, it lies before what the answer covers. */
static void
begin_song (History *self, Pending *pending, const StationEvent *event, double seconds)
{
  find_last_end (self, pending);
  if (pending->song_start == 0)
    pending->song_start = event->time / G_TIME_SPAN_SECOND - (gint64)MIN (seconds, PIECE);
  pending->joined = pending->song_end = pending->song_start;
  pending->earliest =
      MIN (pending->song_start, MAX (pending->last_end, pending->song_start - BURST));
  pending->sound = 0;
}

/* Seconds that it covers. */
static double
get_length (const GstStructure *answer)
{
  return (double)heard_time_get_duration (answer) / GST_SECOND;
}

/* What a server sends at once to who joins was played before. */
static void
put_start_back (Pending *pending)
{
  const gint64 start = pending->song_end - (gint64)pending->sound;
  pending->song_start = MAX (pending->earliest, MIN (pending->song_start, start));
}

/* An answer that is not the last one may be: a worker that dies, or gives a station to another one,
 * leaves none behind. */
static void
take_song (History *self, Pending *pending, const StationEvent *event)
{
  if (event->title && !pending->title && is_long (pending))
    end_song (self, pending, BROKEN_OFF); /* it was not of this title all the time */
  if (song_verdict_is_empty (pending->heard))
    resume_song (self, pending, event);
  pending->opens = FALSE;
  const gboolean begins = song_verdict_is_empty (pending->heard);
  const double seconds = song_verdict_take (pending->heard, event->answer);
  if (begins)
    begin_song (self, pending, event, seconds);
  pending->sound += MIN (seconds, get_length (event->answer)); /* the rest was before this song */
  pending->song_end = find_end (event, pending->song_end, seconds);
  put_start_back (pending);
  if (event->title) {
    g_free (pending->title);
    pending->title = g_strdup (event->title);
  }
}

/* What has no title may still be a file of which nothing is left, which a state will tell. */
static void
end_song_by (History *self, Pending *pending, const GstStructure *answer)
{
  const char *reason = gst_structure_get_string (answer, "reason");
  if (g_strcmp0 (reason, "caps") == 0 && pending->title)
    end_song (self, pending, CHANGED);
  else if (g_strcmp0 (reason, "eos") != 0)
    end_song (self, pending, TOLD);
  else if (pending->title)
    end_song (self, pending, BROKEN_OFF);
}

static void
set_name (Pending *pending, const StationEvent *event)
{
  g_free (pending->key);
  pending->key = g_strdup (event->key);
  if (g_strcmp0 (pending->name, event->name) == 0)
    return;
  g_free (pending->name);
  pending->name = g_strdup (event->name);
  pending->id = 0;
}

/* Of the two, if one URI is heard by two names. */
static gboolean
is_of_another (const Pending *pending, const StationEvent *event)
{
  return pending->key && g_strcmp0 (pending->key, event->key) != 0;
}

/* By the name that it has now: a list of stations may be read anew, and a station call itself
 * something else. NULL: one URI has two names at a time, of which the first one counts, as each
 * song would be there twice. */
static Pending *
find (History *self, const StationEvent *event)
{
  Pending *pending = g_hash_table_lookup (self->stations, event->uri);
  if (pending && is_of_another (pending, event))
    return NULL;
  if (!pending) {
    pending = g_new0 (Pending, 1);
    pending->uri = g_strdup (event->uri);
    pending->heard = song_verdict_new ();
    heard_time_init (&pending->time);
    g_hash_table_insert (self->stations, pending->uri, pending);
  }
  set_name (pending, event);
  return pending;
}

static void
take_answer (History *self, const StationEvent *event)
{
  Pending *pending = find (self, event);
  if (!pending)
    return;
  const gboolean final = answer_is_final (event->answer);
  const AnswerVerdict verdict = answer_judge (event->answer);
  write_kept (self, MOST_AT_ONCE);
  if (verdict != ANSWER_TOO_SHORT)
    take_minute (self, pending, event, verdict);
  if (verdict != ANSWER_TOO_SHORT || final)
    take_song (self, pending, event);
  if (final)
    end_song_by (self, pending, event->answer);
  else if (is_long (pending) && is_song (pending, GOES_ON))
    end_song (self, pending, GOES_ON);
}

/* What real time is ahead of the monotonic clock, in seconds. */
static gint64
get_clock (gint64 time, gint64 monotonic)
{
  return (time - monotonic) / G_TIME_SPAN_SECOND;
}

/* A song is not longer for a clock that is set while it plays. The clock is the one that the event
 * was stamped with: it may have been set since. */
static void
follow_clock (History *self, const StationEvent *event)
{
  const gint64 clock = get_clock (event->time, event->monotonic), leap = clock - self->clock;
  self->clock = clock;
  if (ABS (leap) < LEAP)
    return;
  GHashTableIter stations;
  gpointer value;
  g_hash_table_iter_init (&stations, self->stations);
  while (g_hash_table_iter_next (&stations, NULL, &value)) {
    Pending *pending = value;
    give_up_broken (self, pending);
    pending->last_end += leap;
    if (pending->song_start == 0)
      continue;
    pending->song_start += leap;
    pending->song_end += leap;
    pending->joined += leap;
    pending->earliest += leap;
  }
}

/* ---- the file ---- */

/* @uri: of the path, with more about it; or NULL. */
static sqlite3 *
open_file (const char *path, const char *uri, int flags, GError **error)
{
  sqlite3 *database = NULL;
  /* without a folder, some names are those of databases in memory */
  g_autofree char *name = uri || g_path_is_absolute (path) ? g_strdup (uri ? uri : path)
                                                           : g_strconcat ("./", path, NULL);
  if (sqlite3_open_v2 (name, &database, flags, NULL) != SQLITE_OK) {
    set_error (error, path, database, _ ("no memory"));
    sqlite3_close (database);
    return NULL;
  }
  sqlite3_busy_timeout (database, PATIENCE);
  return database;
}

gboolean
history_has_moved (sqlite3 *database)
{
  int moved = FALSE;
  return sqlite3_file_control (database, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved;
}

sqlite3 *
history_open_for_reading (const char *path, GError **error)
{
  g_autofree char *at_rest = at_rest_find_uri (path);
  sqlite3 *database =
      open_file (path, at_rest, SQLITE_OPEN_READONLY | (at_rest ? SQLITE_OPEN_URI : 0), error);
  if (!database || check_kind (database, path, FALSE, error))
    return database;
  sqlite3_close (database);
  return NULL;
}

/* What was written last lies beside the old name, where SQLite would leave it, and play it into the
 * next file of that name. @patience: ms. FALSE: somebody still reads what would be overwritten. */
static gboolean
take_along (History *self, int patience)
{
  sqlite3_busy_timeout (self->database, patience);
  const int result =
      sqlite3_wal_checkpoint_v2 (self->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  sqlite3_busy_timeout (self->database, PATIENCE);
  if (result != SQLITE_OK && result != SQLITE_BUSY)
    say_fault (self, sqlite3_errmsg (self->database));
  return result != SQLITE_BUSY;
}

static void
close_database (History *self)
{
  sqlite3_stmt **const statements[] = {
      &self->insert_station, &self->find_station, &self->insert_song,  &self->update_song,
      &self->insert_minute,  &self->clean_songs,  &self->clean_minutes};
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    g_clear_pointer (statements[i], sqlite3_finalize);
  if (self->database && history_has_moved (self->database))
    take_along (self, PATIENCE);
  g_clear_pointer (&self->database, sqlite3_close);
  history_lock_release (&self->lock);
}

static gboolean
open_database (History *self, GError **error)
{
  self->database = open_file (self->path, NULL, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
  if (self->database && history_lock_take (self->database, self->path, &self->lock, error) &&
      check_kind (self->database, self->path, TRUE, error) && make_tables (self, error) &&
      prepare_all (self, error))
    return TRUE;
  close_database (self);
  return FALSE;
}

/* In another file stations have other numbers, and their last minute is not in there. */
static void
forget_ids (History *self)
{
  GHashTableIter stations;
  gpointer value;
  g_hash_table_iter_init (&stations, self->stations);
  while (g_hash_table_iter_next (&stations, NULL, &value)) {
    Pending *pending = value;
    pending->id = 0;
    pending->written = FALSE;
  }
}

/* What is written into a file that was moved or removed nobody finds: another one is begun, or,
 * where that fails, tried once a minute; and as long as somebody reads it so that it cannot take
 * all along, it is written into. Songs that play meanwhile keep their beginning. FALSE while there
 * is none. */
static gboolean
look_after_file (History *self)
{
  const gint64 now = g_get_monotonic_time ();
  if (now - self->looked < haste_span (LOOK))
    return self->database != NULL;
  self->looked = now;
  if (self->database && (!history_has_moved (self->database) || !take_along (self, 0)))
    return TRUE;
  if (self->database) {
    say_fault (self, _ ("the file was moved or removed; another one is begun"));
    self->faulty = FALSE; /* so that it is said, too, why that cannot be */
  }
  close_database (self);
  forget_ids (self);
  g_autoptr (GError) error = NULL;
  const gboolean good = open_database (self, &error);
  if (!good)
    say_fault (self, error->message);
  else
    self->faulty = FALSE;
  return good;
}

/* ---- what happens ---- */

static void
take_state (History *self, const StationEvent *event)
{
  const gboolean listens = event->state == STATION_LISTENING;
  Pending *pending =
      listens ? find (self, event) : g_hash_table_lookup (self->stations, event->uri);
  if (!pending || is_of_another (pending, event))
    return;
  const gboolean whole = event->state == STATION_ENDED && !event->asked;
  end_stream (self, pending, whole ? WHOLE : BROKEN_OFF);
  if (listens)
    pending->song_start = event->time / G_TIME_SPAN_SECOND;
  else
    end_minute (self, pending); /* who knows when it comes back */
  if (!listens && event->state != STATION_CONNECTING)
    g_clear_pointer (&pending->key, g_free); /* by another name it may be heard meanwhile */
}

/* What seems to be heard again is no row until the next song tells, which may never come. */
static void
give_up_late (History *self, const StationEvent *event)
{
  const gint64 now = event->time / G_TIME_SPAN_SECOND;
  GHashTableIter stations;
  gpointer value;
  if (ABS (now - self->gone_through) < PAUSE)
    return;
  self->gone_through = now;
  g_hash_table_iter_init (&stations, self->stations);
  while (g_hash_table_iter_next (&stations, NULL, &value)) {
    Pending *pending = value;
    if (pending->again && !pending->repeats && now - pending->broken.end > LATE)
      give_up_broken (self, pending);
  }
}

void
history_observe (const StationEvent *event, gpointer history)
{
  History *self = history;
  if (event->type != STATION_EVENT_ANSWER && event->type != STATION_EVENT_STATE)
    return;
  follow_clock (self, event);
  look_after_file (self);
  if (event->type == STATION_EVENT_ANSWER)
    take_answer (self, event);
  else
    take_state (self, event);
  give_up_late (self, event);
}

void
history_expect (History *self, GHashTable *keys)
{
  GHashTableIter known;
  gpointer value;
  g_hash_table_iter_init (&known, self->stations);
  while (g_hash_table_iter_next (&known, NULL, &value)) {
    Pending *pending = value;
    if (!pending->key || g_hash_table_contains (keys, pending->key))
      continue;
    end_stream (self, pending, BROKEN_OFF);
    give_up_broken (self, pending);
    end_minute (self, pending);
    g_clear_pointer (&pending->key, g_free);
  }
}

/* ---- upkeep ---- */

/* TRUE: there may be more. */
static gboolean
forget (History *self, sqlite3_stmt *statement, gint64 oldest)
{
  sqlite3_bind_int64 (statement, 1, oldest);
  return judge (self, step (self, statement)) == WRITTEN && sqlite3_changes (self->database) > 0;
}

/* TRUE: there may be more. */
static gboolean
give_back_pages (History *self)
{
  const gint64 before = query_number (self->database, "PRAGMA freelist_count");
  sqlite3_exec (self->database, "PRAGMA incremental_vacuum(" PAGES ")", NULL, NULL, NULL);
  const gint64 left = query_number (self->database, "PRAGMA freelist_count");
  return left > 0 && left < before;
}

static gboolean on_slice (gpointer user_data);

/* A little: who is told to keep less than before has a year to forget. */
static void
clean (History *self)
{
  if (!look_after_file (self))
    return;
  const gint64 oldest =
      g_get_real_time () / G_TIME_SPAN_SECOND - (gint64)self->keep * SECONDS_A_DAY;
  gboolean more = forget (self, self->clean_songs, oldest);
  more |= forget (self, self->clean_minutes, oldest);
  more |= give_back_pages (self);
  if (more)
    self->slice = g_timeout_add (SLICE_PAUSE, on_slice, self);
}

static gboolean
on_slice (gpointer user_data)
{
  History *self = user_data;
  self->slice = 0;
  clean (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_clean (gpointer user_data)
{
  History *self = user_data;
  if (self->slice == 0)
    clean (self);
  return G_SOURCE_CONTINUE;
}

/* ---- beginning and end ---- */

History *
history_open (const char *path, int keep, GError **error)
{
  History *self = g_new0 (History, 1);
  self->path = g_strdup (path);
  self->lock = HISTORY_LOCK_NONE;
  self->keep = keep;
  self->stations = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, pending_free);
  self->looked = g_get_monotonic_time ();
  self->clock = get_clock (g_get_real_time (), g_get_monotonic_time ());
  if (!open_database (self, error)) {
    history_close (self);
    return NULL;
  }
  if (keep > 0) {
    clean (self);
    self->clean = g_timeout_add ((guint)(haste_span (CLEANING) / 1000), on_clean, self);
  }
  return self;
}

void
history_close (History *self)
{
  if (!self)
    return;
  if (self->database)
    sqlite3_busy_timeout (self->database, PATIENCE); /* for the last time */
  GHashTableIter stations;
  gpointer pending;
  g_hash_table_iter_init (&stations, self->stations);
  while (g_hash_table_iter_next (&stations, NULL, &pending)) {
    end_song (self, pending, BROKEN_OFF); /* of a queue: others hear it to its end */
    give_up_broken (self, pending);
    write_minute (self, pending);
  }
  write_kept (self, MOST_KEPT);
  if (self->clean != 0)
    g_source_remove (self->clean);
  if (self->slice != 0)
    g_source_remove (self->slice);
  close_database (self);
  g_queue_clear_full (&self->kept, kept_free);
  g_hash_table_unref (self->stations);
  g_free (self->path);
  g_free (self);
}
