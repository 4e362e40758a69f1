/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One answer of an HTTP server that may never end, read as it comes. (souphttpsrc would do, if it
 * said why it fails: of a refused connection, an unknown host and a wrong certificate it makes the
 * same "Internal data stream error".)
 *
 * Everything happens in the thread-default main context of the caller. */
#pragma once
#include <libsoup/soup.h>
G_BEGIN_DECLS

typedef struct {
  const char *uri;          /* where redirects led to */
  const char *content_type; /* NULL if it said none */
  const char *name;         /* of the station, as it calls itself, UTF-8; or NULL */
  guint metadata_interval;  /* bytes between titles (ICY); 0: there are none */
  gint64 length;            /* of all; -1: it did not say */
  gboolean is_part;         /* the server knows how to send one */
  guint64 first, last;      /* numbers of its bytes, in a part */
} HttpAnswer;

typedef struct {
  void (*answered) (const HttpAnswer *answer, gpointer user_data);
  void (*arrived) (GBytes *bytes, gpointer user_data);
  void (*ended) (gpointer user_data);
  /* @retry_after: seconds that the server asks for, or -1. */
  void (*failed) (const GError *fault, double retry_after, gpointer user_data);
  /* FALSE: nothing is read for now. */
  gboolean (*has_room) (gpointer user_data);
} HttpListener;

/* For as many streams as there may be. (transfer full) */
SoupSession *http_session_new (void);

typedef struct _HttpStream HttpStream;

typedef enum {
  HTTP_ENDLESS, /* perhaps; with titles, and a connection of its own */
  HTTP_PIECE,   /* one of many, over a connection that another may have used */
} HttpKind;

HttpStream *http_stream_open (SoupSession *session, const char *uri, HttpKind kind,
                              const HttpListener *listener, gpointer user_data);
/* The bytes from @first on, @length of them, of a file; perhaps others, see the answer. */
HttpStream *http_stream_open_part (SoupSession *session, const char *uri, guint64 first,
                                   guint64 length, const HttpListener *listener,
                                   gpointer user_data);
/* Whether what comes is read within a fifth of a second, for somebody who hears it or looks on;
 * otherwise, and at first, once a second, which costs less. */
void http_stream_set_prompt (HttpStream *self, gboolean prompt);
/* Nothing is called any more. */
void http_stream_close (HttpStream *self);

G_END_DECLS
