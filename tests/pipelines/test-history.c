/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history while its file is moved, its disk is full and the clock is set: events are told to it
 * as a radio would, with times of our own. */
#include "history.h"
#include "historyclock.h"
#include "historyfile.h"
#include "test.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define URI "http://a/1"
#define OTHER_URI "http://b/2"
#define SECOND G_TIME_SPAN_SECOND
#define LONG_AGO 1000 /* s since 1970 */

typedef struct {
  char *folder, *path, *away, *said; /* what was said on standard error */
  const char *uri, *key, *name;      /* of the station */
  History *history;
  const char *teller;            /* of the next event; NULL: this machine */
  gint64 begin, time, monotonic; /* µs; its clocks */
  gint64 slept;
} World;

static void
begin (World *world, int keep)
{
  memset (world, 0, sizeof *world);
  world->folder = test_make_folder ();
  world->path = g_build_filename (world->folder, "history.sqlite", NULL);
  world->away = g_build_filename (world->folder, "away.sqlite", NULL);
  world->said = g_build_filename (world->folder, "said", NULL);
  ck_assert_ptr_nonnull (freopen (world->said, "w", stderr));
  world->uri = URI;
  world->key = URI "\n";
  world->name = "The Station";
  world->history = history_open (world->path, keep, NULL);
  ck_assert_ptr_nonnull (world->history);
  world->begin = world->time = g_get_real_time () / SECOND * SECOND;
  world->monotonic = g_get_monotonic_time ();
}

static void
end (World *world)
{
  history_close (world->history);
  test_remove_folder (world->folder);
  g_free (world->folder);
  g_free (world->path);
  g_free (world->away);
  g_free (world->said);
}

static void
pass (World *world, int seconds)
{
  world->time += seconds * SECOND;
  world->monotonic += seconds * SECOND;
}

/* Whose events come next. */
static void
turn_to (World *world, const char *uri, const char *key, const char *name)
{
  world->uri = uri;
  world->key = key;
  world->name = name;
}

static void
tell (World *world, StationEvent event)
{
  event.time = world->time;
  event.monotonic = world->monotonic;
  event.clock = world->time - world->monotonic;
  event.teller = world->teller;
  event.slept = world->slept;
  event.key = world->key;
  event.uri = world->uri;
  event.name = world->name;
  if (event.type == STATION_EVENT_ANSWER)
    event.state = STATION_LISTENING;
  history_observe (&event, world->history);
}

static void
answer_about (World *world, const char *title, gboolean final)
{
  g_autoptr (GstStructure) structure = gst_structure_new (
      "genreclassify", "genre", G_TYPE_STRING, "jazz", "confidence", G_TYPE_DOUBLE, 0.75, "music",
      G_TYPE_DOUBLE, 1.0, "reason", G_TYPE_STRING, "title", "final", G_TYPE_BOOLEAN, final, NULL);
  tell (world, (StationEvent){.type = STATION_EVENT_ANSWER, .answer = structure, .title = title});
}

/* @title: the song that ends; NULL: it goes on. */
static void
answer (World *world, const char *title)
{
  answer_about (world, title, title != NULL);
}

/* In another connection. (transfer full) of the one column of the one row, or NULL */
static char *
query (const char *path, const char *text)
{
  sqlite3 *database = NULL;
  sqlite3_stmt *statement = NULL;
  char *value = NULL;
  ck_assert_int_eq (sqlite3_open (path, &database), SQLITE_OK);
  sqlite3_busy_timeout (database, 60000);
  ck_assert_msg (sqlite3_prepare_v2 (database, text, -1, &statement, NULL) == SQLITE_OK, "%s: %s",
                 text, sqlite3_errmsg (database));
  if (sqlite3_step (statement) == SQLITE_ROW)
    value = g_strdup ((const char *)sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (database);
  return value;
}

static void
check_one (const char *path, const char *text, const char *expected)
{
  g_autofree char *found = query (path, text);
  ck_assert_msg (g_strcmp0 (found, expected) == 0, "%s: %s, expected %s", text, found, expected);
}

static void
check_song (const World *world, const char *title, int start, int song_end)
{
  g_autofree char *text =
      g_strdup_printf ("SELECT (start - %" G_GINT64_FORMAT ") || ' ' || (end - %" G_GINT64_FORMAT
                       ") FROM song WHERE title='%s'",
                       world->begin / SECOND, world->begin / SECOND, title);
  g_autofree char *found = query (world->path, text);
  g_autofree char *expected = g_strdup_printf ("%d %d", start, song_end);
  ck_assert_msg (g_strcmp0 (found, expected) == 0, "%s: %s, expected %s", title, found, expected);
}

static guint
count_said (const World *world, const char *what)
{
  g_autofree char *text = NULL;
  fflush (stderr);
  ck_assert (g_file_get_contents (world->said, &text, NULL, NULL));
  guint n = 0;
  for (const char *at = text; (at = strstr (at, what)); at++)
    n++;
  return n;
}

/* Until it has been seen that the file is gone: it is looked at now and then. */
static void
move_away (World *world)
{
  ck_assert_int_eq (g_rename (world->path, world->away), 0);
  while (count_said (world, "moved or removed") == 0)
    answer (world, NULL);
}

START_TEST (a_song_outlives_the_file_that_it_began_in)
{
  World world;
  begin (&world, 0);
  answer (&world, NULL);
  pass (&world, 100);
  move_away (&world);
  pass (&world, 100);
  answer (&world, "Long");
  pass (&world, 50);
  answer (&world, "Next");
  check_song (&world, "Long", 0, 200);
  check_song (&world, "Next", 200, 250);
  g_autofree char *name = query (world.path, "SELECT name FROM station WHERE uri='" URI "'");
  ck_assert_str_eq (name, "The Station");
  end (&world);
}
END_TEST

START_TEST (a_file_that_was_moved_has_what_was_written_until_then)
{
  World world;
  begin (&world, 0);
  for (int i = 0; i < 20; i++) {
    pass (&world, 100);
    answer (&world, "One of twenty");
  }
  move_away (&world);
  answer (&world, "Later");
  check_one (world.away, "SELECT count(*) FROM song WHERE title='One of twenty'", "20");
  check_one (world.away, "PRAGMA integrity_check", "ok");
  check_one (world.path, "SELECT group_concat(title) FROM song", "Later");
  end (&world);
}
END_TEST

/* A reader that takes its time: what it reads cannot be overwritten with what was written since. */
START_TEST (a_file_that_was_moved_while_it_is_read_loses_nothing)
{
  World world;
  sqlite3 *reader = NULL;
  sqlite3_stmt *row = NULL;
  begin (&world, 0);
  answer (&world, "Before");
  ck_assert_int_eq (sqlite3_open (world.path, &reader), SQLITE_OK);
  sqlite3_prepare_v2 (reader, "SELECT title FROM song", -1, &row, NULL);
  ck_assert_int_eq (sqlite3_step (row), SQLITE_ROW);
  answer (&world, "Since");
  ck_assert_int_eq (g_rename (world.path, world.away), 0);
  g_usleep (100000); /* so that it is looked after */
  answer (&world, "Moved");
  ck_assert (!g_file_test (world.path, G_FILE_TEST_EXISTS));
  sqlite3_finalize (row);
  sqlite3_close (reader);
  while (count_said (&world, "moved or removed") == 0)
    answer (&world, NULL);
  answer (&world, "Later");
  check_one (world.away, "SELECT group_concat(title) FROM song", "Before,Since,Moved");
  check_one (world.path, "SELECT group_concat(title) FROM song", "Later");
  end (&world);
}
END_TEST

/* Before anybody has looked after it. */
START_TEST (a_file_that_was_moved_is_whole_when_the_program_ends)
{
  World world;
  begin (&world, 0);
  for (int i = 0; i < 20; i++)
    answer (&world, "One of twenty");
  ck_assert_int_eq (g_rename (world.path, world.away), 0);
  history_close (g_steal_pointer (&world.history));
  world.history = history_open (world.path, 0, NULL);
  check_one (world.away, "SELECT count(*) FROM song", "20");
  check_one (world.path, "SELECT count(*) FROM song", "0");
  end (&world);
}
END_TEST

/* A smaller copy, say. */
START_TEST (a_file_that_took_its_place_is_not_mixed_with_it)
{
  World world;
  begin (&world, 0);
  answer (&world, "First");
  g_autofree char *copy = g_strdup_printf ("VACUUM INTO '%s'", world.away);
  g_free (query (world.path, copy));
  for (int i = 0; i < 20; i++)
    answer (&world, "Lost");
  ck_assert_int_eq (g_rename (world.away, world.path), 0);
  while (count_said (&world, "moved or removed") == 0)
    answer (&world, NULL);
  answer (&world, "Later");
  check_one (world.path, "PRAGMA integrity_check", "ok");
  check_one (world.path, "SELECT group_concat(title) FROM song", "First,Later");
  end (&world);
}
END_TEST

/* Where there can be no file, songs go on ending: they are written when there is one. */
START_TEST (a_song_is_no_longer_for_a_file_that_was_missing)
{
  World world;
  begin (&world, 0);
  answer (&world, NULL);
  ck_assert_int_eq (g_rename (world.path, world.away), 0);
  ck_assert_int_eq (g_mkdir (world.path, 0700), 0); /* nothing can be opened there */
  while (count_said (&world, g_strerror (EISDIR)) == 0)
    answer (&world, NULL);
  pass (&world, 100);
  answer (&world, "Kept");
  pass (&world, 30);
  ck_assert_int_eq (g_rmdir (world.path), 0);
  while (!g_file_test (world.path, G_FILE_TEST_EXISTS))
    answer (&world, NULL);
  pass (&world, 30);
  answer (&world, "Found");
  check_song (&world, "Kept", 0, 100);
  check_song (&world, "Found", 100, 160);
  end (&world);
}
END_TEST

/* What is kept in memory has an end: the oldest goes first. */
START_TEST (of_what_cannot_be_written_for_long_the_newest_is_kept)
{
  const int most = 50000, n_lost = 10;
  World world;
  begin (&world, 0);
  ck_assert_int_eq (g_rename (world.path, world.away), 0);
  ck_assert_int_eq (g_mkdir (world.path, 0700), 0); /* nothing can be opened there */
  while (count_said (&world, g_strerror (EISDIR)) == 0)
    answer (&world, NULL);
  for (int i = 0; i < most + n_lost; i++) {
    g_autofree char *title = g_strdup_printf ("Song %d", i);
    answer (&world, title);
  }
  ck_assert_int_eq (g_rmdir (world.path), 0);
  while (!g_file_test (world.path, G_FILE_TEST_EXISTS))
    answer (&world, NULL);
  history_close (g_steal_pointer (&world.history));
  check_one (world.path, "SELECT count(DISTINCT title) || ' ' || count(title) FROM song",
             "50000 50000");
  check_one (world.path, "SELECT title FROM song ORDER BY rowid LIMIT 1", "Song 10");
  check_one (world.path, "SELECT count(*) FROM song WHERE title='Song 50009'", "1");
  end (&world);
}
END_TEST

START_TEST (a_full_disk_is_said_once_also_while_old_rows_go)
{
  World world;
  begin (&world, 1);
  answer (&world, NULL);
  g_free (query (world.path, "CREATE TRIGGER full BEFORE INSERT ON song BEGIN SELECT RAISE(FAIL, "
                             "'the disk is full'); END"));
  answer (&world, "First");
  ck_assert_uint_eq (count_said (&world, "the disk is full"), 1);
  g_free (query (world.path, "INSERT INTO minute VALUES (" G_STRINGIFY (
                                 LONG_AGO) ", 1, 'music', 'rock', 1, 1)"));
  for (g_autofree char *old = g_strdup (""); old;) {
    g_main_context_iteration (NULL, TRUE);
    g_free (old);
    old = query (world.path, "SELECT time FROM minute WHERE time=" G_STRINGIFY (LONG_AGO));
  }
  answer (&world, "Second");
  ck_assert_uint_eq (count_said (&world, "the disk is full"), 1);
  g_free (query (world.path, "DROP TRIGGER full"));
  pass (&world, 60);
  answer (&world, "Third"); /* there is room again, until there is none */
  check_song (&world, "First", 0, 0);
  check_song (&world, "Third", 0, 60);
  g_free (query (world.path, "CREATE TRIGGER full BEFORE INSERT ON song BEGIN SELECT RAISE(FAIL, "
                             "'the disk is full'); END"));
  answer (&world, "Fourth");
  ck_assert_uint_eq (count_said (&world, "the disk is full"), 2);
  end (&world);
}
END_TEST

/* Which is waited for once, or this would take longer than a test may; and what was heard meanwhile
 * is written as soon as that can be, as it was played, though not all of so much at once. The next
 * lock is waited for again. */
START_TEST (another_program_locks_the_file)
{
  const int n = 300;
  World world;
  begin (&world, 0);
  answer (&world, NULL);
  sqlite3 *other = NULL;
  ck_assert_int_eq (sqlite3_open (world.path, &other), SQLITE_OK);
  sqlite3_busy_timeout (other, 60000);
  ck_assert_int_eq (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  for (int i = 0; i < n; i++) {
    g_autofree char *title = g_strdup_printf ("Song %d", i);
    pass (&world, 60);
    answer (&world, title);
  }
  ck_assert_uint_eq (count_said (&world, "not written"), 1);
  ck_assert_int_eq (sqlite3_exec (other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  pass (&world, 60);
  answer (&world, "Last");
  check_one (world.path, "SELECT count(*) FROM song WHERE title='Last'", "0");
  answer (&world, NULL);
  check_one (world.path, "SELECT title FROM song ORDER BY rowid DESC LIMIT 1", "Last");
  for (int i = 0; i < n; i++) {
    g_autofree char *title = g_strdup_printf ("Song %d", i);
    check_song (&world, title, 60 * i, 60 * (i + 1));
  }
  check_song (&world, "Last", 60 * n, 60 * (n + 1));
  g_autofree char *minutes = query (world.path, "SELECT count(*) FROM minute");
  ck_assert_int_eq (atoi (minutes), n + 2);
  ck_assert_int_eq (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  const gint64 before = g_get_monotonic_time ();
  pass (&world, 60);
  answer (&world, "Locked again");
  ck_assert_int_ge (g_get_monotonic_time () - before, SECOND);
  ck_assert_uint_eq (count_said (&world, "not written"), 2);
  sqlite3_close (other);
  end (&world);
}
END_TEST

/* A minute and a song of each of two stations. */
static void
hear_two (World *world, int i)
{
  g_autofree char *title = g_strdup_printf ("A%d", i), *other = g_strdup_printf ("B%d", i);
  pass (world, 60);
  turn_to (world, URI, URI "\n", "The Station");
  answer (world, title);
  turn_to (world, OTHER_URI, OTHER_URI "\n", "The Other");
  answer (world, other);
}

/* It is given up after some tries, and what else goes wrong is said as if it had never been. */
START_TEST (a_row_that_is_refused_holds_no_others)
{
  const int n = 20;
  World world;
  begin (&world, 0);
  answer (&world, NULL);
  g_free (query (world.path, "CREATE TRIGGER picky BEFORE INSERT ON song WHEN NEW.title='Refused' "
                             "BEGIN SELECT RAISE(ABORT, 'not this one'); END"));
  pass (&world, 60);
  answer (&world, "Refused");
  for (int i = 0; i < n / 2; i++)
    hear_two (&world, i);
  sqlite3 *other = NULL;
  ck_assert_int_eq (sqlite3_open (world.path, &other), SQLITE_OK);
  ck_assert_int_eq (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  for (int i = n / 2; i < n - 1; i++)
    hear_two (&world, i);
  ck_assert_int_eq (sqlite3_exec (other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close (other);
  hear_two (&world, n - 1);
  ck_assert_uint_eq (count_said (&world, "not this one"), 1);
  ck_assert_uint_eq (count_said (&world, "locked"), 1);
  ck_assert_uint_eq (count_said (&world, "not written"), 2);
  check_one (world.path, "SELECT count(DISTINCT title) || ' ' || count(*) FROM song", "40 40");
  check_one (world.path, "SELECT count(*) FROM minute", "42");
  end (&world);
}
END_TEST

/* Both are kept, and both are said. */
START_TEST (a_lock_is_waited_for_behind_a_row_that_is_refused)
{
  World world;
  begin (&world, 0);
  answer (&world, NULL);
  g_free (query (world.path, "CREATE TRIGGER picky BEFORE INSERT ON song WHEN NEW.title='Refused' "
                             "BEGIN SELECT RAISE(ABORT, 'not this one'); END"));
  answer (&world, "Refused");
  sqlite3 *other = NULL;
  ck_assert_int_eq (sqlite3_open (world.path, &other), SQLITE_OK);
  ck_assert_int_eq (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  for (int i = 0; i < 20; i++)
    hear_two (&world, i);
  ck_assert_int_eq (sqlite3_exec (other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close (other);
  hear_two (&world, 20);
  ck_assert_uint_eq (count_said (&world, "not this one"), 1);
  ck_assert_uint_eq (count_said (&world, "not written"), 2);
  check_one (world.path, "SELECT count(DISTINCT title) || ' ' || count(*) FROM song", "42 42");
  end (&world);
}
END_TEST

/* By hand, with the numbers that the history remembers: the one that comes back first gets the
 * other's. */
START_TEST (a_station_that_was_deleted_comes_back)
{
  World world;
  begin (&world, 0);
  hear_two (&world, 0);
  g_free (query (world.path, "DELETE FROM station"));
  pass (&world, 60);
  answer (&world, "B1");
  turn_to (&world, URI, URI "\n", "The Station");
  answer (&world, "A1");
  hear_two (&world, 2);
  ck_assert_uint_eq (count_said (&world, "not written"), 0);
  check_one (world.path,
             "SELECT group_concat(title || ' ' || uri || ' ' || name) FROM (SELECT * FROM song "
             "JOIN station ON id=station WHERE title IN ('A1', 'B1', 'A2', 'B2') ORDER BY title)",
             "A1 " URI " The Station,A2 " URI " The Station,B1 " OTHER_URI
             " The Other,B2 " OTHER_URI " The Other");
  end (&world);
}
END_TEST

/* As many as --keep leaves of a year: nobody waits for all of them. */
START_TEST (old_rows_go_a_few_at_a_time)
{
  const char *count = "SELECT (SELECT count(*) FROM minute) + (SELECT count(*) FROM song)";
  World world;
  begin (&world, 0);
  answer (&world, "Now");
  history_close (world.history);
  sqlite3 *other = NULL;
  ck_assert_int_eq (sqlite3_open (world.path, &other), SQLITE_OK);
  ck_assert_int_eq (
      sqlite3_exec (
          other,
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<50) "
          "INSERT INTO minute SELECT i*3600, 1, 'music', 'rock', 1, 1 FROM n;"
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<50) "
          "INSERT INTO song SELECT 1, i*3600, i*3600, 'Old', 'music', 'rock', 1, 1 FROM n",
          NULL, NULL, NULL),
      SQLITE_OK);
  sqlite3_close (other);
  world.history = history_open (world.path, 1, NULL);
  g_autofree char *first = query (world.path, count);
  ck_assert_int_gt (atoi (first), 2);
  ck_assert_int_lt (atoi (first), 102);
  for (g_autofree char *left = g_strdup (first); atoi (left) > 2;) {
    g_main_context_iteration (NULL, TRUE);
    g_free (left);
    left = query (world.path, count);
  }
  end (&world);
}
END_TEST

/* A clock that is set a year ahead, or a program that did not run for a month. */
START_TEST (a_clock_that_is_ahead_forgets_nothing_for_a_week)
{
  const int day = 86400, year = 365 * day;
  const gint64 newest = 1000 * day, started = 5000;
  HistoryClock clock;
  history_clock_init (&clock, newest + 10, started, newest);
  ck_assert_int_eq (history_clock_believe (&clock, newest + 10, started), newest + 10);
  ck_assert_int_eq (history_clock_believe (&clock, newest + year, started + 60), newest + 70);
  ck_assert_int_eq (history_clock_believe (&clock, newest + day, started + day), newest + day);
  ck_assert_int_eq (history_clock_believe (&clock, newest + year, started + day), newest + day);
  ck_assert_int_eq (history_clock_believe (&clock, newest + year + 6 * day, started + 7 * day),
                    newest + 7 * day);
  ck_assert_int_eq (history_clock_believe (&clock, newest + year + 7 * day, started + 8 * day),
                    newest + year + 7 * day);
  ck_assert_int_eq (history_clock_believe (&clock, newest, started + 8 * day), newest); /* back */
  history_clock_init (&clock, newest + 30 * day, started, newest);
  ck_assert_int_eq (history_clock_believe (&clock, newest + 30 * day, started), newest);
  history_clock_init (&clock, newest, started, 0);
  ck_assert_int_eq (history_clock_believe (&clock, newest, started), newest);
}
END_TEST

/* What is too old by what was heard last goes all the same. */
START_TEST (a_file_that_is_opened_late_is_not_emptied)
{
  World world;
  begin (&world, 0);
  world.time = g_get_real_time () - 45 * 86400 * SECOND;
  answer (&world, "Too old");
  world.time += 14 * 86400 * SECOND;
  answer (&world, "Last");
  history_close (world.history);
  for (int i = 0; i < 2; i++) { /* a few rows go each time */
    world.history = history_open (world.path, 10, NULL);
    check_one (world.path, "SELECT group_concat(title) FROM song", "Last");
    ck_assert_uint_eq (count_said (&world, "the clock is 31 days ahead"), i + 1U);
    if (i == 0)
      history_close (world.history);
  }
  end (&world);
}
END_TEST

/* As it is after its line in the list has become another one. */
START_TEST (a_station_has_its_new_name)
{
  World world;
  begin (&world, 0);
  answer (&world, "Before");
  world.name = "Another Name";
  pass (&world, 60);
  answer (&world, "After");
  check_song (&world, "After", 0, 60);
  g_autofree char *names = query (world.path, "SELECT group_concat(name) FROM station");
  ck_assert_str_eq (names, "Another Name");
  end (&world);
}
END_TEST

/* The first one, until nobody listens to it by that name. */
START_TEST (a_station_with_two_names_keeps_one)
{
  const char *names = "SELECT group_concat(name) FROM station";
  World world;
  begin (&world, 0);
  for (int i = 0; i < 3; i++) {
    pass (&world, 60);
    turn_to (&world, URI, URI "\nOne", "One");
    answer (&world, "Song");
    turn_to (&world, URI, URI "\nTwo", "Two");
    answer (&world, "Song");
    check_one (world.path, names, "One");
  }
  check_one (world.path, "SELECT count(*) || ' ' || sum(end - start) FROM song", "3 120");
  turn_to (&world, URI, URI "\nOne", "One");
  tell (&world, (StationEvent){.type = STATION_EVENT_STATE, .state = STATION_ENDED});
  turn_to (&world, URI, URI "\nTwo", "Two");
  answer (&world, "Song");
  check_one (world.path, names, "Two");
  end (&world);
}
END_TEST

START_TEST (what_is_heard_by_another_name_meanwhile_is_kept)
{
  World world;
  begin (&world, 0);
  turn_to (&world, URI, URI "\nOne", "One");
  answer (&world, "Song");
  tell (&world, (StationEvent){.type = STATION_EVENT_STATE, .state = STATION_WAITING});
  turn_to (&world, URI, URI "\nTwo", "Two");
  answer (&world, "Other");
  check_one (world.path, "SELECT count(*) FROM song WHERE title='Other'", "1");
  end (&world);
}
END_TEST

/* Renamed in a queue, from which nobody hears that it has ended. */
START_TEST (a_name_that_nobody_expects_any_more_makes_room)
{
  World world;
  begin (&world, 0);
  turn_to (&world, URI, URI "\nOne", "One");
  answer (&world, "Song");
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_add (keys, (gpointer)URI "\nOne");
  g_hash_table_add (keys, (gpointer)URI "\nTwo");
  history_expect (world.history, keys);
  turn_to (&world, URI, URI "\nTwo", "Two");
  answer (&world, "Song");
  check_one (world.path, "SELECT group_concat(name) FROM station", "One");
  g_hash_table_remove (keys, URI "\nOne");
  history_expect (world.history, keys);
  answer (&world, "Song");
  check_one (world.path, "SELECT group_concat(name) FROM station", "Two");
  end (&world);
}
END_TEST

/* Its stamp is by the old clock, whatever the clock is when it is looked at; the next one's by the
 * new. Loop: forward, and back. */
START_TEST (a_clock_that_is_set_changes_no_length)
{
  const int leap = _i == 0 ? 7200 : -7200;
  World world;
  begin (&world, 0);
  /* since the history was opened, this machine's clock has been set: who is told of the event sees
   * the clock of now, the event bears the one of before */
  world.begin += leap * SECOND;
  world.time += leap * SECOND;
  answer (&world, NULL);
  pass (&world, 100);
  answer (&world, "Before");
  pass (&world, 20);
  world.time -= leap * SECOND;
  answer (&world, NULL);
  pass (&world, 60);
  answer (&world, "After");
  check_song (&world, "Before", 0, 100);
  check_song (&world, "After", 100 - leap, 180 - leap);
  end (&world);
}
END_TEST

/* Of a queue: the clock of who tells it counts, and that another one has another clock is no leap.
 */
START_TEST (the_clock_of_who_tells_it_counts)
{
  World world;
  begin (&world, 0);
  world.teller = "a";
  answer (&world, NULL);
  pass (&world, 100);
  world.time += 3600 * SECOND; /* that of a is set */
  answer (&world, "One");
  pass (&world, 20);
  answer (&world, NULL);
  pass (&world, 60);
  world.teller = "b";
  world.monotonic += 5 * 86400 * SECOND; /* it runs for longer */
  answer (&world, "Two");
  check_song (&world, "One", 3600, 3700);
  check_song (&world, "Two", 3700, 3780);
  end (&world);
}
END_TEST

/* Of a queue: the worker gives it to another one, or dies. Loop: it is taken over at once, or
 * nobody has it for a while, or for ever. */
START_TEST (a_song_that_nobody_ends_is_kept)
{
  static const StationState states[] = {STATION_LISTENING, STATION_WAITING};
  g_autoptr (GHashTable) nobody = g_hash_table_new (g_str_hash, g_str_equal);
  World world;
  begin (&world, 0);
  tell (&world, (StationEvent){.type = STATION_EVENT_STATE, .state = STATION_LISTENING});
  answer_about (&world, "Begun", FALSE);
  pass (&world, 60);
  answer_about (&world, "Begun", FALSE);
  pass (&world, 10);
  if (_i < 2)
    tell (&world, (StationEvent){.type = STATION_EVENT_STATE, .state = states[_i]});
  else
    history_expect (world.history, nobody);
  check_song (&world, "Begun", 0, 60);
  tell (&world, (StationEvent){.type = STATION_EVENT_STATE, .state = STATION_LISTENING});
  pass (&world, 30);
  answer (&world, "Ended");
  check_song (&world, "Ended", 70, 100);
  check_one (world.path, "SELECT count(*) FROM song", "2");
  end (&world);
}
END_TEST

/* ---- what a row says ---- */

static void
enter (World *world, StationState state, gboolean asked)
{
  tell (world, (StationEvent){.type = STATION_EVENT_STATE, .state = state, .asked = asked});
}

/* About the last half minute of the sound, of which @position seconds were heard in this
 * connection. @reason: of the last answer about the song, or NULL. */
static void
say (World *world, const char *genre, const char *title, int position, const char *reason)
{
  const gboolean music = !g_str_equal (genre, "no music");
  const int start = MAX (0, position - 30);
  g_autoptr (GstStructure) structure = gst_structure_new (
      "genreclassify", "genre", G_TYPE_STRING, music ? genre : "unknown", "confidence",
      G_TYPE_DOUBLE, 0.75, "music", G_TYPE_DOUBLE, music ? 1.0 : 0.25, "stream-time",
      GST_TYPE_CLOCK_TIME, (GstClockTime)start * GST_SECOND, "duration", GST_TYPE_CLOCK_TIME,
      (GstClockTime)(position - start) * GST_SECOND, "final", G_TYPE_BOOLEAN, reason != NULL, NULL);
  if (reason)
    gst_structure_set (structure, "reason", G_TYPE_STRING, reason, NULL);
  tell (world, (StationEvent){.type = STATION_EVENT_ANSWER, .answer = structure, .title = title});
}

/* An answer every ten seconds until @position, in real time. */
static void
play (World *world, const char *genre, const char *title, int *position, int until)
{
  for (; *position < until; *position += 10) {
    pass (world, 10);
    say (world, genre, title, *position + 10, NULL);
  }
}

START_TEST (a_song_is_what_most_of_it_is)
{
  int position = 0;
  World world;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Song and news", &position, 60);
  play (&world, "no music", "Song and news", &position, 100);
  pass (&world, 5);
  say (&world, "no music", "Song and news", 105, "title");
  check_one (world.path,
             "SELECT verdict || ' ' || genre || ' ' || confidence || ' ' || music FROM song",
             "music rock 0.75 1.0");
  pass (&world, 10);
  say (&world, "no music", "Only news", 115, "title");
  check_one (world.path, "SELECT verdict || ' ' || music FROM song WHERE title='Only news'",
             "no music 0.25");
  end (&world);
}
END_TEST

/* Loop: that the station is heard is told, or the history begins later. */
START_TEST (a_first_song_begins_when_it_is_heard)
{
  World world;
  begin (&world, 0);
  if (_i == 0)
    enter (&world, STATION_LISTENING, FALSE);
  pass (&world, 11);
  say (&world, "rock", "First", 11, "title");
  pass (&world, 9);
  say (&world, "rock", "Second", 20, "title");
  check_song (&world, "First", 0, 11);
  check_song (&world, "Second", 11, 20);
  end (&world);
}
END_TEST

/* After so many seconds without any sound it is given up. Loop: after an answer, before the first.
 */
START_TEST (what_does_not_come_is_no_part_of_a_song)
{
  int position = 0;
  World world;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  if (_i == 0)
    play (&world, "rock", "Stalled", &position, 60);
  pass (&world, 4 + 15);
  say (&world, "rock", "Stalled", position + 4, "eos");
  enter (&world, STATION_WAITING, FALSE);
  check_song (&world, "Stalled", 0, position + 4);
  enter (&world, STATION_LISTENING, FALSE); /* what was missing lies between */
  pass (&world, 10);
  say (&world, "rock", "Back", 10, "eos");
  check_song (&world, "Back", position + 19, position + 29);
  end (&world);
}
END_TEST

/* With one title, or a show of hours. */
START_TEST (a_song_without_end_is_written_in_pieces)
{
  int position = 0;
  World world;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Radio", &position, 1800);
  play (&world, "jazz", "Radio", &position, 4000);
  check_one (world.path, "SELECT group_concat(genre || ' ' || (end - start), ', ') FROM song",
             "rock 1800, jazz 1800");
  pass (&world, 4 + 15);
  say (&world, "no music", "Radio", 4004, "eos");
  check_one (world.path, "SELECT group_concat(genre || ' ' || (end - start), ', ') FROM song",
             "rock 1800, jazz 1800, jazz 404");
  check_one (world.path, "SELECT count(*) FROM song WHERE title='Radio'", "3");
  end (&world);
}
END_TEST

START_TEST (a_connection_without_titles_is_no_song)
{
  static const StationState states[] = {STATION_WAITING, STATION_LISTENING, STATION_ENDED};
  World world;
  begin (&world, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++) {
    int position = 0;
    enter (&world, STATION_LISTENING, FALSE);
    play (&world, "rock", NULL, &position, i == 0 ? 100 : 4000);
    pass (&world, 3);
    say (&world, "rock", NULL, position + 3, "eos");
    enter (&world, states[i], TRUE);
  }
  check_one (world.path, "SELECT count(*) FROM song", "0");
  check_one (world.path, "SELECT count(*) > 100 FROM minute", "1");
  /* the first title of a connection ends nothing, and was not there all the time */
  int position = 0;
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", NULL, &position, 4000);
  play (&world, "rock", "At last", &position, 4100);
  pass (&world, 3);
  say (&world, "rock", "At last", position + 3, "title");
  check_one (world.path, "SELECT group_concat(end - start) FROM song", "103");
  end (&world);
}
END_TEST

/* As in Ogg without comments, and where a title is taken back. */
START_TEST (what_is_told_apart_is_a_song_without_a_title)
{
  World world;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  for (int position = 200; position <= 600; position += 200) {
    pass (&world, 200);
    say (&world, "rock", NULL, position, "stream");
  }
  check_one (world.path, "SELECT group_concat(end - start) FROM song WHERE title IS NULL",
             "200,200,200");
  end (&world);
}
END_TEST

/* A last answer about nothing but a moment. */
static void
say_too_short (World *world, const char *title, const char *reason)
{
  g_autoptr (GstStructure) probabilities = gst_structure_new (
      "probabilities", "jazz", G_TYPE_DOUBLE, 0.5, "rock", G_TYPE_DOUBLE, 0.5, NULL);
  g_autoptr (GstStructure) structure = gst_structure_new (
      "genreclassify", "genre", G_TYPE_STRING, "unknown", "confidence", G_TYPE_DOUBLE, 0.5, "music",
      G_TYPE_DOUBLE, 0.0, "duration", GST_TYPE_CLOCK_TIME, (GstClockTime)0, "probabilities",
      GST_TYPE_STRUCTURE, probabilities, "final", G_TYPE_BOOLEAN, TRUE, "reason", G_TYPE_STRING,
      reason, NULL);
  tell (world, (StationEvent){.type = STATION_EVENT_ANSWER, .answer = structure, .title = title});
}

/* As where another format comes a moment before another title. */
START_TEST (what_is_too_short_is_no_song)
{
  int position = 0;
  World world;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Song", &position, 60);
  say (&world, "rock", "Song", 60, "caps");
  say_too_short (&world, "Song", "title");
  play (&world, "jazz", "Next", &position, 100);
  say_too_short (&world, "Next", "title"); /* after answers that say something */
  check_one (world.path,
             "SELECT group_concat(title || ' ' || genre || ' ' || (end - start), ', ') FROM song",
             "Song rock 60, Next jazz 40");
  end (&world);
}
END_TEST

/* Loop: each time its last answer comes, or none does. */
START_TEST (a_song_that_breaks_off_and_returns_stays_one)
{
  World world;
  begin (&world, 0);
  for (int i = 0; i < 5; i++) {
    int position = 0;
    enter (&world, STATION_LISTENING, FALSE);
    play (&world, i < 3 ? "rock" : "jazz", "Flap", &position, 50);
    if (_i == 0)
      say (&world, i < 3 ? "rock" : "jazz", "Flap", 50, "eos");
    enter (&world, STATION_WAITING, FALSE);
    g_autofree char *so_far = g_strdup_printf ("1 %d", 50 + 75 * i);
    check_one (world.path, "SELECT count(*) || ' ' || (end - start) FROM song", so_far);
    pass (&world, 20);
    enter (&world, STATION_CONNECTING, FALSE);
    pass (&world, 5);
  }
  check_one (world.path, "SELECT genre FROM song", "rock"); /* of most of it, of 250 s */
  pass (&world, 60);
  int position = 0;
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "jazz", "Flap", &position, 50); /* too late */
  say (&world, "jazz", "Flap", 50, "title");
  check_one (world.path, "SELECT group_concat(end - start) FROM song", "350,50");
  end (&world);
}
END_TEST

/* What plays behind a pause is told by its title, and only of the song that was broken off. */
START_TEST (a_song_that_returns_behind_another_is_another)
{
  World world;
  begin (&world, 0);
  for (int i = 0; i < 3; i++) {
    int position = 0;
    enter (&world, STATION_LISTENING, FALSE);
    play (&world, "rock", i == 1 ? "Other" : "Song", &position, 40);
    enter (&world, STATION_WAITING, FALSE);
    pass (&world, 5);
  }
  check_one (world.path, "SELECT group_concat(title || ' ' || (end - start)) FROM song",
             "Song 40,Other 40,Song 40");
  end (&world);
}
END_TEST

/* A server with a burst: each connection begins with the end of the song before, up to its title.
 * Loop: a connection breaks off behind that, within it, or it is too short to be judged. */
START_TEST (what_a_burst_repeats_is_no_song)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Before", &position, 50);
  say (&world, "rock", "Before", position, "title");
  play (&world, "jazz", "Song", &position, 80);
  for (int i = 0; i < 4; i++) {
    enter (&world, STATION_WAITING, FALSE);
    pass (&world, 5);
    enter (&world, STATION_LISTENING, FALSE);
    if (_i == 2) {
      say_too_short (&world, "Before", "title");
    } else {
      say (&world, "rock", "Before", 10, NULL);
      if (_i == 1 && i % 2 == 0)
        continue;
      say (&world, "rock", "Before", 12, "title");
    }
    position = 12;
    play (&world, "jazz", "Song", &position, 32);
  }
  say (&world, "jazz", "Song", position, "title");
  check_song (&world, "Before", 0, 50);
  check_song (&world, "Song", 50, _i == 1 ? 140 : 180);
  check_one (world.path, "SELECT group_concat(title || ' ' || genre) FROM song",
             "Before rock,Song jazz");
  end (&world);
}
END_TEST

/* As jingles are. Loop: another song follows, it goes on for longer than a burst, nothing follows.
 */
START_TEST (what_is_played_again_behind_a_break_is_kept)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Jingle", &position, 10);
  say (&world, "rock", "Jingle", position, "title");
  play (&world, "jazz", "Song", &position, 50);
  enter (&world, STATION_WAITING, FALSE);
  pass (&world, 10);
  enter (&world, STATION_LISTENING, FALSE);
  position = 0;
  play (&world, "rock", "Jingle", &position, _i == 1 ? 60 : 20);
  if (_i < 2)
    say (&world, "rock", "Jingle", position, "title");
  if (_i == 0)
    play (&world, "pop", "Other", &position, 60);
  if (_i == 1)
    play (&world, "jazz", "Song", &position, 90);
  history_close (g_steal_pointer (&world.history));
  static const char *const songs[] = {"Jingle 10,Song 40,Jingle 20,Other 40",
                                      "Jingle 10,Song 40,Jingle 60,Song 30",
                                      "Jingle 10,Song 40,Jingle 20"};
  check_one (world.path,
             "SELECT group_concat(title || ' ' || (end - start)) FROM (SELECT * FROM song ORDER BY "
             "start)",
             songs[_i]);
  end (&world);
}
END_TEST

/* Loop: the station stays away, or is no more to be heard. */
START_TEST (what_was_played_again_does_not_wait_for_ever)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Again", &position, 30);
  say (&world, "rock", "Again", position, "title");
  play (&world, "jazz", "Song", &position, 60);
  enter (&world, STATION_WAITING, FALSE);
  pass (&world, 5);
  enter (&world, STATION_LISTENING, FALSE);
  position = 0;
  play (&world, "rock", "Again", &position, 40);
  say (&world, "rock", "Again", position, "title");
  check_one (world.path, "SELECT count(*) FROM song", "2"); /* the song may go on */
  if (_i == 0) {
    enter (&world, STATION_WAITING, FALSE);
    pass (&world, 120);
    enter (&world, STATION_WAITING, FALSE);
  } else {
    g_autoptr (GHashTable) none = g_hash_table_new (g_str_hash, g_str_equal);
    history_expect (world.history, none);
  }
  check_one (world.path, "SELECT group_concat(title || ' ' || (end - start)) FROM song",
             "Again 30,Song 30,Again 40");
  end (&world);
}
END_TEST

/* In two parts, since its sound changes before its title does. */
START_TEST (what_a_burst_repeats_may_change_its_format)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "First", &position, 50);
  say (&world, "rock", "First", position, "caps");
  pass (&world, 6);
  position += 6;
  say (&world, "jazz", "First", position, "title");
  play (&world, "jazz", "Second", &position, 96);
  enter (&world, STATION_WAITING, FALSE);
  pass (&world, 5);
  enter (&world, STATION_LISTENING, FALSE);
  say (&world, "rock", "First", 10, "caps");
  say (&world, "jazz", "First", 16, "title");
  position = 16;
  play (&world, "jazz", "Second", &position, 66);
  say (&world, "jazz", "Second", position, "title");
  check_one (world.path, "SELECT group_concat(title || ' ' || (end - start)) FROM song",
             "First 56,Second 95");
  end (&world);
}
END_TEST

/* Nor the rows that another run has written. */
START_TEST (a_burst_reaches_into_no_other_row)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "First", &position, 100);
  history_close (world.history);
  world.history = history_open (world.path, 0, NULL);
  pass (&world, 3);
  enter (&world, STATION_LISTENING, FALSE);
  position = 40;
  say (&world, "jazz", "Second", position, NULL);
  play (&world, "jazz", "Second", &position, 60);
  say (&world, "jazz", "Second", position, "title");
  check_song (&world, "First", 0, 100);
  check_song (&world, "Second", 100, 123);
  end (&world);
}
END_TEST

/* The song before that is remembered over songs that nothing but a break parts. */
START_TEST (a_burst_may_repeat_what_broke_off)
{
  World world;
  begin (&world, 0);
  for (int i = 0; i < 3; i++) {
    int position = 0;
    enter (&world, STATION_LISTENING, FALSE);
    if (i == 2)
      say (&world, "rock", "First", 8, "title");
    play (&world, "rock", i == 0 ? "First" : "Second", &position, 40);
    enter (&world, STATION_WAITING, FALSE);
    pass (&world, 5);
  }
  check_one (world.path, "SELECT group_concat(title || ' ' || (end - start)) FROM song",
             "First 40,Second 85");
  end (&world);
}
END_TEST

/* Its sound comes at once. Loop: at the first connection, or after a song that broke off. */
START_TEST (a_song_in_a_burst_is_as_long_as_its_sound)
{
  World world;
  begin (&world, 0);
  if (_i == 1) {
    int heard = 0;
    enter (&world, STATION_LISTENING, FALSE);
    play (&world, "pop", "Earlier", &heard, 50);
    enter (&world, STATION_WAITING, FALSE);
    pass (&world, 10);
  }
  const int join = _i * 60;
  enter (&world, STATION_LISTENING, FALSE);
  say (&world, "rock", "Burst", 20, "title");
  int position = 20;
  play (&world, "jazz", "Next", &position, 60);
  say (&world, "jazz", "Next", position, "title");
  check_song (&world, "Burst", _i == 0 ? -20 : 50, join);
  check_song (&world, "Next", join, join + 40);
  enter (&world, STATION_WAITING, FALSE);
  pass (&world, 100);
  enter (&world, STATION_LISTENING, FALSE);
  position = 30; /* of a song that goes on */
  say (&world, "rock", "Long", position, NULL);
  play (&world, "rock", "Long", &position, 70);
  say (&world, "rock", "Long", position, "title");
  check_song (&world, "Long", join + 110, join + 180);
  enter (&world, STATION_WAITING, FALSE);
  pass (&world, 3000);
  enter (&world, STATION_LISTENING, FALSE);
  say (&world, "rock", "File", 30, NULL); /* it comes as fast as the network is */
  say (&world, "rock", "File", 600, "title");
  check_song (&world, "File", join + 3120, join + 3180);
  end (&world);
}
END_TEST

/* MP3 whose songs differ in their sound. Loop: titles come late, early, or both at once. */
START_TEST (another_format_of_the_sound_is_no_other_song)
{
  static const char *const songs[] = {"First 48 rock,Second 42 jazz",
                                      "First 36 rock,Second 54 jazz",
                                      "First 42 rock,Second 48 jazz"};
  int position = 0;
  World world;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "First", &position, 30);
  pass (&world, _i == 1 ? 6 : 12);
  position += _i == 1 ? 6 : 12;
  say (&world, "rock", "First", position, _i == 1 ? "title" : "caps");
  if (_i < 2) {
    pass (&world, 6);
    position += 6;
    say (&world, _i == 0 ? "jazz" : "rock", _i == 0 ? "First" : "Second", position,
         _i == 0 ? "title" : "caps");
  }
  pass (&world, 90 - position);
  say (&world, "jazz", "Second", 90, "title");
  check_one (world.path,
             "SELECT group_concat(title || ' ' || (end - start) || ' ' || genre) FROM song",
             songs[_i]);
  end (&world);
}
END_TEST

/* Streams whose songs are told apart by nothing else. */
START_TEST (without_titles_another_format_is_another_song)
{
  int position = 0;
  World world;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", NULL, &position, 50);
  say (&world, "rock", NULL, position, "caps");
  play (&world, "rock", NULL, &position, 90);
  say (&world, "rock", NULL, position, "caps");
  check_one (world.path, "SELECT group_concat(end - start) FROM song", "50,40");
  play (&world, "rock", "Title", &position, 130);
  say (&world, "rock", "Title", position, "caps");
  play (&world, "rock", NULL, &position, 150); /* it was taken back */
  say (&world, "rock", NULL, position, "title");
  check_one (world.path, "SELECT group_concat(end - start) FROM song", "50,40,40,20");
  end (&world);
}
END_TEST

/* Loop: there is room again before it goes on, or while it does. */
START_TEST (a_song_that_breaks_off_while_the_disk_is_full_stays_one)
{
  World world;
  begin (&world, 0);
  answer (&world, NULL);
  g_free (query (world.path, "CREATE TRIGGER full BEFORE INSERT ON song BEGIN SELECT RAISE(FAIL, "
                             "'the disk is full'); END"));
  for (int i = 0; i < 3; i++) {
    int position = 0;
    enter (&world, STATION_LISTENING, FALSE);
    if (i == 2 && _i == 1)
      g_free (query (world.path, "DROP TRIGGER full"));
    play (&world, "rock", "Flap", &position, 50);
    enter (&world, STATION_WAITING, FALSE);
    if (i == 1 && _i == 0)
      g_free (query (world.path, "DROP TRIGGER full"));
    pass (&world, 10);
  }
  history_close (g_steal_pointer (&world.history));
  check_one (world.path, "SELECT group_concat(title || ' ' || (end - start)) FROM song",
             "Flap 170");
  end (&world);
}
END_TEST

/* Loop: the song ends there, or breaks off, and goes on. */
START_TEST (a_moment_behind_half_an_hour_is_no_row)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Long", &position, 1800);
  check_song (&world, "Long", 0, 1800);
  pass (&world, 2);
  say (&world, "rock", "Long", 1802, _i == 0 ? "title" : "eos");
  check_song (&world, "Long", 0, 1802);
  pass (&world, 8);
  position = 1810;
  play (&world, "rock", _i == 0 ? "Next" : "Long", &position, 1900);
  say (&world, "rock", _i == 0 ? "Next" : "Long", 1900, "title");
  if (_i == 0)
    check_song (&world, "Next", 1802, 1900);
  check_one (world.path, "SELECT group_concat(title || ' ' || (end - start), ', ') FROM song",
             _i == 0 ? "Long 1802, Next 98" : "Long 1802, Long 98");
  end (&world);
}
END_TEST

/* It is measured by the song's times. */
START_TEST (a_clock_that_is_set_behind_half_an_hour_loses_nothing)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Long", &position, 2400);
  world.time -= 3600 * SECOND;
  play (&world, "rock", "Long", &position, 3000);
  say (&world, "rock", "Long", 3000, "title");
  check_one (world.path, "SELECT group_concat(end - start, ', ') FROM song", "1800, 1200");
  end (&world);
}
END_TEST

/* What is left of it says nothing about the half hour, also where it comes again. */
START_TEST (half_an_hour_keeps_its_genre)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Long", &position, 1800);
  pass (&world, 2);
  say (&world, "jazz", "Long", 1802, "eos");
  enter (&world, STATION_WAITING, FALSE);
  pass (&world, 5);
  enter (&world, STATION_LISTENING, FALSE);
  position = 1810;
  play (&world, "jazz", "Long", &position, 1840);
  say (&world, "jazz", "Long", 1840, "title");
  check_one (world.path, "SELECT group_concat(genre || ' ' || (end - start), ', ') FROM song",
             "rock 1802, jazz 35");
  end (&world);
}
END_TEST

/* Loop: something of it is still there to be heard, or its connection is found lost. */
START_TEST (a_song_does_not_last_while_the_machine_sleeps)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "One", &position, 120);
  pass (&world, 3600);
  world.slept += 3600 * SECOND;
  if (_i == 0) {
    say (&world, "rock", "One", 125, NULL);
    pass (&world, 10);
    say (&world, "rock", "One", 135, "title");
  } else {
    say (&world, "rock", "One", 125, "eos");
  }
  check_one (world.path, "SELECT group_concat(end - start, ', ') FROM song",
             _i == 0 ? "120, 10" : "125");
  end (&world);
}
END_TEST

/* A file from a server, or a pipe. */
START_TEST (what_has_no_title_goes_on_after_a_sleep)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", NULL, &position, 400);
  pass (&world, 3600);
  world.slept += 3600 * SECOND;
  play (&world, "rock", NULL, &position, 800);
  say (&world, "rock", NULL, 800, "eos");
  enter (&world, STATION_ENDED, FALSE);
  check_one (world.path, "SELECT group_concat(end - start, ', ') FROM song", "800");
  end (&world);
}
END_TEST

/* Of a queue, say, whose records were lost; it is told, or seen by the title. */
START_TEST (a_song_whose_end_is_lost_ends_where_it_was_heard)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "One", &position, 120);
  if (_i == 0)
    history_miss (world.history);
  pass (&world, 14400);
  position += 14400;
  play (&world, "jazz", "Two", &position, 14400 + 180);
  say (&world, "jazz", "Two", position, "title");
  check_one (world.path, "SELECT count(*) FROM song", "2");
  check_song (&world, "One", 0, 120);
  check_song (&world, "Two", 14400 + 120 - 20, 14400 + 180);
  end (&world);
}
END_TEST

/* Loop: it is soon heard again, or it is another one of that title. */
START_TEST (a_song_goes_on_behind_what_is_lost)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "One", &position, 120);
  history_miss (world.history);
  const int lost = _i == 0 ? 20 : 3600;
  pass (&world, lost);
  position += lost;
  play (&world, "rock", "One", &position, 180 + lost);
  say (&world, "rock", "One", position, "title");
  check_one (world.path, "SELECT group_concat(end - start, ', ') FROM song",
             _i == 0 ? "200" : "120, 80");
  end (&world);
}
END_TEST

/* A file or a pipe: a queue loses nothing else of it. */
START_TEST (what_has_no_title_goes_on_behind_what_is_lost)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", NULL, &position, 400);
  history_miss (world.history);
  play (&world, "rock", NULL, &position, 800);
  say (&world, "rock", NULL, 800, "eos");
  enter (&world, STATION_ENDED, FALSE);
  check_one (world.path, "SELECT group_concat(end - start, ', ') FROM song", "800");
  end (&world);
}
END_TEST

/* URLs of stations may have passwords. Loop: a new file, or one that is there. */
START_TEST (a_new_file_is_its_owners)
{
  static const char *const endings[] = {"", "-wal", "-shm"};
  const mode_t before = umask (022);
  World world;
  begin (&world, 0);
  const guint expected = _i == 0 ? 0600 : 0640;
  if (_i == 1) {
    history_close (g_steal_pointer (&world.history));
    ck_assert_int_eq (g_chmod (world.path, 0640), 0);
    world.history = history_open (world.path, 0, NULL);
  }
  answer (&world, "Song");
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *path = g_strconcat (world.path, endings[i], NULL);
    GStatBuf status;
    ck_assert_int_eq (g_stat (path, &status), 0);
    ck_assert_uint_eq ((guint)status.st_mode & 0777, expected);
  }
  end (&world);
  umask (before);
}
END_TEST

/* Or it would be larger than all else on a small disk. */
START_TEST (the_log_stays_small)
{
  const guint64 most = 2000 * 1000;
  World world;
  begin (&world, 0);
  for (int i = 0; i < 2000; i++) {
    pass (&world, 60);
    answer (&world, "Song");
  }
  g_autofree char *log = g_strconcat (world.path, "-wal", NULL);
  GStatBuf status;
  ck_assert_int_eq (g_stat (log, &status), 0);
  ck_assert_uint_lt ((guint64)status.st_size, most);
  end (&world);
}
END_TEST

/* By hand: nothing of it is lost. */
START_TEST (a_row_of_a_song_that_goes_on_may_be_deleted)
{
  World world;
  int position = 0;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Flap", &position, 40);
  enter (&world, STATION_WAITING, FALSE);
  g_free (query (world.path, "DELETE FROM song"));
  pass (&world, 5);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Flap", &position, 60);
  enter (&world, STATION_WAITING, FALSE);
  check_song (&world, "Flap", 0, 65);
  end (&world);
}
END_TEST

/* For seconds in each minute: none of them was heard, nor is one in which it was not there. */
START_TEST (a_moment_is_no_minute)
{
  World world;
  begin (&world, 0);
  world.begin = world.time = world.begin / G_TIME_SPAN_MINUTE * G_TIME_SPAN_MINUTE;
  for (int i = 0; i < 5; i++) {
    enter (&world, STATION_LISTENING, FALSE);
    pass (&world, 8);
    say (&world, "rock", NULL, 8, NULL);
    pass (&world, 4);
    say (&world, "rock", NULL, 12, "eos");
    enter (&world, STATION_WAITING, FALSE);
    pass (&world, 48);
  }
  check_one (world.path, "SELECT count(*) FROM minute", "0");
  enter (&world, STATION_LISTENING, FALSE);
  pass (&world, 10);
  say (&world, "rock", NULL, 10, NULL);
  pass (&world, 5);
  say (&world, "jazz", NULL, 15, NULL);
  check_one (world.path, "SELECT genre FROM minute", "jazz"); /* at once */
  enter (&world, STATION_WAITING, FALSE);
  check_one (world.path, "SELECT count(*) FROM minute", "1");
  end (&world);
}
END_TEST

/* As of --window 5 --interval 50: what lies between windows was heard, too. */
START_TEST (answers_that_are_few_and_short_are_enough)
{
  World world;
  begin (&world, 0);
  world.begin = world.time = world.begin / G_TIME_SPAN_MINUTE * G_TIME_SPAN_MINUTE;
  enter (&world, STATION_LISTENING, FALSE);
  for (guint64 position = 5; position < 300; position += 50) {
    g_autoptr (GstStructure) structure = gst_structure_new (
        "genreclassify", "genre", G_TYPE_STRING, "jazz", "confidence", G_TYPE_DOUBLE, 0.75, "music",
        G_TYPE_DOUBLE, 1.0, "stream-time", GST_TYPE_CLOCK_TIME, (position - 5) * GST_SECOND,
        "duration", GST_TYPE_CLOCK_TIME, 5 * GST_SECOND, NULL);
    pass (&world, position == 5 ? 5 : 50);
    tell (&world, (StationEvent){.type = STATION_EVENT_ANSWER, .answer = structure});
  }
  check_one (world.path, "SELECT count(*) FROM minute", "5");
  end (&world);
}
END_TEST

START_TEST (a_whole_file_is_a_song_without_a_title)
{
  int position = 0;
  World world;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", NULL, &position, 4000);
  say (&world, "rock", NULL, position, "eos");
  enter (&world, STATION_ENDED, FALSE);
  check_one (world.path, "SELECT group_concat(end - start) FROM song WHERE title IS NULL", "4000");
  end (&world);
}
END_TEST

/* Of a queue, from which others hear it to its end. */
START_TEST (a_song_that_plays_when_the_program_ends_is_kept)
{
  int position = 0;
  World world;
  begin (&world, 0);
  enter (&world, STATION_LISTENING, FALSE);
  play (&world, "rock", "Playing", &position, 40);
  history_close (g_steal_pointer (&world.history));
  check_song (&world, "Playing", 0, 40);
  end (&world);
}
END_TEST

/* By whatever name it calls the file. */
static void
check_refused (const World *world)
{
  g_autofree char *link = g_build_filename (world->folder, "link.sqlite", NULL);
  const char *const paths[] = {world->path, link};
  ck_assert_int_eq (symlink ("history.sqlite", link), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;
    ck_assert_ptr_null (history_open (paths[i], 0, &error));
    ck_assert_msg (strstr (error->message, ".sqlite: another genre-radio writes into it"), "%s",
                   error->message);
  }
  ck_assert_int_eq (unlink (link), 0);
}

START_TEST (a_second_writer_is_refused)
{
  World world;
  begin (&world, 0);
  answer (&world, "Song");
  check_refused (&world);
  sqlite3 *reader = history_file_open_for_reading (world.path, NULL);
  ck_assert_ptr_nonnull (reader);
  sqlite3_close (reader);
  ck_assert_int_eq (g_rename (world.path, world.away), 0); /* soon another one is begun there */
  check_refused (&world);
  while (count_said (&world, "moved or removed") == 0)
    answer (&world, NULL);
  check_refused (&world);
  history_close (g_steal_pointer (&world.history));
  world.history = history_open (world.path, 0, NULL); /* what is left of the lock is none */
  ck_assert_ptr_nonnull (world.history);
  end (&world);
}
END_TEST

/* With all that lies beside it, also the lock. */
static void
move_all_away (const World *world)
{
  static const char *const endings[] = {"", "-wal", "-shm", "-lock"};
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *from = g_strconcat (world->path, endings[i], NULL);
    g_autofree char *to = g_strconcat (world->away, endings[i], NULL);
    ck_assert_int_eq (g_rename (from, to), 0);
  }
}

/* Whoever comes first has the next file. */
START_TEST (who_comes_second_waits_with_what_it_has_heard)
{
  World world;
  begin (&world, 0);
  answer (&world, NULL);
  move_all_away (&world);
  History *other = history_open (world.path, 0, NULL);
  ck_assert_ptr_nonnull (other);
  while (count_said (&world, "another genre-radio") == 0)
    answer (&world, NULL);
  pass (&world, 100);
  answer (&world, "Kept");
  check_one (world.path, "SELECT count(*) FROM song", "0");
  history_close (other);
  for (g_autofree char *n = g_strdup ("0"); atoi (n) == 0;) {
    answer (&world, NULL);
    g_free (n);
    n = query (world.path, "SELECT count(*) FROM song");
  }
  check_song (&world, "Kept", 0, 100);
  end (&world);
}
END_TEST

/* Which has said whose it is and nothing else yet. */
START_TEST (an_empty_file_of_another_program_is_refused)
{
  World world;
  g_autoptr (GError) error = NULL;
  begin (&world, 0);
  g_free (query (world.away, "PRAGMA application_id=42"));
  ck_assert_ptr_null (history_open (world.away, 0, &error));
  ck_assert_msg (strstr (error->message, "away.sqlite: the database of another program"), "%s",
                 error->message);
  check_one (world.away, "PRAGMA application_id", "42");
  check_one (world.away, "SELECT count(*) FROM sqlite_schema", "0");
  end (&world);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("history");
  g_setenv ("GENRE_RADIO_HASTE", "1000", TRUE); /* the file is looked at every 60 ms */
  gst_init (NULL, NULL);
  tcase_add_test (tests, a_song_outlives_the_file_that_it_began_in);
  tcase_add_test (tests, a_file_that_was_moved_has_what_was_written_until_then);
  tcase_add_test (tests, a_file_that_was_moved_while_it_is_read_loses_nothing);
  tcase_add_test (tests, a_file_that_was_moved_is_whole_when_the_program_ends);
  tcase_add_test (tests, a_file_that_took_its_place_is_not_mixed_with_it);
  tcase_add_test (tests, a_song_is_no_longer_for_a_file_that_was_missing);
  tcase_add_test (tests, of_what_cannot_be_written_for_long_the_newest_is_kept);
  tcase_add_test (tests, a_full_disk_is_said_once_also_while_old_rows_go);
  tcase_add_test (tests, another_program_locks_the_file);
  tcase_add_test (tests, a_second_writer_is_refused);
  tcase_add_test (tests, an_empty_file_of_another_program_is_refused);
  tcase_add_test (tests, who_comes_second_waits_with_what_it_has_heard);
  tcase_add_test (tests, a_row_that_is_refused_holds_no_others);
  tcase_add_test (tests, a_lock_is_waited_for_behind_a_row_that_is_refused);
  tcase_add_test (tests, a_station_that_was_deleted_comes_back);
  tcase_add_test (tests, a_clock_that_is_ahead_forgets_nothing_for_a_week);
  tcase_add_test (tests, a_file_that_is_opened_late_is_not_emptied);
  tcase_add_test (tests, a_station_has_its_new_name);
  tcase_add_test (tests, a_station_with_two_names_keeps_one);
  tcase_add_test (tests, what_is_heard_by_another_name_meanwhile_is_kept);
  tcase_add_test (tests, a_name_that_nobody_expects_any_more_makes_room);
  tcase_add_test (tests, old_rows_go_a_few_at_a_time);
  tcase_add_loop_test (tests, a_clock_that_is_set_changes_no_length, 0, 2);
  tcase_add_test (tests, the_clock_of_who_tells_it_counts);
  tcase_add_loop_test (tests, a_song_that_nobody_ends_is_kept, 0, 3);
  tcase_add_test (tests, a_song_is_what_most_of_it_is);
  tcase_add_loop_test (tests, a_first_song_begins_when_it_is_heard, 0, 2);
  tcase_add_loop_test (tests, what_does_not_come_is_no_part_of_a_song, 0, 2);
  tcase_add_test (tests, a_song_without_end_is_written_in_pieces);
  tcase_add_test (tests, a_connection_without_titles_is_no_song);
  tcase_add_test (tests, what_is_told_apart_is_a_song_without_a_title);
  tcase_add_test (tests, what_is_too_short_is_no_song);
  tcase_add_loop_test (tests, a_song_that_breaks_off_and_returns_stays_one, 0, 2);
  tcase_add_test (tests, a_song_that_returns_behind_another_is_another);
  tcase_add_loop_test (tests, what_a_burst_repeats_is_no_song, 0, 3);
  tcase_add_loop_test (tests, what_is_played_again_behind_a_break_is_kept, 0, 3);
  tcase_add_loop_test (tests, what_was_played_again_does_not_wait_for_ever, 0, 2);
  tcase_add_test (tests, what_a_burst_repeats_may_change_its_format);
  tcase_add_test (tests, a_burst_reaches_into_no_other_row);
  tcase_add_test (tests, a_burst_may_repeat_what_broke_off);
  tcase_add_loop_test (tests, a_song_in_a_burst_is_as_long_as_its_sound, 0, 2);
  tcase_add_loop_test (tests, another_format_of_the_sound_is_no_other_song, 0, 3);
  tcase_add_test (tests, without_titles_another_format_is_another_song);
  tcase_add_loop_test (tests, a_song_that_breaks_off_while_the_disk_is_full_stays_one, 0, 2);
  tcase_add_loop_test (tests, a_song_whose_end_is_lost_ends_where_it_was_heard, 0, 2);
  tcase_add_loop_test (tests, a_song_goes_on_behind_what_is_lost, 0, 2);
  tcase_add_test (tests, what_has_no_title_goes_on_behind_what_is_lost);
  tcase_add_loop_test (tests, a_new_file_is_its_owners, 0, 2);
  tcase_add_test (tests, the_log_stays_small);
  tcase_add_test (tests, a_row_of_a_song_that_goes_on_may_be_deleted);
  tcase_add_loop_test (tests, a_moment_behind_half_an_hour_is_no_row, 0, 2);
  tcase_add_test (tests, a_clock_that_is_set_behind_half_an_hour_loses_nothing);
  tcase_add_test (tests, half_an_hour_keeps_its_genre);
  tcase_add_loop_test (tests, a_song_does_not_last_while_the_machine_sleeps, 0, 2);
  tcase_add_test (tests, what_has_no_title_goes_on_after_a_sleep);
  tcase_add_test (tests, a_moment_is_no_minute);
  tcase_add_test (tests, answers_that_are_few_and_short_are_enough);
  tcase_add_test (tests, a_whole_file_is_a_song_without_a_title);
  tcase_add_test (tests, a_song_that_plays_when_the_program_ends_is_kept);
  return test_run_within ("history", tests, 120);
}
