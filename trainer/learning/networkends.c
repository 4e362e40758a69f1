/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkends.h"
#include "json.h"
#include <string.h>

/* The last layer of the sequence whose layers' names are @prefix and a number; NULL if there is no
 * such sequence. */
static const GenreLayerInfo *
last_layer (const GArray *layers, const char *prefix)
{
  for (guint i = layers->len; i-- > 0;) {
    const GenreLayerInfo *layer = &g_array_index (layers, GenreLayerInfo, i);
    if (g_str_has_prefix (layer->name, prefix) && !strchr (layer->name + strlen (prefix), '.'))
      return layer;
  }
  return NULL;
}

/* Of the sequence with that @prefix. FALSE if it ends otherwise. */
static gboolean
find_ends (const GArray *layers, const char *prefix, GPtrArray *ends)
{
  const GenreLayerInfo *last = last_layer (layers, prefix);
  if (!last)
    return FALSE;
  if (strcmp (last->type, "residual") == 0) {
    g_autofree char *body = g_strconcat (last->name, ".body.", NULL);
    g_autofree char *shortcut = g_strconcat (last->name, ".shortcut.", NULL);
    return find_ends (layers, body, ends) && find_ends (layers, shortcut, ends);
  }
  g_ptr_array_add (ends, (char *)last->name);
  return strcmp (last->type, "dense") == 0;
}

GPtrArray *
genre_network_ends_find (const GenreNetwork *network)
{
  g_autoptr (GPtrArray) ends = g_ptr_array_new ();
  return find_ends (genre_network_get_layer_info (network), "", ends) ? g_steal_pointer (&ends)
                                                                      : NULL;
}

/* @owner: of the sequence with that @prefix. */
static const char *
find_other (const GArray *layers, const char *prefix, const char *owner)
{
  const GenreLayerInfo *last = last_layer (layers, prefix);
  if (!last) /* nothing: the other part is added to the input as it is */
    return owner;
  if (strcmp (last->type, "residual") != 0)
    return strcmp (last->type, "dense") == 0 ? NULL : last->type;
  g_autofree char *body = g_strconcat (last->name, ".body.", NULL);
  g_autofree char *shortcut = g_strconcat (last->name, ".shortcut.", NULL);
  const char *other = find_other (layers, body, last->type);
  return other ? other : find_other (layers, shortcut, last->type);
}

const char *
genre_network_ends_find_other (const GenreNetwork *network)
{
  return find_other (genre_network_get_layer_info (network), "", NULL);
}

gboolean
genre_network_ends_shift (GenreNetwork *network, const double *biases)
{
  g_autoptr (GPtrArray) ends = genre_network_ends_find (network);
  const GArray *infos = genre_network_get_parameter_info (network);
  g_autofree char *name = ends ? g_strconcat (ends->pdata[0], ".bias", NULL) : NULL;
  for (guint i = 0; name && i < infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (infos, GenreTensorInfo, i);
    float *values = genre_network_get_parameters (network) + info->offset;
    if (strcmp (info->name, name) != 0)
      continue;
    for (gsize k = 0; k < info->size; k++)
      values[k] += (float)biases[k];
    return TRUE;
  }
  return FALSE;
}

static gboolean
set_outputs (JsonArray *layers, guint n)
{
  guint length = layers ? json_array_get_length (layers) : 0;
  JsonNode *node = length > 0 ? json_array_get_element (layers, length - 1) : NULL;
  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  JsonObject *last = json_node_get_object (node);
  const char *type = genre_json_peek_string (last, "type");
  if (g_strcmp0 (type, "residual") == 0)
    return set_outputs (genre_json_peek_array (last, "body"), n) &&
           set_outputs (genre_json_peek_array (last, "shortcut"), n);
  if (g_strcmp0 (type, "dense") != 0)
    return FALSE;
  json_object_set_int_member (last, "outputs", n);
  return TRUE;
}

char *
genre_network_ends_describe (const char *text, guint n)
{
  g_autoptr (JsonNode) node = genre_json_parse (text, -1, "network", NULL);
  if (!node || !JSON_NODE_HOLDS_ARRAY (node) || !set_outputs (json_node_get_array (node), n))
    return NULL;
  return genre_json_to_string (node, FALSE);
}
