/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreLookalikes: pairs of genres that a model takes for each other, and what would be gained if
 * they were one. */
#pragma once
#include "scores.h"
G_BEGIN_DECLS

typedef struct {
  guint a, b;       /* labels, a < b */
  guint n_clips;    /* of both */
  guint n_confused; /* of these: answered with the other one */
  double gain;      /* in accuracy over all clips, if the two were one label, as probable beforehand
                       as any other: with the mean of their probabilities. At most @n_confused
                       clips, less than 0 if more are lost; 0 if there is no third label */
} GenreLookalikes;

/* Pairs with a clip that was taken for the other, the largest gain first. @scores: of genres alone
 * (genre_scores_of_genres()). (transfer full), of GenreLookalikes */
GArray *genre_lookalikes_find (const GenreScores *scores);

G_END_DECLS
