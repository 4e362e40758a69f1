/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What genre-radio --queue is made of, without Redis: who gets how many stations, and what is read
 * of the lines that others wrote. */
#include "eventjson.h"
#include "fairshare.h"
#include "heardevent.h"
#include "mailbox.h"
#include "test.h"
#include <gio/gio.h>
#include <stdio.h>
#include <unistd.h>

/* ---- fair shares ---- */

START_TEST (shares_are_even)
{
  const struct {
    gint64 stations;
    ShareHolder holders[4]; /* the first one asks */
    gsize n;
    gint64 most, surplus;
  } cases[] = {
      {0, {{0, 10}}, 1, 1, 0},
      {7, {{0, 10}}, 1, 7, 0},
      {70, {{0, 10}}, 1, 10, 0},
      {8, {{8, 200}, {0, 200}}, 2, 4, 4},
      {8, {{0, 200}, {8, 200}}, 2, 4, 0},
      {9, {{9, 200}, {0, 200}}, 2, 5, 4},
      {9, {{5, 200}, {4, 200}}, 2, 5, 0},
      {4, {{2, 200}, {2, 200}, {0, 200}}, 3, 2, 1},
      {10, {{10, 200}, {0, 2}}, 2, 8, 2},
      {10, {{4, 4}, {0, 2}}, 2, 4, 0},              /* nobody can carry all of it */
      {8, {{4, 200}, {0, 200}}, 2, 4, 0},           /* the other one takes what nobody has */
      {8, {{6, 200}, {0, 200}}, 2, 4, 2},           /* and something from us */
      {1, {{0, 200}, {0, 200}, {0, 200}}, 3, 1, 0}, /* whoever is first */
      {100, {{100, 200}, {0, 10}, {0, 200}}, 3, 45, 55},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const FairShare share = fair_share_find (cases[i].stations, cases[i].holders, cases[i].n, 0);
    ck_assert_msg (share.most == cases[i].most && share.surplus == cases[i].surplus,
                   "case %zu: %d, %d", i, (int)share.most, (int)share.surplus);
  }
}
END_TEST

#define WORKERS 8

/* One after the other does what it should, until nobody does anything. Gives what was moved. */
static gint64
settle (gint64 stations, ShareHolder *holders, gsize n)
{
  gint64 free_ones = stations, moved = 0;
  for (gsize i = 0; i < n; i++)
    free_ones -= holders[i].held;
  for (gsize round = 0, quiet = 0; quiet < n; round++) {
    ShareHolder *holder = &holders[round % n];
    const FairShare share = fair_share_find (stations, holders, n, round % n);
    const gint64 taken =
        share.surplus > 0 ? -share.surplus : CLAMP (share.most - holder->held, 0, free_ones);
    holder->held += taken;
    free_ones -= taken;
    moved += ABS (taken);
    quiet = taken == 0 ? quiet + 1 : 0;
    ck_assert_msg (round < 1000, "it does not come to rest");
  }
  return moved;
}

START_TEST (sharing_comes_to_rest_evenly)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32)_i);
  for (guint try = 0; try < 200; try++) {
    ShareHolder holders[WORKERS];
    const gsize n = (gsize)g_rand_int_range (random, 1, WORKERS + 1);
    const gint64 stations = g_rand_int_range (random, 0, 200);
    gint64 room = 0, left = stations, held = 0;
    for (gsize i = 0; i < n; i++) {
      const gint64 carry = g_rand_int_range (random, 1, 60);
      const gint64 has = g_rand_int_range (random, 0, (gint32)MIN (carry, left) + 1);
      holders[i] = (ShareHolder){has, carry};
      room += carry;
      left -= has;
    }
    settle (stations, holders, n);
    for (gsize i = 0; i < n; i++) {
      held += holders[i].held;
      ck_assert_int_le (holders[i].held, holders[i].carry);
      for (gsize k = 0; k < n; k++) /* nobody has two more than one who could carry more */
        ck_assert (holders[i].held <= holders[k].held + 1 || holders[k].held == holders[k].carry);
    }
    ck_assert_int_eq (held, MIN (stations, room));
    ck_assert_int_eq (settle (stations, holders, n), 0);
  }
}
END_TEST

/* ---- what others heard ---- */

#define KEY "http://radio.example/a\nA"

static StationEvent
make_event (StationEventType type)
{
  return (StationEvent){.type = type,
                        .time = G_GINT64_CONSTANT (1764313200123000),
                        .key = KEY,
                        .uri = "http://radio.example/a",
                        .name = "A",
                        .state = STATION_LISTENING};
}

static GstStructure *
make_answer (void)
{
  g_autoptr (GstStructure) probabilities = gst_structure_new (
      "probabilities", "rock", G_TYPE_DOUBLE, 0.75, "pop", G_TYPE_DOUBLE, 0.25, NULL);
  return gst_structure_new (
      "genreclassify", "genre", G_TYPE_STRING, "rock", "confidence", G_TYPE_DOUBLE, 0.75, "music",
      G_TYPE_DOUBLE, 0.5, "final", G_TYPE_BOOLEAN, TRUE, "reason", G_TYPE_STRING, "title",
      "duration", GST_TYPE_CLOCK_TIME, 10 * GST_SECOND, "stream-time", GST_TYPE_CLOCK_TIME,
      5 * GST_SECOND, "probabilities", GST_TYPE_STRUCTURE, probabilities, NULL);
}

static void
check_read_again (const StationEvent *event)
{
  g_autofree char *line = event_json_format (event);
  HeardEvent *heard = heard_event_parse (KEY, line);
  ck_assert_msg (heard, "%s", line);
  g_autofree char *again = event_json_format (&heard->event);
  ck_assert_str_eq (line, again);
  ck_assert_int_eq (heard->event.type, event->type);
  ck_assert_int_eq (heard->event.time, event->time);
  ck_assert_str_eq (heard->event.key, KEY);
  ck_assert_int_eq (heard->event.clock, 0); /* as of an older worker */
  ck_assert_int_eq (heard->event.slept, 0);
  ck_assert_ptr_null (heard->event.teller);
  heard_event_free (heard);
}

/* So that a clock that is set there changes no song. */
START_TEST (whose_clock_it_is_is_told)
{
  StationEvent event = make_event (STATION_EVENT_TITLE);
  event.clock = station_event_read_clock ();
  event.slept = 3600 * G_TIME_SPAN_SECOND;
  event.teller = "host-1-0/5";
  ck_assert_int_ne (event.clock, 0);
  g_autofree char *line = event_json_format_told (&event);
  HeardEvent *heard = heard_event_parse (KEY, line);
  ck_assert_msg (heard, "%s", line);
  ck_assert_int_eq (heard->event.clock, event.clock);
  ck_assert_int_eq (heard->event.slept, event.slept);
  ck_assert_str_eq (heard->event.teller, "host-1-0/5");
  heard_event_free (heard);
  g_autofree char *shown = event_json_format (&event); /* --json is about what is heard */
  ck_assert_ptr_null (strstr (shown, "teller"));
}
END_TEST

/* It may have come before the first sound, and so before the state. */
START_TEST (a_state_has_its_title)
{
  StationEvent event = make_event (STATION_EVENT_STATE);
  event.title = "Song";
  g_autofree char *line = event_json_format_told (&event);
  HeardEvent *heard = heard_event_parse (KEY, line);
  ck_assert_msg (heard, "%s", line);
  ck_assert_int_eq (heard->event.type, STATION_EVENT_STATE);
  ck_assert_str_eq (heard->event.title, "Song");
  heard_event_free (heard);
  g_autofree char *shown = event_json_format (&event); /* --json has told it in a line before */
  ck_assert_ptr_null (strstr (shown, "title"));
}
END_TEST

START_TEST (what_is_told_is_read)
{
  StationEvent event = make_event (STATION_EVENT_STATE);
  g_autoptr (GError) fault = g_error_new_literal (G_IO_ERROR, 0, "it is \"gone\"");
  g_autoptr (GstStructure) answer = make_answer ();
  check_read_again (&event);
  event.state = STATION_WAITING;
  event.fault = fault;
  event.retry_in = 2.5;
  check_read_again (&event);
  event = make_event (STATION_EVENT_TITLE);
  event.title = "Ä \\ \"\x1b";
  check_read_again (&event);
  event.title = NULL;
  check_read_again (&event);
  event = make_event (STATION_EVENT_ANSWER);
  event.title = "Song";
  event.answer = answer;
  check_read_again (&event);
  gst_structure_set (answer, "name", G_TYPE_STRING, "Rock", NULL);
  check_read_again (&event);
}
END_TEST

START_TEST (a_genre_has_its_name)
{
  StationEvent event = make_event (STATION_EVENT_ANSWER);
  g_autoptr (GstStructure) answer = make_answer ();
  event.answer = answer;
  g_autofree char *nameless =
      event_json_format (&event); /* as workers of another version may tell it */
  ck_assert_ptr_null (strstr (nameless, "\"name\""));
  gst_structure_set (answer, "name", G_TYPE_STRING, "Rock & Roll", NULL);
  g_autofree char *named = event_json_format (&event);
  ck_assert_ptr_nonnull (strstr (named, "\"genre\":\"rock\",\"name\":\"Rock & Roll\","));
  gst_structure_set (answer, "genre", G_TYPE_STRING, "unknown", NULL);
  g_autofree char *unknown = event_json_format (&event);
  ck_assert_ptr_null (strstr (unknown, "\"name\""));
}
END_TEST

START_TEST (what_nobody_tells_is_no_event)
{
#define BEGIN "{\"time\":\"2026-11-28T07:00:00.000Z\",\"source\":\"a\",\"station\":\"A\""
#define ANSWER BEGIN ",\"title\":null,\"genre\":"
  const char *const lines[] = {
      "",
      "{}",
      "[]",
      "nonsense",
      "{\"time\":\"yesterday\",\"station\":\"A\",\"title\":null}",
      "{\"time\":5,\"station\":\"A\",\"title\":null}",
      "{\"time\":\"2026-11-28T07:00:00Z\",\"title\":null}",
      BEGIN ",\"state\":\"connecting\"}",
      BEGIN ",\"state\":7}",
      ANSWER "null}",
      ANSWER "\"rock\"}",
      ANSWER "\"no label\",\"confidence\":1,\"music\":1,\"probabilities\":{}}",
      ANSWER "\"rock\",\"confidence\":2,\"music\":1,\"probabilities\":{}}",
      ANSWER "\"rock\",\"confidence\":1,\"music\":\"1\",\"probabilities\":{}}",
      ANSWER "\"rock\",\"confidence\":1,\"music\":1,\"probabilities\":[]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    ck_assert_msg (!heard_event_parse (KEY, lines[i]), "%s", lines[i]);
  HeardEvent *good =
      heard_event_parse (KEY, ANSWER "\"rock\",\"confidence\":1,\"music\":1,\"probabilities\":"
                                     "{\"rock\":1,\"a b\":1,\"pop\":\"x\",\"jazz\":3}}");
  ck_assert_ptr_nonnull (good);
  const GValue *value = gst_structure_get_value (good->answer, "probabilities");
  ck_assert_int_eq (gst_structure_n_fields (gst_value_get_structure (value)), 1);
  heard_event_free (good);
}
END_TEST

/* @first: the number that the first of them has in its name. */
static gboolean
is_read (guint first)
{
  GString *line = g_string_new (ANSWER "\"rock\",\"confidence\":1,\"music\":1,\"probabilities\":{");
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (line, "%s\"of-%u\":0.001", i > 0 ? "," : "", first + i);
  g_string_append (line, "}}");
  HeardEvent *event = heard_event_parse (KEY, line->str);
  const gboolean is_event = event != NULL;
  if (event) {
    const GValue *value = gst_structure_get_value (event->answer, "probabilities");
    ck_assert_int_eq (gst_structure_n_fields (gst_value_get_structure (value)), 1000);
  }
  heard_event_free (event);
  g_string_free (line, TRUE);
  return is_event;
}

/* How many lines @work has written to standard error. */
static guint
count_lines (void (*work) (void))
{
  FILE *said = tmpfile ();
  const int before = dup (STDERR_FILENO);
  ck_assert (said && before >= 0 && dup2 (fileno (said), STDERR_FILENO) >= 0);
  work ();
  ck_assert (dup2 (before, STDERR_FILENO) >= 0);
  guint n = 0;
  rewind (said);
  for (int c; (c = fgetc (said)) != EOF;)
    n += c == '\n';
  fclose (said);
  close (before);
  return n;
}

static void
name_new_ones (void)
{
  guint n = 0;
  while (n < 100 && is_read (n * 1000))
    n++;
  ck_assert_uint_ge (n, 4);
  ck_assert_uint_lt (n, 10);
  ck_assert (!is_read (100000));
}

static void
name_known_ones (void)
{
  ck_assert (is_read (0));
}

/* Names stay in memory: of those that anybody has made up only so many are taken. */
START_TEST (names_that_are_new_are_taken_for_a_while)
{
  ck_assert_uint_eq (count_lines (name_known_ones), 0);
  ck_assert_uint_eq (count_lines (name_new_ones), 1);
  ck_assert_uint_eq (count_lines (name_known_ones), 0);
  StationEvent event = make_event (STATION_EVENT_ANSWER);
  g_autoptr (GstStructure) answer = make_answer ();
  event.answer = answer;
  check_read_again (&event); /* this program's own are known, too */
}
END_TEST

static void
check_refused (const char *begin, const char *filling, gsize n, const char *end)
{
  GString *line = g_string_new (begin);
  for (gsize i = 0; i < n; i++)
    g_string_append (line, filling);
  g_string_append (line, end);
  HeardEvent *event = heard_event_parse (KEY, line->str);
  ck_assert_msg (!event, "%zu of %s", n, filling);
  g_string_free (line, TRUE);
}

/* JSON-GLib by itself would overflow its stack. */
START_TEST (what_is_too_deep_is_no_event)
{
  HeardEvent *flat = heard_event_parse (KEY, BEGIN ",\"title\":\"\\\"[[[[[[[[[[[[[[[[[[[[\"}");
  HeardEvent *deep = heard_event_parse (KEY, BEGIN ",\"x\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}");
  ck_assert_ptr_nonnull (flat);
  ck_assert_str_eq (flat->event.title, "\"[[[[[[[[[[[[[[[[[[[[");
  ck_assert_ptr_nonnull (deep);
  heard_event_free (flat);
  heard_event_free (deep);
  check_refused ("", "[", 100000, "");
  check_refused ("", "{\"a\":", 10000, "");
  check_refused ("/*\"*/", "[", 60000, "");
  check_refused ("'\"'", "[", 60000, "");
  check_refused (BEGIN ",\"x\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}", "", 0, "");
  check_refused (BEGIN ",\"title\":\"", "x", 65536, "\"}"); /* too long */
}
END_TEST

/* (transfer full) */
static HeardEvent *
read_with (const char *key, const char *station, const char *rest)
{
  g_autofree char *line = g_strdup_printf (
      "{\"time\":\"2026-11-28T07:00:00.000Z\",\"source\":\"a\",\"station\":\"%s\",%s}", station,
      rest);
  HeardEvent *event = heard_event_parse (key, line);
  ck_assert_msg (event, "%s", line);
  return event;
}

/* They are kept, sent and looked through for as long as a history is. */
START_TEST (texts_that_are_told_are_shortened)
{
  g_autofree char *many = g_strnfill (20000, 'x');
  g_autofree char *title = g_strdup_printf ("\"title\":\"\u00e4%s\"", many);
  g_autofree char *fault =
      g_strdup_printf ("\"state\":\"waiting\",\"error\":\"no access to http://user:%s@a/\"", many);
  g_autofree char *uri = g_strconcat ("http://radio.example/", many, NULL);
  g_autofree char *key = g_strconcat (uri, "\n", NULL);
  HeardEvent *titled = read_with (KEY, many, title);
  HeardEvent *failed = read_with (KEY, "A", fault);
  HeardEvent *nameless = read_with (key, uri, "\"title\":null");
  ck_assert_int_eq (g_utf8_strlen (titled->event.name, -1), 301);
  ck_assert_int_eq (g_utf8_strlen (titled->event.title, -1), 301);
  ck_assert (g_str_has_prefix (titled->event.title, "äxx"));
  ck_assert (g_str_has_suffix (titled->event.title, "x…"));
  ck_assert_str_eq (failed->event.fault->message, "no access to …");
  ck_assert_str_eq (nameless->event.name, nameless->event.uri); /* or a page would not know */
  g_autofree char *again = g_strdup_printf ("\"title\":\"%s\"", titled->event.title);
  HeardEvent *same = read_with (KEY, "A", again);
  ck_assert_str_eq (same->event.title, titled->event.title);
  heard_event_free (titled);
  heard_event_free (failed);
  heard_event_free (nameless);
  heard_event_free (same);
}
END_TEST

START_TEST (a_station_of_nobodys_waits)
{
  HeardEvent *named = heard_event_new_orphaned (KEY);
  HeardEvent *nameless = heard_event_new_orphaned ("http://radio.example/a\n");
  ck_assert_str_eq (named->event.name, "A");
  ck_assert_str_eq (nameless->event.name, "http://radio.example/a");
  ck_assert_str_eq (nameless->event.uri, "http://radio.example/a");
  ck_assert_int_eq (named->event.state, STATION_WAITING);
  heard_event_free (named);
  heard_event_free (nameless);
}
END_TEST

/* ---- messages ---- */

#define MESSAGES 10000

static gpointer
post_all (gpointer mailbox)
{
  for (gsize i = 1; i <= MESSAGES; i++)
    mailbox_post (mailbox, GSIZE_TO_POINTER (i));
  return NULL;
}

static void
receive (gpointer message, gpointer user_data)
{
  gsize *last = user_data;
  ck_assert_uint_eq (GPOINTER_TO_SIZE (message), *last + 1);
  ++*last;
}

START_TEST (messages_keep_their_order)
{
  gsize last = 0;
  Mailbox *taken = mailbox_new (NULL), *delivered = mailbox_new (NULL);
  g_autoptr (GPtrArray) nothing = mailbox_take (taken, 0);
  ck_assert_uint_eq (nothing->len, 0);
  GThread *threads[] = {g_thread_new ("a", post_all, taken),
                        g_thread_new ("b", post_all, delivered)};
  while (last < MESSAGES) {
    g_autoptr (GPtrArray) some = mailbox_take (taken, 60);
    ck_assert_uint_gt (some->len, 0);
    for (guint i = 0; i < some->len; i++)
      receive (some->pdata[i], &last);
  }
  last = 0;
  mailbox_deliver (delivered, receive, &last);
  while (last < MESSAGES)
    g_main_context_iteration (NULL, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  mailbox_post (delivered, GSIZE_TO_POINTER (1)); /* which nobody gets */
  mailbox_free (taken);
  mailbox_free (delivered);
  ck_assert (!g_main_context_pending (NULL));
}
END_TEST

static void
count (gpointer message, gpointer user_data)
{
  ++*(guint *)user_data;
}

static void
count_and_free (gpointer message, gpointer user_data)
{
  count (message, user_data);
  g_free (message);
}

/* So that others have their turn between them. */
START_TEST (messages_come_in_portions)
{
  guint n = 0;
  Mailbox *mailbox = mailbox_new (NULL);
  for (gsize i = 1; i <= MESSAGES; i++)
    mailbox_post (mailbox, GSIZE_TO_POINTER (i));
  mailbox_deliver (mailbox, count, &n);
  g_main_context_iteration (NULL, TRUE);
  ck_assert_uint_eq (n, 200);
  ck_assert_uint_eq (mailbox_count (mailbox), MESSAGES - 200);
  mailbox_post (mailbox, GSIZE_TO_POINTER (1));
  mailbox_hand_out (mailbox);
  ck_assert_uint_eq (n, MESSAGES + 1);
  ck_assert_uint_eq (mailbox_count (mailbox), 0);
  ck_assert (!g_main_context_pending (NULL));
  mailbox_free (mailbox);
}
END_TEST

/* What was opened and not handed out is freed, too. */
START_TEST (messages_that_nobody_gets_are_freed)
{
  guint n = 0;
  Mailbox *mailbox = mailbox_new (g_free);
  for (gsize i = 0; i < 500; i++)
    mailbox_post (mailbox, g_strdup ("x"));
  mailbox_deliver (mailbox, count_and_free, &n);
  g_main_context_iteration (NULL, TRUE);
  mailbox_free (mailbox);
  ck_assert_uint_eq (n, 200);
  ck_assert (!g_main_context_pending (NULL));
}
END_TEST

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  TCase *tests = tcase_create ("queued");
  tcase_add_test (tests, shares_are_even);
  tcase_add_loop_test (tests, sharing_comes_to_rest_evenly, 0, 20);
  tcase_add_test (tests, what_is_told_is_read);
  tcase_add_test (tests, a_state_has_its_title);
  tcase_add_test (tests, whose_clock_it_is_is_told);
  tcase_add_test (tests, a_genre_has_its_name);
  tcase_add_test (tests, what_nobody_tells_is_no_event);
  tcase_add_test (tests, names_that_are_new_are_taken_for_a_while);
  tcase_add_test (tests, what_is_too_deep_is_no_event);
  tcase_add_test (tests, texts_that_are_told_are_shortened);
  tcase_add_test (tests, a_station_of_nobodys_waits);
  tcase_add_test (tests, messages_keep_their_order);
  tcase_add_test (tests, messages_come_in_portions);
  tcase_add_test (tests, messages_that_nobody_gets_are_freed);
  return test_run ("queued", tests);
}
