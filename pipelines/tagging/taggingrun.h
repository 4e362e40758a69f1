/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of genre-tag: what it was asked, its journal and what it tells a person; what happens to
 * a file before it is heard, in the process that hears it, and after. */
#pragma once
#include "commandline.h"
#include "recorder.h"
#include "summary.h"
G_BEGIN_DECLS

typedef struct {
  const CommandLine *options;
  Summary summary;
  Recorder *recorder; /* owned */
  GHashTable
      *moved; /* owned; paths of files to be undone, to those that the journal knows them by */
  GHashTable *places; /* owned; paths of files, to what the journal calls them */
  GHashTable *denied; /* owned; paths of files whose change the journal could not take */
  gboolean has_journal;
  gboolean has_lost_journal; /* in the midst of it */
  gboolean faulty;           /* a folder, or the journal */
} TaggingRun;

void tagging_run_init (TaggingRun *self, const CommandLine *options);
void tagging_run_clear (TaggingRun *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TaggingRun, tagging_run_clear)

/* Where the journal is. (transfer full), or NULL */
char *tagging_run_get_journal_file (const CommandLine *options, GError **error);
/* FALSE: there is none, and so nothing may be written. @journal: NULL if there is none; it belongs
 * to whoever gives it to tagging_run_begin(). */
gboolean tagging_run_open_journal (TaggingRun *self, Journal **journal);
/* @journal: taken, may be NULL. */
void tagging_run_begin (TaggingRun *self, Journal *journal);

/* The journal calls @path @place: whoever looks that up while others are at files may hang, too. */
void tagging_run_note_place (TaggingRun *self, const char *path, const char *place);
/* For music_files_collect(): what a killed run has left is no music. */
gboolean tagging_run_leaves_out (const char *path, gpointer user_data);
/* Whether files are changed, rather than looked at or copied. */
gboolean tagging_run_changes_files (const TaggingRun *self);
/* Something is wrong with a file, a folder or the journal. */
void tagging_run_complain (TaggingRun *self, const char *path, const char *what);

/* As in WorkersOptions, in the process that started them. */
JsonObject *tagging_run_find_known (TaggingRun *self, const char *path);
gboolean tagging_run_answer (TaggingRun *self, const char *path, JsonObject *question,
                             GError **error);
/* What has come of a file goes into the journal: on the way @object loses what is for it alone. */
void tagging_run_record (TaggingRun *self, const char *path, JsonObject *object, const char *fault);
/* Nothing will come of a file, or not from the worker that was at it, and is no more: what that has
 * begun is looked at, and what it has left goes. */
void tagging_run_abandon (TaggingRun *self, const char *path);
/* Workers had to end before all files were treated. */
void tagging_run_note_stuck (TaggingRun *self);
/* What has come of a file is somebody else's to note. */
void tagging_run_dismiss (TaggingRun *self, const char *path, JsonObject *object);
/* Whether no more files are to be treated: what is written now could not be undone. */
gboolean tagging_run_is_over (const TaggingRun *self);
/* Whether a file was not changed for that reason, which is said once, not of each. */
gboolean tagging_run_has_denied (const TaggingRun *self, const char *path);
/* In a worker. (transfer full) */
JsonObject *tagging_run_treat (const TaggingRun *self, const char *path, JsonObject *known,
                               gboolean again, gboolean *spent);

G_END_DECLS
