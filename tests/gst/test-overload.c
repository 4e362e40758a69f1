/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine that is too slow; and the promise that nothing but the audio decides what is said. */
#include "listening.h"
#include <string.h>

/* Two songs of ten seconds that change in the middle, in buffers of @frames, up to EOS. */
static char *
listen_to (guint frames, const char *properties)
{
  GString *text = g_string_new (NULL);
  Listening listening;
  listening_begin (&listening, properties);
  listening_push_tags (&listening, "taglist, title=One");
  for (guint song = 0; song < 2; song++) {
    listening.sample = 0;
    for (guint done = 0; done < 441000;) {
      const guint n = MIN (frames, (done < 176400 ? 176400 : 441000) - done);
      GstBuffer *buffer =
          listening_make_buffer (&listening, done < 176400 ? LOW : HIGH, n * GST_SECOND / 44100);
      GST_BUFFER_PTS (buffer) = song * 10 * GST_SECOND + done * GST_SECOND / 44100;
      gst_harness_push (listening.harness, buffer);
      done += n;
    }
    listening_push_tags (&listening, "taglist, title=Two");
  }
  listening_push_eos (&listening);
  GstStructure *answer;
  while ((answer = listening_pop (&listening, 0))) {
    g_autofree char *line = gst_structure_to_string (answer);
    g_string_append_printf (text, "%s\n", line);
    gst_structure_free (answer);
  }
  fail_unless_equals_uint64 (get_stat (listening.element, "dropped"), 0);
  listening_end (&listening);
  return g_string_free (text, FALSE);
}

GST_START_TEST (waiting_gives_the_same_messages_whatever_the_buffers)
{
  static const guint frames[] = {44, 100, 441, 1024, 4410, 44100, 264600};
  g_autofree char *expected = listen_to (882, "overload=wait");
  fail_unless (strstr (expected, "title=(string)Two"));
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    for (guint repeat = 0; repeat < 3; repeat++) {
      g_autofree char *text = listen_to (frames[i], "overload=wait");
      if (strcmp (text, expected) != 0)
        g_printerr ("expected:\n%s\ngot:\n%s\n", expected, text);
      fail_unless (strcmp (text, expected) == 0, "buffers of %u frames", frames[i]);
    }
  }
}
GST_END_TEST

static void
hold_worker (Listening *listening, Brake *brake)
{
  brake_pull (brake, listening->bus);
  listening_push (listening, LOW, 5 * GST_SECOND / 2, GST_SECOND / 100);
  brake_wait (brake);
}

/* Who waits for the worker goes on only when the brake has let it go. */
static void
check_nobody_waited (Brake *brake)
{
  fail_unless (brake_is_held (brake), "audio was held back, not dropped");
}

static void
push_without_waiting (Listening *listening, Brake *brake, GstClockTime duration)
{
  fail_unless_equals_int (listening_push (listening, LOW, duration, GST_SECOND / 10), GST_FLOW_OK);
  check_nobody_waited (brake);
}

static void
check_dropping (const char *properties, gboolean live)
{
  Listening listening;
  listening_begin (&listening, properties);
  gst_harness_set_live (listening.harness, live);
  if (live)
    gst_harness_set_upstream_latency (listening.harness, 10 * GST_MSECOND);
  Brake brake;
  hold_worker (&listening, &brake);
  const gint64 begin = g_get_monotonic_time ();
  push_without_waiting (&listening, &brake, 60 * GST_SECOND);
  /* what comes before its time waits for the worker a little; what is live does not */
  fail_unless (live || g_get_monotonic_time () - begin >= G_TIME_SPAN_SECOND);
  fail_unless (get_stat (listening.element, "pending") <= 17 * GST_SECOND / 4);
  fail_unless (get_stat (listening.element, "dropped") >= 56 * GST_SECOND);
  fail_unless (get_stat (listening.element, "dropped") <= 60 * GST_SECOND);
  g_autoptr (GstMessage) warning = gst_bus_pop_filtered (listening.bus, GST_MESSAGE_WARNING);
  fail_unless (warning);
  fail_unless (!gst_bus_pop_filtered (listening.bus, GST_MESSAGE_WARNING));
  brake_release (&brake);
  listening_push_eos (&listening);
  listening_expect (&listening, "low", NULL);
  listening_end (&listening);
}

GST_START_TEST (drop_lets_the_oldest_audio_go_counts_and_warns_once)
{
  check_dropping ("overload=drop", FALSE);
}
GST_END_TEST

GST_START_TEST (auto_drops_where_upstream_is_live)
{
  check_dropping (NULL, TRUE);
}
GST_END_TEST

static gboolean
answer_late (GstPad *pad, GstObject *parent, GstQuery *query)
{
  static guint n_asked;
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY && n_asked++ == 0)
    return FALSE;
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_latency (query, TRUE, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

GST_START_TEST (auto_asks_again_until_upstream_knows)
{
  Listening listening;
  listening_begin (&listening, NULL);
  gst_pad_set_query_function (listening.harness->srcpad, answer_late);
  listening_push_stream_start (&listening, "unknown yet");
  Brake brake;
  hold_worker (&listening, &brake);
  push_without_waiting (&listening, &brake, 10 * GST_SECOND);
  fail_unless (get_stat (listening.element, "dropped") > 0);
  brake_release (&brake);
  listening_end (&listening);
}
GST_END_TEST

/* As where a playlist goes on from a file to a radio station. */
GST_START_TEST (auto_asks_each_stream_anew)
{
  Listening listening;
  listening_begin (&listening, NULL);
  gst_harness_set_live (listening.harness, FALSE);
  listening_push (&listening, LOW, GST_SECOND / 2, GST_SECOND / 10);
  gst_harness_set_live (listening.harness, TRUE);
  listening_push_stream_start (&listening, "live");
  Brake brake;
  hold_worker (&listening, &brake);
  push_without_waiting (&listening, &brake, 10 * GST_SECOND);
  fail_unless (get_stat (listening.element, "dropped") > 0);
  brake_release (&brake);
  listening_end (&listening);
}
GST_END_TEST

static void
start_again (Listening *listening)
{
  g_autoptr (GstCaps) caps = gst_audio_info_to_caps (&listening->info);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_element_set_state (listening->element, GST_STATE_READY);
  gst_bus_set_sync_handler (listening->bus, NULL, NULL, NULL);
  gst_element_set_state (listening->element, GST_STATE_PLAYING);
  gst_harness_push_event (listening->harness, gst_event_new_stream_start ("again"));
  gst_harness_push_event (listening->harness, gst_event_new_caps (caps));
  gst_harness_push_event (listening->harness, gst_event_new_segment (&segment));
}

GST_START_TEST (each_start_warns_once)
{
  Listening listening;
  Brake brake; /* which the worker may look at until it has stopped */
  listening_begin (&listening, "overload=drop");
  for (guint i = 0; i < 2; i++) {
    start_again (&listening);
    hold_worker (&listening, &brake);
    for (guint n = 0; n < 3; n++)
      push_without_waiting (&listening, &brake, 10 * GST_SECOND);
    brake_release (&brake);
    g_autoptr (GstMessage) warning = gst_bus_pop_filtered (listening.bus, GST_MESSAGE_WARNING);
    fail_unless (warning, "no warning after start %u", i);
    fail_unless (!gst_bus_pop_filtered (listening.bus, GST_MESSAGE_WARNING));
  }
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (after_dropping_times_are_right_again)
{
  GstClockTime last = 0;
  Listening listening;
  listening_begin (&listening, "overload=drop window=2000000000");
  Brake brake;
  hold_worker (&listening, &brake);
  push_without_waiting (&listening, &brake, 60 * GST_SECOND);
  brake_release (&brake);
  listening_wait_idle (listening.element);
  listening_push (&listening, HIGH, 4 * GST_SECOND, GST_SECOND / 100);
  listening_push_eos (&listening);
  GstStructure *answer;
  while ((answer = listening_pop (&listening, 0))) {
    last = get_time (answer, "timestamp") + get_time (answer, "duration");
    gst_structure_free (answer);
  }
  assert_time_near (last, 665 * GST_SECOND / 10, GST_SECOND);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_song_that_was_dropped_whole_gets_its_final_message)
{
  Listening listening;
  listening_begin (&listening, "overload=drop");
  Brake brake;
  hold_worker (&listening, &brake);
  listening_push_stream_start (&listening, "two");
  listening_push (&listening, HIGH, GST_SECOND, GST_SECOND / 10);
  listening_push_stream_start (&listening, "three");
  push_without_waiting (&listening, &brake, 8 * GST_SECOND);
  brake_release (&brake);
  listening_push_eos (&listening);
  listening_expect (&listening, "low", NULL);
  listening_expect (&listening, "low", "stream");
  listening_expect (&listening, "unknown", "stream");
  {
    g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
    while (answer && !gst_structure_has_field (answer, "reason")) {
      gst_structure_free (answer);
      answer = listening_pop (&listening, 0);
    }
    check_answer (answer, "low", "eos");
  }
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("overload");
  tcase_add_test (tests, waiting_gives_the_same_messages_whatever_the_buffers);
  tcase_add_test (tests, drop_lets_the_oldest_audio_go_counts_and_warns_once);
  tcase_add_test (tests, auto_drops_where_upstream_is_live);
  tcase_add_test (tests, auto_asks_again_until_upstream_knows);
  tcase_add_test (tests, auto_asks_each_stream_anew);
  tcase_add_test (tests, each_start_warns_once);
  tcase_add_test (tests, after_dropping_times_are_right_again);
  tcase_add_test (tests, a_song_that_was_dropped_whole_gets_its_final_message);
  return run_tests (tests, argc, argv);
}
