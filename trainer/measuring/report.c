/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"
#include "printable.h"
#include <math.h>

guint
genre_report_width (const char *text)
{
  g_autofree char *shown = printable (text);
  guint width = 0;
  for (const char *p = shown; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (!g_unichar_iszerowidth (c))
      width += g_unichar_iswide (c) ? 2 : 1;
  }
  return width;
}

void
genre_report_pad (GString *string, const char *text, guint width)
{
  g_autofree char *shown = printable (text);
  g_string_append (string, shown);
  for (guint i = genre_report_width (text); i < width; i++)
    g_string_append_c (string, ' ');
}

static guint
name_column (char *const *display_names, guint n)
{
  guint width = genre_report_width ("Macro mean");
  for (guint i = 0; i < n; i++)
    width = MAX (width, genre_report_width (display_names[i]));
  return width;
}

/* ---- text ---- */

static void
append_percent (GString *text, double value)
{
  if (isnan (value))
    g_string_append_printf (text, "%11s", "-");
  else
    g_string_append_printf (text, "%11.1f", 100 * value);
}

static void
append_row (GString *text, const char *name, guint width, const GenreLabelMetrics *row)
{
  genre_report_pad (text, name, width);
  append_percent (text, row->precision);
  append_percent (text, row->recall);
  append_percent (text, row->f1);
  if (isnan (row->auc))
    g_string_append_printf (text, "%9s", "-");
  else
    g_string_append_printf (text, "%9.3f", row->auc);
  g_string_append_printf (text, "%8u\n", row->n_clips);
}

static void
append_rule (GString *text, guint width)
{
  for (guint i = 0; i < width; i++)
    g_string_append (text, "─");
  g_string_append_c (text, '\n');
}

static void
append_confusion (GString *text, const GenreMetrics *metrics, char *const *names, guint width)
{
  guint n = metrics->n_labels;
  g_string_append (text, "\nConfusion (rows: truth, columns: answers in the same order)\n");
  for (guint i = 0; i < n; i++) {
    genre_report_pad (text, names[i], width);
    for (guint j = 0; j < n; j++) {
      guint count = metrics->confusion[i * n + j];
      if (count > 0)
        g_string_append_printf (text, "%5u", count);
      else
        g_string_append (text, "    ·");
    }
    g_string_append_c (text, '\n');
  }
}

char *
genre_report_text (const GenreMetrics *metrics, char *const *display_names)
{
  GString *text = g_string_new (NULL);
  guint width = name_column (display_names, metrics->n_labels);
  guint full = width + 3 * 11 + 9 + 8;
  genre_report_pad (text, "Genre", width);
  g_string_append (text, GENRE_REPORT_COLUMNS);
  append_rule (text, full);
  for (guint i = 0; i < metrics->n_labels; i++)
    append_row (text, display_names[i], width, &metrics->genres[i]);
  append_rule (text, full);
  append_row (text, "Macro mean", width, &metrics->macro);
  g_string_append_printf (text,
                          "\nAccuracy  %.1f %%  (%u of %u clips; 95 %% interval %.1f to %.1f)\n",
                          100 * metrics->accuracy, metrics->n_right, metrics->n_clips,
                          100 * metrics->accuracy_low, 100 * metrics->accuracy_high);
  g_string_append_printf (text, "Expected calibration error  %.3f  (%d bins of equal width)\n",
                          metrics->calibration_error, GENRE_METRICS_BINS);
  append_confusion (text, metrics, display_names, width);
  return g_string_free (text, FALSE);
}

/* ---- JSON ---- */

void
genre_report_set_path (JsonObject *object, const char *member, const char *path)
{
  g_autofree char *name = path ? g_filename_display_name (path) : NULL;
  if (name)
    json_object_set_string_member (object, member, name);
}

void
genre_report_set_number (JsonObject *object, const char *name, double value)
{
  if (isfinite (value))
    json_object_set_double_member (object, name, value);
  else
    json_object_set_null_member (object, name);
}

static void
set_measures (JsonObject *object, const GenreLabelMetrics *measures)
{
  genre_report_set_number (object, "precision", measures->precision);
  genre_report_set_number (object, "recall", measures->recall);
  genre_report_set_number (object, "f1", measures->f1);
  genre_report_set_number (object, "auc", measures->auc);
}

static JsonArray *
genres_json (const GenreMetrics *metrics, char *const *labels, char *const *display_names)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < metrics->n_labels; i++) {
    JsonObject *genre = json_object_new ();
    json_object_set_string_member (genre, "label", labels[i]);
    json_object_set_string_member (genre, "name", display_names[i]);
    json_object_set_int_member (genre, "clips", metrics->genres[i].n_clips);
    set_measures (genre, &metrics->genres[i]);
    json_array_add_object_element (array, genre);
  }
  return array;
}

static JsonArray *
confusion_json (const GenreMetrics *metrics)
{
  JsonArray *rows = json_array_new ();
  for (guint i = 0; i < metrics->n_labels; i++) {
    JsonArray *row = json_array_new ();
    for (guint j = 0; j < metrics->n_labels; j++)
      json_array_add_int_element (row, metrics->confusion[i * metrics->n_labels + j]);
    json_array_add_array_element (rows, row);
  }
  return rows;
}

static JsonArray *
calibration_json (const GenreMetrics *metrics)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < GENRE_METRICS_BINS; i++) {
    const GenreCalibrationBin *bin = &metrics->bins[i];
    JsonObject *object = json_object_new ();
    json_object_set_int_member (object, "clips", bin->n_clips);
    genre_report_set_number (object, "confidence", bin->n_clips > 0 ? bin->confidence : NAN);
    genre_report_set_number (object, "accuracy", bin->n_clips > 0 ? bin->accuracy : NAN);
    json_array_add_object_element (array, object);
  }
  return array;
}

static JsonArray *
coverage_json (const GenreMetrics *metrics)
{
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < GENRE_METRICS_THRESHOLDS; i++) {
    JsonObject *object = json_object_new ();
    genre_report_set_number (object, "threshold", (double)i / (GENRE_METRICS_THRESHOLDS - 1));
    genre_report_set_number (object, "coverage", metrics->coverage[i].coverage);
    genre_report_set_number (object, "accuracy", metrics->coverage[i].accuracy);
    json_array_add_object_element (array, object);
  }
  return array;
}

JsonObject *
genre_report_json (const GenreMetrics *metrics, char *const *labels, char *const *display_names)
{
  JsonObject *object = json_object_new ();
  json_object_set_string_member (object, "format", GENRE_REPORT_FORMAT);
  json_object_set_int_member (object, "clips", metrics->n_clips);
  json_object_set_double_member (object, "accuracy", metrics->accuracy);
  JsonArray *interval = json_array_new ();
  json_array_add_double_element (interval, metrics->accuracy_low);
  json_array_add_double_element (interval, metrics->accuracy_high);
  json_object_set_array_member (object, "accuracy-interval", interval);
  JsonObject *macro = json_object_new ();
  set_measures (macro, &metrics->macro);
  json_object_set_object_member (object, "macro", macro);
  genre_report_set_number (object, "expected-calibration-error", metrics->calibration_error);
  genre_report_set_number (object, "log-loss", metrics->log_loss);
  json_object_set_array_member (object, "genres", genres_json (metrics, labels, display_names));
  json_object_set_array_member (object, "confusion", confusion_json (metrics));
  json_object_set_array_member (object, "calibration", calibration_json (metrics));
  json_object_set_array_member (object, "coverage", coverage_json (metrics));
  return object;
}
