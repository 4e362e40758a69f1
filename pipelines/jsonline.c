/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jsonline.h"
#include <string.h>

/* A number keeps its exponent, and loses the ".0" behind it. */
static void
repair_numbers (char *text)
{
  char *to = text;
  gboolean quoted = FALSE, exponent = FALSE;
  for (const char *at = text; *at; at++) {
    if (exponent && *at == '.') {
      at++; /* and the 0 */
      continue;
    }
    exponent = !quoted && (*at == 'e' || (exponent && strchr ("+-0123456789", *at)));
    quoted ^= *at == '"';
    *to++ = *at;
    if (*at == '\\')
      *to++ = *++at;
  }
  *to = '\0';
}

char *
json_line_new (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  char *text = json_to_string (node, FALSE);
  repair_numbers (text);
  return text;
}

JsonObject *
json_line_parse (const char *line)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_dup_object (node) : NULL;
}
