/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stream's clock without a stream: timestamps in, steps out. */
#include <gst/check/gstcheck.h>
#include "streamclock.h"

#define MS (gint64) GST_MSECOND
#define BUFFER (20 * MS)

/* A clock and what an element would count beside it. */
typedef struct {
  GenreStreamClock clock;
  guint64 elapsed;
  gint64 length; /* of the last hole or jump */
} Stream;

static Stream
stream_from (gint64 timestamp)
{
  Stream s = {.elapsed = 0};
  genre_stream_clock_init (&s.clock);
  gint64 now;
  ck_assert_int_eq (genre_stream_clock_follow (&s.clock, timestamp, 0, &now, &s.length),
                    GENRE_STREAM_CONTIGUOUS);
  ck_assert_int_eq (now, timestamp);
  genre_stream_clock_set (&s.clock, now, 0);
  s.elapsed = BUFFER;
  return s;
}

/* The next buffer comes with @timestamp; a hole is filled, a jump begins a new count. */
static GenreStreamStep
take (Stream *s, GstClockTime timestamp)
{
  gint64 now;
  GenreStreamStep step =
      genre_stream_clock_follow (&s->clock, timestamp, s->elapsed, &now, &s->length);
  if (step == GENRE_STREAM_HOLE)
    s->elapsed += s->length;
  if (step == GENRE_STREAM_JUMP) {
    genre_stream_clock_carry (&s->clock, s->elapsed);
    genre_stream_clock_forget (&s->clock);
    s->elapsed = 0;
  }
  genre_stream_clock_set (&s->clock, now, s->elapsed);
  s->elapsed += BUFFER;
  return step;
}

static void
expect (Stream *s, GstClockTime timestamp, GenreStreamStep step, gint64 length)
{
  ck_assert_int_eq (take (s, timestamp), step);
  ck_assert_int_eq (s->length, length);
}

GST_START_TEST (buffers_in_a_row_are_contiguous)
{
  Stream s = stream_from (5000 * MS);
  for (int i = 1; i < 1000; i++)
    expect (&s, 5000 * MS + i * BUFFER, GENRE_STREAM_CONTIGUOUS, 0);
  ck_assert_int_eq (genre_stream_clock_get_expected (&s.clock, s.elapsed),
                    5000 * MS + 1000 * BUFFER);
}
GST_END_TEST

GST_START_TEST (jitter_is_forgiven)
{
  Stream s = stream_from (0);
  for (int i = 1; i < 1000; i++)
    expect (&s, i * BUFFER + (i % 2 ? 35 * MS : 0), GENRE_STREAM_CONTIGUOUS, 0);
}
GST_END_TEST

GST_START_TEST (a_hole_has_its_length)
{
  const gint64 lengths[] = {41 * MS, 500 * MS, 1000 * MS};
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    Stream s = stream_from (0);
    expect (&s, BUFFER + lengths[i], GENRE_STREAM_HOLE, lengths[i]);
    expect (&s, 2 * BUFFER + lengths[i], GENRE_STREAM_CONTIGUOUS, 0);
  }
}
GST_END_TEST

/* Each 10 ms too late: with the third more than jitter can be, less what a wrong clock explains. */
GST_START_TEST (many_tiny_holes_add_up)
{
  Stream s = stream_from (0);
  gint64 late = 0, filled = 0;
  for (int i = 1; i <= 100; i++) {
    late += 10 * MS;
    GenreStreamStep step = take (&s, i * BUFFER + late);
    ck_assert_int_ne (step, GENRE_STREAM_JUMP);
    filled += step == GENRE_STREAM_HOLE ? s.length : 0;
  }
  ck_assert_int_gt (filled, 900 * MS);
  ck_assert_int_le (filled, 1000 * MS);
}
GST_END_TEST

GST_START_TEST (a_clock_wrong_by_one_percent_loses_nothing)
{
  const gint64 factors[] = {1009, 991};
  for (guint f = 0; f < G_N_ELEMENTS (factors); f++) {
    Stream s = stream_from (0);
    for (int i = 1; i < 10000; i++)
      expect (&s, i * BUFFER / 1000 * factors[f], GENRE_STREAM_CONTIGUOUS, 0);
  }
}
GST_END_TEST

GST_START_TEST (too_far_ahead_is_a_jump)
{
  Stream s = stream_from (0);
  expect (&s, BUFFER + 1000 * MS + 1, GENRE_STREAM_JUMP, 1000 * MS + 1);
  expect (&s, 2 * BUFFER + 1000 * MS + 1, GENRE_STREAM_CONTIGUOUS, 0);
}
GST_END_TEST

GST_START_TEST (a_second_backwards_is_a_jump)
{
  Stream s = stream_from (5000 * MS);
  expect (&s, 4000 * MS + BUFFER + 1, GENRE_STREAM_CONTIGUOUS, 0);
  Stream other = stream_from (5000 * MS);
  expect (&other, 4000 * MS + BUFFER, GENRE_STREAM_JUMP, -1000 * MS);
  expect (&other, 4000 * MS + 2 * BUFFER, GENRE_STREAM_CONTIGUOUS, 0);
}
GST_END_TEST

/* Buffers that are stamped when they arrive, as by appsrc do-timestamp=true. */
GST_START_TEST (late_arrivals_are_no_holes)
{
  Stream s = stream_from (80 * MS);
  gint64 filled = 0;
  for (int i = 1; i < 10000; i++) {
    GenreStreamStep step = take (&s, i * BUFFER + (i * 37 % 83) * MS);
    ck_assert_int_ne (step, GENRE_STREAM_JUMP);
    filled += step == GENRE_STREAM_HOLE ? s.length : 0;
  }
  ck_assert_int_le (filled, 10000 * BUFFER / 100);
}
GST_END_TEST

GST_START_TEST (bursts_are_no_holes)
{
  const int lengths[] = {5, 25, 50}; /* buffers: up to a second */
  for (guint l = 0; l < G_N_ELEMENTS (lengths); l++) {
    Stream s = stream_from (0);
    gint64 filled = 0;
    for (int i = 1; i < 10000; i++) {
      gint64 burst = i / lengths[l] * lengths[l] * BUFFER;
      GenreStreamStep step = take (&s, burst + i % lengths[l] * MS);
      ck_assert_int_ne (step, GENRE_STREAM_JUMP);
      filled += step == GENRE_STREAM_HOLE ? s.length : 0;
    }
    ck_assert_int_le (filled, 10000 * BUFFER / 50);
  }
}
GST_END_TEST

/* Backward jitter must not be saved up for long until a later hole goes unnoticed. */
GST_START_TEST (small_jumps_back_do_not_hide_a_hole)
{
  Stream s = stream_from (0);
  for (int i = 1; i <= 10; i++)
    expect (&s, i * BUFFER - i * 5 * MS, GENRE_STREAM_CONTIGUOUS, 0);
  for (int i = 11; i <= 300; i++) /* 50 ms are forgiven in 5 s */
    expect (&s, i * BUFFER - 50 * MS, GENRE_STREAM_CONTIGUOUS, 0);
  gint64 expected = genre_stream_clock_get_expected (&s.clock, s.elapsed);
  expect (&s, expected + 100 * MS, GENRE_STREAM_HOLE, 100 * MS);
}
GST_END_TEST

GST_START_TEST (no_timestamp_is_the_one_expected)
{
  const GstClockTime none[] = {GST_CLOCK_TIME_NONE, GENRE_STREAM_CLOCK_LATEST, G_MAXINT64};
  for (guint i = 0; i < G_N_ELEMENTS (none); i++) {
    Stream s = stream_from (3000 * MS);
    expect (&s, none[i], GENRE_STREAM_CONTIGUOUS, 0);
    ck_assert_int_eq (genre_stream_clock_get_expected (&s.clock, s.elapsed),
                      3000 * MS + 2 * BUFFER);
  }
}
GST_END_TEST

GST_START_TEST (a_segment_says_where_a_stream_without_timestamps_begins)
{
  GenreStreamClock clock;
  genre_stream_clock_init (&clock);
  ck_assert_int_eq (genre_stream_clock_get_expected (&clock, 0), 0);
  clock.segment.start = 7000 * MS;
  ck_assert_int_eq (genre_stream_clock_get_expected (&clock, 0), 7000 * MS);
  clock.segment.start = GST_CLOCK_TIME_NONE;
  ck_assert_int_eq (genre_stream_clock_get_expected (&clock, 0), 0);
  clock.segment.start = 7000 * MS;
  clock.segment.format = GST_FORMAT_BYTES;
  ck_assert_int_eq (genre_stream_clock_get_expected (&clock, 0), 0);
}
GST_END_TEST

GST_START_TEST (forgotten_timestamps_begin_anew)
{
  Stream s = stream_from (5000 * MS);
  genre_stream_clock_forget (&s.clock);
  expect (&s, 90 * MS, GENRE_STREAM_CONTIGUOUS, 0);
  expect (&s, 90 * MS + BUFFER, GENRE_STREAM_CONTIGUOUS, 0);
}
GST_END_TEST

GST_START_TEST (time_goes_on_where_timestamps_begin_anew)
{
  Stream s = stream_from (5000 * MS);
  gint64 now;
  genre_stream_clock_begin_anew (&s.clock, 5000 * MS + BUFFER);
  s.elapsed = 0;
  genre_stream_clock_follow (&s.clock, GST_CLOCK_TIME_NONE, 0, &now, &s.length);
  ck_assert_int_eq (now, 5000 * MS + BUFFER);
  expect (&s, 90 * MS, GENRE_STREAM_CONTIGUOUS, 0);
  expect (&s, 5000 * MS, GENRE_STREAM_JUMP, 5000 * MS - 90 * MS - BUFFER); /* but once */
}
GST_END_TEST

GST_START_TEST (counting_may_begin_anew_in_the_middle)
{
  Stream s = stream_from (5000 * MS);
  genre_stream_clock_carry (&s.clock, s.elapsed);
  s.elapsed = 0;
  expect (&s, 5000 * MS + BUFFER, GENRE_STREAM_CONTIGUOUS, 0);
}
GST_END_TEST

static Suite *
streamclock_suite (void)
{
  Suite *suite = suite_create ("streamclock");
  TCase *tests = tcase_create ("streamclock");
  tcase_add_test (tests, buffers_in_a_row_are_contiguous);
  tcase_add_test (tests, jitter_is_forgiven);
  tcase_add_test (tests, a_hole_has_its_length);
  tcase_add_test (tests, many_tiny_holes_add_up);
  tcase_add_test (tests, a_clock_wrong_by_one_percent_loses_nothing);
  tcase_add_test (tests, too_far_ahead_is_a_jump);
  tcase_add_test (tests, a_second_backwards_is_a_jump);
  tcase_add_test (tests, late_arrivals_are_no_holes);
  tcase_add_test (tests, bursts_are_no_holes);
  tcase_add_test (tests, small_jumps_back_do_not_hide_a_hole);
  tcase_add_test (tests, no_timestamp_is_the_one_expected);
  tcase_add_test (tests, a_segment_says_where_a_stream_without_timestamps_begins);
  tcase_add_test (tests, forgotten_timestamps_begin_anew);
  tcase_add_test (tests, time_goes_on_where_timestamps_begin_anew);
  tcase_add_test (tests, counting_may_begin_anew_in_the_middle);
  suite_add_tcase (suite, tests);
  return suite;
}

GST_CHECK_MAIN (streamclock)
