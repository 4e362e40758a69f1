/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tuner.h"
#include "../answertext.h"
#include "../backoff.h"
#include "contenttype.h"
#include "fault.h"
#include "gunzip.h"
#include "../haste.h"
#include "hlsstream.h"
#include "playlist.h"
#include "songends.h"
#include "stationname.h"
#include "titlepace.h"
#include "../translation.h"
#include <string.h>

/* Seconds. */
#define PATIENCE_FOR_ANSWER 20 /* of a server */
#define PATIENCE_FOR_AUDIO 20
#define PATIENCE_FOR_OTHERS 5 /* streams beside one that nothing can decode */
#define PATIENCE_FOR_MORE 15  /* once there was some */
#define PASSING_LEAST 1
#define PASSING_MOST 25 /* so that everyone is back 30 s after the server */
#define LASTING_LEAST 60
#define LASTING_MOST 3600
#define GOOD_RUN 10            /* of audio makes up for earlier failures */
#define REMEMBERED 600.0       /* a station heard so lately has neither moved nor gone */
#define PATIENCE_FOR_END 3     /* of a pipeline that is to say what it heard last */
#define PATIENCE_FOR_FORMER 10 /* to end, on a busy machine */
#define MOST_FORMER 2          /* pipelines that have not ended */
#define DEEPEST 3              /* playlists in playlists */
#define MOST_MIRRORS 16        /* of a station: nobody is to be flooded because of a playlist */
#define BREATH 0.2             /* s between mirrors */
#define LONGEST_FILE (1 << 30) /* bytes; whatever is longer is a station with a fancy length */
#define LONGEST_NAME 100
#define LEAST_BETWEEN_TITLES 256 /* bytes; servers have 8192 or 16000 */
#define PLAYLIST_MARK "#EXTM3U"  /* at the beginning */

/* What a playlist names. */
typedef struct {
  char *uri;
  guint depth;
  gboolean of_qualities; /* it is a list of HLS, whatever its server calls it */
} Mirror;

struct _Tuner {
  Station *station;
  char *key;
  SessionPool *sessions;
  SoupSession *session; /* one of these, taken */
  const ReceiverOptions *options;
  StationObserver observer;
  gpointer user_data;
  char *own_name; /* as the station calls itself */
  char *title;
  TitlePace *pace; /* of titles */
  SongEnds ends;
  StationState state;
  Backoff passing, lasting;
  guint timer; /* of the next try */
  gboolean finishing;
  gboolean spectrogram;          /* wanted */
  ReceiverStatistics statistics; /* of earlier connections */
  /* Where it leads. */
  GQueue mirrors;  /* of Mirror, to be tried if this fails, in order */
  guint n_mirrors; /* tried, or now heard */
  guint depth;     /* playlists that led here */
  gboolean of_qualities;
  /* This connection. */
  HttpStream *stream;
  HlsStream *segments;  /* of a station in HLS, in the place of the stream */
  char *list;           /* of these, without what changes in it */
  GHashTable *nexts;    /* list → guint64, number of the segment to go on with */
  GByteArray *playlist; /* collected so far, or NULL */
  char *playlist_uri; /* where it comes from, or would come from if the bytes turn out to be one */
  gboolean expects_bytes; /* that have an answer, and nothing that takes them yet */
  GstCaps *told;          /* what they are, or NULL */
  guint metadata_interval;
  char *address; /* that was asked for; where it was found may be elsewhere */
  Receiver *receiver;
  gboolean is_draining; /* the receiver: what comes next is for another one */
  GPtrArray *former;    /* receivers whose pipelines have not ended yet */
  gint64 closed;        /* the last one of them; monotonic */
  gint64 opened, answered, last_bytes, last_audio, first_audio; /* monotonic; 0: not yet */
  guint arrivals;
  guint64 heard_bytes;
  gboolean titled;  /* it tells its titles, and when there is none */
  gint64 length;    /* of a file that somebody serves, or -1 */
  gboolean whole;   /* HLS, and no live one */
  gboolean is_cut;  /* the list of such a one, which is too long */
  gboolean is_live; /* a good run had no end: what has one now stands for it */
  GError *doom;     /* why it is given up as soon as its last answer has come, or NULL */
  double doom_retry_after;
  gint64 doomed;
  /* Other ways to hear it. */
  gboolean contrary;        /* do not believe the server about the type */
  gboolean tried_contrary;  /* in a row */
  gboolean proved_contrary; /* of contrary, what the last good run had */
  gint64 last_heard;        /* monotonic; 0: never */
  GError *mildest; /* of the faults since tuner_start(), or since it was heard, of which each mirror
                      may have one; or NULL */
  double mildest_retry_after;
};

static void tune (Tuner *self, const char *uri);
static void open_segments (Tuner *self, const char *uri, const GByteArray *text);
static void change_receiver (Tuner *self);
static void give_up (Tuner *self, const GError *fault, double retry_after);

/* ---- telling ---- */

static const char *
get_name (const Tuner *self)
{
  return self->station->name ? self->station->name
         : self->own_name    ? self->own_name
                             : self->station->uri;
}

static void
tell (Tuner *self, StationEvent event)
{
  event.time = g_get_real_time ();
  event.monotonic = g_get_monotonic_time ();
  event.clock = station_event_read_clock ();
  event.slept = station_event_read_sleep ();
  event.key = self->key;
  event.uri = self->station->uri;
  event.name = get_name (self);
  event.state = self->state;
  event.asked = self->finishing;
  if (event.type != STATION_EVENT_ANSWER)
    event.title = self->title;
  self->observer (&event, self->user_data);
}

static void
enter (Tuner *self, StationState state, const GError *fault, double retry_in)
{
  self->state = state;
  tell (self, (StationEvent){.type = STATION_EVENT_STATE, .fault = fault, .retry_in = retry_in});
}

static void
set_title (Tuner *self, const char *title)
{
  if (g_strcmp0 (title, self->title) == 0)
    return;
  g_free (self->title);
  self->title = g_strdup (title);
}

/* ---- one connection ---- */

/* Of the list: one that has stood still since is not heard again, nor what was heard of one that
 * goes on. */
static guint64 *
get_next (Tuner *self)
{
  guint64 *next = g_hash_table_lookup (self->nexts, self->list);
  if (next)
    return next;
  if (g_hash_table_size (self->nexts) >= MOST_MIRRORS)
    g_hash_table_remove_all (self->nexts);
  next = g_new0 (guint64, 1);
  g_hash_table_insert (self->nexts, g_strdup (self->list), next);
  return next;
}

/* What has an end is not begun again once something of it was heard, whatever of it is missing. */
static gboolean
is_to_go_on (Tuner *self)
{
  return self->first_audio != 0 || (self->whole && *get_next (self) != 0);
}

static void
close_streams (Tuner *self)
{
  self->is_draining = FALSE;
  g_clear_pointer (&self->stream, http_stream_close);
  if (self->segments && is_to_go_on (self))
    *get_next (self) = hls_stream_get_next (self->segments);
  g_clear_pointer (&self->segments, hls_stream_close);
}

static void
close_receiver (Tuner *self)
{
  if (self->receiver) {
    receiver_add_statistics (self->receiver, &self->statistics);
    g_ptr_array_add (self->former, receiver_ref (self->receiver));
    self->closed = g_get_monotonic_time ();
  }
  g_clear_pointer (&self->receiver, receiver_close);
  self->arrivals = 0;
}

static void
disconnect (Tuner *self)
{
  close_streams (self);
  close_receiver (self);
  g_clear_pointer (&self->playlist, g_byte_array_unref);
  g_clear_pointer (&self->playlist_uri, g_free);
  self->expects_bytes = FALSE;
  gst_caps_replace (&self->told, NULL);
  title_pace_clear (self->pace);
  song_ends_clear (&self->ends);
  g_clear_pointer (&self->title, g_free);
  self->answered = self->last_bytes = self->last_audio = self->first_audio = 0;
  self->heard_bytes = 0;
  self->titled = FALSE;
  self->length = -1;
  self->whole = self->is_cut = FALSE;
  g_clear_error (&self->doom);
}

static void
fail (Tuner *self, StationError code, const char *text)
{
  g_autoptr (GError) fault = g_error_new_literal (STATION_ERROR, (int)code, text);
  give_up (self, fault, -1);
}

static void
see_audio (Tuner *self, gint64 now)
{
  const guint arrivals = receiver_get_arrivals (self->receiver);
  if (arrivals == self->arrivals)
    return;
  self->arrivals = arrivals;
  self->last_audio = self->last_heard = now;
  if (self->first_audio == 0) {
    self->first_audio = now;
    g_clear_error (&self->mildest);
    enter (self, STATION_LISTENING, NULL, 0);
  }
  if (now - self->first_audio > haste_span (GOOD_RUN)) {
    backoff_reset (&self->passing);
    backoff_reset (&self->lasting);
    self->tried_contrary = FALSE;
    self->proved_contrary = self->contrary;
    self->is_live |= self->station->kind == STATION_HTTP && !self->whole && self->length < 0;
  }
}

static void
on_classified (const GstStructure *answer, gpointer user_data)
{
  Tuner *self = user_data;
  see_audio (self, g_get_monotonic_time ());
  const char *title = gst_structure_get_string (answer, "title");
  const gboolean final = answer_is_final (answer);
  if (!song_ends_take (&self->ends, answer))
    return;
  if (title_pace_holds (self->pace, title)) /* a title comes before what is heard of it */
    title_pace_release (self->pace);
  /* an answer may come after the title that it is about was taken back */
  if (!self->title && title && !final && !self->titled)
    set_title (self, title);
  tell (self, (StationEvent){.type = STATION_EVENT_ANSWER, .answer = answer, .title = title});
}

static void
on_paced (const char *title, gpointer user_data)
{
  Tuner *self = user_data;
  if (g_strcmp0 (title, self->title) == 0)
    return;
  set_title (self, title);
  tell (self, (StationEvent){.type = STATION_EVENT_TITLE});
}

/* One that is told again counts as none, unless another one is held back, which it takes back. */
static void
on_titled (const char *title, gpointer user_data)
{
  Tuner *self = user_data;
  self->titled = TRUE;
  if (title_pace_holds_any (self->pace) || g_strcmp0 (title, self->title) != 0)
    title_pace_take (self->pace, title);
}

/* One that was made before it was no more wanted may still come. */
static void
on_seen (const GstStructure *spectrogram, gpointer user_data)
{
  Tuner *self = user_data;
  if (self->spectrogram)
    tell (self, (StationEvent){.type = STATION_EVENT_SPECTROGRAM, .spectrogram = spectrogram});
}

static void
doom (Tuner *self, const GError *fault, double retry_after)
{
  self->doom = g_error_copy (fault);
  self->doom_retry_after = retry_after;
  self->doomed = g_get_monotonic_time ();
  close_streams (self);
}

/* What was heard until now still gets its answer. */
static void
end (Tuner *self, const GError *fault, double retry_after)
{
  if (self->doom)
    return;
  doom (self, fault, retry_after);
  receiver_finish (self->receiver);
}

static void
end_with (Tuner *self, const char *text)
{
  g_autoptr (GError) fault = g_error_new_literal (STATION_ERROR, STATION_ERROR_PASSING, text);
  end (self, fault, -1);
}

/* A decoder complains, too, of a connection too short for any audio. Of what was heard before there
 * is an answer to come. */
static void
on_failed (const GError *fault, gpointer user_data)
{
  Tuner *self = user_data;
  if (self->is_draining)
    change_receiver (self);
  else if (self->first_audio != 0 && self->doom)
    receiver_finish (self->receiver);
  else if (self->first_audio != 0)
    end (self, fault, -1);
  else if (self->doom)
    give_up (self, self->doom, self->doom_retry_after);
  else
    give_up (self, fault, -1);
}

static void
fail_on_missing (Tuner *self)
{
  g_autofree char *text = g_strdup (receiver_get_missing (self->receiver));
  fail (self, STATION_ERROR_LASTING, text);
}

static gboolean
was_whole_file (const Tuner *self)
{
  return self->station->kind == STATION_FILE || self->whole ||
         (self->length >= 0 && self->heard_bytes >= (guint64)self->length);
}

static void
on_ended (gpointer user_data)
{
  Tuner *self = user_data;
  see_audio (self, g_get_monotonic_time ());
  if (self->doom)
    give_up (self, self->doom, self->doom_retry_after);
  else if (self->is_draining)
    change_receiver (self);
  else if (self->is_cut && self->arrivals > 0)
    fail (self, STATION_ERROR_OVER,
          N_ ("its list is too long: its first 10000 segments were heard"));
  else if (receiver_get_missing (self->receiver))
    fail_on_missing (self);
  else if (self->arrivals == 0)
    fail (self, STATION_ERROR_NO_AUDIO, N_ ("no audio in it"));
  else if (self->finishing || (was_whole_file (self) && !self->is_live))
    fail (self, STATION_ERROR_OVER, N_ ("everything was heard"));
  else
    fail (self, STATION_ERROR_PASSING, N_ ("the server closed the connection"));
}

static void
on_levelled (double decibels, gpointer user_data)
{
  Tuner *self = user_data;
  if (self->first_audio == 0)
    see_audio (self, g_get_monotonic_time ());
  tell (self, (StationEvent){.type = STATION_EVENT_LEVEL, .level = decibels});
}

static const ReceiverListener receiver_listener = {on_classified, on_titled, on_failed,
                                                   on_levelled,   on_ended,  on_seen};

static gboolean
is_late (gint64 now, gint64 since, double seconds)
{
  return now - since > haste_span (seconds);
}

static void
forget_ended (Tuner *self)
{
  for (guint i = self->former->len; i > 0; i--)
    if (receiver_has_ended (self->former->pdata[i - 1]))
      g_ptr_array_remove_index_fast (self->former, i - 1);
}

/* A decoder that hangs keeps its threads and its memory for ever: no more of them than a few. */
static gboolean
may_open_receiver (Tuner *self)
{
  forget_ended (self);
  if (self->former->len < MOST_FORMER)
    return TRUE;
  if (is_late (g_get_monotonic_time (), self->closed, PATIENCE_FOR_FORMER * haste ()))
    fail (self, STATION_ERROR_LASTING, N_ ("its pipelines do not end"));
  else
    fail (self, STATION_ERROR_PASSING, N_ ("its last pipelines have not ended yet"));
  return FALSE;
}

/* FALSE: there is none, because of @error. */
static gboolean
take_receiver (Tuner *self, const GError *error)
{
  if (!self->receiver) /* threads come back, a missing plugin does not */
    fail (self, error->domain == G_THREAD_ERROR ? STATION_ERROR_PASSING : STATION_ERROR_LASTING,
          error->message);
  else if (self->spectrogram)
    receiver_set_spectrogram (self->receiver, TRUE);
  return self->receiver != NULL;
}

/* ---- playlists ---- */

static void
free_mirror (gpointer data)
{
  Mirror *mirror = data;
  g_free (mirror->uri);
  g_free (mirror);
}

/* What a server names must lie on the network, not on this machine's disk. */
static void
open_next_mirror (Tuner *self)
{
  Mirror *mirror = g_queue_pop_head (&self->mirrors);
  self->n_mirrors++;
  self->depth = mirror->depth;
  self->of_qualities = mirror->of_qualities;
  if (station_is_on_network (mirror->uri))
    tune (self, mirror->uri);
  else
    fail (self, STATION_ERROR_LASTING, N_ ("its playlist names something that is no stream"));
  free_mirror (mirror);
}

/* Those of a playlist that a playlist names come before what else that one names. */
static void
add_mirrors (Tuner *self, const GPtrArray *entries, gboolean of_qualities)
{
  for (guint i = MIN (entries->len, MOST_MIRRORS); i > 0; i--) {
    const PlaylistEntry *entry = entries->pdata[i - 1];
    Mirror *mirror = g_new0 (Mirror, 1);
    mirror->uri = g_strdup (entry->uri);
    mirror->depth = self->depth + 1;
    mirror->of_qualities = of_qualities;
    g_queue_push_head (&self->mirrors, mirror);
  }
  while (self->mirrors.length > 0 && self->mirrors.length + self->n_mirrors > MOST_MIRRORS)
    free_mirror (g_queue_pop_tail (&self->mirrors));
}

static void
open_receiver_for_uri (Tuner *self, const char *uri)
{
  g_autoptr (GError) error = NULL;
  if (!may_open_receiver (self))
    return;
  const gboolean live = self->station->kind != STATION_FILE;
  self->receiver = receiver_new_for_station (self->station, uri, live, self->options,
                                             &receiver_listener, self, &error);
  if (take_receiver (self, error))
    self->answered = self->last_bytes = g_get_monotonic_time ();
}

/* (transfer full), or NULL if it was said what is wrong. */
static GByteArray *
take_playlist (Tuner *self)
{
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&self->playlist));
  g_autoptr (GError) error = NULL;
  GBytes *text = gunzip (bytes, PLAYLIST_MAX_BYTES, &error);
  if (text)
    return g_bytes_unref_to_array (text);
  give_up (self, error, -1);
  return NULL;
}

static void
follow_playlist (Tuner *self)
{
  g_autofree char *uri = g_steal_pointer (&self->playlist_uri);
  g_autoptr (GByteArray) text = take_playlist (self);
  g_autoptr (GError) error = NULL;
  if (!text)
    return;
  PlaylistFormat format = playlist_guess_format ((const char *)text->data, text->len);
  /* The same in several qualities is a list of mirrors as others are, for only in theirs it is said
   * whether they end. The first one is heard, a worse one only if that fails. */
  const gboolean of_qualities =
      format == PLAYLIST_HLS &&
      playlist_has_tag ((const char *)text->data, text->len, "#EXT-X-STREAM-INF");
  if (of_qualities)
    format = PLAYLIST_M3U;
  disconnect (self);
  if (format == PLAYLIST_HLS) {
    open_segments (self, uri, text);
    return;
  }
  if (self->depth >= DEEPEST || self->n_mirrors >= MOST_MIRRORS) {
    fail (self, STATION_ERROR_LASTING, N_ ("playlists in playlists in playlists"));
    return;
  }
  g_autoptr (GPtrArray) entries =
      playlist_parse (format, (const char *)text->data, text->len, uri, &error);
  if (!entries) {
    give_up (self, error, -1);
    return;
  }
  add_mirrors (self, entries, of_qualities);
  open_next_mirror (self);
}

/* ---- HTTP ---- */

static void
take_own_name (Tuner *self, const char *name)
{
  char *tidy = self->station->name ? NULL : station_name_tidy (name, LONGEST_NAME);
  if (!tidy)
    return;
  g_free (self->own_name);
  self->own_name = tidy;
}

/* What the bytes are to be taken for: what the server says, or the other way round, what they look
 * like; of a server that says nothing, what they look like, or else MP3, as most are. */
static GstCaps *
choose_caps (Tuner *self, GstCaps *told)
{
  if (!self->contrary)
    return told ? gst_caps_ref (told) : NULL;
  return told ? NULL : gst_caps_from_string ("audio/mpeg, mpegversion=(int)1");
}

static void
open_receiver (Tuner *self, GstCaps *told, guint metadata_interval, gboolean live)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCaps) caps = choose_caps (self, told);
  if (!may_open_receiver (self))
    return;
  self->receiver = receiver_new_for_bytes (caps, metadata_interval, live, self->options,
                                           &receiver_listener, self, &error);
  take_receiver (self, error);
}

/* What they are is seen when they come. */
static void
expect_bytes (Tuner *self, const HttpAnswer *answer, GstCaps *told)
{
  const gboolean file =
      answer->length >= 0 && answer->length < LONGEST_FILE && answer->metadata_interval == 0;
  self->length = file ? answer->length : -1;
  self->metadata_interval = answer->metadata_interval;
  self->expects_bytes = TRUE;
  gst_caps_replace (&self->told, told);
  g_free (self->playlist_uri);
  self->playlist_uri = g_strdup (answer->uri);
}

static void
begin_playlist (Tuner *self, const char *uri)
{
  self->playlist = g_byte_array_new ();
  self->playlist_uri = g_strdup (uri);
}

/* Each title becomes several events, which takes more time than the sound between them where that
 * is short. TRUE: it is given up for it. */
static gboolean
is_crowded (Tuner *self, const HttpAnswer *answer)
{
  if (answer->metadata_interval == 0 || answer->metadata_interval >= LEAST_BETWEEN_TITLES)
    return FALSE;
  g_autofree char *text =
      g_strdup_printf (N_ ("its titles are %u bytes apart (icy-metaint), expected %d or more"),
                       answer->metadata_interval, LEAST_BETWEEN_TITLES);
  fail (self, STATION_ERROR_LASTING, text);
  return TRUE;
}

static void
on_answered (const HttpAnswer *answer, gpointer user_data)
{
  Tuner *self = user_data;
  g_autoptr (GstCaps) told = NULL;
  self->answered = self->last_bytes = g_get_monotonic_time ();
  take_own_name (self, answer->name);
  if (is_crowded (self, answer))
    return;
  switch (content_type_classify (answer->content_type, &told)) {
  case CONTENT_AUDIO:
    expect_bytes (self, answer, told);
    break;
  case CONTENT_PLAYLIST:
    begin_playlist (self, answer->uri);
    break;
  case CONTENT_UNKNOWN:
    if (self->of_qualities || playlist_has_ending (answer->uri))
      begin_playlist (self, answer->uri);
    else
      expect_bytes (self, answer, NULL);
    break;
  case CONTENT_OTHER: {
    g_autofree char *text = g_strdup_printf (N_ ("not audio: %.100s"), answer->content_type);
    fail (self, STATION_ERROR_LASTING, text);
    break;
  }
  }
}

/* No audio begins so. */
static gboolean
is_playlist (const guint8 *data, gsize n)
{
  const gsize length = strlen (PLAYLIST_MARK);
  return gzip_is (data, n) || (n >= length && memcmp (data, PLAYLIST_MARK, length) == 0);
}

/* Many a server knows no type for a playlist, or calls it audio. FALSE: nothing can take them. */
static gboolean
welcome_bytes (Tuner *self, const guint8 *data, gsize n)
{
  self->expects_bytes = FALSE;
  if (is_playlist (data, n)) {
    self->length = -1;
    self->playlist = g_byte_array_new ();
    return TRUE;
  }
  open_receiver (self, self->told, self->metadata_interval, self->length < 0);
  return self->receiver != NULL;
}

static void
on_arrived (GBytes *bytes, gpointer user_data)
{
  Tuner *self = user_data;
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  self->last_bytes = g_get_monotonic_time ();
  if (self->expects_bytes && !welcome_bytes (self, data, n))
    return;
  if (self->segments && self->heard_bytes == 0)
    self->answered = self->last_bytes; /* they were waited for */
  self->heard_bytes += n;
  if (self->receiver)
    receiver_push (self->receiver, bytes);
  else if (self->playlist->len + n > PLAYLIST_MAX_BYTES)
    fail (self, STATION_ERROR_LASTING, N_ ("a playlist of more than 1 MiB"));
  else
    g_byte_array_append (self->playlist, data, (guint)n);
}

/* All that a list named was heard before, but for what is missing. */
static gboolean
has_nothing_more (Tuner *self)
{
  return self->segments && self->whole && *get_next (self) != 0;
}

static void
on_stream_ended (gpointer user_data)
{
  Tuner *self = user_data;
  self->is_cut = self->segments && hls_stream_is_cut (self->segments);
  if (self->playlist)
    follow_playlist (self);
  else if (self->heard_bytes == 0 && has_nothing_more (self))
    fail (self, STATION_ERROR_OVER, N_ ("everything was heard"));
  else if (self->heard_bytes == 0)
    fail (self, STATION_ERROR_PASSING, N_ ("the server closed the connection"));
  else
    receiver_end (self->receiver); /* what is under way is still heard */
}

static void
on_stream_failed (const GError *fault, double retry_after, gpointer user_data)
{
  Tuner *self = user_data;
  if (self->receiver && self->heard_bytes > 0)
    end (self, fault, retry_after);
  else
    give_up (self, fault, retry_after);
}

static gboolean
has_room (gpointer user_data)
{
  Tuner *self = user_data;
  return !self->receiver || receiver_has_room (self->receiver);
}

static const HttpListener http_listener = {on_answered, on_arrived, on_stream_ended,
                                           on_stream_failed, has_room};

/* ---- HLS ---- */

/* One decoder for what came until now, which is heard to its end, and then another one. */
static void
change_receiver (Tuner *self)
{
  close_receiver (self);
  open_receiver (self, NULL, 0, !self->whole);
  if (!self->receiver)
    return;
  self->is_draining = FALSE;
  self->answered = self->last_bytes = g_get_monotonic_time ();
  hls_stream_go_on (self->segments);
}

/* Of what has an end all that has come is heard before the rest is looked for. */
static void
on_segments_failed (const GError *fault, double retry_after, gpointer user_data)
{
  Tuner *self = user_data;
  if (hls_stream_has_changed (self->segments)) {
    self->is_draining = TRUE;
    receiver_end (self->receiver);
  } else if (self->whole && self->heard_bytes > 0) {
    doom (self, fault, retry_after);
    receiver_end (self->receiver);
  } else {
    on_stream_failed (fault, retry_after, self);
  }
}

static const HttpListener segment_listener = {NULL, on_arrived, on_stream_ended, on_segments_failed,
                                              has_room};

/* Its query may change each time. (transfer full) */
static char *
name_list (const Tuner *self, const char *uri)
{
  return g_strdup_printf ("%u %.*s", self->n_mirrors, (int)strcspn (uri, "?#"), uri);
}

static void
open_segments (Tuner *self, const char *uri, const GByteArray *text)
{
  g_autoptr (GError) error = NULL;
  if (self->is_live && playlist_has_tag ((const char *)text->data, text->len, "#EXT-X-ENDLIST")) {
    /* what is left in it was heard */
    fail (self, STATION_ERROR_PASSING, N_ ("its playlist says that it is over"));
    return;
  }
  g_autoptr (HlsPlaylist) playlist =
      hls_playlist_parse ((const char *)text->data, text->len, uri, &error);
  if (!playlist) {
    give_up (self, error, -1);
    return;
  }
  self->whole = playlist->is_whole;
  open_receiver (self, NULL, 0, !self->whole);
  if (!self->receiver)
    return;
  self->answered = self->last_bytes = g_get_monotonic_time ();
  g_free (self->list);
  self->list = name_list (self, uri);
  self->segments = hls_stream_open (self->session, uri, self->address, g_steal_pointer (&playlist),
                                    *get_next (self), &segment_listener, self);
}

/* ---- trying ---- */

static gboolean
is_prompt (const Tuner *self)
{
  return self->spectrogram || self->options->play;
}

static void
tune (Tuner *self, const char *uri)
{
  disconnect (self);
  self->opened = g_get_monotonic_time ();
  g_free (self->address);
  self->address = g_strdup (uri);
  if (self->state != STATION_CONNECTING)
    enter (self, STATION_CONNECTING, NULL, 0);
  if (playlist_is_http (uri))
    self->stream = http_stream_open (self->session, uri, HTTP_ENDLESS, &http_listener, self);
  else
    open_receiver_for_uri (self, uri);
  if (self->stream)
    http_stream_set_prompt (self->stream, is_prompt (self));
}

void
tuner_start (Tuner *self)
{
  g_queue_clear_full (&self->mirrors, free_mirror);
  self->of_qualities = FALSE;
  self->depth = self->n_mirrors = 0;
  g_clear_error (&self->mildest);
  tune (self, self->station->uri);
}

void
tuner_put_off (Tuner *self)
{
  if (self->state == STATION_BROKEN)
    return;
  g_autoptr (GError) fault = g_error_new_literal (
      STATION_ERROR, STATION_ERROR_LASTING, N_ ("not begun: too few files may be open at once"));
  enter (self, STATION_BROKEN, fault, 0);
}

static gboolean
on_retry (gpointer user_data)
{
  Tuner *self = user_data;
  self->timer = 0;
  tuner_start (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_next_mirror (gpointer user_data)
{
  Tuner *self = user_data;
  self->timer = 0;
  open_next_mirror (self);
  return G_SOURCE_REMOVE;
}

/* From within whatever has failed, so not at once. */
static void
try_in (Tuner *self, double seconds, GSourceFunc function)
{
  self->timer = g_timeout_add ((guint)(haste_span (seconds) / 1000), function, self);
}

static gboolean
was_heard_lately (const Tuner *self)
{
  return self->last_heard != 0 &&
         g_get_monotonic_time () - self->last_heard < haste_span (REMEMBERED);
}

static gboolean
is_for_good (const Tuner *self, const GError *fault)
{
  if (fault->domain != STATION_ERROR)
    return FALSE;
  if (fault->code == STATION_ERROR_MISSING || fault->code == STATION_ERROR_LASTING)
    return !was_heard_lately (self);
  return fault->code == STATION_ERROR_NO_AUDIO && self->tried_contrary;
}

/* Another way to hear the same bytes; the same one where they were @heard until now. */
static gboolean
try_contrary (Tuner *self, const GError *fault, gboolean heard)
{
  if (!g_error_matches (fault, STATION_ERROR, STATION_ERROR_NO_AUDIO) || self->tried_contrary ||
      self->station->kind != STATION_HTTP)
    return FALSE;
  self->contrary = self->contrary != !heard;
  self->tried_contrary = TRUE;
  try_in (self, 0, on_retry);
  return TRUE;
}

static void
wait_for_next_try (Tuner *self, const GError *fault, double retry_after)
{
  const gboolean lasting = is_for_good (self, fault);
  const double delay = lasting ? backoff_next (&self->lasting, LASTING_LEAST, LASTING_MOST)
                               : backoff_next (&self->passing, PASSING_LEAST, PASSING_MOST);
  const double seconds = MAX (delay, retry_after);
  self->tried_contrary = FALSE;
  self->contrary = self->proved_contrary;
  try_in (self, seconds, on_retry);
  enter (self, lasting ? STATION_BROKEN : STATION_WAITING, fault, seconds);
}

static void
give_up (Tuner *self, const GError *fault, double retry_after)
{
  g_autoptr (GError) kept = g_error_copy (fault); /* it may belong to what is closed now */
  const gboolean heard = self->first_audio != 0, is_cut = self->is_cut && heard && !self->finishing;
  title_pace_release (self->pace);
  disconnect (self);
  if (self->timer != 0)
    return;
  if (self->finishing || g_error_matches (kept, STATION_ERROR, STATION_ERROR_OVER)) {
    const gboolean over = g_error_matches (kept, STATION_ERROR, STATION_ERROR_OVER);
    g_hash_table_remove_all (self->nexts);
    enter (self, STATION_ENDED, over && !is_cut ? NULL : kept, 0);
    return;
  }
  if (!self->mildest || (is_for_good (self, self->mildest) && !is_for_good (self, kept))) {
    g_clear_error (&self->mildest);
    self->mildest = g_error_copy (kept);
    self->mildest_retry_after = retry_after;
  }
  if (!g_queue_is_empty (&self->mirrors))
    try_in (self, BREATH, on_next_mirror);
  else if (!try_contrary (self, kept, heard))
    wait_for_next_try (self, self->mildest, self->mildest_retry_after);
}

/* ---- the watch ---- */

/* These come at times of their own, but for those that wait until the last ones were heard. */
static gboolean
is_between_segments (const Tuner *self, gint64 now, gint64 since)
{
  if (!self->segments)
    return FALSE;
  const double pause =
      self->is_draining ? PATIENCE_FOR_MORE : hls_stream_get_pause (self->segments);
  return (double)(now - since) / G_USEC_PER_SEC < pause;
}

/* Those for which there is no room are not fetched. */
static gboolean
have_bytes_come (const Tuner *self, gint64 now)
{
  return !is_late (now, self->last_bytes, PATIENCE_FOR_MORE) ||
         is_between_segments (self, now, self->last_bytes) ||
         ((self->stream || self->segments) && self->receiver &&
          !receiver_has_room (self->receiver));
}

static const char *
describe_stall (const Tuner *self, gint64 now)
{
  if (have_bytes_come (self, now))
    return N_ ("bytes came for 15 s, but no sound: their format has changed, or this machine is "
               "too slow");
  return self->segments && hls_stream_waits_for_news (self->segments)
             ? N_ ("its list has nothing new")
             : N_ ("stalled: nothing came for 15 s");
}

static void
look_for_faults (Tuner *self, gint64 now)
{
  if (self->doom) {
    const gint64 since = self->whole ? MAX (self->doomed, self->last_audio) : self->doomed;
    if (is_late (now, since, PATIENCE_FOR_END * haste ()))
      give_up (self, self->doom, self->doom_retry_after);
  } else if (self->answered == 0) {
    if (is_late (now, self->opened, PATIENCE_FOR_ANSWER))
      fail (self, STATION_ERROR_PASSING, N_ ("no answer within 20 s"));
  } else if (self->first_audio != 0) {
    if (is_late (now, self->last_audio, PATIENCE_FOR_MORE) &&
        !is_between_segments (self, now, self->last_audio))
      end_with (self, describe_stall (self, now));
  } else if ((self->stream || self->segments) &&
             is_late (now, self->last_bytes, PATIENCE_FOR_MORE)) {
    if (!is_between_segments (self, now, self->last_bytes))
      fail (self, STATION_ERROR_PASSING, describe_stall (self, now));
  } else if (self->receiver && receiver_get_missing (self->receiver) &&
             is_late (now, self->answered, PATIENCE_FOR_OTHERS)) {
    fail_on_missing (self);
  } else if (is_late (now, self->answered, PATIENCE_FOR_AUDIO) &&
             !(self->segments && self->heard_bytes == 0)) {
    fail (self, STATION_ERROR_NO_AUDIO, N_ ("no audio within 20 s"));
  }
}

void
tuner_look (Tuner *self)
{
  forget_ended (self); /* its next connection may be an hour away */
  if (!self->stream && !self->receiver)
    return;
  const gint64 now = g_get_monotonic_time ();
  if (self->receiver) {
    see_audio (self, now);
    receiver_watch_load (self->receiver, now);
  }
  look_for_faults (self, now);
}

/* ---- beginning and end ---- */

void
tuner_finish (Tuner *self)
{
  self->finishing = TRUE;
  if (self->timer != 0)
    g_source_remove (self->timer);
  self->timer = 0;
  close_streams (self);
  if (self->receiver && self->first_audio != 0)
    receiver_finish (self->receiver);
  else if (self->state != STATION_ENDED)
    fail (self, STATION_ERROR_OVER, N_ ("asked to end"));
}

void
tuner_abandon (Tuner *self)
{
  self->finishing = TRUE;
  if (self->timer != 0)
    g_source_remove (self->timer);
  self->timer = 0;
  if (self->state != STATION_ENDED)
    fail (self, STATION_ERROR_OVER, N_ ("nobody wants it any more"));
}

void
tuner_set_spectrogram (Tuner *self, gboolean wanted)
{
  self->spectrogram = wanted;
  if (self->stream)
    http_stream_set_prompt (self->stream, is_prompt (self));
  if (self->receiver)
    receiver_set_spectrogram (self->receiver, wanted);
}

void
tuner_add_statistics (const Tuner *self, ReceiverStatistics *sum)
{
  sum->segments += self->statistics.segments;
  sum->inference_time += self->statistics.inference_time;
  sum->dropped += self->statistics.dropped;
  if (self->receiver)
    receiver_add_statistics (self->receiver, sum);
}

StationState
tuner_get_state (const Tuner *self)
{
  return self->state;
}

Tuner *
tuner_new (Station *station, SessionPool *sessions, const ReceiverOptions *options,
           StationObserver observer, gpointer user_data)
{
  Tuner *self = g_new0 (Tuner, 1);
  self->station = station;
  self->key = station_key (station);
  self->sessions = sessions;
  self->session = session_pool_take (sessions);
  self->options = options;
  self->observer = observer;
  self->user_data = user_data;
  self->nexts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->former = g_ptr_array_new_with_free_func ((GDestroyNotify)receiver_unref);
  self->pace = title_pace_new (on_paced, self);
  self->state = STATION_WAITING;
  self->length = -1;
  return self;
}

void
tuner_free (Tuner *self)
{
  if (!self)
    return;
  disconnect (self);
  session_pool_give_back (self->sessions, self->session);
  if (self->timer != 0)
    g_source_remove (self->timer);
  g_queue_clear_full (&self->mirrors, free_mirror);
  g_ptr_array_unref (self->former);
  g_free (self->key);
  g_free (self->own_name);
  title_pace_free (self->pace);
  g_free (self->title);
  g_free (self->list);
  g_free (self->address);
  g_hash_table_unref (self->nexts);
  g_clear_error (&self->mildest);
  station_free (self->station);
  g_free (self);
}

const Station *
tuner_get_station (const Tuner *self)
{
  return self->station;
}

const char *
tuner_get_key (const Tuner *self)
{
  return self->key;
}
