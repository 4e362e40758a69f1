/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics as people and programs read them. */
#pragma once
#include <json-glib/json-glib.h>
#include "metrics.h"
G_BEGIN_DECLS

#define GENRE_REPORT_FORMAT "genreclassify-metrics-1"

/* The end of its head line. */
#define GENRE_REPORT_COLUMNS "  Precision     Recall         F1      AUC   Clips\n"
/* The table that papers print, with accuracy, calibration error and confusion matrix under it.
 * (transfer full) */
char *genre_report_text (const GenreMetrics *metrics, char *const *display_names);

/* {"format": "genreclassify-metrics-1", "clips": 290, "accuracy": 0.71, "accuracy-interval": [,],
 *  "macro": {"precision", "recall", "f1", "auc"}, "expected-calibration-error", "log-loss",
 *  "genres": [{"label", "name", "clips", "precision", "recall", "f1", "auc"}],
 *  "confusion": [[row truth, column answer]], "calibration": [{"clips", "confidence", "accuracy"}],
 *  "coverage": [{"threshold", "coverage", "accuracy"}]}; what is not defined is null.
 * (transfer full) */
JsonObject *genre_report_json (const GenreMetrics *metrics, char *const *labels,
                               char *const *display_names);

/* A file name, which need not be UTF-8 as JSON is; nothing if @path is NULL. */
void genre_report_set_path (JsonObject *object, const char *member, const char *path);
/* null if @value is not finite. */
void genre_report_set_number (JsonObject *object, const char *name, double value);

/* Columns that @text takes on a terminal, as printable() shows it; and that, followed by spaces up
 * to @width of them. */
guint genre_report_width (const char *text);
void genre_report_pad (GString *string, const char *text, guint width);

G_END_DECLS
