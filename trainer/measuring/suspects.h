/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreSuspects: clips that may be labelled wrongly. A model that never heard them is sure that
 * they are of another genre and finds their own one improbable; of what it is sure of, nine in ten
 * answers are right where labels are, so that a look is worth while. */
#pragma once
#include "scores.h"
G_BEGIN_DECLS

typedef struct {
  guint clip;
  guint answer;      /* label */
  double confidence; /* its probability */
  double own;        /* probability of the clip's own label */
} GenreSuspect;

/* What may be left out: that clip may well be called that. */
typedef gboolean (*GenreSuspectFunc) (const GenreScores *scores, guint clip, guint answer,
                                      gpointer user_data);

/* The surest first. @scores: out of fold, calibrated, of genres alone. @is_called: or NULL.
 * (transfer full), of GenreSuspect */
GArray *genre_suspects_find (const GenreScores *scores, GenreSuspectFunc is_called,
                             gpointer user_data);

G_END_DECLS
