/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "json.h"

#define FORMAT_PREFIX "genreclassify-"

struct _GenreModel {
  gint ref_count; /* atomic */
  GenreModelConfig config;
  GenreFrontEnd *front_end;
  GenreNetwork *network;
  pthread_mutex_t lock;      /* of inference; ThreadSanitizer does not see through GLib's */
  GenreInference *inference; /* made on first use */
};

/* ---- the configuration ---- */

void
genre_model_config_clear (GenreModelConfig *config)
{
  g_clear_pointer (&config->labels, g_strfreev);
  g_clear_pointer (&config->display_names, g_strfreev);
  g_clear_pointer (&config->network, g_free);
  g_clear_pointer (&config->provenance, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GenreModelConfig, genre_model_config_clear)

void
genre_model_config_copy (const GenreModelConfig *from, GenreModelConfig *to)
{
  *to = *from;
  to->labels = g_strdupv (from->labels);
  to->display_names = g_strdupv (from->display_names);
  to->network = g_strdup (from->network);
  to->provenance = g_strdup (from->provenance);
}

gboolean
genre_label_is_valid (const char *label)
{
  if (!g_ascii_islower (*label))
    return FALSE;
  for (const char *c = label; *c != '\0'; c++) {
    if (!g_ascii_islower (*c) && !g_ascii_isdigit (*c) && *c != '_' && *c != '-')
      return FALSE;
  }
  return strcmp (label, "unknown") != 0;
}

static gboolean
check_label (const GenreModelConfig *config, guint i, GError **error)
{
  const char *label = config->labels[i], *name = config->display_names[i];

  if (!genre_label_is_valid (label)) {
    g_autofree char *shown = g_utf8_make_valid (label, -1);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "label %u is \"%s\", expected [a-z][a-z0-9_-]* other than \"unknown\"", i, shown);
    return FALSE;
  }
  for (guint j = 0; j < i; j++) {
    if (strcmp (label, config->labels[j]) == 0) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                   "labels %u and %u are both \"%s\", expected different ones", j, i, label);
      return FALSE;
    }
  }
  if (*name == '\0' || !g_utf8_validate (name, -1, NULL)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "the name of label \"%s\" is empty or not UTF-8, expected a name", label);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_labels (const GenreModelConfig *config, GError **error)
{
  guint n_labels = config->labels != NULL ? g_strv_length (config->labels) : 0;
  guint n_names = config->display_names != NULL ? g_strv_length (config->display_names) : 0;

  if (n_labels < 1 || n_labels > GENRE_MODEL_MAX_LABELS) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%u labels, expected 1 to %d", n_labels,
                 GENRE_MODEL_MAX_LABELS);
    return FALSE;
  }
  if (n_labels != config->n_labels || n_names != n_labels) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%u labels and %u names, expected %u of both", n_labels, n_names,
                 config->n_labels);
    return FALSE;
  }
  for (guint i = 0; i < n_labels; i++) {
    if (!check_label (config, i, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_count (const char *name, guint value, guint low, guint high, GError **error)
{
  if (value >= low && value <= high)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s is %u, expected %u to %u", name, value,
               low, high);
  return FALSE;
}

static gboolean
check_calibration (double temperature, double threshold, GError **error)
{
  /* Written so that NaN fails. */
  if (!(temperature > 0 && temperature <= G_MAXDOUBLE)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "temperature is %g, expected a number over 0", temperature);
    return FALSE;
  }
  if (!(threshold >= 0 && threshold <= 1)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "threshold is %g, expected 0 to 1",
                 threshold);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_json (const GenreModelConfig *config, GError **error)
{
  g_autoptr (JsonObject) provenance = NULL;
  g_autoptr (JsonNode) network = NULL;

  if (config->network == NULL || config->provenance == NULL) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "no %s, expected JSON",
                 config->network == NULL ? "network" : "provenance");
    return FALSE;
  }
  provenance = genre_json_parse_object (config->provenance, -1, "provenance", error);
  if (provenance == NULL)
    return FALSE;
  network = genre_json_parse (config->network, -1, "network", error);
  return network != NULL;
}

static gboolean
check_config (const GenreModelConfig *config, GError **error)
{
  return check_labels (config, error) &&
         check_count ("segment frames", config->segment_frames, 2, 4096, error) &&
         check_count ("segment step", config->segment_step, 1, config->segment_frames, error) &&
         check_calibration (config->temperature, config->threshold, error) &&
         check_json (config, error);
}

/* ---- the model ---- */

static GenreModel *
model_new (const GenreModelConfig *config, GenreNetworkCheck check, gconstpointer user_data,
           GError **error)
{
  g_autoptr (GenreFrontEnd) front_end = NULL;
  g_autoptr (GenreNetwork) network = NULL;
  GenreModel *model;

  if (!check_config (config, error))
    return NULL;
  front_end = genre_front_end_new (&config->front_end, error);
  if (front_end == NULL)
    return NULL;
  network = genre_network_new_checked (config->network, config->segment_frames,
                                       genre_front_end_get_features (front_end), config->n_labels,
                                       check, user_data, error);
  if (network == NULL)
    return NULL;

  model = g_new0 (GenreModel, 1);
  model->ref_count = 1;
  pthread_mutex_init (&model->lock, NULL);
  genre_model_config_copy (config, &model->config);
  model->front_end = g_steal_pointer (&front_end);
  model->network = g_steal_pointer (&network);
  return model;
}

GenreModel *
genre_model_new (const GenreModelConfig *config, GError **error)
{
  return model_new (config, NULL, NULL, error);
}

GenreModel *
genre_model_ref (GenreModel *model)
{
  g_atomic_int_inc (&model->ref_count);
  return model;
}

void
genre_model_unref (GenreModel *model)
{
  if (!g_atomic_int_dec_and_test (&model->ref_count))
    return;
  g_clear_pointer (&model->inference, genre_inference_free);
  genre_network_unref (model->network);
  genre_front_end_unref (model->front_end);
  genre_model_config_clear (&model->config);
  pthread_mutex_destroy (&model->lock);
  g_free (model);
}

const GenreModelConfig *
genre_model_get_config (const GenreModel *model)
{
  return &model->config;
}

void
genre_model_set_calibration (GenreModel *model, double temperature, double threshold)
{
  g_return_if_fail (check_calibration (temperature, threshold, NULL));

  model->config.temperature = temperature;
  model->config.threshold = threshold;
}

void
genre_model_set_provenance (GenreModel *model, const char *json)
{
  g_autoptr (JsonObject) object = genre_json_parse_object (json, -1, "provenance", NULL);
  char *copy;

  g_return_if_fail (object != NULL);

  copy = g_strdup (json);
  g_free (model->config.provenance);
  model->config.provenance = copy;
}

GenreFrontEnd *
genre_model_get_front_end (GenreModel *model)
{
  return model->front_end;
}

GenreNetwork *
genre_model_get_network (GenreModel *model)
{
  return model->network;
}

GenreInference *
genre_model_get_inference (GenreModel *model)
{
  GenreInference *inference;

  pthread_mutex_lock (&model->lock);
  if (model->inference == NULL)
    model->inference = genre_inference_new (model->network);
  inference = model->inference;
  pthread_mutex_unlock (&model->lock);
  return inference;
}

void
genre_model_classify_segment (GenreModel *model, const float *input, double *probabilities)
{
  float scores[GENRE_MODEL_MAX_LABELS];

  genre_inference_run (genre_model_get_inference (model), input, scores);
  genre_softmax (scores, model->config.n_labels, model->config.temperature, probabilities);
}

/* ---- reading: metadata ---- */

/* NULL and @error if there is no such metadata. */
static const char *
get_metadata (const GenreSafetensors *file, const char *key, GError **error)
{
  const char *value = genre_safetensors_get_metadata (file, key);

  if (value == NULL)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "no \"%s\" in the metadata, expected a genreclassify model", key);
  return value;
}

static gboolean
check_format (const GenreSafetensors *file, GError **error)
{
  const char *format = get_metadata (file, "format", error);

  if (format == NULL)
    return FALSE;
  if (strcmp (format, GENRE_MODEL_FORMAT) == 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR,
               g_str_has_prefix (format, FORMAT_PREFIX) ? GENRE_ERROR_UNSUPPORTED
                                                        : GENRE_ERROR_FORMAT,
               "format is \"%s\", expected \"%s\"", format, GENRE_MODEL_FORMAT);
  return FALSE;
}

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

static gboolean
read_labels (const GenreSafetensors *file, GenreModelConfig *config, GError **error)
{
  const char *text = get_metadata (file, "labels", error);
  g_autoptr (JsonNode) root = text != NULL ? genre_json_parse (text, -1, "labels", error) : NULL;
  JsonArray *array;

  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (root)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "labels are %s, expected an array",
                 json_node_type_name (root));
    return FALSE;
  }
  array = json_node_get_array (root);
  config->n_labels = json_array_get_length (array);
  config->labels = g_new0 (char *, config->n_labels + 1);
  config->display_names = g_new0 (char *, config->n_labels + 1);
  for (guint i = 0; i < config->n_labels; i++) {
    JsonNode *node = json_array_get_element (array, i);
    JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

    if (object == NULL || json_object_get_size (object) != 2 || !get_string (object, "label") ||
        !get_string (object, "name")) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                   "label %u is not {\"label\": string, \"name\": string}, as expected", i);
      return FALSE;
    }
    config->labels[i] = g_strdup (get_string (object, "label"));
    config->display_names[i] = g_strdup (get_string (object, "name"));
  }
  return TRUE;
}

static gboolean
read_front_end (const GenreSafetensors *file, GenreModelConfig *config, GError **error)
{
  const char *text = get_metadata (file, "front-end", error);
  g_autoptr (JsonObject) object = NULL;

  if (text == NULL)
    return FALSE;
  object = genre_json_parse_object (text, -1, "front-end", error);
  return object != NULL && genre_front_end_config_from_json (&config->front_end, object, error);
}

static gboolean
get_count (JsonObject *object, const char *name, guint *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);
  gint64 number;

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "segment: \"%s\" is %s, expected a whole number", name,
                 node != NULL ? json_node_type_name (node) : "missing");
    return FALSE;
  }
  number = json_node_get_int (node);
  *value = (guint)CLAMP (number, 0, G_MAXUINT); /* both ends are refused later */
  return TRUE;
}

static gboolean
read_segment (const GenreSafetensors *file, GenreModelConfig *config, GError **error)
{
  const char *text = get_metadata (file, "segment", error);
  g_autoptr (JsonObject) object = NULL;

  if (text == NULL)
    return FALSE;
  object = genre_json_parse_object (text, -1, "segment", error);
  if (object == NULL || !get_count (object, "frames", &config->segment_frames, error) ||
      !get_count (object, "step", &config->segment_step, error))
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
  char *end;

  if (text == NULL)
    return FALSE;
  /* g_ascii_strtod() would also take spaces, hexadecimal numbers, "inf" and "nan". */
  if (*text != '\0' && text[strspn (text, "+-.0123456789eE")] == '\0') {
    *value = g_ascii_strtod (text, &end);
    if (*end == '\0' && isfinite (*value))
      return TRUE;
  }
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s is \"%s\", expected a decimal number",
               key, text);
  return FALSE;
}

static gboolean
read_config (const GenreSafetensors *file, GenreModelConfig *config, GError **error)
{
  if (!check_format (file, error) || !read_labels (file, config, error) ||
      !read_front_end (file, config, error) || !read_segment (file, config, error) ||
      !read_number (file, "temperature", &config->temperature, error) ||
      !read_number (file, "threshold", &config->threshold, error))
    return FALSE;
  config->network = g_strdup (get_metadata (file, "network", error));
  if (config->network == NULL)
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

static gboolean
check_tensor (const GenreSafetensors *file, const GenreTensorInfo *info, GError **error)
{
  guint n_dimensions;
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  const float *stored = genre_safetensors_get_tensor (file, info->name, &n_dimensions, shape);
  g_autofree char *expected = describe_shape (info->n_dimensions, info->shape), *found = NULL;

  if (stored == NULL) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "tensor \"%s\" is missing, expected shape %s", info->name, expected);
    return FALSE;
  }
  if (n_dimensions != info->n_dimensions ||
      memcmp (shape, info->shape, n_dimensions * sizeof *shape) != 0) {
    found = describe_shape (n_dimensions, shape);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "tensor \"%s\": shape is %s, expected %s",
                 info->name, found, expected);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_tensors (const GenreSafetensors *file, const GArray *infos, GError **error)
{
  for (guint i = 0; i < infos->len; i++)
    if (!check_tensor (file, &g_array_index (infos, GenreTensorInfo, i), error))
      return FALSE;
  return TRUE;
}

/* What a small file describes must not take more room than the file has weights. */
static gboolean
check_network (const GenreNetwork *network, gconstpointer user_data, GError **error)
{
  const GenreSafetensors *file = user_data;

  return check_tensors (file, genre_network_get_parameter_info (network), error) &&
         check_tensors (file, genre_network_get_statistic_info (network), error);
}

/* A tensor that check_network() has seen. */
static void
read_tensor (const GenreSafetensors *file, const GenreTensorInfo *info, float *values)
{
  guint n_dimensions;
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];

  memcpy (values + info->offset,
          genre_safetensors_get_tensor (file, info->name, &n_dimensions, shape),
          info->size * sizeof (float));
}

/* The inference divides by the square root of a running variance. */
static gboolean
check_variance (const GenreTensorInfo *info, const float *values, GError **error)
{
  if (!g_str_has_suffix (info->name, "_var"))
    return TRUE;
  for (gsize i = 0; i < info->size; i++) {
    if (values[info->offset + i] < 0) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                   "tensor \"%s\": variance %" G_GSIZE_FORMAT " is %g, expected 0 or more",
                   info->name, i, (double)values[info->offset + i]);
      return FALSE;
    }
  }
  return TRUE;
}

/* Adds the names that are read to @known. */
static gboolean
read_array (const GenreSafetensors *file, const GArray *infos, float *values, GHashTable *known,
            GError **error)
{
  for (guint i = 0; i < infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (infos, GenreTensorInfo, i);

    read_tensor (file, info, values);
    if (!check_variance (info, values, error))
      return FALSE;
    g_hash_table_add (known, (gpointer)info->name);
  }
  return TRUE;
}

static gboolean
read_tensors (const GenreSafetensors *file, GenreNetwork *network, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GList) names = genre_safetensors_tensor_names (file);

  if (!read_array (file, genre_network_get_parameter_info (network),
                   genre_network_get_parameters (network), known, error) ||
      !read_array (file, genre_network_get_statistic_info (network),
                   genre_network_get_statistics (network), known, error))
    return FALSE;
  for (GList *l = names; l != NULL; l = l->next) {
    if (!g_hash_table_contains (known, l->data)) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                   "tensor \"%s\" is no part of the network, expected only its own",
                   (const char *)l->data);
      return FALSE;
    }
  }
  return TRUE;
}

static GenreModel *
model_from_file (const GenreSafetensors *file, GError **error)
{
  g_auto (GenreModelConfig) config = {0};
  g_autoptr (GenreModel) model = NULL;

  if (read_config (file, &config, error))
    model = model_new (&config, check_network, file, error);
  if (model != NULL && read_tensors (file, model->network, error))
    return g_steal_pointer (&model);
  g_prefix_error (error, "%s: ", genre_safetensors_get_name (file));
  return NULL;
}

GenreModel *
genre_model_load (const char *path, GError **error)
{
  g_autoptr (GenreSafetensors) file = genre_safetensors_load (path, error);

  return file != NULL ? model_from_file (file, error) : NULL;
}

GenreModel *
genre_model_parse (GBytes *bytes, const char *name, GError **error)
{
  g_autoptr (GenreSafetensors) file = genre_safetensors_parse (bytes, name, error);

  return file != NULL ? model_from_file (file, error) : NULL;
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
    json_array_add_object_element (array, object);
  }
  json_node_take_array (root, array);
  return genre_json_to_string (root);
}

static char *
front_end_to_json (const GenreModelConfig *config)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (root, genre_front_end_config_to_json (&config->front_end));
  return genre_json_to_string (root);
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
  genre_safetensors_set_metadata (file, "provenance", config->provenance);
}

static void
write_array (GenreSafetensors *file, const GArray *infos, GenreDtype dtype, const float *values)
{
  for (guint i = 0; i < infos->len; i++) {
    const GenreTensorInfo *info = &g_array_index (infos, GenreTensorInfo, i);

    genre_safetensors_set_tensor (file, info->name, dtype, info->n_dimensions, info->shape,
                                  values + info->offset);
  }
}

gboolean
genre_model_save (GenreModel *model, const char *path, GenreDtype dtype, GError **error)
{
  g_autoptr (GenreSafetensors) file = genre_safetensors_new ();
  GenreNetwork *network = model->network;

  write_config (file, &model->config);
  /* Wider values first, so that every one lies at a multiple of its size. */
  write_array (file, genre_network_get_statistic_info (network), GENRE_DTYPE_F32,
               genre_network_get_statistics (network));
  write_array (file, genre_network_get_parameter_info (network), dtype,
               genre_network_get_parameters (network));
  return genre_safetensors_save (file, path, error);
}
