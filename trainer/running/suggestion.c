/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suggestion.h"
#include "translation.h"
#include <string.h>

#define LONGEST 64 /* bytes of a word that anybody would type */

/* Optimal string alignment: rows are beginnings of @a, columns those of @b. */
static guint
distance (const char *a, const char *b)
{
  guint n = (guint)strlen (a), m = (guint)strlen (b);
  guint rows[3][LONGEST + 1]; /* of i − 2, i − 1, i, in turn */
  for (guint j = 0; j <= m; j++)
    rows[0][j] = j;
  for (guint i = 1; i <= n; i++) {
    guint *now = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
    now[0] = i;
    for (guint j = 1; j <= m; j++) {
      guint changed = last[j - 1] + (a[i - 1] != b[j - 1]);
      now[j] = MIN (changed, MIN (last[j], now[j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = MIN (now[j], before[j - 2] + 1);
    }
  }
  return rows[n % 3][m];
}

const char *
genre_suggestion_find (const char *typed, const char *const *words)
{
  const char *best = NULL;
  guint least = G_MAXUINT;
  if (strlen (typed) > LONGEST)
    return NULL;
  for (; *words; words++) {
    gsize length = strlen (*words);
    guint wrong = length <= LONGEST ? distance (typed, *words) : G_MAXUINT;
    if (wrong < least && 3 * wrong <= MAX (length, 3)) {
      least = wrong;
      best = *words;
    }
  }
  return best;
}

char *
genre_suggestion_say (const char *typed, const char *const *words)
{
  const char *meant = genre_suggestion_find (typed, words);
  return meant ? g_strdup_printf (_ ("; did you mean \"%s\"?"), meant) : g_strdup ("");
}
