/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network that is still being trained says about clips, and the temperature that makes its
 * probabilities honest. */
#pragma once
#include "data/dataset.h"
#include "network.h"
G_BEGIN_DECLS

typedef struct {
  guint n_clips, n_labels;
  guint *truth;      /* (n_clips,) */
  GPtrArray *scores; /* of GArray of float: (segments, n_labels) of each clip */
} GenreSegmentScores;

/* All segments, @step frames apart, of all clips long enough. */
GenreSegmentScores *genre_segment_scores_new (GenreNetwork *network, GenreFrontEnd *front_end,
                                              guint step, GPtrArray *clips, guint n_threads);
void genre_segment_scores_free (GenreSegmentScores *scores);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreSegmentScores, genre_segment_scores_free)

/* Mean of −log p (truth), where p is what a clip's segments say together (aggregation.h), each
 * softmax (scores / @temperature), and the share of clips whose most probable label is right. */
void genre_segment_scores_measure (const GenreSegmentScores *scores, double temperature,
                                   double *loss, double *accuracy);
/* The temperature from 0.1 to 10 of the lowest loss (Guo et al. 2017), by golden section. */
double genre_segment_scores_calibrate (const GenreSegmentScores *scores);

G_END_DECLS
