/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece of a station in HLS, in clear, without the tag that may stand before its sound.
 * Everything happens in the thread-default main context of the caller. */
#pragma once
#include "hlsplaylist.h"
#include "httpstream.h"
G_BEGIN_DECLS

/* The last key that was needed: the next piece mostly has the same. */
typedef struct {
  char *uri;
  guint8 bytes[HLS_KEY_SIZE];
} HlsKey;

/* By what a piece begins with. */
typedef enum {
  HLS_KIND_UNKNOWN,
  HLS_KIND_TS,
  HLS_KIND_MP4,
  HLS_KIND_AAC,
  HLS_KIND_MPEG_AUDIO,
} HlsKind;

/* What pieces have in common, as far as one decoder goes, but for the key. */
typedef struct {
  HlsKey key;
  HlsKind kind;
  char *map;            /* checksum of the last one, or NULL */
  gboolean has_time;    /* which is told of MP4 only, in its track's units: */
  guint64 time, step;   /* when the last segment began, how long the one before it was, or 0 */
  gboolean has_sound;   /* one of them was no map */
  gboolean is_break;    /* before the next segment, as the list says */
  gboolean is_torn;     /* the last segment, whose end did not come */
  gboolean has_changed; /* the kind, or the times: whoever decodes what came before cannot go on */
} HlsCommon;

typedef struct _HlsFetch HlsFetch;

/* @common outlives it, and changes. Of @listener all but answered() are called, ended() or failed()
 * last, ended() once; what has_changed fails before any of it arrives. Of a map (what comes before
 * other pieces) nothing arrives if the last one was the same. */
HlsFetch *hls_fetch_open (SoupSession *session, HlsPiece *piece, gboolean is_map, HlsCommon *common,
                          const HttpListener *listener, gpointer user_data);
/* After failed(): whether there is something that has not come, and asks for it. */
gboolean hls_fetch_can_go_on (const HlsFetch *self);
void hls_fetch_go_on (HlsFetch *self);
/* Whether some of it has come. */
gboolean hls_fetch_has_begun (const HlsFetch *self);
/* Nothing is called any more. */
void hls_fetch_close (HlsFetch *self);

G_END_DECLS
