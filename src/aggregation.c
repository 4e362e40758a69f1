/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aggregation.h"
#include <math.h>
#include <string.h>
#include "loss.h"

void
genre_aggregation_init (GenreAggregation *aggregation, guint n_labels, guint n_genres)
{
  *aggregation = (GenreAggregation){.n_labels = n_labels, .n_genres = n_genres};
  aggregation->background = g_new0 (double, n_labels - n_genres);
  aggregation->roots = g_new0 (double, n_genres);
  aggregation->others = g_new0 (double, n_genres);
}

void
genre_aggregation_clear (GenreAggregation *aggregation)
{
  g_clear_pointer (&aggregation->background, g_free);
  g_clear_pointer (&aggregation->roots, g_free);
  g_clear_pointer (&aggregation->others, g_free);
}

static gboolean
knows_background (const GenreAggregation *aggregation)
{
  return aggregation->n_genres < aggregation->n_labels;
}

void
genre_aggregation_reset (GenreAggregation *aggregation)
{
  guint n = aggregation->n_genres;
  aggregation->n_heard = aggregation->n_music = 0;
  aggregation->music = aggregation->familiarity = 0;
  memset (aggregation->roots, 0, n * sizeof (double));
  memset (aggregation->others, 0, n * sizeof (double));
  if (knows_background (aggregation))
    memset (aggregation->background, 0, (aggregation->n_labels - n) * sizeof (double));
}

void
genre_aggregation_add (GenreAggregation *aggregation, const double *probabilities)
{
  guint n = aggregation->n_genres;
  double music = 1;
  if (knows_background (aggregation)) {
    music = 0;
    for (guint i = 0; i < n; i++)
      music += probabilities[i];
    for (guint i = n; i < aggregation->n_labels; i++)
      aggregation->background[i - n] += probabilities[i];
  }
  gboolean is_music = music >= GENRE_LEAST_MUSIC;
  double *sum = is_music ? aggregation->roots : aggregation->others;
  for (guint i = 0; i < n; i++)
    sum[i] += sqrt (music > 0 ? probabilities[i] / music : 1.0 / n);
  aggregation->n_heard++;
  aggregation->n_music += is_music;
  aggregation->music += MIN (music, 1);
  aggregation->familiarity += is_music ? MIN (music, 1) : 0;
}

double
genre_aggregation_get_familiarity (const GenreAggregation *aggregation)
{
  if (!knows_background (aggregation))
    return 1;
  return aggregation->n_music ? aggregation->familiarity / aggregation->n_music : 0;
}

double
genre_aggregation_finish (const GenreAggregation *aggregation, double *probabilities)
{
  guint64 n = aggregation->n_music ? aggregation->n_music : aggregation->n_heard;
  const double *sum = aggregation->n_music ? aggregation->roots : aggregation->others;
  double total = 0;
  for (guint i = 0; i < aggregation->n_genres; i++) {
    probabilities[i] = n ? sum[i] / n * (sum[i] / n) : 1;
    total += probabilities[i];
  }
  for (guint i = 0; i < aggregation->n_genres; i++)
    probabilities[i] /= total;
  if (!knows_background (aggregation))
    return 1;
  return aggregation->n_heard ? aggregation->music / aggregation->n_heard : 0;
}

/* Scores beyond all numbers make every probability NaN: such a segment was not heard. */
static void
add_scores (GenreAggregation *aggregation, const float *scores, guint n_segments,
            double temperature)
{
  guint n_labels = aggregation->n_labels;
  g_autofree double *one = g_new (double, n_labels);
  for (guint i = 0; i < n_segments; i++) {
    genre_softmax (scores + (gsize)i * n_labels, n_labels, temperature, one);
    if (isfinite (one[0]))
      genre_aggregation_add (aggregation, one);
  }
}

guint
genre_aggregation_of_scores (const float *scores, guint n_segments, guint n_labels, guint n_genres,
                             double temperature, double *probabilities, double *familiarity)
{
  g_auto (GenreAggregation) all;
  genre_aggregation_init (&all, n_labels, n_genres);
  add_scores (&all, scores, n_segments, temperature);
  double music = genre_aggregation_finish (&all, probabilities);
  for (guint i = 0; i < n_genres && knows_background (&all); i++)
    probabilities[i] *= music;
  for (guint i = n_genres; i < n_labels; i++)
    probabilities[i] =
        all.n_heard ? all.background[i - n_genres] / all.n_heard : 1.0 / (n_labels - n_genres);
  if (familiarity)
    *familiarity = genre_aggregation_get_familiarity (&all);
  return (guint)all.n_heard;
}
