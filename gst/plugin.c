/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gstgenreclassify.h"
#include "modelcache.h"
#include <glib/gi18n-lib.h>
#ifdef HAVE_BUILT_IN_MODEL
#include "genreclassify-resources.h"
#endif

static gboolean
plugin_init (GstPlugin *plugin)
{
  const char *folder = g_getenv ("GENRE_LOCALEDIR"); /* the build tree's */
  bindtextdomain (GETTEXT_PACKAGE, folder ? folder : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
#ifdef HAVE_BUILT_IN_MODEL
  genre_model_cache_set_built_in (genreclassify_get_resource ());
#endif
  return GST_ELEMENT_REGISTER (genreclassify, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, genreclassify,
                   "Recognises the genre of the music that flows through", plugin_init,
                   PACKAGE_VERSION, "GPL", "genreclassify", PACKAGE_ORIGIN)
