/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From scores to probabilities, and to what training minimises. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Mean over the batch of the cross-entropy of softmax (scores) against @targets (batch, n_labels),
 * rows summing to the weight of an input, mostly 1; @score_gradient receives its gradient, scaled
 * by @scale. */
double genre_softmax_cross_entropy (const float *scores, const float *targets, guint batch,
                                    guint n_labels, float scale, float *score_gradient);
/* Mean over pairs, rows 2i and 2i + 1, of the mean squared distance of their scores, whatever is
 * added to all scores of a row: softmax does not see that, either. Logits rather than probabilities
 * (Kannan et al. 2018, "Adversarial logit pairing"), for those are all but 0 and 1 in training.
 * Adds the gradient, times @scale, to @score_gradient. */
double genre_pair_distance (const float *scores, guint n_pairs, guint n_labels, float scale,
                            float *score_gradient);
/* softmax (scores / temperature) */
void genre_softmax (const float *scores, guint n_labels, double temperature, double *probabilities);

G_END_DECLS
