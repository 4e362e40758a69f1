/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreStreamClock: does the next buffer go on where the last one ended?
 *
 * The element counts samples; buffers bring timestamps. The clock compares the two and says whether
 * a buffer is contiguous with what came before, begins behind a hole, or somewhere else altogether.
 * Timestamps of real streams jitter, and the clocks that make them are wrong by a little, so small
 * jumps are forgiven; many small ones ahead, more than a clock that is wrong by 1 % explains, add
 * up to a hole. Where buffers are stamped when they arrive, late ones and bursts, no audio is
 * missing though timestamps leap to and fro: jumps back, up to a second of them, make up for jumps
 * ahead.
 *
 * @elapsed is always the audio counted since the clock was set or carried on last, in ns. All other
 * times are timestamps of the segment, in ns. A struct to be embedded: it owns nothing. One thread
 * at a time. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* of timestamps ahead of the audio: neither a hole nor a jump */
#define GENRE_STREAM_CLOCK_JITTER (40 * GST_MSECOND)
#define GENRE_STREAM_CLOCK_LONGEST_HOLE (1 * GST_SECOND)
#define GENRE_STREAM_CLOCK_LATEST (G_MAXINT64 / 2) /* ns, 146 years: a later timestamp is none */

typedef struct {
  GstSegment segment; /* of what comes next; for the owner to set */
  gboolean known;     /* there was a timestamp since the clock was forgotten */
  gboolean anew;      /* the next timestamp is believed, whatever it is */
  gint64 base;        /* when nothing had elapsed */
  gint64 followed;    /* of the last buffer */
  gint64 drift;       /* sum of the jumps that did not count, less what is forgiven */
} GenreStreamClock;

typedef enum {
  GENRE_STREAM_CONTIGUOUS,
  GENRE_STREAM_HOLE, /* audio is missing, not much: silence may stand for it */
  GENRE_STREAM_JUMP, /* too far ahead, or a second backwards */
} GenreStreamStep;

/* Time segment from 0, no timestamp known. */
void genre_stream_clock_init (GenreStreamClock *clock);
/* Timestamps begin anew: the next buffer is contiguous whatever it says. */
void genre_stream_clock_forget (GenreStreamClock *clock);
/* The same, but a buffer that says nothing goes on at @expected; nothing has elapsed. */
void genre_stream_clock_begin_anew (GenreStreamClock *clock, gint64 expected);
/* The timestamp that the next frame should have: before there was one, the segment's start. */
gint64 genre_stream_clock_get_expected (const GenreStreamClock *clock, guint64 elapsed);
/* A buffer begins at @timestamp, which may be GST_CLOCK_TIME_NONE. @length: of the hole or jump, in
 * ns, negative backwards; 0 if contiguous. The clock itself stands where it stood, for what is put
 * into the hole, until it is set to @now. */
GenreStreamStep genre_stream_clock_follow (GenreStreamClock *clock, GstClockTime timestamp,
                                           guint64 elapsed, gint64 *now, gint64 *length);
/* It is @now, after @elapsed. */
void genre_stream_clock_set (GenreStreamClock *clock, gint64 now, guint64 elapsed);
/* From here on time is counted from 0 again. */
void genre_stream_clock_carry (GenreStreamClock *clock, guint64 elapsed);

G_END_DECLS
