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

/* Clips of each genre of which something is heard; how many genres have any. */
static guint
count_clips (const GenreSegmentScores *scores, guint *counts)
{
  guint n_present = 0;
  g_autofree double *p = g_new (double, scores->n_labels);
  for (guint clip = 0; clip < scores->n_clips; clip++)
    if (scores->truth[clip] < scores->n_genres &&
        genre_segment_scores_answer (scores, clip, 1, p, NULL) &&
        counts[scores->truth[clip]]++ == 0)
      n_present++;
  return n_present;
}

typedef struct {
  double *probable; /* (n_genres,) Σ of its probability over all clips */
  double *movable;  /* (n_genres,) Σ p (1 − p) */
} Sums;

/* The scores are as if every genre had as many clips: @counts, (n_genres,), of those that there are
 * tell how probable each is among these. */
static void
sum_clips (const GenreSegmentScores *scores, double temperature, const guint *counts,
           const Sums *sums)
{
  guint n = scores->n_genres;
  g_autofree double *p = g_new (double, scores->n_labels);
  for (guint i = 0; i < n; i++)
    sums->probable[i] = sums->movable[i] = 0;
  for (guint clip = 0; clip < scores->n_clips; clip++) {
    if (scores->truth[clip] >= n ||
        !genre_segment_scores_answer (scores, clip, temperature, p, NULL))
      continue;
    double total = 0;
    for (guint i = 0; i < n; i++)
      total += counts[i] * p[i];
    for (guint i = 0; i < n; i++) {
      double share = counts[i] * p[i] / fmax (total, 1e-300);
      sums->probable[i] += share;
      sums->movable[i] += share * (1 - share);
    }
  }
}

/* One step of all biases towards where each genre is as probable as frequent; one of which nothing
 * is heard keeps 0. Returns the largest step, of a bias / temperature. */
static double
move_biases (const GenreSegmentScores *scores, const guint *counts, const Sums *sums,
             GenreCalibration *calibration)
{
  const double strictness = 1 / (DEVIATION * DEVIATION), temperature = calibration->temperature;
  g_autoptr (GenreSegmentScores) shifted = genre_segment_scores_shift (scores, calibration->biases);
  double largest = 0, mean = 0;
  guint n_present = 0;
  sum_clips (shifted, temperature, counts, sums);
  for (guint i = 0; i < scores->n_genres; i++) {
    if (counts[i] == 0)
      continue;
    double slope =
        sums->probable[i] - counts[i] + strictness * calibration->biases[i] / temperature;
    double step = STEP * slope / (sums->movable[i] + strictness);
    calibration->biases[i] -= temperature * step;
    largest = fmax (largest, fabs (step));
    mean += calibration->biases[i];
    n_present++;
  }
  for (guint i = 0; i < scores->n_genres; i++) /* the same for all does nothing to the genres */
    if (counts[i] > 0)
      calibration->biases[i] -= mean / n_present;
  return largest;
}

static gboolean
is_stopped (const gint *stop)
{
  return stop && g_atomic_int_get (stop);
}

/* Temperature and biases in turn, from what @calibration has. */
static void
fit (const GenreSegmentScores *scores, const guint *counts, const gint *stop,
     GenreCalibration *calibration)
{
  guint n = scores->n_genres;
  g_autofree double *probable = g_new (double, n);
  g_autofree double *movable = g_new (double, n);
  const Sums sums = {probable, movable};
  for (guint round = 0; round < ROUNDS; round++) {
    for (guint step = 0; step < STEPS && !is_stopped (stop); step++)
      if (move_biases (scores, counts, &sums, calibration) < 1e-4)
        break;
    g_autoptr (GenreSegmentScores) shifted =
        genre_segment_scores_shift (scores, calibration->biases);
    double before = calibration->temperature;
    calibration->temperature = genre_segment_scores_calibrate (shifted, stop);
    if (is_stopped (stop) || fabs (calibration->temperature / before - 1) < 1e-3)
      break;
  }
}

GenreCalibration *
genre_calibration_fit (const GenreSegmentScores *scores, const gint *stop)
{
  g_autofree guint *counts = g_new0 (guint, scores->n_genres);
  g_autoptr (GenreCalibration) calibration =
      genre_calibration_new (scores->n_labels, genre_segment_scores_calibrate (scores, stop));
  if (count_clips (scores, counts) >= 2) /* or there is nothing to weigh against each other */
    fit (scores, counts, stop, calibration);
  return is_stopped (stop) ? NULL : g_steal_pointer (&calibration);
}
