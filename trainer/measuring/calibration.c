/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibration.h"
#include <math.h>

#define DEVIATION 0.4 /* of a bias / temperature, before anything is known */
#define ROUNDS 4      /* of temperature and biases in turn */
#define STEPS 20      /* of the biases in a round */
#define STEP 0.5      /* of Newton's on the diagonal: the rest of the matrix is at most as large */

GenreCalibration *
genre_calibration_new (guint n_labels, double temperature)
{
  GenreCalibration *calibration = g_new0 (GenreCalibration, 1);
  calibration->temperature = temperature;
  calibration->biases = g_new0 (double, n_labels);
  return calibration;
}

void
genre_calibration_free (GenreCalibration *calibration)
{
  g_free (calibration->biases);
  g_free (calibration);
}

/* Clips of each genre; how many genres have any. */
static guint
count_clips (const GenreSegmentScores *scores, guint *counts)
{
  guint n_present = 0;
  for (guint clip = 0; clip < scores->n_clips; clip++)
    if (scores->truth[clip] < scores->n_genres && counts[scores->truth[clip]]++ == 0)
      n_present++;
  return n_present;
}

typedef struct {
  double *probable; /* (n_genres,) Σ of its probability over all clips, by their weights */
  double *movable;  /* (n_genres,) Σ p (1 − p) */
  double *frequent; /* (n_genres,) Σ of weights of its own clips */
} Sums;

/* @weights: (n_genres,) of a clip of each. */
static void
sum_clips (const GenreSegmentScores *scores, double temperature, const double *weights,
           const Sums *sums)
{
  guint n = scores->n_genres;
  g_autofree double *p = g_new (double, scores->n_labels);
  for (guint i = 0; i < n; i++)
    sums->probable[i] = sums->movable[i] = sums->frequent[i] = 0;
  for (guint clip = 0; clip < scores->n_clips; clip++) {
    guint truth = scores->truth[clip];
    if (truth >= n || !genre_segment_scores_answer (scores, clip, temperature, p, NULL))
      continue;
    double music = 0;
    for (guint i = 0; i < n; i++)
      music += p[i];
    for (guint i = 0; i < n && music > 0; i++) {
      double share = p[i] / music;
      sums->probable[i] += weights[truth] * share;
      sums->movable[i] += weights[truth] * share * (1 - share);
    }
    sums->frequent[truth] += music > 0 ? weights[truth] : 0;
  }
}

/* One step of all biases towards where each genre is as probable as frequent; one of which nothing
 * is heard keeps 0. */
static void
move_biases (const GenreSegmentScores *scores, const double *weights, const Sums *sums,
             GenreCalibration *calibration)
{
  const double strictness = 1 / (DEVIATION * DEVIATION), temperature = calibration->temperature;
  g_autoptr (GenreSegmentScores) shifted = genre_segment_scores_shift (scores, calibration->biases);
  double mean = 0;
  guint n_present = 0;
  sum_clips (shifted, temperature, weights, sums);
  for (guint i = 0; i < scores->n_genres; i++) {
    if (weights[i] == 0)
      continue;
    double excess = sums->probable[i] - sums->frequent[i];
    double slope = excess + strictness * calibration->biases[i] / temperature;
    calibration->biases[i] -= STEP * temperature * slope / (sums->movable[i] + strictness);
    mean += calibration->biases[i];
    n_present++;
  }
  for (guint i = 0; i < scores->n_genres; i++) /* what is added to all changes nothing */
    if (weights[i] > 0)
      calibration->biases[i] -= mean / n_present;
}

GenreCalibration *
genre_calibration_fit (const GenreSegmentScores *scores)
{
  guint n = scores->n_genres;
  g_autofree guint *counts = g_new0 (guint, n);
  g_autofree double *weights = g_new0 (double, n);
  g_autofree double *room = g_new (double, 3 * (gsize)n);
  const Sums sums = {room, room + n, room + 2 * n};
  GenreCalibration *calibration =
      genre_calibration_new (scores->n_labels, genre_segment_scores_calibrate (scores));
  guint n_present = count_clips (scores, counts), n_clips = 0;
  if (n_present < 2) /* nothing to weigh against each other */
    return calibration;
  for (guint i = 0; i < n; i++)
    n_clips += counts[i];
  for (guint i = 0; i < n; i++)
    weights[i] = counts[i] ? (double)n_clips / n_present / counts[i] : 0;
  for (guint round = 0; round < ROUNDS; round++) {
    for (guint step = 0; step < STEPS; step++)
      move_biases (scores, weights, &sums, calibration);
    g_autoptr (GenreSegmentScores) shifted =
        genre_segment_scores_shift (scores, calibration->biases);
    double before = calibration->temperature;
    calibration->temperature = genre_segment_scores_calibrate (shifted);
    if (fabs (calibration->temperature / before - 1) < 1e-3)
      break;
  }
  return calibration;
}
