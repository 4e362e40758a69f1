/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/audio/audio.h>
#include <gst/pbutils/missing-plugins.h>
#include <math.h>

#define POLL (100 * GST_MSECOND)
#define BUFFERS 16 /* decoded ahead */

typedef struct {
  GstElement *pipeline;
  GstElement *convert, *filter;
  GstAppSink *sink;
  guint rate;
  gint linked;   /* atomic: an audio stream was found */
  gint no_more;  /* atomic: and no other will be */
  char *missing; /* plug-in that GStreamer asks for */
} Decoder;

/* ---- the pipeline ---- */

/* GStreamer mixes layouts that it knows; channels without positions are averaged by us. */
static gboolean
can_be_mixed (const GstCaps *caps)
{
  gint channels = 1;
  guint64 mask = 0;
  GstStructure *structure = caps ? gst_caps_get_structure (caps, 0) : NULL;
  if (!structure || !gst_structure_get_int (structure, "channels", &channels) || channels <= 2)
    return TRUE;
  return gst_structure_get (structure, "channel-mask", GST_TYPE_BITMASK, &mask, NULL) && mask != 0;
}

/* Some demuxers (wavparse in old headers) leave out the positions of many channels, which is
 * against GStreamer's rules: say that there are none. */
static GstPadProbeReturn
complete_caps (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstCaps *caps = NULL;
  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  if (can_be_mixed (caps) ||
      gst_structure_has_field (gst_caps_get_structure (caps, 0), "channel-mask"))
    return GST_PAD_PROBE_OK;
  g_autoptr (GstCaps) complete = gst_caps_copy (caps);
  gst_caps_set_simple (complete, "channel-mask", GST_TYPE_BITMASK, (guint64)0, NULL);
  GST_PAD_PROBE_INFO_DATA (info) = gst_event_new_caps (complete);
  gst_event_unref (event);
  return GST_PAD_PROBE_OK;
}

static void
set_format (Decoder *decoder, gboolean mono)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple (
      "audio/x-raw", "format", G_TYPE_STRING, GST_AUDIO_NE (F32), "layout", G_TYPE_STRING,
      "interleaved", "rate", G_TYPE_INT, (gint)decoder->rate, NULL);
  if (mono)
    gst_caps_set_simple (caps, "channels", G_TYPE_INT, 1, NULL);
  g_object_set (decoder->filter, "caps", caps, NULL);
}

static void
link_stream (GstElement *element, GstPad *pad, gpointer user_data)
{
  Decoder *decoder = user_data;
  g_autoptr (GstPad) sink = gst_element_get_static_pad (decoder->convert, "sink");
  if (gst_pad_is_linked (sink))
    return;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  set_format (decoder, can_be_mixed (caps));
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, complete_caps, NULL, NULL);
  if (gst_pad_link (pad, sink) == GST_PAD_LINK_OK)
    g_atomic_int_set (&decoder->linked, 1);
}

static void
no_more_streams (GstElement *element, gpointer user_data)
{
  g_atomic_int_set (&((Decoder *)user_data)->no_more, 1);
}

static gboolean
build (Decoder *decoder, const char *path, GError **error)
{
  g_autoptr (GstCaps) audio = gst_caps_new_empty_simple ("audio/x-raw");
  decoder->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  GstElement *source = gst_element_factory_make ("filesrc", NULL);
  GstElement *decode = gst_element_factory_make ("decodebin", NULL);
  GstElement *resample = gst_element_factory_make ("audioresample", NULL);
  GstElement *sink = gst_element_factory_make ("appsink", NULL);
  decoder->convert = gst_element_factory_make ("audioconvert", NULL);
  decoder->filter = gst_element_factory_make ("capsfilter", NULL);
  if (!source || !decode || !resample || !sink || !decoder->convert || !decoder->filter) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_UNSUPPORTED,
                 "GStreamer lacks one of filesrc, decodebin, audioconvert, audioresample, "
                 "capsfilter, appsink (Debian: gstreamer1.0-plugins-base)");
    return FALSE;
  }
  decoder->sink = GST_APP_SINK (sink);
  gst_bin_add_many (GST_BIN (decoder->pipeline), source, decode, decoder->convert, resample,
                    decoder->filter, sink, NULL);
  g_object_set (source, "location", path, NULL);
  g_object_set (decode, "caps", audio, "expose-all-streams", FALSE, NULL);
  g_object_set (decoder->convert, "dithering", 0, NULL);
  g_object_set (resample, "quality", 10, NULL);
  g_object_set (sink, "sync", FALSE, "max-buffers", BUFFERS, NULL);
  set_format (decoder, TRUE);
  g_signal_connect (decode, "pad-added", G_CALLBACK (link_stream), decoder);
  g_signal_connect (decode, "no-more-pads", G_CALLBACK (no_more_streams), decoder);
  gst_element_link (source, decode);
  gst_element_link_many (decoder->convert, resample, decoder->filter, sink, NULL);
  return TRUE;
}

/* ---- samples ---- */

/* Mean of the channels, in place; what is not finite becomes silence. */
static void
mix (float *samples, gsize n_frames, guint channels)
{
  for (gsize i = 0; i < n_frames; i++) {
    float sum = 0;
    for (guint j = 0; j < channels; j++)
      sum += samples[i * channels + j];
    sum /= channels;
    samples[i] = isfinite (sum) ? sum : 0;
  }
}

static gboolean
pass_on (GstSample *sample, GenreSamplesFunc func, gpointer user_data)
{
  GstAudioInfo info;
  GstMapInfo map;
  if (!gst_audio_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ))
    return TRUE;
  gsize n_frames = map.size / (sizeof (float) * (guint)info.channels);
  g_autofree float *samples = g_memdup2 (map.data, n_frames * sizeof (float) * info.channels);
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  if (n_frames == 0)
    return TRUE;
  mix (samples, n_frames, (guint)info.channels);
  return func (samples, n_frames, user_data);
}

/* ---- what goes wrong ---- */

static GenreError
code_of (const GError *reason)
{
  if (g_error_matches (reason, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND) ||
      reason->domain == GST_RESOURCE_ERROR)
    return GENRE_ERROR_IO;
  if (reason->domain == GST_CORE_ERROR ||
      g_error_matches (reason, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND))
    return GENRE_ERROR_UNSUPPORTED;
  return GENRE_ERROR_FORMAT;
}

/* FALSE if the bus holds an error. */
static gboolean
check_bus (Decoder *decoder, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (decoder->pipeline);
  GstMessage *message;
  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT))) {
    g_autoptr (GstMessage) owned = message;
    if (gst_is_missing_plugin_message (message)) {
      g_free (decoder->missing);
      decoder->missing = gst_missing_plugin_message_get_description (message);
    }
    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
      continue;
    g_autoptr (GError) reason = NULL;
    gst_message_parse_error (message, &reason, NULL);
    g_set_error (error, GENRE_ERROR, (gint)code_of (reason), "%s%s%s", reason->message,
                 decoder->missing ? " Missing: " : "", decoder->missing ? decoder->missing : "");
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_streams (Decoder *decoder, GError **error)
{
  if (!g_atomic_int_get (&decoder->no_more) || g_atomic_int_get (&decoder->linked))
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "holds no audio");
  return FALSE;
}

static gboolean
check_patience (gint64 last, guint timeout, const gint *stop, gboolean *hung, GError **error)
{
  if (stop && g_atomic_int_get (stop)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
    return FALSE;
  }
  if (g_get_monotonic_time () - last < (gint64)timeout * G_USEC_PER_SEC)
    return TRUE;
  *hung = TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "the decoder gave nothing for %u seconds",
               timeout);
  return FALSE;
}

/* ---- from beginning to end ---- */

static gboolean
run (Decoder *decoder, guint timeout, const gint *stop, GenreSamplesFunc func, gpointer user_data,
     gboolean *hung, GError **error)
{
  gint64 last = g_get_monotonic_time ();
  gst_element_set_state (decoder->pipeline, GST_STATE_PLAYING);
  for (;;) {
    g_autoptr (GstSample) sample = gst_app_sink_try_pull_sample (decoder->sink, POLL);
    if (sample) {
      last = g_get_monotonic_time ();
      if (!pass_on (sample, func, user_data))
        return TRUE;
    }
    if (!check_patience (last, timeout, stop, hung, error))
      return FALSE;
    if (sample)
      continue;
    /* An error stops the flow: no need to look at the bus while samples come. */
    if (!check_bus (decoder, error) || !check_streams (decoder, error))
      return FALSE;
    if (gst_app_sink_is_eos (decoder->sink))
      return TRUE;
  }
}

static gpointer
tear_down (gpointer pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return NULL;
}

static gboolean
check_file (const char *path, GError **error)
{
  GStatBuf status;
  if (g_stat (path, &status) != 0 || !S_ISREG (status.st_mode)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "not a regular file");
    return FALSE;
  }
  if (status.st_size > 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "the file is empty");
  return FALSE;
}

static void
decoder_free (Decoder *decoder)
{
  g_free (decoder->missing);
  g_free (decoder);
}

gboolean
genre_decode_file (const char *path, guint rate, guint timeout, const gint *stop,
                   GenreSamplesFunc func, gpointer user_data, GError **error)
{
  g_return_val_if_fail (path && rate > 0 && func, FALSE);
  gboolean hung = FALSE;
  if (!check_file (path, error))
    return FALSE;
  Decoder *decoder = g_new0 (Decoder, 1);
  decoder->rate = rate;
  gboolean ok =
      build (decoder, path, error) && run (decoder, timeout, stop, func, user_data, &hung, error);
  if (hung) {
    /* Stopping may hang as decoding does; it may still call us, so that decoder stays as well. */
    g_thread_unref (g_thread_new ("give-up", tear_down, decoder->pipeline));
    return FALSE;
  }
  tear_down (decoder->pipeline);
  decoder_free (decoder);
  return ok;
}
