/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One change of one file's tags: what it was before, what it is afterwards, and how to get from
 * there back. */
#pragma once
#include <sys/stat.h>
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

typedef struct {
  gint64 size, mtime, inode; /* bytes, file_version_time(), number */
  char *digest;              /* SHA-256; NULL: unknown */
} FileVersion;

typedef enum {
  CHANGE_INTENDED, /* somebody is at it, or was killed */
  CHANGE_WRITTEN,
  CHANGE_ABANDONED, /* it has not come to it */
  CHANGE_UNDOING,   /* somebody is at it, or was killed */
  CHANGE_UNDONE,
  CHANGE_LOST,  /* somebody else has changed the file since a run was killed at it */
  CHANGE_PASSED /* what has the name now is as it was before, but is not the very file that was
                   written, or not known to be; only what is byte for byte what it has made, there
                   or elsewhere, is taken back by it */
} ChangeState;

typedef struct {
  gint64 id;  /* in the journal; 0: not yet there */
  char *path; /* absolute, without links, any bytes */
  FileVersion before, after;
  char *genre_before;    /* NULL: there was none */
  guint n_genres_before; /* of which it was made up; 0: unknown */
  char *genre;           /* that was written; NULL: it was taken away */
  gboolean kept_time;    /* of last modification */
  GBytes *delta;         /* delta.h; NULL: former bytes are not kept */
  GBytes *pieces;        /* pieces.h, of the former file; NULL: they are not kept */
  ChangeState state;     /* in the journal, when it was read there */
} Change;

/* mtime in ns since 1970; what that cannot say (from 2262 on, and before 1678) is the last or the
 * first of what it can. */
#define FILE_VERSION_LAST_TIME G_MAXINT64
#define FILE_VERSION_FIRST_TIME (-G_MAXINT64)
gint64 file_version_time (const struct stat *status);
void file_version_set (FileVersion *self, const struct stat *status);
/* But for their digests. */
gboolean file_version_is_same (const FileVersion *self, const FileVersion *other);

Change *change_new (void);
void change_free (Change *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

/* For the way between a worker and the process that keeps the journal. (transfer full) */
JsonObject *change_to_json (const Change *self);
/* NULL if a member is missing that each has, or is something else than change_to_json() makes. */
Change *change_from_json (JsonObject *object);

G_END_DECLS
