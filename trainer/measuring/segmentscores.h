/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreSegmentScores: what a network says, before softmax, about the segments of clips whose genre
 * is known, and the temperature that makes its probabilities honest. */
#pragma once
#include "data/dataset.h"
#include "network.h"
G_BEGIN_DECLS

typedef struct {
  guint n_clips, n_labels;
  guint n_genres;    /* of the labels, the first ones; the others are background (aggregation.h) */
  guint *truth;      /* (n_clips,); n_labels: none of them */
  GPtrArray *scores; /* of GArray of float: (segments, n_labels) of each clip */
} GenreSegmentScores;

/* Of no clip yet. */
GenreSegmentScores *genre_segment_scores_new (guint n_labels, guint n_genres);
/* One more clip; keeps a reference to its @segments, of float, (segments, n_labels). */
void genre_segment_scores_add (GenreSegmentScores *scores, guint truth, GArray *segments);
/* Of a network that is still being trained: all segments, @step frames apart, of @clips (of
 * GenreClip); none of a clip that is shorter. In fewer threads where there is no memory for so
 * many; NULL and GENRE_ERROR_DATA if there is none for a single one. */
GenreSegmentScores *genre_segment_scores_from_network (GenreNetwork *network,
                                                       GenreFrontEnd *front_end, guint step,
                                                       guint n_genres, GPtrArray *clips,
                                                       guint n_threads, GError **error);
/* Whether there is memory for that now, before hours of training. GENRE_ERROR_DATA */
gboolean genre_segment_scores_check_room (GenreNetwork *network, GError **error);
/* @scores (of GArray of float, none NULL), of which each rank has filled in those that
 * genre_ranks_divide() gives it, become those of all. */
void genre_segment_scores_share (GPtrArray *scores);
void genre_segment_scores_free (GenreSegmentScores *scores);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreSegmentScores, genre_segment_scores_free)

/* The same clips with @biases, (n_labels,), added to the scores of each segment. (transfer full) */
GenreSegmentScores *genre_segment_scores_shift (const GenreSegmentScores *scores,
                                                const double *biases);

/* What the segments of clip @clip say together, genre_aggregation_of_scores(): the @probabilities
 * (n_labels,) and the @familiarity, which may be NULL; FALSE if none was heard. */
gboolean genre_segment_scores_answer (const GenreSegmentScores *scores, guint clip,
                                      double temperature, double *probabilities,
                                      double *familiarity);
/* Mean of −log p (truth), where p is that answer, and the share of clips whose most probable label
 * is right; clips without segments and those of no label are
 * left out. */
void genre_segment_scores_measure (const GenreSegmentScores *scores, double temperature,
                                   double *loss, double *accuracy);
/* The temperature from 0.1 to 10 (Guo et al. 2017), by golden section, with the lowest loss of the
 * genres' clips, of the genres alone, given that it is music: background and other music have no
 * say in how sure of a genre an answer is. 1 where none has a lower loss than that. @stop, unless
 * NULL, ends it early when it is set: what is returned is good for nothing then. */
double genre_segment_scores_calibrate (const GenreSegmentScores *scores, const gint *stop);
/* What is to be said behind a temperature that was fitted: that it is where that search ends, for
 * then the loss is lower beyond; mostly "". */
const char *genre_temperature_remark (double temperature);

G_END_DECLS
