/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreCalibration: what makes the scores of a network honest about music that it never heard,
 *
 *   p = softmax ((scores + biases) / temperature),
 *
 * bias-corrected temperature scaling (Alexandari, Kundaje & Shrikumar 2020, "Maximum Likelihood
 * with Bias-Corrected Calibration is Hard-To-Beat at Label Shift Adaptation", §2.2). Artists that
 * nobody has heard are taken for those of a genre that has many of them: the biases take that back.
 */
#pragma once
#include "segmentscores.h"
G_BEGIN_DECLS

typedef struct {
  double temperature; /* genre_segment_scores_calibrate() */
  double *biases;     /* (n_labels,): sum 0; 0 of the background */
} GenreCalibration;

/* Fitted to the clips of the genres, of the genres alone, given that it is music. Each genre counts
 * the same, however many clips it has. The biases are such that in the mean over these clips a
 * genre is as probable as it is frequent, drawn towards 0 where few clips speak: the most probable
 * ones after the fact, that of a bias / temperature being before it normal with deviation 0.4.
 * (transfer full) */
GenreCalibration *genre_calibration_fit (const GenreSegmentScores *scores);
/* Without biases. (transfer full) */
GenreCalibration *genre_calibration_new (guint n_labels, double temperature);
void genre_calibration_free (GenreCalibration *calibration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreCalibration, genre_calibration_free)

G_END_DECLS
