/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Servers that send what nobody asked for, or send us somewhere, in this process: what is heard of
 * them, how much of it they got rid of, and who has seen a password. */
#include "httprequest.h"
#include "radio/cookies.h"
#include "radio/httpstream.h"
#include "radio/sessionpool.h"
#include "tagging/remote.h"
#include "test.h"
#include <string.h>

#define MANY (256 << 20) /* bytes, after which a server gives up that would go on … */
#define SOME (32 << 20)  /* … and far more than what the system's buffers hold */
#define PATIENCE 300     /* s */
#define PASSWORD "Basic dXNlcjpwYXNz" /* user:pass */

/* ---- the server, each connection in a thread of its own ---- */

typedef struct {
  GSocketService *service;
  guint16 port;
  GMutex mutex;
  guint n_requests, n_answering; /* connections that are being answered */
  gsize n_bytes;                 /* of the largest flood */
  guint n_passwords;             /* that came to where they have no business */
  char *range;                   /* that was asked for last */
} World;

typedef struct {
  World *world;
  GInputStream *input;
  GOutputStream *stream;
  char **lines; /* of the request */
  const char *path;
} Connection;

static const char *
get_header (const Connection *self, const char *name)
{
  for (char **line = self->lines; *line; line++)
    if (g_ascii_strncasecmp (*line, name, strlen (name)) == 0 && (*line)[strlen (name)] == ':')
      return *line + strlen (name) + 2;
  return NULL;
}

static gboolean
say (const Connection *self, const char *text)
{
  return g_output_stream_write_all (self->stream, text, strlen (text), NULL, NULL, NULL);
}

/* @piece over and over, until nobody reads it any more. */
static void
flood (const Connection *self, const char *piece)
{
  g_autoptr (GString) block = g_string_new (NULL);
  gsize n = 0;
  while (block->len < 65536)
    g_string_append (block, piece);
  while (n < MANY && say (self, block->str))
    n += block->len;
  g_mutex_lock (&self->world->mutex);
  self->world->n_bytes = MAX (self->world->n_bytes, n);
  g_mutex_unlock (&self->world->mutex);
}

static void
answer (const Connection *self, const char *head)
{
  g_autofree char *text = g_strdup_printf ("HTTP/1.1 %s\r\n\r\n", head);
  say (self, text);
}

static void
play (const Connection *self)
{
  answer (self, "200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 5");
  say (self, "music");
}

/* Says which cookie came, and gives one. */
static void
serve_cookie (const Connection *self)
{
  const char *came = get_header (self, "Cookie");
  answer (self, "200 OK\r\nContent-Type: audio/mpeg\r\nConnection: close\r\n"
                "Set-Cookie: door=open; Path=/");
  say (self, came ? came : "none");
}

/* In Latin-1, or in UTF-8. */
static void
serve_name (const Connection *self)
{
  g_autofree char *head = g_strdup_printf ("200 OK\r\nContent-Type: audio/mpeg\r\n"
                                           "icy-name: Caf%s\r\nContent-Length: 5",
                                           strchr (self->path, '?') ? "\xe9" : "\xc3\xa9");
  answer (self, head);
  say (self, "music");
}

/* Half an hour from now, or long ago. */
static void
refuse_until (const Connection *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) then = g_date_time_add_minutes (now, strchr (self->path, '?') ? -30 : 30);
  g_autofree char *date = g_date_time_format (then, "%a, %d %b %Y %H:%M:%S GMT");
  g_autofree char *head =
      g_strdup_printf ("503 Sorry\r\nRetry-After: %s\r\nContent-Length: 0", date);
  answer (self, head);
}

/* With a body of each kind that has no end. */
static void
answer_without_end (const Connection *self, const char *head)
{
  static const char *const kinds[] = {"Content-Length: 99999999999", "Transfer-Encoding: chunked",
                                      "Connection: close"};
  const char *query = strchr (self->path, '?');
  const guint kind = query ? (guint)(query[1] - '0') % G_N_ELEMENTS (kinds) : 0;
  g_autofree char *whole = g_strdup_printf ("%s\r\n%s", head, kinds[kind]);
  answer (self, whole);
  flood (self, kind == 1 ? "4\r\nlong\r\n" : "long");
}

static void
send_to (const Connection *self, const char *format, guint port)
{
  g_autofree char *location = g_strdup_printf ("302 Found\r\nLocation: %s", format);
  g_autofree char *number = g_strdup_printf ("%u", port);
  g_auto (GStrv) parts = g_strsplit (location, "PORT", 2);
  g_autofree char *head = g_strjoinv (number, parts);
  answer_without_end (self, head);
}

static void
ask_for_password (const Connection *self, const char *challenge)
{
  g_autofree char *head =
      g_strdup_printf ("401 Unauthorized\r\nWWW-Authenticate: %s realm=\"r\"", challenge);
  answer_without_end (self, head);
}

/* Which has gone old once. */
static void
serve_digest (const Connection *self)
{
  const char *said = get_header (self, "Authorization");
  if (said && strstr (said, "username=\"user\"") && strstr (said, "nonce=\"new\""))
    play (self);
  else if (said)
    ask_for_password (self, "Digest nonce=\"new\", stale=TRUE, qop=\"auth\",");
  else
    ask_for_password (self, "Digest nonce=\"old\", qop=\"auth\",");
}

static void
serve_secret (const Connection *self)
{
  if (g_strcmp0 (get_header (self, "Authorization"), PASSWORD) != 0)
    ask_for_password (self, "Basic");
  else if (strstr (self->path, "moved"))
    send_to (self, "http://localhost:PORT/spy", self->world->port);
  else
    play (self);
}

static void
spy (const Connection *self)
{
  if (get_header (self, "Authorization"))
    self->world->n_passwords++;
  ask_for_password (self, "Basic");
}

static void
pretend_to_be_a_proxy (const Connection *self)
{
  if (get_header (self, "Authorization") || get_header (self, "Proxy-Authorization"))
    self->world->n_passwords++;
  answer_without_end (self, "407 Proxy Authentication Required\r\n"
                            "Proxy-Authenticate: Basic realm=\"r\"");
}

static void
serve (const Connection *self)
{
  const guint status = (guint)g_ascii_strtoull (self->path + 1, NULL, 10);
  g_autofree char *refusal = g_strdup_printf ("%u Sorry\r\nRetry-After: 7", status);
  if (g_str_has_prefix (self->path, "/play") || g_str_has_prefix (self->path, "/deep/play"))
    play (self);
  else if (strstr (self->path, "/preliminary/"))
    flood (self, "HTTP/1.1 100 Continue\r\n\r\n");
  else if (strstr (self->path, "/few/")) {
    say (self, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
    answer (self, "103 Early Hints\r\nLink: </style.css>");
    play (self);
  } else if (strstr (self->path, "/trailers/")) {
    answer (self, "200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked");
    say (self, "5\r\nmusic\r\n0\r\n");
    flood (self, "X: y\r\n");
  } else if (g_str_has_prefix (self->path, "/deep/moved"))
    send_to (self, "play#fragment", 0);
  else if (strstr (self->path, "/circle/"))
    answer (self, "302 Found\r\nLocation: /circle/\r\nContent-Length: 0");
  else if (strstr (self->path, "/disk/"))
    send_to (self, "file:///etc/passwd", 0);
  else if (strstr (self->path, "/host/"))
    send_to (self, "file://localhost/etc/passwd", 0);
  else if (strstr (self->path, "/ftp/"))
    send_to (self, "ftp://127.0.0.1/", 0);
  else if (strstr (self->path, "/nowhere/"))
    send_to (self, "http:///", 0);
  else if (strstr (self->path, "/secret/"))
    serve_secret (self);
  else if (strstr (self->path, "/cookie/"))
    serve_cookie (self);
  else if (strstr (self->path, "/named/"))
    serve_name (self);
  else if (strstr (self->path, "/later/"))
    refuse_until (self);
  else if (strstr (self->path, "/digest/"))
    serve_digest (self);
  else if (strstr (self->path, "/foreign/"))
    ask_for_password (self, "Negotiate");
  else if (strstr (self->path, "/silent/"))
    for (char byte; g_input_stream_read (self->input, &byte, 1, NULL, NULL) > 0;)
      ; /* until the listener goes */
  else if (strstr (self->path, "/proxy/"))
    pretend_to_be_a_proxy (self);
  else if (strstr (self->path, "/spy"))
    spy (self);
  else if (status > 0)
    answer_without_end (self, refusal);
}

static gboolean
on_run (GThreadedSocketService *service, GSocketConnection *stream, GObject *source,
        gpointer user_data)
{
  World *world = user_data;
  g_autoptr (GDataInputStream) input =
      g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (stream)));
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  char *line;
  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  while ((line = g_data_input_stream_read_line (input, NULL, NULL, NULL)) && *line)
    g_ptr_array_add (lines, line);
  g_free (line);
  g_ptr_array_add (lines, NULL);
  if (!lines->pdata[0])
    return TRUE;
  g_auto (GStrv) request = g_strsplit (lines->pdata[0], " ", 3);
  const Connection connection = {.world = world,
                                 .input = G_INPUT_STREAM (input),
                                 .stream = g_io_stream_get_output_stream (G_IO_STREAM (stream)),
                                 .lines = (char **)lines->pdata,
                                 .path = request[1]};
  g_mutex_lock (&world->mutex);
  world->n_requests++;
  world->n_answering++;
  g_free (world->range);
  world->range = g_strdup (get_header (&connection, "Range"));
  g_mutex_unlock (&world->mutex);
  serve (&connection);
  g_mutex_lock (&world->mutex);
  world->n_answering--;
  g_mutex_unlock (&world->mutex);
  g_main_context_wakeup (NULL);
  return TRUE;
}

static void
world_begin (World *self)
{
  *self = (World){.service = g_threaded_socket_service_new (20)};
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_mutex_init (&self->mutex);
  ck_assert (g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), any,
                                            G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                            &address, NULL));
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  g_signal_connect (self->service, "run", G_CALLBACK (on_run), self);
}

/* Until nobody answers any more: what was sent at once at most. */
static gsize
await_end_of_answers (World *self)
{
  gsize n_bytes;
  guint n_answering;
  while (TRUE) {
    g_mutex_lock (&self->mutex);
    n_bytes = self->n_bytes;
    n_answering = self->n_answering;
    g_mutex_unlock (&self->mutex);
    if (n_answering == 0)
      return n_bytes;
    g_main_context_iteration (NULL, TRUE);
  }
}

/* @user: of the URI, "" or "user:pass@". (transfer full) */
static char *
make_uri (const World *self, const char *user, const char *path)
{
  return g_strdup_printf ("http://%s127.0.0.1:%u%s", user, self->port, path);
}

/* ---- who asks ---- */

typedef struct {
  GString *body;
  char *uri, *name, *fault;
  double retry_after;
  gboolean over;
} Heard;

static void
on_answered (const HttpAnswer *answer, gpointer user_data)
{
  Heard *heard = user_data;
  heard->uri = g_strdup (answer->uri);
  heard->name = g_strdup (answer->name);
}

static void
on_arrived (GBytes *bytes, gpointer user_data)
{
  g_string_append_len (((Heard *)user_data)->body, g_bytes_get_data (bytes, NULL),
                       (gssize)g_bytes_get_size (bytes));
}

static void
on_ended (gpointer user_data)
{
  ((Heard *)user_data)->over = TRUE;
}

static void
on_failed (const GError *fault, double retry_after, gpointer user_data)
{
  Heard *heard = user_data;
  heard->fault = g_strdup (fault->message);
  heard->retry_after = retry_after;
  heard->over = TRUE;
}

static gboolean
has_room (gpointer user_data)
{
  return TRUE;
}

static const HttpListener listener = {.answered = on_answered,
                                      .arrived = on_arrived,
                                      .ended = on_ended,
                                      .failed = on_failed,
                                      .has_room = has_room};

static void
heard_clear (Heard *self)
{
  g_string_free (self->body, TRUE);
  g_free (self->uri);
  g_free (self->name);
  g_free (self->fault);
}

/* Until the end: that of its body, or a fault. */
static void
hear (SoupSession *session, const char *uri, gboolean in_part, Heard *heard)
{
  *heard = (Heard){.body = g_string_new (NULL)};
  HttpStream *stream = in_part ? http_stream_open_part (session, uri, 3, 5, &listener, heard)
                               : http_stream_open (session, uri, HTTP_ENDLESS, &listener, heard);
  while (!heard->over)
    g_main_context_iteration (NULL, TRUE);
  http_stream_close (stream);
}

/* @fault: what is said begins so; NULL if music is heard. */
static void
compare (World *world, SoupSession *session, const char *user, const char *path, const char *fault)
{
  Heard heard;
  g_autofree char *uri = make_uri (world, user, path);
  hear (session, uri, FALSE, &heard);
  if (fault)
    ck_assert_msg (heard.fault && g_str_has_prefix (heard.fault, fault), "%s: %s", path,
                   heard.fault ? heard.fault : heard.body->str);
  else {
    ck_assert_msg (!heard.fault, "%s: %s", path, heard.fault);
    ck_assert_str_eq (heard.body->str, "music");
  }
  heard_clear (&heard);
}

static void
expect_end (World *world, const char *path)
{
  const gsize n = await_end_of_answers (world);
  ck_assert_msg (n < SOME, "%s: the server could send %zu MiB", path, n >> 20);
}

static void
expect_with (World *world, SoupSession *session, const char *user, const char *path,
             const char *fault)
{
  compare (world, session, user, path, fault);
  expect_end (world, path);
}

static void
expect (World *world, const char *user, const char *path, const char *fault)
{
  g_autoptr (SoupSession) session = http_session_new ();
  expect_with (world, session, user, path, fault);
}

START_TEST (answers_that_are_none_end)
{
  World world;
  world_begin (&world);
  expect (&world, "", "/few/", NULL);
  expect (&world, "", "/preliminary/", "preliminary answers without end");
}
END_TEST

/* Behind a body that has an end its connection is kept for a while, for others. */
START_TEST (what_comes_behind_a_body_is_not_read)
{
  World world;
  world_begin (&world);
  g_autoptr (SoupSession) session = http_session_new ();
  compare (&world, session, "", "/trailers/", NULL);
  soup_session_abort (session);
  expect_end (&world, "/trailers/");
}
END_TEST

START_TEST (what_comes_with_a_redirect_is_not_read)
{
  World world;
  world_begin (&world);
  expect (&world, "", "/deep/moved?0", NULL);
  expect (&world, "", "/deep/moved?1", NULL);
  expect (&world, "", "/deep/moved?2", NULL);
  expect (&world, "", "/disk/", "redirected to nowhere");
  expect (&world, "", "/host/", "redirected to nowhere"); /* the disk again, which has a name */
  expect (&world, "", "/ftp/", "redirected to nowhere");
  expect (&world, "", "/nowhere/", "redirected to nowhere");
  world.n_requests = 0;
  expect (&world, "", "/circle/", "redirected in circles");
  ck_assert_uint_eq (world.n_requests, 21);
}
END_TEST

START_TEST (what_is_asked_for_is_asked_where_a_redirect_leads)
{
  World world;
  world_begin (&world);
  g_autoptr (SoupSession) session = http_session_new ();
  g_autofree char *uri = make_uri (&world, "", "/deep/moved");
  g_autofree char *final = make_uri (&world, "", "/deep/play");
  Heard heard;
  hear (session, uri, TRUE, &heard);
  ck_assert_str_eq (heard.uri, final);
  ck_assert_str_eq (world.range, "bytes=3-7");
  heard_clear (&heard);
  await_end_of_answers (&world);
  g_free (world.range);
}
END_TEST

START_TEST (what_comes_with_a_refusal_is_not_read)
{
  static const struct {
    guint status;
    const char *fault;
  } cases[] = {{300, "300 Multiple Choices"},
               {302, "302 Found"},
               {401, "401 Unauthorized"},
               {403, "403 Forbidden"},
               {404, "404 Not Found"},
               {407, "407 Proxy Authentication Required"},
               {421, "421 "},
               {503, "503 Service Unavailable"}};
  World world;
  world_begin (&world);
  for (guint i = 0; i < 3 * G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/%u?%u", cases[i / 3].status, i % 3);
    expect (&world, "", path, cases[i / 3].fault);
    expect (&world, "user:pass@", path, cases[i / 3].fault);
  }
  g_autoptr (SoupSession) session = http_session_new ();
  g_autofree char *uri = make_uri (&world, "", "/503");
  Heard heard;
  hear (session, uri, FALSE, &heard);
  ck_assert_double_eq (heard.retry_after, 7);
  heard_clear (&heard);
}
END_TEST

/* Dates are rounded to seconds, and this machine may be busy for minutes. */
START_TEST (a_server_may_say_until_when_it_is_busy)
{
  World world;
  world_begin (&world);
  g_autoptr (SoupSession) session = http_session_new ();
  g_autofree char *soon = make_uri (&world, "", "/later/"),
                  *gone = make_uri (&world, "", "/later/?");
  Heard heard;
  hear (session, soon, FALSE, &heard);
  ck_assert_double_gt (heard.retry_after, 60);
  ck_assert_double_le (heard.retry_after, 30 * 60);
  heard_clear (&heard);
  hear (session, gone, FALSE, &heard);
  ck_assert_double_eq (heard.retry_after, 0);
  heard_clear (&heard);
}
END_TEST

START_TEST (a_name_that_cannot_be_read_is_none)
{
  World world;
  world_begin (&world);
  g_autoptr (SoupSession) session = http_session_new ();
  g_autofree char *good = make_uri (&world, "", "/named/"),
                  *bad = make_uri (&world, "", "/named/?");
  Heard heard;
  hear (session, good, FALSE, &heard);
  ck_assert_pstr_eq (heard.name, "Café");
  heard_clear (&heard);
  hear (session, bad, FALSE, &heard);
  ck_assert_str_eq (heard.body->str, "music");
  ck_assert_pstr_eq (heard.name, NULL);
  heard_clear (&heard);
}
END_TEST

START_TEST (who_asks_for_a_password_gets_it_once)
{
  World world;
  world_begin (&world);
  g_autoptr (SoupSession) session = http_session_new ();
  expect_with (&world, session, "", "/secret/?0", "401 Unauthorized");
  expect_with (&world, session, "user:pass@", "/secret/?0", NULL);
  expect_with (&world, session, "", "/secret/another?1", NULL); /* a segment beside its list */
  world.n_requests = 0;
  expect (&world, "user:wrong@", "/secret/?1", "401 Unauthorized");
  expect (&world, "user:pass@", "/foreign/?2", "401 Unauthorized");
  ck_assert_uint_eq (world.n_requests, 3);
  expect (&world, "user:pass@", "/digest/?0", NULL);
}
END_TEST

START_TEST (passwords_stay_with_their_host)
{
  World world;
  world_begin (&world);
  expect (&world, "user:pass@", "/secret/moved", "401 Unauthorized");
  ck_assert_uint_eq (world.n_passwords, 0);
}
END_TEST

/* Neither the one in its URI nor that of a proxy, through which it is asked here. */
START_TEST (who_pretends_to_be_a_proxy_learns_no_password)
{
  World world;
  world_begin (&world);
  g_autofree char *proxy = make_uri (&world, "user:pass@", "");
  g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (proxy, NULL);
  g_autoptr (SoupSession) session = http_session_new (), proxied = http_session_new ();
  soup_session_set_proxy_resolver (proxied, resolver);
  for (guint i = 0; i < 6; i++) {
    Heard heard;
    g_autofree char *path = g_strdup_printf ("/proxy/?%u", i);
    g_autofree char *uri = i % 2 ? g_strconcat ("http://a.example", path, NULL)
                                 : make_uri (&world, "user:pass@", path);
    hear (i % 2 ? proxied : session, uri, FALSE, &heard);
    ck_assert_str_eq (heard.fault, "407 Proxy Authentication Required");
    heard_clear (&heard);
    expect_end (&world, path);
  }
  ck_assert_uint_eq (world.n_requests, 6);
  ck_assert_uint_eq (world.n_passwords, 0);
}
END_TEST

typedef struct {
  const char *uri;
  double patience; /* s */
  char *fault;
  int done;
} Search;

static gpointer
search (gpointer user_data)
{
  Search *self = user_data;
  self->fault = remote_find_fault (self->uri, self->patience);
  g_atomic_int_set (&self->done, 1);
  g_main_context_wakeup (NULL);
  return NULL;
}

static guint
count_cookies (SoupCookieJar *jar)
{
  GSList *cookies = soup_cookie_jar_all_cookies (jar);
  const guint n = g_slist_length (cookies);
  g_slist_free_full (cookies, (GDestroyNotify)soup_cookie_free);
  return n;
}

static void
add_cookie (SoupCookieJar *jar, guint name, const char *site)
{
  g_autofree char *text = g_strdup_printf ("name%u", name);
  soup_cookie_jar_add_cookie (jar, soup_cookie_new (text, "value", site, "/", -1));
}

static void
drop_cookie (SoupCookieJar *jar, guint name, const char *site)
{
  g_autofree char *text = g_strdup_printf ("name%u", name);
  SoupCookie *cookie = soup_cookie_new (text, "value", site, "/", -1);
  soup_cookie_jar_delete_cookie (jar, cookie);
  soup_cookie_free (cookie);
}

START_TEST (cookies_are_kept_but_not_without_end)
{
  g_autoptr (SoupSession) session = http_session_new ();
  SoupCookieJar *jar = SOUP_COOKIE_JAR (soup_session_get_feature (session, SOUP_TYPE_COOKIE_JAR));
  g_autofree char *large = g_strnfill (5000, 'a');
  for (guint i = 0; i < 300; i++) /* as of a hundred channels that are signed */
    add_cookie (jar, i, "good.example");
  cookies_limit (session);
  ck_assert_uint_eq (count_cookies (jar), 300);
  for (guint i = 1; i < 300; i++)
    drop_cookie (jar, i, "good.example");
  for (guint i = 0; i < 1000; i++)
    add_cookie (jar, i, "one.example");
  soup_cookie_jar_add_cookie (jar, soup_cookie_new ("name", large, "good.example", "/", -1));
  cookies_limit (session);
  ck_assert_uint_eq (count_cookies (jar), 1);
  g_autoptr (GUri) uri = g_uri_parse ("http://good.example/", SOUP_HTTP_URI_FLAGS, NULL);
  g_autofree char *sent = soup_cookie_jar_get_cookies (jar, uri, TRUE);
  ck_assert_str_eq (sent, "name0=value");
  for (guint i = 0; i < 3500; i++) {
    g_autofree char *site = g_strdup_printf ("%u.example", i);
    add_cookie (jar, i, site);
  }
  cookies_limit (session);
  ck_assert_uint_eq (count_cookies (jar), 0);
}
END_TEST

/* How many there are among the first @n; all have the same cookies. */
static guint
count_sessions (SoupSession *const *sessions, guint n, guint *most_sharing)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (NULL, NULL);
  *most_sharing = 0;
  for (guint i = 0; i < n; i++) {
    const guint sharing = GPOINTER_TO_UINT (g_hash_table_lookup (counts, sessions[i])) + 1;
    g_hash_table_insert (counts, sessions[i], GUINT_TO_POINTER (sharing));
    *most_sharing = MAX (*most_sharing, sharing);
    ck_assert_ptr_eq (soup_session_get_feature (sessions[i], SOUP_TYPE_COOKIE_JAR),
                      soup_session_get_feature (sessions[0], SOUP_TYPE_COOKIE_JAR));
  }
  return g_hash_table_size (counts);
}

/* At each step of a request libsoup looks at all of its session. */
START_TEST (thousands_of_stations_have_several_sessions_and_the_same_cookies)
{
  SessionPool *pool = session_pool_new ();
  SoupSession *sessions[4000];
  guint most_sharing;
  for (guint i = 0; i < G_N_ELEMENTS (sessions); i++)
    sessions[i] = session_pool_take (pool);
  ck_assert_uint_eq (count_sessions (sessions, 100, &most_sharing), 1);
  const guint n = count_sessions (sessions, G_N_ELEMENTS (sessions), &most_sharing);
  ck_assert_uint_ge (n, 4000 / 256);
  ck_assert_uint_le (most_sharing, 256);
  for (guint round = 0; round < 10; round++) /* others come and go */
    for (guint i = 1; i < G_N_ELEMENTS (sessions); i += 2) {
      session_pool_give_back (pool, sessions[i]);
      sessions[i] = session_pool_take (pool);
    }
  ck_assert_uint_eq (count_sessions (sessions, G_N_ELEMENTS (sessions), &most_sharing), n);
  for (guint i = 0; i < G_N_ELEMENTS (sessions); i++)
    session_pool_give_back (pool, sessions[i]);
  sessions[0] = session_pool_take (pool);
  sessions[1] = session_pool_take (pool);
  ck_assert_uint_eq (count_sessions (sessions, 2, &most_sharing), 1);
  session_pool_give_back (pool, sessions[0]);
  session_pool_give_back (pool, sessions[1]);
  session_pool_free (pool);
}
END_TEST

/* What one station was given is sent for another one, whichever session it has. */
START_TEST (cookies_are_sent_in_all_sessions)
{
  g_autoptr (SoupSession) first = http_session_new (), second = http_session_new ();
  World world;
  Heard heard;
  world_begin (&world);
  g_autofree char *uri = make_uri (&world, "", "/cookie/");
  cookies_share (second, first);
  hear (first, uri, FALSE, &heard);
  ck_assert_str_eq (heard.body->str, "none");
  heard_clear (&heard);
  hear (second, uri, FALSE, &heard);
  ck_assert_str_eq (heard.body->str, "door=open");
  heard_clear (&heard);
  g_clear_object (&second);
  hear (first, uri, FALSE, &heard);
  ck_assert_str_eq (heard.body->str, "door=open");
  heard_clear (&heard);
}
END_TEST

START_TEST (faults_of_songs_far_away_are_found_all_the_same)
{
  static const char *const cases[][2] = {{"/deep/moved?0", "none"},
                                         {"/preliminary/", "preliminary answers without end"},
                                         {"/circle/", "redirected in circles"},
                                         {"/disk/", "redirected to nowhere"},
                                         {"/silent/", "the server does not answer"},
                                         {"/401?0", "401 Unauthorized"},
                                         {"/404?1", "404 Not Found"},
                                         {"/421?2", "421 "}};
  World world;
  world_begin (&world);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *uri = make_uri (&world, "", cases[i][0]);
    const gboolean silent = strstr (uri, "/silent/") != NULL;
    Search found = {.uri = uri, .patience = silent ? 1 : PATIENCE};
    GThread *thread = g_thread_new ("search", search, &found);
    while (!g_atomic_int_get (&found.done))
      g_main_context_iteration (NULL, TRUE);
    g_thread_join (thread);
    ck_assert_msg (g_str_has_prefix (found.fault ? found.fault : "none", cases[i][1]), "%s: %s",
                   uri, found.fault);
    g_free (found.fault);
    expect_end (&world, cases[i][0]);
  }
}
END_TEST

int
main (void)
{
  http_request_prepare ();
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  TCase *tests = tcase_create ("http");
  tcase_add_test (tests, answers_that_are_none_end);
  tcase_add_test (tests, what_comes_behind_a_body_is_not_read);
  tcase_add_test (tests, what_comes_with_a_redirect_is_not_read);
  tcase_add_test (tests, what_is_asked_for_is_asked_where_a_redirect_leads);
  tcase_add_test (tests, what_comes_with_a_refusal_is_not_read);
  tcase_add_test (tests, a_server_may_say_until_when_it_is_busy);
  tcase_add_test (tests, a_name_that_cannot_be_read_is_none);
  tcase_add_test (tests, who_asks_for_a_password_gets_it_once);
  tcase_add_test (tests, passwords_stay_with_their_host);
  tcase_add_test (tests, who_pretends_to_be_a_proxy_learns_no_password);
  tcase_add_test (tests, cookies_are_kept_but_not_without_end);
  tcase_add_test (tests, thousands_of_stations_have_several_sessions_and_the_same_cookies);
  tcase_add_test (tests, cookies_are_sent_in_all_sessions);
  tcase_add_test (tests, faults_of_songs_far_away_are_found_all_the_same);
  return test_run_as ("http", tests, PATIENCE, CK_FORK);
}
