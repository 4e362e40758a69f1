/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal keeps what it is told, of several processes at once, and lines of JSON are JSON. */
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "../../../pipelines/tagging/heard.h"
#include "../../../pipelines/tagging/journal.h"
#include "../../../pipelines/jsonline.h"
#include "../../../pipelines/tagging/recovery.h"
#include "test.h"

#define N_PROCESSES 4
#define N_CHANGES 25
#define N_OPENING 8

static char *folder, *file;

static void
set_up (void)
{
  folder = g_dir_make_tmp ("genreclassify-test-XXXXXX", NULL);
  file = g_build_filename (folder, "state", "journal.sqlite", NULL);
}

static void
clear (void)
{
  const char *const names[] = {"state/journal.sqlite",
                               "state/journal.sqlite-wal",
                               "state/journal.sqlite-shm",
                               "state/journal.sqlite-runs",
                               "state",
                               "link",
                               "song-wal",
                               "song-shm",
                               "song"};
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    g_remove (path);
  }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&file, g_free);
}

static Journal *
open_journal (void)
{
  g_autoptr (GError) error = NULL;
  Journal *journal = journal_open (file, &error);
  ck_assert_msg (journal, "%s", error ? error->message : "");
  return journal;
}

static Change *
make_change (const char *path)
{
  Change *change = change_new ();
  change->path = g_strdup (path);
  change->genre = g_strdup ("Pop");
  change->before = (FileVersion){3, 30, 300, g_strdup ("old")};
  change->after = (FileVersion){4, 0, 0, g_strdup ("new")};
  change->delta = g_bytes_new ("\0delta", 6);
  change->pieces = g_bytes_new ("\0pieces", 7);
  change->n_genres_before = 2;
  return change;
}

START_TEST (what_was_heard_is_found_again_under_any_name)
{
  static const char path[] = "/music/\xff\n'; DROP TABLE files; --";
  g_autoptr (Journal) journal = open_journal ();
  const JournalEntry entry = {.path = path,
                              .hearing = "a",
                              .answer = "{}",
                              .version = {1, 2, 3, NULL},
                              .action = "unknown",
                              .time = "2026-01-01T00:00:00Z"};
  ck_assert (journal_put (journal, &entry, NULL));
  const JournalEntry unheard = {
      .path = path, .action = "has-genre", .time = "2026-01-02T00:00:00Z"};
  ck_assert (journal_put (journal, &unheard, NULL));
  FileVersion version;
  g_autofree char *answer = NULL;
  ck_assert (journal_find (journal, path, "a", &version, &answer));
  ck_assert_str_eq (answer, "{}");
  ck_assert_int_eq (version.size, 1);
  ck_assert_int_eq (version.mtime, 2);
  ck_assert_int_eq (version.inode, 3);
  ck_assert (!journal_find (journal, path, "b", &version, &answer));
  ck_assert (!journal_find (journal, "/music/", "a", &version, &answer));
}
END_TEST

static gboolean
is_known (Journal *journal, const FileVersion *expected)
{
  FileVersion version;
  g_autofree char *answer = NULL;
  return journal_find (journal, "/song", "a", &version, &answer) &&
         version.size == expected->size && version.mtime == expected->mtime &&
         version.inode == expected->inode;
}

START_TEST (what_was_heard_holds_for_what_was_written_and_undone_but_for_no_other_version)
{
  g_autoptr (Journal) journal = open_journal ();
  g_autoptr (Change) change = make_change ("/song");
  JournalEntry entry = {
      .path = "/song", .hearing = "a", .answer = "{}", .action = "unknown", .time = "-"};
  entry.version = change->before;
  const FileVersion after = {4, 40, 400, NULL}, restored = {3, 50, 500, NULL};
  ck_assert (journal_put (journal, &entry, NULL));
  ck_assert (journal_intend (journal, change, NULL));
  ck_assert (journal_conclude (journal, change->id, CHANGE_WRITTEN, &after, NULL));
  ck_assert (is_known (journal, &after));
  ck_assert (journal_conclude (journal, change->id, CHANGE_UNDONE, &restored, NULL));
  ck_assert (is_known (journal, &restored));
  entry.version.mtime++; /* of an older song under this name */
  ck_assert (journal_put (journal, &entry, NULL));
  ck_assert (journal_intend (journal, change, NULL));
  ck_assert (journal_conclude (journal, change->id, CHANGE_WRITTEN, &after, NULL));
  ck_assert (is_known (journal, &entry.version));
}
END_TEST

START_TEST (a_folder_has_what_is_below_it_and_nothing_beside_it)
{
  static const char *const paths[] = {"/a/b", "/a/b/c", "/a/b/\xff", "/a/b!", "/a/b0", "/a/bc/d"};
  g_autoptr (Journal) journal = open_journal ();
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (Change) change = make_change (paths[i]);
    ck_assert (journal_intend (journal, change, NULL));
    ck_assert (journal_conclude (journal, change->id, CHANGE_WRITTEN, &change->after, NULL));
  }
  g_autoptr (GPtrArray) found = journal_list_changed (journal, "/a/b", NULL);
  ck_assert_uint_eq (found->len, 3);
  for (guint i = 0; i < found->len; i++)
    ck_assert_str_eq (found->pdata[i], paths[i]);
  g_autoptr (GPtrArray) all = journal_list_changed (journal, NULL, NULL);
  ck_assert_uint_eq (all->len, G_N_ELEMENTS (paths));
  g_autoptr (GPtrArray) changes = journal_find_changes (journal, "/a/b/\xff", CHANGE_WRITTEN, NULL);
  ck_assert_uint_eq (changes->len, 1);
  const Change *change = changes->pdata[0];
  ck_assert_ptr_null (change->genre_before);
  ck_assert_str_eq (change->genre, "Pop");
  ck_assert_uint_eq (g_bytes_get_size (change->delta), 6);
  ck_assert_uint_eq (g_bytes_get_size (change->pieces), 7);
  ck_assert_uint_eq (change->n_genres_before, 2);
}
END_TEST

static void
write_change (Journal *journal, int n)
{
  g_autofree char *path = g_strdup_printf ("/music/%d.mp3", n);
  g_autoptr (Change) change = make_change (path);
  ck_assert (journal_intend (journal, change, NULL));
  ck_assert (journal_conclude (journal, change->id, CHANGE_WRITTEN, &change->after, NULL));
}

static guint n_steps; /* of SQLite's machine */

static int
count_steps (unsigned type, void *user_data, void *statement, void *ns)
{
  n_steps += (guint)sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_VM_STEP, 0);
  return 0;
}

static int
watch (sqlite3 *database, char **error, const void *api)
{
  return sqlite3_trace_v2 (database, SQLITE_TRACE_PROFILE, count_steps, NULL);
}

static guint
count_steps_of_lookup (Journal *journal, const char *path, guint n_expected)
{
  n_steps = 0;
  ck_assert_uint_eq (journal_count_changes (journal, path, CHANGE_WRITTEN), n_expected);
  ck_assert_int_eq (journal_knows_changes (journal, path), n_expected > 0);
  g_autoptr (GPtrArray) found = journal_list_changed (journal, path, NULL);
  ck_assert_uint_eq (found->len, n_expected);
  return n_steps;
}

/* Files of a large collection are looked up one after the other. */
START_TEST (a_long_journal_is_not_read_through_for_one_file)
{
  ck_assert_int_eq (sqlite3_auto_extension ((void (*) (void))watch), SQLITE_OK);
  g_autoptr (Journal) journal = open_journal ();
  sqlite3_reset_auto_extension ();
  write_change (journal, 0);
  const guint known = count_steps_of_lookup (journal, "/music/0.mp3", 1);
  const guint unknown = count_steps_of_lookup (journal, "/music/none.mp3", 0);
  ck_assert_uint_gt (unknown, 0);
  for (int i = 1; i <= N_CHANGES; i++)
    write_change (journal, i);
  ck_assert_uint_lt (count_steps_of_lookup (journal, "/music/0.mp3", 1), 2 * known);
  ck_assert_uint_lt (count_steps_of_lookup (journal, "/music/none.mp3", 0), 2 * unknown);
  ck_assert_uint_gt (count_steps_of_lookup (journal, NULL, N_CHANGES + 1), 2 * known);
}
END_TEST

START_TEST (changes_travel_as_json_whatever_is_in_them)
{
  g_autoptr (Change) change = make_change ("/\xfe\n\"");
  change->genre_before = g_strdup ("\xff");
  change->before.mtime = G_MAXINT64;
  change->before.inode = -1; /* above 2^63 */
  g_autoptr (JsonObject) object = change_to_json (change);
  g_autofree char *line = json_line_new (object);
  ck_assert_ptr_null (strchr (line, '\n'));
  g_autoptr (JsonObject) parsed = json_line_parse (line);
  g_autoptr (Change) back = change_from_json (parsed);
  ck_assert_str_eq (back->path, change->path);
  ck_assert_str_eq (back->genre_before, "\xff");
  ck_assert_str_eq (back->after.digest, "new");
  ck_assert_int_eq (back->before.mtime, G_MAXINT64);
  ck_assert_int_eq (back->before.inode, -1);
  ck_assert (g_bytes_equal (back->delta, change->delta));
  ck_assert (g_bytes_equal (back->pieces, change->pieces));
  ck_assert_uint_eq (back->n_genres_before, 2);
}
END_TEST

START_TEST (numbers_are_json_however_small)
{
  const double numbers[] = {1e-10, 1e-300, 5e-324, 0.25, 1e22, 1e-5, 0, 1};
  g_autoptr (JsonObject) object = json_object_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autofree char *name = g_strdup_printf ("1e-%u.0\\\"", (guint)i);
    json_object_set_double_member (object, name, numbers[i]);
  }
  g_autofree char *line = json_line_new (object);
  g_autoptr (JsonObject) back = json_line_parse (line);
  ck_assert_ptr_nonnull (back);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autofree char *name = g_strdup_printf ("1e-%u.0\\\"", (guint)i);
    ck_assert (json_object_get_double_member (back, name) == numbers[i]);
  }
  ck_assert_ptr_null (strstr (line, "1e-10.0"));
}
END_TEST

/* Each changes files of its own in a process of its own; nobody has made the journal before. */
START_TEST (several_processes_write_at_once)
{
  for (int i = 0; i < N_PROCESSES; i++) {
    if (fork () != 0)
      continue;
    Journal *journal = journal_open (file, NULL);
    gboolean good = TRUE;
    for (int j = 0; good && j < N_CHANGES; j++) {
      g_autofree char *path = g_strdup_printf ("/%d/%d", i, j);
      g_autoptr (Change) change = make_change (path);
      good = journal && journal_intend (journal, change, NULL) &&
             journal_conclude (journal, change->id, CHANGE_WRITTEN, &change->after, NULL);
    }
    _exit (good ? 0 : 1);
  }
  for (int i = 0; i < N_PROCESSES; i++) {
    int status;
    ck_assert_int_gt (wait (&status), 0);
    ck_assert (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  }
  g_autoptr (Journal) journal = open_journal ();
  ck_assert_uint_eq (journal_count_changes (journal, NULL, CHANGE_WRITTEN),
                     N_PROCESSES * N_CHANGES);
}
END_TEST

/* As soon as nobody is left who could write into @gate. */
static void
open_behind (const int *gate)
{
  char nothing;
  close (gate[1]);
  const gboolean opens = read (gate[0], &nothing, 1) == 0;
  _exit (opens && journal_open (file, NULL) ? 0 : 1);
}

/* SQLite does not wait for another process that changes the mode of a new database. */
START_TEST (several_processes_make_it_at_once)
{
  int gate[2], status, n_good = 0;
  ck_assert_int_eq (pipe (gate), 0);
  for (int i = 0; i < N_OPENING; i++)
    if (fork () == 0)
      open_behind (gate);
  close (gate[0]);
  close (gate[1]);
  for (int i = 0; i < N_OPENING; i++)
    n_good += wait (&status) > 0 && WIFEXITED (status) && WEXITSTATUS (status) == 0;
  ck_assert_int_eq (n_good, N_OPENING);
}
END_TEST

static void
on_lost (const char *path, gpointer user_data)
{
  ++*(guint *)user_data;
}

/* A process that has ended without a word while it was at @song, which was "old" and was to become
 * "new!". */
static void
leave_open (const char *song)
{
  g_autofree char *old = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "old", -1);
  g_autofree char *new = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "new!", -1);
  journal_free (open_journal ());
  if (fork () == 0) {
    Journal *journal = journal_open (file, NULL);
    Change *change = make_change (song);
    g_free (change->before.digest);
    g_free (change->after.digest);
    change->before.digest = old;
    change->after.digest = new;
    _exit (journal && journal_intend (journal, change, NULL) ? 0 : 1);
  }
  int status;
  ck_assert (wait (&status) > 0 && WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

/* What comes of it if the file is now @content. */
static ChangeState
recover (const char *content, guint *n_lost)
{
  g_autofree char *song = g_build_filename (folder, "song", NULL);
  ck_assert (g_file_set_contents (song, content, -1, NULL));
  leave_open (song);
  g_autoptr (Journal) journal = open_journal ();
  ck_assert_uint_eq (journal_count_changes (journal, NULL, CHANGE_INTENDED), 1);
  ck_assert (recovery_run (journal, on_lost, NULL, n_lost, NULL));
  for (guint state = CHANGE_WRITTEN; state <= CHANGE_PASSED; state++)
    if (journal_count_changes (journal, NULL, state) == 1)
      return state;
  ck_abort_msg ("it is still open");
}

START_TEST (the_next_run_finds_out_what_a_killed_one_has_done)
{
  guint n_lost = 0;
  /* not the very file that it was: what was written may be elsewhere */
  ck_assert_int_eq (recover ("old", &n_lost), CHANGE_PASSED);
  clear ();
  set_up ();
  ck_assert_int_eq (recover ("new!", &n_lost), CHANGE_WRITTEN);
  ck_assert_uint_eq (n_lost, 0);
  clear ();
  set_up ();
  ck_assert_int_eq (recover ("other", &n_lost), CHANGE_LOST);
  ck_assert_uint_eq (n_lost, 1);
}
END_TEST

/* Who has looked a change up before another run has settled it judges the file as it was then. */
START_TEST (what_another_run_has_settled_meanwhile_stays)
{
  g_autofree char *song = g_build_filename (folder, "song", NULL);
  guint n_lost = 0;
  ChangeState state;
  leave_open (song);
  g_autoptr (Journal) slow = open_journal (), fast = open_journal ();
  g_autoptr (GPtrArray) open = journal_list_open (slow, NULL);
  ck_assert_uint_eq (open->len, 1);
  ck_assert (g_file_set_contents (song, "new!", -1, NULL));
  ck_assert (recovery_run (fast, on_lost, NULL, &n_lost, NULL));
  ck_assert (g_file_set_contents (song, "old", -1, NULL));
  ck_assert (recovery_settle (slow, open->pdata[0], &state, NULL));
  ck_assert_int_eq (state, CHANGE_INTENDED);
  g_autoptr (GPtrArray) changes = journal_find_changes (fast, song, CHANGE_WRITTEN, NULL);
  ck_assert_uint_eq (changes->len, 1);
  ck_assert_ptr_nonnull (((Change *)changes->pdata[0])->delta);
}
END_TEST

/* It is undone again, by a third run. */
START_TEST (what_another_run_has_begun_meanwhile_is_left_to_it)
{
  g_autofree char *song = g_build_filename (folder, "song", NULL);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  const FileVersion target = {3, 0, 0, NULL};
  ChangeState state;
  leave_open (song);
  g_autoptr (Journal) slow = open_journal (), fast = open_journal ();
  g_autoptr (GPtrArray) open = journal_list_open (slow, NULL);
  OpenChange *change = open->pdata[0];
  g_array_append_val (ids, change->change->id);
  ck_assert (journal_intend_undo (fast, ids, song, &target, NULL));
  change->state = CHANGE_UNDOING; /* as the killed run might have been at that */
  ck_assert (g_file_set_contents (song, "new!", -1, NULL));
  ck_assert (recovery_settle (slow, change, &state, NULL));
  ck_assert_uint_eq (journal_count_changes (slow, NULL, CHANGE_UNDOING), 1);
  change->run = journal_get_run (fast);
  ck_assert (recovery_settle (slow, change, &state, NULL));
  ck_assert_int_eq (state, CHANGE_WRITTEN);
  ck_assert_uint_eq (journal_count_changes (slow, NULL, CHANGE_WRITTEN), 1);
}
END_TEST

START_TEST (what_a_run_is_at_is_left_to_it)
{
  g_autoptr (Journal) journal = open_journal (), other = open_journal ();
  g_autoptr (Change) change = make_change ("/song");
  ck_assert (journal_intend (journal, change, NULL));
  g_autoptr (GPtrArray) open = journal_list_open (other, NULL);
  ck_assert_uint_eq (open->len, 0);
}
END_TEST

/* The link is there before the journal, and leads nowhere then. */
START_TEST (what_a_run_is_at_is_left_to_it_by_any_name_of_the_journal)
{
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autofree char *parent = g_path_get_dirname (file);
  ck_assert_int_eq (g_mkdir (parent, 0700), 0);
  ck_assert_int_eq (symlink ("state/journal.sqlite", link), 0);
  g_autoptr (Journal) linked = journal_open (link, NULL), journal = open_journal ();
  g_autoptr (Change) change = make_change ("/song"), other = make_change ("/other");
  ck_assert (journal_intend (linked, change, NULL));
  ck_assert (journal_intend (journal, other, NULL));
  g_autoptr (Journal) again = journal_open (link, NULL);
  Journal *const journals[] = {linked, journal, again};
  for (gsize i = 0; i < G_N_ELEMENTS (journals); i++) {
    g_autoptr (GPtrArray) open = journal_list_open (journals[i], NULL);
    ck_assert_uint_eq (open->len, 0);
  }
}
END_TEST

static JsonObject *
make_heard (const char *genre, double confidence, double music, double threshold)
{
  JsonObject *heard = json_object_new ();
  json_object_set_string_member (heard, "genre", genre);
  json_object_set_double_member (heard, "confidence", confidence);
  json_object_set_double_member (heard, "music", music);
  json_object_set_double_member (heard, "threshold", threshold);
  if (!g_str_equal (genre, "unknown"))
    json_object_set_string_member (heard, "display", "Pop");
  return heard;
}

START_TEST (another_threshold_is_applied_where_the_answer_is_known)
{
  const struct {
    const char *genre;
    double confidence, music, before, now;
    gboolean known;
    const char *expected;
  } cases[] = {
      {"pop", 0.7, 1, -1, -1, TRUE, "pop"},         {"pop", 0.7, 1, -1, 0.8, TRUE, "unknown"},
      {"pop", 0.7, 1, 0.9, 0.6, TRUE, "pop"},       {"pop", 0.7, 1, 0.5, -1, FALSE, NULL},
      {"unknown", 0.4, 1, -1, 0.3, FALSE, NULL},    {"unknown", 0.4, 1, -1, 0.5, TRUE, "unknown"},
      {"unknown", 0.9, 0.2, -1, 0, TRUE, "unknown"}};
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (JsonObject) heard =
        make_heard (cases[i].genre, cases[i].confidence, cases[i].music, cases[i].before);
    ck_assert_int_eq (heard_set_threshold (heard, cases[i].now), cases[i].known);
    if (cases[i].known)
      ck_assert_str_eq (json_object_get_string_member (heard, "genre"), cases[i].expected);
  }
}
END_TEST

/* Behind the journal's back; the first column of the first row, if there is one. */
static int
query (const char *text)
{
  sqlite3 *database;
  sqlite3_stmt *statement;
  ck_assert_int_eq (sqlite3_open (file, &database), SQLITE_OK);
  ck_assert_int_eq (sqlite3_prepare_v2 (database, text, -1, &statement, NULL), SQLITE_OK);
  const int number =
      sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int (statement, 0) : -1;
  ck_assert_int_eq (sqlite3_finalize (statement), SQLITE_OK);
  sqlite3_close (database);
  return number;
}

START_TEST (a_journal_of_the_first_version_is_taken_over)
{
  g_autoptr (Change) old = make_change ("/old"), change = make_change ("/new");
  g_autoptr (Journal) first = open_journal ();
  ck_assert (journal_intend (first, old, NULL));
  ck_assert (journal_conclude (first, old->id, CHANGE_WRITTEN, &old->after, NULL));
  g_clear_pointer (&first, journal_free);
  query ("ALTER TABLE changes DROP COLUMN pieces");
  query ("ALTER TABLE changes DROP COLUMN n_genres_before");
  query ("DROP INDEX changes_by_result");
  query ("DROP INDEX changes_by_digest");
  query ("PRAGMA user_version = 1");
  g_autoptr (Journal) journal = open_journal ();
  ck_assert_int_eq (query ("PRAGMA user_version"), 3);
  ck_assert (journal_intend (journal, change, NULL));
  ck_assert (journal_conclude (journal, change->id, CHANGE_WRITTEN, &change->after, NULL));
  g_autoptr (GPtrArray) before = journal_find_changes (journal, "/old", CHANGE_WRITTEN, NULL);
  g_autoptr (GPtrArray) after = journal_find_changes (journal, "/new", CHANGE_WRITTEN, NULL);
  ck_assert_uint_eq (before->len, 1);
  ck_assert_uint_eq (after->len, 1);
  const Change *without = before->pdata[0], *with = after->pdata[0];
  ck_assert_ptr_null (without->pieces);
  ck_assert (g_bytes_equal (without->delta, old->delta));
  ck_assert (g_bytes_equal (with->pieces, change->pieces));
}
END_TEST

/* From @before to @after, whose times and numbers are 0 if they are of another file system. */
static void
write_over (Journal *journal, const char *path, const FileVersion *before, const FileVersion *after)
{
  g_autoptr (Change) change = make_change (path);
  g_free (change->before.digest);
  g_free (change->after.digest);
  change->before = *before;
  change->after = *after;
  change->before.digest = g_strdup (before->digest);
  change->after.digest = g_strdup (after->digest);
  ck_assert (journal_intend (journal, change, NULL));
  ck_assert (journal_conclude (journal, change->id, CHANGE_WRITTEN, after, NULL));
}

/* From version @from to version @to of one file. */
static void
write_version (Journal *journal, const char *path, gint64 from, gint64 to)
{
  g_autofree char *old = g_strdup_printf ("%" G_GINT64_FORMAT, from);
  g_autofree char *new = g_strdup_printf ("%" G_GINT64_FORMAT, to);
  const FileVersion before = {from > 0 ? 4 : 3, 30 + from, 300 + from, old};
  const FileVersion after = {4, 30 + to, 300 + to, new};
  write_over (journal, path, &before, &after);
}

static void
expect_changes (Journal *journal, const char *path, guint n)
{
  g_autoptr (GPtrArray) changes = journal_find_changes (journal, path, CHANGE_WRITTEN, NULL);
  ck_assert_uint_eq (changes->len, n);
}

START_TEST (a_journal_that_was_made_without_an_index_gets_it)
{
  static const char count[] =
      "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = 'changes_by_digest'";
  journal_free (open_journal ());
  ck_assert_int_eq (query (count), 1);
  query ("DROP INDEX changes_by_digest");
  journal_free (open_journal ());
  ck_assert_int_eq (query (count), 1);
}
END_TEST

START_TEST (changes_follow_a_file_that_was_renamed_between_them)
{
  g_autoptr (Journal) journal = open_journal ();
  write_version (journal, "/music/a", 0, 1);
  write_version (journal, "/music/a", 1, 2);
  write_version (journal, "/music/other", 7, 8);
  write_version (journal, "/music/b", 2, 3);
  expect_changes (journal, "/music/a", 0);
  expect_changes (journal, "/music/b", 3);
  write_version (journal, "/music/c", 3, 4);
  expect_changes (journal, "/music/b", 0);
  expect_changes (journal, "/music/c", 4);
  expect_changes (journal, "/music/other", 1);
}
END_TEST

/* Undoing passes over the other file's. */
START_TEST (changes_follow_a_file_to_the_name_that_another_one_had)
{
  g_autoptr (Journal) journal = open_journal ();
  write_version (journal, "/music/a", 0, 1);
  write_version (journal, "/music/b", 10, 11);
  write_version (journal, "/music/b", 1, 2); /* a, moved onto b */
  expect_changes (journal, "/music/a", 0);
  expect_changes (journal, "/music/b", 3);
}
END_TEST

static void
expect_last (Journal *journal, const char *const *digests, guint n, guint n_songs)
{
  g_autoptr (GPtrArray) changes = journal_list_last_changes (journal, NULL);
  ck_assert_uint_eq (changes->len, n);
  for (guint i = 0; i < n; i++)
    ck_assert_str_eq (((Change *)changes->pdata[i])->after.digest, digests[i]);
  ck_assert_uint_eq (journal_count_changes (journal, NULL, CHANGE_WRITTEN), n_songs);
}

START_TEST (each_file_that_had_a_name_has_a_last_change)
{
  const FileVersion copied = {3, 40, 400, "5"}, tagged = {4, 41, 401, "6"};
  const char *const digests[] = {"2", "11", "6", "6"};
  g_autoptr (Journal) journal = open_journal ();
  write_version (journal, "/music/a", 0, 1);
  write_version (journal, "/music/a", 1, 2);
  expect_last (journal, digests, 1, 1);
  write_version (journal, "/music/a", 10, 11);
  expect_last (journal, digests, 2, 2);
  write_version (journal, "/music/a", 5, 6);
  write_version (journal, "/music/a", 5, 6); /* by two runs at once */
  expect_last (journal, digests, 3, 3);
  write_over (journal, "/music/a", &copied, &tagged); /* another copy of it */
  expect_last (journal, digests, 4, 3);
}
END_TEST

/* Its number and size tell that it is the same one; either alone may be another file's. */
START_TEST (a_file_whose_tags_were_edited_in_place_has_one_last_change)
{
  const FileVersion original = {3, 40, 400, "o"}, tagged = {4, 41, 401, "t"};
  const FileVersion edited = {4, 42, 401, "e"}, again = {4, 43, 403, "a"};
  const FileVersion copy = {4, 50, 500, "c"}, last = {4, 51, 501, "l"};
  const FileVersion other = {5, 60, 501, "d"}, written = {4, 61, 601, "w"};
  const char *const digests[] = {"a", "l", "w"};
  g_autoptr (Journal) journal = open_journal ();
  write_over (journal, "/music/a", &original, &tagged);
  write_over (journal, "/music/a", &edited, &again);
  expect_last (journal, digests, 1, 1);
  write_over (journal, "/music/a", &copy, &last);
  expect_last (journal, digests, 2, 2);
  write_over (journal, "/music/a", &other, &written);
  expect_last (journal, digests, 3, 3);
}
END_TEST

START_TEST (changes_stay_with_a_file_whose_links_were_broken)
{
  g_autoptr (Journal) journal = open_journal ();
  write_version (journal, "/music/a", 0, 1);
  write_version (journal, "/music/a", 1, 2);
  write_version (journal, "/backup/a", 1, 3); /* a second name that it had in between */
  expect_changes (journal, "/music/a", 2);
  expect_changes (journal, "/backup/a", 1);
}
END_TEST

/* A second name of the same file, say. */
START_TEST (changes_stay_with_a_file_that_is_still_there)
{
  g_autoptr (Journal) journal = open_journal ();
  g_autofree char *song = g_build_filename (folder, "song", NULL);
  struct stat status;
  FileVersion version = {0};
  ck_assert (g_file_set_contents (song, "song", -1, NULL));
  ck_assert_int_eq (stat (song, &status), 0);
  file_version_set (&version, &status);
  g_autoptr (Change) first = make_change (song), second = make_change ("/music/link");
  ck_assert (journal_intend (journal, first, NULL));
  ck_assert (journal_conclude (journal, first->id, CHANGE_WRITTEN, &version, NULL));
  g_free (second->before.digest);
  second->before = version;
  second->before.digest = g_strdup (first->after.digest);
  ck_assert (journal_intend (journal, second, NULL));
  ck_assert (journal_conclude (journal, second->id, CHANGE_WRITTEN, &second->after, NULL));
  expect_changes (journal, song, 1);
  expect_changes (journal, "/music/link", 1);
}
END_TEST

/* What a run that lives has yet to write is its own. */
START_TEST (undoing_may_find_what_was_begun_or_lost_or_passed_over)
{
  const ChangeState states[] = {CHANGE_WRITTEN, CHANGE_LOST, CHANGE_PASSED, CHANGE_ABANDONED,
                                CHANGE_UNDONE};
  g_autoptr (Journal) journal = open_journal ();
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++) {
    g_autoptr (Change) change = make_change ("/song");
    ck_assert (journal_intend (journal, change, NULL));
    ck_assert (journal_conclude (journal, change->id, states[i], NULL, NULL));
  }
  g_autoptr (Change) begun = make_change ("/song");
  ck_assert (journal_intend (journal, begun, NULL));
  g_autoptr (GPtrArray) while_it_lives = journal_find_undoable (journal, "/song", NULL);
  ck_assert_uint_eq (while_it_lives->len, 3);
  ck_assert_int_eq (((Change *)while_it_lives->pdata[0])->state, CHANGE_PASSED);
  g_clear_pointer (&journal, journal_free);
  journal = open_journal ();
  g_autoptr (GPtrArray) changes = journal_find_undoable (journal, "/song", NULL);
  g_autoptr (GPtrArray) doubtful = journal_list_doubtful (journal, NULL);
  ck_assert_uint_eq (changes->len, 4);
  ck_assert_int_eq (((Change *)changes->pdata[0])->id, begun->id);
  ck_assert_int_eq (((Change *)changes->pdata[0])->state, CHANGE_INTENDED);
  ck_assert_uint_eq (doubtful->len, 2);
}
END_TEST

START_TEST (nothing_is_intended_in_a_journal_that_has_been_deleted)
{
  g_autoptr (Journal) journal = open_journal ();
  g_autoptr (Change) change = make_change ("/song"), other = make_change ("/other");
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GError) error = NULL;
  ck_assert (journal_intend (journal, change, NULL));
  ck_assert_int_eq (g_remove (file), 0);
  ck_assert (!journal_intend (journal, other, &error));
  ck_assert_msg (strstr (error->message, "moved or deleted"), "%s", error->message);
  g_array_append_val (ids, change->id);
  g_clear_error (&error);
  ck_assert (!journal_intend_undo (journal, ids, "/song", &change->before, &error));
  ck_assert_msg (strstr (error->message, "moved or deleted"), "%s", error->message);
}
END_TEST

START_TEST (a_journal_that_has_been_moved_has_what_was_written)
{
  g_autofree char *away = g_build_filename (folder, "song", NULL);
  Journal *journal = open_journal ();
  for (int i = 0; i < N_CHANGES; i++)
    write_change (journal, i);
  ck_assert_int_eq (g_rename (file, away), 0);
  journal_free (journal);
  g_autoptr (Journal) moved = journal_open_existing (away, NULL);
  ck_assert_ptr_nonnull (moved);
  ck_assert_uint_eq (journal_count_changes (moved, NULL, CHANGE_WRITTEN), N_CHANGES);
}
END_TEST

START_TEST (a_delta_is_kept_as_long_as_it_can_be_needed)
{
  const ChangeState states[] = {CHANGE_WRITTEN, CHANGE_LOST, CHANGE_PASSED, CHANGE_ABANDONED,
                                CHANGE_UNDONE};
  g_autoptr (Journal) journal = open_journal ();
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++) {
    g_autoptr (Change) change = make_change ("/song");
    ck_assert (journal_intend (journal, change, NULL));
    ck_assert (journal_conclude (journal, change->id, states[i], NULL, NULL));
    g_autofree char *text = g_strdup_printf (
        "SELECT delta IS NOT NULL FROM changes WHERE id = %" G_GINT64_FORMAT, change->id);
    ck_assert_int_eq (query (text), i < 3);
  }
}
END_TEST

START_TEST (a_journal_of_the_future_and_one_that_is_none_are_errors)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *parent = g_path_get_dirname (file);
  ck_assert_int_eq (g_mkdir (parent, 0700), 0);
  ck_assert (g_file_set_contents (file, "no database, but rather long, as it happens", -1, NULL));
  ck_assert_ptr_null (journal_open (file, &error));
  ck_assert_msg (strstr (error->message, file), "%s", error->message);
  g_clear_error (&error);
  ck_assert_int_eq (g_remove (file), 0);
  journal_free (open_journal ());
  query ("PRAGMA user_version = 4");
  ck_assert_ptr_null (journal_open (file, &error));
  ck_assert_msg (strstr (error->message, "newer"), "%s", error->message);
  g_clear_error (&error);
  ck_assert_ptr_null (journal_open_existing (file, &error));
  ck_assert_msg (strstr (error->message, "newer"), "%s", error->message);
  ck_assert_int_eq (query ("PRAGMA user_version"), 4);
}
END_TEST

static gint64
time_of (gint64 seconds, long nanoseconds)
{
  struct stat status = {0};
  status.st_mtim = (struct timespec){(time_t)seconds, nanoseconds};
  return file_version_time (&status);
}

START_TEST (times_that_no_number_holds_are_the_last_or_the_first)
{
  ck_assert_int_eq (time_of (1, 5), 1000000005);
  ck_assert_int_eq (time_of (-2, 250000000), -1750000000);
  if (sizeof (time_t) < 8)
    return;
  ck_assert_int_eq (time_of (9223372035, 999999999), G_GINT64_CONSTANT (9223372035999999999));
  ck_assert_int_eq (time_of (-9223372035, 1), G_GINT64_CONSTANT (-9223372034999999999));
  for (gint64 seconds = 9223372037; seconds > 0 && seconds < G_MAXINT64 / 2; seconds *= 2) {
    ck_assert_int_eq (time_of (seconds, 999999999), FILE_VERSION_LAST_TIME);
    ck_assert_int_eq (time_of (-seconds, 0), FILE_VERSION_FIRST_TIME);
  }
  ck_assert_int_eq (time_of (G_MAXINT64, 999999999), FILE_VERSION_LAST_TIME);
  ck_assert_int_eq (time_of (G_MININT64, 0), FILE_VERSION_FIRST_TIME);
}
END_TEST

/* Every number that a version may have travels to the process that keeps the journal, and back. */
START_TEST (the_last_and_the_first_time_travel_as_json)
{
  for (int i = 0; i < 2; i++) {
    g_autoptr (Change) change = make_change ("/song");
    change->before.mtime = i == 0 ? FILE_VERSION_LAST_TIME : FILE_VERSION_FIRST_TIME;
    g_autoptr (JsonObject) object = change_to_json (change);
    g_autofree char *line = json_line_new (object);
    g_autoptr (JsonObject) come = json_line_parse (line);
    g_autoptr (Change) other = change_from_json (come);
    ck_assert_int_eq (other->before.mtime, change->before.mtime);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("journal");
  tcase_add_checked_fixture (tests, set_up, clear);
  tcase_add_test (tests, what_was_heard_is_found_again_under_any_name);
  tcase_add_test (tests,
                  what_was_heard_holds_for_what_was_written_and_undone_but_for_no_other_version);
  tcase_add_test (tests, a_folder_has_what_is_below_it_and_nothing_beside_it);
  tcase_add_test (tests, a_long_journal_is_not_read_through_for_one_file);
  tcase_add_test (tests, changes_travel_as_json_whatever_is_in_them);
  tcase_add_test (tests, times_that_no_number_holds_are_the_last_or_the_first);
  tcase_add_test (tests, the_last_and_the_first_time_travel_as_json);
  tcase_add_test (tests, numbers_are_json_however_small);
  tcase_add_loop_test (tests, several_processes_make_it_at_once, 0, 30);
  tcase_add_loop_test (tests, several_processes_write_at_once, 0, 5);
  tcase_add_test (tests, the_next_run_finds_out_what_a_killed_one_has_done);
  tcase_add_test (tests, what_another_run_has_settled_meanwhile_stays);
  tcase_add_test (tests, what_another_run_has_begun_meanwhile_is_left_to_it);
  tcase_add_test (tests, what_a_run_is_at_is_left_to_it);
  tcase_add_test (tests, what_a_run_is_at_is_left_to_it_by_any_name_of_the_journal);
  tcase_add_test (tests, another_threshold_is_applied_where_the_answer_is_known);
  tcase_add_test (tests, a_journal_of_the_first_version_is_taken_over);
  tcase_add_test (tests, a_journal_that_was_made_without_an_index_gets_it);
  tcase_add_test (tests, changes_follow_a_file_that_was_renamed_between_them);
  tcase_add_test (tests, changes_stay_with_a_file_that_is_still_there);
  tcase_add_test (tests, changes_follow_a_file_to_the_name_that_another_one_had);
  tcase_add_test (tests, each_file_that_had_a_name_has_a_last_change);
  tcase_add_test (tests, a_file_whose_tags_were_edited_in_place_has_one_last_change);
  tcase_add_test (tests, changes_stay_with_a_file_whose_links_were_broken);
  tcase_add_test (tests, undoing_may_find_what_was_begun_or_lost_or_passed_over);
  tcase_add_test (tests, nothing_is_intended_in_a_journal_that_has_been_deleted);
  tcase_add_test (tests, a_journal_that_has_been_moved_has_what_was_written);
  tcase_add_test (tests, a_delta_is_kept_as_long_as_it_can_be_needed);
  tcase_add_test (tests, a_journal_of_the_future_and_one_that_is_none_are_errors);
  return test_run_here ("journal", tests);
}
