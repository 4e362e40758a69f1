/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page without a radio, asked in this process: what its health is, and what it says of stations
 * of which nothing has been heard. */
#include "pageserver.h"
#include "test.h"
#include <libsoup/soup.h>
#include <string.h>

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

/* What is said; (transfer full) */
static char *
ask (PageServer *server, const char *path, guint expected)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *uri = g_strconcat (page_server_get_uri (server), path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, uri);
  g_autoptr (GBytes) body = NULL;
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_answer, &body);
  while (!body)
    g_main_context_iteration (NULL, TRUE);
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

int
main (void)
{
  gst_init (NULL, NULL);
  TCase *tests = tcase_create ("page-server");
  tcase_add_test (tests, health_is_that_stations_are_tried);
  tcase_add_test (tests, stations_that_were_not_heard_are_told);
  tcase_add_test (tests, other_machines_need_a_token);
  tcase_add_test (tests, what_is_in_the_way_is_an_error);
  return test_run ("page-server", tests);
}
