/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationname.h"

#define CHARSET_SEPARATOR G_SEARCHPATH_SEPARATOR_S /* GStreamer's, too */

static char *
decode (const char *bytes)
{
  if (g_utf8_validate (bytes, -1, NULL))
    return g_strdup (bytes);
  const char *chosen = g_getenv ("GST_ICY_TAG_ENCODING");
  g_autofree char *all = g_strconcat (
      chosen ? chosen : "", CHARSET_SEPARATOR "WINDOWS-1252" CHARSET_SEPARATOR "ISO-8859-1", NULL);
  g_auto (GStrv) charsets = g_strsplit (all, CHARSET_SEPARATOR, -1);
  char *text = NULL;
  for (char **charset = charsets; *charset && !text; charset++)
    if (**charset != '\0')
      text = g_convert (bytes, -1, "UTF-8", *charset, NULL, NULL, NULL);
  return text;
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
