/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreSongClock: at which time was a sample heard? The classifier counts samples; a message speaks
 * in stream time. Marks tie the two together where the stream was not contiguous. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef struct {
  GstClockTime timestamp, stream_time, running_time;
} GenreInstant;

typedef struct _GenreSongClock GenreSongClock;

GenreSongClock *genre_song_clock_new (guint rate); /* of the samples, Hz */
void genre_song_clock_free (GenreSongClock *clock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreSongClock, genre_song_clock_free)

void genre_song_clock_reset (GenreSongClock *clock); /* forgets all marks; counting starts at 0 */
/* Sample @position of the song was heard at @timestamp of @segment. Nothing changes if earlier
 * marks say so already, within GENRE_SONG_CLOCK_TOLERANCE. */
void genre_song_clock_mark (GenreSongClock *clock, guint64 position, GstClockTime timestamp,
                            const GstSegment *segment);
/* Positions before @position will not be asked for again. */
void genre_song_clock_forget_before (GenreSongClock *clock, guint64 position);
/* GST_CLOCK_TIME_NONE without a mark, or where the segment does not tell. */
GenreInstant genre_song_clock_get (const GenreSongClock *clock, guint64 position);
GenreInstant genre_song_clock_instant (GstClockTime timestamp, const GstSegment *segment);
guint genre_song_clock_get_n_marks (const GenreSongClock *clock);

/* Jitter of timestamps that is not worth a mark: with an interval of a day there would be many. */
#define GENRE_SONG_CLOCK_TOLERANCE (40 * GST_MSECOND)

G_END_DECLS
