/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network.h"
#include <math.h>
#include "floats.h"
#include "json.h"
#include "network-private.h"

static void
describe_layers (GenreNetwork *network)
{
  const GPtrArray *all = network->layers->all;
  for (guint i = 0; i < all->len; i++) {
    const GenreLayer *layer = g_ptr_array_index (all, i);
    GenreLayerInfo info = {.name = layer->name,
                           .type = layer->klass->type,
                           .channels = layer->output.channels,
                           .frames = layer->output.frames,
                           .features = layer->output.features,
                           .n_parameters = layer->n_parameters,
                           .n_multiply_adds = layer->multiply_adds};
    g_array_append_val (network->layer_info, info);
  }
}

static gboolean
check_ends (GenreNetwork *network, GError **error)
{
  GenreShape output = genre_sequence_output (network->layers->sequence, network->input);
  if (output.channels == network->n_labels && output.frames == 1 && output.features == 1)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "network: the last layer leaves %u channels × %u frames × %u features, expected %u "
               "× 1 × 1, one score for each label",
               output.channels, output.frames, output.features, network->n_labels);
  return FALSE;
}

/* The only place where a description is read. */
static GenreLayers *
read_layers (const char *description, GenreShape input, GError **error)
{
  g_autoptr (JsonNode) root = genre_json_parse (description, -1, "network", error);
  if (!root)
    return NULL;
  if (JSON_NODE_HOLDS_ARRAY (root))
    return genre_layers_new (json_node_get_array (root), input, error);
  g_autofree char *found = genre_json_describe (root);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "network: the description is %s, expected an array of layers", found);
  return NULL;
}

GenreNetwork *
genre_network_describe (const char *description, guint frames, guint features, guint n_labels,
                        GError **error)
{
  const GenreShape input = {1, frames, features};
  GenreLayers *layers = read_layers (description, input, error);
  if (!layers)
    return NULL;
  g_autoptr (GenreNetwork) network = g_new0 (GenreNetwork, 1);
  g_atomic_ref_count_init (&network->references);
  network->description = g_strdup (description);
  network->input = input;
  network->n_labels = n_labels;
  network->layers = layers;
  network->layer_info = g_array_new (FALSE, TRUE, sizeof (GenreLayerInfo));
  describe_layers (network);
  return check_ends (network, error) ? g_steal_pointer (&network) : NULL;
}

gboolean
genre_network_allocate (GenreNetwork *network, GError **error)
{
  g_return_val_if_fail (!network->parameters, FALSE);
  network->parameters = genre_floats_try_new (network->layers->n_parameters);
  network->statistics = genre_floats_try_new (network->layers->n_statistics);
  if (network->parameters && network->statistics)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
               "not enough memory for a network of %" G_GUINT64_FORMAT
               " parameters, expected %" G_GUINT64_FORMAT " bytes",
               network->layers->n_parameters,
               (network->layers->n_parameters + network->layers->n_statistics) * sizeof (float));
  return FALSE;
}

GenreNetwork *
genre_network_new (const char *description, guint frames, guint features, guint n_labels,
                   GError **error)
{
  g_autoptr (GenreNetwork) network =
      genre_network_describe (description, frames, features, n_labels, error);
  if (!network || !genre_network_allocate (network, error))
    return NULL;
  return g_steal_pointer (&network);
}

GenreNetwork *
genre_network_ref (GenreNetwork *network)
{
  g_atomic_ref_count_inc (&network->references);
  return network;
}

void
genre_network_unref (GenreNetwork *network)
{
  if (!g_atomic_ref_count_dec (&network->references))
    return;
  genre_layers_free (network->layers);
  g_array_unref (network->layer_info);
  genre_floats_free (network->parameters);
  genre_floats_free (network->statistics);
  g_free (network->description);
  g_free (network);
}

const char *
genre_network_get_description (const GenreNetwork *network)
{
  return network->description;
}

guint
genre_network_get_frames (const GenreNetwork *network)
{
  return network->input.frames;
}

guint
genre_network_get_features (const GenreNetwork *network)
{
  return network->input.features;
}

guint
genre_network_get_n_labels (const GenreNetwork *network)
{
  return network->n_labels;
}

guint64
genre_network_count_multiply_adds (const GenreNetwork *network)
{
  return network->layers->multiply_adds;
}

guint64
genre_network_count_values (const GenreNetwork *network)
{
  return network->layers->filled_values;
}

const GArray *
genre_network_get_layer_info (const GenreNetwork *network)
{
  return network->layer_info;
}

gsize
genre_network_get_n_parameters (const GenreNetwork *network)
{
  return network->layers->n_parameters;
}

float *
genre_network_get_parameters (GenreNetwork *network)
{
  return network->parameters;
}

const GArray *
genre_network_get_parameter_info (const GenreNetwork *network)
{
  return network->layers->parameter_info;
}

gsize
genre_network_get_n_statistics (const GenreNetwork *network)
{
  return network->layers->n_statistics;
}

float *
genre_network_get_statistics (GenreNetwork *network)
{
  return network->statistics;
}

const GArray *
genre_network_get_statistic_info (const GenreNetwork *network)
{
  return network->layers->statistic_info;
}

static void
fill_normal (float *values, gsize n, double deviation, GenreRandom random)
{
  for (gsize i = 0; i < n; i++)
    values[i] = deviation * genre_random_normal (&random);
}

void
genre_network_initialise (GenreNetwork *network, guint64 seed)
{
  const GArray *parameters = network->layers->parameter_info;
  const GArray *statistics = network->layers->statistic_info;
  for (guint i = 0; i < parameters->len; i++) {
    const GenreTensorInfo *info = &g_array_index (parameters, GenreTensorInfo, i);
    float *values = network->parameters + info->offset;
    gsize fan_in = info->size / info->shape[0];
    if (info->n_dimensions > 1)
      fill_normal (values, info->size, sqrt ((info->n_dimensions == 4 ? 2.0 : 1.0) / fan_in),
                   genre_random_keyed (seed, i, 0, 0));
    else
      for (gsize j = 0; j < info->size; j++)
        values[j] = g_str_has_suffix (info->name, ".weight") ? 1 : 0;
  }
  for (guint i = 0; i < statistics->len; i++) {
    const GenreTensorInfo *info = &g_array_index (statistics, GenreTensorInfo, i);
    for (gsize j = 0; j < info->size; j++)
      network->statistics[info->offset + j] = g_str_has_suffix (info->name, "_var") ? 1 : 0;
  }
}
