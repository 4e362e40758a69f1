/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A socket that listens. Where the system has no descriptor left for who comes, it looks again
 * after a second, and not at once, which would take all of a processor: they wait in its queue. */
#pragma once
#include <gio/gio.h>
G_BEGIN_DECLS

typedef struct _Acceptor Acceptor;
typedef void (*AcceptorFunction) (GSocketConnection *connection, gpointer user_data);
/* Once, however often it happens until there has been none for ten minutes. */
typedef void (*AcceptorFault) (const GError *fault, gpointer user_data);

/* At most @backlog wait in its queue. NULL on error. */
Acceptor *acceptor_new (GSocketAddress *address, int backlog, GError **error);
/* In the default main context, from now on. */
void acceptor_start (Acceptor *self, AcceptorFunction accepted, AcceptorFault failed,
                     gpointer user_data);
/* Where it listens, with a port that is none of zero. (transfer full) NULL on error. */
GSocketAddress *acceptor_get_address (Acceptor *self, GError **error);
void acceptor_free (Acceptor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Acceptor, acceptor_free)

G_END_DECLS
