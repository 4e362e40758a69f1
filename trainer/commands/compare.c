/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train compare */
#include <math.h>
#include <string.h>
#include "command.h"
#include "files.h"
#include "json.h"
#include "measuring/comparison.h"
#include "measuring/pictures.h"
#include "measuring/report.h"
#include "options.h"
#include "printable.h"
#include "translation.h"

#define NAME "compare"
#define COLUMN 12

static const char summary[] =
    N_ ("Sets results that evaluate or cross-validate wrote as JSON side by "
        "side: F1 of each genre, macro\n"
        "means, accuracy, AUC and calibration error. Where all are of its ten genres, the first "
        "column holds\n"
        "the published figures of the original work (on an easy random split), as far as they are "
        "known.");

static const char description[] =
    N_ ("A result may be given a name: NAME=FILE. Otherwise the file's name serves; equal ones are "
        "numbered.\n\n"
        "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
        "Example:\n"
        "  genre-train compare CNN=cnn.json ResNet=resnet.json --picture f1.png\n");

/* ---- text ---- */

typedef struct {
  const char *name;
  gsize offset; /* of a double in GenreCompared */
  gboolean percent;
} Row;

static const Row rows[] = {
    {"Macro F1", G_STRUCT_OFFSET (GenreCompared, macro_f1), TRUE},
    {"Macro precision", G_STRUCT_OFFSET (GenreCompared, macro_precision), TRUE},
    {"Macro recall", G_STRUCT_OFFSET (GenreCompared, macro_recall), TRUE},
    {"Accuracy", G_STRUCT_OFFSET (GenreCompared, accuracy), TRUE},
    {"Macro AUC", G_STRUCT_OFFSET (GenreCompared, macro_auc), FALSE},
    {"Calibration error", G_STRUCT_OFFSET (GenreCompared, calibration_error), FALSE},
};

static void
append_right (GString *line, const char *text, guint width)
{
  g_autofree char *shown = printable (text);
  for (guint i = genre_report_width (text); i < width; i++)
    g_string_append_c (line, ' ');
  g_string_append (line, shown);
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
column_width (const GenreCompared *result)
{
  return MAX (COLUMN, genre_report_width (result->name) + 2);
}

static void
print_clips (const GPtrArray *results, guint width)
{
  g_autoptr (GString) line = g_string_new (NULL);
  genre_report_pad (line, "Clips", width);
  for (guint i = 0; i < results->len; i++) {
    const GenreCompared *result = results->pdata[i];
    g_autofree char *text =
        isnan (result->n_clips) ? g_strdup ("") : g_strdup_printf ("%.0f", result->n_clips);
    append_right (line, text, column_width (result));
  }
  g_print ("%s\n", line->str);
}

/* Two accuracies whose intervals overlap may be one. */
static void
print_intervals (const GPtrArray *results, guint width)
{
  g_autoptr (GString) line = g_string_new (NULL);
  genre_report_pad (line, "95 % interval", width);
  for (guint i = 0; i < results->len; i++) {
    const GenreCompared *result = results->pdata[i];
    g_autofree char *text = isnan (result->accuracy_low)
                                ? g_strdup ("")
                                : g_strdup_printf ("%.1f–%.1f", 100 * result->accuracy_low,
                                                   100 * result->accuracy_high);
    append_right (line, text, column_width (result));
  }
  g_print ("%s\n", line->str);
}

static void
print_row (const GPtrArray *results, const char *name, guint width, const char *label,
           const Row *row)
{
  g_autoptr (GString) line = g_string_new (NULL);
  genre_report_pad (line, name, width);
  for (guint i = 0; i < results->len; i++) {
    const GenreCompared *result = results->pdata[i];
    double value = row ? G_STRUCT_MEMBER (double, result, row->offset)
                       : genre_comparison_get_f1 (result, label);
    append_number (line, value, !row || row->percent, column_width (result));
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
print_table (const GenreComparison *comparison)
{
  const GPtrArray *results = comparison->results;
  guint width = genre_report_width ("Calibration error");
  g_autoptr (GString) heading = g_string_new (NULL);
  for (guint i = 0; i < comparison->names->len; i++)
    width = MAX (width, genre_report_width (comparison->names->pdata[i]));
  genre_report_pad (heading, "F1, %", width);
  for (guint i = 0; i < results->len; i++)
    append_right (heading, ((GenreCompared *)results->pdata[i])->name,
                  column_width (results->pdata[i]));
  g_print ("%s\n", heading->str);
  print_rule (results, width);
  for (guint i = 0; i < comparison->labels->len; i++)
    print_row (results, comparison->names->pdata[i], width, comparison->labels->pdata[i], NULL);
  print_rule (results, width);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    print_row (results, rows[i].name, width, NULL, &rows[i]);
    if (rows[i].offset == G_STRUCT_OFFSET (GenreCompared, accuracy))
      print_intervals (results, width);
  }
  print_clips (results, width);
  if (genre_comparison_is_uneven (comparison))
    g_print (_ ("The results are of different numbers of clips: what differs may be the clips, and "
                "not the models.\n"));
}

/* ---- JSON and picture ---- */

static JsonArray *
interval_json (const GenreCompared *result)
{
  JsonArray *interval = json_array_new ();
  json_array_add_double_element (interval, result->accuracy_low);
  json_array_add_double_element (interval, result->accuracy_high);
  return interval;
}

static JsonObject *
result_json (const GenreCompared *result, const GenreComparison *comparison)
{
  JsonObject *object = json_object_new (), *f1 = json_object_new ();
  json_object_set_string_member (object, "name", result->name);
  for (guint i = 0; i < comparison->labels->len; i++)
    genre_report_set_number (f1, comparison->labels->pdata[i],
                             genre_comparison_get_f1 (result, comparison->labels->pdata[i]));
  json_object_set_object_member (object, "f1", f1);
  genre_report_set_number (object, "macro-f1", result->macro_f1);
  genre_report_set_number (object, "macro-precision", result->macro_precision);
  genre_report_set_number (object, "macro-recall", result->macro_recall);
  genre_report_set_number (object, "macro-auc", result->macro_auc);
  genre_report_set_number (object, "accuracy", result->accuracy);
  genre_report_set_number (object, "expected-calibration-error", result->calibration_error);
  if (isnan (result->accuracy_low))
    json_object_set_null_member (object, "accuracy-interval");
  else
    json_object_set_array_member (object, "accuracy-interval", interval_json (result));
  if (isnan (result->n_clips))
    json_object_set_null_member (object, "clips");
  else
    json_object_set_int_member (object, "clips", (gint64)result->n_clips);
  return object;
}

static gboolean
save_json (const GenreComparison *comparison, const char *path, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < comparison->results->len; i++)
    json_array_add_object_element (array, result_json (comparison->results->pdata[i], comparison));
  json_object_set_string_member (object, "format", "genreclassify-comparison-1");
  json_object_set_array_member (object, "results", array);
  return genre_json_save (object, path, error);
}

static gboolean
save_picture (const GenreComparison *comparison, const char *path, GError **error)
{
  const GPtrArray *results = comparison->results;
  guint n_groups = comparison->labels->len + 1; /* and the macro mean */
  g_autofree double *values = g_new (double, (gsize)results->len *n_groups);
  g_autofree const char **series = g_new (const char *, results->len);
  g_autofree const char **groups = g_new (const char *, n_groups);
  for (guint j = 0; j + 1 < n_groups; j++)
    groups[j] = comparison->names->pdata[j];
  groups[n_groups - 1] = "Macro mean";
  for (guint i = 0; i < results->len; i++) {
    const GenreCompared *result = results->pdata[i];
    series[i] = result->name;
    for (guint j = 0; j + 1 < n_groups; j++)
      values[(gsize)i * n_groups + j] =
          genre_comparison_get_f1 (result, comparison->labels->pdata[j]);
    values[(gsize)(i + 1) * n_groups - 1] = result->macro_f1;
  }
  return genre_picture_bars (series, results->len, groups, n_groups, values, "F1", path, error);
}

/* ---- the command ---- */

/* @argument: "FILE" or "NAME=FILE"; a file whose own name has a '=' is a file. */
static const char *
path_of (const char *argument)
{
  const char *equals = g_file_test (argument, G_FILE_TEST_EXISTS) ? NULL : strchr (argument, '=');
  return equals ? equals + 1 : argument;
}

static gboolean
add_argument (GenreComparison *comparison, const char *argument, GError **error)
{
  const char *path = path_of (argument);
  g_autofree char *name = path > argument + 1 ? g_strndup (argument, (gsize)(path - argument) - 1)
                                              : genre_file_stem (path); /* "=FILE" names none */
  return genre_comparison_add (comparison, name, path, error);
}

static gboolean
check_outputs (char **files, const char *json, const char *picture, GError **error)
{
  const char *const outputs[] = {json, picture};
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  for (char **file = files; *file; file++)
    g_ptr_array_add (inputs, (char *)path_of (*file));
  g_ptr_array_add (inputs, NULL);
  return (!json || genre_command_check_output (json, error)) &&
         (!picture || genre_command_check_picture (picture, error)) &&
         genre_command_check_apart (outputs, G_N_ELEMENTS (outputs), (char *const *)inputs->pdata,
                                    error);
}

static gboolean
compare (char **files, gboolean with_original, const char *json, const char *picture,
         GError **error)
{
  if (!check_outputs (files, json, picture, error))
    return FALSE;
  g_autoptr (GenreComparison) comparison = genre_comparison_new ();
  for (char **file = files; *file; file++)
    if (!add_argument (comparison, *file, error))
      return FALSE;
  if (with_original)
    genre_comparison_add_original (comparison);
  print_table (comparison);
  return (!json || save_json (comparison, json, error)) &&
         (!picture || save_picture (comparison, picture, error));
}

int
genre_command_compare (int argc, char **argv)
{
  g_autofree char *json = NULL, *picture = NULL;
  gboolean without_original = FALSE;
  const GOptionEntry entries[] = {
      GENRE_OPTION_TABLE (&json),
      {"picture", 'p', 0, G_OPTION_ARG_FILENAME, &picture, N_ ("Draw the F1 of each genre as PNG"),
       N_ ("FILE")},
      {"without-original", 0, 0, G_OPTION_ARG_NONE, &without_original,
       N_ ("Leave the original work's column out"), NULL},
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("[NAME=]RESULT.json…"), summary, description, entries);
  if (!genre_command_parse (context, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc < 2)
    return genre_command_usage (NAME, _ ("at least one result is needed"));
  g_autoptr (GError) error = NULL;
  return compare (argv + 1, !without_original, json, picture, &error)
             ? GENRE_EXIT_OK
             : genre_command_fail (NAME, error);
}
