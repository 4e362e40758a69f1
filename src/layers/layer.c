/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer.h"
#include <string.h>
#include "json.h"
#include "kernels/kernels.h"

#define MAX_DEPTH 4
#define MAX_LAYERS 1000
#define MAX_VALUES (1u << 26) /* of all layers' outputs, what they keep and tables; of scratch */
#define MAX_FILLED_VALUES (4 * MAX_VALUES) /* of all images: channels filled up, with margins */
#define MAX_PARAMETERS (1u << 27)          /* with channels filled up */
#define MAX_MULTIPLY_ADDS (G_GUINT64_CONSTANT (1) << 36) /* with channels filled up */

/* Inference fills channels of images and weights up to whole vectors, the widest of which are so
 * long: they are counted as on a machine that has these. */
#define FILLED 16

static const GenreLayerClass *const classes[] = {
    &genre_average_pool_class,
    &genre_batch_norm_class,
    &genre_cepstrum_class,
    &genre_conv2d_class,
    &genre_covariance_pool_class,
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

/* What begins the message of an error in a member. (transfer full) */
static char *
describe (const GenreLayer *layer)
{
  return g_strdup_printf ("network, layer %s (%s)", layer->name, layer->klass->type);
}

gboolean
genre_layer_get_pair (const GenreLayer *layer, JsonObject *object, const char *member, guint low,
                      guint high, gint fallback, guint value[2], GError **error)
{
  g_autofree char *what = describe (layer);
  const gint64 otherwise = fallback;
  gint64 values[2];
  if (!genre_json_get_integers (object, what, member, low, high, fallback < 0 ? NULL : &otherwise,
                                2, values, error))
    return FALSE;
  value[0] = (guint)values[0];
  value[1] = (guint)values[1];
  return TRUE;
}

gboolean
genre_layer_get_count (const GenreLayer *layer, JsonObject *object, const char *member, guint low,
                       guint high, gint fallback, guint *value, GError **error)
{
  g_autofree char *what = describe (layer);
  const gint64 otherwise = fallback;
  gint64 number;
  if (!genre_json_get_integer (object, what, member, low, high, fallback < 0 ? NULL : &otherwise,
                               &number, error))
    return FALSE;
  *value = (guint)number;
  return TRUE;
}

gboolean
genre_layer_get_number (const GenreLayer *layer, JsonObject *object, const char *member, double low,
                        double high, double fallback, double *value, GError **error)
{
  g_autofree char *what = describe (layer);
  return genre_json_get_number (object, what, member, low, high, &fallback, value, error);
}

gboolean
genre_layer_get_boolean (const GenreLayer *layer, JsonObject *object, const char *member,
                         gboolean fallback, gboolean *value, GError **error)
{
  g_autofree char *what = describe (layer);
  return genre_json_get_boolean (object, what, member, &fallback, value, error);
}

gboolean
genre_layer_get_window (GenreLayer *layer, JsonObject *object, guint high, GError **error)
{
  GenreWindow *window = &layer->window;
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
add_tensor (GenreLayer *layer, GenreLayers *layers, GArray *list, guint64 *total,
            const char *suffix, gboolean decay, guint n_dimensions, const gsize *shape)
{
  guint64 size = 1;
  g_autofree char *name = g_strconcat (layer->name, ".", suffix, NULL);
  GenreTensorInfo info = {.name = g_string_chunk_insert (layers->names, name),
                          .n_dimensions = n_dimensions,
                          .offset = *total,
                          .decay = decay};
  for (guint i = 0; i < n_dimensions; i++) {
    info.shape[i] = shape[i];
    size *= shape[i];
  }
  info.size = size;
  *total += size;
  g_array_append_val (list, info);
  return info.offset;
}

static guint64
fill_up (gsize channels)
{
  return ((guint64)channels + FILLED - 1) / FILLED * FILLED;
}

/* The second axis of weights is the channels that go in, unless each has weights of its own. */
static guint64
count_filled_weights (const GenreLayer *layer, guint n_dimensions, const gsize *shape)
{
  guint64 n = fill_up (shape[0]);
  for (guint i = 1; i < n_dimensions; i++)
    n *= i == 1 && layer->klass != &genre_depthwise_class ? fill_up (shape[i]) : shape[i];
  return n;
}

gsize
genre_layer_add_parameter (GenreLayer *layer, GenreLayers *layers, const char *suffix,
                           gboolean decay, guint n_dimensions, const gsize *shape)
{
  guint64 before = layers->n_parameters;
  gsize offset = add_tensor (layer, layers, layers->parameter_info, &layers->n_parameters, suffix,
                             decay, n_dimensions, shape);
  layer->n_parameters += layers->n_parameters - before;
  layers->filled_parameters += count_filled_weights (layer, n_dimensions, shape);
  return offset;
}

gsize
genre_layer_add_statistic (GenreLayer *layer, GenreLayers *layers, const char *suffix, gsize size)
{
  return add_tensor (layer, layers, layers->statistic_info, &layers->n_statistics, suffix, FALSE, 1,
                     &size);
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
    g_autofree char *found = genre_json_describe (node);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "network, layer %s is %s, expected an object", name, found);
    return NULL;
  }
  const char *type = genre_json_peek_string (json_node_get_object (node), "type");
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++) {
    if (g_strcmp0 (classes[i]->type, type) == 0)
      return classes[i];
  }
  g_autoptr (GString) known = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    g_string_append_printf (known, "%s%s", i ? ", " : "", classes[i]->type);
  g_autofree char *found =
      type ? g_strdup_printf ("\"%s\"", type)
           : genre_json_describe (json_object_get_member (json_node_get_object (node), "type"));
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "network, layer %s: \"type\" is %s, expected one of %s", name, found, known->str);
  return NULL;
}

/* Layers that are run as training runs them leave a single channel as it is. */
static gboolean
leaves_single_channel (const GenreLayer *layer)
{
  return layer->output.channels == 1 && layer->weight[0] == GENRE_NOWHERE && !layer->body &&
         layer->klass != &genre_statistics_pool_class;
}

static guint64
count_filled_values (const GenreLayer *layer)
{
  const GenreShape *output = &layer->output;
  return (leaves_single_channel (layer) ? 1 : fill_up (output->channels)) * output->frames *
         output->features;
}

/* The zeros around the image that a convolution reads, of as many channels: as many as inference
 * may make. */
static guint64
count_margin (const GenreLayer *layer, gboolean single)
{
  const GenreShape *input = &layer->input;
  const GenreWindow *window = &layer->window;
  GenreImage image = {.pitch = single ? 1 : (guint)fill_up (input->channels),
                      .rows = input->frames,
                      .columns = input->features};
  const GenreConvolution conv = {.in = image,
                                 .frames = layer->output.frames,
                                 .features = layer->output.features,
                                 .kernel = {window->kernel[0], window->kernel[1]},
                                 .stride = {window->stride[0], window->stride[1]},
                                 .padding = {window->padding[0], window->padding[1]},
                                 .pool = {1, 1},
                                 .depthwise = layer->klass == &genre_depthwise_class};
  if (layer->weight[0] == GENRE_NOWHERE)
    return 0;
  genre_convolution_widen_most (&conv, &image);
  return ((guint64)image.rows * image.columns - (guint64)input->frames * input->features) *
         image.pitch;
}

/* Layers without weights are run as training runs them, and fill nothing up. @single: the input is
 * the network's only channel still, which a convolution reads as it is. */
static guint64
count_filled_multiply_adds (const GenreLayer *layer, gboolean single)
{
  const guint *kernel = layer->window.kernel;
  guint64 in = fill_up (layer->input.channels);
  guint64 n = (guint64)layer->output.frames * layer->output.features * kernel[0] * kernel[1];
  if (layer->weight[0] == GENRE_NOWHERE || layer->multiply_adds == 0)
    return layer->multiply_adds;
  if (layer->klass == &genre_depthwise_class)
    return n * in;
  if (layer->klass == &genre_squeeze_excitation_class)
    return 2 * in * (n + fill_up (layer->hidden));
  return n * (single ? 1 : in) * fill_up (layer->output.channels);
}

/* Adds up what inference takes, where the layers inside a residual block come before itself. */
static void
count_filled (GenreLayers *layers, const GenreLayer *layer)
{
  gboolean single = layer->depth == 0 && !layers->widened;
  layers->filled_values += count_filled_values (layer) + count_margin (layer, single);
  layers->multiply_adds += count_filled_multiply_adds (layer, single);
  layers->widened = layers->widened || !leaves_single_channel (layer);
}

/* A description of a few bytes must not ask for hours, or for more memory than a weights file. */
static gboolean
check_size (GenreLayers *layers, const GenreLayer *layer, GError **error)
{
  count_filled (layers, layer);
  layers->n_values +=
      genre_shape_size (layer->output) + (layer->saved_bytes + layer->table_bytes) / sizeof (float);
  if (layers->n_values <= MAX_VALUES && layers->filled_values <= MAX_FILLED_VALUES &&
      layer->scratch <= MAX_VALUES && layers->filled_parameters <= MAX_PARAMETERS &&
      layers->multiply_adds <= MAX_MULTIPLY_ADDS)
    return TRUE;
  genre_layer_set_error (
      layer, error,
      "too large: so far %" G_GUINT64_FORMAT " values, %" G_GUINT64_FORMAT
      " with margins and channels filled up to a multiple of %d, %" G_GUINT64_FORMAT
      " of scratch, %" G_GUINT64_FORMAT " parameters and %" G_GUINT64_FORMAT
      " multiply-adds so filled up, expected at most %u, %u, %u, %u, %" G_GUINT64_FORMAT,
      layers->n_values, layers->filled_values, FILLED, layer->scratch, layers->filled_parameters,
      layers->multiply_adds, MAX_VALUES, MAX_FILLED_VALUES, MAX_VALUES, MAX_PARAMETERS,
      MAX_MULTIPLY_ADDS);
  return FALSE;
}

/* Registers the layer before parsing it, so that ids are in order of naming and it is freed
 * whatever happens. */
static GenreLayer *
parse_layer (GenreLayers *layers, JsonNode *node, char *name, guint depth, gboolean first,
             GenreShape input, GError **error)
{
  g_autofree char *owned_name = name;
  const GenreLayerClass *klass = find_class (node, name, error);
  if (!klass)
    return NULL;
  GenreLayer *layer = g_malloc0 (klass->instance_size);
  layer->klass = klass;
  layer->id = layers->all->len;
  layer->depth = depth;
  layer->name = g_steal_pointer (&owned_name);
  layer->input = layer->output = input;
  layer->in_place = klass->in_place && !first;
  layer->window = (GenreWindow){{1, 1}, {1, 1}, {0, 0}};
  layer->mean = layer->variance = GENRE_NOWHERE;
  for (guint i = 0; i < 2; i++)
    layer->weight[i] = layer->bias[i] = GENRE_NOWHERE;
  g_ptr_array_add (layers->all, layer);
  if (!check_members (layer, json_node_get_object (node), error) ||
      !klass->parse (layer, layers, json_node_get_object (node), error) ||
      !check_size (layers, layer, error))
    return NULL;
  if (!klass->prepare || klass->prepare (layer))
    return layer;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
               "network, layer %s (%s): not enough memory for its %" G_GUINT64_FORMAT
               " bytes of tables",
               layer->name, klass->type, layer->table_bytes);
  return NULL;
}

GPtrArray *
genre_sequence_parse (GenreLayers *layers, JsonArray *array, const char *prefix, guint depth,
                      GenreShape input, GError **error)
{
  guint n_layers = json_array_get_length (array);
  if (n_layers == 0 || layers->all->len + n_layers > MAX_LAYERS || depth > MAX_DEPTH) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "network, \"%s\": %u layers at depth %u, expected 1 to %d in all, nested at most "
                 "%d deep",
                 prefix, n_layers, depth, MAX_LAYERS, MAX_DEPTH);
    return NULL;
  }
  g_autoptr (GPtrArray) sequence = g_ptr_array_new ();
  for (guint i = 0; i < n_layers; i++) {
    GenreLayer *layer =
        parse_layer (layers, json_array_get_element (array, i), g_strdup_printf ("%s%u", prefix, i),
                     depth, i == 0, input, error);
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

/* ---- all of them ---- */

static void
layer_free (gpointer data)
{
  GenreLayer *layer = data;
  if (layer->klass->finalise)
    layer->klass->finalise (layer);
  g_clear_pointer (&layer->body, g_ptr_array_unref);
  g_clear_pointer (&layer->shortcut, g_ptr_array_unref);
  g_free (layer->name);
  g_free (layer);
}

GenreLayers *
genre_layers_new (JsonArray *array, GenreShape input, GError **error)
{
  g_autoptr (GenreLayers) layers = g_new0 (GenreLayers, 1);
  layers->all = g_ptr_array_new_with_free_func (layer_free);
  layers->parameter_info = g_array_new (FALSE, TRUE, sizeof (GenreTensorInfo));
  layers->statistic_info = g_array_new (FALSE, TRUE, sizeof (GenreTensorInfo));
  layers->names = g_string_chunk_new (1024);
  layers->sequence = genre_sequence_parse (layers, array, "", 0, input, error);
  return layers->sequence ? g_steal_pointer (&layers) : NULL;
}

void
genre_layers_free (GenreLayers *layers)
{
  g_clear_pointer (&layers->sequence, g_ptr_array_unref);
  g_ptr_array_unref (layers->all);
  g_array_unref (layers->parameter_info);
  g_array_unref (layers->statistic_info);
  g_string_chunk_free (layers->names);
  g_free (layers);
}
