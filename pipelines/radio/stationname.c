/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationname.h"

static char *
decode (const char *bytes)
{
  if (g_utf8_validate (bytes, -1, NULL))
    return g_strdup (bytes);
  const char *charset = g_getenv ("GST_ICY_TAG_ENCODING");
  char *text = g_convert (bytes, -1, "UTF-8", charset ? charset : "WINDOWS-1252", NULL, NULL, NULL);
  return text ? text : g_convert (bytes, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
}

char *
station_name_tidy (const char *bytes, guint most)
{
  g_autofree char *decoded = bytes ? decode (bytes) : NULL;
  if (!decoded)
    return NULL;
  g_autofree char *name = g_utf8_make_valid (decoded, -1); /* whatever a charset may give */
  g_strstrip (name);
  if (*name == '\0')
    return NULL;
  return g_utf8_strlen (name, -1) > most ? g_utf8_substring (name, 0, most)
                                         : g_steal_pointer (&name);
}
