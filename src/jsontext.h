/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as text that is JSON: where json-glib 1.6 writes what no parser reads, this does not. */
#pragma once
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

/* One line, or many if @indented; members in the order in which they were set. (transfer full) */
char *genre_json_to_string (JsonNode *node, gboolean indented);

G_END_DECLS
