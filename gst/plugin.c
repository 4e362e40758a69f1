/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gstgenreclassify.h"
#include <glib/gi18n-lib.h>

static gboolean
plugin_init (GstPlugin *plugin)
{
  const char *folder = g_getenv ("GENRE_LOCALEDIR"); /* the build tree's */
  bindtextdomain (GETTEXT_PACKAGE, folder ? folder : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  return GST_ELEMENT_REGISTER (genreclassify, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, genreclassify,
                   "Recognises the genre of the music that flows through", plugin_init,
                   PACKAGE_VERSION, "GPL", "genreclassify", PACKAGE_ORIGIN)
