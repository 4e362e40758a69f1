/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A media playlist of HLS (RFC 8216): what a station's sound is cut into. Like all playlists it
 * comes from anybody. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define HLS_KEY_SIZE 16 /* bytes, of keys and initialisation vectors alike */

/* Bytes of a file. */
typedef struct {
  char *uri;
  guint64 offset;
  guint64 length;      /* 0: all that there is */
  GRefString *key_uri; /* where the key lies that they are encrypted with (AES-128, CBC), or NULL */
  guint8 iv[HLS_KEY_SIZE];
} HlsPiece;

HlsPiece *hls_piece_ref (HlsPiece *self);
void hls_piece_unref (HlsPiece *self);
/* Either may be NULL. */
gboolean hls_piece_is_same (const HlsPiece *a, const HlsPiece *b);
/* Whether their files have the same name, in whatever folder. */
gboolean hls_piece_is_called (const HlsPiece *a, const HlsPiece *b);

typedef struct {
  HlsPiece *sound; /* NULL: it cannot be had */
  HlsPiece
      *map; /* what has to come before it, and before those that follow with the same; or NULL */
  gboolean is_break; /* it need not fit what is before it: other times, another encoder */
} HlsSegment;

typedef struct {
  /* Of HlsSegment, at least one of which can be had; of more than PLAYLIST_MAX_ENTRIES the last, or
   * the first if nothing will be added. */
  GPtrArray *segments;
  guint64 first;     /* number of the first one, counted since the station began */
  double target;     /* seconds, of the longest */
  gboolean is_whole; /* nothing will be added */
  gboolean is_cut;   /* it is whole, and named more of them */
} HlsPlaylist;

/* @base: the URI that it came from. NULL if it names nothing to be heard, behind #EXTINF each. */
HlsPlaylist *hls_playlist_parse (const char *text, gsize length, const char *base, GError **error);
void hls_playlist_free (HlsPlaylist *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HlsPlaylist, hls_playlist_free)

G_END_DECLS
