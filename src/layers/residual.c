/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Residual sum (He et al. 2015): y = body (x) + shortcut (x), where both are sequences of layers.
 * Without a shortcut x itself is added. */
#include "json.h"
#include "sequence.h"

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  JsonArray *body = genre_json_peek_array (object, "body"),
            *shortcut = genre_json_peek_array (object, "shortcut");
  if (!body || (!shortcut && json_object_has_member (object, "shortcut"))) {
    const char *member = body ? "shortcut" : "body";
    g_autofree char *found = genre_json_describe (json_object_get_member (object, member));
    genre_layer_set_error (layer, error, "\"%s\" is %s, expected an array of layers", member,
                           found);
    return FALSE;
  }
  g_autofree char *body_prefix = g_strconcat (layer->name, ".body.", NULL);
  layer->body =
      genre_sequence_parse (layers, body, body_prefix, layer->depth + 1, layer->input, error);
  if (!layer->body)
    return FALSE;
  layer->output = genre_sequence_output (layer->body, layer->input);
  GenreShape other = layer->input;
  if (shortcut) {
    g_autofree char *prefix = g_strconcat (layer->name, ".shortcut.", NULL);
    layer->shortcut =
        genre_sequence_parse (layers, shortcut, prefix, layer->depth + 1, layer->input, error);
    if (!layer->shortcut)
      return FALSE;
    other = genre_sequence_output (layer->shortcut, layer->input);
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
  const float *body = genre_sequence_forward (layer->body, run, x);
  const float *other = layer->shortcut ? genre_sequence_forward (layer->shortcut, run, x) : x;
  add (body, other, y, run->batch * genre_shape_size (layer->output));
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  const float *other = dy;
  genre_sequence_backward (layer->body, run, dy, dx);
  if (layer->shortcut) {
    float *through_shortcut = run->states[layer->id].saved;
    genre_sequence_backward (layer->shortcut, run, dy, through_shortcut);
    other = through_shortcut;
  }
  add (dx, other, dx, run->batch * genre_shape_size (layer->input));
}

const GenreLayerClass genre_residual_class = {
    .type = "residual",
    .members = (const char *const[]){"body", "shortcut", NULL},
    .instance_size = sizeof (GenreLayer),
    .parse = parse,
    .forward = forward,
    .backward = backward,
};
