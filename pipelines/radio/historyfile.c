/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "historyfile.h"
#include "../atrest.h"
#include "historylock.h"
#include "../translation.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION_ID "1196573801" /* "GRdi": a file of this program */
#define VERSION_OF_TABLES "1"
#define LOG_PAGES "250" /* of the log: 1 MB, where SQLite's own 4 MB may be a small disk */

/* clang-format off */
G_DEFINE_QUARK (genre-history-error, history_error)
/* clang-format on */

const char *
history_file_get_fault (sqlite3 *database)
{
  const int result = sqlite3_errcode (database) & 0xff;
  const gboolean is_of_files = result == SQLITE_CANTOPEN || result == SQLITE_IOERR;
  const int reason = is_of_files ? sqlite3_system_errno (database) : 0;
  return reason != 0 ? g_strerror (reason) : sqlite3_errmsg (database);
}

void
history_file_set_error (GError **error, const char *path, sqlite3 *database)
{
  g_set_error (error, HISTORY_ERROR, 0, "%s: %s", path,
               database ? history_file_get_fault (database) : _ ("no memory"));
}

gint64
history_file_query (sqlite3 *database, const char *query)
{
  sqlite3_stmt *statement = NULL;
  gint64 number = -1;
  if (sqlite3_prepare_v2 (database, query, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW)
    number = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return number;
}

const char *
history_file_name_verdict (AnswerVerdict verdict)
{
  static const char *const names[] = {"music", "no music", "silence", "unknown"};
  return names[verdict];
}

AnswerVerdict
history_file_parse_verdict (const char *name)
{
  return strcmp (name, "no music") == 0  ? ANSWER_NO_MUSIC
         : strcmp (name, "silence") == 0 ? ANSWER_SILENCE
                                         : ANSWER_MUSIC;
}

/* ---- opening ---- */

/* Is it new and empty, or one of ours of this version? */
static gboolean
check_kind (sqlite3 *database, const char *path, gboolean may_be_new, GError **error)
{
  const gint64 n_tables = history_file_query (database, "SELECT count(*) FROM sqlite_schema");
  if (n_tables < 0) {
    history_file_set_error (error, path, database);
    return FALSE;
  }
  const gint64 id = history_file_query (database, "PRAGMA application_id");
  const gint64 version = history_file_query (database, "PRAGMA user_version");
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
execute (sqlite3 *database, const char *path, const char *statement, GError **error)
{
  if (sqlite3_exec (database, statement, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  history_file_set_error (error, path, database);
  return FALSE;
}

static gboolean
make_tables (sqlite3 *database, const char *path, GError **error)
{
  return execute (database, path,
                  "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;"
                  "PRAGMA wal_autocheckpoint=" LOG_PAGES ";"
                  "PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
                  error) &&
         execute (database, path,
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

/* URLs of stations may have passwords in them. SQLite gives what lies beside it the same mode. One
 * that is there keeps its own, and is not opened here: to close it would take SQLite's locks from
 * who reads it in this process. A fault is SQLite's to tell, which meets it, too. */
static void
make_private (const char *path)
{
  if (access (path, F_OK) == 0)
    return;
  const int file = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (file >= 0)
    close (file);
}

/* @uri: of the path, with more about it; or NULL. */
static sqlite3 *
open_file (const char *path, const char *uri, int flags, GError **error)
{
  sqlite3 *database = NULL;
  /* without a folder, some names are those of databases in memory */
  g_autofree char *name = uri || g_path_is_absolute (path) ? g_strdup (uri ? uri : path)
                                                           : g_strconcat ("./", path, NULL);
  if (sqlite3_open_v2 (name, &database, flags, NULL) != SQLITE_OK) {
    history_file_set_error (error, path, database);
    sqlite3_close (database);
    return NULL;
  }
  sqlite3_busy_timeout (database, HISTORY_FILE_PATIENCE);
  return database;
}

sqlite3 *
history_file_open_for_reading (const char *path, GError **error)
{
  g_autofree char *at_rest = at_rest_find_uri (path);
  sqlite3 *database =
      open_file (path, at_rest, SQLITE_OPEN_READONLY | (at_rest ? SQLITE_OPEN_URI : 0), error);
  if (!database || check_kind (database, path, FALSE, error))
    return database;
  sqlite3_close (database);
  return NULL;
}

sqlite3 *
history_file_open (const char *path, int *lock, GError **error)
{
  make_private (path);
  sqlite3 *database = open_file (path, NULL, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
  *lock = HISTORY_LOCK_NONE;
  if (database && history_lock_take (database, path, lock, error) &&
      check_kind (database, path, TRUE, error) && make_tables (database, path, error))
    return database;
  sqlite3_close (database);
  history_lock_release (lock);
  return NULL;
}

gboolean
history_file_has_moved (sqlite3 *database)
{
  int moved = FALSE;
  return sqlite3_file_control (database, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved;
}
