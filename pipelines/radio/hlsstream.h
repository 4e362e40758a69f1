/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The segments of a station in HLS, one after the other, as if a server sent them in one answer.
 * (GStreamer's hlsdemux2 would do, if a segment that is missing did not abort the program.)
 *
 * Everything happens in the thread-default main context of the caller. */
#pragma once
#include "hlsplaylist.h"
#include "httpstream.h"
G_BEGIN_DECLS

typedef struct _HlsStream HlsStream;

/* @uri: of @playlist (taken). @next: number of the segment to go on with, if the list is still
 * about there, and not long behind; 0: near its end. Nothing is called before it returns. Of
 * @listener all but answered() are called; a live station has no end. A segment that cannot be had
 * is left out; several in a row are a fault, and one of another kind than those before. */
HlsStream *hls_stream_open (SoupSession *session, const char *uri, HlsPlaylist *playlist,
                            guint64 next, const HttpListener *listener, gpointer user_data);
/* Number of the segment that comes behind those that were fetched. */
guint64 hls_stream_get_next (const HlsStream *self);
/* Whether it has fetched all that its list names. */
gboolean hls_stream_waits_for_news (const HlsStream *self);
/* Seconds for which nothing may come though all is well. */
double hls_stream_get_pause (const HlsStream *self);
/* Nothing is called any more. */
void hls_stream_close (HlsStream *self);

G_END_DECLS
