/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hlsfetch.h"
#include "fault.h"
#include "hlscipher.h"
#include "httpdocument.h"
#include "mp4time.h"
#include "../translation.h"
#include <string.h>

#define ID3_HEADER 10                /* bytes; a footer has as many */
#define ID3_HAS_FOOTER 0x10          /* among its flags */
#define LONGEST_MAP (1024 * 1024)    /* bytes */
#define UNKNOWN_LENGTH G_MAXUINT64   /* bytes */
#define MOST_BEFORE_TIME (64 * 1024) /* bytes of a segment in which its time is looked for */
#define MOST_STEPS 2                 /* times what a segment took before, for one that follows */

struct _HlsFetch {
  grefcount references;
  gboolean closed;
  SoupSession *session;
  HlsPiece *piece;
  HlsCommon *common;
  const HttpListener *listener;
  gpointer user_data;
  HttpDocument *key_file; /* being fetched */
  HttpStream *stream;
  HlsCipher *cipher;    /* NULL: it is not encrypted */
  guint64 skip;         /* bytes before what is wanted */
  guint64 taken, left;  /* bytes of the piece, as the server sends them */
  gboolean is_measured; /* what is left, by the server */
  gboolean is_cut;      /* by us: the server sends more than was asked for */
  GByteArray *head;     /* until it is known whether a tag begins there */
  gsize tag;            /* bytes of it that are still to come */
  gboolean is_past_tags;
  GByteArray *early;  /* until it is known when it begins */
  gboolean is_judged; /* its kind */
  HlsKind kind;
  GByteArray *map; /* so far; NULL: it is none */
  gboolean has_failed;
  gboolean is_over; /* all of it has come */
};

static HlsFetch *
hls_fetch_ref (HlsFetch *self)
{
  g_ref_count_inc (&self->references);
  return self;
}

static void
hls_fetch_unref (HlsFetch *self)
{
  if (!g_ref_count_dec (&self->references))
    return;
  g_clear_pointer (&self->cipher, hls_cipher_free);
  g_byte_array_unref (self->head);
  g_byte_array_unref (self->early);
  g_clear_pointer (&self->map, g_byte_array_unref);
  hls_piece_unref (self->piece);
  g_object_unref (self->session);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HlsFetch, hls_fetch_unref)

static void
on_failed (const GError *fault, double retry_after, gpointer user_data)
{
  HlsFetch *self = user_data;
  self->has_failed = TRUE;
  g_clear_pointer (&self->stream, http_stream_close);
  self->listener->failed (fault, retry_after, self->user_data);
}

static void
fail (HlsFetch *self, StationError code, const char *text)
{
  g_autoptr (GError) fault = g_error_new_literal (STATION_ERROR, (int)code, text);
  on_failed (fault, -1, self);
}

/* ---- its bytes ---- */

/* Bytes of the tag that @head begins with: four times seven bits, behind "ID3", two bytes and
 * flags. */
static gsize
measure_tag (const GByteArray *head)
{
  const guint8 *h = head->data;
  if (memcmp (h, "ID3", 3) != 0)
    return 0;
  return ID3_HEADER + (h[5] & ID3_HAS_FOOTER ? ID3_HEADER : 0) + ((gsize)(h[6] & 127) << 21) +
         ((gsize)(h[7] & 127) << 14) + ((gsize)(h[8] & 127) << 7) + (h[9] & 127);
}

static HlsKind
guess_kind (const guint8 *bytes, gsize n)
{
  static const char *const boxes[] = {"ftyp", "styp", "moov", "moof", "sidx", "emsg", "prft"};
  if (n >= 1 && bytes[0] == 0x47)
    return HLS_KIND_TS;
  for (gsize i = 0; n >= 8 && i < G_N_ELEMENTS (boxes); i++)
    if (memcmp (bytes + 4, boxes[i], 4) == 0)
      return HLS_KIND_MP4;
  if (n < 2 || bytes[0] != 0xff || (bytes[1] & 0xe0) != 0xe0)
    return HLS_KIND_UNKNOWN;
  return (bytes[1] & 0xf6) == 0xf0 ? HLS_KIND_AAC : HLS_KIND_MPEG_AUDIO;
}

/* Whether a segment follows the last one by its own time, whatever the list says: there are lists
 * that announce a break before each. */
static gboolean
goes_on_in_time (HlsCommon *common, const guint8 *beginning, gsize n)
{
  guint64 time = 0;
  const gboolean is_known = mp4_time_read (beginning, n, &time);
  const gboolean follows = is_known && common->has_time && time > common->time;
  const guint64 step = follows ? time - common->time : 0;
  const gboolean goes_on = follows && step / MOST_STEPS <= common->step;
  if (step > 0 && (goes_on || !common->is_break || common->step == 0))
    common->step = step;
  common->has_time = is_known;
  common->time = time;
  return goes_on;
}

/* Demuxers of MP4 take what is before the first time that they have seen for nothing, and wait for
 * what is long behind it. A map has no time. */
static gboolean
fits (const HlsFetch *self, const guint8 *beginning, gsize n)
{
  HlsCommon *common = self->common;
  if (self->kind != HLS_KIND_MP4 || self->map)
    return TRUE;
  const gboolean goes_on = goes_on_in_time (common, beginning, n);
  return !common->has_sound || (!common->is_torn && (goes_on || !common->is_break));
}

/* FALSE: whoever decodes what came before cannot go on with it. */
static gboolean
judge (HlsFetch *self, GBytes *beginning)
{
  gsize n;
  const guint8 *bytes = g_bytes_get_data (beginning, &n);
  HlsCommon *common = self->common;
  const gboolean is_first = common->kind == HLS_KIND_UNKNOWN;
  self->is_judged = TRUE;
  self->kind = guess_kind (bytes, n);
  if (self->kind == HLS_KIND_UNKNOWN)
    return TRUE;
  const gboolean has_other_kind = common->kind != self->kind;
  common->has_changed = (!fits (self, bytes, n) || has_other_kind) && !is_first;
  common->kind = self->kind;
  if (!self->map) {
    common->is_break = common->is_torn = FALSE;
    common->has_sound = TRUE;
  }
  return !common->has_changed;
}

static void
fail_on_change (HlsFetch *self)
{
  fail (self, STATION_ERROR_PASSING, N_ ("its segments are of another kind now"));
}

/* What a map is can only be said of all of it. */
static void
keep_map (HlsFetch *self, GBytes *bytes)
{
  if (g_bytes_get_size (bytes) > LONGEST_MAP - self->map->len)
    fail (self, STATION_ERROR_LASTING, N_ ("what comes before its segments is too long"));
  else
    g_byte_array_append (self->map, g_bytes_get_data (bytes, NULL),
                         (guint)g_bytes_get_size (bytes));
}

/* The same map is often called something else each time; one that says something else is of another
 * encoder. FALSE, and said, if so. */
static gboolean
deliver_map (HlsFetch *self)
{
  HlsCommon *common = self->common;
  if (self->map->len == 0)
    return TRUE;
  g_autofree char *sum =
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, self->map->data, self->map->len);
  const gboolean is_same = g_strcmp0 (sum, common->map) == 0;
  if (self->kind == HLS_KIND_MP4 && common->map && !is_same) {
    common->has_changed = TRUE;
    common->has_time = FALSE;
    common->step = 0;
    fail_on_change (self);
    return FALSE;
  }
  g_free (common->map);
  common->map = g_steal_pointer (&sum);
  if (is_same)
    return TRUE;
  g_autoptr (GBytes) bytes = g_bytes_new (self->map->data, self->map->len);
  self->listener->arrived (bytes, self->user_data);
  return !self->closed;
}

/* Tags say when the segment begins, which decoders in the midst of a stream take for noise. What of
 * @bytes, with what was kept of those before, comes behind them; NULL: nothing yet. (transfer full)
 */
static GBytes *
skip_tags (HlsFetch *self, GBytes *bytes)
{
  const guint8 *data = g_bytes_get_data (bytes, NULL);
  gsize size = g_bytes_get_size (bytes);
  if (self->is_past_tags)
    return g_bytes_ref (bytes);
  while (size > 0) {
    const gsize wanted = self->tag > 0 ? self->tag : ID3_HEADER - self->head->len;
    const gsize n = MIN (size, wanted);
    if (self->tag > 0)
      self->tag -= n;
    else
      g_byte_array_append (self->head, data, (guint)n);
    data += n;
    size -= n;
    if (self->head->len < ID3_HEADER)
      continue;
    self->tag = measure_tag (self->head);
    if (self->tag == 0)
      break;
    self->tag -= ID3_HEADER;
    g_byte_array_set_size (self->head, 0);
  }
  if (self->head->len < ID3_HEADER)
    return NULL;
  self->is_past_tags = TRUE;
  g_byte_array_append (self->head, data, (guint)size);
  return g_bytes_new (self->head->data, self->head->len);
}

/* A segment of MP4 is judged by its time, which may stand behind boxes that come before it. Of
 * @bytes, with those before, nothing as long as that is to come. (transfer full) */
static GBytes *
gather_time (HlsFetch *self, GBytes *bytes)
{
  guint64 time;
  if (self->is_judged || self->map)
    return g_bytes_ref (bytes);
  g_byte_array_append (self->early, g_bytes_get_data (bytes, NULL),
                       (guint)g_bytes_get_size (bytes));
  if (!self->is_over && self->early->len < MOST_BEFORE_TIME &&
      guess_kind (self->early->data, self->early->len) == HLS_KIND_MP4 &&
      !mp4_time_read (self->early->data, self->early->len, &time))
    return NULL;
  GBytes *all = g_bytes_new (self->early->data, self->early->len);
  g_byte_array_set_size (self->early, 0);
  return all;
}

static void
pass_on (HlsFetch *self, GBytes *clear)
{
  g_autoptr (GBytes) behind = skip_tags (self, clear);
  g_autoptr (GBytes) rest = behind ? gather_time (self, behind) : NULL;
  if (!rest || g_bytes_get_size (rest) == 0)
    return;
  if (!self->is_judged && !judge (self, rest))
    fail_on_change (self);
  else if (self->map)
    keep_map (self, rest);
  else
    self->listener->arrived (rest, self->user_data);
}

/* What of @bytes, the next that the server sends, belongs to the piece. (transfer full) */
static GBytes *
cut_out (HlsFetch *self, GBytes *bytes)
{
  const gsize size = g_bytes_get_size (bytes);
  const gsize skipped = (gsize)MIN (size, self->skip);
  const gsize taken = (gsize)MIN (size - skipped, self->left);
  self->skip -= skipped;
  self->taken += taken;
  if (self->left != UNKNOWN_LENGTH)
    self->left -= taken;
  return g_bytes_new_from_bytes (bytes, skipped, taken);
}

static void
on_ended (gpointer user_data)
{
  g_autoptr (HlsFetch) self = hls_fetch_ref (user_data);
  if (self->is_measured && self->left > 0) {
    fail (self, STATION_ERROR_PASSING, N_ ("the server closed the connection"));
    return;
  }
  self->is_over = TRUE;
  g_autoptr (GBytes) rest = self->cipher ? hls_cipher_finish (self->cipher) : NULL;
  if (self->cipher && !rest) {
    g_clear_pointer (&self->common->key.uri, g_free); /* another one may lie there by now */
    fail (self, STATION_ERROR_PASSING, N_ ("the key of its segments does not fit"));
    return;
  }
  if (rest && g_bytes_get_size (rest) > 0)
    pass_on (self, rest);
  g_autoptr (GBytes) nothing = g_bytes_new_static (NULL, 0);
  if (self->early->len > 0 && !self->closed && !self->has_failed)
    pass_on (self, nothing); /* what waited for its time has none */
  if (self->closed || self->has_failed)
    return;
  if (!self->map || deliver_map (self))
    self->listener->ended (self->user_data);
}

static void
on_arrived (GBytes *bytes, gpointer user_data)
{
  g_autoptr (HlsFetch) self = hls_fetch_ref (user_data);
  g_autoptr (GBytes) own = cut_out (self, bytes);
  g_autoptr (GBytes) clear = self->cipher ? hls_cipher_take (self->cipher, own) : g_bytes_ref (own);
  if (g_bytes_get_size (clear) > 0)
    pass_on (self, clear);
  if (self->closed || self->has_failed || self->left > 0 || !self->is_cut)
    return;
  g_clear_pointer (&self->stream, http_stream_close);
  on_ended (self);
}

/* @offset: of what is wanted in the file. Of a range that goes beyond the end of its file there is
 * less than was asked for. */
static void
measure (HlsFetch *self, const HttpAnswer *answer, guint64 offset)
{
  self->skip = offset - answer->first;
  self->is_cut = self->piece->length > 0 &&
                 (!answer->is_part || answer->last >= self->piece->offset + self->piece->length);
  self->is_measured = answer->length >= 0;
  if (self->is_measured)
    self->left =
        MIN (self->left, (guint64)answer->length - MIN (self->skip, (guint64)answer->length));
}

/* A page that says that there is nothing, with the status of success; or another part of the file
 * than was asked for, perhaps all of it. */
static void
on_answered (const HttpAnswer *answer, gpointer user_data)
{
  HlsFetch *self = user_data;
  const guint64 offset = self->piece->offset + self->taken;
  if (answer->content_type && g_ascii_strncasecmp (answer->content_type, "text/html", 9) == 0) {
    g_autoptr (GError) fault =
        g_error_new (STATION_ERROR, STATION_ERROR_LASTING, N_ ("not audio: %.100s"), "text/html");
    on_failed (fault, -1, self);
  } else if (answer->first > offset) {
    fail (self, STATION_ERROR_PASSING,
          N_ ("the server sends another part of its file than was asked for"));
  } else {
    measure (self, answer, offset);
  }
}

static gboolean
has_room (gpointer user_data)
{
  HlsFetch *self = user_data;
  return self->listener->has_room (self->user_data);
}

static const HttpListener piece_listener = {on_answered, on_arrived, on_ended, on_failed, has_room};

static void
fetch_piece (HlsFetch *self)
{
  const HlsPiece *piece = self->piece;
  const guint64 offset = piece->offset + self->taken;
  const gboolean is_all = piece->length == 0 && self->taken == 0;
  const guint64 length = MIN (self->left, G_MAXINT64 - offset);
  if (piece->key_uri && !self->cipher)
    self->cipher = hls_cipher_new (self->common->key.bytes, piece->iv);
  self->stream =
      is_all ? http_stream_open (self->session, piece->uri, HTTP_PIECE, &piece_listener, self)
             : http_stream_open_part (self->session, piece->uri, offset, length, &piece_listener,
                                      self);
  http_stream_set_prompt (self->stream, TRUE);
}

/* ---- its key ---- */

static void
on_key_arrived (GBytes *bytes, const char *uri, gpointer user_data)
{
  HlsFetch *self = user_data;
  if (g_bytes_get_size (bytes) != HLS_KEY_SIZE) {
    fail (self, STATION_ERROR_LASTING, N_ ("the key of its segments is no key"));
    return;
  }
  g_free (self->common->key.uri);
  self->common->key.uri = g_strdup (self->piece->key_uri);
  memcpy (self->common->key.bytes, g_bytes_get_data (bytes, NULL), HLS_KEY_SIZE);
  g_clear_pointer (&self->key_file, http_document_close);
  fetch_piece (self);
}

static const HttpDocumentListener key_listener = {on_key_arrived, on_failed,
                                                  N_ ("the key of its segments is no key")};

/* ---- beginning and end ---- */

static void
fetch (HlsFetch *self)
{
  const char *key_uri = self->piece->key_uri;
  if (!key_uri || self->cipher || g_strcmp0 (key_uri, self->common->key.uri) == 0)
    fetch_piece (self);
  else
    self->key_file = http_document_open (self->session, key_uri, HLS_KEY_SIZE, &key_listener, self);
}

HlsFetch *
hls_fetch_open (SoupSession *session, HlsPiece *piece, gboolean is_map, HlsCommon *common,
                const HttpListener *listener, gpointer user_data)
{
  HlsFetch *self = g_new0 (HlsFetch, 1);
  g_ref_count_init (&self->references);
  self->session = g_object_ref (session);
  self->piece = hls_piece_ref (piece);
  self->left = piece->length > 0 ? piece->length : UNKNOWN_LENGTH;
  self->early = g_byte_array_new ();
  self->map = is_map ? g_byte_array_new () : NULL;
  self->common = common;
  self->listener = listener;
  self->user_data = user_data;
  self->head = g_byte_array_new ();
  fetch (self);
  return self;
}

void
hls_fetch_go_on (HlsFetch *self)
{
  g_clear_pointer (&self->key_file, http_document_close);
  self->has_failed = FALSE;
  fetch (self);
}

gboolean
hls_fetch_can_go_on (const HlsFetch *self)
{
  return !self->is_over && self->left > 0;
}

gboolean
hls_fetch_has_begun (const HlsFetch *self)
{
  return self->taken > 0;
}

void
hls_fetch_close (HlsFetch *self)
{
  if (!self)
    return;
  self->closed = TRUE;
  g_clear_pointer (&self->stream, http_stream_close);
  g_clear_pointer (&self->key_file, http_document_close);
  hls_fetch_unref (self);
}
