/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "songclock.h"
#include <stdlib.h>

typedef struct {
  guint64 position;
  GstClockTime timestamp;
  GstSegment segment;
} Mark;

struct _GenreSongClock {
  guint rate;
  GArray *marks; /* of Mark, positions ascending */
};

GenreSongClock *
genre_song_clock_new (guint rate)
{
  GenreSongClock *clock = g_new0 (GenreSongClock, 1);
  clock->rate = rate;
  clock->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  return clock;
}

void
genre_song_clock_free (GenreSongClock *clock)
{
  if (!clock)
    return;
  g_array_unref (clock->marks);
  g_free (clock);
}

void
genre_song_clock_reset (GenreSongClock *clock)
{
  g_array_set_size (clock->marks, 0);
}

/* The mark in force at @position: the last one that is not behind it, or the first of all. */
static guint
find_mark (const GenreSongClock *clock, guint64 position)
{
  guint i = clock->marks->len - 1;
  while (i > 0 && g_array_index (clock->marks, Mark, i).position > position)
    i--;
  return i;
}

/* What lies before the first mark was heard that much earlier, but not before time began. */
static GstClockTime
time_at (const GenreSongClock *clock, const Mark *mark, guint64 position)
{
  if (position < mark->position)
    return mark->timestamp - MIN (mark->timestamp, gst_util_uint64_scale (mark->position - position,
                                                                          GST_SECOND, clock->rate));
  return mark->timestamp +
         gst_util_uint64_scale (position - mark->position, GST_SECOND, clock->rate);
}

void
genre_song_clock_mark (GenreSongClock *clock, guint64 position, GstClockTime timestamp,
                       const GstSegment *segment)
{
  Mark mark = {position, timestamp, *segment};
  if (clock->marks->len > 0) {
    const Mark *last = &g_array_index (clock->marks, Mark, clock->marks->len - 1);
    const gint64 off = GST_CLOCK_DIFF (time_at (clock, last, position), timestamp);
    if (llabs (off) <= (gint64)GENRE_SONG_CLOCK_TOLERANCE &&
        gst_segment_is_equal (&last->segment, segment))
      return;
  }
  g_array_append_val (clock->marks, mark);
}

void
genre_song_clock_forget_before (GenreSongClock *clock, guint64 position)
{
  if (clock->marks->len > 0)
    g_array_remove_range (clock->marks, 0, find_mark (clock, position));
}

GenreInstant
genre_song_clock_instant (GstClockTime timestamp, const GstSegment *segment)
{
  GenreInstant instant = {timestamp, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE};
  if (segment->format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID (timestamp)) {
    /* Audio just outside of the segment is told as at its border, not as nowhere. */
    guint64 inside = MAX (timestamp, segment->start);
    if (segment->stop != (guint64)-1)
      inside = MIN (inside, segment->stop);
    instant.stream_time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, inside);
    instant.running_time = gst_segment_to_running_time (segment, GST_FORMAT_TIME, inside);
  }
  return instant;
}

GenreInstant
genre_song_clock_get (const GenreSongClock *clock, guint64 position)
{
  GenreInstant nowhere = {GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE};
  if (clock->marks->len == 0)
    return nowhere;
  const Mark *mark = &g_array_index (clock->marks, Mark, find_mark (clock, position));
  return genre_song_clock_instant (time_at (clock, mark, position), &mark->segment);
}

guint
genre_song_clock_get_n_marks (const GenreSongClock *clock)
{
  return clock->marks->len;
}
