/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train compare */
#include <math.h>
#include <string.h>
#include "command.h"
#include "files.h"
#include "json.h"
#include "measuring/pictures.h"
#include "measuring/report.h"
#include "options.h"

#define NAME "compare"
#define MAX_JSON (64 * 1024 * 1024) /* bytes */
#define COLUMN 12

static const char summary[] = "Sets results that evaluate or cross-validate wrote as JSON side by "
                              "side: F1 of each genre, macro\n"
                              "means, accuracy, AUC and calibration error. The first column holds "
                              "the published figures of the\n"
                              "original work (on an easy random split), as far as they are known.";

static const char description[] =
    "A result may be given a name: NAME=FILE. Otherwise the file's name serves.\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
    "Example:\n"
    "  genre-train compare CNN=cnn.json ResNet=resnet.json --picture f1.png\n";

/* One column. What a result does not say is NAN. */
typedef struct {
  char *name;
  GHashTable *f1; /* label: double */
  double macro_f1, macro_precision, macro_recall, macro_auc, accuracy, calibration_error;
} Result;

static void
result_free (Result *result)
{
  g_free (result->name);
  g_hash_table_unref (result->f1);
  g_free (result);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Result, result_free)

static Result *
result_new (const char *name)
{
  Result *result = g_new0 (Result, 1);
  result->name = g_utf8_make_valid (name, -1); /* a file name need not be UTF-8 */
  result->f1 = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  result->macro_f1 = result->macro_precision = result->macro_recall = result->macro_auc = NAN;
  result->accuracy = result->calibration_error = NAN;
  return result;
}

static void
set_f1 (Result *result, const char *label, double value)
{
  g_hash_table_insert (result->f1, g_strdup (label), g_memdup2 (&value, sizeof value));
}

static double
get_f1 (const Result *result, const char *label)
{
  const double *value = g_hash_table_lookup (result->f1, label);
  return value == NULL ? NAN : *value;
}

/* F1 of the original work, from its published summary; other rows are not known to us. */
static Result *
original_work (void)
{
  Result *result = result_new ("Original");
  set_f1 (result, "reggae", 0.17);
  set_f1 (result, "country", 0.52);
  set_f1 (result, "pop", 0.53);
  set_f1 (result, "rock", 0.64);
  result->macro_f1 = 0.64;
  return result;
}

/* ---- reading ---- */

/* Genres in the order in which results name them. */
typedef struct {
  GPtrArray *labels, *names; /* of char *, owned */
} Genres;

static void
add_genre (Genres *genres, const char *label, const char *name)
{
  if (g_ptr_array_find_with_equal_func (genres->labels, label, g_str_equal, NULL))
    return;
  g_ptr_array_add (genres->labels, g_strdup (label));
  g_ptr_array_add (genres->names, g_strdup (name));
}

static double
number (JsonObject *object, const char *member)
{
  JsonNode *node = object == NULL ? NULL : json_object_get_member (object, member);
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      (json_node_get_value_type (node) != G_TYPE_DOUBLE &&
       json_node_get_value_type (node) != G_TYPE_INT64))
    return NAN;
  return json_node_get_double (node);
}

static const char *
string (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  gboolean is_string = node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
                       json_node_get_value_type (node) == G_TYPE_STRING;
  return is_string ? json_node_get_string (node) : NULL;
}

static gboolean
read_genres (Result *result, JsonArray *array, Genres *genres)
{
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    if (!JSON_NODE_HOLDS_OBJECT (element))
      return FALSE;
    JsonObject *genre = json_node_get_object (element);
    const char *label = string (genre, "label"), *name = string (genre, "name");
    if (label == NULL || name == NULL)
      return FALSE;
    add_genre (genres, label, name);
    set_f1 (result, label, number (genre, "f1"));
  }
  return json_array_get_length (array) > 0;
}

static JsonNode *
member_of_kind (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_TYPE (node) == type ? node : NULL;
}

static gboolean
read_measures (Result *result, JsonObject *object, Genres *genres)
{
  const char *format = string (object, "format");
  JsonNode *macro = member_of_kind (object, "macro", JSON_NODE_OBJECT);
  JsonNode *rows = member_of_kind (object, "genres", JSON_NODE_ARRAY);
  if (g_strcmp0 (format, GENRE_REPORT_FORMAT) != 0 || macro == NULL || rows == NULL)
    return FALSE;
  result->accuracy = number (object, "accuracy");
  result->calibration_error = number (object, "expected-calibration-error");
  result->macro_f1 = number (json_node_get_object (macro), "f1");
  result->macro_precision = number (json_node_get_object (macro), "precision");
  result->macro_recall = number (json_node_get_object (macro), "recall");
  result->macro_auc = number (json_node_get_object (macro), "auc");
  return read_genres (result, json_node_get_array (rows), genres);
}

/* @argument: "FILE" or "NAME=FILE"; a file whose own name has a '=' is a file. */
static Result *
read_result (const char *argument, Genres *genres, GError **error)
{
  gboolean is_file = g_file_test (argument, G_FILE_TEST_EXISTS);
  const char *equals = is_file ? NULL : strchr (argument, '=');
  const char *path = equals != NULL ? equals + 1 : argument;
  g_autofree char *name = equals != NULL ? g_strndup (argument, (gsize)(equals - argument))
                                         : genre_file_stem (argument);
  g_autofree char *text = genre_file_read_text (path, MAX_JSON, error);
  if (text == NULL)
    return NULL;
  g_autoptr (JsonObject) object = genre_json_parse_object (text, -1, path, error);
  if (object == NULL)
    return NULL;
  g_autoptr (Result) result = result_new (name);
  if (read_measures (result, object, genres))
    return g_steal_pointer (&result);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
               "%s: not a result of evaluate or cross-validate (\"%s\")", path,
               GENRE_REPORT_FORMAT);
  return NULL;
}

/* ---- text ---- */

typedef struct {
  const char *name;
  gsize offset; /* of a double in Result */
  gboolean percent;
} Row;

static const Row rows[] = {
    {"Macro F1", G_STRUCT_OFFSET (Result, macro_f1), TRUE},
    {"Macro precision", G_STRUCT_OFFSET (Result, macro_precision), TRUE},
    {"Macro recall", G_STRUCT_OFFSET (Result, macro_recall), TRUE},
    {"Accuracy", G_STRUCT_OFFSET (Result, accuracy), TRUE},
    {"Macro AUC", G_STRUCT_OFFSET (Result, macro_auc), FALSE},
    {"Calibration error", G_STRUCT_OFFSET (Result, calibration_error), FALSE},
};

static void
append_right (GString *line, const char *text, guint width)
{
  for (guint i = genre_report_width (text); i < width; i++)
    g_string_append_c (line, ' ');
  g_string_append (line, text);
}

static void
append_number (GString *line, double value, gboolean percent, guint width)
{
  g_autofree char *text = isnan (value) ? g_strdup ("")
                          : percent     ? g_strdup_printf ("%.1f", 100 * value)
                                        : g_strdup_printf ("%.3f", value);
  append_right (line, text, width);
}

static guint
column_width (const Result *result)
{
  return MAX (COLUMN, genre_report_width (result->name) + 2);
}

static void
print_row (const GPtrArray *results, const char *name, guint width, const char *label,
           const Row *row)
{
  g_autoptr (GString) line = g_string_new (NULL);
  genre_report_pad (line, name, width);
  for (guint i = 0; i < results->len; i++) {
    const Result *result = results->pdata[i];
    double value =
        label != NULL ? get_f1 (result, label) : G_STRUCT_MEMBER (double, result, row->offset);
    append_number (line, value, label != NULL || row->percent, column_width (result));
  }
  g_print ("%s\n", line->str);
}

static void
print_rule (const GPtrArray *results, guint width)
{
  g_autoptr (GString) line = g_string_new (NULL);
  for (guint i = 0; i < results->len; i++)
    width += column_width (results->pdata[i]);
  for (guint i = 0; i < width; i++)
    g_string_append (line, "─");
  g_print ("%s\n", line->str);
}

static void
print_table (const GPtrArray *results, const Genres *genres)
{
  guint width = genre_report_width ("Calibration error");
  g_autoptr (GString) heading = g_string_new (NULL);
  for (guint i = 0; i < genres->names->len; i++)
    width = MAX (width, genre_report_width (genres->names->pdata[i]));
  genre_report_pad (heading, "F1, %", width);
  for (guint i = 0; i < results->len; i++)
    append_right (heading, ((Result *)results->pdata[i])->name, column_width (results->pdata[i]));
  g_print ("%s\n", heading->str);
  print_rule (results, width);
  for (guint i = 0; i < genres->labels->len; i++)
    print_row (results, genres->names->pdata[i], width, genres->labels->pdata[i], NULL);
  print_rule (results, width);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    print_row (results, rows[i].name, width, NULL, &rows[i]);
}

/* ---- JSON and picture ---- */

static JsonObject *
result_json (const Result *result, const Genres *genres)
{
  JsonObject *object = json_object_new (), *f1 = json_object_new ();
  json_object_set_string_member (object, "name", result->name);
  for (guint i = 0; i < genres->labels->len; i++)
    genre_report_set_number (f1, genres->labels->pdata[i],
                             get_f1 (result, genres->labels->pdata[i]));
  json_object_set_object_member (object, "f1", f1);
  genre_report_set_number (object, "macro-f1", result->macro_f1);
  genre_report_set_number (object, "macro-precision", result->macro_precision);
  genre_report_set_number (object, "macro-recall", result->macro_recall);
  genre_report_set_number (object, "macro-auc", result->macro_auc);
  genre_report_set_number (object, "accuracy", result->accuracy);
  genre_report_set_number (object, "expected-calibration-error", result->calibration_error);
  return object;
}

static gboolean
save_json (const GPtrArray *results, const Genres *genres, const char *path, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < results->len; i++)
    json_array_add_object_element (array, result_json (results->pdata[i], genres));
  json_object_set_string_member (object, "format", "genreclassify-comparison-1");
  json_object_set_array_member (object, "results", array);
  return genre_report_save_json (object, path, error);
}

static gboolean
save_picture (const GPtrArray *results, const Genres *genres, const char *path, GError **error)
{
  guint n_groups = genres->labels->len + 1; /* and the macro mean */
  g_autofree double *values = g_new (double, (gsize)results->len *n_groups);
  g_autofree const char **series = g_new (const char *, results->len);
  g_autofree const char **groups = g_new (const char *, n_groups);
  for (guint j = 0; j + 1 < n_groups; j++)
    groups[j] = genres->names->pdata[j];
  groups[n_groups - 1] = "Macro mean";
  for (guint i = 0; i < results->len; i++) {
    const Result *result = results->pdata[i];
    series[i] = result->name;
    for (guint j = 0; j + 1 < n_groups; j++)
      values[(gsize)i * n_groups + j] = get_f1 (result, genres->labels->pdata[j]);
    values[(gsize)(i + 1) * n_groups - 1] = result->macro_f1;
  }
  return genre_picture_bars (series, results->len, groups, n_groups, values, "F1", path, error);
}

/* ---- the command ---- */

static gboolean
compare (char **files, gboolean with_original, const char *json, const char *picture,
         GError **error)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify)result_free);
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Genres genres = {labels, names};
  if (with_original)
    g_ptr_array_add (results, original_work ());
  for (char **file = files; *file != NULL; file++) {
    Result *result = read_result (*file, &genres, error);
    if (result == NULL)
      return FALSE;
    g_ptr_array_add (results, result);
  }
  print_table (results, &genres);
  return (json == NULL || save_json (results, &genres, json, error)) &&
         (picture == NULL || save_picture (results, &genres, picture, error));
}

int
genre_command_compare (int argc, char **argv)
{
  g_autofree char *json = NULL, *picture = NULL;
  gboolean without_original = FALSE;
  const GOptionEntry entries[] = {
      GENRE_OPTION_TABLE (&json),
      {"picture", 'p', 0, G_OPTION_ARG_FILENAME, &picture, "Draw the F1 of each genre as PNG",
       "FILE"},
      {"without-original", 0, 0, G_OPTION_ARG_NONE, &without_original,
       "Leave the original work's column out", NULL},
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, "[NAME=]RESULT.json…", summary, description, entries);
  if (!genre_command_parse (context, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc < 2)
    return genre_command_usage (NAME, "at least one result is needed");
  g_autoptr (GError) error = NULL;
  return compare (argv + 1, !without_original, json, picture, &error)
             ? GENRE_EXIT_OK
             : genre_command_fail (NAME, error);
}
