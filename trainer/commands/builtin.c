/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "builtin.h"
#include "modelfile.h"
#include <gio/gio.h>

/* A GResource, in the plugin, too: modelcache.h */
#define RESOURCE "/org/genreclassify/default.safetensors"

GenreModel *
genre_built_in_model (GError **error)
{
  g_autoptr (GBytes) bytes = g_resources_lookup_data (RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  if (bytes)
    return genre_model_parse (bytes, "the default model", error);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
               "this program was built without the default model; --from FILE names one, --from "
               "none begins from chance");
  return NULL;
}
