/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspects.h"
#include "metrics.h"

#define SURE 0.7
#define IMPROBABLE 0.1

static int
compare_suspects (gconstpointer x, gconstpointer y)
{
  const GenreSuspect *a = x, *b = y;
  if (a->confidence != b->confidence)
    return a->confidence > b->confidence ? -1 : 1;
  return a->clip < b->clip ? -1 : a->clip > b->clip;
}

GArray *
genre_suspects_find (const GenreScores *scores, GenreSuspectFunc is_called, gpointer user_data)
{
  GArray *suspects = g_array_new (FALSE, FALSE, sizeof (GenreSuspect));
  for (guint clip = 0; clip < scores->n_clips; clip++) {
    const double *p = scores->probabilities + (gsize)clip * scores->n_labels;
    guint answer = genre_scores_answer (scores, clip), truth = scores->truth[clip];
    GenreSuspect suspect = {clip, answer, p[answer], p[truth]};
    if (answer != truth && p[answer] >= SURE && p[truth] <= IMPROBABLE &&
        !(is_called && is_called (scores, clip, answer, user_data)))
      g_array_append_val (suspects, suspect);
  }
  g_array_sort (suspects, compare_suspects);
  return suspects;
}
