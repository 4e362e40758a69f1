/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The element, in a harness: the bytes are a programme of what a pipeline may do to it, well or
 * badly. An operation is one byte, which takes what it needs of the bytes behind it. What must hold
 * however wild the programme: what comes out is what went in, every message is a whole one, the
 * numbers in it are possible, and everything ends. */
#include "fuzz.h"
#include "gstgenreclassify.h"
#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>
#include <math.h>
#include <string.h>

#define MOST_OPERATIONS 64
#define MOST_FRAMES 2048

typedef struct {
  const uint8_t *data;
  size_t size;
  GstHarness *harness;
  GstElement *element;
  GstBus *bus;
  GstAudioInfo info; /* of the caps that were sent last */
  gboolean has_caps;
  GstClockTime position;
  guint n_started;
} Programme;

/* ---- bytes ----
 * One call each statement: which argument is evaluated first is the compiler's choice, and what
 * Clang has found must be the same programme for GCC. */

static guint8
take (Programme *programme)
{
  if (programme->size == 0)
    return 0;
  programme->size--;
  return *programme->data++;
}

static guint64
take_number (Programme *programme, guint bytes)
{
  guint64 number = 0;
  for (guint i = 0; i < bytes; i++)
    number = number << 8 | take (programme);
  return number;
}

/* Times near to what is sensible, now and then any number at all. */
static GstClockTime
take_time (Programme *programme)
{
  const guint8 kind = take (programme);
  if (kind == 255)
    return GST_CLOCK_TIME_NONE;
  if (kind >= 240)
    return take_number (programme, 8);
  return (GstClockTime)kind * 100 * GST_MSECOND;
}

/* ---- operations ---- */

static void
send_caps (Programme *programme)
{
  static const int rates[] = {4000, 8000, 22050, 44100, 48000, 96000, 192000, 11025};
  const GstAudioFormat format = 2 + take (programme) % (GST_AUDIO_FORMAT_F64BE - 1);
  const int rate = rates[take (programme) % G_N_ELEMENTS (rates)];
  const int channels = 1 + take (programme) % 8;
  const guint8 layout = take (programme);
  GstAudioChannelPosition positions[64];
  const gboolean positioned =
      (layout & 2) && gst_audio_channel_positions_from_mask (
                          channels, gst_audio_channel_get_fallback_mask (channels), positions);
  GstAudioInfo info;
  gst_audio_info_set_format (&info, format, rate, channels, positioned ? positions : NULL);
  if (!info.finfo || info.bpf == 0)
    return;
  info.layout = layout & 1 ? GST_AUDIO_LAYOUT_NON_INTERLEAVED : GST_AUDIO_LAYOUT_INTERLEAVED;
  g_autoptr (GstCaps) caps = gst_audio_info_to_caps (&info);
  if (!caps)
    return;
  programme->has_caps = gst_harness_push_event (programme->harness, gst_event_new_caps (caps));
  programme->info = info;
}

static void
send_segment (Programme *programme)
{
  static const GstFormat formats[] = {GST_FORMAT_TIME, GST_FORMAT_TIME, GST_FORMAT_TIME,
                                      GST_FORMAT_BYTES};
  static const double rates[] = {1, 1, 1, 2, 0.5, -1};
  GstSegment segment;
  gst_segment_init (&segment, formats[take (programme) % G_N_ELEMENTS (formats)]);
  segment.rate = rates[take (programme) % G_N_ELEMENTS (rates)];
  segment.start = take (programme) * GST_SECOND;
  segment.time = take (programme) * GST_SECOND;
  if (segment.rate < 0)
    segment.stop = segment.start + 100 * GST_SECOND;
  gst_harness_push_event (programme->harness, gst_event_new_segment (&segment));
}

/* Its bytes are those of the programme, again and again: noise, NaN, infinities, silence. */
static GstBuffer *
make_buffer (Programme *programme)
{
  const guint frames = take_number (programme, 2) % MOST_FRAMES;
  const guint8 flaws = take (programme);
  const guint8 fill = take (programme);
  gsize size = frames * (gsize)programme->info.bpf;
  if (flaws & 1)
    size += take (programme); /* no whole number of frames */
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  GstMapInfo map;
  if (size > 0 && gst_buffer_map (buffer, &map, GST_MAP_WRITE)) {
    for (gsize i = 0; i < size; i++)
      map.data[i] = programme->size && fill % 2 ? programme->data[i % programme->size] : fill;
    gst_buffer_unmap (buffer, &map);
  }
  if (programme->info.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED && !(flaws & 3))
    gst_buffer_add_audio_meta (buffer, &programme->info, frames, NULL);
  if (flaws & 4)
    programme->position = take_time (programme);
  GST_BUFFER_PTS (buffer) = programme->position;
  if (GST_CLOCK_TIME_IS_VALID (programme->position) && programme->info.rate > 0)
    programme->position += gst_util_uint64_scale (frames, GST_SECOND, programme->info.rate);
  if (flaws & 8)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (flaws & 16)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  if (flaws & 32)
    GST_BUFFER_DURATION (buffer) = take_time (programme);
  return buffer;
}

static void
push_buffers (Programme *programme)
{
  GstBuffer *buffer = make_buffer (programme);
  const guint times = 1 + take (programme) % 16;
  for (guint i = 0; i < times; i++) {
    GstBuffer *copy = gst_buffer_copy (buffer);
    gst_buffer_ref (copy);
    const GstFlowReturn flow = gst_harness_push (programme->harness, copy);
    g_autoptr (GstBuffer) out = gst_harness_try_pull (programme->harness);
    FUZZ_ASSERT (flow != GST_FLOW_OK || out == copy); /* untouched, undelayed */
    gst_buffer_unref (copy);
    if (GST_BUFFER_PTS_IS_VALID (buffer) && GST_BUFFER_DURATION_IS_VALID (buffer))
      GST_BUFFER_PTS (buffer) += MIN (GST_BUFFER_DURATION (buffer), GST_SECOND);
  }
  gst_buffer_unref (buffer);
}

static void
send_tags (Programme *programme)
{
  char text[64] = "";
  const guint length = take (programme) % sizeof text;
  for (guint i = 0; i + 1 < length; i++)
    text[i] = (char)take (programme);
  if (!*text || !g_utf8_validate (text, -1, NULL))
    return;
  static const char *const names[] = {GST_TAG_TITLE, GST_TAG_GENRE, GST_TAG_ORGANIZATION};
  GstTagList *tags = gst_tag_list_new (names[take (programme) % G_N_ELEMENTS (names)], text, NULL);
  if (take (programme) % 2)
    gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  gst_harness_push_event (programme->harness, gst_event_new_tag (tags));
}

static void
push_gap (Programme *programme)
{
  const GstClockTime start = take_time (programme) % (G_MAXUINT64 / 2);
  const GstClockTime duration = take_time (programme);
  gst_harness_push_event (programme->harness, gst_event_new_gap (start, duration));
}

static void
send_other_event (Programme *programme)
{
  GstHarness *harness = programme->harness;
  char id[16];
  switch (take (programme) % 7) {
  case 0:
    gst_harness_push_event (harness, gst_event_new_flush_start ());
    gst_harness_push_event (harness, gst_event_new_flush_stop (take (programme) % 2));
    break;
  case 1:
    gst_harness_push_event (harness, gst_event_new_eos ());
    break;
  case 2:
    g_snprintf (id, sizeof id, "stream-%u", programme->n_started++);
    gst_harness_push_event (harness, gst_event_new_stream_start (id));
    break;
  case 3:
    push_gap (programme);
    break;
  case 4:
    gst_harness_push_event (harness, gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                                                           gst_structure_new_empty ("fuzz")));
    break;
  case 5:
    gst_harness_push_upstream_event (harness, gst_event_new_reconfigure ());
    break;
  default:
    gst_harness_push_event (harness, gst_event_new_segment_done (GST_FORMAT_TIME, 0));
  }
}

static guint
take_switch (Programme *programme)
{
  const guint8 which = take (programme);
  return which >= 192 ? 4 : which % 4;
}

static void
set_time (Programme *programme)
{
  static const char *const names[] = {"window", "interval", "min-window"};
  const char *name = names[take (programme) % G_N_ELEMENTS (names)];
  const GstClockTime time = take_time (programme) % (3600 * GST_SECOND);
  g_object_set (programme->element, name, MAX (time, 10 * GST_MSECOND), NULL);
}

static void
set_switch (Programme *programme)
{
  static const char *const names[] = {"split-on-title", "post-messages", "post-tags", "forced",
                                      "post-spectrogram"};
  const char *name = names[take_switch (programme)];
  const gboolean on = take (programme) % 2;
  g_object_set (programme->element, name, on, NULL);
}

static void
set_property (Programme *programme)
{
  GstElement *element = programme->element;
  switch (take (programme) % 6) {
  case 0:
    set_time (programme);
    break;
  case 1:
    set_switch (programme);
    break;
  case 2:
    g_object_set (element, "threshold", (take (programme) % 21 - 10) / 10., NULL);
    break;
  case 3:
    g_object_set (element, "silence-threshold", -(double)(take (programme) % 100), NULL);
    break;
  case 4:
    g_object_set (element, "overload", take (programme) % 3, NULL);
    break;
  default:
    g_object_set (element, "model", take (programme) % 4 ? GENRE_TEST_MODEL : "/nowhere", NULL);
  }
}

static void
change_state (Programme *programme)
{
  static const GstState states[] = {GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
                                    GST_STATE_PLAYING};
  gst_element_set_state (programme->element, states[take (programme) % G_N_ELEMENTS (states)]);
  if (take (programme) % 2)
    gst_element_set_state (programme->element, GST_STATE_PLAYING);
}

/* ---- what must hold ---- */

static void
check_answer (const GstStructure *answer)
{
  double confidence, music, sum = 0;
  gboolean final;
  const GstStructure *all =
      gst_value_get_structure (gst_structure_get_value (answer, "probabilities"));
  FUZZ_ASSERT (gst_structure_get_string (answer, "genre"));
  FUZZ_ASSERT (gst_structure_get_double (answer, "confidence", &confidence));
  FUZZ_ASSERT (gst_structure_get_double (answer, "music", &music));
  FUZZ_ASSERT (gst_structure_get_boolean (answer, "final", &final));
  FUZZ_ASSERT (final == !!gst_structure_get_string (answer, "reason"));
  FUZZ_ASSERT (confidence >= 0 && confidence <= 1 && music >= 0 && music <= 1);
  for (gint i = 0; i < gst_structure_n_fields (all); i++) {
    double probability;
    FUZZ_ASSERT (
        gst_structure_get_double (all, gst_structure_nth_field_name (all, i), &probability));
    FUZZ_ASSERT (probability >= 0 && probability <= 1);
    sum += probability;
  }
  FUZZ_ASSERT (fabs (sum - 1) < 1e-6);
}

static void
check_spectrogram (const GstStructure *spectrogram)
{
  const GValue *frames = gst_structure_get_value (spectrogram, "magnitude");
  const guint n_frames = gst_value_array_get_size (frames);
  GstClockTime timestamp, duration;
  FUZZ_ASSERT (gst_structure_get_clock_time (spectrogram, "timestamp", &timestamp));
  FUZZ_ASSERT (gst_structure_get_clock_time (spectrogram, "duration", &duration));
  FUZZ_ASSERT (n_frames > 0 && duration > 0 && duration < GST_SECOND);
  for (guint i = 0; i < n_frames; i++) {
    const GValue *bands = gst_value_array_get_value (frames, i);
    FUZZ_ASSERT (gst_value_array_get_size (bands) == 16);
    for (guint b = 0; b < 16; b++) {
      const float decibels = g_value_get_float (gst_value_array_get_value (bands, b));
      FUZZ_ASSERT (isfinite (decibels) && decibels >= -100);
    }
  }
}

static void
read_bus (Programme *programme)
{
  for (;;) {
    g_autoptr (GstMessage) message = gst_bus_pop (programme->bus);
    if (!message)
      return;
    if (gst_message_has_name (message, "genreclassify"))
      check_answer (gst_message_get_structure (message));
    if (gst_message_has_name (message, "genreclassify-spectrogram"))
      check_spectrogram (gst_message_get_structure (message));
  }
}

static void
drain (Programme *programme)
{
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (programme->harness)))
    gst_event_unref (event);
  while ((event = gst_harness_try_pull_upstream_event (programme->harness)))
    gst_event_unref (event);
  read_bus (programme);
}

static void
operate (Programme *programme)
{
  switch (take (programme) % 12) {
  case 0:
    send_caps (programme);
    break;
  case 1:
    send_segment (programme);
    break;
  case 2:
    send_tags (programme);
    break;
  case 3:
    send_other_event (programme);
    break;
  case 4:
    set_property (programme);
    break;
  case 5:
    if (take (programme) % 4 == 0) /* dear: threads end and begin */
      change_state (programme);
    break;
  default:
    push_buffers (programme);
  }
  drain (programme);
}

static void
begin (Programme *programme)
{
  if (!gst_is_initialized ()) {
    gst_init (NULL, NULL);
    gst_debug_set_default_threshold (GST_LEVEL_NONE);
    FUZZ_ASSERT (GST_ELEMENT_REGISTER (genreclassify, NULL));
  }
  programme->element = gst_element_factory_make ("genreclassify", NULL);
  FUZZ_ASSERT (programme->element);
  g_object_set (programme->element, "model", GENRE_TEST_MODEL, "window", 4 * GST_SECOND,
                "min-window", 1 * GST_SECOND, "interval", 1 * GST_SECOND, "post-spectrogram",
                programme->size % 2, NULL);
  programme->bus = gst_bus_new ();
  gst_element_set_bus (programme->element, programme->bus);
  programme->harness = gst_harness_new_with_element (programme->element, "sink", "src");
  gst_audio_info_set_format (&programme->info, GST_AUDIO_FORMAT_S16LE, 22050, 1, NULL);
  g_autoptr (GstCaps) caps = gst_audio_info_to_caps (&programme->info);
  gst_harness_set_src_caps (programme->harness, g_steal_pointer (&caps));
}

static void
end (Programme *programme)
{
  gst_element_set_bus (programme->element, NULL);
  gst_harness_teardown (programme->harness);
  gst_object_unref (programme->element);
  gst_object_unref (programme->bus);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Programme programme = {.data = data, .size = size};
  begin (&programme);
  for (guint i = 0; i < MOST_OPERATIONS && programme.size > 0; i++)
    operate (&programme);
  drain (&programme);
  end (&programme);
  return 0;
}
