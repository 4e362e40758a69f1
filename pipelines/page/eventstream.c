/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "eventstream.h"
#include "../haste.h"
#include <netinet/in.h>
#include <netinet/tcp.h>

#define MOST_WAITING (1 << 20) /* bytes, beside what the kernel takes */
#define MUCH_WAITING (1 << 17) /* bytes, from which pictures are left out */
#define PATIENCE 30            /* s without a byte taken */
#define MOST_HEARD (1 << 16)   /* bytes from a client that should say nothing */

/* A comment would do for who is between, but a page never sees one. */
static const char alive[] = "event: alive\ndata: {}\n\n";

struct _EventStream {
  GSocketConnection *connection;
  GHashTable *ids;
  gboolean spectrograms;
  GString *waiting;
  gsize sent; /* of @waiting */
  gsize heard;
  gint64 last_taken; /* monotonic */
  GSource *readable, *writable;
  guint flush, leave;
  EventStreamGone gone;
  gpointer user_data;
};

/* ---- the end ---- */

static gboolean
on_leave (gpointer user_data)
{
  EventStream *self = user_data;
  self->leave = 0;
  self->gone (self, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
clear_source (GSource **source)
{
  if (!*source)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* Not from within whatever has failed. */
static void
leave (EventStream *self)
{
  clear_source (&self->readable);
  clear_source (&self->writable);
  g_string_truncate (self->waiting, 0);
  self->sent = 0;
  if (self->leave == 0)
    self->leave = g_idle_add_full (G_PRIORITY_DEFAULT, on_leave, self, NULL);
}

/* ---- sending ---- */

static void flush (EventStream *self);

static gboolean
on_writable (GObject *stream, gpointer user_data)
{
  EventStream *self = user_data;
  clear_source (&self->writable);
  flush (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for_room (EventStream *self, GPollableOutputStream *output)
{
  if (self->writable)
    return;
  self->writable = g_pollable_output_stream_create_source (output, NULL);
  g_source_set_callback (self->writable, G_SOURCE_FUNC (on_writable), self, NULL);
  g_source_attach (self->writable, NULL);
}

/* What was sent makes room, now and then, not at each byte. */
static void
drop_sent (EventStream *self)
{
  if (self->sent == self->waiting->len)
    g_string_truncate (self->waiting, 0);
  else if (self->sent > MUCH_WAITING)
    g_string_erase (self->waiting, 0, (gssize)self->sent);
  else
    return;
  self->sent = 0;
}

static void
flush (EventStream *self)
{
  GPollableOutputStream *output =
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)));
  while (self->sent < self->waiting->len) {
    g_autoptr (GError) error = NULL;
    const gssize n = g_pollable_output_stream_write_nonblocking (
        output, self->waiting->str + self->sent, self->waiting->len - self->sent, NULL, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
      wait_for_room (self, output);
      break;
    }
    if (n < 0) {
      leave (self);
      return;
    }
    self->sent += (gsize)n;
    self->last_taken = g_get_monotonic_time ();
  }
  drop_sent (self);
}

static gboolean
on_flush (gpointer user_data)
{
  EventStream *self = user_data;
  self->flush = 0;
  flush (self);
  return G_SOURCE_REMOVE;
}

/* What one turn of the main loop has to say goes in one packet. */
static void
flush_soon (EventStream *self)
{
  if (self->leave != 0)
    g_string_truncate (self->waiting, 0);
  else if (self->waiting->len - self->sent > MOST_WAITING)
    leave (self);
  else if (self->flush == 0 && !self->writable)
    self->flush = g_idle_add_full (G_PRIORITY_DEFAULT, on_flush, self, NULL);
}

void
event_stream_send (EventStream *self, const char *event, const char *data)
{
  g_string_append_printf (self->waiting, "event: %s\ndata: ", event);
  g_string_append (self->waiting, data);
  g_string_append (self->waiting, "\n\n");
  flush_soon (self);
}

gboolean
event_stream_send_if_quick (EventStream *self, const char *event, const char *data)
{
  if (self->waiting->len - self->sent > MUCH_WAITING)
    return FALSE;
  event_stream_send (self, event, data);
  return TRUE;
}

void
event_stream_keep_alive (EventStream *self)
{
  const gint64 now = g_get_monotonic_time ();
  if (self->sent == self->waiting->len)
    self->last_taken = now;
  if (now - self->last_taken > haste_span (PATIENCE)) {
    leave (self);
    return;
  }
  if (self->sent == self->waiting->len)
    g_string_append (self->waiting, alive);
  flush_soon (self);
}

/* ---- what it says, which is nothing ---- */

static gboolean
on_readable (GObject *stream, gpointer user_data)
{
  EventStream *self = user_data;
  g_autoptr (GError) error = NULL;
  char bytes[1024];
  const gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream),
                                                             bytes, sizeof bytes, NULL, &error);
  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  self->heard += n > 0 ? (gsize)n : 0;
  if (n > 0 && self->heard <= MOST_HEARD)
    return G_SOURCE_CONTINUE;
  leave (self);
  return G_SOURCE_REMOVE;
}

static void
listen_to (EventStream *self)
{
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (self->connection));
  self->readable = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (input), NULL);
  g_source_set_callback (self->readable, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->readable, NULL);
}

/* ---- what it wants ---- */

void
event_stream_subscribe (EventStream *self, const char *id)
{
  g_hash_table_add (self->ids, g_strdup (id));
}

gboolean
event_stream_is_subscribed (const EventStream *self, const char *id)
{
  return g_hash_table_contains (self->ids, id);
}

void
event_stream_set_spectrograms (EventStream *self, gboolean wanted)
{
  self->spectrograms = wanted;
}

gboolean
event_stream_wants_spectrograms (const EventStream *self)
{
  return self->spectrograms;
}

void
event_stream_foreach (const EventStream *self, GFunc function, gpointer user_data)
{
  GHashTableIter ids;
  gpointer id;
  g_hash_table_iter_init (&ids, self->ids);
  while (g_hash_table_iter_next (&ids, &id, NULL))
    function (id, user_data);
}

/* ---- beginning and end ---- */

EventStream *
event_stream_new (GSocketConnection *connection, const char *head, EventStreamGone gone,
                  gpointer user_data)
{
  EventStream *self = g_new0 (EventStream, 1);
  GSocket *socket = g_socket_connection_get_socket (connection);
  self->connection = g_object_ref (connection);
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->waiting = g_string_new (head);
  g_string_append (self->waiting, alive); /* what does not come any more was here once */
  self->last_taken = g_get_monotonic_time ();
  self->gone = gone;
  self->user_data = user_data;
  g_socket_set_option (socket, IPPROTO_TCP, TCP_USER_TIMEOUT, PATIENCE * 1000, NULL);
  listen_to (self);
  flush_soon (self);
  return self;
}

void
event_stream_free (EventStream *self)
{
  if (!self)
    return;
  clear_source (&self->readable);
  clear_source (&self->writable);
  if (self->flush != 0)
    g_source_remove (self->flush);
  if (self->leave != 0)
    g_source_remove (self->leave);
  g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
  g_object_unref (self->connection);
  g_hash_table_unref (self->ids);
  g_string_free (self->waiting, TRUE);
  g_free (self);
}
