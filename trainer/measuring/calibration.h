/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreCalibration: what makes the scores of a network honest about music that it never heard,
 *
 *   p = softmax ((scores + biases) / temperature),
 *
 * bias-corrected temperature scaling (Alexandari, Kundaje & Shrikumar 2020, "Maximum Likelihood
 * with Bias-Corrected Calibration is Hard-To-Beat at Label Shift Adaptation"). Artists that nobody
 * has heard are taken for those of a genre that has many of them: the biases take that back. With a
 * background they also move the odds of music of a genre against it: their sum is 0, so that they
 * do so little on the whole. */
#pragma once
#include "segmentscores.h"
G_BEGIN_DECLS

typedef struct {
  double temperature; /* genre_segment_scores_calibrate() */
  double *biases;     /* (n_labels,): sum 0; 0 of the background */
} GenreCalibration;

/* Fitted to the clips of the genres, of the genres alone, given that it is music. The biases are
 * those of genres that are all as frequent: how many clips each has here is taken into account,
 * with p times that number. They are such that in the mean over these clips a genre is as probable
 * as it is frequent, but drawn towards 0, the more the fewer clips a genre has: of clips of one
 * segment the most probable biases, if before anybody has heard a clip bias / temperature is normal
 * with deviation 0.4. NULL if @stop, unless NULL, is set meanwhile: with many genres of many clips
 * it takes minutes. (transfer full) */
GenreCalibration *genre_calibration_fit (const GenreSegmentScores *scores, const gint *stop);
/* Without biases. (transfer full) */
GenreCalibration *genre_calibration_new (guint n_labels, double temperature);
void genre_calibration_free (GenreCalibration *calibration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreCalibration, genre_calibration_free)

G_END_DECLS
