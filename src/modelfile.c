/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modelfile.h"
#include <math.h>
#include <string.h>
#include "frontendjson.h"
#include "json.h"

#define FORMAT_PREFIX "genreclassify-"

/* ---- reading: metadata ---- */

/* NULL and @error if there is no such metadata. */
static const char *
get_metadata (const GenreSafetensors *file, const char *key, GError **error)
{
  const char *value = genre_safetensors_get_metadata (file, key);
  if (!value)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "no \"%s\" in the metadata, expected a genreclassify model", key);
  return value;
}

static gboolean
check_format (const GenreSafetensors *file, GError **error)
{
  const char *format = get_metadata (file, "format", error);
  if (!format)
    return FALSE;
  if (strcmp (format, GENRE_MODEL_FORMAT) == 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR,
               g_str_has_prefix (format, FORMAT_PREFIX) ? GENRE_ERROR_UNSUPPORTED
                                                        : GENRE_ERROR_FORMAT,
               "format is \"%s\", expected \"%s\"", format, GENRE_MODEL_FORMAT);
  return FALSE;
}

/* A string of a label. */
static char *
read_word (JsonObject *object, const char *what, const char *member, GError **error)
{
  const char *word = genre_json_peek_string (object, member);
  if (word)
    return g_strdup (word);
  g_autofree char *found = genre_json_describe (json_object_get_member (object, member));
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: \"%s\" is %s, expected a string", what,
               member, found);
  return NULL;
}

static gboolean
check_label_members (JsonObject *object, const char *what, GError **error)
{
  static const char *const known[] = {"label", "name", "background", NULL};
  g_autoptr (GList) members = json_object_get_members (object);
  for (GList *m = members; m; m = m->next) {
    if (!g_strv_contains (known, m->data)) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                   "%s has a \"%s\", expected \"label\", \"name\" and perhaps \"background\"", what,
                   (const char *)m->data);
      return FALSE;
    }
  }
  return TRUE;
}

/* {"label": "rock", "name": "Rock"}; the background's have "background": true, too, and come last.
 */
static gboolean
read_label (JsonNode *node, GenreModelConfig *config, guint i, GError **error)
{
  g_autofree char *what = g_strdup_printf ("label %u", i);
  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    g_autofree char *found = genre_json_describe (node);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "%s is %s, expected {\"label\": string, \"name\": string}", what, found);
    return FALSE;
  }
  JsonObject *object = json_node_get_object (node);
  const gboolean otherwise = FALSE;
  gboolean background;
  if (!check_label_members (object, what, error) ||
      !(config->labels[i] = read_word (object, what, "label", error)) ||
      !(config->display_names[i] = read_word (object, what, "name", error)) ||
      !genre_json_get_boolean (object, what, "background", &otherwise, &background, error))
    return FALSE;
  if (!background && config->n_background > 0) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "label %u, \"%s\", is a genre after the background, expected all genres first", i,
                 config->labels[i]);
    return FALSE;
  }
  config->n_background += background;
  return TRUE;
}

static gboolean
read_labels (const GenreSafetensors *file, GenreModelConfig *config, GError **error)
{
  const char *text = get_metadata (file, "labels", error);
  g_autoptr (JsonNode) root = text ? genre_json_parse (text, -1, "labels", error) : NULL;
  if (!root)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (root)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "labels are %s, expected an array",
                 json_node_type_name (root));
    return FALSE;
  }
  JsonArray *array = json_node_get_array (root);
  config->n_labels = json_array_get_length (array);
  config->labels = g_new0 (char *, config->n_labels + 1);
  config->display_names = g_new0 (char *, config->n_labels + 1);
  for (guint i = 0; i < config->n_labels; i++) {
    if (!read_label (json_array_get_element (array, i), config, i, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_front_end (const GenreSafetensors *file, GenreModelConfig *config, GError **error)
{
  const char *text = get_metadata (file, "front-end", error);
  if (!text)
    return FALSE;
  g_autoptr (JsonObject) object = genre_json_parse_object (text, -1, "front-end", error);
  return object && genre_front_end_config_from_json (&config->front_end, object, error);
}

static gboolean
get_count (JsonObject *object, const char *name, guint low, guint high, guint *value,
           GError **error)
{
  gint64 number;
  if (!genre_json_get_integer (object, "segment", name, low, high, NULL, &number, error))
    return FALSE;
  *value = (guint)number;
  return TRUE;
}

static gboolean
read_segment (const GenreSafetensors *file, GenreModelConfig *config, GError **error)
{
  const char *text = get_metadata (file, "segment", error);
  if (!text)
    return FALSE;
  g_autoptr (JsonObject) object = genre_json_parse_object (text, -1, "segment", error);
  if (!object ||
      !get_count (object, "frames", GENRE_MODEL_MIN_FRAMES, GENRE_MODEL_MAX_FRAMES,
                  &config->segment_frames, error) ||
      !get_count (object, "step", 1, config->segment_frames, &config->segment_step, error))
    return FALSE;
  if (json_object_get_size (object) == 2)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
               "segment has %u members, expected \"frames\" and \"step\"",
               json_object_get_size (object));
  return FALSE;
}

static gboolean
read_number (const GenreSafetensors *file, const char *key, double *value, GError **error)
{
  const char *text = get_metadata (file, key, error);
  if (!text)
    return FALSE;
  /* g_ascii_strtod() would also take spaces, hexadecimal numbers, "inf" and "nan". */
  if (*text != '\0' && text[strspn (text, "+-.0123456789eE")] == '\0') {
    char *end;
    *value = g_ascii_strtod (text, &end);
    if (*end == '\0' && isfinite (*value))
      return TRUE;
  }
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s is \"%s\", expected a decimal number",
               key, text);
  return FALSE;
}

/* Only where it says anything, so that files of before are what they were. */
static gboolean
read_doubt (const GenreSafetensors *file, GenreModelConfig *config, GError **error)
{
  return !genre_safetensors_get_metadata (file, "doubt") ||
         read_number (file, "doubt", &config->doubt, error);
}

static gboolean
read_config (const GenreSafetensors *file, GenreModelConfig *config, GError **error)
{
  if (!check_format (file, error) || !read_labels (file, config, error) ||
      !read_front_end (file, config, error) || !read_segment (file, config, error) ||
      !read_number (file, "temperature", &config->temperature, error) ||
      !read_number (file, "threshold", &config->threshold, error) ||
      !read_doubt (file, config, error))
    return FALSE;
  config->network = g_strdup (get_metadata (file, "network", error));
  if (!config->network)
    return FALSE;
  config->provenance = g_strdup (get_metadata (file, "provenance", error));
  return config->provenance != NULL;
}

/* ---- reading: tensors ---- */

static char *
describe_shape (guint n_dimensions, const gsize *shape)
{
  GString *text = g_string_new ("(");
  for (guint i = 0; i < n_dimensions; i++)
    g_string_append_printf (text, "%s%" G_GSIZE_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

/* The stored values of a tensor, which must have this shape; NULL and @error otherwise. */
static const float *
find_tensor (const GenreSafetensors *file, const GenreTensorInfo *info, GError **error)
{
  guint n_dimensions;
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  const float *stored = genre_safetensors_get_tensor (file, info->name, &n_dimensions, shape);
  g_autofree char *expected = describe_shape (info->n_dimensions, info->shape);
  if (!stored) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "tensor \"%s\" is missing, expected shape %s", info->name, expected);
    return NULL;
  }
  if (n_dimensions == info->n_dimensions &&
      memcmp (shape, info->shape, n_dimensions * sizeof *shape) == 0)
    return stored;
  g_autofree char *found = describe_shape (n_dimensions, shape);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "tensor \"%s\": shape is %s, expected %s",
               info->name, found, expected);
  return NULL;
}

/* The inference divides by the square root of a running variance. */
static gboolean
check_variance (const GenreTensorInfo *info, const float *values, GError **error)
{
  if (!g_str_has_suffix (info->name, "_var"))
    return TRUE;
  for (gsize i = 0; i < info->size; i++) {
    if (values[i] < 0) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                   "tensor \"%s\": variance %" G_GSIZE_FORMAT " is %g, expected 0 or more",
                   info->name, i, (double)values[i]);
      return FALSE;
    }
  }
  return TRUE;
}

/* What the file holds for @infos, in their order, and their names into @known. */
static GPtrArray *
find_tensors (const GenreSafetensors *file, const GArray *infos, GHashTable *known, GError **error)
{
  g_autoptr (GPtrArray) stored = g_ptr_array_new ();
  for (guint i = 0; i < infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (infos, GenreTensorInfo, i);
    const float *values = find_tensor (file, info, error);
    if (!values || !check_variance (info, values, error))
      return NULL;
    g_ptr_array_add (stored, (gpointer)values);
    g_hash_table_add (known, (gpointer)info->name);
  }
  return g_steal_pointer (&stored);
}

static gboolean
check_names (const GenreSafetensors *file, GHashTable *known, GError **error)
{
  g_autoptr (GList) names = genre_safetensors_tensor_names (file);
  for (GList *l = names; l; l = l->next) {
    if (g_hash_table_contains (known, l->data))
      continue;
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "tensor \"%s\" is no part of the network, expected only its own",
                 (const char *)l->data);
    return FALSE;
  }
  return TRUE;
}

static void
copy_tensors (const GArray *infos, const GPtrArray *stored, float *values)
{
  for (guint i = 0; i < infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (infos, GenreTensorInfo, i);
    memcpy (values + info->offset, g_ptr_array_index (stored, i), info->size * sizeof *values);
  }
}

/* What a small file describes must not take more room than the file has weights: so room is made
 * when every tensor has been found. */
static gboolean
read_tensors (const GenreSafetensors *file, GenreNetwork *network, GError **error)
{
  const GArray *parameter_info = genre_network_get_parameter_info (network);
  const GArray *statistic_info = genre_network_get_statistic_info (network);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) parameters = find_tensors (file, parameter_info, known, error);
  if (!parameters)
    return FALSE;
  g_autoptr (GPtrArray) statistics = find_tensors (file, statistic_info, known, error);
  if (!statistics || !check_names (file, known, error))
    return FALSE;
  if (!genre_network_allocate (network, error))
    return FALSE;
  copy_tensors (parameter_info, parameters, genre_network_get_parameters (network));
  copy_tensors (statistic_info, statistics, genre_network_get_statistics (network));
  return TRUE;
}

static GenreModel *
model_from_file (const GenreSafetensors *file, GError **error)
{
  g_auto (GenreModelConfig) config = {0};
  g_autoptr (GenreModel) model = NULL;
  if (read_config (file, &config, error))
    model = genre_model_describe (&config, error);
  if (model && read_tensors (file, genre_model_get_network (model), error))
    return g_steal_pointer (&model);
  g_prefix_error (error, "%s: ", genre_safetensors_get_name (file));
  return NULL;
}

GenreModel *
genre_model_load (const char *path, GError **error)
{
  g_return_val_if_fail (path, NULL);
  g_return_val_if_fail (!error || !*error, NULL);
  g_autoptr (GenreSafetensors) file = genre_safetensors_load (path, error);
  return file ? model_from_file (file, error) : NULL;
}

GenreModel *
genre_model_parse (GBytes *bytes, const char *name, GError **error)
{
  g_autoptr (GenreSafetensors) file = genre_safetensors_parse (bytes, name, error);
  return file ? model_from_file (file, error) : NULL;
}

/* ---- writing ---- */

static char *
labels_to_json (const GenreModelConfig *config)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < config->n_labels; i++) {
    JsonObject *object = json_object_new ();
    json_object_set_string_member (object, "label", config->labels[i]);
    json_object_set_string_member (object, "name", config->display_names[i]);
    if (i >= genre_model_config_count_genres (config))
      json_object_set_boolean_member (object, "background", TRUE);
    json_array_add_object_element (array, object);
  }
  json_node_take_array (root, array);
  return genre_json_to_string (root, FALSE);
}

static char *
front_end_to_json (const GenreModelConfig *config)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (root, genre_front_end_config_to_json (&config->front_end));
  return genre_json_to_string (root, FALSE);
}

/* The shortest text that reads back as @value: 0.1 rather than 0.10000000000000001. */
static void
write_number (GenreSafetensors *file, const char *key, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_formatd (text, sizeof text, "%.17g", value);
  genre_safetensors_set_metadata (file, key, text);
}

static void
write_config (GenreSafetensors *file, const GenreModelConfig *config)
{
  g_autofree char *labels = labels_to_json (config);
  g_autofree char *front_end = front_end_to_json (config);
  g_autofree char *segment =
      g_strdup_printf ("{\"frames\":%u,\"step\":%u}", config->segment_frames, config->segment_step);
  genre_safetensors_set_metadata (file, "format", GENRE_MODEL_FORMAT);
  genre_safetensors_set_metadata (file, "labels", labels);
  genre_safetensors_set_metadata (file, "front-end", front_end);
  genre_safetensors_set_metadata (file, "segment", segment);
  genre_safetensors_set_metadata (file, "network", config->network);
  write_number (file, "temperature", config->temperature);
  write_number (file, "threshold", config->threshold);
  if (config->doubt > 0)
    write_number (file, "doubt", config->doubt);
  genre_safetensors_set_metadata (file, "provenance", config->provenance);
}

/* @values stay as they are until the file is written: a copy of a whole model would ask for as much
 * memory again, when it has been learnt. */
static void
lend_array (GenreSafetensors *file, const GArray *infos, GenreDtype dtype, const float *values)
{
  for (guint i = 0; i < infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (infos, GenreTensorInfo, i);
    genre_safetensors_lend_tensor (file, info->name, dtype, info->n_dimensions, info->shape,
                                   values + info->offset);
  }
}

gboolean
genre_model_save (GenreModel *model, const char *path, GenreDtype dtype, GError **error)
{
  g_autoptr (GenreSafetensors) file = genre_safetensors_new ();
  GenreNetwork *network = genre_model_get_network (model);
  write_config (file, genre_model_get_config (model));
  /* Wider values first, so that every one lies at a multiple of its size. */
  lend_array (file, genre_network_get_statistic_info (network), GENRE_DTYPE_F32,
              genre_network_get_statistics (network));
  lend_array (file, genre_network_get_parameter_info (network), dtype,
              genre_network_get_parameters (network));
  return genre_safetensors_save (file, path, error);
}
