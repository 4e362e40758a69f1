/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pageserver.h"
#include "../jsonline.h"
#include "boardjson.h"
#include "eventstream.h"
#include "haste.h"
#include "listenaddress.h"
#include "pageclients.h"
#include "pageresources.h"
#include <libsoup/soup.h>
#include <string.h>

#define MOST_CLIENTS 256
#define MOST_STREAMS 64
#define LONGEST_ADDRESS 4096 /* bytes of a request's path and query */
#define MOST_BODY (1 << 16)  /* bytes of a request that should have none */
#define KEEP_ALIVE 15        /* s */
#define RETRY 3000           /* ms after which a browser comes back */
#define MINUTES_AN_HOUR 60
#define RESOURCES "/org/genreclassify/page/"

#define POLICY                                                                                     \
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "                \
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* Name and value of each header that every answer has. */
static const char *const headers_of_all[][2] = {
    {"Content-Security-Policy", POLICY},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Embedder-Policy", "require-corp"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

struct _PageServer {
  StationBoard *board;
  SoupServer *soup;
  GSocketService *service;
  GInetSocketAddress *address;
  char *uri;
  PageClients *clients;
  GPtrArray *streams; /* of EventStream */
  GResource *resources;
  guint keep_alive, tick;
  gint64 minute; /* the current one, since 1970 */
  /* The answer to /api/stations as it was last asked for. */
  GBytes *list, *zipped_list;
  guint64 list_version;
  guint32 run; /* tells this run's versions from another's */
};

/* ---- answers ---- */

static void
set_header (SoupServerMessage *message, const char *name, const char *value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), name, value);
}

static void
set_headers_of_all (SoupServerMessage *message)
{
  for (gsize i = 0; i < G_N_ELEMENTS (headers_of_all); i++)
    set_header (message, headers_of_all[i][0], headers_of_all[i][1]);
}

/* Browsers ask whether it is still the same. */
static void
respond (SoupServerMessage *message, guint status, const char *type, GBytes *body)
{
  set_headers_of_all (message);
  set_header (message, "Content-Type", type);
  set_header (message, "Cache-Control", "no-cache");
  soup_server_message_set_status (message, status, NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), body);
}

static void
respond_text (SoupServerMessage *message, guint status, const char *type, char *text)
{
  g_autoptr (GBytes) body = g_bytes_new_take (text, strlen (text));
  respond (message, status, type, body);
}

static void
refuse (SoupServerMessage *message, guint status, const char *why)
{
  respond_text (message, status, "text/plain; charset=utf-8", g_strconcat (why, "\n", NULL));
}

static const char *
get_request_header (SoupServerMessage *message, const char *name)
{
  return soup_message_headers_get_list (soup_server_message_get_request_headers (message), name);
}

/* Has the client got it already? */
static gboolean
is_known (SoupServerMessage *message, const char *tag)
{
  set_header (message, "ETag", tag);
  const char *known = get_request_header (message, "If-None-Match");
  if (!known || !strstr (known, tag))
    return FALSE;
  set_headers_of_all (message);
  set_header (message, "Cache-Control", "no-cache");
  soup_server_message_set_status (message, SOUP_STATUS_NOT_MODIFIED, NULL);
  return TRUE;
}

static gboolean
takes_gzip (SoupServerMessage *message)
{
  return soup_message_headers_header_contains (soup_server_message_get_request_headers (message),
                                               "Accept-Encoding", "gzip");
}

static GBytes *
zip (GBytes *plain)
{
  g_autoptr (GConverter) compressor =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) output = g_converter_output_stream_new (memory, compressor);
  g_output_stream_write_all (output, g_bytes_get_data (plain, NULL), g_bytes_get_size (plain), NULL,
                             NULL, NULL);
  g_output_stream_close (output, NULL, NULL);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

/* ---- files ---- */

static const char *
guess_type (const char *name)
{
  static const char *const types[][2] = {
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".webmanifest", "application/manifest+json"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (name, types[i][0]))
      return types[i][1];
  return "application/octet-stream";
}

static void
serve_file (PageServer *self, SoupServerMessage *message, const char *name)
{
  g_autofree char *path = g_strconcat (RESOURCES, name, NULL);
  g_autoptr (GBytes) bytes =
      strchr (name, '/') ? NULL : g_resource_lookup_data (self->resources, path, 0, NULL);
  if (!bytes) {
    refuse (message, SOUP_STATUS_NOT_FOUND, "There is nothing here.");
    return;
  }
  g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  g_autofree char *tag = g_strdup_printf ("\"%.16s\"", digest);
  if (!is_known (message, tag))
    respond (message, SOUP_STATUS_OK, guess_type (name), bytes);
}

/* ---- stations ---- */

static void
refresh_list (PageServer *self)
{
  if (self->list && self->list_version == self->board->version)
    return;
  char *text = board_json_format_list (self->board);
  g_clear_pointer (&self->list, g_bytes_unref);
  g_clear_pointer (&self->zipped_list, g_bytes_unref);
  self->list = g_bytes_new_take (text, strlen (text));
  self->list_version = self->board->version;
}

static void
serve_list (PageServer *self, SoupServerMessage *message)
{
  refresh_list (self);
  g_autofree char *tag =
      g_strdup_printf ("\"%08x-%" G_GUINT64_FORMAT "\"", self->run, self->list_version);
  set_header (message, "Vary", "Accept-Encoding");
  if (is_known (message, tag))
    return;
  const gboolean zipped = takes_gzip (message);
  if (zipped && !self->zipped_list)
    self->zipped_list = zip (self->list);
  if (zipped)
    set_header (message, "Content-Encoding", "gzip");
  respond (message, SOUP_STATUS_OK, "application/json", zipped ? self->zipped_list : self->list);
}

static void
serve_station (PageServer *self, SoupServerMessage *message, const char *id)
{
  const BoardStation *station = station_board_find (self->board, id);
  if (!station) {
    refuse (message, SOUP_STATUS_NOT_FOUND, "There is no such station.");
    return;
  }
  g_autoptr (JsonObject) object = board_json_new_station (self->board, station);
  board_json_set_minutes (object, "day", station, self->minute, MINUTES_A_DAY);
  json_object_set_array_member (object, "songs", json_array_new ());
  json_object_set_boolean_member (object, "history", FALSE);
  respond_text (message, SOUP_STATUS_OK, "application/json", json_line_new (object));
}

static void
serve_station_page (PageServer *self, SoupServerMessage *message, const char *id)
{
  if (station_board_find (self->board, id))
    serve_file (self, message, "station.html");
  else
    refuse (message, SOUP_STATUS_NOT_FOUND, "There is no such station.");
}

/* ---- events ---- */

static void
on_gone (EventStream *stream, gpointer user_data)
{
  PageServer *self = user_data;
  g_ptr_array_remove_fast (self->streams, stream);
}

static void
send_station (PageServer *self, EventStream *stream, const BoardStation *station)
{
  g_autoptr (JsonObject) object = board_json_new_station (self->board, station);
  board_json_set_minutes (object, "hour", station, self->minute, MINUTES_AN_HOUR);
  g_autofree char *line = json_line_new (object);
  event_stream_send (stream, "station", line);
}

/* The query "stations=ID,ID,…&spectrogram=1". FALSE: there are too many of them. */
static gboolean
parse_wishes (PageServer *self, GHashTable *query, GPtrArray *stations, gboolean *spectrograms)
{
  const char *ids = query ? g_hash_table_lookup (query, "stations") : NULL;
  *spectrograms = query && g_strcmp0 (g_hash_table_lookup (query, "spectrogram"), "1") == 0;
  g_auto (GStrv) parts = g_strsplit (ids ? ids : "", ",", EVENT_STREAM_MOST_STATIONS + 1);
  if (g_strv_length (parts) > EVENT_STREAM_MOST_STATIONS)
    return FALSE;
  for (char **id = parts; *id; id++) {
    BoardStation *station = station_board_find (self->board, *id);
    if (station && !g_ptr_array_find (stations, station, NULL))
      g_ptr_array_add (stations, station);
  }
  return TRUE;
}

static char *
format_head_of_events (void)
{
  GString *head = g_string_new ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                "Cache-Control: no-store\r\nConnection: close\r\n"
                                "X-Accel-Buffering: no\r\n");
  for (gsize i = 0; i < G_N_ELEMENTS (headers_of_all); i++)
    g_string_append_printf (head, "%s: %s\r\n", headers_of_all[i][0], headers_of_all[i][1]);
  g_string_append_printf (head, "\r\nretry: %d\n\n", RETRY);
  return g_string_free (head, FALSE);
}

/* From here on the connection is no more libsoup's: it knows no bounds for who reads slowly. */
static EventStream *
take_over (PageServer *self, SoupServerMessage *message)
{
  PageClient *client = page_clients_find (soup_server_message_get_remote_address (message));
  g_autoptr (GSocketConnection) connection = page_client_get_connection (client);
  if (!connection)
    return NULL;
  page_client_enter (client, PAGE_CLIENT_STREAMING);
  g_autoptr (GIOStream) stolen = soup_server_message_steal_connection (message);
  g_autofree char *head = format_head_of_events ();
  return event_stream_new (connection, head, on_gone, self);
}

static void
serve_events (PageServer *self, SoupServerMessage *message, GHashTable *query)
{
  g_autoptr (GPtrArray) stations = g_ptr_array_new ();
  gboolean spectrograms;
  if (!parse_wishes (self, query, stations, &spectrograms)) {
    refuse (message, SOUP_STATUS_BAD_REQUEST, "More than 200 stations at once.");
  } else if (self->streams->len >= MOST_STREAMS) {
    set_header (message, "Retry-After", "10");
    refuse (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "Too many look on already.");
  } else if (soup_server_message_get_method (message) == SOUP_METHOD_HEAD) {
    respond_text (message, SOUP_STATUS_OK, "text/event-stream", g_strdup (""));
  } else {
    EventStream *stream = take_over (self, message);
    if (!stream)
      return;
    g_ptr_array_add (self->streams, stream);
    event_stream_set_spectrograms (stream, spectrograms);
    for (guint i = 0; i < stations->len; i++) {
      const BoardStation *station = stations->pdata[i];
      event_stream_subscribe (stream, station->id);
      send_station (self, stream, station);
    }
  }
}

void
page_server_observe (const StationEvent *event, gpointer server)
{
  PageServer *self = server;
  const BoardStation *station = station_board_take (self->board, event);
  g_autofree char *line = NULL;
  if (!station || event->type == STATION_EVENT_LEVEL)
    return;
  for (guint i = 0; i < self->streams->len; i++) {
    EventStream *stream = self->streams->pdata[i];
    if (!event_stream_is_subscribed (stream, station->id))
      continue;
    if (!line) {
      g_autoptr (JsonObject) object = board_json_new_station (self->board, station);
      line = json_line_new (object);
    }
    event_stream_send (stream, "station", line);
  }
}

void
page_server_tell_stations (PageServer *self)
{
  for (guint i = 0; i < self->streams->len; i++)
    event_stream_send (self->streams->pdata[i], "stations", "{}");
}

typedef struct {
  PageServer *server;
  EventStream *stream;
  gint64 minute;
} MinuteTold;

static void
tell_minute (gpointer id, gpointer user_data)
{
  const MinuteTold *told = user_data;
  const BoardStation *station = station_board_find (told->server->board, id);
  if (!station)
    return;
  g_autofree char *line = board_json_format_minute (station, told->minute);
  event_stream_send (told->stream, "minute", line);
}

static gint64
get_minute (void)
{
  return g_get_real_time () / G_TIME_SPAN_MINUTE;
}

static gboolean
on_tick (gpointer user_data)
{
  PageServer *self = user_data;
  const gint64 now = get_minute ();
  if (now == self->minute + 1)
    for (guint i = 0; i < self->streams->len; i++) {
      MinuteTold told = {self, self->streams->pdata[i], self->minute};
      event_stream_foreach (told.stream, tell_minute, &told);
    }
  self->minute = now;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_keep_alive (gpointer user_data)
{
  PageServer *self = user_data;
  for (guint i = 0; i < self->streams->len; i++)
    event_stream_keep_alive (self->streams->pdata[i]);
  return G_SOURCE_CONTINUE;
}

/* ---- requests ---- */

/* (transfer none) What stands behind @prefix, or NULL. */
static const char *
skip_prefix (const char *path, const char *prefix)
{
  return g_str_has_prefix (path, prefix) ? path + strlen (prefix) : NULL;
}

static void
route (PageServer *self, SoupServerMessage *message, const char *path, GHashTable *query)
{
  const char *rest;
  if (g_str_equal (path, "/"))
    serve_file (self, message, "index.html");
  else if ((rest = skip_prefix (path, "/page/")))
    serve_file (self, message, rest);
  else if ((rest = skip_prefix (path, "/station/")))
    serve_station_page (self, message, rest);
  else if (g_str_equal (path, "/api/stations"))
    serve_list (self, message);
  else if ((rest = skip_prefix (path, "/api/stations/")))
    serve_station (self, message, rest);
  else if (g_str_equal (path, "/api/events"))
    serve_events (self, message, query);
  else
    refuse (message, SOUP_STATUS_NOT_FOUND, "There is nothing here.");
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  route (user_data, message, path, query);
}

static void
on_chunk (SoupServerMessage *message, GBytes *chunk, gpointer user_data)
{
  gsize *heard = user_data;
  *heard += g_bytes_get_size (chunk);
  if (*heard > MOST_BODY)
    page_client_hang_up (page_clients_find (soup_server_message_get_remote_address (message)));
}

static gboolean
has_body (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED ||
         soup_message_headers_get_content_length (headers) > 0;
}

/* It is read to its end, as HTTP wants it, but neither kept nor long. */
static void
spill_body (SoupServerMessage *message)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  g_signal_connect_data (message, "got-chunk", G_CALLBACK (on_chunk), g_new0 (gsize, 1),
                         (GClosureNotify)(void (*) (void))g_free, 0);
  set_header (message, "Connection", "close");
}

/* A page elsewhere has no business with our answers, not even to keep us busy. */
static gboolean
is_from_elsewhere (SoupServerMessage *message)
{
  const char *site = get_request_header (message, "Sec-Fetch-Site");
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));
  return g_str_has_prefix (path, "/api/") && site && !g_str_equal (site, "same-origin") &&
         !g_str_equal (site, "none");
}

static gboolean
is_long (SoupServerMessage *message)
{
  GUri *uri = soup_server_message_get_uri (message);
  const char *query = g_uri_get_query (uri);
  return strlen (g_uri_get_path (uri)) + (query ? strlen (query) : 0) > LONGEST_ADDRESS;
}

/* As soon as the headers are there: what is refused here is not even routed. */
static void
on_headers (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  PageServer *self = user_data;
  const char *method = soup_server_message_get_method (message);
  const char *host = get_request_header (message, "Host");
  soup_message_headers_remove (soup_server_message_get_request_headers (message), "Range");
  if (has_body (message))
    spill_body (message);
  if (method != SOUP_METHOD_GET && method != SOUP_METHOD_HEAD) {
    set_header (message, "Allow", "GET, HEAD");
    refuse (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "Only GET and HEAD.");
  } else if (is_long (message)) {
    refuse (message, SOUP_STATUS_REQUEST_URI_TOO_LONG, "Too long an address.");
  } else if (!host || !listen_address_is_host (self->address, host)) {
    refuse (message, SOUP_STATUS_MISDIRECTED_REQUEST, "This is not that host.");
  } else if (is_from_elsewhere (message)) {
    refuse (message, SOUP_STATUS_FORBIDDEN, "Only for this page itself.");
  }
}

/* ---- connections ---- */

static void
enter (SoupServerMessage *message, PageClientPhase phase)
{
  PageClient *client = page_clients_find (soup_server_message_get_remote_address (message));
  if (client)
    page_client_enter (client, phase);
}

static void
on_started (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  enter (message, PAGE_CLIENT_ASKING);
}

static void
on_read (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  enter (message, PAGE_CLIENT_ANSWERED);
}

static void
on_finished (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  enter (message, PAGE_CLIENT_IDLE);
}

/* A line that fits into any buffer, and the end. */
static void
turn_away (GSocketConnection *connection)
{
  static const char full[] =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nContent-Length: 0\r\n"
      "Connection: close\r\n\r\n";
  GPollableOutputStream *output =
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (G_IO_STREAM (connection)));
  g_pollable_output_stream_write_nonblocking (output, full, sizeof full - 1, NULL, NULL);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source,
             gpointer user_data)
{
  PageServer *self = user_data;
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  if (!local || !remote)
    return TRUE; /* it has left already */
  if (page_clients_admit (self->clients, connection, remote))
    soup_server_accept_iostream (self->soup, G_IO_STREAM (connection), local, remote, NULL);
  else
    turn_away (connection);
  return TRUE;
}

/* ---- beginning and end ---- */

static gboolean
listen_at (PageServer *self, const char *text, GError **error)
{
  g_autoptr (GInetSocketAddress) wanted = listen_address_parse (text, error);
  g_autoptr (GSocketAddress) address = NULL;
  self->service = g_socket_service_new ();
  if (!wanted || !g_socket_listener_add_address (G_SOCKET_LISTENER (self->service),
                                                 G_SOCKET_ADDRESS (wanted), G_SOCKET_TYPE_STREAM,
                                                 G_SOCKET_PROTOCOL_TCP, NULL, &address, error))
    return FALSE;
  self->address = G_INET_SOCKET_ADDRESS (g_steal_pointer (&address));
  self->uri = listen_address_get_uri (self->address);
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  return TRUE;
}

static void
serve (PageServer *self)
{
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (self->soup, NULL, on_headers, self, NULL);
  soup_server_add_handler (self->soup, NULL, on_request, self, NULL);
  g_signal_connect (self->soup, "request-started", G_CALLBACK (on_started), self);
  g_signal_connect (self->soup, "request-read", G_CALLBACK (on_read), self);
  g_signal_connect (self->soup, "request-finished", G_CALLBACK (on_finished), self);
}

PageServer *
page_server_new (const PageOptions *options, StationBoard *board, GError **error)
{
  PageServer *self = g_new0 (PageServer, 1);
  self->board = board;
  self->minute = get_minute ();
  self->run = g_random_int ();
  self->clients = page_clients_new (MOST_CLIENTS);
  self->streams = g_ptr_array_new_with_free_func ((GDestroyNotify)event_stream_free);
  self->resources = page_resources_get_resource ();
  serve (self);
  if (!listen_at (self, options->address, error)) {
    page_server_free (self);
    return NULL;
  }
  self->keep_alive = g_timeout_add ((guint)(haste_span (KEEP_ALIVE) / 1000), on_keep_alive, self);
  self->tick = g_timeout_add_seconds (1, on_tick, self);
  return self;
}

void
page_server_free (PageServer *self)
{
  if (!self)
    return;
  g_clear_handle_id (&self->keep_alive, g_source_remove);
  g_clear_handle_id (&self->tick, g_source_remove);
  if (self->service) {
    g_socket_service_stop (self->service);
    g_socket_listener_close (G_SOCKET_LISTENER (self->service));
    g_signal_handlers_disconnect_by_data (self->service, self);
    g_object_unref (self->service);
  }
  g_ptr_array_unref (self->streams);
  soup_server_disconnect (self->soup);
  g_signal_handlers_disconnect_by_data (self->soup, self);
  g_object_unref (self->soup);
  page_clients_free (self->clients);
  g_clear_object (&self->address);
  g_clear_pointer (&self->list, g_bytes_unref);
  g_clear_pointer (&self->zipped_list, g_bytes_unref);
  g_free (self->uri);
  g_free (self);
}

const char *
page_server_get_uri (const PageServer *self)
{
  return self->uri;
}
