/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jsonline.h"
#include "../src/jsontext.h"

char *
json_line_new (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  return genre_json_to_string (node, FALSE);
}

JsonObject *
json_line_parse (const char *line)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_dup_object (node) : NULL;
}
