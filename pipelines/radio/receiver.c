/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "receiver.h"
#include "../answertext.h"
#include "../decoderguard.h"
#include "../filepipeline.h"
#include "decoding.h"
#include "fault.h"
#include "icytitles.h"
#include "stationevent.h"
#include "titlegate.h"
#include "../translation.h"
#include <gst/pbutils/pbutils.h>
#include <string.h>

#define MOST_WAITING (256 * 1024) /* bytes that nobody has decoded yet */
/* A server may send this much more than is played by the clock: what it sends at first, and what it
 * catches up with after a pause, is heard at once; one that floods us is slowed down. */
#define AHEAD (30 * GST_SECOND)
#define LONGEST_BURST 10         /* s for which a machine may be too slow */
#define TIME_TO_CLOSE 300        /* ms */
#define TIME_TO_TRY 100          /* ms, until the system may have a thread again */
#define AUTOMATIC "autoaudiosrc" /* and a number: what it is called */
#define LEVEL_INTERVAL ((guint64)(150 * GST_MSECOND))
#define SPECTROGRAM "genreclassify-spectrogram"
#define UNTITLED "\xe2\x80\x8b" /* a space without width, for a title that was taken back */

struct _Receiver {
  gatomicrefcount references;
  GMutex lock; /* one change of state at a time, none to PLAYING after the end */
  GstElement *pipeline, *source, *classifier;
  GstElement *decoder; /* what is given the bytes, the pipeline's; NULL: it has a URI */
  GstCaps *caps;       /* what the server says, or NULL */
  IcyTitles *titles;   /* between the bytes, or NULL; main thread */
  char *missing;       /* main thread; see receiver_get_missing() */
  const ReceiverListener *listener;
  gpointer user_data;
  gboolean live;
  gboolean closed;   /* main thread */
  gint64 full_since; /* of the main thread, too; monotonic; 0: there is room */
  gboolean ending;   /* under the lock */
  gint arrivals;     /* atomic */
  gint ended;        /* atomic */
};

static gint unfinished; /* atomic: pipelines that were closed and have not ended yet */

gboolean
receivers_have_ended (void)
{
  const gint64 end = g_get_monotonic_time () + TIME_TO_CLOSE * G_TIME_SPAN_MILLISECOND;
  while (g_atomic_int_get (&unfinished) > 0 && g_get_monotonic_time () < end)
    g_usleep (5 * G_TIME_SPAN_MILLISECOND);
  return g_atomic_int_get (&unfinished) == 0;
}

/* ---- references: streaming threads need none, they end before the last one is given up ---- */

Receiver *
receiver_ref (Receiver *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
receiver_unref (Receiver *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_clear_object (&self->classifier);
  g_clear_object (&self->source);
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->caps, gst_caps_unref);
  g_clear_pointer (&self->titles, icy_titles_free);
  g_free (self->missing);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- what the pipeline says, in the main thread ---- */

static void
fail (Receiver *self, StationError code, const char *text)
{
  g_autoptr (GError) fault = g_error_new_literal (STATION_ERROR, (int)code, text);
  self->listener->failed (fault, self->user_data);
}

static void
on_error (Receiver *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *debug = NULL;
  gst_message_parse_error (message, &error, &debug);
  GST_INFO ("%s", debug);
  if (error->domain == DECODER_GUARD_ERROR) {
    fail (self, STATION_ERROR_LASTING, error->message);
    return;
  }
  if (receiver_get_missing (self)) {
    fail (self, STATION_ERROR_LASTING, self->missing);
    return;
  }
  const gboolean undecodable = error->domain == GST_STREAM_ERROR || error->domain == GST_CORE_ERROR;
  g_autofree char *text = g_strdup (error->message);
  if (g_str_has_suffix (text, ".")) /* GStreamer's sentences end so, ours go on */
    text[strlen (text) - 1] = '\0';
  fail (self, undecodable ? STATION_ERROR_NO_AUDIO : STATION_ERROR_PASSING, text);
}

/* It may be of pictures that nobody looks at: the sound may still come. */
static void
on_missing_plugin (Receiver *self, GstMessage *message)
{
  g_autofree char *what = gst_missing_plugin_message_get_description (message);
  if (!self->missing)
    self->missing = g_strdup_printf (N_ ("GStreamer lacks a plugin: %s"), what);
}

/* NULL of what is no title. (transfer full) */
static char *
shorten (const char *title)
{
  return g_str_equal (title, UNTITLED) ? NULL
                                       : station_event_shorten (title, STATION_LONGEST_TITLE);
}

static void
on_tag (Receiver *self, GstMessage *message)
{
  g_autoptr (GstTagList) tags = NULL;
  const char *title = NULL;
  gst_message_parse_tag (message, &tags);
  if (!gst_tag_list_peek_string_index (tags, GST_TAG_TITLE, 0, &title) || *title == '\0')
    return;
  g_autofree char *shown = shorten (title);
  self->listener->titled (shown, self->user_data);
}

static void
on_answer (Receiver *self, const GstStructure *answer)
{
  g_autoptr (GstStructure) copy = gst_structure_copy (answer);
  const char *title = gst_structure_get_string (answer, "title");
  answer_take_names (self->classifier);
  if (title) {
    g_autofree char *shown = shorten (title);
    gst_structure_remove_field (copy, "title");
    if (shown)
      gst_structure_set (copy, "title", G_TYPE_STRING, shown, NULL);
  }
  self->listener->answered (copy, self->user_data);
}

/* The mean of all channels. */
static void
on_level (Receiver *self, const GstStructure *level)
{
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS /* the level element knows nothing newer */
      const GValueArray *channels = g_value_get_boxed (gst_structure_get_value (level, "rms"));
  double sum = 0;
  for (guint i = 0; i < channels->n_values; i++)
    sum += g_value_get_double (&channels->values[i]);
  G_GNUC_END_IGNORE_DEPRECATIONS
  if (channels->n_values > 0)
    self->listener->levelled (sum / channels->n_values, self->user_data);
}

/* autoaudiosrc hears silence where there is no microphone, and says so only by the way. */
static void
on_warning (Receiver *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  gst_message_parse_warning (message, &error, NULL);
  g_autofree char *text = g_strdup_printf (N_ ("no microphone: %s"), error->message);
  fail (self, STATION_ERROR_PASSING, text);
}

typedef struct {
  Receiver *receiver;
  GstMessage *message;
} Delivery;

static void
delivery_free (gpointer data)
{
  Delivery *self = data;
  gst_message_unref (self->message);
  receiver_unref (self->receiver);
  g_free (self);
}

static gboolean
deliver (gpointer data)
{
  const Delivery *delivery = data;
  Receiver *self = delivery->receiver;
  GstMessage *message = delivery->message;
  if (self->closed)
    return G_SOURCE_REMOVE;
  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ELEMENT:
    if (gst_is_missing_plugin_message (message))
      on_missing_plugin (self, message);
    else if (gst_message_has_name (message, "level"))
      on_level (self, gst_message_get_structure (message));
    else if (gst_message_has_name (message, SPECTROGRAM))
      self->listener->seen (gst_message_get_structure (message), self->user_data);
    else
      on_answer (self, gst_message_get_structure (message));
    break;
  case GST_MESSAGE_TAG:
    on_tag (self, message);
    break;
  case GST_MESSAGE_ERROR:
    on_error (self, message);
    break;
  case GST_MESSAGE_WARNING:
    on_warning (self, message);
    break;
  case GST_MESSAGE_EOS:
    self->listener->ended (self->user_data);
    break;
  case GST_MESSAGE_LATENCY:
    gst_bin_recalculate_latency (GST_BIN (self->pipeline));
    break;
  default:
    break;
  }
  return G_SOURCE_REMOVE;
}

/* ---- streaming threads ---- */

/* The bin itself: what it has chosen bears its name, too, and warns of overruns. */
static gboolean
is_from_automatic_source (GstMessage *message)
{
  return GST_IS_BIN (GST_MESSAGE_SRC (message)) &&
         g_str_has_prefix (GST_MESSAGE_SRC_NAME (message), AUTOMATIC);
}

static gboolean
matters (GstMessage *message)
{
  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ELEMENT:
    return gst_is_missing_plugin_message (message) ||
           gst_message_has_name (message, "genreclassify") ||
           gst_message_has_name (message, SPECTROGRAM) || gst_message_has_name (message, "level");
  case GST_MESSAGE_WARNING:
    return is_from_automatic_source (message);
  case GST_MESSAGE_TAG:
  case GST_MESSAGE_ERROR:
  case GST_MESSAGE_EOS:
  case GST_MESSAGE_LATENCY:
    return TRUE;
  default:
    return FALSE;
  }
}

/* A thousand buses with a descriptor and a source each would be slow to look at; this way there is
 * one queue, the main loop's. */
static GstBusSyncReply
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  if (matters (message)) {
    Delivery *delivery = g_new (Delivery, 1);
    *delivery = (Delivery){receiver_ref (user_data), gst_message_ref (message)};
    g_idle_add_full (G_PRIORITY_DEFAULT, deliver, delivery, delivery_free);
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static GstPadProbeReturn
on_audio (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Receiver *self = user_data;
  g_atomic_int_inc (&self->arrivals);
  return GST_PAD_PROBE_OK;
}

/* icydemux guesses from the bytes, too, what the server has told already. */
static GstPadProbeReturn
on_guess (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Receiver *self = user_data;
  GstEvent *event = gst_pad_probe_info_get_event (info);
  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  GstEvent *told = gst_event_new_caps (self->caps);
  gst_event_set_seqnum (told, gst_event_get_seqnum (event));
  gst_event_unref (event);
  GST_PAD_PROBE_INFO_DATA (info) = told;
  return GST_PAD_PROBE_OK;
}

/* StreamTitle='': what plays now is not what was named last, which icydemux says by leaving the
 * title out, and a tag that is left out is one that stays. */
static GstPadProbeReturn
on_metadata (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = gst_pad_probe_info_get_event (info);
  GstTagList *tags = NULL;
  if (GST_EVENT_TYPE (event) != GST_EVENT_TAG)
    return GST_PAD_PROBE_OK;
  gst_event_parse_tag (event, &tags);
  if (gst_tag_list_get_tag_size (tags, GST_TAG_TITLE) > 0)
    return GST_PAD_PROBE_OK;
  GstTagList *untitled = gst_tag_list_copy (tags);
  gst_tag_list_add (untitled, GST_TAG_MERGE_REPLACE, GST_TAG_TITLE, UNTITLED, NULL);
  GST_PAD_PROBE_INFO_DATA (info) = gst_event_new_tag (untitled);
  gst_event_unref (event);
  return GST_PAD_PROBE_OK;
}

static void
on_unwrapped (GstElement *demux, GstPad *pad, gpointer user_data)
{
  Receiver *self = user_data;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_metadata, NULL, NULL);
  if (self->caps)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_guess, self, NULL);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->decoder, "sink");
  /* what it has guessed may be nothing for this decoder */
  gst_pad_link_full (pad, sink, GST_PAD_LINK_CHECK_NOTHING);
}

/* ---- pipelines ---- */

static GstElement *
make_sink (gboolean live, const ReceiverOptions *options, GError **error)
{
  if (options->play)
    return pipeline_make_loudspeaker (error);
  GstElement *sink = pipeline_make_element ("fakesink", N_ ("install libgstreamer1.0-0"), error);
  if (sink)
    g_object_set (sink, "sync", live, "ts-offset", -(gint64)AHEAD, NULL);
  return sink;
}

static void
watch (Receiver *self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_message, self, NULL);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->classifier, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_audio,
                     self, NULL);
  title_gate_add (pad);
}

static void
set_overload (Receiver *self, const char *overload)
{
  gst_util_set_object_arg (G_OBJECT (self->classifier), "overload", overload);
}

/* With genreclassify and a sink in its pipeline. NULL on error. */
static Receiver *
receiver_new (gboolean live, const ReceiverOptions *options, const ReceiverListener *listener,
              gpointer user_data, GError **error)
{
  GstElement *classifier = classifier_options_make (options->classifier, error);
  if (!classifier)
    return NULL;
  g_object_set (classifier, "post-tags", FALSE, NULL);
  GstElement *sink = make_sink (live, options, error);
  if (!sink) {
    gst_object_unref (gst_object_ref_sink (classifier));
    return NULL;
  }
  Receiver *self = g_new0 (Receiver, 1);
  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->lock);
  self->listener = listener;
  self->user_data = user_data;
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  self->classifier = gst_object_ref (classifier);
  self->live = live;
  if (live)
    set_overload (self, "drop");
  gst_bin_add_many (GST_BIN (self->pipeline), classifier, sink, NULL);
  gst_element_link (classifier, sink);
  watch (self);
  return self;
}

/* The source comes last. What demuxers find out later is no link yet by which the pipeline would
 * know that order, and a source whose first bytes meet a decoder that is not ready stops for ever,
 * without a word. */
static void
set_playing (Receiver *self)
{
  if (self->source)
    gst_element_set_locked_state (self->source, TRUE);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING); /* a failure is on the bus */
  if (!self->source)
    return;
  gst_element_set_locked_state (self->source, FALSE);
  gst_element_sync_state_with_parent (self->source);
}

static gpointer
play (gpointer data)
{
  Receiver *self = data;
  g_mutex_lock (&self->lock);
  if (!self->ending)
    set_playing (self);
  g_mutex_unlock (&self->lock);
  receiver_unref (self);
  return NULL;
}

/* FALSE, and the receiver closed, if the system has no thread left. */
static gboolean
start (Receiver *self, GError **error)
{
  GThread *thread = g_thread_try_new ("play", play, receiver_ref (self), error);
  if (thread) {
    g_thread_unref (thread);
    return TRUE;
  }
  receiver_unref (self);
  receiver_close (self);
  return FALSE;
}

static gboolean
make_decoder (Receiver *self, const char *factory, GstElement **decoder, GError **error)
{
  *decoder = pipeline_make_element (factory, N_ ("install gstreamer1.0-plugins-base"), error);
  if (!*decoder)
    return FALSE;
  g_autoptr (GstCaps) raw = gst_caps_from_string ("audio/x-raw");
  g_object_set (*decoder, "caps", raw, "expose-all-streams", FALSE, NULL);
  gst_bin_add (GST_BIN (self->pipeline), *decoder);
  pipeline_connect_decoder (*decoder, self->classifier);
  return TRUE;
}

static gboolean
make_decoder_for_bytes (Receiver *self, GError **error)
{
  if (self->caps)
    self->decoder = decoding_add (GST_BIN (self->pipeline), self->caps, self->classifier);
  if (self->decoder)
    return TRUE;
  if (!make_decoder (self, "decodebin", &self->decoder, error))
    return FALSE;
  g_object_set (self->decoder, "sink-caps", self->caps, NULL);
  return TRUE;
}

static void
set_source (Receiver *self, GstElement *source, guint metadata_interval)
{
  self->source = gst_object_ref (source);
  gst_util_set_object_arg (G_OBJECT (source), "format", "bytes");
  g_autoptr (GstCaps) wrapped = metadata_interval > 0
                                    ? gst_caps_new_simple ("application/x-icy", "metadata-interval",
                                                           G_TYPE_INT, (int)metadata_interval, NULL)
                                    : NULL;
  g_object_set (source, "max-bytes", (guint64)0, "caps", wrapped ? wrapped : self->caps, NULL);
  gst_bin_add (GST_BIN (self->pipeline), source);
  if (self->live)
    set_overload (self, "wait"); /* until receiver_watch_load() */
}

static gboolean
link_elements (GstElement *from, GstElement *to, GError **error)
{
  if (gst_element_link (from, to))
    return TRUE;
  g_set_error (error, STATION_ERROR, STATION_ERROR_LASTING, N_ ("%s cannot feed %s"),
               GST_OBJECT_NAME (from), GST_OBJECT_NAME (to));
  return FALSE;
}

static gboolean
build_for_bytes (Receiver *self, guint metadata_interval, GError **error)
{
  GstElement *source =
      pipeline_make_element ("appsrc", N_ ("install gstreamer1.0-plugins-base"), error);
  if (!source)
    return FALSE;
  set_source (self, source, metadata_interval);
  if (!make_decoder_for_bytes (self, error))
    return FALSE;
  if (metadata_interval == 0)
    return link_elements (source, self->decoder, error);
  GstElement *demux =
      pipeline_make_element ("icydemux", N_ ("install gstreamer1.0-plugins-good"), error);
  if (!demux)
    return FALSE;
  gst_bin_add (GST_BIN (self->pipeline), demux);
  self->titles = icy_titles_new (metadata_interval);
  g_signal_connect (demux, "pad-added", G_CALLBACK (on_unwrapped), self);
  return link_elements (source, demux, error);
}

Receiver *
receiver_new_for_bytes (GstCaps *caps, guint metadata_interval, gboolean live,
                        const ReceiverOptions *options, const ReceiverListener *listener,
                        gpointer user_data, GError **error)
{
  Receiver *self = receiver_new (live, options, listener, user_data, error);
  if (!self)
    return NULL;
  self->caps = caps ? gst_caps_ref (caps) : NULL;
  if (!build_for_bytes (self, metadata_interval, error)) {
    receiver_close (self);
    return NULL;
  }
  return start (self, error) ? self : NULL;
}

/* "pulse:DEVICE" */
static GstElement *
make_microphone (const char *uri, GError **error)
{
  const char *device = strchr (uri, ':');
  const gboolean alsa = g_str_has_prefix (uri, "alsa");
  const gboolean any = g_str_has_prefix (uri, "mic") && !device;
  GstElement *source =
      any ? pipeline_make_element ("autoaudiosrc", N_ ("install gstreamer1.0-plugins-good"), error)
      : alsa ? pipeline_make_element ("alsasrc", N_ ("install gstreamer1.0-alsa"), error)
             : pipeline_make_element ("pulsesrc", N_ ("install gstreamer1.0-pulseaudio"), error);
  if (source && device)
    g_object_set (source, "device", device + 1, NULL);
  return source;
}

static gboolean
build_for_microphone (Receiver *self, const char *uri, gboolean with_level, GError **error)
{
  GstElement *source = make_microphone (uri, error);
  GstElement *convert =
      source
          ? pipeline_make_element ("audioconvert", N_ ("install gstreamer1.0-plugins-base"), error)
          : NULL;
  if (!convert) {
    g_clear_object (&source);
    return FALSE;
  }
  gst_bin_add_many (GST_BIN (self->pipeline), source, convert, NULL);
  if (!with_level)
    return link_elements (source, convert, error) &&
           link_elements (convert, self->classifier, error);
  GstElement *level =
      pipeline_make_element ("level", N_ ("install gstreamer1.0-plugins-good"), error);
  if (!level)
    return FALSE;
  g_object_set (level, "interval", LEVEL_INTERVAL, NULL);
  gst_bin_add (GST_BIN (self->pipeline), level);
  return link_elements (source, convert, error) && link_elements (convert, level, error) &&
         link_elements (level, self->classifier, error);
}

static gboolean
build_for_uri (Receiver *self, const char *uri, GError **error)
{
  GstElement *decoder;
  if (!make_decoder (self, "uridecodebin", &decoder, error))
    return FALSE;
  g_object_set (decoder, "uri", uri, NULL);
  return TRUE;
}

Receiver *
receiver_new_for_station (const Station *station, const char *uri, gboolean live,
                          const ReceiverOptions *options, const ReceiverListener *listener,
                          gpointer user_data, GError **error)
{
  Receiver *self = receiver_new (live, options, listener, user_data, error);
  if (!self)
    return NULL;
  const gboolean good = station->kind == STATION_MICROPHONE
                            ? build_for_microphone (self, uri, options->level, error)
                            : build_for_uri (self, uri, error);
  if (!good) {
    receiver_close (self);
    return NULL;
  }
  return start (self, error) ? self : NULL;
}

/* ---- bytes ---- */

void
receiver_push (Receiver *self, GBytes *bytes)
{
  g_autoptr (GBytes) mended =
      self->titles ? icy_titles_mend (self->titles, bytes) : g_bytes_ref (bytes);
  if (g_bytes_get_size (mended) == 0)
    return;
  GstBuffer *buffer = gst_buffer_new_wrapped_bytes (mended);
  GstFlowReturn result;
  g_signal_emit_by_name (self->source, "push-buffer", buffer, &result);
  gst_buffer_unref (buffer);
}

void
receiver_end (Receiver *self)
{
  GstFlowReturn result;
  g_signal_emit_by_name (self->source, "end-of-stream", &result);
}

static void
send_end (GstElement *classifier, gpointer user_data)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (classifier, "sink");
  gst_pad_send_event (sink, gst_event_new_eos ());
}

/* To the classifier itself: what comes before it may have failed, may hold half a minute that is
 * not to be heard before its time, or may not let an end through. */
void
receiver_finish (Receiver *self)
{
  gst_element_call_async (self->classifier, send_end, NULL, NULL);
}

void
receiver_watch_load (Receiver *self, gint64 now)
{
  if (!self->live || !self->source)
    return;
  if (receiver_has_room (self)) {
    self->full_since = 0;
    set_overload (self, "wait");
  } else if (self->full_since == 0) {
    self->full_since = now;
  } else if (now - self->full_since > LONGEST_BURST * G_TIME_SPAN_SECOND) {
    set_overload (self, "drop");
  }
}

gboolean
receiver_has_room (Receiver *self)
{
  guint64 waiting = 0;
  g_object_get (self->source, "current-level-bytes", &waiting, NULL);
  return waiting < MOST_WAITING;
}

void
receiver_set_spectrogram (Receiver *self, gboolean wanted)
{
  g_object_set (self->classifier, "post-spectrogram", wanted, NULL);
}

void
receiver_add_statistics (Receiver *self, ReceiverStatistics *sum)
{
  guint64 segments = 0, dropped = 0, mean = 0;
  g_autoptr (GstStructure) stats = NULL;
  g_object_get (self->classifier, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "segments", &segments);
  gst_structure_get_uint64 (stats, "dropped", &dropped);
  gst_structure_get_uint64 (stats, "mean-inference-time", &mean);
  sum->segments += segments;
  sum->dropped += dropped;
  sum->inference_time += segments * mean;
}

const char *
receiver_get_missing (Receiver *self)
{
  return receiver_get_arrivals (self) == 0 ? self->missing : NULL;
}

guint
receiver_get_arrivals (Receiver *self)
{
  return (guint)g_atomic_int_get (&self->arrivals);
}

/* ---- the end ---- */

static gpointer
finish (gpointer data)
{
  Receiver *self = data;
  g_mutex_lock (&self->lock);
  self->ending = TRUE;
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_mutex_unlock (&self->lock);
  g_atomic_int_set (&self->ended, TRUE);
  g_atomic_int_add (&unfinished, -1);
  receiver_unref (self);
  return NULL;
}

gboolean
receiver_has_ended (Receiver *self)
{
  return g_atomic_int_get (&self->ended);
}

static gboolean
try_to_finish (gpointer data)
{
  GThread *thread = g_thread_try_new ("finish", finish, data, NULL);
  if (!thread)
    return G_SOURCE_CONTINUE;
  g_thread_unref (thread);
  return G_SOURCE_REMOVE;
}

void
receiver_close (Receiver *self)
{
  if (!self)
    return;
  self->closed = TRUE;
  g_atomic_int_inc (&unfinished);
  if (try_to_finish (self) == G_SOURCE_CONTINUE) /* nobody hears what it says meanwhile */
    g_timeout_add (TIME_TO_TRY, try_to_finish, self);
}
