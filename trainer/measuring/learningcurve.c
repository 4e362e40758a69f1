/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "learningcurve.h"
#include <math.h>

#define MOST 100 /* times as many songs: what is said beyond is no guess any more */

double
genre_learning_curve_slope (const GenreLearningCurve *curve)
{
  if (curve->n_half == 0 || curve->n_full == 0)
    return 0;
  /* half a wrong answer more on either side: there may be none */
  double half = (curve->n_half_wrong + 0.5) / (curve->n_half + 1);
  double full = (curve->n_full_wrong + 0.5) / (curve->n_full + 1);
  return MAX (0, log2 (half / full));
}

guint
genre_learning_curve_need (const GenreLearningCurve *curve, guint n, double recall, double target)
{
  double slope = genre_learning_curve_slope (curve);
  if (recall >= target)
    return n;
  double factor = slope > 0 ? pow ((1 - recall) / (1 - target), 1 / slope) : INFINITY;
  return factor <= MOST ? (guint)ceil (n * factor) : 0;
}
