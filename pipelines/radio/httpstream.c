/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "httpstream.h"
#include "cookies.h"
#include "fault.h"
#include "../haste.h"
#include "../httprequest.h"
#include "../translation.h"
#include <string.h>

#define CHUNK 16384
/* Between reads: fewer, larger ones wake fewer threads. */
#define PAUSE 1.0        /* s */
#define SHORT_PAUSE 0.2  /* s, where somebody waits for it */
#define FULL_PAUSE 0.05  /* s, until something of what waits is decoded */
#define STEP (50 * 1000) /* us: pauses end together, so that the main loop turns rarely */
#define MOST_AT_ONCE (4 * CHUNK)
#define MOST_READS 32 /* at once: a server may send its bytes in chunks of one */
#define MOST_STREAMS 20000
#define LARGEST_METADATA_INTERVAL (1 << 24)
#define LONGEST_RETRY_AFTER 3600
#define IDLE_TIMEOUT 15            /* s; pieces come every few seconds */
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct _HttpStream {
  grefcount references;
  SoupSession *session;
  HttpRequest *request; /* NULL: there is nowhere to send it */
  GInputStream *body;
  const HttpListener *listener;
  gpointer user_data;
  GTlsCertificateFlags certificate_errors;
  guint pause;
  gint64 beat; /* monotonic; pauses end a whole number of them behind it */
  gboolean prompt;
  gboolean closed;
};

static HttpStream *
http_stream_ref (HttpStream *self)
{
  g_ref_count_inc (&self->references);
  return self;
}

static void
http_stream_unref (HttpStream *self)
{
  if (!g_ref_count_dec (&self->references))
    return;
  g_clear_object (&self->body);
  g_clear_pointer (&self->request, http_request_free);
  g_object_unref (self->session);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpStream, http_stream_unref)

static SoupMessage *
get_message (const HttpStream *self)
{
  return http_request_get_message (self->request);
}

static GCancellable *
get_cancellable (const HttpStream *self)
{
  return http_request_get_cancellable (self->request);
}

/* ---- what goes wrong ---- */

static void
fail (HttpStream *self, GError *fault, double retry_after)
{
  g_autoptr (GError) owned = fault;
  if (!self->closed)
    self->listener->failed (owned, retry_after, self->user_data);
}

static void
fail_on_network (HttpStream *self, const GError *error)
{
  if (self->certificate_errors != 0)
    fail (self, fault_from_certificate (self->certificate_errors), -1);
  else {
    g_autofree char *uri = g_uri_to_string (soup_message_get_uri (get_message (self)));
    fail (self, fault_from_network (error, uri), -1);
  }
}

/* Seconds, or a date. */
static double
get_retry_after (SoupMessageHeaders *headers)
{
  const char *text = soup_message_headers_get_one (headers, "Retry-After");
  if (!text)
    return -1;
  if (g_ascii_isdigit (*text))
    return CLAMP (g_ascii_strtod (text, NULL), 0, LONGEST_RETRY_AFTER);
  g_autoptr (GDateTime) until = soup_date_time_new_from_http_string (text);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  if (!until)
    return -1;
  const double seconds = (double)g_date_time_difference (until, now) / G_TIME_SPAN_SECOND;
  return CLAMP (seconds, 0, LONGEST_RETRY_AFTER);
}

static gboolean
on_certificate (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors,
                gpointer user_data)
{
  HttpStream *self = user_data;
  self->certificate_errors = errors;
  return FALSE;
}

/* ---- what comes ---- */

static void read_on (HttpStream *self);

static gboolean
on_pause_over (gpointer user_data)
{
  HttpStream *self = user_data;
  self->pause = 0;
  read_on (self);
  return G_SOURCE_REMOVE;
}

static double
get_pause (const HttpStream *self)
{
  return self->prompt ? SHORT_PAUSE : PAUSE;
}

/* Streams that were once read together, after a moment in which the machine did something else, do
 * not stay together: each has its own beat. */
static void
take_pause (HttpStream *self, double seconds)
{
  const gint64 span = haste_span (seconds);
  const gint64 now = g_get_monotonic_time ();
  const gint64 next = now + span - (now - self->beat) % span;
  g_autoptr (GSource) source = g_timeout_source_new (0);
  g_source_set_ready_time (source, (next + STEP - 1) / STEP * STEP);
  g_source_set_callback (source, on_pause_over, self, NULL);
  self->pause = g_source_attach (source, NULL);
}

/* What else is there already is added to @bytes: a read gives no more than one chunk of what the
 * server sends in chunks. How much the last read gave, as of g_input_stream_read(). @crumbs: there
 * may be more, in chunks so small that other streams come first. */
static gssize
read_rest (HttpStream *self, GByteArray *bytes, gboolean *crumbs, GError **error)
{
  if (!G_IS_POLLABLE_INPUT_STREAM (self->body) ||
      !g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (self->body)))
    return bytes->len == CHUNK ? CHUNK : -1;
  gssize n = 1;
  for (guint i = 0; n > 0 && i < MOST_READS && bytes->len < MOST_AT_ONCE; i++) {
    const guint before = bytes->len;
    g_byte_array_set_size (bytes, before + CHUNK);
    n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (self->body),
                                                  bytes->data + before, CHUNK,
                                                  get_cancellable (self), error);
    g_byte_array_set_size (bytes, before + (guint)MAX (n, 0));
  }
  *crumbs = n > 0 && bytes->len < CHUNK;
  return n;
}

static void
take_bytes (HttpStream *self, GBytes *first)
{
  g_autoptr (GError) error = NULL;
  GByteArray *array = g_bytes_unref_to_array (first);
  gboolean crumbs = FALSE;
  const gssize last = read_rest (self, array, &crumbs, &error);
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (array);
  self->listener->arrived (bytes, self->user_data);
  if (self->closed)
    return;
  if (last == 0)
    self->listener->ended (self->user_data);
  else if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    fail_on_network (self, error);
  else if (crumbs)
    take_pause (self, FULL_PAUSE);
  else if (last > 0)
    read_on (self);
  else
    take_pause (self, get_pause (self));
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HttpStream) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  if (self->closed)
    return;
  if (!bytes)
    fail_on_network (self, error);
  else if (g_bytes_get_size (bytes) == 0)
    self->listener->ended (self->user_data);
  else
    take_bytes (self, g_steal_pointer (&bytes));
}

static void
read_on (HttpStream *self)
{
  if (!self->listener->has_room (self->user_data)) {
    take_pause (self, FULL_PAUSE);
    return;
  }
  g_input_stream_read_bytes_async (self->body, CHUNK, G_PRIORITY_DEFAULT, get_cancellable (self),
                                   on_read, http_stream_ref (self));
}

static guint
get_metadata_interval (SoupMessageHeaders *headers)
{
  const char *text = soup_message_headers_get_one (headers, "icy-metaint");
  guint64 interval = 0;
  if (!text ||
      !g_ascii_string_to_unsigned (text, 10, 0, LARGEST_METADATA_INTERVAL, &interval, NULL))
    return 0;
  return (guint)interval;
}

/* Bytes that are no UTF-8 libsoup has replaced: what they were nobody knows any more. */
static const char *
get_name (SoupMessageHeaders *headers)
{
  const char *name = soup_message_headers_get_one (headers, "icy-name");
  return name && !strstr (name, REPLACEMENT) ? name : NULL;
}

static void
take_answer (HttpStream *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (get_message (self));
  g_autofree char *uri =
      g_uri_to_string_partial (soup_message_get_uri (get_message (self)), G_URI_HIDE_FRAGMENT);
  const gboolean measured =
      soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH;
  goffset first = 0, last = 0;
  const gboolean is_part =
      soup_message_get_status (get_message (self)) == SOUP_STATUS_PARTIAL_CONTENT &&
      soup_message_headers_get_content_range (headers, &first, &last, NULL);
  const HttpAnswer answer = {.uri = uri,
                             .content_type = soup_message_headers_get_one (headers, "Content-Type"),
                             .name = get_name (headers),
                             .metadata_interval = get_metadata_interval (headers),
                             .length =
                                 measured ? soup_message_headers_get_content_length (headers) : -1,
                             .is_part = is_part,
                             .first = (guint64)MAX (first, 0),
                             .last = (guint64)MAX (last, 0)};
  self->listener->answered (&answer, self->user_data);
  if (!self->closed)
    read_on (self);
}

static void send (HttpStream *self);

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HttpStream) self = user_data;
  g_autoptr (GError) error = NULL;
  self->body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (self->closed)
    return;
  g_signal_handlers_disconnect_by_data (get_message (self), self);
  if (http_request_goes_on (self->request, &error)) {
    g_clear_object (&self->body);
    send (self);
    return;
  }
  const guint status = soup_message_get_status (get_message (self));
  if (error)
    fail_on_network (self, error);
  else if (!SOUP_STATUS_IS_SUCCESSFUL (status))
    fail (self, fault_from_status (status),
          get_retry_after (soup_message_get_response_headers (get_message (self))));
  else
    take_answer (self);
}

static void
send (HttpStream *self)
{
  cookies_limit (self->session);
  g_signal_connect (get_message (self), "accept-certificate", G_CALLBACK (on_certificate), self);
  soup_session_send_async (self->session, get_message (self), G_PRIORITY_DEFAULT,
                           get_cancellable (self), on_sent, http_stream_ref (self));
}

/* ---- beginning and end ---- */

SoupSession *
http_session_new (void)
{
  /* no time limits: whoever listens knows better how long to wait */
  SoupSession *session = soup_session_new_with_options (
      "max-conns", MOST_STREAMS, "max-conns-per-host", MOST_STREAMS, "timeout", 0, "idle-timeout",
      IDLE_TIMEOUT, "user-agent", "genreclassify/" VERSION " ", NULL);
  /* music does not compress, and what expands to gigabytes is no music */
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  cookies_accept (session);
  return session;
}

static gboolean
on_impossible (gpointer user_data)
{
  g_autoptr (HttpStream) self = user_data;
  fail (self,
        g_error_new_literal (STATION_ERROR, STATION_ERROR_LASTING, N_ ("no address of a station")),
        -1);
  return G_SOURCE_REMOVE;
}

/* NULL if @uri, which a playlist may name, leads nowhere; libsoup itself wants a host. */
static HttpRequest *
make_request (const char *uri, HttpKind kind)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, SOUP_HTTP_URI_FLAGS, NULL);
  const char *host = parsed ? g_uri_get_host (parsed) : NULL;
  if (!host || *host == '\0')
    return NULL;
  HttpRequest *request = http_request_new (parsed);
  SoupMessage *message = http_request_get_message (request);
  if (kind == HTTP_PIECE)
    return request;
  soup_message_headers_replace (soup_message_get_request_headers (message), "Icy-MetaData", "1");
  soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);
  return request;
}

/* @request: taken. (transfer full) */
static HttpStream *
send_request (SoupSession *session, HttpRequest *request, const HttpListener *listener,
              gpointer user_data)
{
  HttpStream *self = g_new0 (HttpStream, 1);
  g_ref_count_init (&self->references);
  self->listener = listener;
  self->user_data = user_data;
  self->session = g_object_ref (session);
  self->beat = g_get_monotonic_time () - g_random_int_range (0, 1 << 20);
  self->request = request;
  if (request)
    send (self);
  else
    g_idle_add (on_impossible, http_stream_ref (self));
  return self;
}

HttpStream *
http_stream_open (SoupSession *session, const char *uri, HttpKind kind,
                  const HttpListener *listener, gpointer user_data)
{
  return send_request (session, make_request (uri, kind), listener, user_data);
}

HttpStream *
http_stream_open_part (SoupSession *session, const char *uri, guint64 first, guint64 length,
                       const HttpListener *listener, gpointer user_data)
{
  HttpRequest *request = make_request (uri, HTTP_PIECE);
  if (request)
    soup_message_headers_set_range (
        soup_message_get_request_headers (http_request_get_message (request)), (goffset)first,
        (goffset)(first + length - 1));
  return send_request (session, request, listener, user_data);
}

void
http_stream_set_prompt (HttpStream *self, gboolean prompt)
{
  self->prompt = prompt;
}

void
http_stream_close (HttpStream *self)
{
  if (!self)
    return;
  self->closed = TRUE;
  if (self->pause != 0)
    g_source_remove (self->pause);
  self->pause = 0;
  if (self->request) {
    g_signal_handlers_disconnect_by_data (get_message (self), self);
    g_cancellable_cancel (get_cancellable (self));
  }
  http_stream_unref (self);
}
