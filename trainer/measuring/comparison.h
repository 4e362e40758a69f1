/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreComparison: results that files hold as genre_report_json() made them, side by side. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

/* What a result does not say is NAN. */
typedef struct {
  char *name;
  GHashTable *f1; /* label: double, see genre_comparison_get_f1() */
  double macro_f1, macro_precision, macro_recall, macro_auc, accuracy, calibration_error;
  double accuracy_low, accuracy_high; /* 95 % interval */
  double n_clips;
} GenreCompared;

typedef struct {
  GPtrArray *results;        /* of GenreCompared, as added */
  GPtrArray *labels, *names; /* of char *: genres in the order in which results name them */
} GenreComparison;

GenreComparison *genre_comparison_new (void);
void genre_comparison_free (GenreComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreComparison, genre_comparison_free)

/* The published figures of the original work, "Original" (numbered as above), before the results so
 * far, if all of these are of its ten genres and no others: a mean over others is no figure to set
 * beside its own.
 */
void genre_comparison_add_original (GenreComparison *comparison);
/* The result in the file @path, under @name, which need not be UTF-8; the second of that name is
 * "@name (2)". GENRE_ERROR_IO, GENRE_ERROR_FORMAT. */
gboolean genre_comparison_add (GenreComparison *comparison, const char *name, const char *path,
                               GError **error);
/* Whether two results say that they are of different numbers of clips. */
gboolean genre_comparison_is_uneven (const GenreComparison *comparison);
/* F1 of a genre. */
double genre_comparison_get_f1 (const GenreCompared *result, const char *label);

G_END_DECLS
