/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON out of files that nobody vouches for.
 *
 * json-glib accepts more than JSON (comments, assignments, several values), lets the last of two
 * equal keys win, saturates large integers and recurses as deep as the text asks it to. So the text
 * is checked first: strict RFC 8259 and UTF-8, at most GENRE_JSON_MAX_DEPTH levels, no key twice in
 * an object, no NUL in a string, whole numbers of at most 18 digits, finite numbers. */
#pragma once
#include <json-glib/json-glib.h>
#include "error.h"
#include "jsontext.h"
G_BEGIN_DECLS

#define GENRE_JSON_MAX_DEPTH 32

/* @text: (length,), or NUL-terminated if @length is -1. @what begins an error message: "front-end".
 * GENRE_ERROR_FORMAT. (transfer full) */
JsonNode *genre_json_parse (const char *text, gssize length, const char *what, GError **error);
/* The same, for text that must be an object. (transfer full) */
JsonObject *genre_json_parse_object (const char *text, gssize length, const char *what,
                                     GError **error);

/* A member's value if it is there and of this kind. @member may be absent, @value then stays. */
gboolean genre_json_peek_integer (JsonObject *object, const char *member, gint64 *value);
gboolean genre_json_peek_number (JsonObject *object, const char *member, double *value);
/* The same, NULL otherwise. (transfer none) */
const char *genre_json_peek_string (JsonObject *object, const char *member);
JsonObject *genre_json_peek_object (JsonObject *object, const char *member);
JsonArray *genre_json_peek_array (JsonObject *object, const char *member);

/* What a message says of a value that should be something else: "missing" of NULL, a number itself,
 * otherwise its kind. (transfer full) */
char *genre_json_describe (JsonNode *node);

/* The value of a member that must be there, of this kind, and from @low to @high, none of which
 * need hold for @fallback, the value where it is absent (NULL: GENRE_ERROR_INVALID). @what begins
 * an error message: "front-end". GENRE_ERROR_INVALID names member, value and what was expected. */
gboolean genre_json_get_integer (JsonObject *object, const char *what, const char *member,
                                 gint64 low, gint64 high, const gint64 *fallback, gint64 *value,
                                 GError **error);
gboolean genre_json_get_number (JsonObject *object, const char *what, const char *member,
                                double low, double high, const double *fallback, double *value,
                                GError **error);
gboolean genre_json_get_boolean (JsonObject *object, const char *what, const char *member,
                                 const gboolean *fallback, gboolean *value, GError **error);
/* Of a member that is one whole number, or an array of @n of them. @values: (n,). */
gboolean genre_json_get_integers (JsonObject *object, const char *what, const char *member,
                                  gint64 low, gint64 high, const gint64 *fallback, guint n,
                                  gint64 *values, GError **error);

/* Indented, with a line feed at the end. Written as files.h writes. */
gboolean genre_json_save (JsonObject *object, const char *path, GError **error);

G_END_DECLS
