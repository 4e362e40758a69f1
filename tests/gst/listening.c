/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listening.h"
#include <math.h>
#include <string.h>

const char *
test_model (void)
{
  const char *path = g_getenv ("GENRE_TEST_MODEL");
  fail_unless (path, "GENRE_TEST_MODEL is not set; run the tests with meson");
  return path;
}

void
listening_set (GstElement *element, const char *properties)
{
  g_auto (GStrv) pairs = g_strsplit (properties, " ", -1);
  for (guint i = 0; pairs[i]; i++) {
    char *value = strchr (pairs[i], '=');
    *value++ = '\0';
    gst_util_set_object_arg (G_OBJECT (element), pairs[i], value);
  }
}

GstElement *
listening_make_element (const char *properties)
{
  GstElement *element = gst_element_factory_make ("genreclassify", NULL);
  fail_unless (element, "no element genreclassify: is GST_PLUGIN_PATH set?");
  g_object_set (element, "model", test_model (), "window", 4 * GST_SECOND, "min-window",
                2 * GST_SECOND, "interval", 2 * GST_SECOND, NULL);
  if (properties)
    listening_set (element, properties);
  return element;
}

void
listening_begin (Listening *listening, const char *properties)
{
  memset (listening, 0, sizeof *listening);
  listening->element = listening_make_element (properties);
  listening->bus = gst_bus_new ();
  gst_element_set_bus (listening->element, listening->bus);
  listening->harness = gst_harness_new_with_element (listening->element, "sink", "src");
  gst_harness_set_drop_buffers (listening->harness, TRUE);
  listening_set_caps (listening, "audio/x-raw, format=S16LE, layout=interleaved, rate=44100, "
                                 "channels=2, channel-mask=(bitmask)3");
}

void
listening_set_caps (Listening *listening, const char *caps)
{
  g_autoptr (GstCaps) parsed = gst_caps_from_string (caps);
  fail_unless (gst_audio_info_from_caps (&listening->info, parsed));
  gst_harness_set_src_caps_str (listening->harness, caps);
}

void
listening_end (Listening *listening)
{
  gst_element_set_bus (listening->element, NULL);
  gst_harness_teardown (listening->harness);
  gst_object_unref (listening->element);
  gst_object_unref (listening->bus);
}

/* All channels say the same. Through GStreamer's own packing, so that every format will do. */
static void
fill (Listening *listening, GstBuffer *buffer, double frequency)
{
  const GstAudioInfo *info = &listening->info;
  const GstAudioFormatInfo *pack = gst_audio_format_get_info (info->finfo->unpack_format);
  gboolean real = GST_AUDIO_FORMAT_INFO_IS_FLOAT (pack);
  gboolean planar = info->layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  gsize width = GST_AUDIO_FORMAT_INFO_WIDTH (info->finfo) / 8;
  GstAudioBuffer audio;
  fail_unless (gst_audio_buffer_map (&audio, info, buffer, GST_MAP_WRITE));
  for (gsize i = 0; i < audio.n_samples; i++) {
    const double value = 0.5 * sin (2 * G_PI * frequency * (listening->sample + i) / info->rate);
    gint32 whole = value * 2147483647.0;
    for (gint c = 0; c < info->channels; c++) {
      guint8 *at = planar ? (guint8 *)audio.planes[c] + i * width
                          : (guint8 *)audio.planes[0] + (i * info->channels + c) * width;
      info->finfo->pack_func (info->finfo, 0, real ? (gpointer)&value : (gpointer)&whole, at, 1);
    }
  }
  listening->sample += audio.n_samples;
  gst_audio_buffer_unmap (&audio);
}

GstBuffer *
listening_make_buffer (Listening *listening, double frequency, GstClockTime duration)
{
  const guint rate = listening->info.rate;
  const gsize frames = gst_util_uint64_scale_round (duration, rate, GST_SECOND);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, frames * listening->info.bpf, NULL);
  GST_BUFFER_PTS (buffer) = listening->position;
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (frames, GST_SECOND, rate);
  if (listening->info.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED)
    gst_buffer_add_audio_meta (buffer, &listening->info, frames, NULL);
  fill (listening, buffer, frequency);
  listening->position += GST_BUFFER_DURATION (buffer);
  return buffer;
}

GstFlowReturn
listening_push (Listening *listening, double frequency, GstClockTime duration,
                GstClockTime buffer_duration)
{
  GstFlowReturn flow = GST_FLOW_OK;
  for (GstClockTime done = 0; done < duration && flow == GST_FLOW_OK; done += buffer_duration)
    flow = gst_harness_push (
        listening->harness,
        listening_make_buffer (listening, frequency, MIN (buffer_duration, duration - done)));
  return flow;
}

void
listening_push_tags (Listening *listening, const char *tags)
{
  GstTagList *list = gst_tag_list_new_from_string (tags);
  fail_unless (list, "not tags: %s", tags);
  gst_harness_push_event (listening->harness, gst_event_new_tag (list));
}

void
listening_push_eos (Listening *listening)
{
  gst_harness_push_event (listening->harness, gst_event_new_eos ());
}

void
listening_push_stream_start (Listening *listening, const char *id)
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (listening->harness, gst_event_new_stream_start (id));
  gst_harness_push_event (listening->harness, gst_event_new_segment (&segment));
  listening->position = 0;
}

void
listening_seek (Listening *listening, GstClockTime position)
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = segment.position = position;
  gst_harness_push_event (listening->harness, gst_event_new_flush_start ());
  gst_harness_push_event (listening->harness, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (listening->harness, gst_event_new_segment (&segment));
  listening->position = position;
}

GstStructure *
listening_pop_from (GstBus *bus, GstClockTime timeout)
{
  GstStructure *structure = NULL;
  GstMessage *message;
  while (!structure && (message = gst_bus_timed_pop_filtered (bus, timeout, GST_MESSAGE_ELEMENT))) {
    if (gst_message_has_name (message, "genreclassify"))
      structure = gst_structure_copy (gst_message_get_structure (message));
    gst_message_unref (message);
  }
  return structure;
}

GstStructure *
listening_pop (Listening *listening, GstClockTime timeout)
{
  return listening_pop_from (listening->bus, timeout);
}

void
check_answer (const GstStructure *answer, const char *genre, const char *reason)
{
  gboolean final = FALSE;
  fail_unless (answer, "no answer, expected %s", genre);
  fail_unless_equals_string (gst_structure_get_string (answer, "genre"), genre);
  fail_unless (gst_structure_get_boolean (answer, "final", &final));
  fail_unless_equals_int (final, reason != NULL);
  fail_unless_equals_string (gst_structure_get_string (answer, "reason"), reason);
}

GstStructure *
listening_take (Listening *listening, const char *genre, const char *reason)
{
  GstStructure *answer = listening_pop (listening, 20 * GST_SECOND);
  check_answer (answer, genre, reason);
  return answer;
}

void
listening_expect (Listening *listening, const char *genre, const char *reason)
{
  gst_structure_free (listening_take (listening, genre, reason));
}

void
listening_expect_nothing (Listening *listening)
{
  listening_wait_idle (listening->element);
  g_autoptr (GstStructure) answer = listening_pop (listening, 0);
  fail_unless (!answer, "unexpected: %s", answer ? gst_structure_to_string (answer) : "");
}

guint64
get_time (const GstStructure *answer, const char *field)
{
  GstClockTime time = 0;
  fail_unless (gst_structure_get_clock_time (answer, field, &time), "no field %s", field);
  return time;
}

guint64
get_stat (GstElement *element, const char *field)
{
  guint64 value = 0;
  g_autoptr (GstStructure) stats = NULL;
  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, field, &value), "no statistic %s", field);
  return value;
}

void
listening_wait_idle (GstElement *element)
{
  while (get_stat (element, "pending") > 0)
    g_usleep (1000);
  g_usleep (50000); /* the block that is being listened to */
}

guint
count_workers (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;
  const char *thread;
  while (dir && (thread = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename ("/proc/self/task", thread, "comm", NULL);
    g_autofree char *name = NULL;
    if (g_file_get_contents (path, &name, NULL, NULL))
      n += g_str_equal (g_strstrip (name), "genreclassify");
  }
  return n;
}

/* In seconds; more where a debugger watches each step, and no test has a limit. */
static gint64
get_brake_limit (void)
{
  return g_strcmp0 (g_getenv ("CK_FORK"), "no") == 0 ? 1800 : 90;
}

static GstBusSyncReply
hold (GstBus *bus, GstMessage *message, gpointer data)
{
  Brake *brake = data;
  if (!gst_message_has_name (message, "genreclassify"))
    return GST_BUS_PASS;
  const gint64 end = g_get_monotonic_time () + get_brake_limit () * G_TIME_SPAN_SECOND;
  g_mutex_lock (&brake->lock);
  brake->reached = TRUE;
  g_cond_broadcast (&brake->cond);
  while (brake->held)
    brake->held = g_cond_wait_until (&brake->cond, &brake->lock, end) && brake->held;
  g_mutex_unlock (&brake->lock);
  return GST_BUS_PASS;
}

void
brake_pull (Brake *brake, GstBus *bus)
{
  g_mutex_init (&brake->lock);
  g_cond_init (&brake->cond);
  brake->held = TRUE;
  brake->reached = FALSE;
  gst_bus_set_sync_handler (bus, hold, brake, NULL);
}

void
brake_wait (Brake *brake)
{
  g_mutex_lock (&brake->lock);
  while (!brake->reached)
    g_cond_wait (&brake->cond, &brake->lock);
  g_mutex_unlock (&brake->lock);
}

gboolean
brake_is_held (Brake *brake)
{
  g_mutex_lock (&brake->lock);
  const gboolean held = brake->held;
  g_mutex_unlock (&brake->lock);
  return held;
}

gpointer
brake_release (gpointer data)
{
  Brake *brake = data;
  g_mutex_lock (&brake->lock);
  brake->held = FALSE;
  g_cond_broadcast (&brake->cond);
  g_mutex_unlock (&brake->lock);
  return NULL;
}

int
run_tests (TCase *tests, int argc, char **argv)
{
  g_autofree char *name = g_path_get_basename (argv[0]);
  Suite *suite = suite_create (name);
  gst_check_init (&argc, &argv);
  tcase_set_timeout (tests, 120);
  suite_add_tcase (suite, tests);
  return gst_check_run_suite (suite, name, __FILE__);
}
