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
G_BEGIN_DECLS

#define GENRE_JSON_MAX_DEPTH 32

/* @text: (length,), or NUL-terminated if @length is -1. @what begins an error message: "front-end".
 * GENRE_ERROR_FORMAT. (transfer full) */
JsonNode *genre_json_parse (const char *text, gssize length, const char *what, GError **error);
/* The same, for text that must be an object. (transfer full) */
JsonObject *genre_json_parse_object (const char *text, gssize length, const char *what,
                                     GError **error);
/* One line, members in the order in which they were set. (transfer full) */
char *genre_json_to_string (JsonNode *node);

G_END_DECLS
