/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a station's last answers are told. Songs too short to be judged may be as many as it
 * likes, in streams that follow each other, by titles or by changes of the sound: one end of such
 * in a second is told. Where the format of the sound changes a moment before the title, the song
 * has had its last answer, and what is left of it gives none. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef struct {
  gint64 next_short; /* monotonic; when a song too short to be judged may end in sight of all */
  char *changed;     /* title of the song whose last answer came just before, for its sound */
} SongEnds;

/* Another stream begins, or there is none any more. */
void song_ends_clear (SongEnds *self);
/* Every answer, in order. Whether it is told. */
gboolean song_ends_take (SongEnds *self, const GstStructure *answer);

G_END_DECLS
