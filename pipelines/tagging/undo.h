/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Undoing changes of tags: what has to be kept for that, and doing it. */
#pragma once
#include "change.h"
#include "replacement.h"
G_BEGIN_DECLS

/* Fills in what @self is to become, and how it comes back from there: versions, without what only a
 * replacement will tell, and a delta that has been tried. @replacement holds the changed copy. */
gboolean undo_describe (Change *self, const Replacement *replacement, SignOfLife *life,
                        GError **error);

typedef struct {
  ReplacementOptions replacement;
  gboolean look; /* change nothing */
  /* Before the file is replaced: its changes that will be undone, and what it becomes, as
   * {"undo": [ids], "target": change}; FALSE: it must not be. */
  gboolean (*intend) (JsonObject *intent, gpointer user_data, GError **error);
  gpointer user_data;
} UndoOptions;

/* What has come of undoing in a file what is @known of it (undo_to_json()): "action" is
 *
 *   restored             it is what it was, byte for byte
 *   genre-restored       somebody has changed it since; only the genre is what it was
 *   restored-already     another run has done that, or a person by hand; it is left alone
 *   would-restore, would-restore-genre
 *   refused              "obstacle" says why
 *
 * "moved-from" is where the file was when it was written, if that is not @path: what it is then
 * must be, byte for byte, what one of its changes has made or begun with. "tagged" is the genre
 * that goes, "name" the one that comes ("": none). "journal" tells what the journal is to know:
 * changes that are "undone", and those "passed" over, which another file may need. Or there is an
 * "error". (transfer full) */
JsonObject *undo_treat (const UndoOptions *self, const char *path, JsonObject *known);

/* The changes of a file (of Change, the last one first) on their way to a worker; @undone: there
 * are none but CHANGE_PASSED, because the others have been undone. (transfer full) */
JsonObject *undo_to_json (GPtrArray *changes, gboolean undone);

G_END_DECLS
