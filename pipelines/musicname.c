/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "musicname.h"

gboolean
music_name_is_audio (const char *name)
{
  static const char *const endings[] = {".aac", ".aif",  ".aiff", ".ape", ".flac", ".m4a",
                                        ".m4b", ".mka",  ".mp2",  ".mp3", ".mpc",  ".oga",
                                        ".ogg", ".opus", ".spx",  ".wav", ".wma",  ".wv"};
  g_autofree char *lower = g_ascii_strdown (name, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (lower, endings[i]))
      return !g_str_has_prefix (name, "._");
  return FALSE;
}
