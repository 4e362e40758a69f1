/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "safetensors.h"
#include <math.h>
#include <string.h>
#include "files.h"
#include "half.h"
#include "json.h"

#define METADATA "__metadata__"
#define LENGTH_SIZE 8 /* bytes, of the header's length */

typedef struct {
  char *name;
  GenreDtype dtype;
  guint n_dimensions;
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  gsize n_values;
  guint64 begin, end; /* bytes, from the first tensor's first byte */
  const float *values;
  float *owned; /* the same, or NULL: somebody else's */
} Tensor;

struct _GenreSafetensors {
  char *name;
  GHashTable *metadata; /* char * → char * */
  GPtrArray *tensors;   /* of Tensor, in file order */
  GHashTable *by_name;  /* Tensor.name → Tensor, both owned by tensors */
};

static const struct {
  const char *name;
  gsize size; /* bytes */
} dtypes[] = {[GENRE_DTYPE_F32] = {"F32", 4}, [GENRE_DTYPE_F16] = {"F16", 2}};

static void
tensor_free (Tensor *tensor)
{
  g_free (tensor->name);
  g_free (tensor->owned);
  g_free (tensor);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tensor, tensor_free)

static GenreSafetensors *
safetensors_new (const char *name)
{
  GenreSafetensors *file = g_new (GenreSafetensors, 1);
  file->name = g_strdup (name);
  file->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  file->tensors = g_ptr_array_new_with_free_func ((GDestroyNotify)tensor_free);
  file->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return file;
}

GenreSafetensors *
genre_safetensors_new (void)
{
  return safetensors_new ("new file");
}

void
genre_safetensors_free (GenreSafetensors *file)
{
  g_hash_table_unref (file->by_name);
  g_ptr_array_unref (file->tensors);
  g_hash_table_unref (file->metadata);
  g_free (file->name);
  g_free (file);
}

/* ---- the header ---- */

G_GNUC_PRINTF (4, 5)
static gboolean
tensor_error (const GenreSafetensors *file, const char *tensor, GError **error, const char *format,
              ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *fault = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: tensor \"%s\": %s", file->name, tensor,
               fault);
  return FALSE;
}

static gboolean
read_metadata (GenreSafetensors *file, JsonNode *node, GError **error)
{
  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: metadata are %s, expected an object",
                 file->name, json_node_type_name (node));
    return FALSE;
  }
  JsonObjectIter iter;
  json_object_iter_init (&iter, json_node_get_object (node));
  const char *key;
  JsonNode *value;
  while (json_object_iter_next (&iter, &key, &value)) {
    if (json_node_get_value_type (value) != G_TYPE_STRING) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                   "%s: metadata \"%s\" is %s, expected a string", file->name, key,
                   json_node_type_name (value));
      return FALSE;
    }
    genre_safetensors_set_metadata (file, key, json_node_get_string (value));
  }
  return TRUE;
}

/* A whole number, 0 or more. */
static gboolean
get_size (JsonNode *node, guint64 *value)
{
  if (json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0)
    return FALSE;
  *value = (guint64)json_node_get_int (node);
  return TRUE;
}

/* FALSE, and @error says what @member is instead of what was expected. */
static gboolean
member_error (const GenreSafetensors *file, const Tensor *tensor, JsonObject *object,
              const char *member, const char *expected, GError **error)
{
  g_autofree char *found = genre_json_describe (json_object_get_member (object, member));
  return tensor_error (file, tensor->name, error, "\"%s\" is %s, expected %s", member, found,
                       expected);
}

static gboolean
read_dtype (const GenreSafetensors *file, Tensor *tensor, JsonObject *object, GError **error)
{
  const char *name = genre_json_peek_string (object, "dtype");
  if (!name)
    return member_error (file, tensor, object, "dtype", "F32 or F16", error);
  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++) {
    if (strcmp (name, dtypes[i].name) == 0) {
      tensor->dtype = (GenreDtype)i;
      return TRUE;
    }
  }
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_UNSUPPORTED,
               "%s: tensor \"%s\": dtype is \"%s\", expected F32 or F16", file->name, tensor->name,
               name);
  return FALSE;
}

static gboolean
read_shape (const GenreSafetensors *file, Tensor *tensor, JsonObject *object, GError **error)
{
  JsonArray *shape = genre_json_peek_array (object, "shape");
  if (!shape)
    return member_error (file, tensor, object, "shape", "an array of whole numbers from 0", error);
  if (json_array_get_length (shape) > GENRE_SAFETENSORS_MAX_DIMENSIONS)
    return tensor_error (file, tensor->name, error, "%u dimensions, expected at most %d",
                         json_array_get_length (shape), GENRE_SAFETENSORS_MAX_DIMENSIONS);
  tensor->n_dimensions = json_array_get_length (shape);
  tensor->n_values = 1;
  for (guint i = 0; i < tensor->n_dimensions; i++) {
    guint64 length;
    g_autofree char *found = genre_json_describe (json_array_get_element (shape, i));
    if (!get_size (json_array_get_element (shape, i), &length))
      return tensor_error (file, tensor->name, error,
                           "dimension %u is %s, expected a whole number from 0", i, found);
    tensor->shape[i] = (gsize)length;
    if (length > GENRE_SAFETENSORS_MAX_FILE ||
        !g_size_checked_mul (&tensor->n_values, tensor->n_values, (gsize)length) ||
        tensor->n_values > GENRE_SAFETENSORS_MAX_FILE)
      return tensor_error (file, tensor->name, error,
                           "dimension %u is %" G_GUINT64_FORMAT ", expected a tensor of at most %d "
                           "values",
                           i, length, GENRE_SAFETENSORS_MAX_FILE);
  }
  return TRUE;
}

/* Two of them. */
static gboolean
read_pair (const GenreSafetensors *file, Tensor *tensor, JsonArray *offsets, GError **error)
{
  guint64 *places[] = {&tensor->begin, &tensor->end};
  if (json_array_get_length (offsets) != G_N_ELEMENTS (places))
    return tensor_error (file, tensor->name, error,
                         "\"data_offsets\" has %u elements, expected two whole numbers from 0",
                         json_array_get_length (offsets));
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    JsonNode *node = json_array_get_element (offsets, i);
    g_autofree char *found = genre_json_describe (node);
    if (!get_size (node, places[i]))
      return tensor_error (file, tensor->name, error,
                           "element %u of \"data_offsets\" is %s, expected a whole number from 0",
                           i, found);
  }
  return TRUE;
}

static gboolean
read_offsets (const GenreSafetensors *file, Tensor *tensor, JsonObject *object, guint64 data_size,
              GError **error)
{
  JsonArray *offsets = genre_json_peek_array (object, "data_offsets");
  gsize n_bytes = tensor->n_values * dtypes[tensor->dtype].size;
  if (!offsets)
    return member_error (file, tensor, object, "data_offsets", "two whole numbers from 0", error);
  if (!read_pair (file, tensor, offsets, error))
    return FALSE;
  if (tensor->begin > tensor->end || tensor->end > data_size)
    return tensor_error (file, tensor->name, error,
                         "data from byte %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                         ", expected a range inside 0 to %" G_GUINT64_FORMAT,
                         tensor->begin, tensor->end, data_size);
  if (tensor->end - tensor->begin != n_bytes)
    return tensor_error (file, tensor->name, error,
                         "%" G_GUINT64_FORMAT " bytes of data, expected %" G_GSIZE_FORMAT
                         " for its shape",
                         tensor->end - tensor->begin, n_bytes);
  return TRUE;
}

static gboolean
read_tensor (GenreSafetensors *file, const char *name, JsonNode *node, guint64 data_size,
             GError **error)
{
  g_autoptr (Tensor) tensor = g_new0 (Tensor, 1);
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return tensor_error (file, name, error, "%s, expected an object", json_node_type_name (node));
  JsonObject *object = json_node_get_object (node);
  tensor->name = g_strdup (name);
  if (!read_dtype (file, tensor, object, error) || !read_shape (file, tensor, object, error) ||
      !read_offsets (file, tensor, object, data_size, error))
    return FALSE;
  if (json_object_get_size (object) != 3)
    return tensor_error (file, name, error,
                         "%u members, expected \"dtype\", \"shape\" and \"data_offsets\"",
                         json_object_get_size (object));
  g_ptr_array_add (file->tensors, g_steal_pointer (&tensor));
  return TRUE;
}

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  const Tensor *first = *(Tensor *const *)a, *second = *(Tensor *const *)b;
  if (first->begin != second->begin)
    return first->begin < second->begin ? -1 : 1;
  if (first->end != second->end)
    return first->end < second->end ? -1 : 1;
  return strcmp (first->name, second->name);
}

/* Brings the tensors into file order; together they must be all of the data. */
static gboolean
check_layout (GenreSafetensors *file, guint64 data_size, GError **error)
{
  guint64 end = 0;
  g_ptr_array_sort (file->tensors, compare_places);
  for (guint i = 0; i < file->tensors->len; i++) {
    Tensor *tensor = g_ptr_array_index (file->tensors, i);
    if (tensor->begin != end)
      return tensor_error (file, tensor->name, error,
                           "%s, its data begin at byte %" G_GUINT64_FORMAT
                           ", expected %" G_GUINT64_FORMAT,
                           tensor->begin < end ? "overlap" : "hole", tensor->begin, end);
    end = tensor->end;
    g_hash_table_insert (file->by_name, tensor->name, tensor);
  }
  if (end == data_size)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
               "%s: %" G_GUINT64_FORMAT " bytes of data, expected the %" G_GUINT64_FORMAT
               " of its tensors",
               file->name, data_size, end);
  return FALSE;
}

static gboolean
read_header (GenreSafetensors *file, const char *header, gsize header_size, guint64 data_size,
             GError **error)
{
  g_autofree char *what = g_strdup_printf ("%s: header", file->name);
  g_autoptr (JsonObject) object =
      genre_json_parse_object (header, (gssize)header_size, what, error);
  if (!object)
    return FALSE;
  JsonObjectIter iter;
  json_object_iter_init (&iter, object);
  const char *name;
  JsonNode *node;
  while (json_object_iter_next (&iter, &name, &node)) {
    gboolean good = strcmp (name, METADATA) == 0 ? read_metadata (file, node, error)
                                                 : read_tensor (file, name, node, data_size, error);
    if (!good)
      return FALSE;
  }
  return check_layout (file, data_size, error);
}

/* ---- the data ---- */

static float
load_value (GenreDtype dtype, const guint8 *data)
{
  guint16 half;
  if (dtype == GENRE_DTYPE_F16) {
    memcpy (&half, data, sizeof half);
    return genre_half_to_float (GUINT16_FROM_LE (half));
  }
  guint32 bits;
  memcpy (&bits, data, sizeof bits);
  bits = GUINT32_FROM_LE (bits);
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

static void
store_value (GenreDtype dtype, float value, guint8 *data)
{
  guint32 bits;
  guint16 half;
  if (dtype == GENRE_DTYPE_F16) {
    half = GUINT16_TO_LE (genre_half_from_float (value));
    memcpy (data, &half, sizeof half);
  } else {
    memcpy (&bits, &value, sizeof bits);
    bits = GUINT32_TO_LE (bits);
    memcpy (data, &bits, sizeof bits);
  }
}

static gboolean
read_values (const GenreSafetensors *file, Tensor *tensor, const guint8 *data, GError **error)
{
  gsize size = dtypes[tensor->dtype].size;
  tensor->values = tensor->owned = g_try_new (float, MAX (tensor->n_values, 1));
  if (!tensor->owned) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
                 "%s: tensor \"%s\": not enough memory for its %" G_GSIZE_FORMAT " values",
                 file->name, tensor->name, tensor->n_values);
    return FALSE;
  }
  for (gsize i = 0; i < tensor->n_values; i++) {
    float value = load_value (tensor->dtype, data + tensor->begin + i * size);
    if (!isfinite (value))
      return tensor_error (file, tensor->name, error,
                           "value %" G_GSIZE_FORMAT " is %g, expected a finite number", i,
                           (double)value);
    tensor->owned[i] = value;
  }
  return TRUE;
}

GenreSafetensors *
genre_safetensors_parse (GBytes *bytes, const char *name, GError **error)
{
  g_autoptr (GenreSafetensors) file = safetensors_new (name);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  if (size < LENGTH_SIZE) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "%s: %" G_GSIZE_FORMAT " bytes, expected a safetensors file of at least %d", name,
                 size, LENGTH_SIZE);
    return NULL;
  }
  guint64 header_size;
  memcpy (&header_size, data, LENGTH_SIZE);
  header_size = GUINT64_FROM_LE (header_size);
  if (header_size > MIN (size - LENGTH_SIZE, GENRE_SAFETENSORS_MAX_HEADER)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "%s: header of %" G_GUINT64_FORMAT " bytes in a file of %" G_GSIZE_FORMAT
                 ", expected a whole safetensors file with a header of at most %d",
                 name, header_size, size, GENRE_SAFETENSORS_MAX_HEADER);
    return NULL;
  }
  if (!read_header (file, (const char *)data + LENGTH_SIZE, header_size,
                    size - LENGTH_SIZE - header_size, error))
    return NULL;
  data += LENGTH_SIZE + header_size;
  for (guint i = 0; i < file->tensors->len; i++) {
    if (!read_values (file, g_ptr_array_index (file->tensors, i), data, error))
      return NULL;
  }
  return g_steal_pointer (&file);
}

/* ---- files ---- */

GenreSafetensors *
genre_safetensors_load (const char *path, GError **error)
{
  return genre_safetensors_load_within (path, GENRE_SAFETENSORS_MAX_FILE, error);
}

GenreSafetensors *
genre_safetensors_load_within (const char *path, gsize max_size, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autoptr (GBytes) bytes = genre_file_read (path, max_size, error);
  return bytes ? genre_safetensors_parse (bytes, name, error) : NULL;
}

static JsonNode *
make_header (const GenreSafetensors *file)
{
  JsonObject *header = json_object_new ();
  g_autoptr (GList) keys = genre_safetensors_metadata_keys (file);
  gint64 offset = 0;
  if (keys) {
    JsonObject *metadata = json_object_new ();
    for (GList *l = keys; l; l = l->next)
      json_object_set_string_member (metadata, l->data,
                                     genre_safetensors_get_metadata (file, l->data));
    json_object_set_object_member (header, METADATA, metadata);
  }
  for (guint i = 0; i < file->tensors->len; i++) {
    const Tensor *tensor = g_ptr_array_index (file->tensors, i);
    JsonObject *object = json_object_new ();
    JsonArray *shape = json_array_new (), *offsets = json_array_new ();
    for (guint j = 0; j < tensor->n_dimensions; j++)
      json_array_add_int_element (shape, (gint64)tensor->shape[j]);
    json_array_add_int_element (offsets, offset);
    offset += (gint64)(tensor->n_values * dtypes[tensor->dtype].size);
    json_array_add_int_element (offsets, offset);
    json_object_set_string_member (object, "dtype", dtypes[tensor->dtype].name);
    json_object_set_array_member (object, "shape", shape);
    json_object_set_array_member (object, "data_offsets", offsets);
    json_object_set_object_member (header, tensor->name, object);
  }
  JsonNode *root = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (root, header);
  return root;
}

/* What genre_safetensors_parse() would refuse is not written. */
static gboolean
check_values (const Tensor *tensor, const char *name, GError **error)
{
  float max = tensor->dtype == GENRE_DTYPE_F16 ? GENRE_HALF_MAX : G_MAXFLOAT;
  for (gsize i = 0; i < tensor->n_values; i++) {
    if (!(fabsf (tensor->values[i]) <= max)) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                   "%s: tensor \"%s\": value %" G_GSIZE_FORMAT " is %g, expected at most %g", name,
                   tensor->name, i, (double)tensor->values[i], (double)max);
      return FALSE;
    }
  }
  return TRUE;
}

/* Bytes of the tensors, if they can be written. */
static gboolean
add_up (const GenreSafetensors *file, const char *name, gsize *size, GError **error)
{
  *size = 0;
  for (guint i = 0; i < file->tensors->len; i++) {
    const Tensor *tensor = g_ptr_array_index (file->tensors, i);
    if (!check_values (tensor, name, error))
      return FALSE;
    *size += tensor->n_values * dtypes[tensor->dtype].size;
  }
  return TRUE;
}

static void
store_tensors (const GenreSafetensors *file, guint8 *data)
{
  for (guint i = 0; i < file->tensors->len; i++) {
    const Tensor *tensor = g_ptr_array_index (file->tensors, i);
    gsize size = dtypes[tensor->dtype].size;
    for (gsize j = 0; j < tensor->n_values; j++)
      store_value (tensor->dtype, tensor->values[j], data + j * size);
    data += tensor->n_values * size;
  }
}

/* The whole file, or NULL and @error. */
static guint8 *
make_file (const GenreSafetensors *file, const char *name, gsize max_size, gsize *size,
           GError **error)
{
  g_autoptr (JsonNode) root = make_header (file);
  g_autofree char *header = genre_json_to_string (root, FALSE);
  gsize length = strlen (header), padding = -length % 8; /* tensors begin at a multiple of 8 */
  gsize before = LENGTH_SIZE + length + padding, n_bytes;
  guint64 stored_length = GUINT64_TO_LE ((guint64)(length + padding));
  if (!add_up (file, name, &n_bytes, error))
    return NULL;
  *size = before + n_bytes;
  if (length + padding > GENRE_SAFETENSORS_MAX_HEADER || *size > max_size) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%s: header of %" G_GSIZE_FORMAT " bytes in a file of %" G_GSIZE_FORMAT
                 ", expected at most %d and %" G_GSIZE_FORMAT,
                 name, length + padding, *size, GENRE_SAFETENSORS_MAX_HEADER, max_size);
    return NULL;
  }
  guint8 *bytes = g_try_malloc (*size);
  if (!bytes) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
                 "%s: not enough memory for its %" G_GSIZE_FORMAT " bytes", name, *size);
    return NULL;
  }
  memcpy (bytes, &stored_length, LENGTH_SIZE);
  memcpy (bytes + LENGTH_SIZE, header, length);
  memset (bytes + LENGTH_SIZE + length, ' ', padding);
  store_tensors (file, bytes + before);
  return bytes;
}

gboolean
genre_safetensors_save (const GenreSafetensors *file, const char *path, GError **error)
{
  return genre_safetensors_save_within (file, path, GENRE_SAFETENSORS_MAX_FILE, error);
}

gboolean
genre_safetensors_save_within (const GenreSafetensors *file, const char *path, gsize max_size,
                               GError **error)
{
  gsize size;
  g_autofree char *name = g_filename_display_name (path);
  g_autofree guint8 *bytes = make_file (file, name, max_size, &size, error);
  return bytes && genre_file_write (path, bytes, size, error);
}

/* ---- contents ---- */

const char *
genre_safetensors_get_metadata (const GenreSafetensors *file, const char *key)
{
  return g_hash_table_lookup (file->metadata, key);
}

void
genre_safetensors_set_metadata (GenreSafetensors *file, const char *key, const char *value)
{
  g_return_if_fail (g_utf8_validate (key, -1, NULL) && g_utf8_validate (value, -1, NULL));
  g_hash_table_insert (file->metadata, g_strdup (key), g_strdup (value));
}

GList *
genre_safetensors_metadata_keys (const GenreSafetensors *file)
{
  return g_list_sort (g_hash_table_get_keys (file->metadata), (GCompareFunc)strcmp);
}

const float *
genre_safetensors_get_tensor (const GenreSafetensors *file, const char *name, guint *n_dimensions,
                              gsize *shape)
{
  const Tensor *tensor = g_hash_table_lookup (file->by_name, name);
  if (!tensor)
    return NULL;
  *n_dimensions = tensor->n_dimensions;
  memcpy (shape, tensor->shape, sizeof tensor->shape);
  return tensor->values;
}

/* Of this name and shape, without values. */
static Tensor *
place_tensor (GenreSafetensors *file, const char *name, GenreDtype dtype, guint n_dimensions,
              const gsize *shape)
{
  Tensor *tensor = g_hash_table_lookup (file->by_name, name);
  g_return_val_if_fail (n_dimensions <= GENRE_SAFETENSORS_MAX_DIMENSIONS, NULL);
  g_return_val_if_fail (strcmp (name, METADATA) != 0 && g_utf8_validate (name, -1, NULL), NULL);
  if (!tensor) {
    tensor = g_new0 (Tensor, 1);
    tensor->name = g_strdup (name);
    g_ptr_array_add (file->tensors, tensor);
    g_hash_table_insert (file->by_name, tensor->name, tensor);
  }
  tensor->dtype = dtype;
  tensor->n_dimensions = n_dimensions;
  tensor->n_values = 1;
  for (guint i = 0; i < n_dimensions; i++) {
    tensor->shape[i] = shape[i];
    tensor->n_values *= shape[i];
  }
  g_clear_pointer (&tensor->owned, g_free);
  tensor->values = NULL;
  return tensor;
}

void
genre_safetensors_set_tensor (GenreSafetensors *file, const char *name, GenreDtype dtype,
                              guint n_dimensions, const gsize *shape, const float *values)
{
  Tensor *tensor = place_tensor (file, name, dtype, n_dimensions, shape);
  if (!tensor)
    return;
  tensor->values = tensor->owned = g_new (float, MAX (tensor->n_values, 1));
  if (tensor->n_values > 0)
    memcpy (tensor->owned, values, tensor->n_values * sizeof (float));
}

void
genre_safetensors_lend_tensor (GenreSafetensors *file, const char *name, GenreDtype dtype,
                               guint n_dimensions, const gsize *shape, const float *values)
{
  Tensor *tensor = place_tensor (file, name, dtype, n_dimensions, shape);
  if (tensor)
    tensor->values = values;
}

GList *
genre_safetensors_tensor_names (const GenreSafetensors *file)
{
  GList *names = NULL;
  for (guint i = file->tensors->len; i > 0; i--) {
    const Tensor *tensor = g_ptr_array_index (file->tensors, i - 1);
    names = g_list_prepend (names, tensor->name);
  }
  return names;
}

const char *
genre_safetensors_get_name (const GenreSafetensors *file)
{
  return file->name;
}
