/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page without a radio, asked in this process: what its health is, and what it says of stations
 * of which nothing has been heard, and late. */
#include "pageserver.h"
#include "stationid.h"
#include "test.h"
#include <errno.h>
#include <fcntl.h>
#include <libsoup/soup.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static PageServer *
make_server (void)
{
  const PageOptions options = {.address = "127.0.0.1:0"};
  g_autoptr (GError) error = NULL;
  PageServer *server = page_server_new (&options, NULL, &error);
  ck_assert_msg (server, "%s", error ? error->message : "no error");
  return server;
}

static void
set_stations (PageServer *server, const char *uri)
{
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  if (uri)
    g_ptr_array_add (stations, station_new (NULL, uri, NULL));
  page_server_expect (server, stations);
  page_server_tell_stations (server);
}

static void
on_answer (GObject *session, GAsyncResult *result, gpointer user_data)
{
  GBytes **body = user_data;
  *body = soup_session_send_and_read_finish (SOUP_SESSION (session), result, NULL);
}

/* (transfer full) of both */
static SoupMessage *
request (PageServer *server, const char *path, GBytes **body)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *uri = g_strconcat (page_server_get_uri (server), path, NULL);
  SoupMessage *message = soup_message_new (SOUP_METHOD_GET, uri);
  *body = NULL;
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_answer, body);
  while (!*body)
    g_main_context_iteration (NULL, TRUE);
  return message;
}

/* What is said; (transfer full) */
static char *
ask (PageServer *server, const char *path, guint expected)
{
  g_autoptr (GBytes) body = NULL;
  g_autoptr (SoupMessage) message = request (server, path, &body);
  ck_assert_uint_eq (soup_message_get_status (message), expected);
  return g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
}

static void
expect (PageServer *server, const char *path, guint status, const char *part)
{
  g_autofree char *body = ask (server, path, status);
  ck_assert_msg (strstr (body, part), "%s: %s", path, body);
}

START_TEST (health_is_that_stations_are_tried)
{
  g_autoptr (PageServer) server = make_server ();
  set_stations (server, NULL);
  expect (server, "healthz", 503, "There are no stations.");
  set_stations (server, "http://radio.example/1");
  expect (server, "healthz", 200, "ok");
  page_server_set_ending (server);
  expect (server, "healthz", 503, "It is about to end.");
}
END_TEST

START_TEST (stations_that_were_not_heard_are_told)
{
  g_autoptr (PageServer) server = make_server ();
  guint heard, all;
  set_stations (server, "http://radio.example/1");
  page_server_count (server, &heard, &all);
  ck_assert_uint_eq (heard, 0);
  ck_assert_uint_eq (all, 1);
  expect (server, "api/stations", 200, "\"genres\":[]");
  expect (server, "api/stations", 200, "\"state\":\"connecting\"");
  expect (server, "metrics", 200, "genre_radio_stations{state=\"connecting\"} 1\n");
}
END_TEST

/* (transfer full) */
static char *
get_version_of_list (PageServer *server)
{
  g_autoptr (GBytes) body = NULL;
  g_autoptr (SoupMessage) message = request (server, "api/stations", &body);
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  char *version = g_strdup (soup_message_headers_get_one (headers, "ETag"));
  ck_assert_ptr_nonnull (version);
  return version;
}

/* Or who knows the list of the last run would be told that nothing has changed since. */
START_TEST (another_run_has_other_versions)
{
  g_autoptr (PageServer) server = make_server ();
  g_autoptr (PageServer) other = make_server ();
  set_stations (server, "http://radio.example/1");
  set_stations (other, "http://radio.example/1");
  g_autofree char *version = get_version_of_list (server), *again = get_version_of_list (server),
                  *another = get_version_of_list (other);
  ck_assert_str_eq (version, again);
  ck_assert_str_ne (version, another);
}
END_TEST

/* ---- events ---- */

/* Who looks on: what was told until now. */
typedef struct {
  SoupSession *session;
  GInputStream *stream;
  GString *told;
  char bytes[4096];
} Onlooker;

static void
on_stream (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Onlooker *self = user_data;
  self->stream = soup_session_send_finish (SOUP_SESSION (session), result, NULL);
  ck_assert_ptr_nonnull (self->stream);
}

static void
begin_to_look (Onlooker *self, PageServer *server, const char *id)
{
  g_autofree char *uri =
      g_strdup_printf ("%sapi/events?stations=%s", page_server_get_uri (server), id);
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, uri);
  *self = (Onlooker){.session = soup_session_new (), .told = g_string_new (NULL)};
  soup_session_send_async (self->session, message, G_PRIORITY_DEFAULT, NULL, on_stream, self);
  while (!self->stream)
    g_main_context_iteration (NULL, TRUE);
}

static void
end_to_look (Onlooker *self)
{
  g_input_stream_close (self->stream, NULL, NULL);
  g_object_unref (self->stream);
  g_object_unref (self->session);
  g_string_free (self->told, TRUE);
}

static void
on_bytes (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  Onlooker *self = user_data;
  const gssize n = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, NULL);
  ck_assert_int_gt (n, 0);
  g_string_append_len (self->told, self->bytes, n);
}

static void
wait_until_told (Onlooker *self, const char *what)
{
  while (!strstr (self->told->str, what)) {
    const gsize before = self->told->len;
    g_input_stream_read_async (self->stream, self->bytes, sizeof self->bytes, G_PRIORITY_DEFAULT,
                               NULL, on_bytes, self);
    while (self->told->len == before)
      g_main_context_iteration (NULL, TRUE);
  }
}

/* @age: in microseconds; a new one is told, an old one told once more. */
static void
answer_with_talk (PageServer *server, const Station *station, gint64 time, gint64 age)
{
  g_autofree char *key = station_key (station);
  g_autoptr (GstStructure) answer =
      gst_structure_new ("genreclassify", "genre", G_TYPE_STRING, "unknown", "confidence",
                         G_TYPE_DOUBLE, 0.5, "music", G_TYPE_DOUBLE, 0.1, NULL);
  const StationEvent event = {.type = STATION_EVENT_ANSWER,
                              .state = STATION_LISTENING,
                              .time = time,
                              .monotonic = g_get_monotonic_time () - age,
                              .key = key,
                              .uri = station->uri,
                              .name = station->uri,
                              .answer = answer};
  if (age > 0)
    page_server_observe_past (&event, server);
  else
    page_server_observe (&event, server);
}

static char *
make_id (const Station *station)
{
  g_autoptr (StationIds) ids = station_ids_new ();
  return station_ids_give (ids, station);
}

static char *
format_minute (const char *id, gint64 time)
{
  g_autofree char *begin =
      station_event_format_time (time / G_TIME_SPAN_MINUTE * G_TIME_SPAN_MINUTE);
  return g_strdup_printf (
      "event: minute\ndata: {\"id\":\"%s\",\"minute\":\"%s\",\"genre\":\"-\"}\n\n", id, begin);
}

START_TEST (a_minute_is_told_again_when_answers_come_late)
{
  g_autoptr (PageServer) server = make_server ();
  Station *station = station_new (NULL, "http://radio.example/1", NULL);
  g_autofree char *id = make_id (station);
  const gint64 now = g_get_real_time (), late = now - 5 * G_TIME_SPAN_MINUTE,
               long_ago = now - 2 * G_TIME_SPAN_DAY;
  Onlooker onlooker;
  set_stations (server, station->uri);
  begin_to_look (&onlooker, server, id);
  answer_with_talk (server, station, long_ago, 0); /* which no page shows */
  answer_with_talk (server, station, late, 0);
  g_autofree char *minute = format_minute (id, late);
  g_autofree char *missing = format_minute (id, long_ago);
  wait_until_told (&onlooker, minute);
  ck_assert_msg (!strstr (onlooker.told->str, missing), "%s", onlooker.told->str);
  end_to_look (&onlooker);
  station_free (station);
}
END_TEST

/* By itself, to all who look on; the list says the same. */
START_TEST (what_was_heard_too_long_ago_is_taken_back)
{
  g_autoptr (PageServer) server = make_server ();
  Station *station = station_new (NULL, "http://radio.example/1", NULL);
  g_autofree char *id = make_id (station);
  const gint64 now = g_get_real_time ();
  g_autofree char *time = station_event_format_time (now);
  g_autofree char *last =
      g_strdup_printf ("\"reason\":null,\"final\":false,\"lastAnswer\":\"%s\"", time);
  Onlooker onlooker;
  set_stations (server, station->uri);
  begin_to_look (&onlooker, server, id);
  answer_with_talk (server, station, now, 0);
  expect (server, "api/stations", 200, "\"no music\"");
  answer_with_talk (server, station, now, 100 * G_TIME_SPAN_SECOND);
  wait_until_told (&onlooker, last);
  expect (server, "api/stations", 200, last);
  end_to_look (&onlooker);
  station_free (station);
}
END_TEST

static void
tell_title (PageServer *server, const Station *station, const char *title)
{
  g_autofree char *key = station_key (station);
  const StationEvent event = {.type = STATION_EVENT_TITLE,
                              .state = STATION_LISTENING,
                              .time = g_get_real_time (),
                              .key = key,
                              .uri = station->uri,
                              .name = station->uri,
                              .title = title};
  page_server_observe (&event, server);
}

static guint
count_parts (const char *text, const char *part)
{
  guint n = 0;
  for (const char *at = strstr (text, part); at; at = strstr (at + 1, part))
    n++;
  return n;
}

/* Of a station that never rests who looks on is told at once, and then how it is by now. */
START_TEST (what_changes_all_the_time_is_told_now_and_then)
{
  g_autoptr (PageServer) server = make_server ();
  Station *station = station_new (NULL, "http://radio.example/1", NULL);
  g_autofree char *id = make_id (station);
  Onlooker onlooker;
  set_stations (server, station->uri);
  begin_to_look (&onlooker, server, id);
  for (guint i = 1; i <= 20000; i++) { /* which would be more than may wait for somebody */
    g_autofree char *title = g_strdup_printf ("Title %u.", i);
    tell_title (server, station, title);
  }
  wait_until_told (&onlooker, "Title 20000.");
  ck_assert_uint_eq (count_parts (onlooker.told->str, "\"title\":\"Title 1.\""), 1);
  ck_assert_uint_eq (count_parts (onlooker.told->str, "\"title\":\"Title "), 2);
  tell_title (server, station, "Later"); /* the beat is over, or it is not */
  wait_until_told (&onlooker, "\"title\":\"Later\"");
  end_to_look (&onlooker);
  station_free (station);
}
END_TEST

START_TEST (a_stream_says_first_that_it_is_alive)
{
  g_autoptr (PageServer) server = make_server ();
  Onlooker onlooker;
  set_stations (server, "http://radio.example/1");
  begin_to_look (&onlooker, server, "000000000000");
  wait_until_told (&onlooker, "event: alive\ndata: {}\n\n");
  ck_assert_msg (g_str_has_prefix (onlooker.told->str, "retry: 3000\n\nevent: alive\n"), "%s",
                 onlooker.told->str);
  end_to_look (&onlooker);
}
END_TEST

START_TEST (other_machines_need_a_token)
{
  const char *const addresses[] = {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"};
  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_autoptr (GError) error = NULL;
    const PageOptions options = {.address = addresses[i]};
    ck_assert (!page_server_new (&options, NULL, &error));
    ck_assert_ptr_nonnull (strstr (error->message, "needs a --token-file"));
    const PageOptions with_token = {.address = addresses[i], .token_file = "/nowhere"};
    ck_assert (page_options_check (&with_token, NULL));
  }
}
END_TEST

START_TEST (what_is_in_the_way_is_an_error)
{
  g_autoptr (PageServer) server = make_server ();
  g_autoptr (GError) error = NULL;
  g_autofree char *address = g_strdup (page_server_get_uri (server) + strlen ("http://"));
  address[strlen (address) - 1] = '\0'; /* the slash */
  const PageOptions taken = {.address = address};
  ck_assert (!page_server_new (&taken, NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, page_server_get_uri (server)));
  g_clear_error (&error);
  const PageOptions no_token = {.address = "127.0.0.1:0", .token_file = "/nowhere/token"};
  ck_assert (!page_server_new (&no_token, NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "/nowhere/token"));
  g_clear_error (&error);
  const PageOptions no_history = {.address = "127.0.0.1:0", .history = "/nowhere/history"};
  ck_assert (!page_server_new (&no_history, NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "/nowhere/history"));
}
END_TEST

static void
on_all_read (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  gsize n;
  gboolean *read = user_data;
  g_input_stream_read_all_finish (G_INPUT_STREAM (stream), result, &n, NULL);
  *read = TRUE;
}

/* What comes for a request with @header until the connection ends; (transfer full) */
static char *
send_raw (PageServer *server, const char *address, const char *header)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  const char *uri = page_server_get_uri (server);
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_uri (client, uri, 80, NULL, NULL);
  g_autofree char *host = g_strdup (uri + strlen ("http://"));
  host[strlen (host) - 1] = '\0'; /* the slash */
  g_autofree char *request =
      g_strdup_printf ("GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n", address, host, header);
  char *answer = g_malloc0 (4096);
  gboolean read = FALSE;
  ck_assert_ptr_nonnull (connection);
  ck_assert (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                                        request, strlen (request), NULL, NULL, NULL));
  g_input_stream_read_all_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), answer,
                                 4095, G_PRIORITY_DEFAULT, NULL, on_all_read, &read);
  while (!read)
    g_main_context_iteration (NULL, TRUE);
  return answer;
}

/* And nothing is said of it, or anybody could fill a journal: a warning ends this program. */
START_TEST (lengths_that_are_none_are_refused)
{
  const char *const lengths[] = {
      "-5", "-1", "+5", "0x5", "18446744073709551611", "9223372036854775808", "5, 5", "5, -5"};
  const char *const addresses[] = {"/healthz", "https://a/"};
  g_autoptr (PageServer) server = make_server ();
  set_stations (server, "http://radio.example/1");
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_FATAL_MASK);
  for (gsize i = 0; i < G_N_ELEMENTS (lengths) * G_N_ELEMENTS (addresses); i++) {
    g_autofree char *header =
        g_strconcat ("Content-Length: ", lengths[i / G_N_ELEMENTS (addresses)], NULL);
    g_autofree char *answer = send_raw (server, addresses[i % G_N_ELEMENTS (addresses)], header);
    ck_assert_msg (g_str_has_prefix (answer, "HTTP/1.1 400 "), "%s: %s", header, answer);
  }
  g_autofree char *answer = send_raw (server, "/healthz", "Content-Length: 0");
  ck_assert_msg (g_str_has_prefix (answer, "HTTP/1.1 200 "), "%s", answer);
}
END_TEST

/* How many lines are in a file. */
static guint
count_lines (FILE *file)
{
  guint n = 0;
  rewind (file);
  for (int c; (c = getc (file)) != EOF;)
    n += c == '\n';
  return n;
}

/* A server to which somebody comes as soon as no descriptor is left. */
typedef struct {
  PageServer *server;
  GSocketConnection *visitor;
  GArray *taken; /* int: all the descriptors */
  FILE *said;
  int standard_error;
} Outage;

static void
begin_outage (Outage *self, PageServer *server)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  struct rlimit limit;
  *self = (Outage){server, NULL, g_array_new (FALSE, FALSE, sizeof (int)), tmpfile (),
                   dup (STDERR_FILENO)};
  ck_assert (self->said && self->standard_error >= 0);
  ck_assert (dup2 (fileno (self->said), STDERR_FILENO) >= 0);
  ck_assert_int_eq (getrlimit (RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = 64;
  ck_assert_int_eq (setrlimit (RLIMIT_NOFILE, &limit), 0);
  self->visitor = /* the system lets it in */
      g_socket_client_connect_to_uri (client, page_server_get_uri (server), 80, NULL, NULL);
  ck_assert_ptr_nonnull (self->visitor);
  for (int file; (file = open ("/dev/null", O_RDONLY)) >= 0;)
    g_array_append_val (self->taken, file);
  ck_assert_int_eq (errno, EMFILE);
}

/* What has been said stands in @self->said. */
static void
end_outage (Outage *self)
{
  ck_assert (dup2 (self->standard_error, STDERR_FILENO) >= 0);
  for (guint i = 0; i < self->taken->len; i++)
    close (g_array_index (self->taken, int, i));
  expect (self->server, "healthz", 200, "");
}

static void
clear_outage (Outage *self)
{
  g_object_unref (self->visitor);
  g_array_unref (self->taken);
  fclose (self->said);
  close (self->standard_error);
}

/* Whoever comes while no descriptor is left is let in when there is one. That is said once, and not
 * looked for all the time. */
START_TEST (who_comes_when_no_file_may_be_opened_waits)
{
  g_autoptr (PageServer) server = make_server ();
  Outage outage;
  guint n_busy = 0;
  set_stations (server, "http://radio.example/1");
  begin_outage (&outage, server);
  for (guint i = 0; i < 1000; i++)
    n_busy += g_main_context_iteration (NULL, FALSE);
  end_outage (&outage);
  ck_assert_uint_eq (count_lines (outage.said), 1);
  ck_assert_uint_le (n_busy, 100);
  clear_outage (&outage);
}
END_TEST

START_TEST (after_some_quiet_minutes_it_is_said_again)
{
  g_setenv ("GENRE_RADIO_HASTE", "1000", TRUE); /* minutes: 0.6 s */
  g_autoptr (PageServer) server = make_server ();
  set_stations (server, "http://radio.example/1");
  for (guint i = 0; i < 2; i++) {
    Outage outage;
    begin_outage (&outage, server);
    while (count_lines (outage.said) == 0)
      g_main_context_iteration (NULL, TRUE);
    end_outage (&outage);
    clear_outage (&outage);
    g_usleep (G_USEC_PER_SEC);
  }
}
END_TEST

int
main (void)
{
  gst_init (NULL, NULL);
  TCase *tests = tcase_create ("page-server");
  tcase_add_test (tests, health_is_that_stations_are_tried);
  tcase_add_test (tests, stations_that_were_not_heard_are_told);
  tcase_add_test (tests, another_run_has_other_versions);
  tcase_add_test (tests, a_minute_is_told_again_when_answers_come_late);
  tcase_add_test (tests, what_was_heard_too_long_ago_is_taken_back);
  tcase_add_test (tests, a_stream_says_first_that_it_is_alive);
  tcase_add_test (tests, what_changes_all_the_time_is_told_now_and_then);
  tcase_add_test (tests, other_machines_need_a_token);
  tcase_add_test (tests, what_is_in_the_way_is_an_error);
  tcase_add_test (tests, lengths_that_are_none_are_refused);
  tcase_add_test (tests, who_comes_when_no_file_may_be_opened_waits);
  tcase_add_test (tests, after_some_quiet_minutes_it_is_said_again);
  return test_run ("page-server", tests);
}
