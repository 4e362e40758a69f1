/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal: what has been heard, and what has been done to which file, in an SQLite database.
 *
 * A change of a file is recorded before it happens, with all it takes to undo it, and once more
 * when it has happened. What a killed run has left open, the next one finds out (recovery.h). A run
 * holds a lock as long as it, or one of its processes, lives, so that others know what is open from
 * what is being done. Several runs at once may use one journal; within a process, one thread.
 *
 * Paths are absolute, without links, and any bytes. */
#pragma once
#include "change.h"
G_BEGIN_DECLS

typedef struct _Journal Journal;

/* $XDG_STATE_HOME/genreclassify/journal.sqlite, from the root on. (transfer full), or NULL */
char *journal_default_file (GError **error);
/* FALSE: there is none; what cannot be looked at may be one. */
gboolean journal_is_there (const char *file);
/* As the journal names a file or folder, also if it is there no more. (transfer full) */
char *journal_path_of (const char *path);
/* Made, with its folder, if it is not there, only for the person it belongs to. */
Journal *journal_open (const char *file, GError **error);
/* The same for reading only; NULL without @error: there is none. */
Journal *journal_open_existing (const char *file, GError **error);
void journal_free (Journal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Journal, journal_free)

/* How long others that write are waited for: usually a minute, which is a long time with each of
 * many files. */
void journal_set_patient (Journal *self, gboolean patient);

/* ---- what has been heard, and what came of it ---- */

typedef struct {
  const char *path;
  const char *hearing; /* by which model, and how; NULL: it has not been heard */
  const char *answer;  /* what was heard, JSON; NULL: it has not been heard */
  FileVersion version; /* which was heard; without a digest */
  const char *action;  /* as in tagger.h, or "failed" */
  const char *fault;   /* why it is refused, or has failed; or NULL */
  const char *tagged;  /* the genre that it had, or NULL */
  const char *time;    /* RFC 3339 */
  gboolean is_passing; /* the next time it may not be refused */
  gboolean is_written; /* told by journal_visit(): what was written can be undone */
} JournalEntry;

/* What was heard earlier stays if this one has not been heard, and so does what was written if this
 * one's refusal passes: another run has been faster. */
gboolean journal_put (Journal *self, const JournalEntry *entry, GError **error);
/* FALSE: nothing was heard of @path in this way. @answer is to be freed. */
gboolean journal_find (Journal *self, const char *path, const char *hearing, FileVersion *version,
                       char **answer);
/* Every file below @folder (NULL: all), in the order of their paths: what came of it, and the
 * answer. */
typedef void (*JournalVisit) (const JournalEntry *entry, gpointer user_data);
gboolean journal_visit (Journal *self, const char *folder, JournalVisit visit, gpointer user_data,
                        GError **error);

/* Whether there is any at or below @folder. */
gboolean journal_knows_files (Journal *self, const char *folder);

/* ---- changes ---- */

/* Before the first change of a run: whether there is room for one shows here. May be called again.
 */
gboolean journal_begin_run (Journal *self, GError **error);
/* The number of this one, 0: it has not begun. */
gint64 journal_get_run (const Journal *self);
/* On the disk when this returns. */
gboolean journal_intend (Journal *self, Change *change, GError **error);
/* @after: the file as it is now, NULL if it was not changed. What has been heard of it holds for
 * that, too. */
gboolean journal_conclude (Journal *self, gint64 id, ChangeState state, const FileVersion *after,
                           GError **error);
/* The changes that @ids (of gint64) name are about to be undone; the file, which is at @path now,
 * becomes @target. G_FILE_ERROR_AGAIN: another run has undone one of them meanwhile. */
gboolean journal_intend_undo (Journal *self, GArray *ids, const char *path,
                              const FileVersion *target, GError **error);
/* What has the name now has been taken back without this change, or is not the very file that it
 * has made; that one may be elsewhere. */
gboolean journal_pass_over (Journal *self, gint64 id, GError **error);

/* Paths below @folder, or @folder itself if it is a file (NULL: all), with changes that are
 * written, or lost: of those perhaps the genre can be taken back. of char * (transfer full) */
GPtrArray *journal_list_changed (Journal *self, const char *folder, GError **error);
/* The last change of each file that is written, or passed over: its path, state and what it became
 * alone. Of each that had the path, for what it became is not what the next one was, unless that is
 * of one inode and size. of Change (transfer full) */
GPtrArray *journal_list_last_changes (Journal *self, GError **error);
/* Those of which nobody knows whether they have come about: a run, or its process, was killed at
 * them, and the file is not where it was then, or somebody has changed it. of Change (transfer
 * full) */
GPtrArray *journal_list_doubtful (Journal *self, GError **error);
/* Whether there ever was one, in any state. */
gboolean journal_knows_changes (Journal *self, const char *folder);
/* The changes of a file that are in @state, the last one first. of Change (transfer full) */
GPtrArray *journal_find_changes (Journal *self, const char *path, ChangeState state,
                                 GError **error);
/* Those that undoing may find in a file which had the name @path: written, lost, passed over, begun
 * by runs that are no more, or just being undone, the last one first. of Change (transfer full) */
GPtrArray *journal_find_undoable (Journal *self, const char *path, GError **error);
/* How many files below @folder have changes that are in @state; those that had one name, one after
 * the other, each, as far as the journal can tell. One that was edited in between is another one
 * unless its inode and size are the same. */
guint journal_count_changes (Journal *self, const char *folder, ChangeState state);

typedef struct {
  Change *change;    /* its "after" is what the file was to become */
  ChangeState state; /* CHANGE_INTENDED or CHANGE_UNDOING */
  gint64 run;        /* that has begun it */
  char *undo_digest; /* of what it was to become by undoing, or NULL */
  gint64 undo_size;
} OpenChange;

/* What runs that are no more have begun, and nobody has concluded. of OpenChange (transfer full) */
GPtrArray *journal_list_open (Journal *self, GError **error);
/* As journal_conclude(), for who was not at it, or does not know how it ended: what another run has
 * concluded, or begun, since it was looked up stays, and *@state becomes the one of @open. */
gboolean journal_settle (Journal *self, const OpenChange *open, ChangeState *state,
                         const FileVersion *after, GError **error);

G_END_DECLS
