/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hlsfetch.h"
#include "fault.h"
#include "hlscipher.h"
#include "httpdocument.h"
#include "../translation.h"
#include <string.h>

#define ID3_HEADER 10 /* bytes */

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
  HlsCipher *cipher;  /* NULL: it is not encrypted */
  guint64 skip, left; /* bytes: before the piece, and of it */
  gboolean is_cut;    /* by us: the server sends more than was asked for */
  GByteArray *head;   /* until it is known whether it begins with a tag */
  gsize tag;          /* bytes of it that are still to come */
  gboolean is_judged; /* its kind */
  gboolean has_failed;
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
  self->listener->failed (fault, retry_after, self->user_data);
}

static void
fail (HlsFetch *self, StationError code, const char *text)
{
  g_autoptr (GError) fault = g_error_new_literal (STATION_ERROR, (int)code, text);
  on_failed (fault, -1, self);
}

/* ---- its bytes ---- */

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

/* FALSE: it is of another kind than those before. */
static gboolean
judge (HlsFetch *self, GBytes *beginning)
{
  gsize n;
  const guint8 *bytes = g_bytes_get_data (beginning, &n);
  const HlsKind kind = self->is_judged ? HLS_KIND_UNKNOWN : guess_kind (bytes, n);
  HlsCommon *common = self->common;
  self->is_judged = TRUE;
  if (kind == HLS_KIND_UNKNOWN)
    return TRUE;
  common->has_changed = common->kind != HLS_KIND_UNKNOWN && common->kind != kind;
  common->kind = kind;
  return !common->has_changed;
}

/* The tag says when the segment begins, which decoders in the midst of a stream take for noise. */
static void
pass_on (HlsFetch *self, GBytes *clear)
{
  g_autoptr (GBytes) joined = NULL;
  if (self->head->len < ID3_HEADER) {
    g_byte_array_append (self->head, g_bytes_get_data (clear, NULL),
                         (guint)g_bytes_get_size (clear));
    if (self->head->len < ID3_HEADER)
      return;
    self->tag = measure_tag (self->head);
    joined = g_bytes_new (self->head->data, self->head->len);
  }
  GBytes *from = joined ? joined : clear;
  const gsize size = g_bytes_get_size (from), skipped = MIN (size, self->tag);
  self->tag -= skipped;
  g_autoptr (GBytes) rest = g_bytes_new_from_bytes (from, skipped, size - skipped);
  if (skipped == size)
    return;
  if (judge (self, rest))
    self->listener->arrived (rest, self->user_data);
  else
    fail (self, STATION_ERROR_PASSING, N_ ("its segments are of another kind now"));
}

/* What of @bytes, the next that the server sends, belongs to the piece. (transfer full) */
static GBytes *
cut_out (HlsFetch *self, GBytes *bytes)
{
  const gsize size = g_bytes_get_size (bytes);
  const gsize skipped = (gsize)MIN (size, self->skip);
  const gsize taken = (gsize)MIN (size - skipped, self->left);
  self->skip -= skipped;
  self->left -= taken;
  return g_bytes_new_from_bytes (bytes, skipped, taken);
}

static void
on_ended (gpointer user_data)
{
  g_autoptr (HlsFetch) self = hls_fetch_ref (user_data);
  g_autoptr (GBytes) rest = self->cipher ? hls_cipher_finish (self->cipher) : NULL;
  if (self->cipher && !rest) {
    g_clear_pointer (&self->common->key.uri, g_free); /* another one may lie there by now */
    fail (self, STATION_ERROR_PASSING, N_ ("the key of its segments does not fit"));
    return;
  }
  if (rest && g_bytes_get_size (rest) > 0)
    pass_on (self, rest);
  if (!self->closed && !self->has_failed)
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

/* A page that says that there is nothing, with the status of success; or another part of the file
 * than was asked for, perhaps all of it. */
static void
on_answered (const HttpAnswer *answer, gpointer user_data)
{
  HlsFetch *self = user_data;
  if (answer->content_type && g_ascii_strncasecmp (answer->content_type, "text/html", 9) == 0) {
    g_autoptr (GError) fault =
        g_error_new (STATION_ERROR, STATION_ERROR_LASTING, N_ ("not audio: %.100s"), "text/html");
    on_failed (fault, -1, self);
  } else if (answer->first > self->piece->offset) {
    fail (self, STATION_ERROR_PASSING,
          N_ ("the server sends another part of its file than was asked for"));
  } else {
    self->skip = self->piece->offset - answer->first;
    self->is_cut = self->piece->length > 0 &&
                   (!answer->is_part || answer->last >= self->piece->offset + self->piece->length);
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
  if (piece->key_uri)
    self->cipher = hls_cipher_new (self->common->key.bytes, piece->iv);
  self->left = piece->length > 0 ? piece->length : G_MAXUINT64;
  self->stream =
      piece->length > 0
          ? http_stream_open_part (self->session, piece->uri, piece->offset, piece->length,
                                   &piece_listener, self)
          : http_stream_open (self->session, piece->uri, HTTP_PIECE, &piece_listener, self);
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

HlsFetch *
hls_fetch_open (SoupSession *session, HlsPiece *piece, HlsCommon *common,
                const HttpListener *listener, gpointer user_data)
{
  HlsFetch *self = g_new0 (HlsFetch, 1);
  g_ref_count_init (&self->references);
  self->session = g_object_ref (session);
  self->piece = hls_piece_ref (piece);
  self->common = common;
  self->listener = listener;
  self->user_data = user_data;
  self->head = g_byte_array_new ();
  if (!piece->key_uri || g_strcmp0 (piece->key_uri, common->key.uri) == 0)
    fetch_piece (self);
  else
    self->key_file =
        http_document_open (session, piece->key_uri, HLS_KEY_SIZE, &key_listener, self);
  return self;
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
