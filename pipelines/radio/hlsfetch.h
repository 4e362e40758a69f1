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

/* What pieces have in common. */
typedef struct {
  HlsKey key;
  HlsKind kind;
  gboolean has_changed; /* the kind: whoever decodes what came before cannot go on */
} HlsCommon;

typedef struct _HlsFetch HlsFetch;

/* @common outlives it, and changes. Of @listener all but answered() are called, ended() or failed()
 * once and last; a piece of another kind than those before fails before any of it arrives. */
HlsFetch *hls_fetch_open (SoupSession *session, HlsPiece *piece, HlsCommon *common,
                          const HttpListener *listener, gpointer user_data);
/* Nothing is called any more. */
void hls_fetch_close (HlsFetch *self);

G_END_DECLS
