/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was heard in a file, as the journal keeps it: the members of answerjson.h, "excerpts"
 * (whether they were heard, or all of it), "display" (the genre's name), "own-genre" (that the
 * stream brought, if it did), "threshold" and "refused" (below). */
#pragma once
#include "../answertext.h"
#include "hearing.h"
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

JsonObject *heard_new (const Hearing *hearing, double threshold);
/* The same as if it had been heard with @threshold; FALSE: nobody knows what would have been said.
 */
gboolean heard_set_threshold (JsonObject *self, double threshold);
/* That @name could not be written into the tags of this very file, and why (NULL: it could), for
 * those who only look. TRUE: that is news. */
gboolean heard_set_refusal (JsonObject *self, const char *name, const char *obstacle);
/* NULL: nobody has tried to write @name. */
const char *heard_find_refusal (JsonObject *self, const char *name);
/* As answer_judge(). @self may also be what heard_add_to() has made. */
AnswerVerdict heard_judge (JsonObject *self);
/* Copies what the answer's lines say. */
void heard_add_to (JsonObject *self, JsonObject *object);

G_END_DECLS
