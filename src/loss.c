/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Softmax, the cross-entropy that training minimises, −Σ target · log softmax (score), and what may
 * be added to it. */
#include "loss.h"
#include <math.h>

void
genre_softmax (const float *scores, guint n_labels, double temperature, double *probabilities)
{
  double highest = -INFINITY, sum = 0;
  for (guint i = 0; i < n_labels; i++)
    highest = MAX (highest, scores[i]);
  for (guint i = 0; i < n_labels; i++) {
    probabilities[i] = exp ((scores[i] - highest) / temperature);
    sum += probabilities[i];
  }
  for (guint i = 0; i < n_labels; i++)
    probabilities[i] /= sum;
}

double
genre_softmax_cross_entropy (const float *scores, const float *targets, guint batch, guint n_labels,
                             float scale, float *score_gradient)
{
  g_autofree double *p = g_new (double, n_labels);
  double loss = 0;
  for (guint b = 0; b < batch; b++) {
    const float *target = targets + (gsize)b * n_labels;
    float *gradient = score_gradient + (gsize)b * n_labels;
    genre_softmax (scores + (gsize)b * n_labels, n_labels, 1, p);
    float weight = 0;
    for (guint i = 0; i < n_labels; i++)
      weight += target[i];
    for (guint i = 0; i < n_labels; i++) {
      loss -= target[i] > 0 ? target[i] * log (p[i] < 1e-30 ? 1e-30 : p[i]) : 0; /* NaN stays NaN */
      gradient[i] = (p[i] * weight - target[i]) * scale / batch;
    }
  }
  return loss / batch;
}

double
genre_pair_distance (const float *scores, guint n_pairs, guint n_labels, float scale,
                     float *score_gradient)
{
  double sum = 0;
  for (guint p = 0; p < n_pairs; p++) {
    gsize first = 2 * (gsize)p * n_labels;
    const float *a = scores + first, *b = a + n_labels;
    float *to_a = score_gradient + first, *to_b = to_a + n_labels;
    double mean = 0;
    for (guint i = 0; i < n_labels; i++)
      mean += ((double)a[i] - b[i]) / n_labels;
    for (guint i = 0; i < n_labels; i++) {
      double apart = (double)a[i] - b[i] - mean;
      sum += apart * apart;
      float gradient = (float)(2 * apart / n_labels / n_pairs) * scale;
      to_a[i] += gradient;
      to_b[i] -= gradient;
    }
  }
  return sum / n_labels / n_pairs;
}
