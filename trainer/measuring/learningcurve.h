/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreLearningCurve: how wrong answers become fewer with more to learn from, seen at two points:
 * from half of the songs, and from all. Errors fall as a power of the number of songs (Hestness et
 * al. 2017), here by one exponent for all genres, since each has too few songs for one of its own.
 * That is a rough guess, and is meant to be called one. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  guint n_half, n_half_wrong; /* clips answered by models that learnt from half, and wrong ones */
  guint n_full, n_full_wrong; /* the same clips, by models that learnt from all */
} GenreLearningCurve;

/* b of error ~ songs^−b, 0 if more songs did not help. */
double genre_learning_curve_slope (const GenreLearningCurve *curve);
/* How many songs a genre that has @n and a recall of @recall would need for @target; 0: nobody can
 * say, or more than a hundred times as many. @n if it has reached it. */
guint genre_learning_curve_need (const GenreLearningCurve *curve, guint n, double recall,
                                 double target);

G_END_DECLS
