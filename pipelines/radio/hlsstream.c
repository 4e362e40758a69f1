/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hlsstream.h"
#include "fault.h"
#include "gunzip.h"
#include "hlsfetch.h"
#include "httpdocument.h"
#include "playlist.h"
#include "../translation.h"

#define BEFORE_END 3       /* segments: a live station is joined so far from the end of its list */
#define MOST_FAILURES 5    /* in a row */
#define BREATH 0.5         /* s, at least, between looks at the list, and after a failure */
#define LEAST_TRIES 3      /* of a segment that may not be there yet */
#define KNOWN 64           /* last segments of a list whose names are remembered */
#define PAUSES 3           /* segments that may be late */
#define LONGEST_LAG 60     /* s that may have passed in a list since it was fetched from */
#define LONGEST_PATIENCE 5 /* s, that a server may ask for without losing its place */

typedef struct {
  HlsPiece *piece;
  HlsPiece *map;  /* what has to come before it, or NULL */
  guint64 number; /* of its segment */
  gboolean is_map;
  gboolean is_break; /* it need not fit what is before it */
} Waiting;

struct _HlsStream {
  SoupSession *session;
  char *uri;    /* of the list, as it was found last */
  char *origin; /* what led there */
  const HttpListener *listener;
  gpointer user_data;
  GQueue waiting; /* of Waiting, to be fetched, in order */
  HlsPiece *map;  /* the last among them that came before others, or NULL */
  guint64 next;   /* number of the first segment that is not among them yet */
  HlsPiece *last; /* the one before that, if it was among them; or NULL */
  gboolean is_break;
  GPtrArray *known;    /* HlsPiece of the last segments of the last list, NULL of what is none */
  guint64 known_first; /* number of the first of them */
  double target;
  gboolean begun, is_whole, is_cut, has_news;
  gboolean asks_origin; /* where the list is now */
  gint64 looked;        /* at the list; monotonic */
  gint64 read;          /* the list, when all of it was there; monotonic */
  guint failures;       /* in a row: lists, and pieces that were given up */
  gboolean in_hole;     /* the last segment was given up */
  guint tries;          /* of what is being fetched, that have failed */
  gint64 tried;         /* the first of them; monotonic */
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
  g_clear_pointer (&self->map, hls_piece_unref);
  g_free (self);
}

/* @map: NULL of a map itself. */
static Waiting *
waiting_new (HlsPiece *piece, HlsPiece *map, guint64 number)
{
  Waiting *self = g_new0 (Waiting, 1);
  self->piece = hls_piece_ref (piece);
  self->map = map ? hls_piece_ref (map) : NULL;
  self->number = number;
  return self;
}

static Waiting *
waiting_new_map (HlsPiece *map, guint64 number)
{
  Waiting *self = waiting_new (map, NULL, number);
  self->is_map = TRUE;
  return self;
}

static void
stop_fetching (HlsStream *self)
{
  g_clear_pointer (&self->list, http_document_close);
  g_clear_pointer (&self->fetch, hls_fetch_close);
  g_clear_pointer (&self->fetched, waiting_free);
  self->tries = 0;
}

/* What is being fetched is the next one again. */
static void
put_back (HlsStream *self)
{
  g_queue_push_head (&self->waiting, g_steal_pointer (&self->fetched));
  stop_fetching (self);
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
  self->is_break |= segment->is_break;
  if (!segment->sound)
    return;
  if (segment->map && !hls_piece_is_same (segment->map, self->map))
    g_queue_push_tail (&self->waiting, waiting_new_map (segment->map, self->next));
  g_clear_pointer (&self->map, hls_piece_unref);
  self->map = segment->map ? hls_piece_ref (segment->map) : NULL;
  Waiting *waiting = waiting_new (segment->sound, segment->map, self->next);
  waiting->is_break = self->is_break;
  self->is_break = FALSE;
  g_queue_push_tail (&self->waiting, waiting);
}

static HlsPiece *
get_sound (const HlsPlaylist *playlist, guint i)
{
  return ((const HlsSegment *)playlist->segments->pdata[i])->sound;
}

static void
forget_piece (gpointer piece)
{
  if (piece)
    hls_piece_unref (piece);
}

static void
remember_names (HlsStream *self, const HlsPlaylist *playlist)
{
  const guint n = playlist->segments->len, skipped = n > KNOWN ? n - KNOWN : 0;
  g_ptr_array_set_size (self->known, 0);
  self->known_first = playlist->first + skipped;
  for (guint i = skipped; i < n; i++) {
    HlsPiece *sound = get_sound (playlist, i);
    g_ptr_array_add (self->known, sound ? hls_piece_ref (sound) : NULL);
  }
}

/* A list whose numbers name other segments than they did counts anew. */
static gboolean
has_other_names (const HlsStream *self, const HlsPlaylist *playlist)
{
  const guint64 begin = MAX (playlist->first, self->known_first);
  const guint64 end =
      MIN (playlist->first + playlist->segments->len, self->known_first + self->known->len);
  for (guint64 i = begin; i < end; i++) {
    const HlsPiece *known = self->known->pdata[i - self->known_first];
    const HlsPiece *sound = get_sound (playlist, (guint)(i - playlist->first));
    if (known && sound && !hls_piece_is_called (known, sound))
      return TRUE;
  }
  return FALSE;
}

/* Of a list that counts anew: behind the last one, if that is still in it. */
static guint64
find_anew (const HlsStream *self, const HlsPlaylist *playlist, guint64 otherwise)
{
  for (guint i = playlist->segments->len; self->last && i > 0; i--) {
    const HlsPiece *sound = get_sound (playlist, i - 1);
    if (sound && hls_piece_is_called (sound, self->last))
      return playlist->first + i;
  }
  return otherwise;
}

/* A list that is a little older than the last one is no news, and what is missed is missed: also
 * in a list that goes back for hours, or a station would be behind for ever after an outage. One
 * that has just begun anew was never heard. */
static guint64
find_next (const HlsStream *self, const HlsPlaylist *playlist)
{
  const guint n = playlist->segments->len;
  const guint64 first = playlist->first, end = first + n;
  const guint64 late = playlist->is_whole || n <= BEFORE_END ? first : end - BEFORE_END;
  const gboolean is_long = n * playlist->target > LONGEST_LAG;
  if (!self->begun || self->next < first)
    return late;
  if (self->known->len == 0 && self->next > end + MIN (2 * (guint64)n, KNOWN))
    return late; /* it was left by its number only, and so far back is no older list */
  if (self->next > end && has_other_names (self, playlist))
    return find_anew (self, playlist, is_long ? late : first);
  if (self->next > first && self->next - first > 2 * (guint64)n)
    return find_anew (self, playlist, late);
  const gboolean lags = !playlist->is_whole && self->next < late &&
                        (double)(end - self->next) * playlist->target > LONGEST_LAG;
  return lags ? late : self->next;
}

static void
add_segments (HlsStream *self, const HlsPlaylist *playlist)
{
  const guint64 end = playlist->first + playlist->segments->len;
  const guint64 next = find_next (self, playlist);
  self->is_break |= self->begun && next != self->next;
  self->next = next;
  self->begun = TRUE;
  self->has_news = self->next < end;
  for (; self->next < end; self->next++) {
    HlsPiece *sound = get_sound (playlist, (guint)(self->next - playlist->first));
    add_segment (self, playlist->segments->pdata[self->next - playlist->first]);
    g_clear_pointer (&self->last, hls_piece_unref);
    self->last = sound ? hls_piece_ref (sound) : NULL;
  }
  if (self->has_news)
    remember_names (self, playlist);
  self->target = playlist->target;
  self->is_whole = playlist->is_whole;
  self->is_cut = playlist->is_cut;
  self->read = g_get_monotonic_time ();
}

static HlsPlaylist *
read_list (GBytes *bytes, const char *uri, GError **error)
{
  gsize n;
  g_autoptr (GBytes) text = gunzip (bytes, PLAYLIST_MAX_BYTES, error);
  const char *data = text ? g_bytes_get_data (text, &n) : NULL;
  return text ? hls_playlist_parse (data, n, uri, error) : NULL;
}

static void
on_list_arrived (GBytes *bytes, const char *uri, gpointer user_data)
{
  HlsStream *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HlsPlaylist) playlist = read_list (bytes, uri, &error);
  if (playlist && self->asks_origin) {
    g_free (self->uri);
    self->uri = g_strdup (uri);
  }
  self->asks_origin = FALSE;
  stop_fetching (self);
  if (!playlist) {
    go_on_after (self, error, -1);
    return;
  }
  add_segments (self, playlist);
  proceed (self);
}

static void fetch_list (HlsStream *self);

/* What a redirect has led to may be for a while only. */
static void
on_list_failed (const GError *fault, double retry_after, gpointer user_data)
{
  HlsStream *self = user_data;
  const gboolean is_refused =
      fault->code == STATION_ERROR_MISSING || fault->code == STATION_ERROR_LASTING;
  self->has_news = FALSE;
  self->asks_origin = is_refused && !self->asks_origin && !g_str_equal (self->origin, self->uri);
  if (!self->asks_origin) {
    on_failed (fault, retry_after, self);
    return;
  }
  stop_fetching (self);
  fetch_list (self);
}

static const HttpDocumentListener list_listener = {on_list_arrived, on_list_failed,
                                                   N_ ("a playlist of more than 1 MiB")};

static void
fetch_list (HlsStream *self)
{
  self->looked = g_get_monotonic_time ();
  self->list = http_document_open (self->session, self->asks_origin ? self->origin : self->uri,
                                   PLAYLIST_MAX_BYTES, &list_listener, self);
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
  self->in_hole &= self->fetched->is_map;
  stop_fetching (self);
  proceed (self);
}

/* What is of another kind is the next one for whoever has another decoder for it, which has seen
 * none of its maps. */
static void
tell_change (HlsStream *self, const GError *fault)
{
  HlsPiece *map = self->fetched->map;
  Waiting *before = map ? waiting_new_map (map, self->fetched->number) : NULL;
  put_back (self);
  if (before)
    g_queue_push_head (&self->waiting, before);
  self->listener->failed (fault, -1, self->user_data);
}

/* Some servers name a segment a little before they have it, or drop what they are sending. It is
 * asked for less and less often, for about as long as a segment lasts; and of several that are not
 * there the first one only, or a station would be far behind after them. */
static gboolean
try_again (HlsStream *self, const GError *fault, double retry_after)
{
  const gint64 now = g_get_monotonic_time ();
  const double wait = MAX (retry_after, BREATH * (1 << MIN (self->tries, 6)));
  if (self->tries++ == 0)
    self->tried = now;
  const double since = (double)(now - self->tried) / G_USEC_PER_SEC;
  const gboolean is_gone = self->is_whole && fault->code == STATION_ERROR_MISSING;
  const gboolean may_come = hls_fetch_has_begun (self->fetch) || !(self->in_hole || is_gone);
  if (!may_come || !hls_fetch_can_go_on (self->fetch) || retry_after > LONGEST_PATIENCE ||
      (self->tries >= LEAST_TRIES && since + wait > self->target))
    return FALSE;
  proceed_in (self, wait);
  return TRUE;
}

/* Of what has come in part nothing may come twice, and a demuxer of MP4 would wait for the rest. */
static void
give_up_segment (HlsStream *self, const GError *fault, double retry_after)
{
  const gboolean has_begun = hls_fetch_has_begun (self->fetch);
  self->in_hole = TRUE;
  self->common.is_torn |= has_begun;
  if (retry_after > LONGEST_PATIENCE && !has_begun)
    put_back (self);
  go_on_after (self, fault, retry_after);
}

/* Without what comes before them others are of no use. */
static void
on_piece_failed (const GError *fault, double retry_after, gpointer user_data)
{
  HlsStream *self = user_data;
  g_autoptr (GError) kept = g_error_copy (fault); /* it may belong to what is closed now */
  if (self->common.has_changed) {
    tell_change (self, kept);
  } else if (self->fetched->is_map) {
    put_back (self);
    go_on_after (self, kept, retry_after);
  } else if (!try_again (self, kept, retry_after)) {
    give_up_segment (self, kept, retry_after);
  }
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
  self->common.is_break |= self->fetched->is_break;
  self->fetch = hls_fetch_open (self->session, self->fetched->piece, self->fetched->is_map,
                                &self->common, &piece_listener, self);
}

/* ---- beginning and end ---- */

static double
count_seconds_since (gint64 time)
{
  return (double)(g_get_monotonic_time () - time) / G_USEC_PER_SEC;
}

/* RFC 8216, 6.3.4: a list that has not changed is looked at sooner. One that takes long to come, or
 * to read, is none that keeps us busy without a breath. */
static void
look_again (HlsStream *self)
{
  const double pause = self->has_news ? self->target : self->target / 2;
  const double wait =
      MAX (pause - count_seconds_since (self->looked), BREATH - count_seconds_since (self->read));
  if (wait > 0)
    proceed_in (self, wait);
  else
    fetch_list (self);
}

static void
proceed (HlsStream *self)
{
  if (self->fetch) {
    hls_fetch_go_on (self->fetch);
    return;
  }
  if (!g_queue_is_empty (&self->waiting)) {
    fetch_piece (self);
    return;
  }
  if (self->is_whole)
    self->listener->ended (self->user_data);
  else
    look_again (self);
}

HlsStream *
hls_stream_open (SoupSession *session, const char *uri, const char *origin, HlsPlaylist *playlist,
                 guint64 next, const HttpListener *listener, gpointer user_data)
{
  g_autoptr (HlsPlaylist) owned = playlist;
  HlsStream *self = g_new0 (HlsStream, 1);
  self->session = g_object_ref (session);
  self->uri = g_strdup (uri);
  self->origin = g_strdup (origin);
  self->known = g_ptr_array_new_with_free_func (forget_piece);
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
hls_stream_is_cut (const HlsStream *self)
{
  return self->is_cut;
}

gboolean
hls_stream_has_changed (const HlsStream *self)
{
  return self->common.has_changed;
}

void
hls_stream_go_on (HlsStream *self)
{
  HlsCommon *common = &self->common;
  common->kind = HLS_KIND_UNKNOWN;
  g_clear_pointer (&common->map, g_free);
  common->has_sound = common->is_break = common->is_torn = common->has_changed = FALSE;
  proceed_in (self, BREATH);
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
  g_clear_pointer (&self->last, hls_piece_unref);
  g_ptr_array_unref (self->known);
  g_free (self->common.key.uri);
  g_free (self->common.map);
  g_object_unref (self->session);
  g_free (self->uri);
  g_free (self->origin);
  g_free (self);
}
