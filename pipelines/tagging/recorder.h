/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the journal of a run: tells workers what is known about files, and writes down what they
 * intend and what has come of it. Without a journal it does nothing. */
#pragma once
#include "hearing.h"
#include "journal.h"
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

typedef struct _Recorder Recorder;

/* @journal: taken; NULL: there is none. @rehear: what was heard earlier does not count. @is_needed:
 * files are changed, but only as long as the journal works; for a look each file is noted that can
 * be. */
Recorder *recorder_new (Journal *journal, const HearingOptions *hearing, gboolean rehear,
                        gboolean is_needed);
void recorder_free (Recorder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Recorder, recorder_free)

/* What is known of a file, for tagger_treat(); or NULL. @path: as the journal names it. */
JsonObject *recorder_find_heard (Recorder *self, const char *path);
/* Its changes, for undo_treat(); @from: the name under which the journal had them when the run
 * began. */
JsonObject *recorder_find_changes (Recorder *self, const char *path, const char *from);
/* Whether the journal has failed: no file may be changed any more. */
gboolean recorder_is_broken (const Recorder *self);
/* What a worker asks: may it? */
gboolean recorder_intend (Recorder *self, JsonObject *intent, GError **error);
/* What has come of a file: takes "journal" out of @object; without that nothing is noted, nor once
 * a journal that is needed has failed, which is an error only the first time. @object is NULL, and
 * @fault says why, where a worker failed. @is_copy: it was written into a new file. */
gboolean recorder_take (Recorder *self, const char *path, JsonObject *object, const char *fault,
                        gboolean is_copy, GError **error);
/* Whether a worker may be at changing a file, as far as the journal knows; TRUE without one. */
gboolean recorder_has_begun (const Recorder *self);
/* Nothing has come of a file that may have been changed: only that is noted. */
gboolean recorder_settle (Recorder *self, const char *path, GError **error);

G_END_DECLS
