/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jsontext.h"
#include <string.h>

/* json-glib's text without its two faults: a number with an exponent ends in ".0" (1e+80.0), and of
 * the control characters U+001F is not escaped. */
static char *
repair (const char *text)
{
  GString *repaired = g_string_sized_new (strlen (text) + 1);
  gboolean quoted = FALSE, exponent = FALSE;
  for (const char *at = text; *at; at++) {
    if (exponent && *at == '.') {
      at++; /* and the 0 */
      continue;
    }
    exponent = !quoted && (*at == 'e' || (exponent && strchr ("+-0123456789", *at)));
    quoted ^= *at == '"';
    if (*at == 0x1f)
      g_string_append (repaired, "\\u001f");
    else
      g_string_append_c (repaired, *at);
    if (*at == '\\')
      g_string_append_c (repaired, *++at);
  }
  return g_string_free (repaired, FALSE);
}

char *
genre_json_to_string (JsonNode *node, gboolean indented)
{
  g_autofree char *text = json_to_string (node, indented);
  return repair (text);
}
