/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "streamclock.h"

#define FORGIVEN 100 /* a clock may be wrong by one part in this */

void
genre_stream_clock_init (GenreStreamClock *clock)
{
  *clock = (GenreStreamClock){.known = FALSE};
  gst_segment_init (&clock->segment, GST_FORMAT_TIME);
}

void
genre_stream_clock_forget (GenreStreamClock *clock)
{
  clock->known = FALSE;
}

void
genre_stream_clock_begin_anew (GenreStreamClock *clock, gint64 expected)
{
  if (clock->known)
    genre_stream_clock_set (clock, expected, 0);
  clock->anew = TRUE;
}

gint64
genre_stream_clock_get_expected (const GenreStreamClock *clock, guint64 elapsed)
{
  if (clock->known)
    return clock->base + (gint64)elapsed;
  if (clock->segment.format == GST_FORMAT_TIME && clock->segment.start < GENRE_STREAM_CLOCK_LATEST)
    return (gint64)clock->segment.start;
  return 0;
}

/* How far the timestamps are ahead of the audio, less what a wrong clock explains. */
static gint64
add_up_jumps (const GenreStreamClock *clock, gint64 expected, gint64 jump)
{
  const gint64 forgiven = MAX (0, expected - clock->followed) / FORGIVEN;
  const gint64 drift = clock->drift;
  return drift + jump + (drift > 0 ? -MIN (forgiven, drift) : MIN (forgiven, -drift));
}

GenreStreamStep
genre_stream_clock_follow (GenreStreamClock *clock, GstClockTime timestamp, guint64 elapsed,
                           gint64 *now, gint64 *length)
{
  gint64 expected = genre_stream_clock_get_expected (clock, elapsed);
  *now = timestamp < GENRE_STREAM_CLOCK_LATEST ? (gint64)timestamp : expected;
  *length = 0;
  gint64 jump = *now - expected;
  GenreStreamStep step = GENRE_STREAM_CONTIGUOUS;
  gint64 drift = 0;
  if (clock->known && !clock->anew)
    drift = add_up_jumps (clock, expected, jump);
  else
    jump = 0;
  if (drift > (gint64)GENRE_STREAM_CLOCK_LONGEST_HOLE ||
      jump <= -(gint64)GENRE_STREAM_CLOCK_LONGEST_HOLE) {
    *length = jump;
    step = GENRE_STREAM_JUMP;
  } else if (drift > (gint64)GENRE_STREAM_CLOCK_JITTER) {
    *length = drift;
    step = GENRE_STREAM_HOLE;
  }
  clock->drift =
      step == GENRE_STREAM_CONTIGUOUS ? MAX (drift, -(gint64)GENRE_STREAM_CLOCK_LONGEST_HOLE) : 0;
  clock->followed = *now;
  return step;
}

void
genre_stream_clock_set (GenreStreamClock *clock, gint64 now, guint64 elapsed)
{
  clock->base = now - (gint64)elapsed;
  clock->known = TRUE;
  clock->anew = FALSE;
}

void
genre_stream_clock_carry (GenreStreamClock *clock, guint64 elapsed)
{
  clock->base += (gint64)elapsed;
}
