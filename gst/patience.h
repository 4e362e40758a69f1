/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenrePatience: how long a pipeline that must not be held back may wait for room all the same.
 *
 * Audio that comes before its time, as the burst with which a radio station begins or what a
 * network held back, can wait until it is due: whoever plays it waits, too. A wait for nothing
 * halves the next ones, so that a machine that is too slow is held up for seconds at most, and
 * audio that found room makes them longer again. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  gint64 due;  /* when what has come will have been played, µs of the monotonic clock */
  gint64 most; /* µs */
} GenrePatience;

void genre_patience_init (GenrePatience *patience);
/* For audio that comes @now; µs, 0 if it comes no sooner than it is played. */
gint64 genre_patience_get (GenrePatience *patience, gint64 now);
/* It lasts @duration µs; @dropped: there was no room for it. */
void genre_patience_take (GenrePatience *patience, gint64 duration, gboolean dropped);

G_END_DECLS
