/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS on a connection to Redis (rediss://). Whoever is there must have a certificate for the host
 * that was named, of an authority that is trusted. */
#pragma once
#include "queueaddress.h"
#include "queueerror.h"
G_BEGIN_DECLS

typedef struct _TlsSession TlsSession;

/* Shakes hands on @fd, a connected socket that waits and outlives it, in at most @patience seconds.
 * A certificate that is not trusted, or a file of them that cannot be read, is
 * QUEUE_ERROR_UNTRUSTED. */
TlsSession *tls_session_new (const QueueAddress *address, int fd, int patience, GError **error);
/* Says nothing to the other side: in a process that was forked, the connection is the parent's. */
void tls_session_free (TlsSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlsSession, tls_session_free)

/* All @n bytes. */
gboolean tls_session_write (TlsSession *self, const char *bytes, gsize n, GError **error);
/* At least one byte and at most @room; 0 after an error, such as the end. */
gsize tls_session_read (TlsSession *self, char *bytes, gsize room, GError **error);

G_END_DECLS
