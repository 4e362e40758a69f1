/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States, threads, many elements: nothing hangs, nothing is left behind. */
#include "listening.h"
#include <string.h>

#define SOUND "audiotestsrc freq=220 samplesperbuffer=4410 "
#define CAPS " ! audio/x-raw,rate=44100,channels=2 "

static GstElement *
make_pipeline (const char *description, GstElement **element)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (description, &error);
  fail_unless (!error, "%s", error ? error->message : "");
  *element = gst_bin_get_by_name (GST_BIN (pipeline), "g");
  g_object_set (*element, "model", test_model (), "window", 4 * GST_SECOND, "min-window",
                2 * GST_SECOND, "interval", 2 * GST_SECOND, NULL);
  gst_object_unref (*element);
  return pipeline;
}

static void
set_state (GstElement *pipeline, GstState state)
{
  fail_unless (gst_element_set_state (pipeline, state) != GST_STATE_CHANGE_FAILURE);
  fail_unless (gst_element_get_state (pipeline, NULL, NULL, 20 * GST_SECOND) !=
               GST_STATE_CHANGE_FAILURE);
}

static void
wait_eos (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
}

GST_START_TEST (states_may_be_cycled_and_the_element_used_again)
{
  GstElement *element;
  GstElement *pipeline =
      make_pipeline (SOUND "num-buffers=30" CAPS "! genreclassify name=g ! fakesink", &element);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  for (guint i = 0; i < 5; i++) {
    set_state (pipeline, GST_STATE_PAUSED);
    set_state (pipeline, GST_STATE_PLAYING);
    set_state (pipeline, GST_STATE_PAUSED);
    set_state (pipeline, GST_STATE_PLAYING);
    g_autoptr (GstStructure) answer = listening_pop_from (bus, 20 * GST_SECOND);
    check_answer (answer, "low", NULL);
    g_autoptr (GstStructure) final = listening_pop_from (bus, 20 * GST_SECOND);
    check_answer (final, "low", "eos");
    set_state (pipeline, i % 2 ? GST_STATE_READY : GST_STATE_NULL);
    fail_unless_equals_uint64 (get_stat (element, "segments"), 4);
  }
  set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}
GST_END_TEST

GST_START_TEST (no_thread_outlives_the_last_element)
{
  for (guint i = 0; i < 10; i++) {
    GstElement *element;
    GstElement *pipeline =
        make_pipeline (SOUND "num-buffers=50" CAPS "! genreclassify name=g ! fakesink", &element);
    set_state (pipeline, GST_STATE_PLAYING);
    wait_eos (pipeline);
    fail_unless (count_workers () > 0);
    set_state (pipeline, GST_STATE_NULL);
    while (count_workers () > 0) /* joined, and on their way out of the list */
      g_usleep (1000);
    gst_object_unref (pipeline);
  }
}
GST_END_TEST

GST_START_TEST (shutting_down_at_any_moment_is_quick)
{
  for (guint i = 0; i < 60; i++) {
    GstElement *element;
    GstElement *pipeline = make_pipeline (SOUND CAPS "! genreclassify name=g ! fakesink", &element);
    gst_element_set_state (pipeline, i % 3 ? GST_STATE_PLAYING : GST_STATE_PAUSED);
    g_usleep (i * 1000);
    gint64 begin = g_get_monotonic_time ();
    set_state (pipeline, GST_STATE_NULL);
    fail_unless (g_get_monotonic_time () - begin < 5 * G_USEC_PER_SEC);
    gst_object_unref (pipeline);
  }
}
GST_END_TEST

static gpointer
make_and_destroy (gpointer data)
{
  for (guint i = 0; i < 25; i++) {
    GstElement *element;
    GstElement *pipeline =
        make_pipeline (SOUND "num-buffers=15" CAPS "! genreclassify name=g ! fakesink", &element);
    g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
    set_state (pipeline, GST_STATE_PLAYING);
    g_autoptr (GstStructure) answer = NULL;
    if (i % 4 == 0) {
      set_state (pipeline, GST_STATE_NULL);
    } else {
      answer = listening_pop_from (bus, 60 * GST_SECOND);
      check_answer (answer, "low", "eos");
      set_state (pipeline, GST_STATE_NULL);
    }
    gst_object_unref (pipeline);
  }
  return NULL;
}

GST_START_TEST (elements_come_and_go_in_many_threads_at_once)
{
  GThread *threads[16];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, make_and_destroy, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}
GST_END_TEST

GST_START_TEST (a_bus_nobody_reads_stops_nothing)
{
  GstElement *element;
  GstElement *pipeline = make_pipeline (
      SOUND "num-buffers=600" CAPS "! genreclassify name=g ! fakesink name=s", &element);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  gboolean eos = FALSE;
  set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < 6000 && !eos; i++) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
    eos = GST_PAD_IS_EOS (pad);
    g_usleep (10000);
  }
  fail_unless (eos);
  set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}
GST_END_TEST

static GstBusSyncReply
stop_at_answer (GstBus *bus, GstMessage *message, gpointer data)
{
  GstElement *harnessed = data;
  if (gst_message_has_name (message, "genreclassify"))
    gst_element_set_state (harnessed, GST_STATE_NULL);
  return GST_BUS_PASS;
}

GST_START_TEST (an_application_may_stop_the_element_from_a_sync_handler)
{
  for (guint i = 0; i < 20; i++) {
    Listening listening;
    listening_begin (&listening, "overload=drop");
    gst_bus_set_sync_handler (listening.bus, stop_at_answer, listening.element, NULL);
    listening_push (&listening, LOW, 3 * GST_SECOND, GST_SECOND / 10);
    listening_expect (&listening, "low", NULL);
    while (GST_STATE (listening.element) != GST_STATE_NULL)
      g_usleep (1000);
    gst_bus_set_sync_handler (listening.bus, NULL, NULL, NULL);
    gst_element_set_state (listening.element, GST_STATE_PLAYING); /* teardown expects it */
    listening_end (&listening);
  }
}
GST_END_TEST

GST_START_TEST (a_pad_may_be_unlinked_and_linked_again)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  GstPad *source = gst_element_get_static_pad (listening.element, "src");
  GstPad *peer = gst_pad_get_peer (source);
  listening_push (&listening, LOW, GST_SECOND, GST_SECOND / 100);
  gst_pad_unlink (source, peer);
  fail_unless_equals_int (listening_push (&listening, LOW, GST_SECOND / 100, GST_SECOND / 100),
                          GST_FLOW_NOT_LINKED);
  for (guint i = 0; i < 400; i++) /* as behind a tee that allows it */
    listening_push (&listening, LOW, GST_SECOND / 100, GST_SECOND / 100);
  gst_pad_link (source, peer);
  fail_unless_equals_int (listening_push (&listening, LOW, GST_SECOND, GST_SECOND / 100),
                          GST_FLOW_OK);
  listening_expect (&listening, "low", NULL);
  listening_expect (&listening, "low", NULL);
  listening_push_eos (&listening);
  listening_expect (&listening, "low", "eos");
  g_autoptr (GstEvent) tag =
      gst_pad_get_sticky_event (listening.harness->sinkpad, GST_EVENT_TAG, 0);
  fail_unless (tag);
  gst_object_unref (peer);
  gst_object_unref (source);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (paused_while_tags_are_due_does_not_hang)
{
  GstElement *element;
  GstElement *pipeline = make_pipeline (
      SOUND "num-buffers=300" CAPS "! queue max-size-time=60000000000 max-size-bytes=0 "
            "max-size-buffers=0 ! genreclassify name=g ! fakesink sync=true",
      &element);
  set_state (pipeline, GST_STATE_PAUSED);
  for (guint i = 0; i < 20; i++) {
    set_state (pipeline, i % 2 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
    g_usleep (20000);
  }
  fail_unless (
      gst_element_seek_simple (pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 2 * GST_SECOND));
  set_state (pipeline, GST_STATE_PLAYING);
  g_usleep (100000);
  set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}
GST_END_TEST

static gint stop_changing;

static gpointer
read_stats_and_write_properties (gpointer data)
{
  GstElement *element = g_object_ref (data);
  for (guint i = 0; !g_atomic_int_get (&stop_changing); i++) {
    get_stat (element, "pending");
    g_object_set (element, "threshold", (i % 10) / 20.0, "post-tags", i % 2, "forced", i % 3 == 0,
                  "overload", i % 3, "silence-threshold", -60.0 - i % 7, "post-spectrogram",
                  i / 2 % 2, NULL);
#ifdef HAVE_GST_ANALYTICS
    g_object_set (element, "add-meta", i / 3 % 2, NULL);
#endif
  }
  g_object_unref (element);
  return NULL;
}

GST_START_TEST (properties_may_change_while_it_listens)
{
  GstElement *element;
  GstElement *pipeline =
      make_pipeline (SOUND "num-buffers=300" CAPS "! genreclassify name=g ! fakesink", &element);
  GThread *threads[3];
  for (guint i = 0; i < 3; i++)
    threads[i] = g_thread_new (NULL, read_stats_and_write_properties, element);
  for (guint i = 0; i < 5; i++) {
    set_state (pipeline, GST_STATE_PLAYING);
    g_usleep (100000);
    set_state (pipeline, GST_STATE_NULL);
  }
  g_atomic_int_set (&stop_changing, TRUE);
  for (guint i = 0; i < 3; i++)
    g_thread_join (threads[i]);
  gst_object_unref (pipeline);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("life");
  tcase_add_test (tests, states_may_be_cycled_and_the_element_used_again);
  tcase_add_test (tests, no_thread_outlives_the_last_element);
  tcase_add_test (tests, shutting_down_at_any_moment_is_quick);
  tcase_add_test (tests, elements_come_and_go_in_many_threads_at_once);
  tcase_add_test (tests, a_bus_nobody_reads_stops_nothing);
  tcase_add_test (tests, an_application_may_stop_the_element_from_a_sync_handler);
  tcase_add_test (tests, a_pad_may_be_unlinked_and_linked_again);
  tcase_add_test (tests, paused_while_tags_are_due_does_not_hang);
  tcase_add_test (tests, properties_may_change_while_it_listens);
  return run_tests (tests, argc, argv);
}
