/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "printable.h"

static gboolean
turns_text_around (gunichar c)
{
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void
append_character (GString *shown, gunichar c)
{
  if (c == '\n')
    g_string_append (shown, "\\n");
  else if (c == '\t')
    g_string_append (shown, "\\t");
  else if (c == '\r')
    g_string_append (shown, "\\r");
  else if (g_unichar_iscntrl (c))
    g_string_append_printf (shown, "\\x%02x", c);
  else if (turns_text_around (c))
    g_string_append_printf (shown, "\\u%04x", c);
  else
    g_string_append_unichar (shown, c);
}

char *
printable (const char *text)
{
  GString *shown = g_string_new (NULL);
  while (*text) {
    const gunichar c = g_utf8_get_char_validated (text, -1);
    if (c == (gunichar)-1 || c == (gunichar)-2) {
      g_string_append_printf (shown, "\\x%02x", (guchar)*text++);
      continue;
    }
    append_character (shown, c);
    text = g_utf8_next_char (text);
  }
  return g_string_free (shown, FALSE);
}
