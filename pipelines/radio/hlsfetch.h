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

typedef struct _HlsFetch HlsFetch;

/* @key outlives it, and changes if another one is needed. Of @listener all but answered() are
 * called, ended() or failed() once and last. */
HlsFetch *hls_fetch_open (SoupSession *session, HlsPiece *piece, HlsKey *key,
                          const HttpListener *listener, gpointer user_data);
/* Nothing is called any more. */
void hls_fetch_close (HlsFetch *self);

G_END_DECLS
