/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the segments of a window say together: the power mean with exponent 1/2 of their
 * probabilities, scaled to the sum 1,
 *
 *   P_l = (mean_k √p_kl)² / Σ_m (mean_k √p_km)²
 *
 * It lies between the arithmetic mean (exponent 1), which is never surer than its segments though
 * they agree, and the geometric one (exponent 0, the mean of the scores), in which a single segment
 * rules a genre out. On clips never heard its log-loss is lower than the arithmetic one's
 * (models/README.md). Hölder means: Bullen, Handbook of Means and Their Inequalities, 2003, III.
 *
 * A model may know a background, sounds that are no music. Then p_kl are the probabilities of the
 * genres given that segment k is music, and a segment in which the background is more probable than
 * all genres together counts no more than silence does: only where every segment is such a one,
 * they are all that there is to go by. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define GENRE_LEAST_MUSIC 0.5 /* probability of music, below which something is called none */

typedef struct {
  guint n_labels; /* that a segment has probabilities of */
  guint n_genres; /* of these, the first ones; the others are background */
  guint64 n_heard, n_music;
  double music;       /* Σ_k of the genres' probability */
  double familiarity; /* the same over the segments that are music */
  double *background; /* (n_labels − n_genres,) Σ_k of theirs */
  double *roots;      /* (n_genres,) Σ_k √p_kl over the segments that are music */
  double *others;     /* (n_genres,) over those that are not */
} GenreAggregation;

/* Empty. */
void genre_aggregation_init (GenreAggregation *aggregation, guint n_labels, guint n_genres);
void genre_aggregation_clear (GenreAggregation *aggregation);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GenreAggregation, genre_aggregation_clear)
/* Forgets all segments. */
void genre_aggregation_reset (GenreAggregation *aggregation);
/* @probabilities: (n_labels,), sum 1. */
void genre_aggregation_add (GenreAggregation *aggregation, const double *probabilities);
/* @probabilities: (n_genres,), sum 1; uniform if there was no segment. Returns the mean probability
 * that it is music: 1 for a model without background, otherwise 0 if there was no segment. */
double genre_aggregation_finish (const GenreAggregation *aggregation, double *probabilities);

/* How surely what is music is that, the mean over those segments: a stretch of talk in a song has
 * no say in it. What resembles no genre resembles the background more than music of the genres
 * does, so it is lower there. 1 for a model without background, otherwise 0 if no segment is music.
 */
double genre_aggregation_get_familiarity (const GenreAggregation *aggregation);

/* What segments with these @scores of a network, (n_segments, n_labels), say together, the
 * probabilities of each being softmax (scores / @temperature); one whose scores are beyond all
 * numbers was not heard. @probabilities: (n_labels,), sum 1: the genres' times that it is music,
 * then the background's. @familiarity: genre_aggregation_get_familiarity() of them, or NULL.
 * Returns how many segments were heard. */
guint genre_aggregation_of_scores (const float *scores, guint n_segments, guint n_labels,
                                   guint n_genres, double temperature, double *probabilities,
                                   double *familiarity);

G_END_DECLS
