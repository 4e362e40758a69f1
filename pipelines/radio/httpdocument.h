/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small file on a server, read whole. Everything happens in the thread-default main context of
 * the caller. */
#pragma once
#include "httpstream.h"
G_BEGIN_DECLS

typedef struct {
  /* @uri: where redirects led to. */
  void (*arrived) (GBytes *bytes, const char *uri, gpointer user_data);
  /* As of HttpListener; @too_long is the fault of what has more bytes than allowed. */
  void (*failed) (const GError *fault, double retry_after, gpointer user_data);
  const char *too_long; /* in words for people */
} HttpDocumentListener;

typedef struct _HttpDocument HttpDocument;

/* @most: bytes. One call of @listener, which may close it. */
HttpDocument *http_document_open (SoupSession *session, const char *uri, gsize most,
                                  const HttpDocumentListener *listener, gpointer user_data);
/* Nothing is called any more. */
void http_document_close (HttpDocument *self);

G_END_DECLS
