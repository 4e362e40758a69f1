/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hlsstream.h"
#include "fault.h"
#include "hlsfetch.h"
#include "httpdocument.h"
#include "playlist.h"
#include "../translation.h"

#define BEFORE_END 3       /* segments: a live station is joined so far from the end of its list */
#define MOST_FAILURES 5    /* in a row */
#define BREATH 0.5         /* s, at least, between looks at the list, and after a failure */
#define PAUSES 3           /* segments that may be late */
#define LONGEST_LAG 60     /* s that may have passed in a list since it was fetched from */
#define LONGEST_PATIENCE 5 /* s, that a server may ask for without losing its place */

typedef struct {
  HlsPiece *piece;
  guint64 number; /* of its segment */
  gboolean is_map;
} Waiting;

struct _HlsStream {
  SoupSession *session;
  char *uri;
  const HttpListener *listener;
  gpointer user_data;
  GQueue waiting; /* of Waiting, to be fetched, in order */
  HlsPiece *map;  /* the last among them that came before others, or NULL */
  guint64 next;   /* number of the first segment that is not among them yet */
  double target;
  gboolean begun, is_whole, has_news;
  gint64 looked; /* at the list; monotonic */
  guint failures;
  guint timer;
  HlsCommon common;
  /* What is being fetched: one of these, or none. */
  HttpDocument *list;
  HlsFetch *fetch;
  Waiting *fetched; /* NULL: the list is */
};

static void proceed (HlsStream *self);

static void
waiting_free (gpointer data)
{
  Waiting *self = data;
  hls_piece_unref (self->piece);
  g_free (self);
}

static void
push (HlsStream *self, HlsPiece *piece, gboolean is_map)
{
  Waiting *waiting = g_new (Waiting, 1);
  *waiting = (Waiting){hls_piece_ref (piece), self->next, is_map};
  g_queue_push_tail (&self->waiting, waiting);
}

static void
stop_fetching (HlsStream *self)
{
  g_clear_pointer (&self->list, http_document_close);
  g_clear_pointer (&self->fetch, hls_fetch_close);
  g_clear_pointer (&self->fetched, waiting_free);
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

/* What was asked for last is left out, unless it is waiting again. Whoever listens may close us. */
static void
go_on_after (HlsStream *self, const GError *fault, double retry_after)
{
  stop_fetching (self);
  if (++self->failures < MOST_FAILURES && retry_after <= LONGEST_PATIENCE)
    proceed_in (self, MAX (retry_after, BREATH));
  else
    self->listener->failed (fault, retry_after, self->user_data);
}

static void
on_failed (const GError *fault, double retry_after, gpointer user_data)
{
  g_autoptr (GError) kept = g_error_copy (fault); /* it may belong to what is closed now */
  go_on_after (user_data, kept, retry_after);
}

/* ---- the list ---- */

static void
add_segment (HlsStream *self, const HlsSegment *segment)
{
  if (!segment->sound)
    return;
  if (segment->map && !hls_piece_is_same (segment->map, self->map))
    push (self, segment->map, TRUE);
  g_clear_pointer (&self->map, hls_piece_unref);
  self->map = segment->map ? hls_piece_ref (segment->map) : NULL;
  push (self, segment->sound, FALSE);
}

/* A list that is a little older than the last one is no news, and what is missed is missed: also
 * in a list that goes back for hours, or a station would be behind for ever after an outage. */
static guint64
find_next (const HlsStream *self, const HlsPlaylist *playlist)
{
  const guint n = playlist->segments->len;
  const guint64 first = playlist->first, end = first + n;
  const guint64 late = playlist->is_whole || n <= BEFORE_END ? first : end - BEFORE_END;
  const gboolean is_anew = self->next > first && self->next - first > 2 * n;
  if (!self->begun || is_anew || self->next < first)
    return late;
  const gboolean lags = !playlist->is_whole && self->next < late &&
                        (double)(end - self->next) * playlist->target > LONGEST_LAG;
  return lags ? late : self->next;
}

static void
add_segments (HlsStream *self, const HlsPlaylist *playlist)
{
  const guint64 end = playlist->first + playlist->segments->len;
  self->next = find_next (self, playlist);
  self->begun = TRUE;
  self->has_news = self->next < end;
  for (; self->next < end; self->next++)
    add_segment (self, playlist->segments->pdata[self->next - playlist->first]);
  self->target = playlist->target;
  self->is_whole = playlist->is_whole;
}

static void
on_list_arrived (GBytes *bytes, const char *uri, gpointer user_data)
{
  HlsStream *self = user_data;
  gsize n;
  const char *text = g_bytes_get_data (bytes, &n);
  g_autoptr (GError) error = NULL;
  g_autoptr (HlsPlaylist) playlist = hls_playlist_parse (text, n, uri, &error);
  stop_fetching (self);
  if (!playlist) {
    go_on_after (self, error, -1);
    return;
  }
  add_segments (self, playlist);
  proceed (self);
}

static void
on_list_failed (const GError *fault, double retry_after, gpointer user_data)
{
  HlsStream *self = user_data;
  self->has_news = FALSE;
  on_failed (fault, retry_after, self);
}

static const HttpDocumentListener list_listener = {on_list_arrived, on_list_failed,
                                                   N_ ("a playlist that does not end")};

static void
fetch_list (HlsStream *self)
{
  self->looked = g_get_monotonic_time ();
  self->list =
      http_document_open (self->session, self->uri, PLAYLIST_MAX_BYTES, &list_listener, self);
}

/* ---- segments ---- */

static void
on_piece_arrived (GBytes *bytes, gpointer user_data)
{
  HlsStream *self = user_data;
  self->listener->arrived (bytes, self->user_data);
}

static void
on_piece_ended (gpointer user_data)
{
  HlsStream *self = user_data;
  self->failures = 0;
  stop_fetching (self);
  proceed (self);
}

/* Without what comes before them others are of no use. What is of another kind is the next one for
 * whoever opens the stream again. */
static void
on_piece_failed (const GError *fault, double retry_after, gpointer user_data)
{
  HlsStream *self = user_data;
  if (self->common.has_changed || self->fetched->is_map)
    g_queue_push_head (&self->waiting, g_steal_pointer (&self->fetched));
  if (self->common.has_changed)
    self->listener->failed (fault, retry_after, self->user_data);
  else
    on_failed (fault, retry_after, self);
}

static gboolean
has_room (gpointer user_data)
{
  HlsStream *self = user_data;
  return self->listener->has_room (self->user_data);
}

static const HttpListener piece_listener = {NULL, on_piece_arrived, on_piece_ended, on_piece_failed,
                                            has_room};

static void
fetch_piece (HlsStream *self)
{
  self->fetched = g_queue_pop_head (&self->waiting);
  self->fetch =
      hls_fetch_open (self->session, self->fetched->piece, &self->common, &piece_listener, self);
}

/* ---- beginning and end ---- */

/* RFC 8216, 6.3.4: a list that has not changed is looked at sooner. */
static void
proceed (HlsStream *self)
{
  if (!g_queue_is_empty (&self->waiting)) {
    fetch_piece (self);
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
hls_stream_open (SoupSession *session, const char *uri, HlsPlaylist *playlist, guint64 next,
                 const HttpListener *listener, gpointer user_data)
{
  g_autoptr (HlsPlaylist) owned = playlist;
  HlsStream *self = g_new0 (HlsStream, 1);
  self->session = g_object_ref (session);
  self->uri = g_strdup (uri);
  self->listener = listener;
  self->user_data = user_data;
  self->looked = g_get_monotonic_time ();
  self->next = next;
  self->begun = next != 0;
  add_segments (self, owned);
  proceed_in (self, 0);
  return self;
}

guint64
hls_stream_get_next (const HlsStream *self)
{
  const Waiting *first = g_queue_peek_head ((GQueue *)&self->waiting);
  return first ? first->number : self->next;
}

gboolean
hls_stream_waits_for_news (const HlsStream *self)
{
  return !self->fetch && !self->list && g_queue_is_empty ((GQueue *)&self->waiting);
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
  g_queue_clear_full (&self->waiting, waiting_free);
  g_clear_pointer (&self->map, hls_piece_unref);
  g_free (self->common.key.uri);
  g_object_unref (self->session);
  g_free (self->uri);
  g_free (self);
}
