/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "haste.h"

double
haste (void)
{
  static gsize read;
  static double factor = 1;
  if (g_once_init_enter (&read)) {
    const char *text = g_getenv ("GENRE_RADIO_HASTE");
    if (text)
      factor = CLAMP (g_ascii_strtod (text, NULL), 1, 1000);
    g_once_init_leave (&read, 1);
  }
  return factor;
}

gint64
haste_span (double seconds)
{
  return (gint64)(seconds / haste () * G_TIME_SPAN_SECOND);
}
