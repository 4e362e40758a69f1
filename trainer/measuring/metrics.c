/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics.h"
#include <math.h>
#include <stdlib.h>

#define Z_95 1.959963984540054
#define SMALLEST_PROBABILITY 1e-12
#define ROUNDING 1e-12 /* of a probability: by it equal ones may differ */

static const double *
row_of (const GenreScores *scores, guint clip)
{
  return scores->probabilities + (gsize)clip * scores->n_labels;
}

guint
genre_metrics_find_best (const double *probabilities, guint n)
{
  guint best = 0;
  for (guint i = 1; i < n; i++)
    if (probabilities[i] > probabilities[best] * (1 + ROUNDING))
      best = i;
  return best;
}

guint
genre_scores_answer (const GenreScores *scores, guint clip)
{
  return genre_metrics_find_best (row_of (scores, clip), scores->n_labels);
}

/* ---- one genre against the rest ---- */

typedef struct {
  double probability;
  gboolean positive;
} Sample;

static int
compare_samples (const void *a, const void *b)
{
  const Sample *x = a, *y = b;
  return (x->probability < y->probability) - (x->probability > y->probability);
}

/* Most probable first. */
static Sample *
sorted_samples (const GenreScores *scores, guint label, guint *n_positive)
{
  Sample *samples = g_new (Sample, scores->n_clips);
  *n_positive = 0;
  for (guint i = 0; i < scores->n_clips; i++) {
    samples[i].probability = row_of (scores, i)[label];
    samples[i].positive = scores->truth[i] == label;
    *n_positive += samples[i].positive;
  }
  qsort (samples, scores->n_clips, sizeof (Sample), compare_samples);
  return samples;
}

GArray *
genre_scores_roc (const GenreScores *scores, guint label)
{
  guint n_positive;
  g_autofree Sample *samples = sorted_samples (scores, label, &n_positive);
  guint n_negative = scores->n_clips - n_positive;
  if (n_positive == 0 || n_negative == 0)
    return NULL;
  GArray *curve = g_array_new (FALSE, FALSE, sizeof (GenreRocPoint));
  GenreRocPoint point = {0, 0};
  g_array_append_val (curve, point);
  guint hits = 0, alarms = 0;
  double tied = samples[0].probability; /* the first of those that are equal */
  for (guint i = 0; i < scores->n_clips; i++) {
    hits += samples[i].positive;
    alarms += !samples[i].positive;
    if (i + 1 < scores->n_clips) {
      if (samples[i + 1].probability >= tied * (1 - ROUNDING))
        continue;
      tied = samples[i + 1].probability;
    }
    point.true_positive_rate = (double)hits / n_positive;
    point.false_positive_rate = (double)alarms / n_negative;
    g_array_append_val (curve, point);
  }
  return curve;
}

/* The trapezium under the curve equals the statistic with midranks: a tie is a slope. */
double
genre_roc_area (const GArray *curve)
{
  double area = 0;
  for (guint i = 1; i < curve->len; i++) {
    GenreRocPoint a = g_array_index (curve, GenreRocPoint, i - 1);
    GenreRocPoint b = g_array_index (curve, GenreRocPoint, i);
    area += (b.false_positive_rate - a.false_positive_rate) *
            (a.true_positive_rate + b.true_positive_rate) / 2;
  }
  return area;
}

static void
measure_label (GenreMetrics *metrics, const GenreScores *scores, guint label)
{
  guint n = metrics->n_labels, answered = 0;
  GenreLabelMetrics *genre = &metrics->genres[label];
  for (guint i = 0; i < n; i++) {
    genre->n_clips += metrics->confusion[label * n + i];
    answered += metrics->confusion[i * n + label];
  }
  guint right = metrics->confusion[label * n + label];
  gboolean present = genre->n_clips > 0;
  genre->precision = answered > 0 ? (double)right / answered : 0;
  genre->recall = present ? (double)right / genre->n_clips : NAN;
  genre->f1 = present ? 2.0 * right / (answered + genre->n_clips) : NAN;
  g_autoptr (GArray) curve = genre_scores_roc (scores, label);
  genre->auc = !curve ? NAN : genre_roc_area (curve);
}

/* ---- all genres ---- */

static void
average_labels (GenreMetrics *metrics)
{
  guint n = 0, n_auc = 0;
  GenreLabelMetrics sum = {0};
  for (guint i = 0; i < metrics->n_labels; i++) {
    const GenreLabelMetrics *genre = &metrics->genres[i];
    if (genre->n_clips == 0)
      continue;
    n++;
    sum.n_clips += genre->n_clips;
    sum.precision += genre->precision;
    sum.recall += genre->recall;
    sum.f1 += genre->f1;
    if (!isnan (genre->auc)) {
      n_auc++;
      sum.auc += genre->auc;
    }
  }
  metrics->macro.n_clips = sum.n_clips;
  metrics->macro.precision = sum.precision / n;
  metrics->macro.recall = sum.recall / n;
  metrics->macro.f1 = sum.f1 / n;
  metrics->macro.auc = n_auc > 0 ? sum.auc / n_auc : NAN;
}

static void
measure_accuracy (GenreMetrics *metrics)
{
  double n = metrics->n_clips, p = metrics->n_right / n;
  double centre = p + Z_95 * Z_95 / (2 * n);
  double spread = Z_95 * sqrt (p * (1 - p) / n + Z_95 * Z_95 / (4 * n * n));
  metrics->accuracy = p;
  metrics->accuracy_low = fmax (0, (centre - spread) / (1 + Z_95 * Z_95 / n));
  metrics->accuracy_high = fmin (1, (centre + spread) / (1 + Z_95 * Z_95 / n));
}

static void
measure_calibration (GenreMetrics *metrics)
{
  for (guint i = 0; i < GENRE_METRICS_BINS; i++) {
    GenreCalibrationBin *bin = &metrics->bins[i];
    if (bin->n_clips == 0)
      continue;
    bin->confidence /= bin->n_clips;
    bin->accuracy /= bin->n_clips;
    metrics->calibration_error +=
        fabs (bin->accuracy - bin->confidence) * bin->n_clips / metrics->n_clips;
  }
}

static void
measure_coverage (GenreMetrics *metrics, const GenreScores *scores)
{
  for (guint t = 0; t < GENRE_METRICS_THRESHOLDS; t++) {
    double threshold = (double)t / (GENRE_METRICS_THRESHOLDS - 1);
    guint n = 0, n_right = 0;
    for (guint i = 0; i < scores->n_clips; i++) {
      guint answer = genre_scores_answer (scores, i);
      if (row_of (scores, i)[answer] < threshold)
        continue;
      n++;
      n_right += answer == scores->truth[i];
    }
    metrics->coverage[t].coverage = (double)n / scores->n_clips;
    metrics->coverage[t].accuracy = n > 0 ? (double)n_right / n : NAN;
  }
}

static void
count_clip (GenreMetrics *metrics, const GenreScores *scores, guint clip)
{
  guint answer = genre_scores_answer (scores, clip), truth = scores->truth[clip];
  const double *row = row_of (scores, clip);
  metrics->confusion[truth * metrics->n_labels + answer]++;
  metrics->n_right += answer == truth;
  metrics->log_loss -= log (fmax (row[truth], SMALLEST_PROBABILITY)) / scores->n_clips;
  int bin = (int)ceil (row[answer] * GENRE_METRICS_BINS) - 1; /* (lower, upper] */
  bin = CLAMP (bin, 0, GENRE_METRICS_BINS - 1);
  metrics->bins[bin].n_clips++;
  metrics->bins[bin].confidence += row[answer];
  metrics->bins[bin].accuracy += answer == truth;
}

GenreMetrics *
genre_metrics_new (const GenreScores *scores)
{
  g_return_val_if_fail (scores->n_clips > 0 && scores->n_labels > 1, NULL);
  GenreMetrics *metrics = g_new0 (GenreMetrics, 1);
  metrics->n_labels = scores->n_labels;
  metrics->n_clips = scores->n_clips;
  metrics->genres = g_new0 (GenreLabelMetrics, scores->n_labels);
  metrics->confusion = g_new0 (guint, scores->n_labels * scores->n_labels);
  for (guint i = 0; i < scores->n_clips; i++)
    count_clip (metrics, scores, i);
  for (guint i = 0; i < scores->n_labels; i++)
    measure_label (metrics, scores, i);
  average_labels (metrics);
  measure_accuracy (metrics);
  measure_calibration (metrics);
  measure_coverage (metrics, scores);
  return metrics;
}

void
genre_metrics_free (GenreMetrics *metrics)
{
  if (!metrics)
    return;
  g_free (metrics->genres);
  g_free (metrics->confusion);
  g_free (metrics);
}
