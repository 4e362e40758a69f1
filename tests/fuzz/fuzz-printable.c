/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Titles, tags and names of files, on their way to a terminal: nothing gets through that a terminal
 * takes for an order, and what is harmless gets through as it is. */
#include "fuzz.h"
#include "printable.h"

/* Unicode's property Bidi_Control */
static gboolean
is_bidi_control (gunichar character)
{
  return character == 0x061c || character == 0x200e || character == 0x200f ||
         (character >= 0x202a && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069);
}

static gboolean
is_harmless (const char *text)
{
  for (const char *at = text; *at; at = g_utf8_next_char (at)) {
    const gunichar character = g_utf8_get_char (at);
    if (g_unichar_iscntrl (character) || is_bidi_control (character) ||
        character == 0xfeff || /* a byte order mark cannot be seen */
        g_unichar_type (character) == G_UNICODE_LINE_SEPARATOR ||
        g_unichar_type (character) == G_UNICODE_PARAGRAPH_SEPARATOR)
      return FALSE;
  }
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *given = g_strndup ((const char *)data, size);
  g_autofree char *shown = printable (given);
  FUZZ_ASSERT (g_utf8_validate (shown, -1, NULL));
  FUZZ_ASSERT (is_harmless (shown));
  if (g_utf8_validate (given, -1, NULL) && is_harmless (given))
    FUZZ_ASSERT (g_str_equal (shown, given));
  g_autofree char *again = printable (shown);
  FUZZ_ASSERT (g_str_equal (again, shown));
  return 0;
}
