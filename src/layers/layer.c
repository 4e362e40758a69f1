/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer.h"
#include <string.h>

#define MAX_DEPTH 4
#define MAX_LAYERS 1000
#define MAX_VALUES (1u << 26) /* of all layers' outputs and what they keep; of scratch */
#define MAX_PARAMETERS (1u << 27)
#define MAX_MULTIPLY_ADDS (G_GUINT64_CONSTANT (1) << 36)

static const GenreLayerClass *const classes[] = {
    &genre_average_pool_class,
    &genre_batch_norm_class,
    &genre_conv2d_class,
    &genre_crop_class,
    &genre_dense_class,
    &genre_depthwise_class,
    &genre_dropout_class,
    &genre_instance_norm_class,
    &genre_max_pool_class,
    &genre_mean_subtraction_class,
    &genre_relu_class,
    &genre_residual_class,
    &genre_silu_class,
    &genre_squeeze_excitation_class,
    &genre_statistics_pool_class,
};

void
genre_layer_set_error (const GenreLayer *layer, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *fault = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "network, layer %s (%s): %s", layer->name,
               layer->klass->type, fault);
}

static gboolean
get_int (const GenreLayer *layer, JsonNode *node, const char *member, guint low, guint high,
         guint *value, GError **error)
{
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64) {
    genre_layer_set_error (layer, error, "\"%s\" is not a whole number", member);
    return FALSE;
  }
  gint64 number = json_node_get_int (node);
  if (number < low || number > high) {
    genre_layer_set_error (layer, error, "\"%s\" is %" G_GINT64_FORMAT ", expected %u to %u",
                           member, number, low, high);
    return FALSE;
  }
  *value = number;
  return TRUE;
}

gboolean
genre_layer_get_count (const GenreLayer *layer, JsonObject *object, const char *member, guint low,
                       guint high, gint fallback, guint *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node)
    return get_int (layer, node, member, low, high, value, error);
  if (fallback < 0) {
    genre_layer_set_error (layer, error, "\"%s\" is missing", member);
    return FALSE;
  }
  *value = fallback;
  return TRUE;
}

gboolean
genre_layer_get_pair (const GenreLayer *layer, JsonObject *object, const char *member, guint low,
                      guint high, gint fallback, guint value[2], GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node && JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);
    if (json_array_get_length (array) != 2) {
      genre_layer_set_error (layer, error, "\"%s\" has %u elements, expected [frames, features]",
                             member, json_array_get_length (array));
      return FALSE;
    }
    return get_int (layer, json_array_get_element (array, 0), member, low, high, value, error) &&
           get_int (layer, json_array_get_element (array, 1), member, low, high, value + 1, error);
  }
  if (!genre_layer_get_count (layer, object, member, low, high, fallback, value, error))
    return FALSE;
  value[1] = value[0];
  return TRUE;
}

gboolean
genre_layer_get_number (const GenreLayer *layer, JsonObject *object, const char *member, double low,
                        double high, double fallback, double *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  *value = fallback;
  if (!node)
    return TRUE;
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_NONE;
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE) {
    genre_layer_set_error (layer, error, "\"%s\" is not a number", member);
    return FALSE;
  }
  *value = type == G_TYPE_INT64 ? (double)json_node_get_int (node) : json_node_get_double (node);
  if (!(*value >= low && *value <= high)) {
    genre_layer_set_error (layer, error, "\"%s\" is %g, expected %g to %g", member, *value, low,
                           high);
    return FALSE;
  }
  return TRUE;
}

gboolean
genre_layer_get_boolean (const GenreLayer *layer, JsonObject *object, const char *member,
                         gboolean fallback, gboolean *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  *value = fallback;
  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN) {
    genre_layer_set_error (layer, error, "\"%s\" is not true or false", member);
    return FALSE;
  }
  *value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
genre_layer_get_window (GenreLayer *layer, JsonObject *object, guint high, GenreWindow *window,
                        GError **error)
{
  if (!genre_layer_get_pair (layer, object, "kernel", 1, high, -1, window->kernel, error) ||
      !genre_layer_get_pair (layer, object, "stride", 1, high, 1, window->stride, error))
    return FALSE;
  for (int i = 0; i < 2; i++)
    window->padding[i] = window->kernel[i] / 2;
  if (json_object_has_member (object, "padding") &&
      !genre_layer_get_pair (layer, object, "padding", 0, 15, 0, window->padding, error))
    return FALSE;
  guint size[2] = {layer->input.frames, layer->input.features};
  for (int i = 0; i < 2; i++) {
    if (size[i] + 2 * window->padding[i] < window->kernel[i]) {
      genre_layer_set_error (layer, error, "kernel %u is larger than its input, %u with padding",
                             window->kernel[i], size[i] + 2 * window->padding[i]);
      return FALSE;
    }
    size[i] = (size[i] + 2 * window->padding[i] - window->kernel[i]) / window->stride[i] + 1;
  }
  layer->output.frames = size[0];
  layer->output.features = size[1];
  return TRUE;
}

static gsize
add_tensor (GenreLayer *layer, GenreNetwork *network, GArray *list, gsize *total,
            const char *suffix, gboolean decay, guint n_dimensions, const gsize *shape)
{
  g_autofree char *name = g_strconcat (layer->name, ".", suffix, NULL);
  GenreTensorInfo info = {.name = g_string_chunk_insert (network->names, name),
                          .n_dimensions = n_dimensions,
                          .size = 1,
                          .offset = *total,
                          .decay = decay};
  for (guint i = 0; i < n_dimensions; i++) {
    info.shape[i] = shape[i];
    info.size *= shape[i];
  }
  *total += info.size;
  g_array_append_val (list, info);
  return info.offset;
}

gsize
genre_layer_add_parameter (GenreLayer *layer, GenreNetwork *network, const char *suffix,
                           gboolean decay, guint n_dimensions, const gsize *shape)
{
  gsize before = network->n_parameters;
  gsize offset = add_tensor (layer, network, network->parameter_info, &network->n_parameters,
                             suffix, decay, n_dimensions, shape);
  layer->n_parameters += network->n_parameters - before;
  return offset;
}

gsize
genre_layer_add_statistic (GenreLayer *layer, GenreNetwork *network, const char *suffix, gsize size)
{
  return add_tensor (layer, network, network->statistic_info, &network->n_statistics, suffix, FALSE,
                     1, &size);
}

static gboolean
check_members (const GenreLayer *layer, JsonObject *object, GError **error)
{
  g_autoptr (GList) members = json_object_get_members (object);
  for (GList *m = members; m; m = m->next) {
    if (strcmp (m->data, "type") != 0 && !g_strv_contains (layer->klass->members, m->data)) {
      genre_layer_set_error (layer, error, "\"%s\" is not an option of this layer",
                             (const char *)m->data);
      return FALSE;
    }
  }
  return TRUE;
}

static const GenreLayerClass *
find_class (JsonNode *node, const char *name, GError **error)
{
  if (!node || !JSON_NODE_HOLDS_OBJECT (node)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "network, layer %s is not an object",
                 name);
    return NULL;
  }
  JsonNode *member = json_object_get_member (json_node_get_object (node), "type");
  const char *type = "(none)";
  if (member && JSON_NODE_HOLDS_VALUE (member) &&
      json_node_get_value_type (member) == G_TYPE_STRING)
    type = json_node_get_string (member);
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++) {
    if (g_strcmp0 (classes[i]->type, type) == 0)
      return classes[i];
  }
  g_autoptr (GString) known = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    g_string_append_printf (known, "%s%s", i ? ", " : "", classes[i]->type);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "network, layer %s has type \"%s\", expected one of %s", name, type, known->str);
  return NULL;
}

/* A description of a few bytes must not ask for hours, or for more memory than a weights file. */
static gboolean
check_size (GenreNetwork *network, const GenreLayer *layer, GError **error)
{
  gsize values = genre_shape_size (layer->output) + layer->saved_bytes / sizeof (float);
  network->n_values += values;
  network->multiply_adds += layer->multiply_adds;
  if (network->n_values <= MAX_VALUES && layer->scratch <= MAX_VALUES &&
      network->n_parameters <= MAX_PARAMETERS && network->multiply_adds <= MAX_MULTIPLY_ADDS)
    return TRUE;
  genre_layer_set_error (layer, error,
                         "too large: so far %" G_GSIZE_FORMAT " values, %" G_GSIZE_FORMAT
                         " of scratch, %" G_GSIZE_FORMAT " parameters, %" G_GUINT64_FORMAT
                         " multiply-adds, expected at most %u, %u, %u, %" G_GUINT64_FORMAT,
                         network->n_values, layer->scratch, network->n_parameters,
                         network->multiply_adds, MAX_VALUES, MAX_VALUES, MAX_PARAMETERS,
                         MAX_MULTIPLY_ADDS);
  return FALSE;
}

/* Registers the layer before parsing it, so that ids are in order of naming and it is freed
 * whatever happens. */
static GenreLayer *
parse_layer (GenreNetwork *network, JsonNode *node, char *name, guint depth, gboolean first,
             GenreShape input, GError **error)
{
  g_autofree char *owned_name = name;
  const GenreLayerClass *klass = find_class (node, name, error);
  if (!klass)
    return NULL;
  GenreLayer *layer = g_malloc0 (klass->instance_size);
  layer->klass = klass;
  layer->id = network->layers->len;
  layer->depth = depth;
  layer->name = g_steal_pointer (&owned_name);
  layer->input = layer->output = input;
  layer->in_place = klass->in_place && !first;
  g_ptr_array_add (network->layers, layer);
  if (!check_members (layer, json_node_get_object (node), error) ||
      !klass->parse (layer, network, json_node_get_object (node), error) ||
      !check_size (network, layer, error))
    return NULL;
  return layer;
}

GPtrArray *
genre_sequence_parse (GenreNetwork *network, JsonArray *array, const char *prefix, guint depth,
                      GenreShape input, GError **error)
{
  guint n_layers = json_array_get_length (array);
  if (n_layers == 0 || network->layers->len + n_layers > MAX_LAYERS || depth > MAX_DEPTH) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "network, \"%s\": %u layers at depth %u, expected 1 to %d in all, nested at most "
                 "%d deep",
                 prefix, n_layers, depth, MAX_LAYERS, MAX_DEPTH);
    return NULL;
  }
  g_autoptr (GPtrArray) sequence = g_ptr_array_new ();
  for (guint i = 0; i < n_layers; i++) {
    GenreLayer *layer =
        parse_layer (network, json_array_get_element (array, i),
                     g_strdup_printf ("%s%u", prefix, i), depth, i == 0, input, error);
    if (!layer)
      return NULL;
    g_ptr_array_add (sequence, layer);
    input = layer->output;
  }
  return g_steal_pointer (&sequence);
}

GenreShape
genre_sequence_output (GPtrArray *sequence, GenreShape input)
{
  if (sequence->len == 0)
    return input;
  return ((GenreLayer *)g_ptr_array_index (sequence, sequence->len - 1))->output;
}

static void
forward_channel (const GenreLayer *layer, GenreRun *run, guint channel, const float *x, float *y)
{
  layer->klass->forward_channel (layer, run, channel,
                                 x + channel * genre_channel_size (run, layer->input),
                                 y + channel * genre_channel_size (run, layer->output));
}

void
genre_layer_forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  if (layer->klass->forward)
    layer->klass->forward (layer, run, x, y);
  for (guint c = 0; c < layer->input.channels && layer->klass->forward_channel; c++)
    forward_channel (layer, run, c, x, y);
}

/* The layers from @first to before @end, which do one channel after the other. */
static void
forward_channels (GPtrArray *sequence, GenreRun *run, guint first, guint end)
{
  const GenreLayer *layer = g_ptr_array_index (sequence, first);
  for (guint c = 0; c < layer->input.channels; c++) {
    for (guint i = first; i < end; i++) {
      layer = g_ptr_array_index (sequence, i);
      forward_channel (layer, run, c, run->states[layer->id].x, run->states[layer->id].y);
    }
  }
}

const float *
genre_sequence_forward (GPtrArray *sequence, GenreRun *run, const float *x)
{
  guint waiting = 0; /* layers before this one that will do one channel after the other */
  for (guint i = 0; i < sequence->len; i++) {
    const GenreLayer *layer = g_ptr_array_index (sequence, i);
    GenreLayerState *state = &run->states[layer->id];
    state->x = x;
    state->y = layer->in_place ? (float *)x : state->output;
    x = state->y;
    if (layer->klass->forward_channel) {
      waiting++;
      continue;
    }
    if (waiting)
      forward_channels (sequence, run, i - waiting, i);
    waiting = 0;
    layer->klass->forward (layer, run, state->x, state->y);
  }
  if (waiting)
    forward_channels (sequence, run, sequence->len - waiting, sequence->len);
  return x;
}

/* The layers before @end down to @first, which do one channel after the other. */
static void
backward_channels (GPtrArray *sequence, GenreRun *run, guint first, guint end)
{
  const GenreLayer *layer = g_ptr_array_index (sequence, first);
  for (guint c = 0; c < layer->input.channels; c++) {
    for (guint i = end; i-- > first;) {
      layer = g_ptr_array_index (sequence, i);
      const GenreLayerState *s = &run->states[layer->id];
      gsize x = c * genre_channel_size (run, layer->input),
            y = c * genre_channel_size (run, layer->output);
      layer->klass->backward_channel (layer, run, c, s->x + x, s->y + y, s->dy + y, s->dx + x);
    }
  }
}

/* Layers that do one channel after the other must not write where the gradient of a later channel
 * still lies: only one of them, the last, may go from one buffer of the flow to the other. */
void
genre_sequence_backward (GPtrArray *sequence, GenreRun *run, const float *dy, float *dx)
{
  const float *incoming = dy;
  guint waiting = 0;
  for (guint i = sequence->len; i-- > 0;) {
    const GenreLayer *layer = g_ptr_array_index (sequence, i);
    GenreLayerState *state = &run->states[layer->id];
    float **flow = run->flow[layer->depth];
    float *out = dy == flow[0] ? flow[1] : flow[0];
    if (layer->klass->gradient_in_place && dy != incoming)
      out = (float *)dy;
    if (i == 0 && (dx || layer->klass->skips_input_gradient))
      out = dx;
    state->dy = dy;
    state->dx = out;
    if (waiting && (!layer->klass->backward_channel || out != dy)) {
      backward_channels (sequence, run, i + 1, i + 1 + waiting);
      waiting = 0;
    }
    if (layer->klass->backward_channel)
      waiting++;
    else
      layer->klass->backward (layer, run, state->x, state->y, dy, out);
    dy = out;
  }
  if (waiting)
    backward_channels (sequence, run, 0, waiting);
}
