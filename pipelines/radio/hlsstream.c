/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hlsstream.h"
#include "fault.h"
#include "playlist.h"
#include "../translation.h"
#include <string.h>

#define BEFORE_END 3    /* segments: a live station is joined so far from the end of its list */
#define MOST_FAILURES 5 /* in a row */
#define BREATH 0.5      /* s, at least, between looks at the list, and after a failure */
#define PAUSES 3        /* segments that may be late */
#define ID3_HEADER 10   /* bytes */

struct _HlsStream {
  SoupSession *session;
  char *uri;
  const HttpListener *listener;
  gpointer user_data;
  GQueue waiting; /* of char *: addresses to be fetched, in order */
  char *map;      /* the last among them that came before others, or NULL */
  guint64 next;   /* number of the first segment that is not among them yet */
  double target;
  gboolean begun, is_whole, has_news;
  gint64 looked; /* at the list; monotonic */
  guint failures;
  guint timer;
  /* What is being fetched. */
  HttpStream *stream;
  GByteArray *list; /* so far; NULL: a segment is */
  GByteArray *head; /* of a segment, until it is known whether it begins with a tag */
  gsize tag;        /* bytes of it that are still to come */
};

static void proceed (HlsStream *self);

static void
stop_fetching (HlsStream *self)
{
  g_clear_pointer (&self->stream, http_stream_close);
  g_clear_pointer (&self->list, g_byte_array_unref);
  g_byte_array_set_size (self->head, 0);
  self->tag = 0;
}

static gboolean
on_time (gpointer user_data)
{
  HlsStream *self = user_data;
  self->timer = 0;
  proceed (self);
  return G_SOURCE_REMOVE;
}

static void
proceed_in (HlsStream *self, double seconds)
{
  self->timer = g_timeout_add ((guint)(seconds * 1000), on_time, self);
}

/* What was asked for last is left out. Whoever listens may close us. */
static void
go_on_after (HlsStream *self, const GError *fault, double retry_after)
{
  stop_fetching (self);
  g_clear_pointer (&self->map, g_free); /* it may be what was asked for */
  if (++self->failures < MOST_FAILURES && retry_after <= 0)
    proceed_in (self, BREATH);
  else
    self->listener->failed (fault, retry_after, self->user_data);
}

static void
on_failed (const GError *fault, double retry_after, gpointer user_data)
{
  g_autoptr (GError) kept = g_error_copy (fault); /* it may belong to what is closed now */
  go_on_after (user_data, kept, retry_after);
}

static gboolean
has_room (gpointer user_data)
{
  HlsStream *self = user_data;
  return self->list || self->listener->has_room (self->user_data);
}

/* ---- the list ---- */

static void
add_segment (HlsStream *self, const HlsSegment *segment)
{
  if (segment->map && g_strcmp0 (segment->map, self->map) != 0)
    g_queue_push_tail (&self->waiting, g_strdup (segment->map));
  g_free (self->map);
  self->map = g_strdup (segment->map);
  g_queue_push_tail (&self->waiting, g_strdup (segment->uri));
}

/* A list that is a little older than the last one is no news, and what is missed is missed. */
static void
add_segments (HlsStream *self, const HlsPlaylist *playlist)
{
  const guint n = playlist->segments->len;
  const guint64 late =
      playlist->first + (playlist->is_whole || n <= BEFORE_END ? 0 : n - BEFORE_END);
  const gboolean is_anew = self->next > playlist->first && self->next - playlist->first > 2 * n;
  if (!self->begun || is_anew || self->next < playlist->first)
    self->next = late;
  self->begun = TRUE;
  self->has_news = self->next < playlist->first + n;
  for (; self->next < playlist->first + n; self->next++)
    add_segment (self, playlist->segments->pdata[self->next - playlist->first]);
  self->target = playlist->target;
  self->is_whole = playlist->is_whole;
}

static void
on_list_answered (const HttpAnswer *answer, gpointer user_data)
{
}

static void
on_list_arrived (GBytes *bytes, gpointer user_data)
{
  HlsStream *self = user_data;
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  if (self->list->len + n <= PLAYLIST_MAX_BYTES) {
    g_byte_array_append (self->list, data, (guint)n);
    return;
  }
  g_autoptr (GError) fault = g_error_new_literal (STATION_ERROR, STATION_ERROR_LASTING,
                                                  N_ ("a playlist that does not end"));
  go_on_after (self, fault, -1);
}

static void
on_list_ended (gpointer user_data)
{
  HlsStream *self = user_data;
  g_autoptr (GByteArray) text = g_steal_pointer (&self->list);
  g_autoptr (GError) error = NULL;
  stop_fetching (self);
  g_autoptr (HlsPlaylist) playlist =
      hls_playlist_parse ((const char *)text->data, text->len, self->uri, &error);
  if (!playlist) {
    go_on_after (self, error, -1);
    return;
  }
  if (playlist->is_odd) {
    g_autoptr (GError) fault = g_error_new_literal (STATION_ERROR, STATION_ERROR_PASSING,
                                                    N_ ("its segments are of another kind now"));
    self->listener->failed (fault, -1, self->user_data);
    return;
  }
  add_segments (self, playlist);
  proceed (self);
}

static const HttpListener list_listener = {on_list_answered, on_list_arrived, on_list_ended,
                                           on_failed, has_room};

static void
fetch_list (HlsStream *self)
{
  self->looked = g_get_monotonic_time ();
  self->list = g_byte_array_new ();
  self->stream = http_stream_open (self->session, self->uri, HTTP_PIECE, &list_listener, self);
  http_stream_set_prompt (self->stream, TRUE);
}

/* ---- segments ---- */

/* A page that says so, with the status of success. */
static void
on_segment_answered (const HttpAnswer *answer, gpointer user_data)
{
  if (!answer->content_type || g_ascii_strncasecmp (answer->content_type, "text/html", 9) != 0)
    return;
  g_autoptr (GError) fault =
      g_error_new (STATION_ERROR, STATION_ERROR_LASTING, N_ ("not audio: %.100s"), "text/html");
  go_on_after (user_data, fault, -1);
}

/* Bytes of the tag that @head begins with: four times seven bits, behind "ID3" and three more. */
static gsize
measure_tag (const GByteArray *head)
{
  const guint8 *h = head->data;
  if (memcmp (h, "ID3", 3) != 0)
    return 0;
  return ID3_HEADER + ((gsize)(h[6] & 127) << 21) + ((gsize)(h[7] & 127) << 14) +
         ((gsize)(h[8] & 127) << 7) + (h[9] & 127);
}

/* The tag says when the segment begins, which decoders in the midst of a stream take for noise. */
static void
on_segment_arrived (GBytes *bytes, gpointer user_data)
{
  HlsStream *self = user_data;
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  g_autoptr (GBytes) joined = NULL;
  if (self->head->len < ID3_HEADER) {
    g_byte_array_append (self->head, data, (guint)n);
    if (self->head->len < ID3_HEADER)
      return;
    self->tag = measure_tag (self->head);
    joined = g_bytes_new (self->head->data, self->head->len);
  }
  GBytes *from = joined ? joined : bytes;
  const gsize size = g_bytes_get_size (from), skipped = MIN (size, self->tag);
  self->tag -= skipped;
  g_autoptr (GBytes) rest = g_bytes_new_from_bytes (from, skipped, size - skipped);
  if (skipped < size)
    self->listener->arrived (rest, self->user_data);
}

static void
on_segment_ended (gpointer user_data)
{
  HlsStream *self = user_data;
  self->failures = 0;
  stop_fetching (self);
  proceed (self);
}

static const HttpListener segment_listener = {on_segment_answered, on_segment_arrived,
                                              on_segment_ended, on_failed, has_room};

static void
fetch_segment (HlsStream *self)
{
  g_autofree char *uri = g_queue_pop_head (&self->waiting);
  self->stream = http_stream_open (self->session, uri, HTTP_PIECE, &segment_listener, self);
  http_stream_set_prompt (self->stream, TRUE);
}

/* ---- beginning and end ---- */

/* RFC 8216, 6.3.4: a list that has not changed is looked at sooner. */
static void
proceed (HlsStream *self)
{
  if (!g_queue_is_empty (&self->waiting)) {
    fetch_segment (self);
    return;
  }
  if (self->is_whole) {
    self->listener->ended (self->user_data);
    return;
  }
  const double since = (double)(g_get_monotonic_time () - self->looked) / G_USEC_PER_SEC;
  const double wait = (self->has_news ? self->target : self->target / 2) - since;
  if (wait > 0 && since >= 0)
    proceed_in (self, MAX (wait, BREATH));
  else
    fetch_list (self);
}

HlsStream *
hls_stream_open (SoupSession *session, const char *uri, HlsPlaylist *playlist,
                 const HttpListener *listener, gpointer user_data)
{
  g_autoptr (HlsPlaylist) owned = playlist;
  HlsStream *self = g_new0 (HlsStream, 1);
  self->session = g_object_ref (session);
  self->uri = g_strdup (uri);
  self->listener = listener;
  self->user_data = user_data;
  self->head = g_byte_array_new ();
  self->looked = g_get_monotonic_time ();
  add_segments (self, owned);
  proceed (self);
  return self;
}

double
hls_stream_get_pause (const HlsStream *self)
{
  return PAUSES * self->target;
}

void
hls_stream_close (HlsStream *self)
{
  if (!self)
    return;
  stop_fetching (self);
  if (self->timer != 0)
    g_source_remove (self->timer);
  g_queue_clear_full (&self->waiting, g_free);
  g_free (self->map);
  g_byte_array_unref (self->head);
  g_object_unref (self->session);
  g_free (self->uri);
  g_free (self);
}
