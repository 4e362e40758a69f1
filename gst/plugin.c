/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gstgenreclassify.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  return GST_ELEMENT_REGISTER (genreclassify, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, genreclassify,
                   "Recognises the genre of the music that flows through", plugin_init,
                   PACKAGE_VERSION, "GPL", "genreclassify", PACKAGE_ORIGIN)
