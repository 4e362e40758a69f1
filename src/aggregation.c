/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aggregation.h"
#include <math.h>

void
genre_aggregation_add (const double *probabilities, guint n_labels, double *sum)
{
  for (guint i = 0; i < n_labels; i++)
    sum[i] += sqrt (probabilities[i]);
}

void
genre_aggregation_finish (const double *sum, guint64 n, guint n_labels, double *probabilities)
{
  double total = 0;
  for (guint i = 0; i < n_labels; i++) {
    probabilities[i] = n ? sum[i] / n * (sum[i] / n) : 1;
    total += probabilities[i];
  }
  for (guint i = 0; i < n_labels; i++)
    probabilities[i] /= total;
}
