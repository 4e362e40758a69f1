/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Residual sum (He et al. 2015): y = body (x) + shortcut (x), where both are sequences of layers.
 * Without a shortcut x itself is added. */
#include "layer.h"

typedef struct {
  GenreLayer layer;
  GPtrArray *body;
  GPtrArray *shortcut; /* NULL: identity */
} Residual;

static JsonArray *
get_sequence (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static gboolean
parse (GenreLayer *layer, GenreNetwork *network, JsonObject *object, GError **error)
{
  Residual *residual = (Residual *)layer;
  JsonArray *body = get_sequence (object, "body"), *shortcut = get_sequence (object, "shortcut");
  if (!body || (!shortcut && json_object_has_member (object, "shortcut"))) {
    genre_layer_set_error (layer, error, "\"%s\" is not an array of layers",
                           body ? "shortcut" : "body");
    return FALSE;
  }
  g_autofree char *body_prefix = g_strconcat (layer->name, ".body.", NULL);
  residual->body =
      genre_sequence_parse (network, body, body_prefix, layer->depth + 1, layer->input, error);
  if (!residual->body)
    return FALSE;
  layer->output = genre_sequence_output (residual->body, layer->input);
  GenreShape other = layer->input;
  if (shortcut) {
    g_autofree char *prefix = g_strconcat (layer->name, ".shortcut.", NULL);
    residual->shortcut =
        genre_sequence_parse (network, shortcut, prefix, layer->depth + 1, layer->input, error);
    if (!residual->shortcut)
      return FALSE;
    other = genre_sequence_output (residual->shortcut, layer->input);
  }
  if (other.channels != layer->output.channels || other.frames != layer->output.frames ||
      other.features != layer->output.features) {
    genre_layer_set_error (layer, error,
                           "the body leaves %u × %u × %u, the shortcut %u × %u × %u: they cannot "
                           "be added",
                           layer->output.channels, layer->output.frames, layer->output.features,
                           other.channels, other.frames, other.features);
    return FALSE;
  }
  layer->saved_bytes = genre_shape_size (layer->input) * sizeof (float);
  return TRUE;
}

GENRE_VECTORISED static void
add (const float *a, const float *b, float *sum, gsize n)
{
  for (gsize i = 0; i < n; i++)
    sum[i] = a[i] + b[i];
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  const Residual *residual = (const Residual *)layer;
  const float *body = genre_sequence_forward (residual->body, run, x);
  const float *other = residual->shortcut ? genre_sequence_forward (residual->shortcut, run, x) : x;
  add (body, other, y, run->batch * genre_shape_size (layer->output));
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  const Residual *residual = (const Residual *)layer;
  const float *other = dy;
  genre_sequence_backward (residual->body, run, dy, dx);
  if (residual->shortcut) {
    float *through_shortcut = run->states[layer->id].saved;
    genre_sequence_backward (residual->shortcut, run, dy, through_shortcut);
    other = through_shortcut;
  }
  add (dx, other, dx, run->batch * genre_shape_size (layer->input));
}

static void
finalise (GenreLayer *layer)
{
  Residual *residual = (Residual *)layer;
  g_clear_pointer (&residual->body, g_ptr_array_unref);
  g_clear_pointer (&residual->shortcut, g_ptr_array_unref);
}

const GenreLayerClass genre_residual_class = {
    .type = "residual",
    .members = (const char *const[]){"body", "shortcut", NULL},
    .instance_size = sizeof (Residual),
    .parse = parse,
    .forward = forward,
    .backward = backward,
    .finalise = finalise,
};
