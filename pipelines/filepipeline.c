/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filepipeline.h"
#include "decoderguard.h"
#include "translation.h"
#include "wavend.h"

#define SECONDS_TO_STOP 3
#define STOPPED "genre-stopped" /* data of a pipeline, under its state lock */
#define DECODER "genre-decoder" /* name in a pipeline */

/* ---- what is in it ---- */

static void
on_pad_added (GstElement *decoder, GstPad *pad, gpointer user_data)
{
  GstElement *classifier = user_data;
  g_autoptr (GstPad) sink = gst_element_get_static_pad (classifier, "sink");
  if (!gst_pad_is_linked (sink))
    gst_pad_link (pad, sink);
}

static void
on_no_more_pads (GstElement *decoder, gpointer user_data)
{
  GstElement *classifier = user_data;
  g_autoptr (GstPad) sink = gst_element_get_static_pad (classifier, "sink");
  if (!gst_pad_is_linked (sink))
    GST_ELEMENT_ERROR (decoder, STREAM, WRONG_TYPE, (N_ ("no audio in it")), (NULL));
}

GstElement *
pipeline_make_element (const char *factory, const char *remedy, GError **error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);
  if (!element)
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
                 N_ ("GStreamer has no element \"%s\": %s"), factory, remedy);
  return element;
}

void
pipeline_connect_decoder (GstElement *decoder, GstElement *classifier)
{
  decoder_guard (decoder);
  g_signal_connect_object (decoder, "pad-added", G_CALLBACK (on_pad_added), classifier, 0);
  g_signal_connect_object (decoder, "no-more-pads", G_CALLBACK (on_no_more_pads), classifier, 0);
}

GstElement *
pipeline_make_loudspeaker (GError **error)
{
  GError *fault = NULL;
  GstElement *bin = gst_parse_bin_from_description_full (
      "queue max-size-buffers=0 max-size-bytes=0 max-size-time=3000000000 ! audioconvert ! "
      "audioresample ! autoaudiosink",
      TRUE, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &fault);
  if (!bin)
    g_propagate_prefixed_error (error, fault, "%s: ", N_ ("nothing to play with"));
  return bin;
}

/* @classifier and @sink, which may be NULL on error, are taken. */
static GstElement *
build (const char *uri, GstElement *classifier, GstElement *sink, GError **error)
{
  GstElement *pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add (GST_BIN (pipeline), classifier);
  GstElement *decoder =
      sink ? pipeline_make_element ("uridecodebin", N_ ("install gstreamer1.0-plugins-base"), error)
           : NULL;
  if (!decoder) {
    if (sink)
      gst_object_unref (gst_object_ref_sink (sink));
    gst_object_unref (pipeline);
    return NULL;
  }
  g_autoptr (GstCaps) caps = gst_caps_from_string ("audio/x-raw");
  g_autofree char *path = g_filename_from_uri (uri, NULL, NULL);
  g_object_set (decoder, "name", DECODER, "uri", uri, "caps", caps, "expose-all-streams", FALSE,
                NULL);
  if (path)
    wav_end_hide_rest (pipeline, path);
  gst_bin_add_many (GST_BIN (pipeline), decoder, sink, NULL);
  gst_element_link (classifier, sink);
  pipeline_connect_decoder (decoder, classifier);
  return pipeline;
}

GstElement *
file_pipeline_new (const char *uri, GstElement *classifier, GError **error)
{
  GstElement *sink = pipeline_make_element ("fakesink", N_ ("install libgstreamer1.0-0"), error);
  if (sink)
    g_object_set (sink, "sync", FALSE, NULL);
  return build (uri, classifier, sink, error);
}

GstElement *
file_player_new (const char *uri, GstElement *classifier, GError **error)
{
  return build (uri, classifier, pipeline_make_loudspeaker (error), error);
}

static GstPadProbeReturn
on_query (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstQuery *query = gst_pad_probe_info_get_query (info);
  GstFormat format;
  if (GST_QUERY_TYPE (query) != GST_QUERY_SEEKING)
    return GST_PAD_PROBE_OK;
  gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
  gst_query_set_seeking (query, format, FALSE, 0, -1);
  return GST_PAD_PROBE_HANDLED;
}

static void
on_source (GstElement *decoder, GstElement *source, gpointer user_data)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (source, "src");
  if (pad)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM, on_query, NULL, NULL);
}

void
file_pipeline_forbid_seeking (GstElement *pipeline)
{
  g_autoptr (GstElement) decoder = gst_bin_get_by_name (GST_BIN (pipeline), DECODER);
  g_signal_connect (decoder, "source-setup", G_CALLBACK (on_source), NULL);
}

/* ---- starting and stopping any ---- */

typedef struct {
  GstElement *pipeline;
  GstState state;
  PipelineStarted started;
  gpointer user_data;
  GDestroyNotify destroy;
} Start;

/* Unless it was stopped before this thread came to it. */
static GstStateChangeReturn
set_state_unless_stopped (GstElement *pipeline, GstState state)
{
  GST_STATE_LOCK (pipeline);
  const GstStateChangeReturn result = g_object_get_data (G_OBJECT (pipeline), STOPPED)
                                          ? GST_STATE_CHANGE_FAILURE
                                          : gst_element_set_state (pipeline, state);
  GST_STATE_UNLOCK (pipeline);
  return result;
}

static gpointer
start (gpointer data)
{
  Start *self = data;
  const GstStateChangeReturn result = set_state_unless_stopped (self->pipeline, self->state);
  if (self->started)
    self->started (result, self->user_data);
  if (self->destroy)
    self->destroy (self->user_data);
  gst_object_unref (self->pipeline);
  g_free (self);
  return NULL;
}

/* Where the system has no thread left the caller waits for @func. */
static void
run_in_thread (const char *name, GThreadFunc func, gpointer data)
{
  GThread *thread = g_thread_try_new (name, func, data, NULL);
  if (thread)
    g_thread_unref (thread);
  else
    func (data);
}

void
pipeline_start (GstElement *pipeline, GstState state, PipelineStarted started, gpointer user_data,
                GDestroyNotify destroy)
{
  Start *self = g_new (Start, 1);
  *self = (Start){gst_object_ref (pipeline), state, started, user_data, destroy};
  run_in_thread ("start", start, self);
}

static void
send_end (GstElement *pipeline, gpointer user_data)
{
  gst_element_send_event (pipeline, gst_event_new_eos ());
}

void
pipeline_send_end (GstElement *pipeline)
{
  gst_element_call_async (pipeline, send_end, NULL, NULL);
}

typedef struct {
  GMutex lock;
  GCond changed;
  GstElement *pipeline;
  gboolean done;
} Stop;

static void
stop_release (gpointer data)
{
  Stop *self = data;
  gst_object_unref (self->pipeline);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
}

static gpointer
stop (gpointer data)
{
  Stop *self = data;
  GST_STATE_LOCK (self->pipeline);
  g_object_set_data (G_OBJECT (self->pipeline), STOPPED, self->pipeline);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  GST_STATE_UNLOCK (self->pipeline);
  g_mutex_lock (&self->lock);
  self->done = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_atomic_rc_box_release_full (self, stop_release);
  return NULL;
}

gboolean
pipeline_stop (GstElement *pipeline)
{
  Stop *self = g_atomic_rc_box_new0 (Stop);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->pipeline = gst_object_ref (pipeline);
  run_in_thread ("stop", stop, g_atomic_rc_box_acquire (self));
  const gint64 end = g_get_monotonic_time () + SECONDS_TO_STOP * G_TIME_SPAN_SECOND;
  g_mutex_lock (&self->lock);
  while (!self->done && g_cond_wait_until (&self->changed, &self->lock, end))
    ;
  const gboolean done = self->done;
  g_mutex_unlock (&self->lock);
  g_atomic_rc_box_release_full (self, stop_release);
  return done;
}
