/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreMetrics: how good answers are, measured against known genres.
 *
 * The answer for a clip is its most probable label (the first of equals); thresholds play no part.
 * Of a genre: precision = right answers of this genre / all answers of it (0 if there was none),
 * recall = right answers / clips of the genre, F1 = their harmonic mean. AUC is the area under the
 * ROC curve of this genre against the rest, by the Mann-Whitney statistic with midranks for ties
 * (T. Fawcett, "An introduction to ROC analysis", 2006). A genre without clips has no recall, F1
 * and AUC (NAN) and stays out of the macro means, which weigh genres equally.
 *
 * Expected calibration error: Σ n_b / n · |accuracy_b − confidence_b| over 15 bins of equal width
 * of the highest probability (C. Guo et al., "On calibration of modern neural networks", 2017). */
#pragma once
#include "scores.h"
G_BEGIN_DECLS

#define GENRE_METRICS_BINS 15
#define GENRE_METRICS_THRESHOLDS 101 /* 0.00, 0.01 … 1.00 */

typedef struct {
  guint n_clips;
  double precision, recall, f1, auc;
} GenreLabelMetrics;

typedef struct {
  guint n_clips;
  double confidence, accuracy; /* means; 0 if empty */
} GenreCalibrationBin;

typedef struct {
  double coverage; /* share of clips answered with at least this confidence */
  double accuracy; /* among those; NAN if there is none */
} GenreCoverage;

typedef struct {
  guint n_labels, n_clips;
  GenreLabelMetrics *genres; /* (n_labels,) */
  GenreLabelMetrics macro;   /* means; n_clips in all */
  guint *confusion;          /* (n_labels, n_labels): row truth, column answer */
  guint n_right;
  double accuracy;
  double accuracy_low, accuracy_high; /* 95 % interval (Wilson 1927) */
  double log_loss;                    /* mean of -ln p(truth), p at least 1e-12 */
  double calibration_error;
  GenreCalibrationBin bins[GENRE_METRICS_BINS];
  GenreCoverage coverage[GENRE_METRICS_THRESHOLDS];
} GenreMetrics;

/* @scores: at least one clip. */
GenreMetrics *genre_metrics_new (const GenreScores *scores);
void genre_metrics_free (GenreMetrics *metrics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreMetrics, genre_metrics_free)

/* The most probable of the first @n, at least one; the first of those that are equal but for
 * rounding. */
guint genre_metrics_find_best (const double *probabilities, guint n);
/* That of the labels of clip @clip. */
guint genre_scores_answer (const GenreScores *scores, guint clip);

typedef struct {
  double false_positive_rate, true_positive_rate;
} GenreRocPoint;
/* From (0, 0) to (1, 1), one point per probability, those that differ by rounding alone being
 * one; NULL where AUC is not defined.
 * (transfer full), of GenreRocPoint */
GArray *genre_scores_roc (const GenreScores *scores, guint label);
/* Under such a curve: the AUC. */
double genre_roc_area (const GArray *curve);

G_END_DECLS
