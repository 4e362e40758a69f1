/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jsonline.h"
#include "../src/jsontext.h"
#include <string.h>

#define DEEPEST 16 /* as many objects and arrays may lie in each other; ours have five */

char *
json_line_new (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  return genre_json_to_string (node, FALSE);
}

/* Behind the string whose first quotation mark is at @quote. */
static const char *
skip_string (const char *quote)
{
  const char *at = quote + 1;
  while (*at && *at != '"')
    at += *at == '\\' && at[1] ? 2 : 1;
  return *at ? at + 1 : at;
}

/* JSON-GLib parses as deep as its stack, and takes comments and other things than JSON. */
static gboolean
is_plain (const char *line)
{
  int depth = 0;
  for (const char *at = line; *at && depth <= DEEPEST;) {
    if (*at == '"') {
      at = skip_string (at);
      continue;
    }
    if (!g_ascii_isalnum (*at) && !strchr (" \t\r\n{}[]:,.+-", *at))
      return FALSE;
    depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
    at++;
  }
  return depth <= DEEPEST;
}

JsonObject *
json_line_parse (const char *line)
{
  if (!is_plain (line))
    return NULL;
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_dup_object (node) : NULL;
}

const char *
json_line_get_text (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node)
                                                                  : NULL;
}

JsonObject *
json_line_get_object (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
json_line_get_array (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

gboolean
json_line_get_integer (JsonObject *object, const char *member, gint64 least, gint64 *value)
{
  JsonNode *node = json_object_get_member (object, member);
  if (!node || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *value = json_node_get_int (node);
  return *value >= least;
}
