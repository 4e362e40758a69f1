/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * SECTION:element-genreclassify
 * @title: genreclassify
 * @short_description: recognises the genre of the music that flows through
 *
 * genreclassify listens to raw audio of any format, rate (4 to 384 kHz) and number of channels (1
 * to 64), interleaved or not, and says on the bus which genre of music it hears. The audio is
 * passed on untouched: same buffers, same timestamps, no latency. The listening itself happens in a
 * few threads of low priority that all elements of the process share.
 *
 * ## Messages
 *
 * Every #GstGenreClassify:interval of audio, with the first segment of the model that ends when it
 * is due, and once at the end of each song or stream, the element posts an element message named
 * `genreclassify` (unless #GstGenreClassify:post-messages is %FALSE). Its structure has these
 * fields:
 *
 * * #GstClockTime `timestamp`: timestamp of the first sample that the answer covers, in ns
 * * #GstClockTime `stream-time`: stream time of that sample, in ns
 * * #GstClockTime `running-time`: running time of that sample, in ns
 * * #GstClockTime `duration`: how much audio the answer covers, in ns; at most
 *   #GstGenreClassify:window, but at least one segment of the model if that is longer
 * * #gchararray `genre`: label of the most probable genre (`rock`, `hiphop`), or `unknown` if
 *   nothing was heard, if it is no music, or if the confidence is below
 *   #GstGenreClassify:threshold
 * * #gdouble `confidence`: calibrated probability of the most probable genre, 0 to 1, also where
 *   `genre` is `unknown`
 * * #gdouble `music`: probability that it is music at all, 0 to 1; below a half, `genre` is
 *   `unknown`. Always 1 with a model that knows nothing but music (Since: 0.2)
 * * #GstStructure `probabilities`: one #gdouble for each genre of the model, given that it is
 *   music, summing to 1
 * * #gchararray `title`: title of the song, if the stream told it
 * * #gboolean `final`: %TRUE in the one last message of a song or stream
 * * #gchararray `reason`: only if `final`: why the song ended: `eos` (end of stream), `stream`
 *   (another stream began), `title` (another title began, as Internet radio announces it) or `caps`
 *   (the format changed)
 *
 * Times that the stream does not tell are %GST_CLOCK_TIME_NONE. Times are counted in samples of
 * audio: how fast the pipeline runs makes no difference. The first message comes when
 * #GstGenreClassify:min-window of audio was heard. Every song or stream that delivered audio gets
 * exactly one final message, a short one too, which may come after a flush if the song had ended
 * before it; what a flushing seek or a shutdown interrupts gets none, nor does the end of a segment
 * that is played as such (%GST_SEEK_FLAG_SEGMENT), since the song may go on behind it. A timestamp
 * that jumps, by more than a second ahead or by a second back, starts a new window; shorter holes
 * count as silence, as do many tiny ones, unless later timestamps make up for them, as those of
 * buffers that are stamped on arrival do. Where a song ends too soon behind a jump for anything to
 * be said of what lies there, its final message is about what lay before it. Audio that is played
 * backwards is not classified.
 *
 * A bus sync handler is called in a thread that listens for other elements, too, and whoever stops
 * the pipeline waits for it: from there change states and seek with gst_element_call_async() only,
 * or two threads may wait for each other. A bus keeps every message until somebody takes it: where
 * nobody reads it and the stream never ends, set #GstGenreClassify:post-messages to %FALSE.
 *
 * ## Spectrogram (Since: 0.2)
 *
 * Where #GstGenreClassify:post-spectrogram is %TRUE, the element also posts what it sees, whatever
 * #GstGenreClassify:post-messages says: the spectrogram of the model's front end, the one that the
 * genre is read from, in element messages named `genreclassify-spectrogram`. Each holds a quarter
 * of a second of audio, at least one frame; a message is shorter at the end of a song and where the
 * stream was not contiguous. Its structure has these fields:
 *
 * * #GstClockTime `timestamp`, `stream-time`, `running-time`: of the sample that the first frame is
 *   centred on, in ns
 * * #GstClockTime `duration`: the time from the first frame to the one after the last, in ns
 * * #gdouble `rate`: frames a second
 * * #GstValueArray of #GstValueArray of #gfloat `magnitude`: for each frame one value for each band
 *   of the model, lowest first, in dB: 10·log10 of the band's energy, not below -100. (A model of
 *   cepstral coefficients is shown by the mel bands that they are made of.)
 *
 * What a flushing seek or a jump of the timestamps interrupts is not posted.
 *
 * ## Tags
 *
 * When an answer settles (the same genre in two messages one after the other, or in a final
 * message) the element sends it downstream as #GST_TAG_GENRE, together with the tags that the
 * stream already has, and posts it as a tag message, unless #GstGenreClassify:post-tags is %FALSE.
 * Sinks post the tags that reach them, too. A genre that the stream brings along is left alone,
 * whatever tags follow in the same song, unless #GstGenreClassify:forced is %TRUE; the genre that a
 * radio station claims for itself does not count. `unknown` is never a tag. In a pipeline that may
 * drop audio (#GstGenreClassify:overload) the tag of a final answer comes only at the end of the
 * stream: in between it would come when the next song plays. playbin's get-audio-tags does not look
 * behind an audio-filter: take tags from the bus.
 *
 * A muxer writes its tags before the first buffer, when nobody has heard the music yet. To store
 * the genre in a file, classify in one pipeline and set the tag in a second one: through the
 * #GstTagSetter interface of `vorbistag`, `id3v2mux` and their like, or with `taginject` before an
 * encoder.
 *
 * ## Metadata (Since: 0.2)
 *
 * Where the element was built with GStreamer's analytics library (1.24 or later) it has the
 * property #GstGenreClassify:add-meta. While it is %TRUE, the first buffer that passes after an
 * answer carries that answer as `GstAnalyticsClsMtd`, in a `GstAnalyticsRelationMeta` that other
 * elements may have begun, whatever #GstGenreClassify:post-messages says. The buffer is a copy then
 * if anybody else holds it; its memory, the audio, is not copied. All other buffers pass as they
 * came.
 *
 * There is one class for each genre of the model, in the order of #GstGenreClassify:genres, named
 * by its label; its level is the probability that music of this genre is heard: `probabilities` of
 * the message times `music`. So levels sum to `music`, and in what is no music all of them are low;
 * `unknown` is no class. The final answer of a song has no buffer left to carry it, and an answer
 * does not go with the next song's.
 *
 * ## Overload
 *
 * At most four seconds of audio wait to be listened to. If the machine is too slow, a pipeline that
 * is not live is held back, so that every run gives the same messages; in a live one half of the
 * waiting audio, the older half, is dropped, which #GstGenreClassify:stats counts and a warning
 * message tells once. #GstGenreClassify:overload decides otherwise. Internet radio over HTTP does
 * not say that it is live: set `overload=drop` there. Where nothing upstream is live, audio that
 * comes before it is due, as in the burst with which a station begins, waits a little (a second,
 * less where that brought nothing) before any is dropped.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 -m filesrc location=song.ogg ! decodebin ! genreclassify ! fakesink
 * ]| The genre of a file, as fast as the machine can.
 * |[
 * gst-launch-1.0 -m playbin uri=file:///home/me/song.ogg audio-filter=genreclassify
 * ]| What is playing.
 * |[
 * gst-launch-1.0 -m souphttpsrc location=http://radio.example/stream.mp3 iradio-mode=true !
 * icydemux ! capssetter caps=audio/mpeg,mpegversion=1 join=false replace=true ! mpegaudioparse !
 * mpg123audiodec ! genreclassify overload=drop ! audioconvert ! audioresample ! autoaudiosink
 * ]| Internet radio in MP3, one final message for each title. icydemux and decodebin would guess
 * the type from the bytes, and about one time in 370 a stream is joined at bytes that look like
 * lyrics: then there would be no audio, and no error. `capssetter` says what the station's
 * Content-Type says.
 * |[
 * gst-launch-1.0 -m autoaudiosrc ! genreclassify interval=5000000000 ! fakesink
 * ]| The music in the room, every five seconds.
 *
 * Since: 0.1
 */
#include "gstgenreclassify.h"
#include <gst/audio/audio.h>
#include <string.h>
#include "analyticsmeta.h"
#include "answermessage.h"
#include "audioinput.h"
#include "listener.h"
#include "modelcache.h"
#include "patience.h"
#include "streamclock.h"
#include "tagmerger.h"
#include "workerpool.h"
#include <glib/gi18n-lib.h>

GST_DEBUG_CATEGORY_STATIC (genre_classify_debug);
#define GST_CAT_DEFAULT genre_classify_debug

#define QUEUE_LIMIT (4 * GST_SECOND)
#define BLOCK_DURATION (250 * GST_MSECOND)
#define LONGEST_TIME (24 * 3600 * GST_SECOND)

enum {
  PROP_0,
  PROP_MODEL,
  PROP_WINDOW,
  PROP_INTERVAL,
  PROP_MIN_WINDOW,
  PROP_THRESHOLD,
  PROP_SILENCE_THRESHOLD,
  PROP_OVERLOAD,
  PROP_SPLIT_ON_TITLE,
  PROP_POST_MESSAGES,
  PROP_POST_TAGS,
  PROP_POST_SPECTROGRAM,
  PROP_ADD_META,
  PROP_FORCED,
  PROP_STATS,
  PROP_GENRES,
};

typedef struct {
  guint64 segments, dropped, non_finite, pending, mean_inference_time, discontinuities;
} Statistics;

/* It is no GstBaseTransform: nothing is transformed, so that negotiation and allocation, which that
 * class sees to, are the neighbours' business here; it would take buffer lists apart; and what
 * waits in this element (for room in the queue, for the final message that goes before EOS) is
 * released by FLUSH_START and by the way down to READY in an order that must be its own. */
struct _GstGenreClassify {
  GstElement element;
  GstPad *sinkpad, *srcpad;

  /* Properties; under the object lock. */
  char *model_path;
  GenreStreamClassifierOptions options;
  GstGenreClassifyOverload overload;
  gboolean split_on_title, post_messages, post_tags, post_spectrogram, add_meta, forced;

  /* From READY to PAUSED and back. Pointers change under the object lock. */
  GenreModel *model;
  GenreBlockQueue *queue;  /* the listener's */
  GenreListener *listener; /* the work's */
  GenreWork *work;
  guint model_rate;
  gboolean stopping;     /* flushing until the streaming thread has left; under the object lock */
  Statistics statistics; /* under the object lock; while there is a queue, what it does not know */

  /* Streaming thread. */
  GstAudioInfo info;
  GenreAudioInput *input; /* NULL before caps */
  GenreStreamClock clock; /* elapsed: what the input took in */
  GenrePatience patience; /* where audio may be dropped */
  GenreTagMerger *tags;
  char *title;                            /* the newest */
  char *titles[GST_TAG_SCOPE_GLOBAL + 1]; /* the newest of each scope */
  char *stream_id;
  guint32 stream_seqnum;
  guint song;
  gboolean delivered;          /* the song brought audio */
  GstClockTime song_timestamp; /* of its first sample */
  GstSegment song_segment;
  GenreBlock *filling;  /* not yet full */
  gboolean interrupted; /* the queue is flushing */
  gboolean live_known, live, warned;
  guint64 non_finite_before; /* this input */

  /* From worker to streaming thread; under the object lock, has_settled also atomic. */
  gint has_settled;
  guint settled_song;
  char *settled_genre;
  GenreAnalyticsMeta *waiting_meta; /* for a buffer; read atomically, too */

  /* Worker. */
  guint last_song;
  gint last_genre;
};

#define RATES G_STRINGIFY (GENRE_SOUND_MIN_RATE) ", " G_STRINGIFY (GENRE_SOUND_MAX_RATE)
#define CHANNELS "1, " G_STRINGIFY (GENRE_SOUND_MAX_CHANNELS)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format = (string) " GST_AUDIO_FORMATS_ALL ", "
                     "layout = (string) { interleaved, non-interleaved }, "
                     "rate = (int) [ " RATES " ], channels = (int) [ " CHANNELS " ]"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format = (string) " GST_AUDIO_FORMATS_ALL ", "
                     "layout = (string) { interleaved, non-interleaved }, "
                     "rate = (int) [ " RATES " ], channels = (int) [ " CHANNELS " ]"));

G_DEFINE_TYPE_WITH_CODE (GstGenreClassify, gst_genre_classify, GST_TYPE_ELEMENT,
                         GST_DEBUG_CATEGORY_INIT (genre_classify_debug, "genreclassify", 0,
                                                  "music genre classifier"))
GST_ELEMENT_REGISTER_DEFINE (genreclassify, "genreclassify", GST_RANK_NONE, GST_TYPE_GENRE_CLASSIFY)

GType
gst_genre_classify_overload_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
      {GST_GENRE_CLASSIFY_OVERLOAD_AUTO, "Drop if the pipeline is live, else wait", "auto"},
      {GST_GENRE_CLASSIFY_OVERLOAD_WAIT, "Hold the pipeline back; nothing is lost", "wait"},
      {GST_GENRE_CLASSIFY_OVERLOAD_DROP, "Drop the oldest audio not yet listened to", "drop"},
      {0, NULL, NULL},
  };
  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstGenreClassifyOverload", values));
  return type;
}

/* ---- worker: answers ---- */

static void
hand_over_tag (GstGenreClassify *self, guint song, const char *genre)
{
  GST_OBJECT_LOCK (self);
  g_free (self->settled_genre);
  self->settled_genre = g_strdup (genre);
  self->settled_song = song;
  g_atomic_int_set (&self->has_settled, TRUE);
  GST_OBJECT_UNLOCK (self);
}

static void
settle (GstGenreClassify *self, const GenreHeard *answer)
{
  const gint genre = answer->result->genre;
  gboolean settled =
      answer->reason || (answer->song == self->last_song && genre == self->last_genre);
  self->last_song = answer->song;
  self->last_genre = genre;
  if (settled && genre >= 0)
    hand_over_tag (self, answer->song, answer->model->display_names[genre]);
}

/* For the next buffer; there is none behind a song's final answer. */
static void
hand_over_meta (GstGenreClassify *self, const GenreHeard *answer)
{
  if (answer->reason)
    return;
  GenreAnalyticsMeta *meta = genre_analytics_meta_new (answer);
  GST_OBJECT_LOCK (self);
  g_autoptr (GenreAnalyticsMeta) previous = self->waiting_meta;
  g_atomic_pointer_set (&self->waiting_meta, meta);
  GST_OBJECT_UNLOCK (self);
}

static void
on_answer (const GenreHeard *answer, gpointer user_data)
{
  GstGenreClassify *self = user_data;
  GstStructure *structure = genre_heard_to_structure (answer);
  GST_OBJECT_LOCK (self);
  const gboolean post = self->post_messages, add_meta = self->add_meta;
  GST_OBJECT_UNLOCK (self);
  GST_DEBUG_OBJECT (self, "%" GST_PTR_FORMAT, structure);
  settle (self, answer);
  if (add_meta)
    hand_over_meta (self, answer);
  if (post)
    gst_element_post_message (GST_ELEMENT (self),
                              gst_message_new_element (GST_OBJECT (self), structure));
  else
    gst_structure_free (structure);
}

static void
on_spectrogram (GstStructure *spectrogram, gpointer user_data)
{
  gst_element_post_message (GST_ELEMENT (user_data),
                            gst_message_new_element (GST_OBJECT (user_data), spectrogram));
}

static const GenreListenerFuncs listener_funcs = {on_answer, on_spectrogram};

/* The element may be stopped and disposed of by whoever receives its messages: keep it until the
 * messages are posted. */
static gboolean
listen (gpointer data)
{
  GenreListener *listener = data;
  GstGenreClassify *self = gst_object_ref (genre_listener_get_user_data (listener));
  gboolean more = genre_listener_run (listener);
  gst_object_unref (self);
  return more;
}

/* ---- streaming thread: tags ---- */

/* The genre that the worker settled on, if it is about the current song; NULL otherwise. */
static char *
take_settled_genre (GstGenreClassify *self, gboolean *forced)
{
  char *genre = NULL;
  GST_OBJECT_LOCK (self);
  if (self->settled_song == self->song && self->post_tags)
    genre = g_steal_pointer (&self->settled_genre);
  *forced = self->forced;
  g_clear_pointer (&self->settled_genre, g_free);
  g_atomic_int_set (&self->has_settled, FALSE);
  GST_OBJECT_UNLOCK (self);
  return genre;
}

static void
push_settled_tag (GstGenreClassify *self)
{
  if (!g_atomic_int_get (&self->has_settled))
    return;
  gboolean forced;
  g_autofree char *genre = take_settled_genre (self, &forced);
  if (!genre)
    return;
  GstEvent *event = genre_tag_merger_set_genre (self->tags, genre, forced);
  if (!event)
    return;
  GST_INFO_OBJECT (self, "tagging the stream as %s", genre);
  if (!gst_pad_push_event (self->srcpad, event) && GST_PAD_IS_FLUSHING (self->srcpad)) {
    genre_tag_merger_forget_genre (self->tags); /* when it settles again it goes again */
    return;
  }
  gst_element_post_message (
      GST_ELEMENT (self),
      gst_message_new_tag (GST_OBJECT (self), gst_tag_list_new (GST_TAG_GENRE, genre, NULL)));
}

/* ---- streaming thread: metadata ---- */

/* The answer that waits for a buffer, if it is about the current song and still wanted; or NULL. */
static GenreAnalyticsMeta *
take_meta (GstGenreClassify *self)
{
  if (!g_atomic_pointer_get (&self->waiting_meta))
    return NULL;
  GST_OBJECT_LOCK (self);
  g_autoptr (GenreAnalyticsMeta) meta = self->waiting_meta;
  g_atomic_pointer_set (&self->waiting_meta, NULL);
  const gboolean wanted = self->add_meta;
  GST_OBJECT_UNLOCK (self);
  if (!meta || !wanted || genre_analytics_meta_get_song (meta) != self->song)
    return NULL;
  return g_steal_pointer (&meta);
}

/* @buffer (transfer full), or a copy of it that carries an answer. */
static GstBuffer *
add_meta (GstGenreClassify *self, GstBuffer *buffer)
{
  g_autoptr (GenreAnalyticsMeta) meta = take_meta (self);
  if (!meta)
    return buffer;
  buffer = gst_buffer_make_writable (buffer);
  genre_analytics_meta_attach (meta, buffer);
  return buffer;
}

/* The same with the first buffer of @list (transfer full). */
static GstBufferList *
add_meta_to_list (GstGenreClassify *self, GstBufferList *list)
{
  g_autoptr (GenreAnalyticsMeta) meta = gst_buffer_list_length (list) > 0 ? take_meta (self) : NULL;
  if (!meta)
    return list;
  list = gst_buffer_list_make_writable (list);
  genre_analytics_meta_attach (meta, gst_buffer_list_get_writable (list, 0));
  return list;
}

/* ---- streaming thread: blocks ---- */

static gboolean
is_upstream_live (GstGenreClassify *self)
{
  if (!self->live_known) {
    g_autoptr (GstQuery) query = gst_query_new_latency ();
    self->live = FALSE;
    if (!gst_pad_peer_query (self->sinkpad, query))
      return FALSE; /* not known yet: ask again */
    gst_query_parse_latency (query, &self->live, NULL, NULL);
    self->live_known = TRUE;
    GST_DEBUG_OBJECT (self, "upstream is %slive", self->live ? "" : "not ");
  }
  return self->live;
}

static gboolean
may_drop (GstGenreClassify *self)
{
  GST_OBJECT_LOCK (self);
  GstGenreClassifyOverload overload = self->overload;
  GST_OBJECT_UNLOCK (self);
  if (overload == GST_GENRE_CLASSIFY_OVERLOAD_AUTO)
    return is_upstream_live (self);
  return overload == GST_GENRE_CLASSIFY_OVERLOAD_DROP;
}

static void
warn_of_overload (GstGenreClassify *self)
{
  if (self->warned || genre_block_queue_get_dropped (self->queue) == 0)
    return;
  self->warned = TRUE;
  GST_ELEMENT_WARNING (
      self, CORE, CLOCK, (_ ("Audio comes faster than this computer can listen to it.")),
      ("More than 4 s of audio were waiting; the oldest of it is not classified."));
}

static void
push_block (GstGenreClassify *self, GenreBlock *block, gint64 patience)
{
  block->song = self->song;
  if (!genre_block_queue_push (self->queue, block, patience))
    self->interrupted = TRUE;
  else
    genre_work_schedule (self->work);
}

/* Audio that came early may wait, or every burst would be called too much for the machine. What is
 * live never comes early, and must not be held up. */
static void
push_or_drop (GstGenreClassify *self, GenreBlock *block)
{
  const guint64 dropped = genre_block_queue_get_dropped (self->queue);
  const gint64 duration =
      gst_util_uint64_scale (block->n_samples, G_TIME_SPAN_SECOND, self->model_rate);
  const gint64 patience = genre_patience_get (&self->patience, g_get_monotonic_time ());
  push_block (self, block, is_upstream_live (self) ? 0 : patience);
  genre_patience_take (&self->patience, duration,
                       genre_block_queue_get_dropped (self->queue) > dropped);
  warn_of_overload (self);
}

static void
queue_block (GstGenreClassify *self, GenreBlock *block)
{
  if (block->n_samples > 0 && may_drop (self))
    push_or_drop (self, block);
  else
    push_block (self, block, GENRE_BLOCK_QUEUE_WAIT);
}

static void
queue_filling (GstGenreClassify *self)
{
  if (self->filling && self->filling->n_samples > 0)
    queue_block (self, g_steal_pointer (&self->filling));
}

static void
queue_title (GstGenreClassify *self)
{
  queue_filling (self);
  queue_block (self, genre_block_new (GENRE_BLOCK_TITLE, self->title, 0));
}

static void
begin_block (GstGenreClassify *self, GstClockTime offset)
{
  const gsize capacity = gst_util_uint64_scale (BLOCK_DURATION, self->model_rate, GST_SECOND);
  self->filling = genre_block_new (GENRE_BLOCK_AUDIO, NULL, capacity);
  self->filling->n_samples = 0;
  self->filling->segment = self->clock.segment;
  self->filling->timestamp = MAX (0, self->clock.base + (gint64)offset);
}

static void
on_samples (const float *samples, gsize n_samples, gpointer user_data)
{
  GstGenreClassify *self = user_data;
  const GstClockTime offset = genre_audio_input_get_time_out (self->input);
  for (gsize done = 0; done < n_samples && !self->interrupted;) {
    if (!self->filling)
      begin_block (self, offset + gst_util_uint64_scale (done, GST_SECOND, self->model_rate));
    GenreBlock *block = self->filling;
    gsize n = MIN (n_samples - done, block->capacity - block->n_samples);
    memcpy (block->samples + block->n_samples, samples + done, n * sizeof *samples);
    block->n_samples += n;
    done += n;
    if (block->n_samples == block->capacity)
      queue_filling (self);
  }
}

/* ---- streaming thread: songs and time ---- */

/* Everything heard so far is in the queue when this returns. */
static void
end_run (GstGenreClassify *self)
{
  if (self->input) {
    const guint64 time_in = genre_audio_input_get_time_in (self->input);
    genre_audio_input_finish (self->input);
    genre_stream_clock_carry (&self->clock, time_in);
  }
  queue_filling (self);
}

static void
drain (GstGenreClassify *self)
{
  if (!genre_block_queue_drain (self->queue))
    self->interrupted = TRUE;
  push_settled_tag (self);
}

/* The song ends, with a final message if it brought audio. Where nothing may be lost the message
 * and the tag come before whatever ended the song goes on. */
static void
end_song (GstGenreClassify *self, const char *reason)
{
  if (!self->delivered)
    return;
  GST_DEBUG_OBJECT (self, "song ends: %s", reason);
  end_run (self);
  GenreBlock *finish = genre_block_new (GENRE_BLOCK_FINISH, reason, 0);
  finish->timestamp = self->song_timestamp;
  finish->segment = self->song_segment;
  finish->revocable = g_str_equal (reason, "eos"); /* which a flush keeps from going on */
  queue_block (self, finish);
  self->delivered = FALSE;
  if (!may_drop (self))
    drain (self);
}

static void
begin_song (GstGenreClassify *self)
{
  self->song++;
  genre_tag_merger_begin_song (self->tags);
}

static void
begin_window (GstGenreClassify *self)
{
  end_run (self);
  queue_block (self, genre_block_new (GENRE_BLOCK_RESET, NULL, 0));
  genre_stream_clock_forget (&self->clock);
}

static void
count_discontinuity (GstGenreClassify *self)
{
  GST_OBJECT_LOCK (self);
  self->statistics.discontinuities++;
  GST_OBJECT_UNLOCK (self);
}

static gint64
get_expected (GstGenreClassify *self)
{
  guint64 elapsed = self->input ? genre_audio_input_get_time_in (self->input) : 0;
  return genre_stream_clock_get_expected (&self->clock, elapsed);
}

/* A buffer begins at @timestamp: fills a short hole, starts a new window at a jump. */
static void
follow_clock (GstGenreClassify *self, GstClockTime timestamp)
{
  gint64 now, length;
  switch (genre_stream_clock_follow (&self->clock, timestamp,
                                     genre_audio_input_get_time_in (self->input), &now, &length)) {
  case GENRE_STREAM_JUMP:
    GST_INFO_OBJECT (self, "timestamps jump by %" GST_STIME_FORMAT ": a new window begins",
                     GST_STIME_ARGS (length));
    begin_window (self);
    count_discontinuity (self);
    break;
  case GENRE_STREAM_HOLE:
    GST_DEBUG_OBJECT (self, "hole of %" GST_STIME_FORMAT " filled", GST_STIME_ARGS (length));
    genre_audio_input_push_silence (
        self->input, gst_util_uint64_scale (length, GST_AUDIO_INFO_RATE (&self->info), GST_SECOND));
    break;
  case GENRE_STREAM_CONTIGUOUS:
    break;
  }
  genre_stream_clock_set (&self->clock, now, genre_audio_input_get_time_in (self->input));
}

static void
count_non_finite (GstGenreClassify *self)
{
  const guint64 now = genre_audio_input_get_non_finite (self->input);
  if (now == self->non_finite_before)
    return;
  GST_OBJECT_LOCK (self);
  self->statistics.non_finite += now - self->non_finite_before;
  GST_OBJECT_UNLOCK (self);
  self->non_finite_before = now;
}

static void
begin_delivery (GstGenreClassify *self)
{
  self->delivered = TRUE;
  self->song_timestamp = MAX (0, get_expected (self));
  self->song_segment = self->clock.segment;
}

static GstFlowReturn
hear_buffer (GstGenreClassify *self, GstBuffer *buffer)
{
  if (!self->input) {
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION, (_ ("Audio came before its format was known.")),
                       ("no caps event before the first buffer"));
    return GST_FLOW_NOT_NEGOTIATED;
  }
  gsize n_frames = genre_audio_input_count_frames (self->input, buffer);
  if (n_frames == 0 || self->clock.segment.rate < 0.0)
    return GST_FLOW_OK;
  is_upstream_live (self);
  follow_clock (self, GST_BUFFER_PTS (buffer));
  if (!self->delivered)
    begin_delivery (self);
  if (!genre_audio_input_push (self->input, buffer))
    GST_WARNING_OBJECT (self, "cannot read %" GST_PTR_FORMAT, buffer);
  count_non_finite (self);
  /* Whoever sends long buffers may wait for the answer before sending the next. */
  if (n_frames >=
      gst_util_uint64_scale (BLOCK_DURATION, GST_AUDIO_INFO_RATE (&self->info), GST_SECOND))
    queue_filling (self);
  return self->interrupted ? GST_FLOW_FLUSHING : GST_FLOW_OK;
}

static GstFlowReturn
gst_genre_classify_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstGenreClassify *self = GST_GENRE_CLASSIFY (parent);
  GstFlowReturn flow = hear_buffer (self, buffer);
  if (flow != GST_FLOW_OK) {
    gst_buffer_unref (buffer);
    return flow;
  }
  push_settled_tag (self);
  return gst_pad_push (self->srcpad, add_meta (self, buffer));
}

static GstFlowReturn
gst_genre_classify_chain_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstGenreClassify *self = GST_GENRE_CLASSIFY (parent);
  GstFlowReturn flow = GST_FLOW_OK;
  for (guint i = 0; i < gst_buffer_list_length (list) && flow == GST_FLOW_OK; i++)
    flow = hear_buffer (self, gst_buffer_list_get (list, i));
  if (flow != GST_FLOW_OK) {
    gst_buffer_list_unref (list);
    return flow;
  }
  push_settled_tag (self);
  return gst_pad_push_list (self->srcpad, add_meta_to_list (self, list));
}

/* ---- streaming thread: events ---- */

static void
forget_titles (GstGenreClassify *self)
{
  g_clear_pointer (&self->title, g_free);
  for (guint scope = 0; scope < G_N_ELEMENTS (self->titles); scope++)
    g_clear_pointer (&self->titles[scope], g_free);
}

/* FALSE if it is the same event again, as after relinking pads. */
static gboolean
is_new_stream (GstGenreClassify *self, GstEvent *event)
{
  const guint32 seqnum = gst_event_get_seqnum (event);
  const char *id;
  gst_event_parse_stream_start (event, &id);
  if (seqnum == self->stream_seqnum && g_strcmp0 (id, self->stream_id) == 0)
    return FALSE;
  g_free (self->stream_id);
  self->stream_id = g_strdup (id);
  self->stream_seqnum = seqnum;
  return TRUE;
}

static void
take_stream_start (GstGenreClassify *self, GstEvent *event)
{
  if (!is_new_stream (self, event))
    return;
  end_song (self, "stream");
  begin_song (self);
  genre_tag_merger_begin_stream (self->tags);
  forget_titles (self);
  queue_title (self);
  genre_stream_clock_forget (&self->clock);
  self->live_known = FALSE;
}

/* Channels that nobody has placed are unpositioned: all of them are heard alike. */
static gboolean
parse_caps (const GstCaps *caps, GstAudioInfo *info)
{
  gint channels;
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  if (gst_structure_has_field (structure, "channel-mask") ||
      !gst_structure_get_int (structure, "channels", &channels) || channels <= 2)
    return gst_audio_info_from_caps (info, caps);
  g_autoptr (GstCaps) unpositioned = gst_caps_copy (caps);
  gst_caps_set_simple (unpositioned, "channel-mask", GST_TYPE_BITMASK, G_GUINT64_CONSTANT (0),
                       NULL);
  return gst_audio_info_from_caps (info, unpositioned);
}

static gboolean
take_caps (GstGenreClassify *self, GstEvent *event)
{
  GstCaps *caps;
  gst_event_parse_caps (event, &caps);
  GstAudioInfo info;
  if (!parse_caps (caps, &info) || !genre_audio_input_accepts (&info)) {
    GST_ELEMENT_ERROR (
        self, CORE, NEGOTIATION, (_ ("This format cannot be classified.")),
        ("caps %" GST_PTR_FORMAT ", expected audio/x-raw of 1 to %d channels at %d to %d Hz", caps,
         GENRE_SOUND_MAX_CHANNELS, GENRE_SOUND_MIN_RATE, GENRE_SOUND_MAX_RATE));
    return FALSE;
  }
  if (self->input && gst_audio_info_is_equal (&info, &self->info))
    return TRUE;
  if (self->delivered) {
    end_song (self, "caps");
    self->song++;
  }
  genre_stream_clock_begin_anew (&self->clock, get_expected (self));
  self->info = info;
  self->non_finite_before = 0;
  g_clear_pointer (&self->input, genre_audio_input_free);
  self->input = genre_audio_input_new (&info, self->model_rate, on_samples, self);
  return TRUE;
}

static void
set_title (GstGenreClassify *self, const char *title, gboolean splits)
{
  if (g_strcmp0 (title, self->title) == 0)
    return;
  if (splits) {
    end_song (self, "title");
    begin_song (self);
  }
  g_free (self->title);
  self->title = g_strdup (title);
  queue_title (self);
}

/* A file may call its song (global scope) otherwise than its track (stream scope), and say both
 * again and again: a title is new if it differs from the last one of its own scope. */
static void
take_title (GstGenreClassify *self, const GstTagList *tags, gboolean split)
{
  const char *title = NULL;
  if (!gst_tag_list_peek_string_index (tags, GST_TAG_TITLE, 0, &title) || !title || *title == '\0')
    return;
  char **known = &self->titles[gst_tag_list_get_scope (tags)];
  if (g_strcmp0 (title, *known) == 0)
    return;
  set_title (self, title, *known && split);
  g_free (*known);
  *known = g_strdup (title);
}

static GstEvent *
take_tags (GstGenreClassify *self, GstEvent *event)
{
  GST_OBJECT_LOCK (self);
  gboolean split = self->split_on_title;
  gboolean forced = self->forced;
  gboolean post_tags = self->post_tags;
  GST_OBJECT_UNLOCK (self);
  if (!post_tags)
    genre_tag_merger_forget_genre (self->tags);
  GstTagList *tags;
  gst_event_parse_tag (event, &tags);
  take_title (self, tags, split);
  GstEvent *withdrawal;
  event = genre_tag_merger_take_event (self->tags, event, forced, &withdrawal);
  if (withdrawal)
    gst_pad_push_event (self->srcpad, withdrawal);
  return event;
}

/* The song has not begun: nothing is missing, wherever it begins. */
static void
skip_gap (GstGenreClassify *self, GstClockTime timestamp, GstClockTime duration)
{
  guint64 begin =
      timestamp < GENRE_STREAM_CLOCK_LATEST ? timestamp : (guint64)MAX (0, get_expected (self));
  gint64 end = (gint64)MIN (begin + duration, GENRE_STREAM_CLOCK_LATEST);
  genre_stream_clock_set (&self->clock, end, 0);
  genre_stream_clock_begin_anew (&self->clock, end);
}

/* Nothing is to be heard for a while: time goes on, the window does not. */
static void
take_gap (GstGenreClassify *self, GstEvent *event)
{
  GstClockTime timestamp, duration;
  gst_event_parse_gap (event, &timestamp, &duration);
  if (self->clock.segment.rate < 0.0 || duration >= GENRE_STREAM_CLOCK_LATEST)
    return;
  if (!self->delivered) {
    skip_gap (self, timestamp, duration);
    return;
  }
  follow_clock (self, timestamp); /* it may begin behind a jump */
  queue_filling (self);
  gint64 now = MIN (get_expected (self), GENRE_STREAM_CLOCK_LATEST) + (gint64)duration;
  genre_stream_clock_set (&self->clock, MIN (now, GENRE_STREAM_CLOCK_LATEST),
                          genre_audio_input_get_time_in (self->input));
}

/* Any thread: FLUSH_START does not wait for the streaming thread, nor for a state change. */
static void
begin_flush (GstGenreClassify *self)
{
  GST_OBJECT_LOCK (self);
  if (self->queue)
    genre_block_queue_set_flushing (self->queue, TRUE);
  GST_OBJECT_UNLOCK (self);
}

/* Before the streaming thread is told to leave: it might wait for room while we wait for it. A
 * FLUSH_STOP that is on its way changes nothing any more. */
static void
begin_stop (GstGenreClassify *self)
{
  GST_OBJECT_LOCK (self);
  self->stopping = TRUE;
  if (self->queue)
    genre_block_queue_close (self->queue);
  GST_OBJECT_UNLOCK (self);
}

/* What was pending of the song is gone. It goes on, if it does, with a new window. */
static void
end_flush (GstGenreClassify *self)
{
  g_clear_pointer (&self->filling, genre_block_free);
  if (self->input)
    genre_audio_input_reset (self->input);
  GST_OBJECT_LOCK (self);
  self->interrupted = self->stopping;
  if (!self->stopping)
    genre_block_queue_set_flushing (self->queue, FALSE);
  GST_OBJECT_UNLOCK (self);
  self->delivered = FALSE;
  genre_stream_clock_forget (&self->clock);
  self->song++;
  gst_segment_init (&self->clock.segment, GST_FORMAT_TIME);
  queue_block (self, genre_block_new (GENRE_BLOCK_RESET, NULL, 0));
  queue_title (self);
}

/* FALSE if the event is not to go on. */
static gboolean
take_eos (GstGenreClassify *self)
{
  end_song (self, "eos");
  drain (self);
  return !self->interrupted;
}

static gboolean
gst_genre_classify_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstGenreClassify *self = GST_GENRE_CLASSIFY (parent);
  gboolean go_on = TRUE;
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
    take_stream_start (self, event);
    break;
  case GST_EVENT_CAPS:
    go_on = take_caps (self, event);
    break;
  case GST_EVENT_SEGMENT:
    queue_filling (self);
    gst_event_copy_segment (event, &self->clock.segment);
    break;
  case GST_EVENT_TAG:
    event = take_tags (self, event);
    break;
  case GST_EVENT_GAP:
    take_gap (self, event);
    break;
  case GST_EVENT_FLUSH_START:
    begin_flush (self);
    break;
  case GST_EVENT_FLUSH_STOP:
    end_flush (self);
    break;
  case GST_EVENT_EOS:
    go_on = take_eos (self);
    break;
  default:
    break;
  }
  if (!go_on) {
    gst_event_unref (event);
    return FALSE;
  }
  return gst_pad_event_default (pad, parent, event);
}

/* ---- states ---- */

/* As UTF-8, which a path need not be. (transfer full) */
static char *
get_model_name (const char *path)
{
  return path && *path != '\0' ? g_filename_display_name (path) : g_strdup ("(built in)");
}

static void
report_model_error (GstGenreClassify *self, const char *path, const GError *error)
{
  g_autofree char *name = get_model_name (path);
  if (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_IO))
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_READ, ("%s", error->message),
                       ("model %s not opened", name));
  else
    GST_ELEMENT_ERROR (self, RESOURCE, READ, ("%s", error->message), ("model %s not usable", name));
}

static void
reset_stream (GstGenreClassify *self)
{
  g_clear_pointer (&self->input, genre_audio_input_free);
  g_clear_pointer (&self->filling, genre_block_free);
  forget_titles (self);
  g_clear_pointer (&self->stream_id, g_free);
  g_clear_pointer (&self->settled_genre, g_free);
  g_atomic_int_set (&self->has_settled, FALSE);
  g_clear_pointer (&self->waiting_meta, genre_analytics_meta_free);
  genre_tag_merger_begin_stream (self->tags);
  genre_stream_clock_init (&self->clock);
  genre_patience_init (&self->patience);
  self->stream_seqnum = GST_SEQNUM_INVALID;
  self->song++;
  self->interrupted = self->delivered = FALSE;
  self->live_known = self->warned = FALSE;
  self->non_finite_before = 0;
}

/* The model that the property names, with the object lock held; without it, NULL, if it cannot be
 * read. It may be set to another while one is read. */
static GenreModel *
acquire_model_and_lock (GstGenreClassify *self)
{
  for (;;) {
    GST_OBJECT_LOCK (self);
    g_autofree char *path = g_strdup (self->model_path);
    GST_OBJECT_UNLOCK (self);
    g_autofree char *name = get_model_name (path);
    GST_INFO_OBJECT (self, "reading model %s", name);
    g_autoptr (GError) error = NULL;
    GenreModel *model = genre_model_cache_acquire (path, &error);
    GST_OBJECT_LOCK (self);
    const gboolean wanted = g_strcmp0 (path, self->model_path) == 0;
    if (model && wanted)
      return model;
    GST_OBJECT_UNLOCK (self);
    if (model)
      genre_model_cache_release (model);
    if (wanted) {
      report_model_error (self, path, error);
      return NULL;
    }
  }
}

static gboolean
start (GstGenreClassify *self)
{
  reset_stream (self);
  GenreModel *model = acquire_model_and_lock (self);
  if (!model)
    return FALSE;
  memset (&self->statistics, 0, sizeof self->statistics);
  self->stopping = FALSE;
  self->model = model;
  self->model_rate = genre_model_get_config (model)->front_end.rate;
  self->queue =
      genre_block_queue_new (gst_util_uint64_scale (QUEUE_LIMIT, self->model_rate, GST_SECOND));
  self->listener = genre_listener_new (model, self->queue, &self->options, &listener_funcs, self);
  genre_listener_set_spectrogram (self->listener, self->post_spectrogram);
  self->work = genre_work_new (listen, self->listener, (GDestroyNotify)genre_listener_free);
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

/* Object lock. */
static Statistics
get_statistics (GstGenreClassify *self)
{
  Statistics statistics = self->statistics;
  if (self->listener) {
    const GenreStreamClassifierStatistics heard = genre_listener_get_statistics (self->listener);
    statistics.segments = heard.segments;
    statistics.mean_inference_time = heard.segments > 0 ? heard.inference_time / heard.segments : 0;
    statistics.dropped = gst_util_uint64_scale (genre_block_queue_get_dropped (self->queue),
                                                GST_SECOND, self->model_rate);
    statistics.pending = gst_util_uint64_scale (genre_block_queue_get_pending (self->queue),
                                                GST_SECOND, self->model_rate);
  }
  return statistics;
}

/* The streaming thread has left. */
static void
stop (GstGenreClassify *self)
{
  GST_OBJECT_LOCK (self);
  self->statistics = get_statistics (self);
  self->statistics.pending = 0;
  GenreWork *work = g_steal_pointer (&self->work);
  GenreModel *model = g_steal_pointer (&self->model);
  self->listener = NULL;
  self->queue = NULL;
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&work, genre_work_stop);
  g_clear_pointer (&model, genre_model_cache_release);
  reset_stream (self);
}

static GstStateChangeReturn
gst_genre_classify_change_state (GstElement *element, GstStateChange transition)
{
  GstGenreClassify *self = GST_GENRE_CLASSIFY (element);
  switch (transition) {
  case GST_STATE_CHANGE_NULL_TO_READY:
    genre_worker_pool_enter ();
    break;
  case GST_STATE_CHANGE_READY_TO_PAUSED:
    if (!start (self))
      return GST_STATE_CHANGE_FAILURE;
    break;
  case GST_STATE_CHANGE_PAUSED_TO_READY:
    begin_stop (self);
    break;
  default:
    break;
  }
  GstStateChangeReturn result =
      GST_ELEMENT_CLASS (gst_genre_classify_parent_class)->change_state (element, transition);
  switch (transition) {
  case GST_STATE_CHANGE_READY_TO_PAUSED:
    if (result == GST_STATE_CHANGE_FAILURE)
      stop (self);
    break;
  case GST_STATE_CHANGE_PAUSED_TO_READY:
    stop (self);
    break;
  case GST_STATE_CHANGE_READY_TO_NULL:
    genre_worker_pool_leave ();
    break;
  default:
    break;
  }
  return result;
}

/* ---- properties ---- */

/* Object lock. The state that a model and its times belong to begins at PAUSED. */
static gboolean
is_running (GstGenreClassify *self, GParamSpec *pspec)
{
  gboolean running = GST_STATE (self) > GST_STATE_READY || self->listener;
  if (running)
    g_warning ("%s: \"%s\" can be set in the states NULL and READY only", GST_OBJECT_NAME (self),
               pspec->name);
  return running;
}

static gboolean
set_stopped_property (GstGenreClassify *self, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_MODEL:
    if (!is_running (self, pspec)) {
      g_free (self->model_path);
      self->model_path = g_value_dup_string (value);
    }
    return TRUE;
  case PROP_WINDOW:
    if (!is_running (self, pspec))
      self->options.window = g_value_get_uint64 (value);
    return TRUE;
  case PROP_INTERVAL:
    if (!is_running (self, pspec))
      self->options.interval = g_value_get_uint64 (value);
    return TRUE;
  case PROP_MIN_WINDOW:
    if (!is_running (self, pspec))
      self->options.min_window = g_value_get_uint64 (value);
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
set_running_property (GstGenreClassify *self, guint id, const GValue *value)
{
  switch (id) {
  case PROP_THRESHOLD:
    self->options.threshold = g_value_get_double (value);
    break;
  case PROP_SILENCE_THRESHOLD:
    self->options.silence_threshold = g_value_get_double (value);
    break;
  case PROP_OVERLOAD:
    self->overload = g_value_get_enum (value);
    break;
  case PROP_SPLIT_ON_TITLE:
    self->split_on_title = g_value_get_boolean (value);
    break;
  case PROP_POST_MESSAGES:
    self->post_messages = g_value_get_boolean (value);
    break;
  case PROP_POST_TAGS:
    self->post_tags = g_value_get_boolean (value);
    break;
  case PROP_POST_SPECTROGRAM:
    self->post_spectrogram = g_value_get_boolean (value);
    break;
  case PROP_ADD_META:
    self->add_meta = g_value_get_boolean (value);
    break;
  case PROP_FORCED:
    self->forced = g_value_get_boolean (value);
    break;
  default:
    return FALSE;
  }
  if (self->listener) {
    genre_listener_set_options (self->listener, &self->options);
    genre_listener_set_spectrogram (self->listener, self->post_spectrogram);
  }
  return TRUE;
}

static void
gst_genre_classify_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstGenreClassify *self = GST_GENRE_CLASSIFY (object);
  GST_OBJECT_LOCK (self);
  gboolean known =
      set_stopped_property (self, id, value, pspec) || set_running_property (self, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static GstStructure *
make_stats (GstGenreClassify *self)
{
  const Statistics statistics = get_statistics (self);
  return gst_structure_new ("genreclassify-stats", "segments", G_TYPE_UINT64, statistics.segments,
                            "dropped", G_TYPE_UINT64, statistics.dropped, "non-finite",
                            G_TYPE_UINT64, statistics.non_finite, "pending", G_TYPE_UINT64,
                            statistics.pending, "mean-inference-time", G_TYPE_UINT64,
                            statistics.mean_inference_time, "discontinuities", G_TYPE_UINT64,
                            statistics.discontinuities, NULL);
}

/* NULL without a model. */
static GstStructure *
make_genres (GstGenreClassify *self)
{
  if (!self->model)
    return NULL;
  const GenreModelConfig *config = genre_model_get_config (self->model);
  GstStructure *genres = gst_structure_new_empty ("genreclassify-genres");
  for (guint i = 0; i < genre_model_config_count_genres (config); i++)
    gst_structure_set (genres, config->labels[i], G_TYPE_STRING, config->display_names[i], NULL);
  return genres;
}

static void
gst_genre_classify_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstGenreClassify *self = GST_GENRE_CLASSIFY (object);
  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_MODEL:
    g_value_set_string (value, self->model_path ? self->model_path : "");
    break;
  case PROP_WINDOW:
    g_value_set_uint64 (value, self->options.window);
    break;
  case PROP_INTERVAL:
    g_value_set_uint64 (value, self->options.interval);
    break;
  case PROP_MIN_WINDOW:
    g_value_set_uint64 (value, self->options.min_window);
    break;
  case PROP_THRESHOLD:
    g_value_set_double (value, self->options.threshold);
    break;
  case PROP_SILENCE_THRESHOLD:
    g_value_set_double (value, self->options.silence_threshold);
    break;
  case PROP_OVERLOAD:
    g_value_set_enum (value, self->overload);
    break;
  case PROP_SPLIT_ON_TITLE:
    g_value_set_boolean (value, self->split_on_title);
    break;
  case PROP_POST_MESSAGES:
    g_value_set_boolean (value, self->post_messages);
    break;
  case PROP_POST_TAGS:
    g_value_set_boolean (value, self->post_tags);
    break;
  case PROP_POST_SPECTROGRAM:
    g_value_set_boolean (value, self->post_spectrogram);
    break;
  case PROP_ADD_META:
    g_value_set_boolean (value, self->add_meta);
    break;
  case PROP_FORCED:
    g_value_set_boolean (value, self->forced);
    break;
  case PROP_STATS:
    g_value_take_boxed (value, make_stats (self));
    break;
  case PROP_GENRES:
    g_value_take_boxed (value, make_genres (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

/* ---- class ---- */

static void
install_stopped_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  /**
   * GstGenreClassify:model:
   *
   * Path of a model file (safetensors, made by genre-train). Empty: the model that is built in. It
   * is read when the element goes to PAUSED, once per process and file.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_MODEL,
      g_param_spec_string ("model", "Model", "Path of a model file; empty: the built-in model", "",
                           flags));
  /**
   * GstGenreClassify:window:
   *
   * How much audio, in nanoseconds, an answer covers at most, but at least one segment of the model
   * (a few seconds). 0: everything since the song began, or since its timestamps last jumped.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_WINDOW,
      g_param_spec_uint64 ("window", "Window",
                           "Audio that an answer covers, at least one segment of the model (in "
                           "nanoseconds); 0: all since the song began",
                           0, LONGEST_TIME, 30 * GST_SECOND, flags));
  /**
   * GstGenreClassify:interval:
   *
   * How much audio, in nanoseconds, lies between two messages. They come with the first segment of
   * the model (5.3 s with the built-in one) that ends when they are due.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_INTERVAL,
      g_param_spec_uint64 ("interval", "Interval",
                           "Audio between two messages, rounded up to where a segment of the model "
                           "ends (in nanoseconds)",
                           1, LONGEST_TIME, 10 * GST_SECOND, flags));
  /**
   * GstGenreClassify:min-window:
   *
   * How much audio, in nanoseconds, is heard before the first message of a song.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_MIN_WINDOW,
      g_param_spec_uint64 ("min-window", "Minimum window",
                           "Audio heard before the first message (in nanoseconds)", 0, LONGEST_TIME,
                           10 * GST_SECOND, flags));
}

static void
install_hearing_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;
  /**
   * GstGenreClassify:threshold:
   *
   * Confidence (a probability, 0 to 1) below which the genre is `unknown`. Negative: the threshold
   * that is stored in the model; it may ask for the more confidence the less what is heard
   * resembles the music that the model knows.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_THRESHOLD,
      g_param_spec_double (
          "threshold", "Threshold",
          "Confidence (0 to 1) below which the genre is unknown; -1: the model's own", -1.0, 1.0,
          -1.0, flags));
  /**
   * GstGenreClassify:silence-threshold:
   *
   * RMS level, in dB relative to full scale, below which a part of the music counts as silence and
   * is left out.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_SILENCE_THRESHOLD,
      g_param_spec_double ("silence-threshold", "Silence threshold",
                           "RMS level (in dBFS) below which nothing is heard", -200.0, 0.0, -60.0,
                           flags));
  /**
   * GstGenreClassify:overload:
   *
   * What happens if the machine is too slow and four seconds of audio are waiting already.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_OVERLOAD,
                                   g_param_spec_enum ("overload", "Overload",
                                                      "What to do if the machine is too slow",
                                                      GST_TYPE_GENRE_CLASSIFY_OVERLOAD,
                                                      GST_GENRE_CLASSIFY_OVERLOAD_AUTO, flags));
  /**
   * GstGenreClassify:split-on-title:
   *
   * Whether a title tag that differs from the one before ends the song and begins a new one.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_SPLIT_ON_TITLE,
                                   g_param_spec_boolean ("split-on-title", "Split on title",
                                                         "A new title starts a new song", TRUE,
                                                         flags));
}

static void
install_telling_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;
  /**
   * GstGenreClassify:post-messages:
   *
   * Whether to post answers as element messages.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_POST_MESSAGES,
      g_param_spec_boolean ("post-messages", "Post messages",
                            "Post answers as element messages on the bus", TRUE, flags));
  /**
   * GstGenreClassify:post-tags:
   *
   * Whether to send the genre as a tag, downstream and on the bus.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_POST_TAGS,
      g_param_spec_boolean ("post-tags", "Post tags",
                            "Send the genre as a tag, downstream and on the bus", TRUE, flags));
  /**
   * GstGenreClassify:post-spectrogram:
   *
   * Whether to post the spectrogram that the genre is read from, in element messages of their own,
   * four a second. Nothing is computed for it that is not computed anyway; making and posting the
   * messages is what it costs.
   *
   * Since: 0.2
   */
  g_object_class_install_property (
      object_class, PROP_POST_SPECTROGRAM,
      g_param_spec_boolean ("post-spectrogram", "Post spectrogram",
                            "Post the spectrogram that the genre is read from, as element messages "
                            "(genreclassify-spectrogram), four a second",
                            FALSE, flags));
#ifdef HAVE_GST_ANALYTICS
  /**
   * GstGenreClassify:add-meta:
   *
   * Whether the first buffer after an answer carries it as GstAnalyticsClsMtd. The property is
   * there only where the element was built with GStreamer's analytics library (1.24 or later).
   *
   * Since: 0.2
   */
  g_object_class_install_property (
      object_class, PROP_ADD_META,
      g_param_spec_boolean ("add-meta", "Add metadata",
                            "Let the first buffer after an answer carry it as GstAnalyticsClsMtd",
                            FALSE, flags));
#endif
  /**
   * GstGenreClassify:forced:
   *
   * Whether the genre heard replaces one that the stream carries.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_FORCED,
      g_param_spec_boolean ("forced", "Forced", "Replace a genre tag that the stream carries",
                            FALSE, flags));
  /**
   * GstGenreClassify:stats:
   *
   * What happened since the element last went to PAUSED, all #guint64: `segments` (run through the
   * network), `dropped` (ns of audio, because of overload), `non-finite` (samples that were no
   * finite numbers, or absurdly large, and taken as silence), `pending` (ns of audio waiting),
   * `mean-inference-time` (ns per segment), `discontinuities` (windows begun anew because
   * timestamps jumped).
   *
   * Since: 0.1
   */
  g_object_class_install_property (
      object_class, PROP_STATS,
      g_param_spec_boxed (
          "stats", "Statistics",
          "segments, dropped (ns), non-finite, pending (ns), mean-inference-time (ns), "
          "discontinuities",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  /**
   * GstGenreClassify:genres:
   *
   * The genres that the model knows, in its order: a #gchararray for each label, its name for
   * people. %NULL below PAUSED.
   *
   * Since: 0.2
   */
  g_object_class_install_property (
      object_class, PROP_GENRES,
      g_param_spec_boxed ("genres", "Genres", "The model's labels, and their names for people",
                          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_genre_classify_finalize (GObject *object)
{
  GstGenreClassify *self = GST_GENRE_CLASSIFY (object);
  g_free (self->model_path);
  forget_titles (self);
  g_free (self->stream_id);
  g_free (self->settled_genre);
  genre_analytics_meta_free (self->waiting_meta);
  g_clear_pointer (&self->tags, genre_tag_merger_free);
  G_OBJECT_CLASS (gst_genre_classify_parent_class)->finalize (object);
}

static void
gst_genre_classify_class_init (GstGenreClassifyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  object_class->set_property = gst_genre_classify_set_property;
  object_class->get_property = gst_genre_classify_get_property;
  object_class->finalize = gst_genre_classify_finalize;
  element_class->change_state = gst_genre_classify_change_state;
  install_stopped_properties (object_class);
  install_hearing_properties (object_class);
  install_telling_properties (object_class);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Music genre classifier",
                                         "Filter/Analyzer/Audio",
                                         "Says on the bus, and as a tag, which genre of music "
                                         "flows through, and passes it on untouched",
                                         "The genreclassify developers");
  gst_type_mark_as_plugin_api (GST_TYPE_GENRE_CLASSIFY_OVERLOAD, 0);
}

static void
gst_genre_classify_init (GstGenreClassify *self)
{
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, gst_genre_classify_chain);
  gst_pad_set_chain_list_function (self->sinkpad, gst_genre_classify_chain_list);
  gst_pad_set_event_function (self->sinkpad, gst_genre_classify_sink_event);
  GST_PAD_SET_PROXY_CAPS (self->sinkpad);
  GST_PAD_SET_PROXY_ALLOCATION (self->sinkpad);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  GST_PAD_SET_PROXY_CAPS (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
  self->options = genre_stream_classifier_options_default ();
  self->split_on_title = self->post_messages = self->post_tags = TRUE;
  self->tags = genre_tag_merger_new ();
  gst_segment_init (&self->clock.segment, GST_FORMAT_TIME);
}
