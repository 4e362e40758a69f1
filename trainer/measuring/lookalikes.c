/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lookalikes.h"

#define BEST 3 /* of a clip's labels: one of them is outside of any pair, if there are so many */

static const double *
row_of (const GenreScores *scores, guint clip)
{
  return scores->probabilities + (gsize)clip * scores->n_labels;
}

/* The most probable labels first; n_labels where there are fewer. @best: (BEST,) */
static void
find_best (const GenreScores *scores, guint clip, guint *best)
{
  const double *p = row_of (scores, clip);
  for (guint i = 0; i < BEST; i++)
    best[i] = scores->n_labels;
  for (guint label = 0; label < scores->n_labels; label++) {
    guint place = BEST;
    while (place > 0 && (best[place - 1] == scores->n_labels || p[label] > p[best[place - 1]]))
      place--;
    for (guint i = BEST; i-- > place + 1;)
      best[i] = best[i - 1];
    if (place < BEST)
      best[place] = label;
  }
}

/* Whether the answer for @clip would be right. One genre weighs as much as any other, be it of two:
 * a song is as probable in it as in either of them on the average. */
static gboolean
is_right_merged (const GenreScores *scores, guint clip, const guint *best, guint a, guint b)
{
  const double *p = row_of (scores, clip);
  guint truth = scores->truth[clip], outside = 0;
  while (best[outside] == a || best[outside] == b)
    outside++;
  double merged = (p[a] + p[b]) / 2, other = p[best[outside]];
  gboolean answers_pair = merged > other || (merged == other && a < best[outside]);
  return truth == a || truth == b ? answers_pair : !answers_pair && truth == best[outside];
}

/* What other genres would win because the pair weighs less says nothing of the pair. */
static GenreLookalikes
measure (const GenreScores *scores, const guint *best, guint a, guint b)
{
  GenreLookalikes pair = {.a = a, .b = b};
  gint gained = 0;
  for (guint clip = 0; clip < scores->n_clips; clip++) {
    guint truth = scores->truth[clip], answer = best[(gsize)clip * BEST];
    pair.n_clips += truth == a || truth == b;
    pair.n_confused += (truth == a && answer == b) || (truth == b && answer == a);
    if (scores->n_labels >= BEST)
      gained += is_right_merged (scores, clip, best + (gsize)clip * BEST, a, b) - (answer == truth);
  }
  pair.gain = (double)MIN (gained, (gint)pair.n_confused) / scores->n_clips;
  return pair;
}

static int
compare_gains (gconstpointer x, gconstpointer y)
{
  const GenreLookalikes *a = x, *b = y;
  if (a->gain != b->gain)
    return a->gain > b->gain ? -1 : 1;
  return a->a != b->a ? (a->a < b->a ? -1 : 1) : (a->b > b->b) - (a->b < b->b);
}

GArray *
genre_lookalikes_find (const GenreScores *scores)
{
  guint n = scores->n_labels;
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (GenreLookalikes));
  g_autofree guint *best = g_new (guint, (gsize)scores->n_clips * BEST + 1);
  g_autofree guint8 *confused = g_new0 (guint8, (gsize)n * n);
  for (guint clip = 0; clip < scores->n_clips; clip++) {
    find_best (scores, clip, best + (gsize)clip * BEST);
    guint truth = scores->truth[clip], answer = best[(gsize)clip * BEST];
    confused[(gsize)MIN (truth, answer) * n + MAX (truth, answer)] = truth != answer;
  }
  for (guint a = 0; a < n; a++)
    for (guint b = a + 1; b < n; b++)
      if (confused[(gsize)a * n + b]) {
        GenreLookalikes pair = measure (scores, best, a, b);
        g_array_append_val (pairs, pair);
      }
  g_array_sort (pairs, compare_gains);
  return pairs;
}
