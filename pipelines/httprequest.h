/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of an HTTP server, and where it sends us. Left alone, libsoup keeps in memory what
 * servers send along with a redirect or a refusal before it says a word about it, and reads answers
 * that are none yet ("100 Continue") for as long as they come: here both end the connection, and
 * whoever asks follows redirects himself. */
#pragma once
#include <libsoup/soup.h>
G_BEGIN_DECLS

/* What libsoup reads from the environment: to be called first of all, while there is one thread. */
void http_request_prepare (void);

typedef struct _HttpRequest HttpRequest;

/* A GET for @uri, which names a host. (transfer full) */
HttpRequest *http_request_new (GUri *uri);
void http_request_free (HttpRequest *self);
/* What is to be sent with the cancellable: both are others once the request goes on. */
SoupMessage *http_request_get_message (const HttpRequest *self);
GCancellable *http_request_get_cancellable (const HttpRequest *self);
/* Once it was sent, with or without @error: TRUE if it is to be sent again, to where the server has
 * redirected it, or with the password that its URI names. Otherwise @error is what went wrong, NULL
 * if the server has answered, be it by a status that is no success. */
gboolean http_request_goes_on (HttpRequest *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpRequest, http_request_free)

G_END_DECLS
