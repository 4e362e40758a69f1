/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An object as one line of JSON that every parser reads. json-glib itself writes 1e-10 as
 * "1e-10.0", which it does not even read again. */
#pragma once
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

/* Without the line feed. (transfer full) */
char *json_line_new (JsonObject *object);
/* NULL if it is no object. (transfer full) */
JsonObject *json_line_parse (const char *line);

G_END_DECLS
