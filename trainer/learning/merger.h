/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One model of several: its network holds theirs side by side and gives the weighted mean of their
 * scores, each divided by its temperature, so that its probabilities are the (normalised) weighted
 * geometric mean of theirs. It costs as much as all of them together. */
#pragma once
#include "model.h"
G_BEGIN_DECLS

/* "1,1.5,1": @n numbers from 0.01 to 100, so that half precision holds each share;
 * GENRE_ERROR_INVALID says what is wrong. (n,), (transfer full) */
double *genre_merge_parse_weights (const char *text, guint n, GError **error);

/* Numbers from -20 to 20, to be added to the scores of @n genres: the same. */
double *genre_merge_parse_biases (const char *text, guint n, GError **error);

/* @models: one or more of GenreModel with the same labels, front end and segments, whose networks
 * end with a dense layer, or are merged ones; GENRE_ERROR_INVALID names what differs. @names: what
 * errors call each. @weights: (models->len,) of which only the ratios count, or NULL for
 * equal ones. The result has temperature 1, threshold and doubt 0 and, as provenance, those of all
 * members. (transfer full) */
GenreModel *genre_merge (GPtrArray *models, const double *weights, char *const *names,
                         GError **error);

G_END_DECLS
