/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aggregation.h"
#include <math.h>
#include "loss.h"

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

guint
genre_aggregation_of_scores (const float *scores, guint n_segments, guint n_labels,
                             double temperature, double *probabilities)
{
  guint n_heard = 0;
  g_autofree double *one = g_new (double, n_labels);
  g_autofree double *sum = g_new0 (double, n_labels);
  for (guint i = 0; i < n_segments; i++) {
    genre_softmax (scores + (gsize)i * n_labels, n_labels, temperature, one);
    if (!isfinite (one[0]))
      continue;
    genre_aggregation_add (one, n_labels, sum);
    n_heard++;
  }
  genre_aggregation_finish (sum, n_heard, n_labels, probabilities);
  return n_heard;
}
