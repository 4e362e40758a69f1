/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "comparison.h"
#include "files.h"
#include "json.h"
#include "report.h"
#include <math.h>
#include <string.h>

#define MAX_JSON (64 * 1024 * 1024) /* bytes */

static void
result_free (GenreCompared *result)
{
  g_free (result->name);
  g_hash_table_unref (result->f1);
  g_free (result);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreCompared, result_free)

static gboolean
is_taken (const GenreComparison *comparison, const char *name)
{
  for (guint i = 0; i < comparison->results->len; i++)
    if (strcmp (((const GenreCompared *)comparison->results->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* Results of the same name in different folders are told apart by their order. */
static char *
make_name (const GenreComparison *comparison, const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1); /* a file name need not be UTF-8 */
  char *own = g_strdup (valid);
  for (guint n = 2; is_taken (comparison, own); n++) {
    g_free (own);
    own = g_strdup_printf ("%s (%u)", valid, n);
  }
  return own;
}

static GenreCompared *
result_new (const GenreComparison *comparison, const char *name)
{
  GenreCompared *result = g_new0 (GenreCompared, 1);
  result->name = make_name (comparison, name);
  result->f1 = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  result->macro_f1 = result->macro_precision = result->macro_recall = result->macro_auc = NAN;
  result->accuracy = result->calibration_error = NAN;
  result->accuracy_low = result->accuracy_high = result->n_clips = NAN;
  return result;
}

static void
set_f1 (GenreCompared *result, const char *label, double value)
{
  g_hash_table_insert (result->f1, g_strdup (label), g_memdup2 (&value, sizeof value));
}

double
genre_comparison_get_f1 (const GenreCompared *result, const char *label)
{
  const double *value = g_hash_table_lookup (result->f1, label);
  return !value ? NAN : *value;
}

static gboolean
is_of_original_genres (const GenreCompared *result)
{
  static const char *const genres[] = {"blues", "classical", "country", "disco",  "hiphop",
                                       "jazz",  "metal",     "pop",     "reggae", "rock"};
  for (guint i = 0; i < G_N_ELEMENTS (genres); i++)
    if (!g_hash_table_contains (result->f1, genres[i]))
      return FALSE;
  return g_hash_table_size (result->f1) == G_N_ELEMENTS (genres);
}

/* F1 from its published summary; other rows are not known to us. */
void
genre_comparison_add_original (GenreComparison *comparison)
{
  for (guint i = 0; i < comparison->results->len; i++)
    if (!is_of_original_genres (comparison->results->pdata[i]))
      return;
  GenreCompared *result = result_new (comparison, "Original");
  set_f1 (result, "reggae", 0.17);
  set_f1 (result, "country", 0.52);
  set_f1 (result, "pop", 0.53);
  set_f1 (result, "rock", 0.64);
  result->macro_f1 = 0.64;
  g_ptr_array_insert (comparison->results, 0, result);
}

/* ---- reading ---- */

static void
add_genre (GenreComparison *comparison, const char *label, const char *name)
{
  if (g_ptr_array_find_with_equal_func (comparison->labels, label, g_str_equal, NULL))
    return;
  g_ptr_array_add (comparison->labels, g_strdup (label));
  g_ptr_array_add (comparison->names, g_strdup (name));
}

static double
number (JsonObject *object, const char *member)
{
  double value = NAN;
  genre_json_peek_number (object, member, &value);
  return value;
}

/* What is no pair of numbers, low and high, says nothing. */
static void
read_interval (GenreCompared *result, JsonObject *object)
{
  JsonArray *interval = genre_json_peek_array (object, "accuracy-interval");
  if (!interval || json_array_get_length (interval) != 2)
    return;
  double ends[2];
  for (guint i = 0; i < 2; i++) {
    JsonNode *end = json_array_get_element (interval, i);
    if (json_node_get_value_type (end) != G_TYPE_DOUBLE &&
        json_node_get_value_type (end) != G_TYPE_INT64)
      return;
    ends[i] = json_node_get_double (end);
  }
  if (ends[0] >= 0 && ends[0] <= ends[1] && ends[1] <= 1) {
    result->accuracy_low = ends[0];
    result->accuracy_high = ends[1];
  }
}

static void
read_clips (GenreCompared *result, JsonObject *object)
{
  double n = number (object, "clips");
  if (n >= 0 && n <= G_MAXUINT && n == floor (n))
    result->n_clips = n;
}

static gboolean
read_genres (GenreCompared *result, JsonArray *array, GenreComparison *comparison)
{
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    if (!JSON_NODE_HOLDS_OBJECT (element))
      return FALSE;
    JsonObject *genre = json_node_get_object (element);
    const char *label = genre_json_peek_string (genre, "label");
    const char *name = genre_json_peek_string (genre, "name");
    if (!label || !name)
      return FALSE;
    add_genre (comparison, label, name);
    set_f1 (result, label, number (genre, "f1"));
  }
  return json_array_get_length (array) > 0;
}

static gboolean
read_measures (GenreCompared *result, JsonObject *object, GenreComparison *comparison)
{
  const char *format = genre_json_peek_string (object, "format");
  JsonObject *macro = genre_json_peek_object (object, "macro");
  JsonArray *rows = genre_json_peek_array (object, "genres");
  if (g_strcmp0 (format, GENRE_REPORT_FORMAT) != 0 || !macro || !rows)
    return FALSE;
  result->accuracy = number (object, "accuracy");
  result->calibration_error = number (object, "expected-calibration-error");
  read_clips (result, object);
  read_interval (result, object);
  result->macro_f1 = number (macro, "f1");
  result->macro_precision = number (macro, "precision");
  result->macro_recall = number (macro, "recall");
  result->macro_auc = number (macro, "auc");
  return read_genres (result, rows, comparison);
}

gboolean
genre_comparison_add (GenreComparison *comparison, const char *name, const char *path,
                      GError **error)
{
  g_autofree char *text = genre_file_read_text (path, MAX_JSON, error);
  if (!text)
    return FALSE;
  g_autoptr (JsonObject) object = genre_json_parse_object (text, -1, path, error);
  if (!object)
    return FALSE;
  g_autoptr (GenreCompared) result = result_new (comparison, name);
  if (read_measures (result, object, comparison)) {
    g_ptr_array_add (comparison->results, g_steal_pointer (&result));
    return TRUE;
  }
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
               "%s: not a result of evaluate or cross-validate (\"%s\")", path,
               GENRE_REPORT_FORMAT);
  return FALSE;
}

/* ---- the comparison ---- */

gboolean
genre_comparison_is_uneven (const GenreComparison *comparison)
{
  double n = NAN;
  for (guint i = 0; i < comparison->results->len; i++) {
    double own = ((const GenreCompared *)comparison->results->pdata[i])->n_clips;
    if (!isnan (n) && !isnan (own) && own != n)
      return TRUE;
    n = isnan (own) ? n : own;
  }
  return FALSE;
}

GenreComparison *
genre_comparison_new (void)
{
  GenreComparison *comparison = g_new (GenreComparison, 1);
  comparison->results = g_ptr_array_new_with_free_func ((GDestroyNotify)result_free);
  comparison->labels = g_ptr_array_new_with_free_func (g_free);
  comparison->names = g_ptr_array_new_with_free_func (g_free);
  return comparison;
}

void
genre_comparison_free (GenreComparison *comparison)
{
  g_ptr_array_unref (comparison->results);
  g_ptr_array_unref (comparison->labels);
  g_ptr_array_unref (comparison->names);
  g_free (comparison);
}
