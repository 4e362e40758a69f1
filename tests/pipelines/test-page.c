/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of genre-radio's page that need no network: what is known of stations and how it is
 * told, and who may ask. */
#include "boardhistory.h"
#include "../radio/history.h"
#include "boardjson.h"
#include "listenaddress.h"
#include "metrics.h"
#include "pagerequest.h"
#include "publictext.h"
#include "spectrogramjson.h"
#include "stationid.h"
#include "test.h"
#include "token.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define A_MINUTE (29 * 1000 * 1000) /* since 1970, in 2025 */

/* ---- addresses and hosts ---- */

START_TEST (addresses_to_listen_at_are_read)
{
  const struct {
    const char *text, *uri;
    gboolean loopback;
  } cases[] = {
      {"127.0.0.1:8321", "http://127.0.0.1:8321/", TRUE},
      {"localhost:80", "http://127.0.0.1:80/", TRUE},
      {"[::1]:8321", "http://[::1]:8321/", TRUE},
      {"0.0.0.0:0", "http://0.0.0.0:0/", FALSE},
      {"[::]:65535", "http://[::]:65535/", FALSE},
      {"192.168.1.2:1", "http://192.168.1.2:1/", FALSE},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GInetSocketAddress) address = listen_address_parse (cases[i].text, NULL);
    ck_assert_msg (address, "%s", cases[i].text);
    g_autofree char *uri = listen_address_get_uri (address);
    ck_assert_str_eq (uri, cases[i].uri);
    ck_assert_int_eq (listen_address_is_loopback (address), cases[i].loopback);
  }
}
END_TEST

START_TEST (what_is_no_address_is_an_error)
{
  const char *const texts[] = {"",
                               "8321",
                               ":8321",
                               "127.0.0.1",
                               "127.0.0.1:",
                               "127.0.0.1:65536",
                               "127.0.0.1:-1",
                               "127.0.0.1:+1",
                               "127.0.0.1: 1",
                               "127.0.0.1:8x",
                               "::1:8321",
                               "[127.0.0.1]:1",
                               "[localhost]:1",
                               "[::1:1",
                               "radio.example:80",
                               "127.1:80",
                               "[]:1"};
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    ck_assert_msg (!listen_address_parse (texts[i], &error), "%s", texts[i]);
    g_autofree char *named = g_strdup_printf ("\"%s\"", texts[i]);
    ck_assert_ptr_nonnull (strstr (error->message, named));
  }
}
END_TEST

START_TEST (only_our_own_hosts_are_served)
{
  const struct {
    const char *address, *host;
    gboolean good;
  } cases[] = {{"127.0.0.1:8321", "127.0.0.1:8321", TRUE},
               {"127.0.0.1:8321", "LocalHost:8321", TRUE},
               {"127.0.0.1:8321", "evil.example", FALSE},
               {"127.0.0.1:8321", "evil.example:8321", FALSE},
               {"127.0.0.1:8321", "127.0.0.1", FALSE},
               {"127.0.0.1:80", "127.0.0.1", TRUE},
               {"127.0.0.1:8321", "127.0.0.2:8321", FALSE},
               {"127.0.0.1:8321", "[::1]:8321", FALSE},
               {"[::1]:8321", "[::1]:8321", TRUE},
               {"[::1]:8321", "[0:0::1]:8321", TRUE},
               {"[::1]:8321", "localhost:8321", TRUE},
               {"[::1]:8321", "::1:8321", FALSE},
               {"192.168.1.2:81", "192.168.1.2:81", TRUE},
               {"192.168.1.2:81", "localhost:81", FALSE},
               {"0.0.0.0:81", "radio.example", TRUE},
               {"0.0.0.0:81", "radio.example:443", TRUE},
               {"0.0.0.0:81", "radio.example:x", FALSE},
               {"127.0.0.1:8321", "", FALSE},
               {"127.0.0.1:8321", "[", FALSE},
               {"127.0.0.1:8321", "]", FALSE},
               {"127.0.0.1:8321", "127.0.0.1:8321 ", FALSE},
               {"127.0.0.1:8321", ":8321", FALSE},
               {"127.0.0.1:8321", "127.0.0.1:8321, a", FALSE}};
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GInetSocketAddress) address = listen_address_parse (cases[i].address, NULL);
    ck_assert_msg (listen_address_is_host (address, cases[i].host) == cases[i].good, "%s at %s",
                   cases[i].host, cases[i].address);
  }
}
END_TEST

/* ---- requests ---- */

static guint
check_request (const char *method, const char *uri, const char *host, const char *site)
{
  const char *why = NULL;
  g_autoptr (GInetSocketAddress) address = listen_address_parse ("127.0.0.1:81", NULL);
  g_autoptr (GUri) parsed = g_uri_parse (uri, SOUP_HTTP_URI_FLAGS, NULL);
  const PageRequest request = {method, parsed, host, site};
  const guint status = page_request_check (&request, address, &why);
  ck_assert_int_eq (!why, status == SOUP_STATUS_OK);
  return status;
}

START_TEST (requests_are_judged)
{
  g_autofree char *long_path = g_strnfill (5000, 'x');
  g_autofree char *long_uri = g_strconcat ("http://127.0.0.1:81/?", long_path, NULL);
  const char *const uri = "http://127.0.0.1:81/", *const host = "127.0.0.1:81";
  const char *const api = "http://127.0.0.1:81/api/stations";
  ck_assert_uint_eq (check_request ("GET", uri, host, NULL), SOUP_STATUS_OK);
  ck_assert_uint_eq (check_request ("HEAD", api, host, "same-origin"), SOUP_STATUS_OK);
  ck_assert_uint_eq (check_request ("GET", uri, host, "cross-site"), SOUP_STATUS_OK);
  ck_assert_uint_eq (check_request ("GET", api, host, "none"), SOUP_STATUS_OK);
  ck_assert_uint_eq (check_request ("GET", api, host, "cross-site"), SOUP_STATUS_FORBIDDEN);
  ck_assert_uint_eq (check_request ("GET", api, host, "same-site"), SOUP_STATUS_FORBIDDEN);
  ck_assert_uint_eq (check_request ("POST", uri, host, NULL), SOUP_STATUS_METHOD_NOT_ALLOWED);
  ck_assert_uint_eq (check_request ("get", uri, host, NULL), SOUP_STATUS_METHOD_NOT_ALLOWED);
  ck_assert_uint_eq (check_request ("GET", long_uri, host, NULL), SOUP_STATUS_REQUEST_URI_TOO_LONG);
  ck_assert_uint_eq (check_request ("GET", uri, "evil.example", NULL),
                     SOUP_STATUS_MISDIRECTED_REQUEST);
  ck_assert_uint_eq (check_request ("GET", uri, NULL, NULL), SOUP_STATUS_MISDIRECTED_REQUEST);
}
END_TEST

START_TEST (wishes_are_read)
{
  g_auto (EventWishes) some = {0};
  ck_assert (event_wishes_parse ("stations=a%2Cb,c&spectrogram=1", &some));
  ck_assert_uint_eq (g_strv_length (some.ids), 3);
  ck_assert_str_eq (some.ids[1], "b");
  ck_assert (some.spectrograms);
  g_auto (EventWishes) plain = {0};
  ck_assert (event_wishes_parse ("spectrogram=0&stations=", &plain));
  ck_assert (!plain.spectrograms);
  g_auto (EventWishes) none = {0};
  ck_assert (!event_wishes_parse (NULL, &none));
  ck_assert (!event_wishes_parse ("station=a", &none));
}
END_TEST

START_TEST (not_more_than_200_are_watched)
{
  g_autoptr (GString) query = g_string_new ("stations=a");
  for (int i = 1; i < EVENTS_MOST_STATIONS; i++)
    g_string_append (query, ",a");
  g_auto (EventWishes) enough = {0};
  ck_assert (event_wishes_parse (query->str, &enough));
  g_string_append (query, ",a");
  g_auto (EventWishes) many = {0};
  ck_assert (!event_wishes_parse (query->str, &many));
}
END_TEST

/* ---- token ---- */

static Token *
read_token (const char *content, GError **error)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "token", NULL);
  ck_assert (g_file_set_contents (path, content, -1, NULL));
  Token *token = token_read (path, error);
  test_remove_folder (folder);
  return token;
}

START_TEST (a_token_is_known_in_each_of_its_forms)
{
  g_autoptr (Token) token = read_token ("correct-horse-battery\r\nsecond line\n", NULL);
  ck_assert (token_is (token, "correct-horse-battery"));
  ck_assert (token_is_in_authorization (token, "bearer correct-horse-battery"));
  g_autofree char *cookies = g_strdup_printf ("a=b; ours=%s ;c=d", token_get_cookie (token));
  ck_assert (token_is_in_cookies (token, "ours", cookies));
  ck_assert_ptr_null (strstr (cookies, "horse"));
}
END_TEST

START_TEST (nothing_else_is_the_token)
{
  g_autoptr (Token) token = read_token ("correct-horse-battery", NULL);
  const char *const guesses[] = {"", "correct-horse-batter", "correct-horse-batteryx",
                                 "Correct-horse-battery", "correct-horse-battery\n"};
  for (gsize i = 0; i < G_N_ELEMENTS (guesses); i++)
    ck_assert (!token_is (token, guesses[i]));
  ck_assert (!token_is (token, token_get_cookie (token)));
  ck_assert (!token_is_in_authorization (token, NULL));
  ck_assert (!token_is_in_authorization (token, "correct-horse-battery"));
  ck_assert (!token_is_in_authorization (token, "Basic correct-horse-battery"));
  ck_assert (!token_is_in_cookies (token, "ours", NULL));
  ck_assert (!token_is_in_cookies (token, "ours", "ours=correct-horse-battery"));
  ck_assert (!token_is_in_cookies (token, "ours", "ours; ours=; =; ;;"));
  g_autofree char *others = g_strdup_printf ("theirs=%s", token_get_cookie (token));
  ck_assert (!token_is_in_cookies (token, "ours", others));
}
END_TEST

START_TEST (weak_tokens_are_errors_that_keep_them_secret)
{
  g_autofree char *endless = g_strnfill (1025, 'x');
  const char *const weak[] = {
      "",     "\n", "short-secret", "a secret with spaces in it", "\xc3\xbcmlaut-umlaut-umlaut",
      endless};
  for (gsize i = 0; i < G_N_ELEMENTS (weak); i++) {
    g_autoptr (GError) error = NULL;
    ck_assert (!read_token (weak[i], &error));
    ck_assert_ptr_nonnull (strstr (error->message, "/token: "));
    ck_assert_ptr_null (strstr (error->message, "secret"));
  }
  g_autoptr (GError) error = NULL;
  ck_assert (!token_read ("/nowhere/token", &error));
  ck_assert_ptr_nonnull (strstr (error->message, "/nowhere/token: "));
}
END_TEST

/* One who says nothing and leaves, and one who does not, as soon as somebody reads. */
static gpointer
write_late (gpointer path)
{
  static const char line[] = "correct-horse-battery\n";
  int pipe = open (path, O_WRONLY | O_CLOEXEC);
  close (pipe);
  pipe = open (path, O_WRONLY | O_CLOEXEC);
  const gssize n = write (pipe, line, strlen (line));
  close (pipe);
  return GINT_TO_POINTER (n == (gssize)strlen (line));
}

START_TEST (who_writes_a_token_into_a_pipe_is_waited_for)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "pipe", NULL);
  g_autoptr (GError) error = NULL;
  ck_assert_int_eq (mkfifo (path, 0600), 0);
  GThread *writer = g_thread_new ("writer", write_late, path);
  g_autoptr (Token) token = token_read (path, &error);
  ck_assert_msg (token, "%s", error ? error->message : "");
  ck_assert (token_is (token, "correct-horse-battery"));
  ck_assert (g_thread_join (writer));
  test_remove_folder (folder);
}
END_TEST

/* Nobody writes, somebody who says nothing, somebody who may say more. */
START_TEST (a_token_may_come_out_of_a_pipe)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "pipe", NULL);
  static const char line[] = "correct-horse-battery\n";
  g_autoptr (GError) error = NULL;
  g_setenv ("GENRE_RADIO_HASTE", "1000", TRUE);
  ck_assert_int_eq (mkfifo (path, 0600), 0);
  ck_assert (!token_read (path, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "/pipe: nothing comes out of it"));
  g_clear_error (&error);
  const int pipe = open (path, O_RDWR | O_CLOEXEC);
  ck_assert_int_ge (pipe, 0);
  ck_assert (!token_read (path, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "/pipe: nothing comes out of it"));
  g_clear_error (&error);
  ck_assert_int_eq (write (pipe, "correct", 7), 7);
  ck_assert (!token_read (path, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "/pipe: it does not come to its end"));
  ck_assert_int_eq (write (pipe, line, strlen (line)), strlen (line));
  g_autoptr (Token) token = token_read (path, NULL);
  ck_assert (token && token_is (token, "correct-horse-battery"));
  close (pipe);
  test_remove_folder (folder);
}
END_TEST

/* ---- what may be shown ---- */

START_TEST (passwords_and_control_characters_stay_here)
{
  const char *const cases[][2] = {
      {"http://user:secret@radio.example:8000/a?token=secret#x", "http://radio.example:8000/a"},
      {"no access to http://u:p@w@radio.example/a?b=c: refused",
       "no access to http://radio.example/a: refused"},
      {"rtsp://a@b/ and https://c?d", "rtsp://b/ and https://c"},
      {"Rock & <b>Roll</b>", "Rock & <b>Roll</b>"},
      {"a\x1b]0;x\x07\n", "a\\x1b]0;x\\x07\\n"},
      {"\"http://u:p@host/x?y\" is odd", "\"http://host/x\" is odd"},
      {"http://proxy/http://u:secret@b/?c=d", "http://proxy/http://b/"},
      {"http://a/?b=http://u:secret@c/", "http://a/"},
      {"u@home or not://", "u@home or not://"},
      {"://@", "://"},
      {"http://user:it's@host/x", "http://host/x"},
      {"not http://u:a\"b'c<d>e@host/x: refused", "not http://host/x: refused"},
      {"'http://u:it's@host/x?y': refused", "'http://host/x': refused"},
      {"<http://u:1>0@host/x?y>, \"http://u:p@b/\"", "<http://host/x>, \"http://b/\""},
      {"", ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *shown = public_text (cases[i][0]);
    ck_assert_str_eq (shown, cases[i][1]);
  }
  g_autofree char *uri = public_uri ("http://user:a \"b' <c>@host/x y?token=secret d");
  ck_assert_str_eq (uri, "http://host/x y");
  g_autofree char *inner = public_uri ("http://proxy/http://u:a b@host/?c=d e");
  ck_assert_str_eq (inner, "http://proxy/http://host/");
  g_autofree char *bare = public_uri ("//user:se@c ret@host/x?token=secret");
  ck_assert_str_eq (bare, "//host/x");
  g_autofree char *bare_proxy = public_uri ("//u:a@proxy/http://u:a@host/?c");
  ck_assert_str_eq (bare_proxy, "//proxy/http://host/");
  g_autofree char *path = public_uri ("//music/song@home?.ogg");
  ck_assert_str_eq (path, "//music/song@home?.ogg");
}
END_TEST

#define MANY 200000

/* If each were looked at from its beginning to the end of all, this would take many minutes. */
START_TEST (many_uris_are_shown_in_time)
{
  static const struct {
    const char *piece, *shown;
  } cases[] = {{"://", "://"},
               {"http://u:p@a/", "http://a/"},
               {"\"http://u:p@a\" ", "\"http://a\" "},
               {"http://u:p@a/x?y ", "http://a/x "},
               {"<a://", "<a://"}};
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GString *text = g_string_new (NULL), *expected = g_string_new (NULL);
    for (guint k = 0; k < MANY; k++) {
      g_string_append (text, cases[i].piece);
      g_string_append (expected, cases[i].shown);
    }
    g_autofree char *shown = public_text (text->str);
    ck_assert_msg (g_str_equal (shown, expected->str), "%s", cases[i].piece);
    g_free (public_uri (text->str));
    g_string_free (text, TRUE);
    g_string_free (expected, TRUE);
  }
}
END_TEST

/* ---- minutes ---- */

START_TEST (a_day_of_minutes_is_kept)
{
  Minutes minutes = {0};
  g_autofree char *nothing = minutes_format (&minutes, A_MINUTE - 2, 3);
  ck_assert_str_eq (nothing, "   ");
  minutes_set (&minutes, A_MINUTE, 'a');
  minutes_set (&minutes, A_MINUTE + 3, 'b');
  minutes_set (&minutes, A_MINUTE + 3, 'c'); /* the last of a minute counts */
  minutes_set (&minutes, A_MINUTE + 1, 'd'); /* later than it was */
  g_autofree char *some = minutes_format (&minutes, A_MINUTE - 1, 6);
  ck_assert_str_eq (some, " ad c ");
  minutes_set (&minutes, A_MINUTE + MINUTES_A_DAY, 'e');
  ck_assert_int_eq (minutes_get (&minutes, A_MINUTE), MINUTE_UNHEARD);
  ck_assert_int_eq (minutes_get (&minutes, A_MINUTE + 1), 'd');
  minutes_set (&minutes, A_MINUTE, 'f'); /* a day ago */
  ck_assert_int_eq (minutes_get (&minutes, A_MINUTE + MINUTES_A_DAY), 'e');
  minutes_set (&minutes, A_MINUTE + 10 * MINUTES_A_DAY, 'g');
  g_autofree char *day = minutes_format (&minutes, A_MINUTE + 9 * MINUTES_A_DAY + 1, MINUTES_A_DAY);
  for (gsize i = 0; i + 1 < MINUTES_A_DAY; i++)
    ck_assert_int_eq (day[i], MINUTE_UNHEARD);
  ck_assert_int_eq (day[MINUTES_A_DAY - 1], 'g');
  minutes_set (&minutes, -1, 'h');
}
END_TEST

START_TEST (a_wrong_clock_is_forgotten)
{
  Minutes minutes = {0};
  minutes_set_now (&minutes, A_MINUTE + 1, 'a');
  minutes_set_now (&minutes, A_MINUTE, 'b');
  ck_assert_int_eq (minutes_get (&minutes, A_MINUTE + 1), 'a');
  minutes_set (&minutes, A_MINUTE + 10 * MINUTES_A_DAY, 'c');
  minutes_set_now (&minutes, A_MINUTE, 'd');
  g_autofree char *day = minutes_format (&minutes, A_MINUTE - 1, 3);
  ck_assert_str_eq (day, " d ");
  ck_assert_int_eq (minutes_get (&minutes, A_MINUTE + 10 * MINUTES_A_DAY), MINUTE_UNHEARD);
}
END_TEST

/* ---- the board ---- */

static GstStructure *
make_genres (void)
{
  return gst_structure_new ("genres", "hiphop", G_TYPE_STRING, "Hip-Hop", "jazz", G_TYPE_STRING,
                            "Jazz", NULL);
}

static GPtrArray *
make_stations (const char *first, ...)
{
  GPtrArray *stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  va_list rest;
  va_start (rest, first);
  for (const char *what = first; what; what = va_arg (rest, const char *))
    g_ptr_array_add (stations, station_new (NULL, what, NULL));
  va_end (rest);
  return stations;
}

static StationBoard *
make_board (void)
{
  g_autoptr (GstStructure) genres = make_genres ();
  StationBoard *board = station_board_new (genres);
  g_autoptr (GPtrArray) stations =
      make_stations ("http://u:secret@a/1?key=secret", "http://b/2", NULL);
  station_board_set_stations (board, stations);
  return board;
}

static GstStructure *
make_answer (const char *genre, double jazz, double music, gboolean final)
{
  g_autoptr (GstStructure) probabilities =
      gst_structure_new ("p", "hiphop", G_TYPE_DOUBLE, 1 - jazz, "jazz", G_TYPE_DOUBLE, jazz, NULL);
  return gst_structure_new ("genreclassify", "genre", G_TYPE_STRING, genre, "confidence",
                            G_TYPE_DOUBLE, MAX (jazz, 1 - jazz), "music", G_TYPE_DOUBLE, music,
                            "duration", GST_TYPE_CLOCK_TIME, 20 * GST_SECOND, "final",
                            G_TYPE_BOOLEAN, final, "probabilities", GST_TYPE_STRUCTURE,
                            probabilities, NULL);
}

#define KEY_OF_FIRST "http://u:secret@a/1?key=secret\n"

static StationEvent
make_event (StationEventType type, StationState state)
{
  return (StationEvent){.type = type,
                        .state = state,
                        .time = A_MINUTE * G_TIME_SPAN_MINUTE,
                        .key = KEY_OF_FIRST,
                        .uri = "http://u:secret@a/1?key=secret",
                        .name = "The Station"};
}

static const BoardStation *
tell_answer (StationBoard *board, const char *genre, double jazz, double music, gboolean final)
{
  g_autoptr (GstStructure) answer = make_answer (genre, jazz, music, final);
  StationEvent event = make_event (STATION_EVENT_ANSWER, STATION_LISTENING);
  event.answer = answer;
  event.title = final ? "The song before" : "<The \"song\">\x1b";
  return station_board_take (board, &event);
}

/* About the song called @title. */
static const BoardStation *
tell_answer_about (StationBoard *board, const char *title, const char *genre, gboolean final)
{
  g_autoptr (GstStructure) answer =
      make_answer (genre, g_str_equal (genre, "jazz") ? 0.75 : 0.25, 1, final);
  StationEvent event = make_event (STATION_EVENT_ANSWER, STATION_LISTENING);
  event.answer = answer;
  event.title = title;
  return station_board_take (board, &event);
}

static void
tell_title (StationBoard *board, const char *title)
{
  StationEvent event = make_event (STATION_EVENT_TITLE, STATION_LISTENING);
  event.title = title;
  station_board_take (board, &event);
}

static JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_from_string (text, &error);
  ck_assert_msg (node, "%s: %s", text, error ? error->message : "empty");
  return json_node_dup_object (node);
}

static JsonObject *
describe (StationBoard *board, const char *key)
{
  GString *text = g_string_new (NULL);
  board_json_open_station (text, board, g_hash_table_lookup (board->by_key, key));
  board_json_append_minutes (text, "hour", g_hash_table_lookup (board->by_key, key), A_MINUTE + 1,
                             60);
  board_json_append_genres (text, board);
  g_string_append_c (text, '}');
  ck_assert_ptr_null (strstr (text->str, "secret"));
  JsonObject *object = parse (text->str);
  g_string_free (text, TRUE);
  return object;
}

/* Bookmarks stay, and no guess of a password can be compared with an id. */
START_TEST (ids_are_made_of_what_is_shown)
{
  static const struct {
    const char *uri, *name, *hashed, *end;
  } stations[] = {
      {"http://radio.example:8000/live", NULL, "http://radio.example:8000/live\n", ""},
      {"http://radio.example/live", "Ö & B", "http://radio.example/live\nÖ & B", ""},
      {"mic", NULL, "mic\n", ""},
      {"http://u:secret@a/1?key=secret", NULL, "http://a/1\n", ""},
      {"http://u:guess@a/1", NULL, "http://a/1\n", "-2"},
      {"http://a/1", "http://u:secret@a/", "http://a/1\nhttp://a/", ""},
      {"http://a/1", NULL, "http://a/1\n", "-3"},
  };
  g_autoptr (StationIds) ids = station_ids_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (stations); i++) {
    g_autoptr (Station) station = station_new (stations[i].name, stations[i].uri, NULL);
    g_autofree char *digest =
        g_compute_checksum_for_string (G_CHECKSUM_SHA256, stations[i].hashed, -1);
    g_autofree char *expected = g_strdup_printf ("%.12s%s", digest, stations[i].end);
    g_autofree char *id = station_ids_give (ids, station);
    ck_assert_msg (g_str_equal (id, expected), "%s: %s", stations[i].uri, id);
  }
}
END_TEST

/* In the order of the list, whoever was there before. */
START_TEST (stations_that_are_shown_alike_are_counted)
{
  g_autoptr (StationBoard) board = make_board ();
  g_autoptr (GPtrArray) both = make_stations ("http://a/?1", "http://a/?2", NULL);
  g_autoptr (GPtrArray) second = make_stations ("http://a/?2", NULL);
  station_board_set_stations (board, both);
  const BoardStation *first = board->stations->pdata[0];
  BoardStation *other = board->stations->pdata[1];
  g_autofree char *id = g_strdup (first->id), *counted = g_strconcat (first->id, "-2", NULL);
  ck_assert_str_eq (other->id, counted);
  ck_assert_ptr_eq (station_board_find (board, counted), other);
  g_autofree char *before = board_json_format_list (board);
  ck_assert_ptr_nonnull (strstr (before, counted));
  station_board_set_stations (board, second);
  ck_assert_ptr_eq (board->stations->pdata[0], other);
  ck_assert_str_eq (other->id, id);
  ck_assert_ptr_null (station_board_find (board, counted));
  g_autofree char *after = board_json_format_list (board);
  ck_assert (strstr (after, id) && !strstr (after, counted));
}
END_TEST

START_TEST (a_station_without_a_name_keeps_its_password)
{
  const char *uri = "http://user:a \"b' <c>@host/x";
  g_autoptr (StationBoard) board = station_board_new (NULL);
  g_autoptr (GPtrArray) stations = make_stations (uri, NULL);
  station_board_set_stations (board, stations);
  const BoardStation *station = board->stations->pdata[0];
  ck_assert_str_eq (station->name, "http://host/x");
  const StationEvent event = {.type = STATION_EVENT_STATE,
                              .state = STATION_LISTENING,
                              .key = station->key,
                              .uri = uri,
                              .name = uri};
  ck_assert_ptr_nonnull (station_board_take (board, &event));
  ck_assert_str_eq (station->name, "http://host/x");
}
END_TEST

START_TEST (an_answer_is_on_the_board)
{
  g_autoptr (StationBoard) board = make_board ();
  const BoardStation *station = tell_answer (board, "jazz", 0.75, 0.9, FALSE);
  ck_assert_ptr_nonnull (station);
  g_autoptr (JsonObject) shown = describe (board, KEY_OF_FIRST);
  ck_assert_str_eq (json_object_get_string_member (shown, "name"), "The Station");
  ck_assert_str_eq (json_object_get_string_member (shown, "title"), "<The \"song\">\\x1b");
  ck_assert_str_eq (json_object_get_string_member (shown, "genre"), "jazz");
  ck_assert_str_eq (json_object_get_string_member (shown, "genreName"), "Jazz");
  ck_assert_double_eq (json_object_get_double_member (shown, "confidence"), 0.75);
  ck_assert_double_eq (json_object_get_double_member (shown, "music"), 0.9);
  ck_assert (json_object_get_null_member (shown, "reason"));
  JsonObject *probabilities = json_object_get_object_member (shown, "probabilities");
  ck_assert_double_eq (json_object_get_double_member (probabilities, "hiphop"), 0.25);
  const char *hour =
      json_object_get_string_member (json_object_get_object_member (shown, "hour"), "minutes");
  ck_assert_uint_eq (strlen (hour), 60);
  ck_assert_int_eq (hour[59], '1');
  ck_assert_int_eq (hour[58], ' ');
}
END_TEST

START_TEST (each_verdict_has_its_reason_and_symbol)
{
  const struct {
    const char *genre;
    double jazz, music;
    const char *reason;
    char symbol;
  } cases[] = {{"unknown", 0.5, 1, "silence", '_'},
               {"unknown", 0.6, 0.2, "no music", '-'},
               {"unknown", 0.6, 0.8, "unsure", '?'},
               {"hiphop", 0.1, 0.8, NULL, '0'}};
  g_autoptr (StationBoard) board = make_board ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const BoardStation *station =
        tell_answer (board, cases[i].genre, cases[i].jazz, cases[i].music, FALSE);
    g_autoptr (JsonObject) shown = describe (board, KEY_OF_FIRST);
    ck_assert_pstr_eq (json_object_get_string_member_with_default (shown, "reason", NULL),
                       cases[i].reason);
    ck_assert_int_eq (minutes_get (&station->minutes, A_MINUTE), cases[i].symbol);
  }
}
END_TEST

START_TEST (a_lost_station_is_not_what_it_was)
{
  g_autoptr (StationBoard) board = make_board ();
  g_autoptr (GError) fault =
      g_error_new_literal (G_IO_ERROR, 0, "lost http://u:secret@a/1?key=secret: gone");
  StationEvent event = make_event (STATION_EVENT_STATE, STATION_LISTENING);
  station_board_take (board, &event);
  tell_answer (board, "jazz", 0.75, 1, FALSE);
  event.state = STATION_WAITING;
  event.fault = fault;
  event.retry_in = 12.5;
  const BoardStation *station = station_board_take (board, &event);
  ck_assert_uint_eq (station->n_losses, 1);
  g_autoptr (JsonObject) lost = describe (board, KEY_OF_FIRST);
  ck_assert_str_eq (json_object_get_string_member (lost, "state"), "waiting");
  ck_assert_str_eq (json_object_get_string_member (lost, "error"), "lost http://a/1: gone");
  ck_assert_double_eq (json_object_get_double_member (lost, "retryIn"), 12.5);
  ck_assert (json_object_get_null_member (lost, "genre"));
  ck_assert (json_object_get_null_member (lost, "confidence"));
  ck_assert (json_object_get_null_member (lost, "title"));
  ck_assert (json_object_get_null_member (lost, "probabilities"));
  event = make_event (STATION_EVENT_STATE, STATION_LISTENING);
  station_board_take (board, &event);
  ck_assert_uint_eq (board->n_returns, 1);
  g_autoptr (JsonObject) back = describe (board, KEY_OF_FIRST);
  ck_assert (json_object_get_null_member (back, "error"));
  ck_assert (json_object_get_null_member (back, "retryIn"));
}
END_TEST

START_TEST (a_hand_over_is_no_return)
{
  g_autoptr (StationBoard) board = make_board ();
  StationEvent heard = make_event (STATION_EVENT_STATE, STATION_LISTENING);
  StationEvent lost = make_event (STATION_EVENT_STATE, STATION_WAITING);
  station_board_take (board, &heard);
  const BoardStation *station = station_board_take (board, &heard); /* by another worker */
  ck_assert_uint_eq (board->n_returns, 0);
  station_board_take (board, &lost);
  station_board_take (board, &lost);
  station_board_take (board, &heard);
  station_board_take (board, &heard);
  ck_assert_uint_eq (station->n_losses, 1);
  ck_assert_uint_eq (board->n_returns, 1);
}
END_TEST

START_TEST (what_is_told_again_is_shown_and_not_counted)
{
  g_autoptr (StationBoard) board = make_board ();
  g_autoptr (GstStructure) answer = make_answer ("jazz", 0.75, 1, FALSE);
  StationEvent event = make_event (STATION_EVENT_ANSWER, STATION_LISTENING);
  StationEvent heard = make_event (STATION_EVENT_STATE, STATION_LISTENING);
  StationEvent lost = make_event (STATION_EVENT_STATE, STATION_WAITING);
  event.answer = answer;
  station_board_take (board, &heard);
  station_board_take (board, &event);
  const BoardStation *station = station_board_take_past (board, &lost);
  ck_assert_int_eq (station->state, STATION_WAITING);
  station_board_take_past (board, &heard);
  station_board_take_past (board, &event);
  ck_assert_int_eq (station->state, STATION_LISTENING);
  ck_assert (station->answered);
  ck_assert_uint_eq (station->n_losses, 0);
  ck_assert_uint_eq (board->n_returns, 0);
  ck_assert_uint_eq (board->n_answers, 1);
  event.key = "http://nowhere/\n";
  ck_assert_ptr_null (station_board_take_past (board, &event));
}
END_TEST

START_TEST (a_final_answer_leaves_the_new_title)
{
  g_autoptr (StationBoard) board = make_board ();
  tell_answer (board, "jazz", 0.75, 1, FALSE);
  StationEvent event = make_event (STATION_EVENT_TITLE, STATION_LISTENING);
  event.title = "The next song";
  station_board_take (board, &event);
  tell_answer (board, "hiphop", 0.25, 1, TRUE);
  g_autoptr (JsonObject) shown = describe (board, KEY_OF_FIRST);
  ck_assert_str_eq (json_object_get_string_member (shown, "title"), "The next song");
  ck_assert (json_object_get_boolean_member (shown, "final"));
}
END_TEST

static void
check_unknown (StationBoard *board, const char *title)
{
  static const char *const members[] = {"genre", "genreName", "confidence",
                                        "music", "reason",    "probabilities"};
  g_autoptr (JsonObject) shown = describe (board, KEY_OF_FIRST);
  ck_assert_pstr_eq (json_object_get_string_member_with_default (shown, "title", NULL), title);
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    ck_assert_msg (json_object_get_null_member (shown, members[i]), "%s", members[i]);
}

static void
check_genre (StationBoard *board, const char *title, const char *genre, gboolean final)
{
  g_autoptr (JsonObject) shown = describe (board, KEY_OF_FIRST);
  ck_assert_str_eq (json_object_get_string_member (shown, "title"), title);
  ck_assert_str_eq (json_object_get_string_member (shown, "genre"), genre);
  ck_assert_int_eq (json_object_get_boolean_member (shown, "final"), final);
}

/* Of the song before, and said to be that, from the next title on until there is an answer about
 * what plays now: those about the song before may come late. */
START_TEST (what_a_song_was_says_nothing_of_the_next)
{
  g_autoptr (StationBoard) board = make_board ();
  tell_answer_about (board, "One", "jazz", FALSE);
  check_genre (board, "One", "jazz", FALSE);
  tell_title (board, "One");
  check_genre (board, "One", "jazz", FALSE);
  tell_title (board, "Two");
  check_genre (board, "Two", "jazz", TRUE);
  const BoardStation *station = tell_answer_about (board, "One", "hiphop", FALSE);
  check_genre (board, "Two", "hiphop", TRUE);
  ck_assert_int_eq (minutes_get (&station->minutes, A_MINUTE), '0'); /* it was heard */
  tell_answer_about (board, "One", "jazz", TRUE);
  check_genre (board, "Two", "jazz", TRUE);
  ck_assert_int_eq (minutes_get (&station->minutes, A_MINUTE), '1');
  tell_answer_about (board, "Two", "hiphop", FALSE);
  check_genre (board, "Two", "hiphop", FALSE);
  tell_answer_about (board, "Two", "hiphop", TRUE); /* before the next title */
  check_genre (board, "Two", "hiphop", TRUE);
  tell_title (board, "One"); /* again */
  check_genre (board, "One", "hiphop", TRUE);
  tell_answer_about (board, "One", "jazz", FALSE);
  check_genre (board, "One", "jazz", FALSE);
}
END_TEST

/* And back, without a word about what came between. */
START_TEST (a_title_that_comes_back_is_no_former_one)
{
  g_autoptr (StationBoard) board = make_board ();
  tell_answer_about (board, "One", "jazz", FALSE);
  tell_title (board, NULL);
  tell_title (board, "One");
  tell_answer_about (board, "One", "hiphop", FALSE);
  check_genre (board, "One", "hiphop", FALSE);
}
END_TEST

/* Of which there are only last answers. */
START_TEST (a_station_of_many_titles_has_a_genre)
{
  g_autoptr (StationBoard) board = make_board ();
  for (guint i = 0; i < 6; i++) {
    const char *title = i % 2 == 0 ? "Song" : "The best of all stations";
    tell_title (board, title);
    if (i > 0)
      check_genre (board, title, "jazz", TRUE);
    tell_answer_about (board, title, "jazz", TRUE);
  }
}
END_TEST

/* That it has a title is no reason to doubt what is heard. */
START_TEST (a_first_title_ends_nothing)
{
  g_autoptr (StationBoard) board = make_board ();
  tell_answer_about (board, NULL, "jazz", FALSE);
  tell_title (board, "One");
  check_genre (board, "One", "jazz", FALSE);
}
END_TEST

START_TEST (a_connection_that_ends_leaves_nothing)
{
  g_autoptr (StationBoard) board = make_board ();
  StationEvent event = make_event (STATION_EVENT_STATE, STATION_ENDED);
  tell_answer_about (board, "One", "jazz", FALSE);
  station_board_take (board, &event);
  check_unknown (board, NULL);
}
END_TEST

/* Loop: the usual time between answers, five minutes, and a minute, of which only answers tell. */
START_TEST (an_answer_does_not_hold_for_ever)
{
  const gint64 patience = (const gint64[]){90, 1200, 240}[_i] * G_TIME_SPAN_SECOND;
  g_autoptr (StationBoard) board = make_board ();
  station_board_set_interval (board, _i == 1 ? 300 : -1);
  g_autoptr (GstStructure) answer = make_answer ("jazz", 0.75, 1, FALSE);
  StationEvent event = make_event (STATION_EVENT_ANSWER, STATION_LISTENING);
  event.answer = answer;
  if (_i == 2)
    gst_structure_set (answer, "duration", GST_TYPE_CLOCK_TIME, 60 * GST_SECOND, NULL);
  BoardStation *station = station_board_take (board, &event);
  if (_i == 2) { /* a last one comes at any time */
    gst_structure_set (answer, "final", G_TYPE_BOOLEAN, TRUE, "duration", GST_TYPE_CLOCK_TIME,
                       20 * GST_SECOND, NULL);
    station_board_take (board, &event);
  }
  const gint64 then = station->answered_at;
  ck_assert_int_gt (then, 0); /* when it came, whatever the teller's clock says */
  ck_assert (!station_board_grow_old (board, station, then + patience));
  ck_assert (station_board_grow_old (board, station, then + patience + 1));
  ck_assert (!station_board_grow_old (board, station, then + 2 * patience));
  g_autoptr (JsonObject) shown = describe (board, KEY_OF_FIRST);
  g_autofree char *time = station_event_format_time (A_MINUTE * G_TIME_SPAN_MINUTE);
  ck_assert (json_object_get_null_member (shown, "genre"));
  ck_assert_str_eq (json_object_get_string_member (shown, "lastAnswer"), time);
  tell_answer_about (board, "One", "hiphop", FALSE);
  check_genre (board, "One", "hiphop", FALSE);
}
END_TEST

/* As of a station that is heard for seconds. */
START_TEST (a_moment_is_no_minute)
{
  g_autoptr (GstStructure) answer = make_answer ("jazz", 0.75, 1, FALSE);
  gst_structure_set (answer, "duration", GST_TYPE_CLOCK_TIME, 8 * GST_SECOND, NULL);
  g_autoptr (StationBoard) board = make_board ();
  StationEvent event = make_event (STATION_EVENT_ANSWER, STATION_LISTENING);
  event.answer = answer;
  const BoardStation *station = station_board_take (board, &event);
  ck_assert (station->answered);
  ck_assert_int_eq (minutes_get (&station->minutes, A_MINUTE), MINUTE_UNHEARD);
  event.time += G_TIME_SPAN_MINUTE;
  station_board_take (board, &event);
  ck_assert_int_eq (minutes_get (&station->minutes, A_MINUTE + 1), MINUTE_UNHEARD);
  station_board_take (board, &event);
  ck_assert_int_eq (minutes_get (&station->minutes, A_MINUTE + 1), '1');
}
END_TEST

START_TEST (stations_that_stay_keep_what_is_known)
{
  g_autoptr (StationBoard) board = make_board ();
  tell_answer (board, "jazz", 0.75, 1, FALSE);
  g_autofree char *id = g_strdup (((BoardStation *)board->stations->pdata[0])->id);
  ck_assert_uint_eq (strlen (id), 12);
  g_autoptr (GPtrArray) stations =
      make_stations ("http://c/3", "http://u:secret@a/1?key=secret", NULL);
  station_board_set_stations (board, stations);
  ck_assert_uint_eq (board->stations->len, 2);
  ck_assert_ptr_eq (board->stations->pdata[1], station_board_find (board, id));
  ck_assert (station_board_find (board, id)->answered);
  ck_assert_ptr_null (station_board_find (board, "000000000000"));
  StationEvent gone = make_event (STATION_EVENT_STATE, STATION_ENDED);
  gone.key = "http://b/2\n";
  ck_assert_ptr_null (station_board_take (board, &gone));
}
END_TEST

START_TEST (the_list_is_in_order_and_parses)
{
  g_autoptr (StationBoard) board = make_board ();
  const guint64 version = board->version;
  tell_answer (board, "jazz", 1, 1, FALSE);
  ck_assert_uint_ne (board->version, version);
  g_autofree char *text = board_json_format_list (board);
  ck_assert_ptr_null (strstr (text, "secret"));
  g_autoptr (JsonObject) list = parse (text);
  JsonArray *stations = json_object_get_array_member (list, "stations");
  ck_assert_uint_eq (json_array_get_length (stations), 2);
  JsonObject *second = json_array_get_object_element (stations, 1);
  ck_assert_str_eq (json_object_get_string_member (second, "name"), "http://b/2");
  JsonObject *genre =
      json_array_get_object_element (json_object_get_array_member (list, "genres"), 0);
  ck_assert_str_eq (json_object_get_string_member (genre, "id"), "hiphop");
  ck_assert_str_eq (json_object_get_string_member (genre, "name"), "Hip-Hop");
}
END_TEST

START_TEST (a_model_of_many_genres_has_symbols_for_some)
{
  g_autoptr (GstStructure) genres = gst_structure_new_empty ("genres");
  for (int i = 0; i < 40; i++) {
    g_autofree char *label = g_strdup_printf ("g%d", i);
    gst_structure_set (genres, label, G_TYPE_STRING, label, NULL);
  }
  g_autoptr (StationBoard) board = station_board_new (genres);
  ck_assert_int_eq (station_board_get_symbol (board, ANSWER_MUSIC, "g9"), '9');
  ck_assert_int_eq (station_board_get_symbol (board, ANSWER_MUSIC, "g35"), 'z');
  ck_assert_int_eq (station_board_get_symbol (board, ANSWER_MUSIC, "g36"), '?');
  ck_assert_int_eq (station_board_get_symbol (board, ANSWER_MUSIC, NULL), '?');
}
END_TEST

START_TEST (a_model_without_names_is_shown)
{
  g_autoptr (StationBoard) board = station_board_new (NULL);
  g_autoptr (GPtrArray) stations = make_stations ("http://u:secret@a/1?key=secret", NULL);
  station_board_set_stations (board, stations);
  tell_answer (board, "jazz", 0.75, 1, FALSE);
  g_autoptr (JsonObject) shown = describe (board, KEY_OF_FIRST);
  ck_assert (json_object_get_null_member (shown, "probabilities"));
  g_autofree char *list = board_json_format_list (board);
  g_autoptr (JsonObject) parsed = parse (list);
}
END_TEST

START_TEST (numbers_are_short)
{
  const struct {
    double number;
    const char *text;
  } cases[] = {{0, ",\"n\":0"},
               {1, ",\"n\":1"},
               {0.5, ",\"n\":0.5"},
               {0.12344, ",\"n\":0.1234"},
               {1e-9, ",\"n\":0"},
               {100, ",\"n\":100"},
               {3600.25, ",\"n\":3600.25"}};
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GString *text = g_string_new (NULL);
    board_json_append_number (text, "n", cases[i].number, TRUE);
    ck_assert_str_eq (text->str, cases[i].text);
    g_string_free (text, TRUE);
  }
}
END_TEST

/* ---- history ---- */

/* As many stations as make it look at everything, or as few as are looked up one by one. */
static StationBoard *
make_board_of (guint n)
{
  StationBoard *board = make_board ();
  g_autoptr (GPtrArray) stations = make_stations ("http://u:secret@a/1?key=secret", NULL);
  for (guint i = 1; i < n; i++) {
    g_autofree char *uri = g_strdup_printf ("http://b/%u", i);
    g_ptr_array_add (stations, station_new (NULL, uri, NULL));
  }
  station_board_set_stations (board, stations);
  return board;
}

START_TEST (a_history_fills_the_board)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "history.sqlite", NULL);
  const gint64 now = g_get_real_time ();
  g_autoptr (History) history = history_open (path, 0, NULL);
  StationEvent event = make_event (STATION_EVENT_ANSWER, STATION_LISTENING);
  for (int i = 0; i < 3; i++) {
    g_autoptr (GstStructure) answer = make_answer ("jazz", 0.75, 1, i == 2);
    event.time = now - (3 - i) * G_TIME_SPAN_MINUTE;
    event.answer = answer;
    event.title = "http://u:secret@a/";
    history_observe (&event, history);
  }
  for (int i = 0; i < 3; i++) { /* another's, one of long ago, and one of a wrong clock */
    g_autoptr (GstStructure) answer = make_answer ("hiphop", 0.25, 1, i == 2);
    event.uri = i == 0 ? "http://b/1" : "http://u:secret@a/1?key=secret";
    event.time = now + (i == 0 ? 0 : i == 1 ? -2 : 400) * G_TIME_SPAN_DAY;
    event.answer = answer;
    history_observe (&event, history);
  }
  g_autoptr (StationBoard) board = make_board_of (_i == 0 ? 2 : 100);
  g_autoptr (BoardHistory) past = board_history_open (path, NULL);
  board_history_fill (past, board);
  const BoardStation *station = g_hash_table_lookup (board->by_key, KEY_OF_FIRST);
  g_autofree char *minutes = minutes_format (&station->minutes, now / G_TIME_SPAN_MINUTE - 3, 3);
  ck_assert_str_eq (minutes, "111");
  GString *text = g_string_new ("{\"history\":true");
  board_history_append_songs (past, text, station);
  g_string_append_c (text, '}');
  ck_assert_ptr_null (strstr (text->str, "secret"));
  g_autoptr (JsonObject) object = parse (text->str);
  JsonArray *songs = json_object_get_array_member (object, "songs");
  ck_assert_uint_eq (json_array_get_length (songs), 1);
  JsonObject *song = json_array_get_object_element (songs, 0);
  ck_assert_str_eq (json_object_get_string_member (song, "title"), "http://a/");
  ck_assert_str_eq (json_object_get_string_member (song, "genre"), "jazz");
  g_string_free (text, TRUE);
  test_remove_folder (folder);
}
END_TEST

static char *
tell_songs (BoardHistory *past, StationBoard *board)
{
  GString *text = g_string_new (NULL);
  board_history_append_songs (past, text, g_hash_table_lookup (board->by_key, KEY_OF_FIRST));
  return g_string_free (text, FALSE);
}

static void
hear_song (const char *path, const char *title)
{
  g_autoptr (History) history = history_open (path, 0, NULL);
  g_autoptr (GstStructure) answer = make_answer ("jazz", 0.75, 1, TRUE);
  StationEvent event = make_event (STATION_EVENT_ANSWER, STATION_LISTENING);
  event.time = g_get_real_time ();
  event.answer = answer;
  event.title = title;
  history_observe (&event, history);
}

START_TEST (another_file_is_read_where_the_history_was_moved)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "history.sqlite", NULL);
  g_autofree char *away = g_build_filename (folder, "away.sqlite", NULL);
  hear_song (path, "First");
  g_autoptr (StationBoard) board = make_board_of (2);
  g_autoptr (BoardHistory) past = board_history_open (path, NULL);
  g_autofree char *before = tell_songs (past, board);
  ck_assert_msg (strstr (before, "\"First\""), "%s", before);
  ck_assert_int_eq (g_rename (path, away), 0);
  g_autofree char *meanwhile = tell_songs (past, board);
  ck_assert_str_eq (meanwhile, ",\"songs\":[]");
  hear_song (path, "Second");
  g_autofree char *after = tell_songs (past, board);
  ck_assert_msg (strstr (after, "\"Second\"") && !strstr (after, "\"First\""), "%s", after);
  test_remove_folder (folder);
}
END_TEST

/* Of a song that goes on for long there are rows, behind which the rest of it begins. */
START_TEST (songs_are_what_their_rows_say)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, "history.sqlite", NULL);
  history_close (history_open (path, 0, NULL));
  sqlite3 *database = NULL;
  ck_assert_int_eq (sqlite3_open (path, &database), SQLITE_OK);
  ck_assert_int_eq (
      sqlite3_exec (database,
                    "INSERT INTO station VALUES (1, 'http://u:secret@a/1?key=secret', 'A');"
                    "INSERT INTO song VALUES (1, 60, 120, 'Talk', 'no music', 'unknown', 0.3, 0.1),"
                    "(1, 120, 180, 'Mute', 'silence', 'unknown', 0.5, 0),"
                    "(1, 180, 181, 'Short', 'unknown', 'unknown', 0.5, 0),"
                    "(1, 181, 3600, 'Song', 'music', 'jazz', 0.75, 1)",
                    NULL, NULL, NULL),
      SQLITE_OK);
  sqlite3_close (database);
  g_autoptr (StationBoard) board = make_board_of (2);
  StationEvent event = make_event (STATION_EVENT_STATE, STATION_LISTENING);
  event.time = 181 * G_TIME_SPAN_SECOND;
  station_board_take (board, &event);
  tell_answer (board, "unknown", 0.5, 0.25, FALSE);
  g_autoptr (BoardHistory) past = board_history_open (path, NULL);
  g_autofree char *songs = tell_songs (past, board);
  ck_assert_str_eq (
      songs,
      ",\"songs\":[{\"begin\":\"1970-01-01T01:00:00.000Z\",\"end\":null,\"title\":\"<The "
      "\\\"song\\\">\\\\x1b\",\"genre\":\"unknown\",\"reason\":\"silence\",\"confidence\":0.5,"
      "\"music\":0.25},"
      "{\"begin\":\"1970-01-01T00:03:01.000Z\",\"end\":\"1970-01-01T01:00:00.000Z\",\"title\":"
      "\"Song\",\"genre\":\"jazz\",\"reason\":null,\"confidence\":0.75,\"music\":1},"
      "{\"begin\":\"1970-01-01T00:03:00.000Z\",\"end\":\"1970-01-01T00:03:01.000Z\",\"title\":"
      "\"Short\",\"genre\":\"unknown\",\"reason\":\"unsure\",\"confidence\":0.5,\"music\":0},"
      "{\"begin\":\"1970-01-01T00:02:00.000Z\",\"end\":\"1970-01-01T00:03:00.000Z\",\"title\":"
      "\"Mute\",\"genre\":\"unknown\",\"reason\":\"silence\",\"confidence\":0.5,\"music\":0},"
      "{\"begin\":\"1970-01-01T00:01:00.000Z\",\"end\":\"1970-01-01T00:02:00.000Z\",\"title\":"
      "\"Talk\",\"genre\":\"unknown\",\"reason\":\"no music\",\"confidence\":0.3,\"music\":0.1}]");
  test_remove_folder (folder);
}
END_TEST

/* ---- spectrograms ---- */

static GstStructure *
make_spectrogram (const float *values, guint n_frames, guint n_bands)
{
  GValue frames = G_VALUE_INIT;
  gst_value_array_init (&frames, n_frames);
  for (guint i = 0; i < n_frames; i++) {
    GValue frame = G_VALUE_INIT, band = G_VALUE_INIT;
    gst_value_array_init (&frame, n_bands);
    g_value_init (&band, G_TYPE_FLOAT);
    for (guint j = 0; j < n_bands; j++) {
      g_value_set_float (&band, values[i * n_bands + j]);
      gst_value_array_append_value (&frame, &band);
    }
    gst_value_array_append_and_take_value (&frames, &frame);
  }
  GstStructure *structure =
      gst_structure_new ("genreclassify-spectrogram", "rate", G_TYPE_DOUBLE, 24.125, NULL);
  gst_structure_take_value (structure, "magnitude", &frames);
  return structure;
}

START_TEST (a_spectrogram_becomes_bytes)
{
  const float values[] = {-100, -40, 0, 40, 100, NAN, INFINITY, -INFINITY};
  const guint8 expected[] = {0, 0, 128, 255, 255, 0, 255, 0};
  g_autoptr (GstStructure) spectrogram = make_spectrogram (values, 2, 4);
  g_autofree char *line = spectrogram_json_format ("0123456789ab", spectrogram);
  g_autoptr (JsonObject) object = parse (line);
  ck_assert_int_eq (json_object_get_int_member (object, "bands"), 4);
  ck_assert_double_eq (json_object_get_double_member (object, "rate"), 24.125);
  gsize n;
  g_autofree guchar *bytes = g_base64_decode (json_object_get_string_member (object, "data"), &n);
  ck_assert_uint_eq (n, sizeof expected);
  ck_assert_mem_eq (bytes, expected, n);
}
END_TEST

START_TEST (what_is_no_spectrogram_is_left_out)
{
  g_autoptr (GstStructure) nothing = gst_structure_new_empty ("genreclassify-spectrogram");
  ck_assert_ptr_null (spectrogram_json_format ("x", nothing));
  const float values[8] = {0};
  g_autoptr (GstStructure) no_frames = make_spectrogram (values, 0, 4);
  ck_assert_ptr_null (spectrogram_json_format ("x", no_frames));
  g_autoptr (GstStructure) no_bands = make_spectrogram (values, 2, 0);
  ck_assert_ptr_null (spectrogram_json_format ("x", no_bands));
  g_autoptr (GstStructure) no_rate = make_spectrogram (values, 2, 4);
  gst_structure_remove_field (no_rate, "rate");
  ck_assert_ptr_null (spectrogram_json_format ("x", no_rate));
}
END_TEST

/* ---- metrics ---- */

START_TEST (metrics_count_and_escape)
{
  g_autoptr (StationBoard) board = make_board ();
  StationEvent event = make_event (STATION_EVENT_STATE, STATION_LISTENING);
  event.name = "A \"quoted\" \\ name";
  station_board_take (board, &event);
  g_autoptr (GstStructure) answer = make_answer ("jazz", 0.75, 1, FALSE);
  event.type = STATION_EVENT_ANSWER;
  event.answer = answer;
  station_board_take (board, &event);
  const RadioFigures figures = {
      .now = event.time + 5 * G_TIME_SPAN_SECOND,
      .heard = {.segments = 4, .inference_time = 2 * GST_SECOND, .dropped = 3 * GST_SECOND},
      .version = "1"};
  g_autofree char *text = metrics_format (board, &figures);
  const char *const lines[] = {
      "\ngenre_radio_stations{state=\"listening\"} 1\n",
      "\ngenre_radio_stations{state=\"connecting\"} 1\n",
      "\ngenre_radio_stations{state=\"broken\"} 0\n",
      "station=\"A \\\"quoted\\\" \\\\ name\"} 5\n", /* seconds since the answer */
      "\ngenre_radio_inference_seconds_sum 2\n",
      "\ngenre_radio_inference_seconds_count 4\n",
      "\ngenre_radio_dropped_audio_seconds_total 3\n",
      "\ngenre_radio_answers_total 1\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    ck_assert_msg (strstr (text, lines[i]), "no %s in %s", lines[i], text);
  ck_assert_ptr_null (strstr (text, "secret"));
}
END_TEST

int
main (void)
{
  gst_init (NULL, NULL);
  TCase *tests = tcase_create ("page");
  tcase_add_test (tests, addresses_to_listen_at_are_read);
  tcase_add_test (tests, what_is_no_address_is_an_error);
  tcase_add_test (tests, only_our_own_hosts_are_served);
  tcase_add_test (tests, requests_are_judged);
  tcase_add_test (tests, wishes_are_read);
  tcase_add_test (tests, not_more_than_200_are_watched);
  tcase_add_test (tests, a_token_is_known_in_each_of_its_forms);
  tcase_add_test (tests, nothing_else_is_the_token);
  tcase_add_test (tests, weak_tokens_are_errors_that_keep_them_secret);
  tcase_add_test (tests, who_writes_a_token_into_a_pipe_is_waited_for);
  tcase_add_test (tests, a_token_may_come_out_of_a_pipe);
  tcase_add_test (tests, passwords_and_control_characters_stay_here);
  tcase_add_test (tests, many_uris_are_shown_in_time);
  tcase_add_test (tests, ids_are_made_of_what_is_shown);
  tcase_add_test (tests, stations_that_are_shown_alike_are_counted);
  tcase_add_test (tests, a_station_without_a_name_keeps_its_password);
  tcase_add_test (tests, a_day_of_minutes_is_kept);
  tcase_add_test (tests, a_wrong_clock_is_forgotten);
  tcase_add_test (tests, an_answer_is_on_the_board);
  tcase_add_test (tests, each_verdict_has_its_reason_and_symbol);
  tcase_add_test (tests, a_lost_station_is_not_what_it_was);
  tcase_add_test (tests, a_hand_over_is_no_return);
  tcase_add_test (tests, what_is_told_again_is_shown_and_not_counted);
  tcase_add_test (tests, a_final_answer_leaves_the_new_title);
  tcase_add_test (tests, what_a_song_was_says_nothing_of_the_next);
  tcase_add_test (tests, a_title_that_comes_back_is_no_former_one);
  tcase_add_test (tests, a_station_of_many_titles_has_a_genre);
  tcase_add_test (tests, a_first_title_ends_nothing);
  tcase_add_test (tests, a_connection_that_ends_leaves_nothing);
  tcase_add_loop_test (tests, an_answer_does_not_hold_for_ever, 0, 3);
  tcase_add_test (tests, a_moment_is_no_minute);
  tcase_add_test (tests, stations_that_stay_keep_what_is_known);
  tcase_add_test (tests, the_list_is_in_order_and_parses);
  tcase_add_test (tests, a_model_of_many_genres_has_symbols_for_some);
  tcase_add_test (tests, a_model_without_names_is_shown);
  tcase_add_test (tests, numbers_are_short);
  tcase_add_loop_test (tests, a_history_fills_the_board, 0, 2);
  tcase_add_test (tests, another_file_is_read_where_the_history_was_moved);
  tcase_add_test (tests, songs_are_what_their_rows_say);
  tcase_add_test (tests, a_spectrogram_becomes_bytes);
  tcase_add_test (tests, what_is_no_spectrogram_is_left_out);
  tcase_add_test (tests, metrics_count_and_escape);
  return test_run ("page", tests);
}
