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

/* Many small jumps ahead make a hole: returns its length, or that of @jump. Small jumps back lose
 * nothing, they only make up for others. */
static gint64
add_up_jumps (GenreStreamClock *clock, gint64 expected, gint64 jump)
{
  gint64 forgiven = MAX (0, expected - clock->followed) / FORGIVEN;
  clock->drift += clock->drift > 0 ? -MIN (forgiven, clock->drift) : MIN (forgiven, -clock->drift);
  clock->drift = MAX (clock->drift + jump, -(gint64)GENRE_STREAM_CLOCK_JITTER);
  gint64 hole = MAX (jump, clock->drift);
  if (hole > (gint64)GENRE_STREAM_CLOCK_JITTER)
    clock->drift = 0;
  return hole;
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
  if (!clock->known || clock->anew) {
    clock->drift = 0;
  } else if (jump > (gint64)GENRE_STREAM_CLOCK_LONGEST_HOLE ||
             jump < -(gint64)GENRE_STREAM_CLOCK_JITTER) {
    clock->drift = 0;
    *length = jump;
    step = GENRE_STREAM_JUMP;
  } else {
    gint64 hole = add_up_jumps (clock, expected, jump);
    if (hole > (gint64)GENRE_STREAM_CLOCK_JITTER) {
      *length = hole;
      step = GENRE_STREAM_HOLE;
    }
  }
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
