/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "streams.h"
#include <gst/audio/audio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static GString *json;

static GstFlowReturn
swallow (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static GstBusSyncReply
swallow_message (GstBus *bus, GstMessage *message, gpointer data)
{
  gst_message_unref (message);
  return GST_BUS_DROP;
}

/* Chords and noise: something that is not silence and not the same all the time. */
static GstBuffer *
make_sound (guint rate)
{
  const gsize frames = rate + rate / 4;
  gint16 *samples = g_new (gint16, 2 * frames);
  guint32 noise = 1;
  for (gsize i = 0; i < frames; i++) {
    const double t = (double)i / rate;
    noise = noise * 1664525u + 1013904223u;
    samples[2 * i] = 6000 * sin (2 * G_PI * 220 * t) + 4000 * sin (2 * G_PI * 1320 * t);
    samples[2 * i + 1] = samples[2 * i] / 2 + (gint16)(noise >> 20);
  }
  return gst_buffer_new_wrapped (samples, 2 * frames * sizeof *samples);
}

static void
send_first_events (Stream *stream)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple (
      "audio/x-raw", "format", G_TYPE_STRING, GST_AUDIO_NE (S16), "layout", G_TYPE_STRING,
      "interleaved", "rate", G_TYPE_INT, stream->rate, "channels", G_TYPE_INT, 2, "channel-mask",
      GST_TYPE_BITMASK, (guint64)3, NULL);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (stream->source, gst_event_new_stream_start ("benchmark"));
  gst_pad_push_event (stream->source, gst_event_new_caps (caps));
  gst_pad_push_event (stream->source, gst_event_new_segment (&segment));
}

Stream *
stream_new (const char *model, guint rate, const char *overload)
{
  Stream *stream = g_new0 (Stream, 1);
  g_autoptr (GstBus) bus = gst_bus_new ();
  stream->rate = rate;
  stream->element = gst_element_factory_make ("genreclassify", NULL);
  if (!stream->element)
    g_error ("no element genreclassify: is GST_PLUGIN_PATH set?");
  gst_object_ref_sink (stream->element);
  g_object_set (stream->element, "model", model, NULL);
  gst_util_set_object_arg (G_OBJECT (stream->element), "overload", overload);
  gst_bus_set_sync_handler (bus, swallow_message, NULL, NULL);
  gst_element_set_bus (stream->element, bus);
  stream->source = gst_pad_new ("source", GST_PAD_SRC);
  stream->sink = gst_pad_new ("sink", GST_PAD_SINK);
  gst_pad_set_chain_function (stream->sink, swallow);
  GstPad *pad = gst_element_get_static_pad (stream->element, "sink");
  gst_pad_link (stream->source, pad);
  gst_object_unref (pad);
  pad = gst_element_get_static_pad (stream->element, "src");
  gst_pad_link (pad, stream->sink);
  gst_object_unref (pad);
  gst_pad_set_active (stream->sink, TRUE);
  gst_pad_set_active (stream->source, TRUE);
  stream->sound = make_sound (rate);
  if (gst_element_set_state (stream->element, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
    g_error ("genreclassify does not start: is the model there?");
  send_first_events (stream);
  return stream;
}

void
stream_free (Stream *stream)
{
  gst_element_set_state (stream->element, GST_STATE_NULL);
  gst_element_set_bus (stream->element, NULL);
  gst_object_unref (stream->element);
  gst_pad_set_active (stream->source, FALSE);
  gst_pad_set_active (stream->sink, FALSE);
  gst_object_unref (stream->source);
  gst_object_unref (stream->sink);
  gst_buffer_unref (stream->sound);
  g_free (stream);
}

GstBuffer *
stream_make_buffer (Stream *stream, guint n_frames)
{
  GstBuffer *buffer = gst_buffer_copy_region (stream->sound, GST_BUFFER_COPY_MEMORY,
                                              stream->frame % stream->rate * 4, n_frames * 4);
  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (stream->frame, GST_SECOND, stream->rate);
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (n_frames, GST_SECOND, stream->rate);
  stream->frame += n_frames;
  return buffer;
}

void
stream_push (Stream *stream, guint n_frames)
{
  gst_pad_push (stream->source, stream_make_buffer (stream, n_frames));
}

guint64
stream_get_stat (Stream *stream, const char *field)
{
  guint64 value = 0;
  g_autoptr (GstStructure) stats = NULL;
  g_object_get (stream->element, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, field, &value);
  return value;
}

void
report_begin (const char *name)
{
  json = g_string_new (NULL);
  g_string_append_printf (json, "{\"benchmark\": \"%s\"", name);
}

void
report (const char *name, double value, const char *unit)
{
  printf ("%-36s %12.6g %s\n", name, value, unit);
  fflush (stdout);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (json, ", \"%s (%s)\": %s", name, unit,
                          g_ascii_formatd (number, sizeof number, "%.6g", value));
}

void
report_end (void)
{
  printf ("%s}\n", json->str);
  g_string_free (json, TRUE);
}

gsize
get_resident_bytes (void)
{
  guint64 pages = 0;
  g_autofree char *text = NULL;
  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)) {
    char *resident = strchr (text, ' ');
    pages = resident ? g_ascii_strtoull (resident, NULL, 10) : 0;
  }
  return pages * sysconf (_SC_PAGESIZE);
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
      n += g_str_has_prefix (name, "genreclassify\n");
  }
  return n;
}

void
sleep_until (gint64 monotonic_us)
{
  const gint64 left = monotonic_us - g_get_monotonic_time ();
  if (left > 0)
    g_usleep (left);
}

const char *
get_text_option (int argc, char **argv, const char *name, const char *fallback)
{
  const gsize length = strlen (name);
  for (int i = 1; i < argc; i++)
    if (g_str_has_prefix (argv[i], "--") && strncmp (argv[i] + 2, name, length) == 0 &&
        argv[i][2 + length] == '=')
      return argv[i] + 3 + length;
  return fallback;
}

double
get_option (int argc, char **argv, const char *name, double fallback)
{
  const char *text = get_text_option (argc, argv, name, NULL);
  return text ? g_ascii_strtod (text, NULL) : fallback;
}
