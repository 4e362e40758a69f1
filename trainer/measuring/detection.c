/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detection.h"
#include <math.h>
#include "aggregation.h"
#include "metrics.h"
#include "report.h"

#define FINE_STEPS 1e4 /* of a threshold: where genres are easy to tell, all is far above 0.99 */

typedef struct {
  double music; /* probability, or another sign of what is wanted */
  gboolean is_music;
} Answer;

static int
compare_answers (gconstpointer a, gconstpointer b)
{
  const Answer *x = a, *y = b;
  return (x->music < y->music) - (x->music > y->music);
}

/* Walks down from the surest music, equals at a time. */
static void
measure_curve (const GArray *answers, GenreDetection *d)
{
  double true_rate = 0, false_rate = 0, nearest = 2;
  d->roc_area = 0;
  for (guint i = 0; i < answers->len;) {
    double at = g_array_index (answers, Answer, i).music, more_true = 0, more_false = 0;
    for (; i < answers->len && g_array_index (answers, Answer, i).music == at; i++) {
      gboolean is_music = g_array_index (answers, Answer, i).is_music;
      more_true += is_music ? 1.0 / d->n_music : 0;
      more_false += is_music ? 0 : 1.0 / d->n_background;
    }
    d->roc_area += more_false * (true_rate + more_true / 2);
    true_rate += more_true;
    false_rate += more_false;
    double missed = MAX (0, 1 - true_rate); /* sums round */
    if (fabs (missed - false_rate) < nearest) {
      nearest = fabs (missed - false_rate);
      d->equal_error_rate = (missed + false_rate) / 2;
    }
  }
}

static double
confidence_of (const GenreScores *scores, guint clip, double music)
{
  const double *p = scores->probabilities + (gsize)clip * scores->n_labels;
  double best = 0;
  for (guint i = 0; i < scores->n_labels - scores->n_background; i++)
    best = MAX (best, p[i]);
  return music > 0 ? best / music : 0;
}

/* What is compared with the threshold. */
static double
certainty_of (const GenreScores *scores, guint clip, double doubt)
{
  return confidence_of (scores, clip, genre_scores_get_music (scores, clip)) *
         pow (scores->familiarity[clip], doubt);
}

static gboolean
is_named (const GenreScores *scores, guint clip, GenreThresholds thresholds)
{
  return genre_scores_get_music (scores, clip) >= GENRE_LEAST_MUSIC &&
         certainty_of (scores, clip, thresholds.doubt) >= thresholds.confidence;
}

GenreModesty
genre_modesty_measure (const GenreScores *scores, GenreThresholds thresholds)
{
  guint n_genres = scores->n_labels - scores->n_background, n_unknown = 0;
  g_autoptr (GArray) answers = g_array_new (FALSE, FALSE, sizeof (Answer));
  GenreDetection told = {0};
  for (guint i = 0; i < scores->n_clips; i++) {
    gboolean is_genre = scores->truth[i] < n_genres;
    if (!is_genre && scores->truth[i] < scores->n_labels)
      continue;
    Answer answer = {certainty_of (scores, i, thresholds.doubt), is_genre};
    g_array_append_val (answers, answer);
    told.n_music += is_genre;
    told.n_background += !is_genre;
    n_unknown += !is_genre && !is_named (scores, i, thresholds);
  }
  GenreModesty modesty = {told.n_background, NAN, NAN};
  if (told.n_background == 0)
    return modesty;
  modesty.unknown = (double)n_unknown / told.n_background;
  if (told.n_music == 0)
    return modesty;
  g_array_sort (answers, compare_answers);
  measure_curve (answers, &told);
  modesty.roc_area = told.roc_area;
  return modesty;
}

gboolean
genre_detection_measure (const GenreScores *scores, GenreThresholds thresholds,
                         GenreDetection *detection)
{
  guint n_genres = scores->n_labels - scores->n_background, n_named = 0, n_lost = 0;
  g_autoptr (GArray) answers = g_array_new (FALSE, FALSE, sizeof (Answer));
  *detection = (GenreDetection){0, 0, NAN, NAN, NAN, NAN};
  for (guint i = 0; i < scores->n_clips; i++) {
    if (scores->truth[i] == scores->n_labels)
      continue;
    Answer answer = {genre_scores_get_music (scores, i), scores->truth[i] < n_genres};
    g_array_append_val (answers, answer);
    if (answer.is_music) {
      detection->n_music++;
      n_lost += answer.music < GENRE_LEAST_MUSIC;
    } else {
      detection->n_background++;
      n_named += is_named (scores, i, thresholds);
    }
  }
  if (scores->n_background == 0 || detection->n_music == 0 || detection->n_background == 0)
    return FALSE;
  g_array_sort (answers, compare_answers);
  measure_curve (answers, detection);
  detection->named = (double)n_named / detection->n_background;
  detection->lost = (double)n_lost / detection->n_music;
  return TRUE;
}

/* The genre that is most probable. */
static guint
best_of (const GenreScores *scores, guint clip)
{
  const double *p = scores->probabilities + (gsize)clip * scores->n_labels;
  return genre_metrics_find_best (p, scores->n_labels - scores->n_background);
}

GenreAnswered
genre_answered_measure (const GenreScores *scores, GenreThresholds thresholds)
{
  guint n_answered = 0, n_right = 0;
  GenreAnswered answered = {0, NAN, 0};
  for (guint i = 0; i < scores->n_clips; i++) {
    if (scores->truth[i] >= scores->n_labels - scores->n_background)
      continue;
    answered.n_clips++;
    if (!is_named (scores, i, thresholds))
      continue;
    n_answered++;
    n_right += best_of (scores, i) == scores->truth[i];
  }
  if (answered.n_clips)
    answered.answered = (double)n_answered / answered.n_clips;
  if (n_answered)
    answered.right = (double)n_right / n_answered;
  return answered;
}

double
genre_answered_measure_lost (const GenreScores *scores, GenreThresholds thresholds)
{
  guint n_right = 0, n_lost = 0;
  for (guint i = 0; i < scores->n_clips; i++) {
    guint truth = scores->truth[i];
    if (truth >= scores->n_labels - scores->n_background || best_of (scores, i) != truth)
      continue;
    n_right++;
    n_lost += !is_named (scores, i, thresholds);
  }
  return n_right ? (double)n_lost / n_right : NAN;
}

GenreLostMusic
genre_lost_music_measure (const GenreScores *scores)
{
  guint n_genres = scores->n_labels - scores->n_background;
  g_autofree guint *n_clips = g_new0 (guint, n_genres + 1);
  g_autofree guint *n_lost = g_new0 (guint, n_genres + 1);
  GenreLostMusic music = {0};
  for (guint i = 0; i < scores->n_clips; i++)
    if (scores->truth[i] < n_genres) {
      n_clips[scores->truth[i]]++;
      n_lost[scores->truth[i]] += genre_scores_get_music (scores, i) < GENRE_LEAST_MUSIC;
    }
  for (guint i = 0; i < n_genres; i++) {
    music.n_clips += n_clips[i];
    music.n_lost += n_lost[i];
    if (n_lost[i] > n_lost[music.label])
      music.label = i;
  }
  music.n_of_label = n_clips[music.label];
  music.n_lost_of_label = n_lost[music.label];
  return music;
}

/* -1, 0 or 1: a wrong answer, none, a right one. Background has nothing to do with it, and music of
 * other genres only if @others. */
static int
gain_of (const GenreScores *scores, guint clip, GenreThresholds thresholds, gboolean others)
{
  guint n_genres = scores->n_labels - scores->n_background, truth = scores->truth[clip];
  if ((truth >= n_genres && (truth < scores->n_labels || !others)) ||
      !is_named (scores, clip, thresholds))
    return 0;
  return best_of (scores, clip) == truth ? 1 : -1;
}

static double
find_threshold (const GenreScores *scores, double doubt, gboolean others)
{
  int most = 0;
  guint best = 0;
  for (guint t = 0; t < GENRE_METRICS_THRESHOLDS; t++) {
    int gain = 0;
    GenreThresholds thresholds = {(double)t / (GENRE_METRICS_THRESHOLDS - 1), doubt};
    for (guint i = 0; i < scores->n_clips; i++)
      gain += gain_of (scores, i, thresholds, others);
    if (t == 0 || gain > most) {
      most = gain;
      best = t;
    }
  }
  return (double)best / (GENRE_METRICS_THRESHOLDS - 1);
}

double
genre_modesty_find_threshold (const GenreScores *scores, double doubt)
{
  return find_threshold (scores, doubt, TRUE);
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const double *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

/* The highest threshold that loses no more than @price of the right answers. */
static double
spend (const GenreScores *scores, double price, double doubt)
{
  g_autoptr (GArray) right = g_array_new (FALSE, FALSE, sizeof (double));
  const GenreThresholds none = {0, doubt};
  for (guint i = 0; i < scores->n_clips; i++)
    if (gain_of (scores, i, none, FALSE) > 0) {
      double certainty = certainty_of (scores, i, doubt);
      g_array_append_val (right, certainty);
    }
  if (right->len == 0)
    return 0;
  g_array_sort (right, compare_numbers);
  guint n_lost = MIN ((guint)(price * right->len), right->len - 1);
  return floor (g_array_index (right, double, n_lost) * FINE_STEPS) / FINE_STEPS;
}

static GenreThresholds
thresholds_for (const GenreScores *scores, double price, double doubt)
{
  return (GenreThresholds){
      MAX (spend (scores, price, doubt), find_threshold (scores, doubt, FALSE)), doubt};
}

GenreThresholds
genre_modesty_choose (const GenreScores *scores, double price, double doubt)
{
  static const double doubts[] = {0, 1, 2, 3, 5, 8};
  GenreThresholds best = thresholds_for (scores, price, doubt);
  double most = -1;
  for (guint i = 0; i < G_N_ELEMENTS (doubts); i++) {
    const GenreThresholds some = thresholds_for (scores, price, doubts[i]);
    const GenreModesty modesty = genre_modesty_measure (scores, some);
    if (modesty.n_clips >= GENRE_MODESTY_LEAST && modesty.unknown > most) {
      most = modesty.unknown;
      best = some;
    }
  }
  return best;
}

JsonObject *
genre_modesty_json (const GenreModesty *modesty)
{
  JsonObject *object = json_object_new ();
  json_object_set_int_member (object, "clips", modesty->n_clips);
  genre_report_set_number (object, "unknown", modesty->unknown);
  genre_report_set_number (object, "roc-area", modesty->roc_area);
  return object;
}

guint
genre_detection_count_named (const GenreScores *scores, guint label, GenreThresholds thresholds,
                             guint *n_clips)
{
  guint n_named = 0;
  *n_clips = 0;
  for (guint i = 0; i < scores->n_clips; i++) {
    if (scores->truth[i] != label)
      continue;
    (*n_clips)++;
    n_named += is_named (scores, i, thresholds);
  }
  return n_named;
}

char *
genre_detection_text (const GenreDetection *d)
{
  return g_strdup_printf ("Music or not           %u clips that are none, %u of music\n"
                          "  area under the ROC   %.3f\n"
                          "  equal error rate     %.1f %%\n"
                          "  no music, but named  %.1f %%\n"
                          "  music lost           %.1f %%\n",
                          d->n_background, d->n_music, d->roc_area, 100 * d->equal_error_rate,
                          100 * d->named, 100 * d->lost);
}

JsonObject *
genre_detection_json (const GenreDetection *d)
{
  JsonObject *object = json_object_new ();
  json_object_set_int_member (object, "music-clips", d->n_music);
  json_object_set_int_member (object, "background-clips", d->n_background);
  genre_report_set_number (object, "roc-area", d->roc_area);
  genre_report_set_number (object, "equal-error-rate", d->equal_error_rate);
  genre_report_set_number (object, "named", d->named);
  genre_report_set_number (object, "lost", d->lost);
  return object;
}
