/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats, passing through, properties, model errors, bad input. */
#include "listening.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <math.h>
#include <string.h>

/* ---- messages ---- */

GST_START_TEST (a_message_has_every_field_of_its_type)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push_tags (&listening, "taglist, title=\"A Song\"");
  listening_push (&listening, LOW, 3 * GST_SECOND, GST_SECOND / 100);
  g_autoptr (GstStructure) answer = listening_take (&listening, "low", NULL);
  fail_unless_equals_string (gst_structure_get_string (answer, "title"), "A Song");
  fail_unless_equals_uint64 (get_time (answer, "timestamp"), 0);
  fail_unless_equals_uint64 (get_time (answer, "stream-time"), 0);
  fail_unless_equals_uint64 (get_time (answer, "running-time"), 0);
  assert_time_near (get_time (answer, "duration"), SEGMENT + 2 * STEP, 2);
  g_autoptr (GstStructure) probabilities = NULL;
  double confidence;
  fail_unless (gst_structure_get (answer, "probabilities", GST_TYPE_STRUCTURE, &probabilities,
                                  "confidence", G_TYPE_DOUBLE, &confidence, NULL));
  double low, high;
  fail_unless (gst_structure_get (probabilities, "low", G_TYPE_DOUBLE, &low, "high-pitched",
                                  G_TYPE_DOUBLE, &high, NULL));
  fail_unless_equals_int (gst_structure_n_fields (probabilities), 2);
  fail_unless (fabs (low + high - 1.0) < 1e-6);
  fail_unless_equals_float (confidence, low);
  fail_unless (low > 0.9);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (messages_come_every_interval_and_cover_the_window)
{
  GstClockTime end = 0;
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_push (&listening, HIGH, 21 * GST_SECOND, GST_SECOND / 10);
  for (guint i = 0; i < 10; i++) {
    g_autoptr (GstStructure) answer = listening_take (&listening, "high-pitched", NULL);
    GstClockTime begin = get_time (answer, "timestamp");
    GstClockTime duration = get_time (answer, "duration");
    fail_unless (duration <= 4 * GST_SECOND);
    fail_unless (duration >= MIN (4, 2 * (i + 1)) * GST_SECOND - STEP);
    end = begin + duration;
    assert_time_near (end, 2 * (i + 1) * GST_SECOND + STEP / 2, STEP / 2);
  }
  fail_unless (end <= 21 * GST_SECOND);
  listening_expect_nothing (&listening);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (window_0_covers_everything)
{
  Listening listening;
  listening_begin (&listening, "window=0 interval=60000000000 overload=wait");
  listening_push (&listening, HIGH, 30 * GST_SECOND, GST_SECOND / 10);
  listening_expect (&listening, "high-pitched", NULL);
  listening_push_eos (&listening);
  g_autoptr (GstStructure) answer = listening_pop (&listening, 0);
  check_answer (answer, "high-pitched", "eos");
  fail_unless_equals_uint64 (get_time (answer, "timestamp"), 0);
  fail_unless (get_time (answer, "duration") > 29 * GST_SECOND);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (statistics_count_what_an_answer_rests_on)
{
  Listening listening;
  listening_begin (&listening, "overload=wait min-window=1");
  Brake brake;
  brake_pull (&brake, listening.bus);
  listening_push (&listening, LOW, 5 * GST_SECOND, GST_SECOND / 100);
  brake_wait (&brake); /* the answer is being posted */
  fail_unless (get_stat (listening.element, "segments") > 0);
  brake_release (&brake);
  gst_bus_set_sync_handler (listening.bus, NULL, NULL, NULL);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (post_messages_false_is_silent)
{
  Listening listening;
  listening_begin (&listening, "post-messages=false overload=wait");
  listening_push (&listening, LOW, 5 * GST_SECOND, GST_SECOND / 10);
  listening_push_eos (&listening);
  listening_expect_nothing (&listening);
  fail_unless (get_stat (listening.element, "segments") > 5);
  listening_end (&listening);
}
GST_END_TEST

/* Pushes a long stream until @n answers are behind it; returns the bytes that are allocated then.
 */
static gsize
measure_after (Listening *listening, guint n)
{
  while (get_stat (listening->element, "segments") < n)
    listening_push (listening, LOW, GST_SECOND, GST_SECOND / 4);
  listening_wait_idle (listening->element);
  return mallinfo2 ().uordblks;
}

/* With an answer for each segment; a kilobyte each would be left. */
GST_START_TEST (answers_that_are_not_posted_leave_nothing)
{
  Listening listening;
  listening_begin (&listening, "post-messages=false overload=wait interval=1");
  listening_set_caps (&listening,
                      "audio/x-raw, format=S16LE, layout=interleaved, rate=8000, channels=1");
  const gsize before = measure_after (&listening, 100), after = measure_after (&listening, 400);
  fail_unless (after < before + 100000, "%zu bytes after 100 answers, %zu after 400", before,
               after);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (below_the_threshold_is_unknown_and_silence_is_not_heard)
{
  Listening listening;
  listening_begin (&listening, "threshold=1.0 overload=wait");
  listening_push (&listening, LOW, 3 * GST_SECOND, GST_SECOND / 10);
  g_autoptr (GstStructure) answer = listening_take (&listening, "unknown", NULL);
  double confidence;
  fail_unless (gst_structure_get_double (answer, "confidence", &confidence));
  fail_unless (confidence > 0.9 && confidence < 1.0);
  listening_set (listening.element, "threshold=0.5"); /* while it runs */
  listening_push (&listening, LOW, 2 * GST_SECOND, GST_SECOND / 10);
  listening_expect (&listening, "low", NULL);
  listening_push (&listening, 0.0, 6 * GST_SECOND, GST_SECOND / 10);
  listening_expect (&listening, "low", NULL); /* the tone is still in the window */
  listening_expect (&listening, "low", NULL);
  listening_expect (&listening, "unknown", NULL);
  listening_end (&listening);
}
GST_END_TEST

/* ---- passing through ---- */

GST_START_TEST (buffers_leave_as_they_came)
{
  Listening listening;
  listening_begin (&listening, NULL);
  gst_harness_set_drop_buffers (listening.harness, FALSE);
  for (guint i = 0; i < 300; i++) {
    GstBuffer *in = listening_make_buffer (&listening, LOW, GST_SECOND / 100);
    GstMemory *memory = gst_buffer_peek_memory (in, 0);
    GstClockTime timestamp = GST_BUFFER_PTS (in) + 7 * i; /* jitter stays jitter */
    GST_BUFFER_PTS (in) = timestamp;
    GST_BUFFER_DTS (in) = timestamp + 1;
    GST_BUFFER_OFFSET (in) = i;
    fail_unless_equals_int (gst_harness_push (listening.harness, in), GST_FLOW_OK);
    GstBuffer *out = gst_harness_pull (listening.harness);
    fail_unless (out == in);
    fail_unless (gst_buffer_is_writable (out));
    fail_unless (gst_buffer_peek_memory (out, 0) == memory);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), timestamp);
    fail_unless_equals_uint64 (GST_BUFFER_DTS (out), timestamp + 1);
    fail_unless_equals_uint64 (GST_BUFFER_OFFSET (out), i);
    gst_buffer_unref (out);
  }
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (buffer_lists_leave_as_lists_and_are_heard)
{
  GstBufferList *list = gst_buffer_list_new ();
  Listening listening;
  listening_begin (&listening, NULL);
  gst_harness_set_drop_buffers (listening.harness, FALSE);
  for (guint i = 0; i < 30; i++)
    gst_buffer_list_add (list, listening_make_buffer (&listening, LOW, GST_SECOND / 10));
  fail_unless_equals_int (gst_pad_push_list (listening.harness->srcpad, list), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_received (listening.harness), 30);
  listening_push_eos (&listening);
  listening_expect (&listening, "low", NULL);
  listening_expect (&listening, "low", "eos");
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (no_latency_is_added)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  Listening listening;
  listening_begin (&listening, NULL);
  gst_harness_set_upstream_latency (listening.harness, 30 * GST_MSECOND);
  fail_unless (gst_pad_peer_query (listening.harness->sinkpad, query));
  GstClockTime min, max;
  gboolean live;
  gst_query_parse_latency (query, &live, &min, &max);
  fail_unless (live);
  fail_unless_equals_uint64 (min, 30 * GST_MSECOND);
  listening_push (&listening, LOW, 2 * GST_SECOND, GST_SECOND / 100);
  fail_unless_equals_int (gst_harness_buffers_received (listening.harness), 200);
  listening_end (&listening);
}
GST_END_TEST

/* ---- formats ---- */

static void
check_format (GstAudioFormat format, const char *layout, guint channels, guint rate)
{
  g_autofree char *caps = g_strdup_printf (
      "audio/x-raw, format=%s, layout=%s, rate=%u, channels=%u, channel-mask=(bitmask)%u",
      gst_audio_format_to_string (format), layout, rate, channels, channels == 2 ? 3 : 0);
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_set_caps (&listening, caps);
  fail_unless_equals_int (
      listening_push (&listening, HIGH > rate / 3 ? LOW : HIGH, 5 * GST_SECOND / 2, GST_SECOND / 4),
      GST_FLOW_OK);
  listening_expect (&listening, HIGH > rate / 3 ? "low" : "high-pitched", NULL);
  fail_unless_equals_int (gst_harness_buffers_received (listening.harness), 10);
  listening_end (&listening);
}

GST_START_TEST (every_format_is_heard)
{
  for (guint format = GST_AUDIO_FORMAT_S8; format <= GST_AUDIO_FORMAT_F64BE; format++) {
    check_format (format, "interleaved", 2, 44100);
    check_format (format, "non-interleaved", 2, 44100);
  }
}
GST_END_TEST

GST_START_TEST (any_number_of_channels_is_heard)
{
  static const guint channels[] = {1, 3, 6, 8, 17, 63, 64};
  for (guint i = 0; i < G_N_ELEMENTS (channels); i++) {
    check_format (GST_AUDIO_FORMAT_S16, "interleaved", channels[i], 48000);
    check_format (GST_AUDIO_FORMAT_F32, "non-interleaved", channels[i], 48000);
  }
}
GST_END_TEST

GST_START_TEST (any_rate_is_heard)
{
  static const guint rates[] = {4000, 8000, 11025, 22050, 44100, 48000, 96000, 192000, 384000};
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    check_format (GST_AUDIO_FORMAT_S16, "interleaved", 2, rates[i]);
}
GST_END_TEST

/* ---- properties ---- */

GST_START_TEST (properties_have_the_documented_defaults)
{
  GstElement *element = gst_element_factory_make ("genreclassify", NULL);
  g_autofree char *model = NULL;
  guint64 window, interval, min_window;
  double threshold, silence;
  gboolean split, messages, tags, spectrogram, forced;
  gint overload;
  g_object_get (element, "model", &model, "window", &window, "interval", &interval, "min-window",
                &min_window, "threshold", &threshold, "silence-threshold", &silence, "overload",
                &overload, "split-on-title", &split, "post-messages", &messages, "post-tags", &tags,
                "post-spectrogram", &spectrogram, "forced", &forced, NULL);
  fail_unless_equals_string (model, "");
  fail_unless_equals_uint64 (window, 30 * GST_SECOND);
  fail_unless_equals_uint64 (interval, 10 * GST_SECOND);
  fail_unless_equals_uint64 (min_window, 10 * GST_SECOND);
  fail_unless_equals_float (threshold, -1.0);
  fail_unless_equals_float (silence, -60.0);
  fail_unless_equals_int (overload, 0);
  fail_unless (split && messages && tags && !spectrogram && !forced);
  gst_object_unref (element);
}
GST_END_TEST

/* tests/gst/test-analytics.c has what it does */
GST_START_TEST (add_meta_is_there_only_where_it_works)
{
#ifdef HAVE_GST_ANALYTICS
  const gboolean expected = TRUE;
#else
  const gboolean expected = FALSE;
#endif
  GstElement *element = gst_element_factory_make ("genreclassify", NULL);
  GParamSpec *property = g_object_class_find_property (G_OBJECT_GET_CLASS (element), "add-meta");
  fail_unless_equals_int (property != NULL, expected);
  gst_object_unref (element);
}
GST_END_TEST

GST_START_TEST (the_model_names_its_genres)
{
  GstElement *element = gst_element_factory_make ("genreclassify", NULL);
  g_autoptr (GstStructure) none = NULL, genres = NULL, gone = NULL;
  g_object_set (element, "model", g_getenv ("GENRE_TEST_BACKGROUND_MODEL"), NULL);
  g_object_get (element, "genres", &none, NULL);
  fail_unless (!none);
  gst_element_set_state (element, GST_STATE_PAUSED);
  g_object_get (element, "genres", &genres, NULL);
  fail_unless_equals_int (gst_structure_n_fields (genres), 2); /* speech is none */
  fail_unless_equals_string (gst_structure_nth_field_name (genres, 0), "low");
  fail_unless_equals_string (gst_structure_get_string (genres, "low"), "Low");
  fail_unless_equals_string (gst_structure_nth_field_name (genres, 1), "high-pitched");
  gst_element_set_state (element, GST_STATE_NULL);
  g_object_get (element, "genres", &gone, NULL);
  fail_unless (!gone);
  gst_object_unref (element);
}
GST_END_TEST

GST_START_TEST (the_built_in_model_is_the_plugin_s_own)
{
  GstElement *element = gst_element_factory_make ("genreclassify", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GResource) other = g_resource_load (g_getenv ("GENRE_TEST_RESOURCES"), &error);
  g_autoptr (GstStructure) genres = NULL;
  fail_unless (other, "%s", error ? error->message : "");
  gst_element_set_state (element, GST_STATE_PAUSED); /* GLib registers a plugin's late */
  gst_element_set_state (element, GST_STATE_NULL);
  g_resources_register (other); /* and looks the newest up first */
  gst_element_set_state (element, GST_STATE_PAUSED);
  g_object_get (element, "genres", &genres, NULL);
  /* none at all where the plugin was built without a model */
  fail_unless (!genres || !gst_structure_has_field (genres, "low"));
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  g_resources_unregister (other);
}
GST_END_TEST

static void
count_warning (const char *domain, GLogLevelFlags level, const char *text, gpointer user_data)
{
  guint *n_warnings = user_data;
  ++*n_warnings;
}

GST_START_TEST (times_and_model_are_fixed_while_running)
{
  guint n_warnings = 0;
  static const char *const fixed[] = {"window", "interval", "min-window"};
  Listening listening;
  g_log_set_handler ("genreclassify", G_LOG_LEVEL_WARNING, count_warning, &n_warnings);
  listening_begin (&listening, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++) {
    guint64 before;
    g_object_get (listening.element, fixed[i], &before, NULL);
    g_object_set (listening.element, fixed[i], GST_SECOND, NULL);
    guint64 after;
    g_object_get (listening.element, fixed[i], &after, NULL);
    fail_unless_equals_uint64 (before, after);
  }
  g_object_set (listening.element, "model", "/elsewhere", NULL);
  fail_unless_equals_int (n_warnings, 4);
  gst_element_set_state (listening.element, GST_STATE_READY);
  g_object_set (listening.element, "window", GST_SECOND, NULL);
  fail_unless_equals_int (n_warnings, 4);
  listening_end (&listening);
}
GST_END_TEST

/* Sets another model while the first one is being read. */
static void
set_model_meanwhile (GstDebugCategory *category, GstDebugLevel level, const char *file,
                     const char *function, gint line, GObject *object, GstDebugMessage *message,
                     gpointer user_data)
{
  gboolean *done = user_data;
  if (*done || !g_str_has_prefix (gst_debug_message_get (message), "reading model "))
    return;
  *done = TRUE;
  g_object_set (object, "model", g_getenv ("GENRE_TEST_BACKGROUND_MODEL"), NULL);
}

GST_START_TEST (a_model_that_is_set_while_another_is_read_is_used)
{
  g_autofree char *name = NULL;
  gboolean done = FALSE;
  GstElement *element = listening_make_element (NULL);
  g_object_set (element, "model", "/elsewhere", NULL);
  gst_debug_set_active (TRUE);
  gst_debug_set_threshold_for_name ("genreclassify", GST_LEVEL_INFO);
  gst_debug_add_log_function (set_model_meanwhile, &done, NULL);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
                          GST_STATE_CHANGE_SUCCESS);
  gst_debug_remove_log_function (set_model_meanwhile);
  fail_unless (done);
  g_object_get (element, "model", &name, NULL);
  fail_unless_equals_string (name, g_getenv ("GENRE_TEST_BACKGROUND_MODEL"));
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}
GST_END_TEST

/* ---- models that are none ---- */

static void
check_model_error (const char *path, gint code, const char *reason)
{
  GstElement *pipeline = gst_parse_launch ("audiotestsrc ! genreclassify name=g ! fakesink", NULL);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "g");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_object_set (element, "model", path, NULL);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PLAYING),
                          GST_STATE_CHANGE_FAILURE);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message);
  g_autoptr (GError) error = NULL;
  g_autofree char *debug = NULL;
  g_autofree char *name = g_filename_display_name (path);
  gst_message_parse_error (message, &error, &debug);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR, code), "%s", error->message);
  fail_unless (debug && strstr (debug, name), "no path in: %s", debug);
  fail_unless (strstr (error->message, name), "no path in: %s", error->message);
  fail_unless (!reason || strstr (error->message, reason), "%s", error->message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (pipeline);
}

/* By GObject, whose validation finds NaN neither inside the bounds nor clamped into them. */
GST_START_TEST (what_is_no_number_is_refused)
{
  guint n_warnings = 0;
  double threshold, silence;
  Listening listening;
  g_log_set_handler ("GLib-GObject", G_LOG_LEVEL_WARNING, count_warning, &n_warnings);
  listening_begin (&listening, "threshold=0.5 overload=wait");
  g_object_set (listening.element, "threshold", NAN, "silence-threshold", NAN, NULL);
  gst_util_set_object_arg (G_OBJECT (listening.element), "silence-threshold", "nan");
  fail_unless_equals_int (n_warnings, 3);
  g_object_get (listening.element, "threshold", &threshold, "silence-threshold", &silence, NULL);
  fail_unless_equals_float (threshold, 0.5);
  fail_unless_equals_float (silence, -60);
  listening_push (&listening, LOW, 3 * GST_SECOND, GST_SECOND / 10);
  listening_expect (&listening, "low", NULL);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (a_bad_model_is_one_clear_error)
{
  g_autofree char *folder = g_dir_make_tmp ("genreclassify-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  check_model_error (path, GST_RESOURCE_ERROR_OPEN_READ, "No such file");
  check_model_error (folder, GST_RESOURCE_ERROR_OPEN_READ, NULL);
  check_model_error ("/none\xff", GST_RESOURCE_ERROR_OPEN_READ, NULL); /* no UTF-8 */
  g_autofree char *content = NULL;
  gsize length;
  fail_unless (g_file_get_contents (test_model (), &content, &length, NULL));
  fail_unless (g_file_set_contents (path, content, length / 2, NULL));
  check_model_error (path, GST_RESOURCE_ERROR_READ, NULL);
  fail_unless (g_file_set_contents (path, "not a model", -1, NULL));
  check_model_error (path, GST_RESOURCE_ERROR_READ, NULL);
  memset (content, 0xff, 8);
  fail_unless (g_file_set_contents (path, content, length, NULL));
  check_model_error (path, GST_RESOURCE_ERROR_READ, NULL);
  g_remove (path);
  g_rmdir (folder);
}
GST_END_TEST

/* ---- bad input ---- */

static void
push_floats (Listening *listening, const float *values, gsize n_values, guint seconds)
{
  for (guint i = 0; i < seconds * 10; i++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, 4410 * sizeof (float), NULL);
    GstMapInfo map;
    gst_buffer_map (buffer, &map, GST_MAP_WRITE);
    for (guint k = 0; k < 4410; k++)
      ((float *)map.data)[k] = values[k % n_values];
    gst_buffer_unmap (buffer, &map);
    GST_BUFFER_PTS (buffer) = listening->position;
    listening->position += GST_SECOND / 10;
    fail_unless_equals_int (gst_harness_push (listening->harness, buffer), GST_FLOW_OK);
  }
}

static void
check_numbers (const GstStructure *answer)
{
  fail_unless (answer);
  g_autoptr (GstStructure) probabilities = NULL;
  double confidence;
  gst_structure_get (answer, "probabilities", GST_TYPE_STRUCTURE, &probabilities, "confidence",
                     G_TYPE_DOUBLE, &confidence, NULL);
  double low, high;
  gst_structure_get (probabilities, "low", G_TYPE_DOUBLE, &low, "high-pitched", G_TYPE_DOUBLE,
                     &high, NULL);
  fail_unless (isfinite (confidence) && confidence >= 0.0 && confidence <= 1.0);
  fail_unless (isfinite (low) && isfinite (high) && fabs (low + high - 1.0) < 1e-6);
}

GST_START_TEST (strange_samples_give_sane_numbers)
{
  static const float sounds[][4] = {
      {NAN, NAN, NAN, NAN},
      {INFINITY, -INFINITY, NAN, 0.5f},
      {1e-40f, -1e-41f, 1e-39f, 0},
      {1.0f, 1.0f, -1.0f, -1.0f},
      {0.0f, 0.0f, 0.0f, 0.0f},
      {3e38f, -3e38f, 3e38f, -3e38f},
      {30000.f, -30000.f, 30000.f, 30000.f},
  };
  for (guint i = 0; i < G_N_ELEMENTS (sounds); i++) {
    Listening listening;
    listening_begin (&listening, "overload=wait");
    listening_set_caps (&listening,
                        "audio/x-raw, format=F32LE, layout=interleaved, rate=44100, channels=1");
    push_floats (&listening, sounds[i], 4, 3);
    g_autoptr (GstStructure) answer = listening_pop (&listening, 20 * GST_SECOND);
    check_numbers (answer);
    if (i < 2 || i == 5)
      fail_unless_equals_uint64 (get_stat (listening.element, "non-finite"),
                                 i == 1 ? 3 * 44100 * 3 / 4 + 15 : 3 * 44100);
    listening_end (&listening);
  }
}
GST_END_TEST

/* They are counted over all formats. */
GST_START_TEST (new_caps_take_no_sample_that_is_no_number_away)
{
  static const char *const caps[] = {
      "audio/x-raw, format=F32LE, layout=interleaved, rate=44100, channels=1",
      "audio/x-raw, format=F32LE, layout=interleaved, rate=48000, channels=1"};
  static const float none[] = {NAN};
  static const guint64 expected[] = {2 * 44100, 3 * 44100};
  Listening listening;
  listening_begin (&listening, "overload=wait");
  for (guint i = 0; i < 2; i++) {
    listening_set_caps (&listening, caps[i]);
    push_floats (&listening, none, 1, 2 - i);
    fail_unless_equals_uint64 (get_stat (listening.element, "non-finite"), expected[i]);
  }
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (empty_buffers_and_no_timestamps_are_no_trouble)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  gst_harness_push (listening.harness, gst_buffer_new ());
  for (guint i = 0; i < 30; i++) {
    GstBuffer *buffer = listening_make_buffer (&listening, LOW, GST_SECOND / 10);
    GST_BUFFER_PTS (buffer) = GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
    gst_harness_push (listening.harness, buffer);
    gst_harness_push (listening.harness, gst_buffer_new ());
  }
  g_autoptr (GstStructure) answer = listening_take (&listening, "low", NULL);
  fail_unless_equals_uint64 (get_time (answer, "timestamp"), 0);
  fail_unless_equals_int (gst_harness_buffers_received (listening.harness), 61);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (timestamps_that_run_backwards_are_counted)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  for (guint i = 0; i < 50; i++) {
    listening.position = (100 - i) * GST_SECOND;
    fail_unless_equals_int (
        gst_harness_push (listening.harness,
                          listening_make_buffer (&listening, LOW, GST_SECOND / 10)),
        GST_FLOW_OK);
  }
  listening_push_eos (&listening);
  listening_expect (&listening, "unknown", "eos"); /* no window was ever long enough */
  fail_unless_equals_uint64 (get_stat (listening.element, "discontinuities"), 49);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (timestamps_at_the_end_of_time_are_no_trouble)
{
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening.position = G_MAXUINT64 - 10 * GST_SECOND;
  listening_push (&listening, LOW, 3 * GST_SECOND, GST_SECOND / 10);
  listening.position = 0;
  listening_push (&listening, LOW, 3 * GST_SECOND, GST_SECOND / 10);
  listening.position = G_MAXINT64 - GST_SECOND;
  listening_push (&listening, LOW, 3 * GST_SECOND, GST_SECOND / 10);
  listening_push_eos (&listening);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (channels_without_a_mask_are_heard_all_the_same)
{
  static const char caps[] =
      "audio/x-raw, format=S16LE, layout=interleaved, rate=44100, channels=6";
  g_autofree char *unpositioned = g_strconcat (caps, ", channel-mask=(bitmask)0", NULL);
  Listening listening;
  listening_begin (&listening, "overload=wait");
  listening_set_caps (&listening, unpositioned);
  gst_harness_set_src_caps_str (listening.harness, caps);
  fail_unless_equals_int (listening_push (&listening, LOW, 3 * GST_SECOND / 2, GST_SECOND / 10),
                          GST_FLOW_OK);
  listening_push_eos (&listening);
  listening_expect (&listening, "low", "eos");
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (caps_without_rate_are_refused)
{
  static const char *const bad[] = {
      "audio/x-raw, format=S16LE, layout=interleaved, channels=2",
      ("audio/x-raw, format=S16LE, layout=interleaved, channels=65, rate=44100, "
       "channel-mask=(bitmask)0"),
      "audio/x-raw, format=S16LE, layout=interleaved, channels=2, rate=3999",
      "audio/x-raw, format=S16LE, layout=interleaved, channels=1, rate=400000",
      "video/x-raw",
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GstCaps) caps = gst_caps_from_string (bad[i]);
    Listening listening;
    listening_begin (&listening, NULL);
    gst_harness_push_event (listening.harness, gst_event_new_caps (caps));
    fail_unless_equals_int (
        gst_harness_push (listening.harness, listening_make_buffer (&listening, LOW, GST_SECOND)),
        GST_FLOW_NOT_NEGOTIATED);
    listening_end (&listening);
  }
}
GST_END_TEST

GST_START_TEST (audio_before_caps_is_an_error)
{
  GstElement *element = listening_make_element (NULL);
  GstHarness *harness = gst_harness_new_with_element (element, "sink", "src");
  g_autoptr (GstBus) bus = gst_bus_new ();
  gst_element_set_bus (element, bus);
  gst_harness_play (harness);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (harness->srcpad, gst_event_new_stream_start ("a"));
  gst_pad_push_event (harness->srcpad, gst_event_new_segment (&segment));
  fail_unless_equals_int (
      gst_pad_push (harness->srcpad, gst_buffer_new_allocate (NULL, 4096, NULL)),
      GST_FLOW_NOT_NEGOTIATED);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message);
  g_autoptr (GError) error = NULL;
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION));
  gst_element_set_bus (element, NULL);
  gst_harness_teardown (harness);
  gst_object_unref (element);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("element");
  tcase_add_test (tests, a_message_has_every_field_of_its_type);
  tcase_add_test (tests, messages_come_every_interval_and_cover_the_window);
  tcase_add_test (tests, window_0_covers_everything);
  tcase_add_test (tests, statistics_count_what_an_answer_rests_on);
  tcase_add_test (tests, post_messages_false_is_silent);
  tcase_add_test (tests, answers_that_are_not_posted_leave_nothing);
  tcase_add_test (tests, below_the_threshold_is_unknown_and_silence_is_not_heard);
  tcase_add_test (tests, buffers_leave_as_they_came);
  tcase_add_test (tests, buffer_lists_leave_as_lists_and_are_heard);
  tcase_add_test (tests, no_latency_is_added);
  tcase_add_test (tests, every_format_is_heard);
  tcase_add_test (tests, any_number_of_channels_is_heard);
  tcase_add_test (tests, any_rate_is_heard);
  tcase_add_test (tests, properties_have_the_documented_defaults);
  tcase_add_test (tests, add_meta_is_there_only_where_it_works);
  tcase_add_test (tests, the_model_names_its_genres);
  tcase_add_test (tests, the_built_in_model_is_the_plugin_s_own);
  tcase_add_test (tests, times_and_model_are_fixed_while_running);
  tcase_add_test (tests, a_model_that_is_set_while_another_is_read_is_used);
  tcase_add_test (tests, what_is_no_number_is_refused);
  tcase_add_test (tests, a_bad_model_is_one_clear_error);
  tcase_add_test (tests, strange_samples_give_sane_numbers);
  tcase_add_test (tests, new_caps_take_no_sample_that_is_no_number_away);
  tcase_add_test (tests, empty_buffers_and_no_timestamps_are_no_trouble);
  tcase_add_test (tests, timestamps_that_run_backwards_are_counted);
  tcase_add_test (tests, timestamps_at_the_end_of_time_are_no_trouble);
  tcase_add_test (tests, channels_without_a_mask_are_heard_all_the_same);
  tcase_add_test (tests, caps_without_rate_are_refused);
  tcase_add_test (tests, audio_before_caps_is_an_error);
  return run_tests (tests, argc, argv);
}
