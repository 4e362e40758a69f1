/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acceptor.h"
#include "../haste.h"

#define PAUSE 1   /* s */
#define QUIET 600 /* s; after which a failure is news again */

struct _Acceptor {
  GSocket *socket;
  AcceptorFunction accepted;
  AcceptorFault failed;
  gpointer user_data;
  GSource *readable;
  guint pause;         /* 0: none */
  gint64 last_failure; /* monotonic; 0: none */
};

static void watch (Acceptor *self);

static void
stop_watching (Acceptor *self)
{
  if (self->readable)
    g_source_destroy (self->readable);
  g_clear_pointer (&self->readable, g_source_unref);
}

static gboolean
on_pause_over (gpointer user_data)
{
  Acceptor *self = user_data;
  self->pause = 0;
  watch (self);
  return G_SOURCE_REMOVE;
}

static void
pause_for (Acceptor *self, const GError *fault)
{
  stop_watching (self);
  self->pause = g_timeout_add ((guint)(haste_span (PAUSE) / 1000), on_pause_over, self);
  const gint64 now = g_get_monotonic_time ();
  if (self->last_failure == 0 || now - self->last_failure > haste_span (QUIET))
    self->failed (fault, self->user_data);
  self->last_failure = now;
}

static void
welcome (Acceptor *self, GSocket *socket)
{
  g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);
  self->accepted (connection, self->user_data);
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Acceptor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) accepted = g_socket_accept (socket, NULL, &error);
  if (accepted)
    welcome (self, accepted);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) /* whoever came has left */
    pause_for (self, error);
  return G_SOURCE_CONTINUE;
}

static void
watch (Acceptor *self)
{
  self->readable = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->readable, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->readable, NULL);
}

void
acceptor_start (Acceptor *self, AcceptorFunction accepted, AcceptorFault failed, gpointer user_data)
{
  self->accepted = accepted;
  self->failed = failed;
  self->user_data = user_data;
  watch (self);
}

Acceptor *
acceptor_new (GSocketAddress *address, int backlog, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (address),
                                             G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  if (!socket)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, backlog);
  if (!g_socket_bind (socket, address, TRUE, error) || !g_socket_listen (socket, error))
    return NULL;
  Acceptor *self = g_new0 (Acceptor, 1);
  self->socket = g_steal_pointer (&socket);
  return self;
}

GSocketAddress *
acceptor_get_address (Acceptor *self, GError **error)
{
  return g_socket_get_local_address (self->socket, error);
}

void
acceptor_free (Acceptor *self)
{
  if (!self)
    return;
  stop_watching (self);
  if (self->pause != 0)
    g_source_remove (self->pause);
  g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
  g_free (self);
}
