/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An object as one line of JSON (src/jsontext.h), and back. */
#pragma once
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

/* Without the line feed. (transfer full) */
char *json_line_new (JsonObject *object);
/* NULL if it is no object, if more than 16 objects and arrays lie in each other, or if there are
 * characters between its strings that JSON does not have (comments, other quotation marks).
 * (transfer full) */
JsonObject *json_line_parse (const char *line);
/* NULL if there is no such member, or it is no text. (transfer none) */
const char *json_line_get_text (JsonObject *object, const char *member);
/* NULL if there is no such member, or it is no object. (transfer none) */
JsonObject *json_line_get_object (JsonObject *object, const char *member);
/* The same of an array. (transfer none) */
JsonArray *json_line_get_array (JsonObject *object, const char *member);
/* FALSE if there is no such member, or it is no whole number that is at least @least. */
gboolean json_line_get_integer (JsonObject *object, const char *member, gint64 least,
                                gint64 *value);

G_END_DECLS
