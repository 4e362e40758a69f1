/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pageclients.h"
#include "../haste.h"
#include <sys/socket.h>

/* Seconds. */
#define PATIENCE_FOR_REQUEST 10
#define PATIENCE_FOR_READER 30

#define KERNEL_BUFFER (1 << 17) /* bytes that the kernel keeps for who reads slowly */
#define KEY_OF_CLIENT "genre-page-client"

struct _PageClient {
  gatomicrefcount references;
  PageClients *clients;          /* NULL: the connection is closed */
  GSocketConnection *connection; /* not ours: it is open as long as somebody else needs it */
  GSocket *socket;
  PageClientPhase phase;
  gint64 since; /* monotonic */
  GList link;
};

struct _PageClients {
  GQueue all; /* of PageClient, the oldest first */
  guint most, look;
};

static void
client_unref (gpointer data)
{
  PageClient *self = data;
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_object_unref (self->socket);
  g_free (self);
}

static void
on_closed (gpointer user_data, GObject *connection)
{
  PageClient *self = user_data;
  g_queue_unlink (&self->clients->all, &self->link);
  self->clients = NULL;
  self->connection = NULL;
  client_unref (self);
}

/* ---- one ---- */

void
page_client_enter (PageClient *self, PageClientPhase phase)
{
  if (self->phase == PAGE_CLIENT_STREAMING)
    return;
  self->phase = phase;
  self->since = g_get_monotonic_time ();
}

GSocketConnection *
page_client_get_connection (PageClient *self)
{
  return self->connection ? g_object_ref (self->connection) : NULL;
}

/* Whoever reads or writes finds the end, and closes it. */
void
page_client_hang_up (PageClient *self)
{
  g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
}

static double
get_patience (const PageClient *self)
{
  switch (self->phase) {
  case PAGE_CLIENT_ASKING:
    return PATIENCE_FOR_REQUEST;
  case PAGE_CLIENT_ANSWERED:
    return PATIENCE_FOR_READER;
  default:
    return 0; /* for ever */
  }
}

/* ---- all ---- */

static gboolean
on_look (gpointer user_data)
{
  PageClients *self = user_data;
  const gint64 now = g_get_monotonic_time ();
  for (GList *link = self->all.head; link; link = link->next) {
    PageClient *client = link->data;
    const double patience = get_patience (client);
    if (patience > 0 && now - client->since > haste_span (patience))
      page_client_hang_up (client);
  }
  return G_SOURCE_CONTINUE;
}

/* Nobody's answer is lost when it goes. */
static PageClient *
find_idler (PageClients *self)
{
  for (GList *link = self->all.head; link; link = link->next) {
    PageClient *client = link->data;
    if (client->phase == PAGE_CLIENT_ASKING)
      return client;
  }
  return NULL;
}

/* Frees its place at once: the main loop notices the end of the connection later. */
static gboolean
make_room (PageClients *self)
{
  if (self->all.length < self->most)
    return TRUE;
  PageClient *idler = find_idler (self);
  if (!idler)
    return FALSE;
  page_client_hang_up (idler);
  g_object_weak_unref (G_OBJECT (idler->connection), on_closed, idler);
  on_closed (idler, NULL);
  return TRUE;
}

PageClient *
page_clients_admit (PageClients *self, GSocketConnection *connection, GSocketAddress *address)
{
  if (!make_room (self))
    return NULL;
  PageClient *client = g_new0 (PageClient, 1);
  g_atomic_ref_count_init (&client->references);
  client->clients = self;
  client->connection = connection;
  client->socket = g_object_ref (g_socket_connection_get_socket (connection));
  client->link.data = client;
  g_socket_set_option (client->socket, SOL_SOCKET, SO_SNDBUF, KERNEL_BUFFER, NULL);
  page_client_enter (client, PAGE_CLIENT_ASKING);
  g_queue_push_tail_link (&self->all, &client->link);
  g_object_weak_ref (G_OBJECT (connection), on_closed, client);
  g_atomic_ref_count_inc (&client->references);
  g_object_set_data_full (G_OBJECT (address), KEY_OF_CLIENT, client, client_unref);
  return client;
}

PageClient *
page_clients_find (GSocketAddress *address)
{
  return g_object_get_data (G_OBJECT (address), KEY_OF_CLIENT);
}

guint
page_clients_count (const PageClients *self)
{
  return self->all.length;
}

PageClients *
page_clients_new (guint most)
{
  PageClients *self = g_new0 (PageClients, 1);
  g_queue_init (&self->all);
  self->most = most;
  self->look = g_timeout_add ((guint)(haste_span (1) / 1000), on_look, self);
  return self;
}

void
page_clients_free (PageClients *self)
{
  if (!self)
    return;
  g_source_remove (self->look);
  PageClient *client;
  while ((client = g_queue_peek_head (&self->all))) {
    g_object_weak_unref (G_OBJECT (client->connection), on_closed, client);
    on_closed (client, NULL);
  }
  g_free (self);
}
