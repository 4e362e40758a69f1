/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What begins and ends songs and windows: EOS, flushes, segments, gaps, titles, streams, caps; and
 * tags. */
#include "listening.h"
#include <string.h>

#define BUFFER (GST_SECOND / 50)

static void
push_eos (Listening *listening)
{
  listening_push_eos (listening);
}

/* The last event of @type that came out since the last call, or NULL. */
static GstEvent *
pull_last_event (Listening *listening, GstEventType type)
{
  GstEvent *last = NULL;
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (listening->harness))) {
    if (GST_EVENT_TYPE (event) == type)
      gst_event_replace (&last, event);
    gst_event_unref (event);
  }
  return last;
}

/* ---- EOS ---- */

GST_START_TEST (eos_finishes_what_is_pending_before_it_goes_on)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 0); /* it is there already */
  check_answer (answer, "low", "eos");
  assert_time_near (get_time (answer, "duration"), SEGMENT, 1 + STEP);
  g_autoptr (GstEvent) eos = pull_last_event (&listening, GST_EVENT_EOS);
  fail_unless (eos);
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

/* The last frames of a song, which only its end completes, complete a segment. */
GST_START_TEST (an_answer_that_the_end_makes_due_is_not_the_final_one)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, LOW, 2 * GST_SECOND, BUFFER);
  listening_expect_nothing (&listening);
  push_eos (&listening);
  listening_expect (&listening, "low", NULL);
  listening_expect (&listening, "low", "eos");
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (shorter_than_a_segment_is_unknown)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening.position = 7 * GST_SECOND;
  listening_push (&listening, LOW, GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
  check_answer (answer, "unknown", "eos");
  fail_unless_equals_uint64 (get_time (answer, "duration"), 0);
  fail_unless_equals_uint64 (get_time (answer, "timestamp"), 7 * GST_SECOND);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (no_answer_covers_more_than_was_delivered)
{
  const GstClockTime length = SEGMENT - 10 * GST_MSECOND; /* its last frame is half full */
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, LOW, length, BUFFER);
  push_eos (&listening);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
  check_answer (answer, "low", "eos");
  assert_time_near (get_time (answer, "duration"), length, GST_MSECOND);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (no_audio_no_final_message)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push_stream_start (&listening, "another");
  gst_harness_push (listening.harness, gst_buffer_new ());
  push_eos (&listening);
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

static gpointer
push_eos_thread (gpointer data)
{
  push_eos (data);
  return NULL;
}

static gpointer
push_audio_thread (gpointer data)
{
  return GINT_TO_POINTER (listening_push (data, LOW, 20 * GST_SECOND, BUFFER));
}

/* What was pending at the flush is gone, also the final answer: the next one is about what follows.
 */
GST_START_TEST (a_flush_releases_the_wait_at_eos)
{
  Listening listening;
  listening_begin (&listening, "overload=wait"); /* nothing dropped, however slow */
  Brake brake;
  brake_pull (&brake, listening.bus);
  listening_push (&listening, LOW, 5 * GST_SECOND, BUFFER);
  brake_wait (&brake);
  const guint64 pending = get_stat (listening.element, "pending");
  GThread *thread = g_thread_new ("eos", push_eos_thread, &listening);
  /* its last samples come just before the end of the song */
  while (get_stat (listening.element, "pending") == pending)
    g_usleep (1000);
  gst_pad_push_event (listening.harness->srcpad, gst_event_new_flush_start ());
  g_thread_join (thread);
  gst_pad_push_event (listening.harness->srcpad, gst_event_new_flush_stop (TRUE));
  brake_release (&brake);
  gst_bus_set_sync_handler (listening.bus, NULL, NULL, NULL);
  listening_expect (&listening, "low", NULL); /* the one that was held up */
  listening_seek (&listening, 0);
  listening_push (&listening, HIGH, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  listening_expect (&listening, "high-pitched", "eos");
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

/* Until whoever pushes audio waits for the worker, which is held up. */
static void
await_full_queue (Listening *listening)
{
  while (get_stat (listening->element, "pending") < 4 * GST_SECOND - GST_SECOND / 4)
    g_usleep (1000);
}

GST_START_TEST (a_flush_releases_the_wait_for_room)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  Brake brake;
  brake_pull (&brake, listening.bus);
  GThread *thread = g_thread_new ("audio", push_audio_thread, &listening);
  brake_wait (&brake);
  await_full_queue (&listening);
  gst_pad_push_event (listening.harness->srcpad, gst_event_new_flush_start ());
  fail_unless_equals_int (GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_FLUSHING);
  brake_release (&brake);
  gst_bus_set_sync_handler (listening.bus, NULL, NULL, NULL);
  listening_end (&listening);
}
GST_END_TEST

static gpointer
stop_thread (gpointer data)
{
  gst_element_set_state (((Listening *)data)->element, GST_STATE_READY);
  return NULL;
}

/* Whoever pushes does not wait for the worker, which may wait for the thread that stops it. */
GST_START_TEST (shutdown_releases_every_wait_and_posts_nothing)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  Brake brake;
  brake_pull (&brake, listening.bus);
  GThread *thread = g_thread_new ("audio", push_audio_thread, &listening);
  brake_wait (&brake);
  await_full_queue (&listening);
  GThread *stopper = g_thread_new ("stop", stop_thread, &listening);
  fail_unless_equals_int (GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_FLUSHING);
  brake_release (&brake);
  g_thread_join (stopper);
  gst_bus_set_sync_handler (listening.bus, NULL, NULL, NULL);
  listening_expect (&listening, "low", NULL); /* the one that was held up */
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

/* ---- flushes, segments, jumps ---- */

GST_START_TEST (a_seek_discards_and_starts_a_new_window)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  listening_seek (&listening, 60 * GST_SECOND);
  listening_push (&listening, HIGH, 5 * GST_SECOND / 2, BUFFER);
  g_autoptr (GstStructure) answer =
      listening_take (&listening, "high-pitched", NULL); /* the low part was forgotten */
  fail_unless_equals_uint64 (get_time (answer, "timestamp"), 60 * GST_SECOND);
  fail_unless_equals_uint64 (get_time (answer, "stream-time"), 60 * GST_SECOND);
  fail_unless_equals_uint64 (get_time (answer, "running-time"), 0);
  push_eos (&listening);
  listening_expect (&listening, "high-pitched", "eos");
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (what_a_seek_broke_off_has_no_final_message)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  listening_seek (&listening, 60 * GST_SECOND);
  push_eos (&listening); /* nothing was heard since */
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

/* Here the worker hears of nothing before the flush is over. */
GST_START_TEST (a_song_that_ended_before_a_flush_gets_its_final_message)
{
  Listening listening;
  listening_begin (&listening, "overload=drop");
  Brake brake;
  brake_pull (&brake, listening.bus);
  listening_push (&listening, LOW, 3 * GST_SECOND, BUFFER);
  brake_wait (&brake);
  listening_push_stream_start (&listening, "another");
  listening_push (&listening, LOW, GST_SECOND / 2, BUFFER);
  listening_seek (&listening, 0);
  brake_release (&brake);
  gst_bus_set_sync_handler (listening.bus, NULL, NULL, NULL);
  listening_expect (&listening, "low", NULL);
  listening_expect (&listening, "low", "stream");
  listening_push (&listening, HIGH, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  listening_expect (&listening, "high-pitched", "eos");
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (after_eos_a_seek_begins_again)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  listening_expect (&listening, "low", "eos");
  listening_seek (&listening, 0);
  listening_push (&listening, HIGH, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  listening_expect (&listening, "high-pitched", "eos");
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (segment_rate_and_base_show_in_the_times)
{
  Listening listening;
  listening_begin (&listening, "window=2000000000");
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = 2.0;
  segment.start = 10 * GST_SECOND;
  segment.time = 20 * GST_SECOND;
  segment.base = 30 * GST_SECOND;
  gst_harness_push_event (listening.harness, gst_event_new_segment (&segment));
  listening.position = 10 * GST_SECOND;
  listening_push (&listening, LOW, 3 * GST_SECOND, BUFFER);
  g_autoptr (GstStructure) answer = listening_take (&listening, "low", NULL);
  fail_unless_equals_uint64 (get_time (answer, "timestamp") - 10 * GST_SECOND,
                             get_time (answer, "stream-time") - 20 * GST_SECOND);
  assert_time_near (get_time (answer, "running-time"),
                    30 * GST_SECOND + (get_time (answer, "timestamp") - 10 * GST_SECOND) / 2, 1);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (backwards_is_not_classified)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1.0;
  gst_harness_push_event (listening.harness, gst_event_new_segment (&segment));
  listening_push (&listening, LOW, 5 * GST_SECOND, BUFFER);
  push_eos (&listening);
  listening_expect_nothing (&listening);
  fail_unless_equals_int (gst_harness_buffers_received (listening.harness), 250);
  fail_unless_equals_uint64 (get_stat (listening.element, "segments"), 0);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_short_hole_is_silence)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, LOW, GST_SECOND, BUFFER);
  listening.position += 9 * GST_SECOND / 10;
  listening_push (&listening, LOW, 6 * GST_SECOND / 10, BUFFER);
  g_autoptr (GstStructure) answer =
      listening_pop (&listening, 20 * GST_SECOND); /* due at 2.02 s, hole included */
  check_answer (answer, "low", NULL);
  fail_unless_equals_uint64 (get_stat (listening.element, "discontinuities"), 0);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (many_small_holes_are_silence_too)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  for (guint i = 0; i < 50; i++) { /* 1.5 s of audio within 3 s */
    listening_push (&listening, LOW, 30 * GST_MSECOND, 30 * GST_MSECOND);
    listening.position += 30 * GST_MSECOND;
  }
  g_autoptr (GstStructure) answer =
      listening_pop (&listening, 20 * GST_SECOND); /* due at 2.02 s, holes included */
  fail_unless (answer);
  assert_time_near (get_time (answer, "timestamp"), 0, 1);
  fail_unless_equals_uint64 (get_stat (listening.element, "discontinuities"), 0);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_clock_that_runs_slow_makes_no_holes)
{
  Listening listening;
  listening_begin (&listening, "overload=wait min-window=10000000000");
  for (guint i = 0; i < 900; i++) { /* 9 s of audio within 9.09 s */
    listening_push (&listening, LOW, 10 * GST_MSECOND, 10 * GST_MSECOND);
    listening.position += 90 * GST_USECOND;
  }
  push_eos (&listening);
  {
    g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
    check_answer (answer, "low", "eos");
    fail_unless (get_time (answer, "duration") <= 9 * GST_SECOND);
  }
  listening_end (&listening);
}
GST_END_TEST

/* Loop: no jump, one, another. */
GST_START_TEST (what_lies_before_a_jump_counts_where_too_little_lies_behind)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening.position = 100 * GST_SECOND;
  listening_push (&listening, LOW, 19 * GST_SECOND / 10, BUFFER);
  for (gint i = 0; i < __i__; i++) {
    listening.position += 5 * GST_SECOND;
    listening_push (&listening, HIGH, GST_SECOND / 5, BUFFER);
  }
  push_eos (&listening);
  g_autoptr (GstStructure) answer = listening_take (&listening, "low", "eos");
  assert_time_near (get_time (answer, "timestamp"), 100 * GST_SECOND, GST_SECOND);
  fail_unless (get_time (answer, "duration") >= GST_SECOND);
  listening_push_stream_start (&listening, "another"); /* which has heard of nothing */
  listening_push (&listening, HIGH, GST_SECOND / 5, BUFFER);
  push_eos (&listening);
  listening_expect (&listening, "unknown", "eos");
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_jump_starts_a_new_window)
{
  static const gint64 jumps[] = {5 * GST_SECOND, -(gint64)GST_SECOND};
  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++) {
    Listening listening;
    listening_begin (&listening, "overload=wait");
    listening.position = 100 * GST_SECOND;
    listening_push (&listening, LOW, 19 * GST_SECOND / 10, BUFFER);
    listening.position += jumps[i];
    listening_push (&listening, HIGH, 25 * GST_SECOND / 10, BUFFER);
    g_autoptr (GstStructure) answer = listening_take (&listening, "high-pitched", NULL);
    assert_time_near (get_time (answer, "timestamp"), 1019 * GST_SECOND / 10 + jumps[i], 1);
    fail_unless_equals_uint64 (get_stat (listening.element, "discontinuities"), 1);
    push_eos (&listening);
    listening_expect (&listening, "high-pitched", "eos"); /* and only one */
    listening_expect_nothing (&listening);
    listening_end (&listening);
  }
}
GST_END_TEST

GST_START_TEST (jitter_and_discont_flags_do_no_harm)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  for (guint i = 0; i < 300; i++) {
    GstBuffer *buffer = listening_make_buffer (&listening, LOW, GST_SECOND / 100);
    GST_BUFFER_PTS (buffer) += (i % 3) * 9 * GST_MSECOND;
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    gst_harness_push (listening.harness, buffer);
  }
  listening_expect (&listening, "low", NULL);
  fail_unless_equals_uint64 (get_stat (listening.element, "discontinuities"), 0);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_gap_event_moves_time_not_the_window)
{
  Listening listening;
  listening_begin (&listening, "overload=wait min-window=3000000000 window=1500000000");
  listening_push (&listening, LOW, 2 * GST_SECOND, BUFFER);
  gst_harness_push_event (listening.harness,
                          gst_event_new_gap (listening.position, 10 * GST_SECOND));
  listening.position += 10 * GST_SECOND;
  listening_push (&listening, HIGH, 5 * GST_SECOND / 2, BUFFER);
  g_autoptr (GstStructure) answer =
      listening_take (&listening, "high-pitched", NULL); /* after 3 s of sound */
  fail_unless_equals_uint64 (get_stat (listening.element, "discontinuities"), 0);
  fail_unless (get_time (answer, "timestamp") < 2 * GST_SECOND ||
               get_time (answer, "timestamp") >= 12 * GST_SECOND - BUFFER);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_gap_event_does_not_hide_a_jump)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, LOW, 19 * GST_SECOND / 10, BUFFER);
  gst_harness_push_event (listening.harness, gst_event_new_gap (3600 * GST_SECOND, GST_SECOND));
  listening.position = 3601 * GST_SECOND;
  listening_push (&listening, HIGH, 5 * GST_SECOND / 2, BUFFER);
  g_autoptr (GstStructure) answer = listening_take (&listening, "high-pitched", NULL);
  assert_time_near (get_time (answer, "timestamp"), 3601 * GST_SECOND, 1);
  fail_unless_equals_uint64 (get_stat (listening.element, "discontinuities"), 1);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_gap_before_the_first_sound_counts)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  gst_harness_push_event (listening.harness, gst_event_new_gap (0, 10 * GST_SECOND));
  for (guint i = 0; i < 25; i++) {
    GstBuffer *buffer = listening_make_buffer (&listening, LOW, GST_SECOND / 10);
    GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
    gst_harness_push (listening.harness, buffer);
  }
  g_autoptr (GstStructure) answer = listening_take (&listening, "low", NULL);
  assert_time_near (get_time (answer, "timestamp"), 10 * GST_SECOND, 1);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (where_a_song_begins_behind_a_gap_is_no_jump)
{
  static const GstClockTime begins[] = {9 * GST_SECOND, 10 * GST_SECOND + GST_SECOND / 2,
                                        20 * GST_SECOND};
  for (guint i = 0; i < G_N_ELEMENTS (begins); i++) {
    Listening listening;
    listening_begin (&listening, "overload=wait");
    listening_push_tags (&listening, "taglist, title=One");
    listening_push (&listening, LOW, GST_SECOND, BUFFER);
    listening_push_tags (&listening, "taglist, title=Two");
    listening_expect (&listening, "low", "title");
    gst_harness_push_event (listening.harness, gst_event_new_gap (GST_SECOND, 9 * GST_SECOND));
    listening.position = begins[i];
    listening_push (&listening, HIGH, 5 * GST_SECOND / 2, BUFFER);
    g_autoptr (GstStructure) answer = listening_take (&listening, "high-pitched", NULL);
    assert_time_near (get_time (answer, "timestamp"), begins[i], 1);
    fail_unless_equals_uint64 (get_stat (listening.element, "discontinuities"), 0);
    listening_end (&listening);
  }
}
GST_END_TEST

/* ---- songs ---- */

GST_START_TEST (a_new_stream_ends_the_song)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push_tags (&listening, "taglist, title=One");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  listening_push_stream_start (&listening, "two");
  {
    g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
    check_answer (answer, "low", "stream");
    fail_unless_equals_string (gst_structure_get_string (answer, "title"), "One");
  }
  listening_push (&listening, HIGH, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  {
    g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
    check_answer (answer, "high-pitched", "eos");
    fail_if (gst_structure_has_field (answer, "title"));
    fail_unless_equals_uint64 (get_time (answer, "timestamp"), 0);
  }
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (the_same_stream_start_again_is_no_new_stream)
{
  GstEvent *event = gst_event_new_stream_start ("one");
  Listening listening;
  listening_begin (&listening, "overload=wait");
  gst_harness_push_event (listening.harness, gst_event_ref (event));
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  gst_harness_push_event (listening.harness, event);
  listening_push (&listening, LOW, GST_SECOND / 4, BUFFER);
  push_eos (&listening);
  listening_expect (&listening, "low", "eos");
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

/* As where a demuxer makes one stream of another's event. */
GST_START_TEST (another_stream_of_the_same_seqnum_ends_the_song)
{
  GstEvent *one = gst_event_new_stream_start ("one");
  GstEvent *two = gst_event_new_stream_start ("two");
  gst_event_set_seqnum (two, gst_event_get_seqnum (one));
  Listening listening;
  listening_begin (&listening, "overload=wait");
  gst_harness_push_event (listening.harness, one);
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  gst_harness_push_event (listening.harness, two);
  listening_expect (&listening, "low", "stream");
  listening_push (&listening, HIGH, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  listening_expect (&listening, "high-pitched", "eos");
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_new_title_ends_the_song)
{
  Listening listening;
  static const char *const titles[] = {"One", "Two", "Three"};
  listening_begin (&listening, "overload=wait");
  for (guint i = 0; i < 3; i++) {
    g_autofree char *tags = g_strdup_printf ("taglist, title=%s", titles[i]);
    listening_push_tags (&listening, tags);
    listening_push (&listening, i % 2 ? HIGH : LOW, 3 * GST_SECOND / 2, BUFFER);
    listening_push_tags (&listening, tags); /* ICY repeats it */
    listening_push_tags (&listening, "taglist, title=(string)\"\"");
    listening_push_tags (&listening, "taglist, bitrate=(uint)128000");
    listening_push (&listening, i % 2 ? HIGH : LOW, GST_SECOND / 10, BUFFER);
  }
  push_eos (&listening);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
    check_answer (answer, i % 2 ? "high-pitched" : "low", i < 2 ? "title" : "eos");
    fail_unless_equals_string (gst_structure_get_string (answer, "title"), titles[i]);
    assert_time_near (get_time (answer, "timestamp"), i * 16 * GST_SECOND / 10, 2);
  }
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (the_first_title_does_not_split)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, LOW, GST_SECOND, BUFFER);
  listening_push_tags (&listening, "taglist, title=Late");
  listening_push (&listening, LOW, GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  listening_expect (&listening, "low", "eos");
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

static void
push_title (Listening *listening, const char *title, GstTagScope scope)
{
  GstTagList *tags = gst_tag_list_new (GST_TAG_TITLE, title, NULL);
  gst_tag_list_set_scope (tags, scope);
  gst_harness_push_event (listening->harness, gst_event_new_tag (tags));
}

static void
expect_title (Listening *listening, const char *title, const char *reason)
{
  g_autoptr (GstStructure) answer = listening_take (listening, "low", reason);
  fail_unless_equals_string (gst_structure_get_string (answer, "title"), title);
}

/* As in Matroska, where tracks are called "Stereo", and parsers repeat it with every bit rate. */
GST_START_TEST (a_track_has_another_title_than_its_file)
{
  Listening listening;
  listening_begin (&listening, "overload=wait min-window=100000000000");
  push_title (&listening, "Stereo", GST_TAG_SCOPE_STREAM);
  push_title (&listening, "One", GST_TAG_SCOPE_GLOBAL);
  for (guint i = 0; i < 3; i++) {
    listening_push (&listening, LOW, GST_SECOND / 2, BUFFER);
    push_title (&listening, "Stereo", GST_TAG_SCOPE_STREAM);
    push_title (&listening, "One", GST_TAG_SCOPE_GLOBAL);
  }
  listening_expect_nothing (&listening);
  push_title (&listening, "Two", GST_TAG_SCOPE_GLOBAL);
  push_title (&listening, "Two", GST_TAG_SCOPE_STREAM); /* said once more */
  expect_title (&listening, "One", "title");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  expect_title (&listening, "Two", "eos");
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (split_on_title_false_goes_on)
{
  Listening listening;
  listening_begin (&listening, "split-on-title=false");
  listening_push_tags (&listening, "taglist, title=One");
  listening_push (&listening, LOW, GST_SECOND, BUFFER);
  listening_push_tags (&listening, "taglist, title=Two");
  listening_push (&listening, LOW, GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
  check_answer (answer, "low", "eos");
  fail_unless_equals_string (gst_structure_get_string (answer, "title"), "Two");
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_title_survives_a_seek)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push_tags (&listening, "taglist, title=One");
  listening_seek (&listening, GST_SECOND);
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
  check_answer (answer, "low", "eos");
  fail_unless_equals_string (gst_structure_get_string (answer, "title"), "One");
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (new_caps_end_the_song_the_same_caps_do_not)
{
  static const char *const caps[] = {
      "audio/x-raw, format=S16LE, layout=interleaved, rate=44100, channels=2, "
      "channel-mask=(bitmask)3",
      "audio/x-raw, format=S16LE, layout=interleaved, rate=48000, channels=2, "
      "channel-mask=(bitmask)3",
      "audio/x-raw, format=F32LE, layout=non-interleaved, rate=8000, channels=6, "
      "channel-mask=(bitmask)0x3f",
  };
  Listening listening;
  listening_begin (&listening, "overload=wait");
  for (guint i = 0; i < 3; i++) {
    listening_set_caps (&listening, caps[i]);
    listening_push (&listening, LOW, GST_SECOND, BUFFER);
    listening_set_caps (&listening, caps[i]);
    listening_push (&listening, LOW, GST_SECOND / 2, BUFFER);
  }
  push_eos (&listening);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
    check_answer (answer, "low", i < 2 ? "caps" : "eos");
    assert_time_near (get_time (answer, "timestamp"), i * 3 * GST_SECOND / 2, 1000);
  }
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (new_caps_without_timestamps_go_on_in_time)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  for (guint i = 0; i < 3; i++) {
    if (i > 0)
      listening_set_caps (&listening, i == 1 ? "audio/x-raw, format=S16LE, layout=interleaved, "
                                               "rate=48000, channels=1"
                                             : "audio/x-raw, format=S16LE, layout=interleaved, "
                                               "rate=44100, channels=1");
    for (guint n = 0; n < 75; n++) {
      GstBuffer *buffer = listening_make_buffer (&listening, LOW, BUFFER);
      if (i < 2)
        GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
      else
        GST_BUFFER_PTS (buffer) += 7 * GST_SECOND; /* a timestamp counts */
      gst_harness_push (listening.harness, buffer);
    }
  }
  push_eos (&listening);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GstStructure) answer = listening_take (&listening, "low", i < 2 ? "caps" : "eos");
    assert_time_near (get_time (answer, "timestamp"),
                      i * 3 * GST_SECOND / 2 + (i < 2 ? 0 : 7 * GST_SECOND), 1000);
  }
  fail_unless_equals_uint64 (get_stat (listening.element, "discontinuities"), 0);
  listening_end (&listening);
}
GST_END_TEST

/* ---- tags ---- */

static char *
get_sent_genre (Listening *listening, const char *other_tag, char **other)
{
  g_autoptr (GstEvent) event = pull_last_event (listening, GST_EVENT_TAG);
  char *genre = NULL;
  if (!event)
    return NULL;
  GstTagList *tags;
  gst_event_parse_tag (event, &tags);
  gst_tag_list_get_string (tags, GST_TAG_GENRE, &genre);
  if (other_tag)
    gst_tag_list_get_string (tags, other_tag, other);
  return genre;
}

static void
expect_sent_genre (Listening *listening, const char *expected, const char *expected_title)
{
  g_autofree char *title = NULL;
  g_autofree char *genre = get_sent_genre (listening, GST_TAG_TITLE, &title);
  fail_unless_equals_string (genre, expected);
  fail_unless_equals_string (title, expected_title);
}

GST_START_TEST (a_settled_genre_becomes_a_tag_beside_the_others)
{
  GstTagList *tags = NULL;
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push_tags (&listening, "taglist, title=One");
  listening_push (&listening, LOW, 5 * GST_SECOND / 2, BUFFER);
  listening_expect (&listening, "low", NULL);
  listening_push (&listening, LOW, GST_SECOND / 10, BUFFER);
  expect_sent_genre (&listening, NULL, "One"); /* once is not settled */
  listening_push (&listening, LOW, 2 * GST_SECOND, BUFFER);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (listening.bus, 20 * GST_SECOND, GST_MESSAGE_ELEMENT);
  fail_unless (message);
  g_clear_pointer (&message, gst_message_unref);
  listening_push (&listening, LOW, BUFFER, BUFFER);
  expect_sent_genre (&listening, "Low", "One");
  message = gst_bus_pop_filtered (listening.bus, GST_MESSAGE_TAG);
  fail_unless (message);
  gst_message_parse_tag (message, &tags);
  g_autofree char *genre = NULL;
  fail_unless (gst_tag_list_get_string (tags, GST_TAG_GENRE, &genre));
  fail_unless_equals_string (genre, "Low");
  gst_tag_list_unref (tags);
  listening_push (&listening, LOW, 4 * GST_SECOND, BUFFER);
  push_eos (&listening);
  fail_unless (!pull_last_event (&listening, GST_EVENT_TAG)); /* said already */
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_final_answer_is_tagged_before_eos)
{
  gboolean tagged = FALSE;
  Listening listening;
  listening_begin (&listening, "overload=drop");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (listening.harness))) {
    tagged |= GST_EVENT_TYPE (event) == GST_EVENT_TAG;
    fail_unless (GST_EVENT_TYPE (event) != GST_EVENT_EOS || tagged);
    gst_event_unref (event);
  }
  fail_unless (tagged);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (each_song_gets_its_own_tag)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push_tags (&listening, "taglist, title=One");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  gst_event_unref (pull_last_event (&listening, GST_EVENT_TAG));
  listening_push_tags (&listening, "taglist, title=Two");
  expect_sent_genre (&listening, NULL, "Two"); /* "Low" came just before, with "One" */
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  expect_sent_genre (&listening, "Low", "Two");
  listening_end (&listening);
}
GST_END_TEST

/* Here the next song has begun when the last one's final answer comes. */
GST_START_TEST (a_late_final_answer_tags_no_other_song)
{
  Listening listening;
  listening_begin (&listening, "overload=drop");
  listening_push_tags (&listening, "taglist, title=One");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  listening_push_tags (&listening, "taglist, title=Two");
  listening_expect (&listening, "low", "title"); /* it is settled before it is told */
  listening_push (&listening, LOW, BUFFER, BUFFER);
  expect_sent_genre (&listening, NULL, "Two");
  listening_end (&listening);
}
GST_END_TEST

/* Nor where other caps, which bring no title along, have begun it. */
GST_START_TEST (a_late_final_answer_tags_no_song_of_other_caps)
{
  Listening listening;
  listening_begin (&listening, "overload=drop");
  listening_push_tags (&listening, "taglist, title=One");
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  listening_set_caps (&listening,
                      "audio/x-raw, format=S16LE, layout=interleaved, rate=48000, channels=1");
  listening_expect (&listening, "low", "caps");
  listening_push (&listening, LOW, BUFFER, BUFFER);
  expect_sent_genre (&listening, NULL, "One");
  listening_end (&listening);
}
GST_END_TEST

/* They may be about two songs of a mix. */
GST_START_TEST (answers_on_both_sides_of_a_seek_settle_nothing)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push_tags (&listening, "taglist, title=One");
  for (guint i = 0; i < 2; i++) {
    listening_seek (&listening, i * 60 * GST_SECOND);
    listening_push (&listening, LOW, 5 * GST_SECOND / 2, BUFFER);
    listening_expect (&listening, "low", NULL);
  }
  listening_push (&listening, LOW, BUFFER, BUFFER);
  expect_sent_genre (&listening, NULL, "One");
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_genre_in_the_stream_stays_unless_forced)
{
  for (guint forced = 0; forced < 2; forced++) {
    Listening listening;
    listening_begin (&listening, forced ? "forced=true" : NULL);
    listening_push_tags (&listening, "taglist, title=One, genre=Ska");
    listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
    push_eos (&listening);
    expect_sent_genre (&listening, forced ? "Low" : "Ska", "One");
    listening_end (&listening);
  }
}
GST_END_TEST

GST_START_TEST (a_genre_in_the_stream_stays_where_later_tags_do_not_repeat_it)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push_tags (&listening, "taglist, title=One, genre=Ska");
  listening_push (&listening, LOW, GST_SECOND, BUFFER);
  listening_push_tags (&listening, "taglist, bitrate=(uint)128000"); /* as decoders tell it */
  gst_event_unref (pull_last_event (&listening, GST_EVENT_TAG));
  listening_push (&listening, LOW, GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  listening_expect (&listening, "low", "eos");
  fail_unless (!pull_last_event (&listening, GST_EVENT_TAG));
  fail_unless (!gst_bus_pop_filtered (listening.bus, GST_MESSAGE_TAG));
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (unknown_is_never_a_tag_and_post_tags_false_sends_none)
{
  static const char *const properties[] = {"threshold=1.0", "post-tags=false"};
  for (guint i = 0; i < 2; i++) {
    Listening listening;
    listening_begin (&listening, properties[i]);
    listening_push (&listening, LOW, 5 * GST_SECOND, BUFFER);
    push_eos (&listening);
    fail_unless (!pull_last_event (&listening, GST_EVENT_TAG));
    fail_unless (!gst_bus_pop_filtered (listening.bus, GST_MESSAGE_TAG));
    listening_end (&listening);
  }
}
GST_END_TEST

GST_START_TEST (a_genre_that_is_no_more_wanted_does_not_go_with_other_tags)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push_tags (&listening, "taglist, title=One");
  listening_push (&listening, LOW, 9 * GST_SECOND / 2, BUFFER);
  listening_expect (&listening, "low", NULL);
  listening_expect (&listening, "low", NULL);
  listening_push (&listening, LOW, BUFFER, BUFFER);
  listening_push_tags (&listening, "taglist, title=One, artist=A");
  expect_sent_genre (&listening, "Low", "One");
  g_object_set (listening.element, "post-tags", FALSE, NULL);
  listening_push_tags (&listening, "taglist, title=One, artist=B");
  expect_sent_genre (&listening, NULL, "One");
  listening_end (&listening);
}
GST_END_TEST

static GstPadProbeReturn
begin_flush (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  gst_pad_push_event (((Listening *)data)->harness->srcpad, gst_event_new_flush_start ());
  return GST_PAD_PROBE_REMOVE;
}

GST_START_TEST (a_tag_that_a_flush_swallowed_is_sent_when_it_settles_again)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  Brake brake;
  brake_pull (&brake, listening.bus); /* it does not settle before all of this is pushed */
  listening_push (&listening, LOW, 9 * GST_SECOND / 2, GST_SECOND / 4);
  brake_wait (&brake);
  brake_release (&brake);
  gst_bus_set_sync_handler (listening.bus, NULL, NULL, NULL);
  listening_expect (&listening, "low", NULL);
  listening_expect (&listening, "low", NULL);
  listening_wait_idle (listening.element);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (listening.element, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, begin_flush, &listening, NULL);
  listening_push (&listening, LOW, BUFFER, BUFFER); /* is under way when the flush begins */
  fail_unless (!pull_last_event (&listening, GST_EVENT_TAG));
  fail_unless (!gst_bus_pop_filtered (listening.bus, GST_MESSAGE_TAG));
  gst_pad_push_event (listening.harness->srcpad, gst_event_new_flush_stop (TRUE));
  listening_seek (&listening, 0);
  listening_push (&listening, LOW, 3 * GST_SECOND / 2, BUFFER);
  push_eos (&listening);
  expect_sent_genre (&listening, "Low", NULL);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (listening.bus, GST_MESSAGE_TAG);
  fail_unless (message); /* pads send the event again by themselves, buses no message */
  listening_end (&listening);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("songs");
  tcase_add_test (tests, eos_finishes_what_is_pending_before_it_goes_on);
  tcase_add_test (tests, an_answer_that_the_end_makes_due_is_not_the_final_one);
  tcase_add_test (tests, shorter_than_a_segment_is_unknown);
  tcase_add_test (tests, no_answer_covers_more_than_was_delivered);
  tcase_add_test (tests, no_audio_no_final_message);
  tcase_add_test (tests, a_flush_releases_the_wait_at_eos);
  tcase_add_test (tests, a_flush_releases_the_wait_for_room);
  tcase_add_test (tests, shutdown_releases_every_wait_and_posts_nothing);
  tcase_add_test (tests, a_seek_discards_and_starts_a_new_window);
  tcase_add_test (tests, what_a_seek_broke_off_has_no_final_message);
  tcase_add_test (tests, a_song_that_ended_before_a_flush_gets_its_final_message);
  tcase_add_test (tests, after_eos_a_seek_begins_again);
  tcase_add_test (tests, segment_rate_and_base_show_in_the_times);
  tcase_add_test (tests, backwards_is_not_classified);
  tcase_add_test (tests, a_short_hole_is_silence);
  tcase_add_test (tests, many_small_holes_are_silence_too);
  tcase_add_test (tests, a_clock_that_runs_slow_makes_no_holes);
  tcase_add_test (tests, a_jump_starts_a_new_window);
  tcase_add_loop_test (tests, what_lies_before_a_jump_counts_where_too_little_lies_behind, 0, 3);
  tcase_add_test (tests, jitter_and_discont_flags_do_no_harm);
  tcase_add_test (tests, a_gap_event_moves_time_not_the_window);
  tcase_add_test (tests, a_gap_event_does_not_hide_a_jump);
  tcase_add_test (tests, a_gap_before_the_first_sound_counts);
  tcase_add_test (tests, where_a_song_begins_behind_a_gap_is_no_jump);
  tcase_add_test (tests, a_new_stream_ends_the_song);
  tcase_add_test (tests, the_same_stream_start_again_is_no_new_stream);
  tcase_add_test (tests, another_stream_of_the_same_seqnum_ends_the_song);
  tcase_add_test (tests, a_new_title_ends_the_song);
  tcase_add_test (tests, the_first_title_does_not_split);
  tcase_add_test (tests, a_track_has_another_title_than_its_file);
  tcase_add_test (tests, split_on_title_false_goes_on);
  tcase_add_test (tests, a_title_survives_a_seek);
  tcase_add_test (tests, new_caps_end_the_song_the_same_caps_do_not);
  tcase_add_test (tests, new_caps_without_timestamps_go_on_in_time);
  tcase_add_test (tests, a_settled_genre_becomes_a_tag_beside_the_others);
  tcase_add_test (tests, a_final_answer_is_tagged_before_eos);
  tcase_add_test (tests, each_song_gets_its_own_tag);
  tcase_add_test (tests, a_late_final_answer_tags_no_other_song);
  tcase_add_test (tests, a_late_final_answer_tags_no_song_of_other_caps);
  tcase_add_test (tests, answers_on_both_sides_of_a_seek_settle_nothing);
  tcase_add_test (tests, a_genre_in_the_stream_stays_unless_forced);
  tcase_add_test (tests, a_genre_in_the_stream_stays_where_later_tags_do_not_repeat_it);
  tcase_add_test (tests, unknown_is_never_a_tag_and_post_tags_false_sends_none);
  tcase_add_test (tests, a_genre_that_is_no_more_wanted_does_not_go_with_other_tags);
  tcase_add_test (tests, a_tag_that_a_flush_swallowed_is_sent_when_it_settles_again);
  return run_tests (tests, argc, argv);
}
