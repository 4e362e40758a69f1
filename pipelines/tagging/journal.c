/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal.h"
#include "../atrest.h"
#include "../filepath.h"
#include "../translation.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERSION_OF_SCHEMA 3
#define PATIENCE 60000 /* ms, for others that write */
#define IMPATIENCE 100 /* ms, where they have been waited for in vain */
#define TO_STRING_(x) #x
#define TO_STRING(x) TO_STRING_ (x)

struct _Journal {
  sqlite3 *database;
  char *file;
  int locks;  /* a byte for each run, whose holder lives; -1: only reading */
  gint64 run; /* number of this one, 0: it has not changed anything yet */
};

/* Not each journal of this version has it: it was made without. */
#define INDEX_OF_DIGESTS "CREATE INDEX IF NOT EXISTS changes_by_digest ON changes (after_digest);"

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS files ("
    " path BLOB PRIMARY KEY, time TEXT NOT NULL,"
    " action TEXT NOT NULL, fault TEXT, tagged TEXT,"
    " hearing TEXT, answer TEXT, heard_time TEXT,"
    " heard_size INTEGER, heard_mtime INTEGER, heard_inode INTEGER) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS changes ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL, run INTEGER NOT NULL,"
    " state INTEGER NOT NULL, time TEXT NOT NULL, concluded TEXT,"
    " genre_before TEXT, genre TEXT, kept_time INTEGER NOT NULL,"
    " before_size INTEGER, before_mtime INTEGER, before_inode INTEGER, before_digest TEXT,"
    " after_size INTEGER, after_mtime INTEGER, after_inode INTEGER, after_digest TEXT,"
    " undo_size INTEGER, undo_digest TEXT, delta BLOB, pieces BLOB, n_genres_before INTEGER);"
    "CREATE INDEX IF NOT EXISTS changes_of_path ON changes (path, state);"
    "CREATE INDEX IF NOT EXISTS changes_in_state ON changes (state);"
    "CREATE INDEX IF NOT EXISTS changes_by_result ON changes (after_inode);" INDEX_OF_DIGESTS
    "PRAGMA user_version = " TO_STRING (VERSION_OF_SCHEMA) ";";

/* From the version before it, without indices; NULL: everything is new. */
static const char *const migrations[VERSION_OF_SCHEMA] = {
    NULL,
    "ALTER TABLE changes ADD COLUMN pieces BLOB;"
    "ALTER TABLE changes ADD COLUMN n_genres_before INTEGER;",
    ""};

#define NOW "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
#define BELOW "(path = ?1 OR (path >= ?8 AND path < ?9))" /* bind_below() */
#define STAYS "?11 AND action = 'written'"
#define IN_STATE "+state = ?2" /* not by its index: most changes are in one state */
/* No other change goes on from what one of CHANGES has made of a file, nor has another run noted
 * the same: files that had one name, one after the other, have each a last change. */
#define IS_LAST IS_FOLLOWED_BY_NONE (WAS_EDITED_IN_PLACE)
/* Nor has one begun with the same bytes: most often a person has brought a file back in between. */
#define IS_LAST_OF_ITS_SONG                                                                        \
  IS_FOLLOWED_BY_NONE (WAS_EDITED_IN_PLACE " OR later.before_digest = changes.before_digest")
/* A number alone may be another file's, which got it when it was free again. */
#define WAS_EDITED_IN_PLACE                                                                        \
  " OR (later.before_inode = changes.after_inode AND later.before_size = changes.after_size)"
#define IS_FOLLOWED_BY_NONE(other)                                                                 \
  "NOT EXISTS (SELECT 1 FROM changes AS later WHERE later.path = changes.path"                     \
  " AND later.state = changes.state AND later.id > changes.id"                                     \
  " AND (later.before_digest = changes.after_digest OR (later.after_digest = changes.after_digest" \
  " AND later.after_inode = changes.after_inode AND later.after_mtime = "                          \
  "changes.after_mtime)" other "))"
#define COLUMNS_OF_CHANGE                                                                          \
  "id, path, genre_before, genre, kept_time, before_size, before_mtime, before_inode,"             \
  " before_digest, after_size, after_mtime, after_inode, after_digest, delta, pieces, "            \
  "n_genres_before"

/* ---- SQLite ---- */

typedef sqlite3_stmt Statement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Statement, sqlite3_finalize)

static gboolean
fail (const Journal *self, GError **error)
{
  const int code = self->database ? sqlite3_system_errno (self->database) : 0;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, N_ ("the journal %s: %s%s%s"), self->file,
               self->database ? sqlite3_errmsg (self->database) : N_ ("no memory"),
               code != 0 ? ": " : "", code != 0 ? g_strerror (code) : "");
  return FALSE;
}

static gboolean
execute (Journal *self, const char *text, GError **error)
{
  return sqlite3_exec (self->database, text, NULL, NULL, NULL) == SQLITE_OK || fail (self, error);
}

static Statement *
prepare (Journal *self, const char *text, GError **error)
{
  Statement *statement = NULL;
  if (sqlite3_prepare_v2 (self->database, text, -1, &statement, NULL) != SQLITE_OK)
    fail (self, error);
  return statement;
}

static void
bind_text (Statement *self, int at, const char *text)
{
  if (text)
    sqlite3_bind_text (self, at, text, -1, SQLITE_TRANSIENT);
}

static void
bind_path (Statement *self, int at, const char *path)
{
  if (path)
    sqlite3_bind_blob (self, at, path, (int)strlen (path), SQLITE_TRANSIENT);
}

static void
bind_bytes (Statement *self, int at, GBytes *bytes)
{
  gsize n = 0;
  const void *data = bytes ? g_bytes_get_data (bytes, &n) : NULL;
  sqlite3_bind_blob64 (self, at, data, n, SQLITE_TRANSIENT);
}

/* A folder without a slash at its end, or a file; NULL: everything. '0' follows '/'. */
static void
bind_below (Statement *self, const char *folder)
{
  g_autofree char *from = g_strconcat (folder ? folder : "", "/", NULL);
  g_autofree char *to = g_strconcat (folder ? folder : "", "0", NULL);
  bind_path (self, 1, folder);
  bind_path (self, 8, from);
  bind_path (self, 9, to);
}

static char *
get_path (Statement *self, int column)
{
  return g_strndup (sqlite3_column_blob (self, column), (gsize)sqlite3_column_bytes (self, column));
}

static GBytes *
get_bytes (Statement *self, int column)
{
  const void *data = sqlite3_column_blob (self, column);
  return data ? g_bytes_new (data, (gsize)sqlite3_column_bytes (self, column)) : NULL;
}

static const char *
get_text (Statement *self, int column)
{
  return (const char *)sqlite3_column_text (self, column);
}

/* Size, mtime, inode and digest. */
static void
get_version (Statement *self, int column, FileVersion *version)
{
  version->size = sqlite3_column_int64 (self, column);
  version->mtime = sqlite3_column_int64 (self, column + 1);
  version->inode = sqlite3_column_int64 (self, column + 2);
  version->digest = g_strdup (get_text (self, column + 3));
}

/* All its work, without an answer. */
static gboolean
run_statement (Journal *self, Statement *statement, GError **error)
{
  return (statement && sqlite3_step (statement) == SQLITE_DONE) || fail (self, error);
}

/* FALSE: there are no more rows, or an error. */
static gboolean
next_row (Journal *self, Statement *statement, GError **error)
{
  const int code = sqlite3_step (statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    fail (self, error);
  return code == SQLITE_ROW;
}

/* ---- opening and closing ---- */

/* A relative folder would be another one wherever one is: it counts as none, as the XDG Base
 * Directory Specification says. */
char *
journal_default_file (GError **error)
{
  const char *state = g_get_user_state_dir (), *home = g_get_home_dir ();
  if (g_path_is_absolute (state))
    return g_build_filename (state, "genreclassify", "journal.sqlite", NULL);
  if (g_path_is_absolute (home))
    return g_build_filename (home, ".local", "state", "genreclassify", "journal.sqlite", NULL);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
               N_ ("HOME is \"%s\", expected an absolute path: the journal is below it"), home);
  return NULL;
}

gboolean
journal_is_there (const char *file)
{
  struct stat status;
  return stat (file, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

char *
journal_path_of (const char *path)
{
  return file_path_resolve (path);
}

static gboolean
has_moved (Journal *self)
{
  int moved = 0;
  return sqlite3_file_control (self->database, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
             SQLITE_OK &&
         moved;
}

/* What was written last lies beside its name; where it has another one now, SQLite would leave that
 * there. */
void
journal_free (Journal *self)
{
  if (!self)
    return;
  if (self->database && has_moved (self))
    sqlite3_wal_checkpoint_v2 (self->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  sqlite3_close (self->database);
  if (self->locks >= 0)
    close (self->locks);
  g_free (self->file);
  g_free (self);
}

static gboolean
check_version (Journal *self, int *version, GError **error)
{
  g_autoptr (Statement) statement = prepare (self, "PRAGMA user_version", error);
  if (!statement || !next_row (self, statement, error))
    return FALSE;
  *version = sqlite3_column_int (statement, 0);
  if (*version <= VERSION_OF_SCHEMA)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               N_ ("the journal %s has version %d, expected %d: a newer genre-tag has written it"),
               self->file, *version, VERSION_OF_SCHEMA);
  return FALSE;
}

/* @uri: of the file, with more about it; or NULL. */
static gboolean
open_database (Journal *self, const char *uri, int flags, GError **error)
{
  /* without a folder, some names are those of databases in memory */
  g_autofree char *path = g_path_is_absolute (self->file) ? g_strdup (self->file)
                                                          : g_strconcat ("./", self->file, NULL);
  if (sqlite3_open_v2 (uri ? uri : path, &self->database, flags, NULL) != SQLITE_OK)
    return fail (self, error);
  sqlite3_busy_timeout (self->database, PATIENCE);
  return TRUE;
}

static gboolean
make_folder (const Journal *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->file);
  if (g_mkdir_with_parents (folder, 0700) == 0)
    return TRUE;
  const int code = errno;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
               N_ ("the journal's folder %s cannot be made: %s"), folder, g_strerror (code));
  return FALSE;
}

/* In a file of its own: SQLite has locks of its own in the database. Beside what all links lead to:
 * runs that reach one journal by several names must see each other's locks. */
static gboolean
open_locks (Journal *self, GError **error)
{
  const char *database = sqlite3_db_filename (self->database, "main");
  g_autofree char *file = g_strconcat (database, "-runs", NULL);
  self->locks = open (file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->locks >= 0)
    return TRUE;
  const int code = errno;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), N_ ("the journal's %s: %s"),
               file, g_strerror (code));
  return FALSE;
}

static gboolean
lock_run (const Journal *self, gint64 run, short type, int command)
{
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = run, .l_len = 1};
  return fcntl (self->locks, command, &lock) == 0;
}

/* Where memory cannot be shared, SQLite keeps to its older way. */
static gboolean
set_up_alone (Journal *self, GError **error)
{
  int version;
  if (!execute (self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", error) ||
      !check_version (self, &version, error))
    return FALSE;
  if (version == VERSION_OF_SCHEMA)
    return execute (self, "BEGIN IMMEDIATE; " INDEX_OF_DIGESTS " COMMIT;",
                    error) || /* can it be written? */
           (execute (self, "ROLLBACK", NULL), FALSE);
  g_autoptr (GString) text = g_string_new ("BEGIN IMMEDIATE; ");
  for (int from = MAX (version, 0); from > 0 && from < VERSION_OF_SCHEMA; from++)
    g_string_append (text, migrations[from]);
  g_string_append_printf (text, "%sCOMMIT;", schema);
  return execute (self, text->str, error) || (execute (self, "ROLLBACK", NULL), FALSE);
}

/* One after the other: SQLite does not wait for another process that changes the mode as well. No
 * run has the number 0. */
static gboolean
set_up (Journal *self, GError **error)
{
  lock_run (self, 0, F_WRLCK, F_OFD_SETLKW); /* without it, it may have to be tried again */
  const gboolean good = set_up_alone (self, error);
  lock_run (self, 0, F_UNLCK, F_OFD_SETLK);
  return good;
}

static Journal *
journal_new (const char *file)
{
  Journal *self = g_new0 (Journal, 1);
  self->file = g_strdup (file);
  self->locks = -1;
  return self;
}

Journal *
journal_open (const char *file, GError **error)
{
  g_autoptr (Journal) self = journal_new (file);
  const mode_t mask = umask (0077); /* whose music that is, is nobody's business */
  const gboolean good =
      make_folder (self, error) &&
      open_database (self, NULL, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error) &&
      open_locks (self, error) && set_up (self, error);
  umask (mask);
  return good ? g_steal_pointer (&self) : NULL;
}

Journal *
journal_open_existing (const char *file, GError **error)
{
  g_autoptr (Journal) self = journal_new (file);
  int version;
  if (!journal_is_there (file))
    return NULL;
  g_autofree char *at_rest = at_rest_find_uri (file);
  const int flags = at_rest ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE;
  if (!open_database (self, at_rest, flags, error) || !check_version (self, &version, error))
    return NULL;
  return version > 0 ? g_steal_pointer (&self) : NULL;
}

void
journal_set_patient (Journal *self, gboolean patient)
{
  sqlite3_busy_timeout (self->database, patient ? PATIENCE : IMPATIENCE);
}

/* ---- what has been heard ---- */

gboolean
journal_put (Journal *self, const JournalEntry *entry, GError **error)
{
  g_autoptr (Statement) statement =
      prepare (self,
               "INSERT INTO files (path, time, action, fault, tagged, hearing, answer, heard_time,"
               " heard_size, heard_mtime, heard_inode) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
               " CASE WHEN ?7 IS NULL THEN NULL ELSE ?2 END, ?8, ?9, ?10)"
               " ON CONFLICT (path) DO UPDATE SET time = CASE WHEN " STAYS " THEN time ELSE ?2 END,"
               " fault = CASE WHEN " STAYS " THEN fault ELSE ?4 END,"
               " tagged = CASE WHEN " STAYS " THEN tagged ELSE ?5 END,"
               " action = CASE WHEN " STAYS " THEN action ELSE ?3 END,"
               " hearing = coalesce(?6, hearing), answer = coalesce(?7, answer),"
               " heard_time = CASE WHEN ?7 IS NULL THEN heard_time ELSE ?2 END,"
               " heard_size = CASE WHEN ?7 IS NULL THEN heard_size ELSE ?8 END,"
               " heard_mtime = CASE WHEN ?7 IS NULL THEN heard_mtime ELSE ?9 END,"
               " heard_inode = CASE WHEN ?7 IS NULL THEN heard_inode ELSE ?10 END",
               error);
  if (!statement)
    return FALSE;
  bind_path (statement, 1, entry->path);
  bind_text (statement, 2, entry->time);
  bind_text (statement, 3, entry->action);
  bind_text (statement, 4, entry->fault);
  bind_text (statement, 5, entry->tagged);
  bind_text (statement, 6, entry->hearing);
  bind_text (statement, 7, entry->answer);
  sqlite3_bind_int64 (statement, 8, entry->version.size);
  sqlite3_bind_int64 (statement, 9, entry->version.mtime);
  sqlite3_bind_int64 (statement, 10, entry->version.inode);
  sqlite3_bind_int (statement, 11, entry->is_passing);
  return run_statement (self, statement, error);
}

gboolean
journal_find (Journal *self, const char *path, const char *hearing, FileVersion *version,
              char **answer)
{
  g_autoptr (Statement) statement =
      prepare (self,
               "SELECT answer, heard_size, heard_mtime, heard_inode FROM files"
               " WHERE path = ?1 AND hearing = ?2 AND answer IS NOT NULL",
               NULL);
  if (!statement)
    return FALSE;
  bind_path (statement, 1, path);
  bind_text (statement, 2, hearing);
  if (!next_row (self, statement, NULL))
    return FALSE;
  *answer = g_strdup (get_text (statement, 0));
  *version = (FileVersion){sqlite3_column_int64 (statement, 1), sqlite3_column_int64 (statement, 2),
                           sqlite3_column_int64 (statement, 3), NULL};
  return TRUE;
}

gboolean
journal_visit (Journal *self, const char *folder, JournalVisit visit, gpointer user_data,
               GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (Statement) statement =
      prepare (self,
               "SELECT path, answer, action, fault, tagged, EXISTS (SELECT 1 FROM changes"
               " WHERE changes.path = files.path AND changes.state = ?2) FROM files"
               " WHERE " BELOW " ORDER BY path",
               error);
  if (!statement)
    return FALSE;
  bind_below (statement, folder);
  sqlite3_bind_int (statement, 2, CHANGE_WRITTEN);
  while (next_row (self, statement, &local)) {
    g_autofree char *path = get_path (statement, 0);
    const JournalEntry entry = {.path = path,
                                .answer = get_text (statement, 1),
                                .action = get_text (statement, 2),
                                .fault = get_text (statement, 3),
                                .tagged = get_text (statement, 4),
                                .is_written = sqlite3_column_int (statement, 5)};
    visit (&entry, user_data);
  }
  if (!local)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- runs ---- */

/* The lock goes when the last process that has it open is gone: workers count. */
gboolean
journal_begin_run (Journal *self, GError **error)
{
  if (self->run > 0)
    return TRUE;
  g_autoptr (Statement) statement =
      prepare (self, "INSERT INTO runs (time) VALUES (" NOW ")", error);
  if (!statement || !run_statement (self, statement, error))
    return FALSE;
  const gint64 run = sqlite3_last_insert_rowid (self->database);
  if (!lock_run (self, run, F_WRLCK, F_OFD_SETLK)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                 N_ ("the journal %s cannot be locked: %s"), self->file, g_strerror (errno));
    return FALSE;
  }
  self->run = run;
  return TRUE;
}

gint64
journal_get_run (const Journal *self)
{
  return self->run;
}

/* By somebody else, or by ourselves. */
static gboolean
run_lives (const Journal *self, gint64 run)
{
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run, .l_len = 1};
  return run == self->run ||
         (fcntl (self->locks, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK);
}

/* ---- changes ---- */

static void
bind_version (Statement *self, int at, const FileVersion *version)
{
  sqlite3_bind_int64 (self, at, version->size);
  sqlite3_bind_int64 (self, at + 1, version->mtime);
  sqlite3_bind_int64 (self, at + 2, version->inode);
  bind_text (self, at + 3, version->digest);
}

static gboolean
insert_change (Journal *self, const Change *change, GError **error)
{
  g_autoptr (Statement) statement = prepare (
      self,
      "INSERT INTO changes (run, state, time, path, genre_before, genre, kept_time,"
      " before_size, before_mtime, before_inode, before_digest,"
      " after_size, after_mtime, after_inode, after_digest, delta, pieces,"
      " n_genres_before) VALUES"
      " (?1, ?2, " NOW ", ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
      error);
  if (!statement)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->run);
  sqlite3_bind_int (statement, 2, CHANGE_INTENDED);
  bind_path (statement, 3, change->path);
  bind_text (statement, 4, change->genre_before);
  bind_text (statement, 5, change->genre);
  sqlite3_bind_int (statement, 6, change->kept_time);
  bind_version (statement, 7, &change->before);
  bind_version (statement, 11, &change->after);
  bind_bytes (statement, 15, change->delta);
  bind_bytes (statement, 16, change->pieces);
  sqlite3_bind_int (statement, 17, (int)change->n_genres_before);
  return run_statement (self, statement, error);
}

/* What is written into a database without a name is gone with this process. */
static gboolean
has_its_name (Journal *self, GError **error)
{
  if (!has_moved (self))
    return TRUE;
  g_set_error (
      error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
      N_ ("the journal %s has been moved or deleted meanwhile: what is written now could not "
          "be undone"),
      self->file);
  return FALSE;
}

/* What is only noted may be lost with the power; what a file will depend on may not. */
static gboolean
begin_durably (Journal *self, GError **error)
{
  return has_its_name (self, error) && journal_begin_run (self, error) &&
         execute (self, "PRAGMA synchronous = FULL; BEGIN IMMEDIATE", error);
}

static gboolean
commit_durably (Journal *self, gboolean good, GError **error)
{
  good = good && execute (self, "COMMIT", error);
  if (!good)
    execute (self, "ROLLBACK", NULL);
  execute (self, "PRAGMA synchronous = NORMAL", NULL);
  return good;
}

/* Another file, or none, has this name now. */
static gboolean
is_elsewhere (const char *path, const FileVersion *version)
{
  struct stat status;
  FileVersion there = {0};
  if (lstat (path, &status) != 0)
    return errno == ENOENT || errno == ENOTDIR;
  file_version_set (&there, &status);
  return !file_version_is_same (&there, version);
}

/* The change under another name, before @later, that made this version of a file, which has that
 * name no more. @version becomes that of before it. Not one from which that other name has gone on
 * (it was a copy's that shared the file), and not by the bytes alone: this file may be a copy of
 * one that is somewhere else. 0: there is none, or an error. */
static gint64
find_former (Journal *self, const char *path, gint64 later, FileVersion *version, GError **error)
{
  g_autoptr (Statement) statement =
      prepare (self,
               "SELECT id, path, before_size, before_mtime, before_inode, before_digest"
               " FROM changes AS former"
               " WHERE after_inode = ?1 AND after_mtime = ?2 AND after_size = ?3"
               " AND +state IN (?4, ?8) AND path != ?5 AND id < ?6"
               " AND NOT EXISTS (SELECT 1 FROM changes AS next WHERE next.path = former.path"
               " AND next.state = ?4 AND next.id > former.id AND ((next.before_inode = ?1"
               " AND next.before_mtime = ?2) OR next.before_digest = ?7)) ORDER BY id DESC",
               error);
  if (!statement)
    return 0;
  sqlite3_bind_int64 (statement, 1, version->inode);
  sqlite3_bind_int64 (statement, 2, version->mtime);
  sqlite3_bind_int64 (statement, 3, version->size);
  sqlite3_bind_int (statement, 4, CHANGE_WRITTEN);
  bind_path (statement, 5, path);
  sqlite3_bind_int64 (statement, 6, later);
  bind_text (statement, 7, version->digest);
  sqlite3_bind_int (statement, 8, CHANGE_PASSED);
  while (next_row (self, statement, error)) {
    g_autofree char *former = get_path (statement, 1);
    if (!is_elsewhere (former, version))
      continue;
    g_free (version->digest);
    get_version (statement, 2, version);
    return sqlite3_column_int64 (statement, 0);
  }
  return 0;
}

/* If it was passed over, the file that it has made is here. */
static gboolean
rename_change (Journal *self, gint64 id, const char *path, GError **error)
{
  g_autoptr (Statement) statement =
      prepare (self, "UPDATE changes SET path = ?2, state = ?3 WHERE id = ?1", error);
  if (!statement)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  bind_path (statement, 2, path);
  sqlite3_bind_int (statement, 3, CHANGE_WRITTEN);
  return run_statement (self, statement, error);
}

/* What was written into a file while it had another name belongs to its new name, or undoing would
 * stop at the first change under that. */
static gboolean
follow_renamed (Journal *self, const Change *change, GError **error)
{
  g_autoptr (GError) local = NULL;
  FileVersion version = change->before;
  gint64 former = G_MAXINT64;
  gboolean good = TRUE;
  version.digest = g_strdup (version.digest);
  while (good && (former = find_former (self, change->path, former, &version, &local)) != 0)
    good = rename_change (self, former, change->path, error);
  g_free (version.digest);
  if (!local)
    return good;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
journal_intend (Journal *self, Change *change, GError **error)
{
  if (!begin_durably (self, error))
    return FALSE;
  const gboolean good = follow_renamed (self, change, error) && insert_change (self, change, error);
  change->id = sqlite3_last_insert_rowid (self->database);
  return commit_durably (self, good, error);
}

/* @open: only what is still as it says; NULL: in any case. */
static gboolean
update_state (Journal *self, gint64 id, const OpenChange *open, ChangeState state,
              const FileVersion *after, GError **error)
{
  g_autoptr (Statement) statement =
      prepare (self,
               "UPDATE changes SET state = ?2, concluded = " NOW ","
               " after_mtime = CASE WHEN ?3 THEN ?4 ELSE after_mtime END,"
               " after_inode = CASE WHEN ?3 THEN ?5 ELSE after_inode END,"
               " delta = CASE WHEN ?2 IN (?6, ?7) THEN NULL ELSE delta END"
               " WHERE id = ?1 AND (?8 OR (state = ?9 AND run = ?10))",
               error);
  if (!statement)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int (statement, 2, (int)state);
  sqlite3_bind_int (statement, 3, after && state == CHANGE_WRITTEN);
  sqlite3_bind_int64 (statement, 4, after ? after->mtime : 0);
  sqlite3_bind_int64 (statement, 5, after ? after->inode : 0);
  sqlite3_bind_int (statement, 6, CHANGE_UNDONE); /* nobody needs it any more */
  sqlite3_bind_int (statement, 7, CHANGE_ABANDONED);
  sqlite3_bind_int (statement, 8, !open);
  sqlite3_bind_int (statement, 9, open ? (int)open->state : 0);
  sqlite3_bind_int64 (statement, 10, open ? open->run : 0);
  return run_statement (self, statement, error);
}

/* The sound is the same, so what was heard holds: of the version that was written over, or undone.
 */
static gboolean
keep_answer (Journal *self, gint64 id, gboolean written, const FileVersion *after, GError **error)
{
  g_autoptr (Statement) statement =
      prepare (self,
               "UPDATE files SET heard_size = ?2, heard_mtime = ?3, heard_inode = ?4"
               " FROM changes WHERE changes.id = ?1 AND files.path = changes.path AND"
               " heard_size = CASE WHEN ?5 THEN before_size ELSE after_size END AND"
               " heard_mtime = CASE WHEN ?5 THEN before_mtime ELSE after_mtime END AND"
               " heard_inode = CASE WHEN ?5 THEN before_inode ELSE after_inode END",
               error);
  if (!statement)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int64 (statement, 2, after->size);
  sqlite3_bind_int64 (statement, 3, after->mtime);
  sqlite3_bind_int64 (statement, 4, after->inode);
  sqlite3_bind_int (statement, 5, written);
  return run_statement (self, statement, error);
}

gboolean
journal_conclude (Journal *self, gint64 id, ChangeState state, const FileVersion *after,
                  GError **error)
{
  return update_state (self, id, NULL, state, after, error) &&
         (!after || keep_answer (self, id, state == CHANGE_WRITTEN, after, error));
}

gboolean
journal_settle (Journal *self, const OpenChange *open, ChangeState *state, const FileVersion *after,
                GError **error)
{
  const gint64 id = open->change->id;
  if (!update_state (self, id, open, *state, after, error))
    return FALSE;
  if (sqlite3_changes (self->database) > 0)
    return !after || keep_answer (self, id, *state == CHANGE_WRITTEN, after, error);
  *state = open->state;
  return TRUE;
}

static gboolean
mark_undoing (Journal *self, gint64 id, const char *path, const FileVersion *target, GError **error)
{
  g_autoptr (Statement) statement =
      prepare (self,
               "UPDATE changes SET state = ?2, run = ?3, undo_size = ?4, undo_digest = ?5,"
               " path = ?6 WHERE id = ?1 AND state NOT IN (?7, ?8)",
               error);
  if (!statement)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int (statement, 2, CHANGE_UNDOING);
  sqlite3_bind_int64 (statement, 3, self->run);
  sqlite3_bind_int64 (statement, 4, target->size);
  bind_text (statement, 5, target->digest);
  bind_path (statement, 6, path);
  sqlite3_bind_int (statement, 7, CHANGE_UNDONE);
  sqlite3_bind_int (statement, 8, CHANGE_ABANDONED);
  if (!run_statement (self, statement, error))
    return FALSE;
  if (sqlite3_changes (self->database) > 0)
    return TRUE;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_AGAIN,
                       N_ ("another run has taken it back meanwhile"));
  return FALSE;
}

gboolean
journal_intend_undo (Journal *self, GArray *ids, const char *path, const FileVersion *target,
                     GError **error)
{
  if (!begin_durably (self, error))
    return FALSE;
  gboolean good = TRUE;
  for (guint i = 0; good && i < ids->len; i++)
    good = mark_undoing (self, g_array_index (ids, gint64, i), path, target, error);
  return commit_durably (self, good, error);
}

gboolean
journal_pass_over (Journal *self, gint64 id, GError **error)
{
  g_autoptr (Statement) statement = prepare (self,
                                             "UPDATE changes SET state = ?2, concluded = " NOW
                                             " WHERE id = ?1 AND (state IN (?3, ?4) OR (state = ?5"
                                             " AND run = ?6))",
                                             error);
  if (!statement)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int (statement, 2, CHANGE_PASSED);
  sqlite3_bind_int (statement, 3, CHANGE_WRITTEN);
  sqlite3_bind_int (statement, 4, CHANGE_LOST);
  sqlite3_bind_int (statement, 5, CHANGE_UNDOING);
  sqlite3_bind_int64 (statement, 6, self->run);
  return run_statement (self, statement, error);
}

/* ---- finding changes ---- */

/* COLUMNS_OF_CHANGE */
static Change *
get_change (Statement *self)
{
  Change *change = change_new ();
  change->id = sqlite3_column_int64 (self, 0);
  change->path = get_path (self, 1);
  change->genre_before = g_strdup (get_text (self, 2));
  change->genre = g_strdup (get_text (self, 3));
  change->kept_time = sqlite3_column_int (self, 4);
  get_version (self, 5, &change->before);
  get_version (self, 9, &change->after);
  change->delta = get_bytes (self, 13);
  change->pieces = get_bytes (self, 14);
  change->n_genres_before = (guint)MAX (sqlite3_column_int (self, 15), 0);
  return change;
}

GPtrArray *
journal_list_changed (Journal *self, const char *folder, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Statement) statement = prepare (
      self,
      "SELECT DISTINCT path FROM changes WHERE +state IN (?2, ?3) AND " BELOW " ORDER BY path",
      error);
  if (!statement)
    return NULL;
  bind_below (statement, folder);
  sqlite3_bind_int (statement, 2, CHANGE_WRITTEN);
  sqlite3_bind_int (statement, 3, CHANGE_LOST);
  while (next_row (self, statement, &local))
    g_ptr_array_add (paths, get_path (statement, 0));
  if (!local)
    return g_steal_pointer (&paths);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

GPtrArray *
journal_list_last_changes (Journal *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  g_autoptr (Statement) statement =
      prepare (self,
               "SELECT id, path, after_size, after_mtime, after_inode, after_digest, state"
               " FROM changes WHERE +state IN (?1, ?2) AND " IS_LAST " ORDER BY path, id",
               error);
  if (!statement)
    return NULL;
  sqlite3_bind_int (statement, 1, CHANGE_WRITTEN);
  sqlite3_bind_int (statement, 2, CHANGE_PASSED);
  while (next_row (self, statement, &local)) {
    Change *change = change_new ();
    change->id = sqlite3_column_int64 (statement, 0);
    change->path = get_path (statement, 1);
    get_version (statement, 2, &change->after);
    change->state = (ChangeState)sqlite3_column_int (statement, 6);
    g_ptr_array_add (changes, change);
  }
  if (!local)
    return g_steal_pointer (&changes);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

GPtrArray *
journal_find_changes (Journal *self, const char *path, ChangeState state, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  g_autoptr (Statement) statement = prepare (
      self,
      "SELECT " COLUMNS_OF_CHANGE " FROM changes WHERE path = ?1 AND state = ?2 ORDER BY id DESC",
      error);
  if (!statement)
    return NULL;
  bind_path (statement, 1, path);
  sqlite3_bind_int (statement, 2, (int)state);
  while (next_row (self, statement, &local)) {
    Change *change = get_change (statement);
    change->state = state;
    g_ptr_array_add (changes, change);
  }
  if (!local)
    return g_steal_pointer (&changes);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* @statement: COLUMNS_OF_CHANGE, state, run. Without what a run that lives has yet to write. */
static GPtrArray *
list_but_of_the_living (Journal *self, Statement *statement, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  while (next_row (self, statement, &local)) {
    const ChangeState state = (ChangeState)sqlite3_column_int (statement, 16);
    if (state == CHANGE_INTENDED && run_lives (self, sqlite3_column_int64 (statement, 17)))
      continue;
    Change *change = get_change (statement);
    change->state = state;
    g_ptr_array_add (changes, change);
  }
  if (!local)
    return g_steal_pointer (&changes);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

GPtrArray *
journal_find_undoable (Journal *self, const char *path, GError **error)
{
  g_autoptr (Statement) statement =
      prepare (self,
               "SELECT " COLUMNS_OF_CHANGE ", state, run FROM changes WHERE path = ?1"
               " AND state IN (?2, ?3, ?4, ?5, ?6) ORDER BY id DESC",
               error);
  if (!statement)
    return NULL;
  bind_path (statement, 1, path);
  sqlite3_bind_int (statement, 2, CHANGE_WRITTEN);
  sqlite3_bind_int (statement, 3, CHANGE_LOST);
  sqlite3_bind_int (statement, 4, CHANGE_INTENDED);
  sqlite3_bind_int (statement, 5, CHANGE_UNDOING);
  sqlite3_bind_int (statement, 6, CHANGE_PASSED);
  return list_but_of_the_living (self, statement, error);
}

GPtrArray *
journal_list_doubtful (Journal *self, GError **error)
{
  g_autoptr (Statement) statement =
      prepare (self,
               "SELECT " COLUMNS_OF_CHANGE
               ", state, run FROM changes WHERE state IN (?1, ?2, ?3) ORDER BY id",
               error);
  if (!statement)
    return NULL;
  sqlite3_bind_int (statement, 1, CHANGE_INTENDED);
  sqlite3_bind_int (statement, 2, CHANGE_UNDOING);
  sqlite3_bind_int (statement, 3, CHANGE_LOST);
  return list_but_of_the_living (self, statement, error);
}

guint
journal_count_changes (Journal *self, const char *folder, ChangeState state)
{
  g_autoptr (Statement) statement = prepare (self,
                                             "SELECT count(*) FROM changes WHERE " IN_STATE
                                             " AND " BELOW " AND " IS_LAST_OF_ITS_SONG,
                                             NULL);
  if (!statement)
    return 0;
  bind_below (statement, folder);
  sqlite3_bind_int (statement, 2, (int)state);
  return next_row (self, statement, NULL) ? (guint)sqlite3_column_int (statement, 0) : 0;
}

static gboolean
finds_any (Journal *self, const char *query, const char *folder)
{
  g_autoptr (Statement) statement = prepare (self, query, NULL);
  if (!statement)
    return FALSE;
  bind_below (statement, folder);
  return next_row (self, statement, NULL);
}

gboolean
journal_knows_changes (Journal *self, const char *folder)
{
  return finds_any (self, "SELECT 1 FROM changes WHERE " BELOW " LIMIT 1", folder);
}

gboolean
journal_knows_files (Journal *self, const char *folder)
{
  return finds_any (self, "SELECT 1 FROM files WHERE " BELOW " LIMIT 1", folder);
}

static void
open_change_free (gpointer data)
{
  OpenChange *self = data;
  change_free (self->change);
  g_free (self->undo_digest);
  g_free (self);
}

GPtrArray *
journal_list_open (Journal *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (open_change_free);
  g_autoptr (Statement) statement =
      prepare (self,
               "SELECT " COLUMNS_OF_CHANGE ", state, undo_digest, undo_size, run FROM changes"
               " WHERE state IN (?1, ?2) ORDER BY id",
               error);
  if (!statement)
    return NULL;
  sqlite3_bind_int (statement, 1, CHANGE_INTENDED);
  sqlite3_bind_int (statement, 2, CHANGE_UNDOING);
  while (next_row (self, statement, &local)) {
    const gint64 run = sqlite3_column_int64 (statement, 19);
    if (run_lives (self, run))
      continue;
    OpenChange *change = g_new0 (OpenChange, 1);
    change->run = run;
    change->change = get_change (statement);
    change->state = (ChangeState)sqlite3_column_int (statement, 16);
    change->undo_digest = g_strdup (get_text (statement, 17));
    change->undo_size = sqlite3_column_int64 (statement, 18);
    g_ptr_array_add (changes, change);
  }
  if (!local)
    return g_steal_pointer (&changes);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
