/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode.h"
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/pbutils/missing-plugins.h>
#include <string.h>
#include "audioinput.h"
#include "decoderguard.h"
#include "wavend.h"

#define POLL (100 * GST_MSECOND)
#define BUFFERS 16 /* decoded ahead */

typedef struct {
  GstElement *pipeline;
  GstAppSink *sink;
  gint linked;   /* atomic: an audio stream was found */
  gint no_more;  /* atomic: and no other will be */
  gint64 stated; /* ns that the file says it has, at its first buffer; 0: nothing */
  char *missing; /* plug-in that GStreamer asks for */
  GstTagList *tags;
} Decoder;

/* How a file is read, and how that ended. */
typedef struct {
  gboolean pushes; /* through demuxers, rather than pulled by them */
  gboolean counts; /* its frames, and decodes none */
  guint patience;  /* s without a sample before the first one */
  guint n_excerpts;
  double seconds; /* of each */
  GenreExcerptFunc begin;
  GenreDurationFunc state;
  gboolean hung, begun;
  gboolean wants_count;  /* of its frames, before excerpts can begin: nothing was heard */
  gboolean in_excerpts;  /* it was heard in such */
  gboolean falls_short;  /* the file ended within one of them, or before */
  gint64 stated;         /* ns that such a file says it has; 0: nothing, or nothing of its audio */
  gboolean is_counted;   /* they were counted, or cannot be */
  GstClockTime duration; /* as counted; 0: unknown */
  GstTagList *tags;      /* what was heard before the end, owned */
} Attempt;

/* What decoded audio goes through. */
typedef struct {
  guint rate; /* wanted */
  GenreDecodedFunc func;
  gpointer user_data;
  gboolean enough;        /* @func wants no more, of this excerpt */
  gsize n_heard;          /* samples */
  GstCaps *caps;          /* of what comes in; NULL before there is any */
  GenreAudioInput *input; /* for these */
} Ear;

/* ---- the pipeline ---- */

static gboolean
is_audio (GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  return !gst_caps_is_any (caps) && gst_caps_get_size (caps) > 0 &&
         g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps, 0)), "audio/");
}

static void
link_stream (GstElement *element, GstPad *pad, gpointer user_data)
{
  Decoder *decoder = user_data;
  g_autoptr (GstPad) sink = gst_element_get_static_pad (GST_ELEMENT (decoder->sink), "sink");
  if (is_audio (pad) && !gst_pad_is_linked (sink) && gst_pad_link (pad, sink) == GST_PAD_LINK_OK)
    g_atomic_int_set (&decoder->linked, 1);
}

static void
no_more_streams (GstElement *element, gpointer user_data)
{
  g_atomic_int_set (&((Decoder *)user_data)->no_more, 1);
}

/* In the streaming thread, for while the program takes the first buffer a parser may go on and
 * begin to estimate. */
static GstPadProbeReturn
take_duration (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  gint64 duration = 0;
  if (gst_pad_peer_query_duration (pad, GST_FORMAT_TIME, &duration) && duration > 0)
    ((Decoder *)user_data)->stated = duration;
  return GST_PAD_PROBE_REMOVE;
}

static void
watch_first_buffer (Decoder *decoder)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (GST_ELEMENT (decoder->sink), "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, take_duration, decoder, NULL);
}

/* Behind a queue nothing can pull. */
static gboolean
link_source (GstElement *pipeline, GstElement *source, GstElement *decode, gboolean pushes)
{
  GstElement *queue = pushes ? gst_element_factory_make ("queue", NULL) : NULL;
  if (queue)
    gst_bin_add (GST_BIN (pipeline), queue);
  return queue ? gst_element_link_many (source, queue, decode, NULL)
               : gst_element_link (source, decode);
}

static gboolean
build (Decoder *decoder, const char *path, const Attempt *attempt, GError **error)
{
  g_autoptr (GstCaps) audio = gst_caps_new_empty_simple ("audio/x-raw");
  decoder->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  GstElement *source = gst_element_factory_make ("filesrc", NULL);
  GstElement *decode = gst_element_factory_make (attempt->counts ? "parsebin" : "decodebin", NULL);
  GstElement *sink = gst_element_factory_make ("appsink", NULL);
  if (!source || !decode || !sink) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_UNSUPPORTED,
                 "GStreamer lacks one of filesrc, decodebin, appsink (Debian: "
                 "gstreamer1.0-plugins-base)");
    return FALSE;
  }
  decoder->sink = GST_APP_SINK (sink);
  gst_bin_add_many (GST_BIN (decoder->pipeline), source, decode, sink, NULL);
  g_object_set (source, "location", path, NULL);
  wav_end_hide_rest (decoder->pipeline, path);
  decoder_guard (decode);
  g_object_set (sink, "sync", FALSE, "max-buffers", BUFFERS, NULL);
  if (!attempt->counts) {
    g_object_set (decode, "caps", audio, "expose-all-streams", FALSE, NULL);
    g_object_set (sink, "caps", audio, NULL);
  }
  watch_first_buffer (decoder);
  g_signal_connect (decode, "pad-added", G_CALLBACK (link_stream), decoder);
  g_signal_connect (decode, "no-more-pads", G_CALLBACK (no_more_streams), decoder);
  return link_source (decoder->pipeline, source, decode, attempt->pushes);
}

/* ---- samples ---- */

static void
take_samples (const float *samples, gsize n, gpointer user_data)
{
  Ear *ear = user_data;
  ear->n_heard += n;
  if (!ear->enough)
    ear->enough = !ear->func (samples, n, ear->user_data);
}

/* Some demuxers (wavparse in old headers) leave out the positions of many channels, which is
 * against GStreamer's rules: say that there are none. */
static gboolean
read_format (GstCaps *caps, GstAudioInfo *info)
{
  if (gst_audio_info_from_caps (info, caps))
    return TRUE;
  g_autoptr (GstCaps) complete = gst_caps_copy (caps);
  gst_caps_set_simple (complete, "channel-mask", GST_TYPE_BITMASK, (guint64)0, NULL);
  return gst_audio_info_from_caps (info, complete);
}

/* A file may change its format on the way, as chained Ogg does: then another input goes on. */
static gboolean
take_format (Ear *ear, GstCaps *caps, GError **error)
{
  if (ear->caps && gst_caps_is_equal (caps, ear->caps))
    return TRUE;
  GstAudioInfo info;
  if (!read_format (caps, &info) || !genre_audio_input_accepts (&info)) {
    g_autofree char *found = gst_caps_to_string (caps);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_UNSUPPORTED,
                 "its audio is %s, expected 1 to %d channels at %d to %d Hz", found,
                 GENRE_SOUND_MAX_CHANNELS, GENRE_SOUND_MIN_RATE, GENRE_SOUND_MAX_RATE);
    return FALSE;
  }
  if (ear->input)
    genre_audio_input_finish (ear->input);
  g_clear_pointer (&ear->input, genre_audio_input_free);
  gst_caps_replace (&ear->caps, caps);
  ear->input = genre_audio_input_new (&info, ear->rate, take_samples, ear);
  return TRUE;
}

/* What is decoded next, and its format; NULL if nothing comes for a while. The sample itself must
 * not be held over a seek: appsink (GStreamer 1.22) writes to it then. */
static GstBuffer *
pull_buffer (GstAppSink *sink, GstCaps **caps)
{
  g_autoptr (GstSample) sample = gst_app_sink_try_pull_sample (sink, POLL);
  if (!sample)
    return NULL;
  gst_caps_replace (caps, gst_sample_get_caps (sample));
  return gst_buffer_ref (gst_sample_get_buffer (sample));
}

static gboolean
take_buffer (Ear *ear, GstBuffer *buffer, GstCaps *caps, GError **error)
{
  if (!take_format (ear, caps, error))
    return FALSE;
  if (genre_audio_input_push (ear->input, buffer))
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "a decoded buffer cannot be read");
  return FALSE;
}

static void
count_frame (Attempt *attempt, const GstBuffer *frame)
{
  if (!GST_BUFFER_PTS_IS_VALID (frame) || !GST_BUFFER_DURATION_IS_VALID (frame))
    return;
  attempt->duration = MAX (attempt->duration, GST_BUFFER_PTS (frame) + GST_BUFFER_DURATION (frame));
}

static void
ear_clear (Ear *ear)
{
  g_clear_pointer (&ear->input, genre_audio_input_free);
  gst_clear_caps (&ear->caps);
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

/* What several parts of a pipeline say of one thing, the first one knows best. */
static void
take_tags (Decoder *decoder, GstMessage *message)
{
  GstTagList *tags = NULL;
  gst_message_parse_tag (message, &tags);
  gst_tag_list_insert (decoder->tags, tags, GST_TAG_MERGE_KEEP);
  gst_tag_list_unref (tags);
}

/* FALSE if the bus holds an error. */
static gboolean
check_bus (Decoder *decoder, GError **error)
{
  const GstMessageType wanted = GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT | GST_MESSAGE_TAG;
  g_autoptr (GstBus) bus = gst_element_get_bus (decoder->pipeline);
  GstMessage *message;
  while ((message = gst_bus_pop_filtered (bus, wanted))) {
    g_autoptr (GstMessage) owned = message;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_TAG)
      take_tags (decoder, message);
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

/* Where the excerpts begin. */
typedef struct {
  GstClockTime duration; /* of the file; 0: it is heard from beginning to end */
  GstSeekFlags seeking;
  guint next;
} Excerpts;

static gboolean
can_seek (Decoder *decoder)
{
  g_autoptr (GstQuery) query = gst_query_new_seeking (GST_FORMAT_TIME);
  gboolean seekable = FALSE;
  if (gst_element_query (decoder->pipeline, query))
    gst_query_parse_seeking (query, NULL, &seekable, NULL, NULL);
  return seekable;
}

/* FALSE: frames are to be counted first. A parser that finds no duration in a header estimates it
 * a second or two later, and the places it seeks to as well, from the bit rate until then: where
 * that varies, both may be wrong by far. */
static gboolean
plan_excerpts (Decoder *decoder, const Attempt *attempt, Excerpts *excerpts)
{
  if (attempt->n_excerpts == 0)
    return TRUE;
  if (decoder->stated == 0 && !attempt->is_counted && can_seek (decoder))
    return FALSE;
  double duration = attempt->is_counted ? (double)attempt->duration : (double)decoder->stated;
  if (duration >= 2 * attempt->n_excerpts * attempt->seconds * GST_SECOND)
    excerpts->duration = (GstClockTime)duration;
  excerpts->seeking = attempt->is_counted ? GST_SEEK_FLAG_ACCURATE : GST_SEEK_FLAG_KEY_UNIT;
  return TRUE;
}

static GstClockTime
start_of (const Attempt *attempt, const Excerpts *excerpts)
{
  double heard = attempt->n_excerpts * attempt->seconds * GST_SECOND;
  double gap = ((double)excerpts->duration - heard) / (attempt->n_excerpts + 1);
  guint i = excerpts->next;
  return (GstClockTime)(gap * (i + 1) + attempt->seconds * GST_SECOND * i);
}

/* FALSE if there is none, or the file cannot seek: then nobody tries again. */
static gboolean
begin_excerpt (Decoder *decoder, Ear *ear, const Attempt *attempt, Excerpts *excerpts)
{
  if (excerpts->duration == 0 || excerpts->next == attempt->n_excerpts)
    return FALSE;
  if (!gst_element_seek_simple (decoder->pipeline, GST_FORMAT_TIME,
                                GST_SEEK_FLAG_FLUSH | excerpts->seeking,
                                (gint64)start_of (attempt, excerpts))) {
    excerpts->duration = 0;
    return FALSE;
  }
  ear_clear (ear);
  ear->caps = NULL;
  ear->enough = FALSE;
  attempt->begin (excerpts->next++, ear->user_data);
  return TRUE;
}

static gboolean
has_pictures (GstElement *demuxer)
{
  gboolean found = FALSE;
  GST_OBJECT_LOCK (demuxer);
  for (GList *l = demuxer->srcpads; l && !found; l = l->next) {
    g_autoptr (GstCaps) caps = gst_pad_get_current_caps (l->data);
    const char *name = caps && gst_caps_get_size (caps) > 0
                           ? gst_structure_get_name (gst_caps_get_structure (caps, 0))
                           : "";
    found = g_str_has_prefix (name, "video/") || g_str_has_prefix (name, "image/");
  }
  GST_OBJECT_UNLOCK (demuxer);
  return found;
}

static void
find_pictures (const GValue *element, gpointer found)
{
  GstElement *demuxer = g_value_get_object (element);
  const char *class = gst_element_get_metadata (demuxer, GST_ELEMENT_METADATA_KLASS);
  *(gboolean *)found |= class && strstr (class, "Demux") && has_pictures (demuxer);
}

/* Whether the file has video beside its audio. */
static gboolean
is_video (GstElement *pipeline)
{
  gboolean found = FALSE;
  g_autoptr (GstIterator) all = gst_bin_iterate_recurse (GST_BIN (pipeline));
  while (gst_iterator_foreach (all, find_pictures, &found) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (all);
  return found;
}

/* What a header says stays at the end, as in FLAC and Matroska, also of a file that was cut off;
 * where none says it, as mostly in MP3, WAV and Ogg, GStreamer goes by the file's size, and nothing
 * is found to be missing. A container's duration is that of its longest stream, which pictures may
 * be. */
static void
state_duration (Decoder *decoder, const Ear *ear, const Attempt *attempt)
{
  gint64 duration = 0;
  if (attempt->state && !is_video (decoder->pipeline) &&
      gst_element_query_duration (decoder->pipeline, GST_FORMAT_TIME, &duration) && duration > 0)
    attempt->state ((double)duration / GST_SECOND, (double)ear->n_heard / ear->rate,
                    ear->user_data);
}

/* The places of excerpts come from what a header says, or a container with a longer stream. @next:
 * the excerpts that were begun */
static void
note_end (Decoder *decoder, const Ear *ear, Attempt *attempt, const Excerpts *excerpts)
{
  attempt->in_excerpts = excerpts->next > 0;
  attempt->falls_short =
      attempt->in_excerpts && (excerpts->next < attempt->n_excerpts || !ear->enough);
  if (attempt->falls_short && !is_video (decoder->pipeline))
    attempt->stated = decoder->stated;
}

static gboolean
run (Decoder *decoder, Ear *ear, guint timeout, const gint *stop, Attempt *attempt, GError **error)
{
  gint64 last = g_get_monotonic_time ();
  Excerpts excerpts = {0};
  gst_element_set_state (decoder->pipeline, GST_STATE_PLAYING);
  for (;;) {
    g_autoptr (GstCaps) caps = NULL;
    g_autoptr (GstBuffer) buffer = pull_buffer (decoder->sink, &caps);
    if (buffer) {
      last = g_get_monotonic_time ();
      if (!attempt->begun) {
        attempt->begun = TRUE;
        attempt->wants_count = !plan_excerpts (decoder, attempt, &excerpts);
        if (attempt->wants_count)
          return TRUE;
        if (begin_excerpt (decoder, ear, attempt, &excerpts))
          continue;
      }
      if (attempt->counts)
        count_frame (attempt, buffer);
      else if (!take_buffer (ear, buffer, caps, error))
        return FALSE;
      if (ear->enough && !begin_excerpt (decoder, ear, attempt, &excerpts)) {
        note_end (decoder, ear, attempt, &excerpts);
        return TRUE;
      }
    }
    guint patience = attempt->begun ? timeout : attempt->patience;
    if (!check_patience (last, patience, stop, &attempt->hung, error))
      return FALSE;
    if (buffer)
      continue;
    /* An error stops the flow: no need to look at the bus while samples come. */
    if (!check_bus (decoder, error) || !check_streams (decoder, error))
      return FALSE;
    if (!gst_app_sink_is_eos (decoder->sink))
      continue;
    if (ear->input)
      genre_audio_input_finish (ear->input);
    if (ear->enough && begin_excerpt (decoder, ear, attempt, &excerpts))
      continue;
    note_end (decoder, ear, attempt, &excerpts);
    if (excerpts.next == 0)
      state_duration (decoder, ear, attempt);
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
  if (g_stat (path, &status) != 0) {
    const int reason = errno;
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "cannot be examined: %s", g_strerror (reason));
    return FALSE;
  }
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO, "not a regular file");
    return FALSE;
  }
  if (status.st_size > 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "the file is empty");
  return FALSE;
}

static void
decoder_free (gpointer data)
{
  Decoder *decoder = data;
  gst_tag_list_unref (decoder->tags);
  g_free (decoder->missing);
  g_free (decoder);
}

static gboolean
decode_once (const char *path, Ear ear, guint timeout, const gint *stop, Attempt *attempt,
             GError **error)
{
  Decoder *decoder = g_new0 (Decoder, 1);
  decoder->tags = gst_tag_list_new_empty ();
  gboolean ok =
      build (decoder, path, attempt, error) && run (decoder, &ear, timeout, stop, attempt, error);
  if (ok) {
    while (!check_bus (decoder, NULL)) /* what fails from now on was not wanted: tags stay */
      ;
    attempt->tags = gst_tag_list_ref (decoder->tags);
  }
  ear_clear (&ear);
  if (attempt->hung) {
    /* Stopping may hang as decoding does; it may still call us, so that decoder stays as long. */
    GstElement *pipeline = decoder->pipeline;
    g_object_set_data_full (G_OBJECT (pipeline), "decoder", decoder, decoder_free);
    g_thread_unref (g_thread_new ("give-up", tear_down, pipeline));
    return FALSE;
  }
  tear_down (decoder->pipeline);
  decoder_free (decoder);
  return ok;
}

/* A parser that pulls may hang at the beginning by the chance of threads (aiffparse of GStreamer
 * 1.22: once in fifty times, more often on a busy machine). Pushed through, none does. @attempt: of
 * which what is wanted counts before, and how it ended afterwards; the caller owns its tags. */
static gboolean
decode (const char *path, Ear ear, guint timeout, const gint *stop, Attempt *attempt,
        GError **error)
{
  if (!check_file (path, error))
    return FALSE;
  Attempt pushed = *attempt;
  attempt->patience = attempt->pushes ? timeout : MAX (1, timeout / 4);
  pushed.patience = timeout;
  pushed.pushes = TRUE;
  g_autoptr (GError) first = NULL;
  if (decode_once (path, ear, timeout, stop, attempt, &first))
    return TRUE;
  if (!attempt->hung || attempt->begun || attempt->pushes) {
    g_propagate_error (error, g_steal_pointer (&first));
    return FALSE;
  }
  *attempt = pushed;
  return decode_once (path, ear, timeout, stop, attempt, error);
}

/* Of a file whose frames cannot be counted, what is wrong shows when it is heard. @pushes: whether
 * it hangs otherwise */
static GstClockTime
count_frames (const char *path, gboolean pushes, guint timeout, const gint *stop)
{
  const Ear none = {0};
  Attempt attempt = {.counts = TRUE, .pushes = pushes};
  gboolean counted = decode (path, none, timeout, stop, &attempt, NULL);
  g_clear_pointer (&attempt.tags, gst_tag_list_unref);
  return counted ? attempt.duration : 0;
}

static gboolean
hear_once (const char *path, Ear ear, guint timeout, const gint *stop, Attempt *attempt,
           GError **error)
{
  const gboolean done = decode (path, ear, timeout, stop, attempt, error);
  g_clear_pointer (&attempt->tags, gst_tag_list_unref);
  return done;
}

gboolean
genre_decode_excerpts (const char *path, guint rate, guint n, double seconds, guint timeout,
                       const gint *stop, GenreExcerptFunc begin, GenreDurationFunc state,
                       GenreDecodedFunc func, gpointer user_data, GError **error)
{
  g_return_val_if_fail (path && rate > 0 && (begin || n == 0) && func, FALSE);
  const Ear ear = {.rate = rate, .func = func, .user_data = user_data};
  const Attempt wanted = {.n_excerpts = n, .seconds = seconds, .begin = begin, .state = state};
  Attempt first = wanted, counted = wanted, whole = {.state = state};
  if (!hear_once (path, ear, timeout, stop, &first, error))
    return FALSE;
  if (!first.wants_count && !first.falls_short)
    return TRUE;
  if (first.falls_short)
    begin (GENRE_NO_EXCERPT, user_data);
  counted.pushes = first.pushes; /* who has hung once is not waited for again */
  counted.is_counted = TRUE;
  counted.duration = count_frames (path, counted.pushes, timeout, stop);
  if (!hear_once (path, ear, timeout, stop, &counted, error))
    return FALSE;
  if (!counted.falls_short) {
    if (counted.in_excerpts && first.stated > 0 && state)
      state ((double)first.stated / GST_SECOND, (double)counted.duration / GST_SECOND, user_data);
    return TRUE;
  }
  begin (GENRE_NO_EXCERPT, user_data);
  whole.pushes = counted.pushes;
  return hear_once (path, ear, timeout, stop, &whole, error);
}

static gboolean
hear_nothing (const float *samples, gsize n, gpointer user_data)
{
  return FALSE;
}

gboolean
genre_decode_tags (const char *path, guint timeout, const gint *stop, GstTagList **tags,
                   GError **error)
{
  g_return_val_if_fail (path && tags, FALSE);
  const Ear ear = {.rate = GENRE_SOUND_MIN_RATE, .func = hear_nothing};
  Attempt whole = {0};
  gboolean done = decode (path, ear, timeout, stop, &whole, error);
  if (done)
    *tags = g_steal_pointer (&whole.tags);
  return done;
}
