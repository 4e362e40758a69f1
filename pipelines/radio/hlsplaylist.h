/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A media playlist of HLS (RFC 8216): what a station's sound is cut into. Like all playlists it
 * comes from anybody. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  char *uri;
  char *map; /* what has to come before it, and before those that follow with the same; or NULL */
} HlsSegment;

typedef struct {
  GPtrArray *segments; /* of HlsSegment, at least one */
  guint64 first;       /* number of the first one, counted since the station began */
  double target;       /* seconds, of the longest */
  gboolean is_whole;   /* nothing will be added */
  gboolean is_odd;     /* encrypted, or in pieces of files: only a demuxer can follow it */
} HlsPlaylist;

/* @base: the URI that it came from. NULL if it names no segments, behind #EXTINF each. */
HlsPlaylist *hls_playlist_parse (const char *text, gsize length, const char *base, GError **error);
void hls_playlist_free (HlsPlaylist *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HlsPlaylist, hls_playlist_free)

G_END_DECLS
