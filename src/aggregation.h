/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the segments of a window say together: the power mean with exponent 1/2 of their
 * probabilities, scaled to the sum 1,
 *
 *   P_l = (mean_k √p_kl)² / Σ_m (mean_k √p_km)²
 *
 * It lies between the arithmetic mean (exponent 1), which is never surer than its segments though
 * they agree, and the geometric one (exponent 0, the mean of the scores), in which a single segment
 * rules a genre out. On clips never heard its log-loss is lower than the arithmetic one's
 * (models/README.md). Hölder means: Bullen, Handbook of Means and Their Inequalities, 2003, III. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Takes one segment into @sum, (n_labels,), zeros at first. @probabilities: (n_labels,), sum 1. */
void genre_aggregation_add (const double *probabilities, guint n_labels, double *sum);
/* The @probabilities (n_labels,) of the @n segments in @sum, which may be the same array; uniform
 * if there is none. */
void genre_aggregation_finish (const double *sum, guint64 n, guint n_labels, double *probabilities);

/* The same of segments with these @scores of a network, (n_segments, n_labels): the probabilities
 * of each are softmax (scores / @temperature). Scores beyond all numbers make every probability
 * NaN: such a segment was not heard. Returns how many were. */
guint genre_aggregation_of_scores (const float *scores, guint n_segments, guint n_labels,
                                   double temperature, double *probabilities);

G_END_DECLS
