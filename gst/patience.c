/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "patience.h"

#define MOST G_TIME_SPAN_SECOND            /* of one wait */
#define RECOVERY (60 * G_TIME_SPAN_SECOND) /* of audio until a wait may be as long again */

void
genre_patience_init (GenrePatience *patience)
{
  *patience = (GenrePatience){.due = G_MININT64, .most = MOST};
}

gint64
genre_patience_get (GenrePatience *patience, gint64 now)
{
  patience->due = MAX (patience->due, now);
  return MIN (patience->due - now, patience->most);
}

void
genre_patience_take (GenrePatience *patience, gint64 duration, gboolean dropped)
{
  patience->due += duration;
  if (dropped)
    patience->most /= 2;
  else
    patience->most += MIN (MOST - patience->most, duration * MOST / RECOVERY);
}
