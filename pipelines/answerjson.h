/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What genreclassify says, as JSON: the fields of its message under their own names, times in
 * seconds. */
#pragma once
#include <gst/gst.h>
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

/* "time" and "source" of what happens now with @path; a name that is no UTF-8 is shown with
 * escapes, "uri" is exact. (transfer full) */
JsonObject *answer_json_new (const char *path);
/* The same with a path or a URI, as people name what is to be heard. */
JsonObject *answer_json_new_for_source (const char *source);
/* Adds genre, name, confidence, music, probabilities, title, position, duration, final and reason.
 * @name: of the genre, for people; or NULL. */
void answer_json_set (JsonObject *object, const GstStructure *answer, const char *name);

/* As a line on standard output; @object is taken. */
void answer_json_print (JsonObject *object);

G_END_DECLS
