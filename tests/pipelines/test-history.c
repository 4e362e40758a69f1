/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history while its file is moved, its disk is full and the clock is set: events are told to it
 * as a radio would, with times of our own. */
#include "history.h"
#include "test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URI "http://a/1"
#define SECOND G_TIME_SPAN_SECOND
#define LONG_AGO 1000 /* s since 1970 */

typedef struct {
  char *folder, *path, *away, *said; /* what was said on standard error */
  const char *name;                  /* of the station */
  History *history;
  gint64 begin, time, monotonic; /* µs; the clocks of the next event */
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

static void
tell (World *world, StationEvent event)
{
  event.time = world->time;
  event.monotonic = world->monotonic;
  event.key = URI "\n";
  event.uri = URI;
  event.name = world->name;
  event.state = STATION_LISTENING;
  history_observe (&event, world->history);
}

/* @title: the song that ends; NULL: it goes on. */
static void
answer (World *world, const char *title)
{
  g_autoptr (GstStructure) structure =
      gst_structure_new ("genreclassify", "genre", G_TYPE_STRING, "jazz", "confidence",
                         G_TYPE_DOUBLE, 0.75, "music", G_TYPE_DOUBLE, 1.0, "reason", G_TYPE_STRING,
                         "title", "final", G_TYPE_BOOLEAN, title != NULL, NULL);
  tell (world, (StationEvent){.type = STATION_EVENT_ANSWER, .answer = structure, .title = title});
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

/* Where there can be no file, songs go on ending: they are written when there is one. */
START_TEST (a_song_is_no_longer_for_a_file_that_was_missing)
{
  World world;
  begin (&world, 0);
  answer (&world, NULL);
  ck_assert_int_eq (g_rename (world.path, world.away), 0);
  ck_assert_int_eq (g_mkdir (world.path, 0700), 0); /* nothing can be opened there */
  while (count_said (&world, "unable to open") == 0)
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
 * is written as soon as that can be. */
START_TEST (another_program_locks_the_file)
{
  const int n = 60;
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
  sqlite3_close (other);
  pass (&world, 60);
  answer (&world, "Last");
  for (int i = 0; i < n; i++) {
    g_autofree char *title = g_strdup_printf ("Song %d", i);
    check_song (&world, title, 60 * i, 60 * (i + 1));
  }
  check_song (&world, "Last", 60 * n, 60 * (n + 1));
  g_autofree char *minutes = query (world.path, "SELECT count(*) FROM minute");
  ck_assert_int_eq (atoi (minutes), n + 2);
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

int
main (void)
{
  TCase *tests = tcase_create ("history");
  g_setenv ("GENRE_RADIO_HASTE", "1000", TRUE); /* the file is looked at every 60 ms */
  gst_init (NULL, NULL);
  tcase_add_test (tests, a_song_outlives_the_file_that_it_began_in);
  tcase_add_test (tests, a_song_is_no_longer_for_a_file_that_was_missing);
  tcase_add_test (tests, a_full_disk_is_said_once_also_while_old_rows_go);
  tcase_add_test (tests, another_program_locks_the_file);
  tcase_add_test (tests, a_station_has_its_new_name);
  tcase_add_test (tests, old_rows_go_a_few_at_a_time);
  tcase_add_loop_test (tests, a_clock_that_is_set_changes_no_length, 0, 2);
  return test_run_within ("history", tests, 120);
}
