/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jsonline.h"
#include <string.h>

/* Whether ".0" stands behind the exponent of a number. */
static gboolean
follows_exponent (const char *text, const char *dot)
{
  const char *digit = dot;
  while (digit > text && g_ascii_isdigit (digit[-1]))
    digit--;
  return digit < dot && digit - 1 > text && (digit[-1] == '-' || digit[-1] == '+') &&
         digit[-2] == 'e' && strncmp (dot, ".0", 2) == 0;
}

static char *
repair_numbers (const char *text)
{
  GString *line = g_string_sized_new (strlen (text));
  gboolean in_string = FALSE;
  for (const char *c = text; *c; c++) {
    if (in_string && *c == '\\') {
      g_string_append_len (line, c, c[1] ? 2 : 1);
      c += c[1] != '\0';
      continue;
    }
    in_string ^= *c == '"';
    if (!in_string && *c == '.' && follows_exponent (text, c))
      c++;
    else
      g_string_append_c (line, *c);
  }
  return g_string_free (line, FALSE);
}

char *
json_line_new (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *text = json_to_string (node, FALSE);
  return repair_numbers (text);
}

JsonObject *
json_line_parse (const char *line)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_dup_object (node) : NULL;
}
