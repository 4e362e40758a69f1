/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notify.h"
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE (300 * G_TIME_SPAN_MILLISECOND)

struct _Notify {
  GSocket *socket; /* NULL: nobody wants to know */
  GSocketAddress *address;
  gint64 watchdog; /* µs; 0: none */
  guint beat;
};

static void
tell (Notify *self, const char *what)
{
  if (self->socket) /* whoever does not listen misses it */
    g_socket_send_to (self->socket, self->address, what, strlen (what), NULL, NULL);
}

/* Waits a little for whoever is slow at listening: this is not said again. A socket that is
 * connected can tell when there is room. */
static void
tell_surely (Notify *self, const char *what)
{
  const gint64 end = g_get_monotonic_time () + PATIENCE;
  if (!self->socket || !g_socket_connect (self->socket, self->address, NULL, NULL))
    return;
  for (gint64 left = PATIENCE; left > 0; left = end - g_get_monotonic_time ()) {
    g_autoptr (GError) error = NULL;
    g_socket_condition_timed_wait (self->socket, G_IO_OUT, left, NULL, NULL);
    if (g_socket_send (self->socket, what, strlen (what), NULL, &error) >= 0 ||
        !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      return;
  }
}

static gboolean
on_beat (gpointer user_data)
{
  tell (user_data, "WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

void
notify_ready (Notify *self)
{
  tell_surely (self, "READY=1");
  if (self->watchdog > 0 && self->beat == 0) {
    on_beat (self);
    self->beat = g_timeout_add ((guint)(self->watchdog / 2000), on_beat, self);
  }
}

void
notify_reloading (Notify *self)
{
  g_autofree char *what =
      g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());
  tell_surely (self, what);
}

void
notify_stopping (Notify *self)
{
  tell_surely (self, "STOPPING=1");
}

void
notify_status (Notify *self, const char *status)
{
  g_autofree char *what = g_strdup_printf ("STATUS=%s", status);
  tell (self, what);
}

/* A path, or "@" and a name without a file. */
static GSocketAddress *
parse_address (const char *text)
{
  if (*text == '@')
    return g_unix_socket_address_new_with_type (text + 1, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  return *text == '/' ? g_unix_socket_address_new (text) : NULL;
}

/* 0 if there is none, or it is another process's. */
static gint64
read_watchdog (void)
{
  guint64 span = 0, owner = 0;
  const char *text = g_getenv ("WATCHDOG_USEC"), *pid = g_getenv ("WATCHDOG_PID");
  if (!text || !g_ascii_string_to_unsigned (text, 10, 2000, G_MAXUINT32 * G_GUINT64_CONSTANT (1000),
                                            &span, NULL))
    return 0;
  if (pid && (!g_ascii_string_to_unsigned (pid, 10, 1, G_MAXINT32, &owner, NULL) ||
              owner != (guint64)getpid ()))
    return 0;
  return (gint64)span;
}

Notify *
notify_new (void)
{
  Notify *self = g_new0 (Notify, 1);
  const char *path = g_getenv ("NOTIFY_SOCKET");
  self->address = path ? parse_address (path) : NULL;
  self->watchdog = read_watchdog ();
  if (self->address)
    self->socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM,
                                 G_SOCKET_PROTOCOL_DEFAULT, NULL);
  if (self->socket)
    g_socket_set_blocking (self->socket, FALSE);
  g_unsetenv ("NOTIFY_SOCKET");
  g_unsetenv ("WATCHDOG_USEC");
  g_unsetenv ("WATCHDOG_PID");
  return self;
}

void
notify_free (Notify *self)
{
  if (!self)
    return;
  if (self->beat != 0)
    g_source_remove (self->beat);
  g_clear_object (&self->socket);
  g_clear_object (&self->address);
  g_free (self);
}
