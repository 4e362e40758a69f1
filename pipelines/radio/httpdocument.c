/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "httpdocument.h"
#include "fault.h"

struct _HttpDocument {
  HttpStream *stream;
  gsize most;
  const HttpDocumentListener *listener;
  gpointer user_data;
  char *uri;
  GByteArray *bytes;
};

static void
on_answered (const HttpAnswer *answer, gpointer user_data)
{
  HttpDocument *self = user_data;
  g_free (self->uri);
  self->uri = g_strdup (answer->uri);
}

static void
on_arrived (GBytes *bytes, gpointer user_data)
{
  HttpDocument *self = user_data;
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  if (n <= self->most - self->bytes->len) {
    g_byte_array_append (self->bytes, data, (guint)n);
    return;
  }
  g_autoptr (GError) fault =
      g_error_new_literal (STATION_ERROR, STATION_ERROR_LASTING, self->listener->too_long);
  g_clear_pointer (&self->stream, http_stream_close);
  self->listener->failed (fault, -1, self->user_data);
}

static void
on_ended (gpointer user_data)
{
  HttpDocument *self = user_data;
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&self->bytes));
  g_autofree char *uri = g_steal_pointer (&self->uri);
  g_clear_pointer (&self->stream, http_stream_close);
  self->listener->arrived (bytes, uri, self->user_data);
}

static void
on_failed (const GError *fault, double retry_after, gpointer user_data)
{
  HttpDocument *self = user_data;
  g_autoptr (GError) kept = g_error_copy (fault); /* it may belong to what is closed now */
  g_clear_pointer (&self->stream, http_stream_close);
  self->listener->failed (kept, retry_after, self->user_data);
}

static gboolean
has_room (gpointer user_data)
{
  return TRUE;
}

static const HttpListener stream_listener = {on_answered, on_arrived, on_ended, on_failed,
                                             has_room};

HttpDocument *
http_document_open (SoupSession *session, const char *uri, gsize most,
                    const HttpDocumentListener *listener, gpointer user_data)
{
  HttpDocument *self = g_new0 (HttpDocument, 1);
  self->most = most;
  self->listener = listener;
  self->user_data = user_data;
  self->bytes = g_byte_array_new ();
  self->stream = http_stream_open (session, uri, HTTP_PIECE, &stream_listener, self);
  http_stream_set_prompt (self->stream, TRUE);
  return self;
}

void
http_document_close (HttpDocument *self)
{
  g_clear_pointer (&self->stream, http_stream_close);
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  g_free (self->uri);
  g_free (self);
}
