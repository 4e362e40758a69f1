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

/* @uri: of @playlist (taken). @origin: what led there, where the list is asked for again if it is
 * not there any more. @next: number of the segment to go on with, if the list is still about there,
 * and not long behind; 0: near its end, or at the beginning of one that is whole. Nothing is called
 * before it returns. Of @listener all but answered() are called; a live station has no end. A
 * segment that cannot be had is left out; several in a row are a fault. */
HlsStream *hls_stream_open (SoupSession *session, const char *uri, const char *origin,
                            HlsPlaylist *playlist, guint64 next, const HttpListener *listener,
                            gpointer user_data);
/* Why failed() was called: what comes now is of another kind than what came before, or its times
 * do not follow; none of it has arrived. It is for another decoder. */
gboolean hls_stream_has_changed (const HlsStream *self);
/* After that: nothing of what came before is needed any more. */
void hls_stream_go_on (HlsStream *self);
/* Whether its list has an end, and is so long that what comes at its end is left out. */
gboolean hls_stream_is_cut (const HlsStream *self);
/* Number of the segment that comes behind those that were fetched. */
guint64 hls_stream_get_next (const HlsStream *self);
/* Whether it has fetched all that its list names. */
gboolean hls_stream_waits_for_news (const HlsStream *self);
/* Seconds for which nothing may come though all is well. */
double hls_stream_get_pause (const HlsStream *self);
/* Nothing is called any more. */
void hls_stream_close (HlsStream *self);

G_END_DECLS
