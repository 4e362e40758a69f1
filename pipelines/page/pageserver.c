/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pageserver.h"
#include "acceptor.h"
#include "audience.h"
#include "boardhistory.h"
#include "boardjson.h"
#include "listenaddress.h"
#include "metrics.h"
#include "pageanswer.h"
#include "pageclients.h"
#include "pagerequest.h"
#include "pageresources.h"
#include "token.h"
#include "../translation.h"
#include <stdio.h>
#include <string.h>

#define MOST_CLIENTS 256
#define MOST_STREAMS 64
#define MOST_BODY (1 << 16) /* bytes of a request that should have none */
#define RESOURCES "/org/genreclassify/page/"
#define COOKIE_AGE (30 * 24 * 3600) /* s */

struct _PageServer {
  StationBoard *board;
  Radio *radio;          /* or NULL */
  BoardHistory *history; /* or NULL */
  Audience *audience;
  SoupServer *soup;
  Acceptor *acceptor;
  GInetSocketAddress *address;
  char *uri, *cookie, *token_file;
  Token *token; /* NULL: anybody may look */
  PageClients *clients;
  GResource *resources;
  gboolean ending;
  guint64 requests, refused;
  /* The answer to /api/stations as it was last asked for. */
  GBytes *list, *zipped_list;
  guint64 list_version;
  guint32 run; /* tells this run's versions from another's */
};

/* ---- files ---- */

static const char *
guess_type (const char *name)
{
  static const char *const types[][2] = {
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".svg", "image/svg+xml"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (name, types[i][0]))
      return types[i][1];
  return "application/octet-stream";
}

static void
serve_nothing (SoupServerMessage *message)
{
  page_refuse (message, SOUP_STATUS_NOT_FOUND, "There is nothing here.");
}

static void
serve_file (PageServer *self, SoupServerMessage *message, const char *name)
{
  g_autofree char *path = g_strconcat (RESOURCES, name, NULL);
  g_autoptr (GBytes) bytes =
      strchr (name, '/') ? NULL : g_resource_lookup_data (self->resources, path, 0, NULL);
  if (!bytes) {
    serve_nothing (message);
    return;
  }
  g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  g_autofree char *tag = g_strdup_printf ("\"%.16s\"", digest);
  if (!page_answer_if_known (message, tag))
    page_answer (message, SOUP_STATUS_OK, guess_type (name), bytes);
}

static void
serve_index (PageServer *self, SoupServerMessage *message)
{
  serve_file (self, message, "index.html");
}

static void
serve_station_page (PageServer *self, SoupServerMessage *message, const char *id)
{
  if (station_board_find (self->board, id))
    serve_file (self, message, "station.html");
  else
    page_refuse (message, SOUP_STATUS_NOT_FOUND, "There is no such station.");
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
  page_set_header (message, "Vary", "Accept-Encoding");
  if (page_answer_if_known (message, tag))
    return;
  page_answer_zipped (message, "application/json", self->list, &self->zipped_list);
}

static void
serve_station (PageServer *self, SoupServerMessage *message, const char *id)
{
  BoardStation *station = station_board_find (self->board, id);
  if (!station) {
    page_refuse (message, SOUP_STATUS_NOT_FOUND, "There is no such station.");
    return;
  }
  GString *text = g_string_new (NULL);
  board_json_open_station (text, self->board, station);
  board_json_append_genres (text, self->board);
  board_json_append_minutes (text, "day", station, audience_get_minute (self->audience),
                             MINUTES_A_DAY);
  if (self->history)
    board_history_append_songs (self->history, text, station);
  g_string_append (text,
                   self->history ? ",\"history\":true}\n" : ",\"songs\":[],\"history\":false}\n");
  page_answer_long_text (message, "application/json", g_string_free (text, FALSE));
}

/* ---- events ---- */

static GPtrArray *
find_stations (PageServer *self, char **ids)
{
  GPtrArray *stations = g_ptr_array_new ();
  for (char **id = ids; *id; id++) {
    BoardStation *station = station_board_find (self->board, *id);
    if (station && !g_ptr_array_find (stations, station, NULL))
      g_ptr_array_add (stations, station);
  }
  return stations;
}

/* Never NULL: each connection came through on_incoming(), and its address keeps the client. */
static PageClient *
find_client (SoupServerMessage *message)
{
  return page_clients_find (soup_server_message_get_remote_address (message));
}

/* From here on the connection is no more libsoup's, which would keep for a client that does not
 * read whatever it has not read. */
static void
join_audience (PageServer *self, SoupServerMessage *message, const EventWishes *wishes)
{
  PageClient *client = find_client (message);
  g_autoptr (GSocketConnection) connection = page_client_get_connection (client);
  if (!connection)
    return;
  g_autoptr (GPtrArray) stations = find_stations (self, wishes->ids);
  page_client_enter (client, PAGE_CLIENT_STREAMING);
  g_autoptr (GIOStream) stolen = soup_server_message_steal_connection (message);
  audience_add (self->audience, connection, stations, wishes->spectrograms);
}

static void
serve_events (PageServer *self, SoupServerMessage *message)
{
  g_auto (EventWishes) wishes = {0};
  const char *query = g_uri_get_query (soup_server_message_get_uri (message));
  if (!event_wishes_parse (query, &wishes)) {
    page_refuse (message, SOUP_STATUS_BAD_REQUEST, "stations=ID,ID,… with at most 200 of them.");
  } else if (audience_count (self->audience) >= MOST_STREAMS) {
    page_set_header (message, "Retry-After", "10");
    page_refuse (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "Too many look on already.");
  } else if (soup_server_message_get_method (message) == SOUP_METHOD_HEAD) {
    page_answer_text (message, SOUP_STATUS_OK, "text/event-stream", g_strdup (""));
  } else {
    join_audience (self, message, &wishes);
  }
}

/* ---- for machines ---- */

void
page_server_count (const PageServer *self, guint *heard, guint *all)
{
  *heard = 0;
  *all = self->board->stations->len;
  for (guint i = 0; i < *all; i++)
    *heard += ((const BoardStation *)self->board->stations->pdata[i])->state == STATION_LISTENING;
}

static gboolean
is_anything_tried (const PageServer *self)
{
  for (guint i = 0; i < self->board->stations->len; i++)
    if (((const BoardStation *)self->board->stations->pdata[i])->state != STATION_ENDED)
      return TRUE;
  return FALSE;
}

static void
serve_health (PageServer *self, SoupServerMessage *message)
{
  const char *fault = self->ending                      ? "It is about to end."
                      : self->board->stations->len == 0 ? "There are no stations."
                      : !is_anything_tried (self)       ? "Every station has ended."
                                                        : NULL;
  page_refuse (message, fault ? SOUP_STATUS_SERVICE_UNAVAILABLE : SOUP_STATUS_OK,
               fault ? fault : "ok");
}

static void
serve_metrics (PageServer *self, SoupServerMessage *message)
{
  const RadioFigures figures = {
      .now = g_get_real_time (),
      .heard = self->radio ? radio_get_statistics (self->radio) : (ReceiverStatistics){0},
      .clients = page_clients_count (self->clients),
      .streams = audience_count (self->audience),
      .requests = self->requests,
      .refused = self->refused,
      .left_out = audience_get_left_out (self->audience),
      .process = process_figures_get (),
      .version = VERSION,
  };
  page_answer_long_text (message, "text/plain; version=0.0.4; charset=utf-8",
                         metrics_format (self->board, &figures));
}

/* ---- who may look ---- */

static void
give_cookie (PageServer *self, SoupServerMessage *message)
{
  const char *scheme = page_get_header (message, "X-Forwarded-Proto");
  const char *secure = g_strcmp0 (scheme, "https") == 0 ? "; Secure" : "";
  g_autofree char *cookie =
      g_strdup_printf ("%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", self->cookie,
                       token_get_cookie (self->token), COOKIE_AGE, secure);
  page_set_header (message, "Set-Cookie", cookie);
}

/* Once, with a browser: the address with the token in it is not kept, a cookie is. */
static void
welcome (PageServer *self, SoupServerMessage *message)
{
  give_cookie (self, message);
  page_redirect (message, "/");
}

/* A wall that hangs there for longer than a cookie lasts goes on asking for stations: it ends that
 * long after the last time. */
static gboolean
is_known_by_cookie (PageServer *self, SoupServerMessage *message, const char *path)
{
  if (!token_is_in_cookies (self->token, self->cookie, page_get_header (message, "Cookie")))
    return FALSE;
  if (g_str_has_prefix (path, "/api/stations"))
    give_cookie (self, message);
  return TRUE;
}

/* FALSE: it was answered. */
static gboolean
admit (PageServer *self, SoupServerMessage *message, const char *path)
{
  const char *query = g_uri_get_query (soup_server_message_get_uri (message));
  g_autofree char *guess = g_str_equal (path, "/") ? page_request_get_token (query) : NULL;
  if (guess && (!self->token || token_is (self->token, guess))) {
    if (self->token)
      welcome (self, message);
    else
      page_redirect (message, "/");
    return FALSE;
  }
  if (!self->token || g_str_equal (path, "/healthz") ||
      token_is_in_authorization (self->token, page_get_header (message, "Authorization")) ||
      is_known_by_cookie (self, message, path))
    return TRUE;
  page_set_header (message, "WWW-Authenticate", "Bearer realm=\"genre-radio\"");
  page_refuse (message, SOUP_STATUS_UNAUTHORIZED,
               "This page wants a token: open /?token=… once, or send it as \"Authorization: "
               "Bearer …\".");
  return FALSE;
}

/* ---- requests ---- */

/* What stands behind @prefix, or NULL. */
static const char *
skip_prefix (const char *path, const char *prefix)
{
  return g_str_has_prefix (path, prefix) ? path + strlen (prefix) : NULL;
}

typedef struct {
  const char *path;
  void (*serve) (PageServer *self, SoupServerMessage *message);
} Place;

typedef struct {
  const char *prefix;
  void (*serve) (PageServer *self, SoupServerMessage *message, const char *rest);
} Places;

static const Place places[] = {{"/", serve_index},
                               {"/api/stations", serve_list},
                               {"/api/events", serve_events},
                               {"/healthz", serve_health},
                               {"/metrics", serve_metrics}};
static const Places many_places[] = {
    {"/page/", serve_file}, {"/station/", serve_station_page}, {"/api/stations/", serve_station}};

static void
route (PageServer *self, SoupServerMessage *message, const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_str_equal (path, places[i].path)) {
      places[i].serve (self, message);
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (many_places); i++) {
    const char *rest = skip_prefix (path, many_places[i].prefix);
    if (rest) {
      many_places[i].serve (self, message, rest);
      return;
    }
  }
  serve_nothing (message);
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  PageServer *self = user_data;
  if (admit (self, message, path))
    route (self, message, path);
}

static void
on_chunk (SoupServerMessage *message, GBytes *chunk, gpointer user_data)
{
  gsize *heard = user_data;
  *heard += g_bytes_get_size (chunk);
  if (*heard > MOST_BODY)
    page_client_hang_up (find_client (message));
}

static void
free_count (gpointer count, GClosure *closure)
{
  g_free (count);
}

/* A body is read to its end, as HTTP wants it, but neither kept nor long. */
static void
spill_body (SoupServerMessage *message)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  g_signal_connect_data (message, "got-chunk", G_CALLBACK (on_chunk), g_new0 (gsize, 1), free_count,
                         0);
}

/* As soon as the headers are there: what is refused here goes no further. */
static void
on_headers (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  PageServer *self = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const PageRequest request = {.method = soup_server_message_get_method (message),
                               .uri = soup_server_message_get_uri (message),
                               .host = page_get_header (message, "Host"),
                               .site = page_get_header (message, "Sec-Fetch-Site")};
  const char *why = NULL;
  soup_message_headers_remove (headers, "Range");
  if (page_request_has_body (headers))
    spill_body (message);
  const guint status = page_request_check (&request, self->address, &why);
  if (status == SOUP_STATUS_METHOD_NOT_ALLOWED)
    page_set_header (message, "Allow", "GET, HEAD");
  if (status != SOUP_STATUS_OK)
    page_refuse (message, status, why);
}

/* ---- connections ---- */

static void
enter (SoupServerMessage *message, PageClientPhase phase)
{
  page_client_enter (find_client (message), phase);
}

/* @answer fits into any buffer. */
static void
answer_and_close (GSocketConnection *connection, const char *answer)
{
  GPollableOutputStream *output =
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (G_IO_STREAM (connection)));
  g_pollable_output_stream_write_nonblocking (output, answer, strlen (answer), NULL, NULL);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
}

/* libsoup has read the length by now, and would complain of it, or read without end: the connection
 * is taken from it. */
static void
on_got_headers (SoupServerMessage *message, gpointer user_data)
{
  const char *length = page_get_header (message, "Content-Length");
  if (!length || page_request_is_length (length))
    return;
  g_autoptr (GSocketConnection) connection = page_client_get_connection (find_client (message));
  if (!connection)
    return;
  g_autoptr (GIOStream) stolen = soup_server_message_steal_connection (message);
  answer_and_close (connection, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                                "Connection: close\r\n\r\n");
}

static void
on_started (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  enter (message, PAGE_CLIENT_ASKING);
  g_signal_connect (message, "got-headers", G_CALLBACK (on_got_headers), NULL);
}

static void
on_read (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  ((PageServer *)user_data)->requests++;
  enter (message, PAGE_CLIENT_ANSWERED);
}

static void
turn_away (PageServer *self, GSocketConnection *connection)
{
  answer_and_close (connection, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\n"
                                "Content-Length: 0\r\nConnection: close\r\n\r\n");
  self->refused++;
}

static void
on_incoming (GSocketConnection *connection, gpointer user_data)
{
  PageServer *self = user_data;
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  if (!local || !remote)
    return; /* it has left already */
  if (page_clients_admit (self->clients, connection, remote))
    soup_server_accept_iostream (self->soup, G_IO_STREAM (connection), local, remote, NULL);
  else
    turn_away (self, connection);
}

static void
on_nobody_accepted (const GError *fault, gpointer user_data)
{
  PageServer *self = user_data;
  g_autofree char *words = translate_fault (fault->message);
  fputs ("genre-radio: ", stderr);
  fprintf (stderr, _ ("%s: nobody is let in for now: %s\n"), self->uri, words);
}

/* ---- stations come and go ---- */

static void
tell (PageServer *self, BoardStation *station, const StationEvent *event)
{
  if (station)
    audience_tell (self->audience, station, event);
}

void
page_server_observe (const StationEvent *event, gpointer server)
{
  PageServer *self = server;
  tell (self, station_board_take (self->board, event), event);
}

void
page_server_observe_past (const StationEvent *event, gpointer server)
{
  PageServer *self = server;
  tell (self, station_board_take_past (self->board, event), event);
}

void
page_server_set_radio (PageServer *self, Radio *radio)
{
  self->radio = radio;
  audience_set_radio (self->audience, radio);
}

void
page_server_expect (PageServer *self, GPtrArray *stations)
{
  station_board_set_stations (self->board, stations);
  if (self->history)
    board_history_fill (self->history, self->board);
}

void
page_server_tell_stations (PageServer *self)
{
  audience_tell_list (self->audience);
}

void
page_server_set_ending (PageServer *self)
{
  self->ending = TRUE;
}

/* ---- beginning and end ---- */

gboolean
page_server_reload_token (PageServer *self, GError **error)
{
  if (!self->token_file)
    return TRUE;
  Token *token = token_read (self->token_file, error);
  if (!token)
    return FALSE;
  g_autoptr (Token) former = g_steal_pointer (&self->token);
  self->token = token;
  if (former && !g_str_equal (token_get_cookie (former), token_get_cookie (token)))
    audience_dismiss (self->audience); /* somebody knew the other one */
  return TRUE;
}

/* Whom a page is shown to without a token can at least only be somebody on this machine. */
static GInetSocketAddress *
choose_address (const PageOptions *options, GError **error)
{
  g_autoptr (GInetSocketAddress) address = listen_address_parse (options->address, error);
  if (!address || options->token_file || listen_address_is_loopback (address))
    return g_steal_pointer (&address);
  g_set_error (error, LISTEN_ADDRESS_ERROR, 0,
               _ ("--listen %s: other machines may come there, so it needs a --token-file"),
               options->address);
  return NULL;
}

gboolean
page_options_check (const PageOptions *options, GError **error)
{
  g_autoptr (GInetSocketAddress) address = choose_address (options, error);
  return address != NULL;
}

static gboolean
listen_at (PageServer *self, GInetSocketAddress *wanted, GError **error)
{
  self->acceptor = acceptor_new (G_SOCKET_ADDRESS (wanted), MOST_CLIENTS, error);
  GSocketAddress *address = self->acceptor ? acceptor_get_address (self->acceptor, error) : NULL;
  if (!address) {
    g_autofree char *uri = listen_address_get_uri (wanted);
    g_prefix_error (error, "%s: ", uri);
    return FALSE;
  }
  self->address = G_INET_SOCKET_ADDRESS (address);
  self->uri = listen_address_get_uri (self->address);
  self->cookie = g_strdup_printf ("genre-radio-%u", g_inet_socket_address_get_port (self->address));
  acceptor_start (self->acceptor, on_incoming, on_nobody_accepted, self);
  return TRUE;
}

static gboolean
open_all (PageServer *self, const PageOptions *options, GError **error)
{
  g_autoptr (GInetSocketAddress) address = choose_address (options, error);
  if (!address || !page_server_reload_token (self, error))
    return FALSE;
  if (options->history && !(self->history = board_history_open (options->history, error)))
    return FALSE;
  return listen_at (self, address, error);
}

static void
serve (PageServer *self)
{
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (self->soup, NULL, on_headers, self, NULL);
  soup_server_add_handler (self->soup, NULL, on_request, self, NULL);
  g_signal_connect (self->soup, "request-started", G_CALLBACK (on_started), self);
  g_signal_connect (self->soup, "request-read", G_CALLBACK (on_read), self);
}

PageServer *
page_server_new (const PageOptions *options, const GstStructure *genres, GError **error)
{
  PageServer *self = g_new0 (PageServer, 1);
  self->board = station_board_new (genres);
  station_board_set_interval (self->board, options->interval);
  self->audience = audience_new (self->board);
  self->clients = page_clients_new (
      options->most_visitors > 0 ? MIN (options->most_visitors, MOST_CLIENTS) : MOST_CLIENTS);
  self->resources = page_resources_get_resource ();
  self->run = g_random_int ();
  self->token_file = g_strdup (options->token_file);
  serve (self);
  if (open_all (self, options, error))
    return self;
  page_server_free (self);
  return NULL;
}

void
page_server_free (PageServer *self)
{
  if (!self)
    return;
  acceptor_free (self->acceptor);
  audience_free (self->audience);
  soup_server_disconnect (self->soup);
  g_signal_handlers_disconnect_by_data (self->soup, self);
  g_object_unref (self->soup);
  page_clients_free (self->clients);
  board_history_close (self->history);
  station_board_free (self->board);
  token_free (self->token);
  g_clear_object (&self->address);
  g_clear_pointer (&self->list, g_bytes_unref);
  g_clear_pointer (&self->zipped_list, g_bytes_unref);
  g_free (self->uri);
  g_free (self->cookie);
  g_free (self->token_file);
  g_free (self);
}

const char *
page_server_get_uri (const PageServer *self)
{
  return self->uri;
}
