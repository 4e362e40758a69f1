/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of a file that is gone since a run was killed at it what that has left beside it comes back,
 * where the file system may have lost its name; elsewhere a person has taken it away. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../../../pipelines/tagging/recovery.h"
#include "../../../pipelines/tagging/replacement.h"
#include "test.h"

static char *folder, *song, *leftover, *file;

static enum { EXCHANGES, DOES_NOT_EXCHANGE, FAILS } file_system;
static guint n_back;

/* In the place of the C library's, for other file systems than the one here. */
int
renameat2 (int folder_of_old, const char *old, int folder_of_new, const char *new,
           unsigned int flags)
{
  if (file_system == EXCHANGES)
    return (int)syscall (SYS_renameat2, folder_of_old, old, folder_of_new, new, flags);
  errno = file_system == FAILS ? EIO : EINVAL;
  return -1;
}

static gboolean
exchanges_here (void)
{
  g_autofree char *other = g_build_filename (folder, "other", NULL);
  ck_assert (g_file_set_contents (song, "", 0, NULL) && g_file_set_contents (other, "", 0, NULL));
  const gboolean good =
      syscall (SYS_renameat2, AT_FDCWD, song, AT_FDCWD, other, RENAME_EXCHANGE) == 0;
  ck_assert (unlink (song) == 0 && unlink (other) == 0);
  return good;
}

static void
set_up (void)
{
  g_autofree char *made = test_make_folder ();
  folder = journal_path_of (made);
  song = g_build_filename (folder, "song", NULL);
  leftover = g_build_filename (folder, ".genre-tag-0123456789", NULL);
  file = g_build_filename (folder, "journal.sqlite", NULL);
}

static void
clear (void)
{
  test_remove_folder (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&song, g_free);
  g_clear_pointer (&leftover, g_free);
  g_clear_pointer (&file, g_free);
}

static char *
digest_of (const char *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static void
undo (Journal *journal, const Change *change, const char *becomes)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree char *digest = digest_of (becomes);
  const FileVersion target = {.size = 3, .digest = digest};
  g_array_append_val (ids, change->id);
  ck_assert (
      journal_conclude (journal, change->id, CHANGE_WRITTEN, &(FileVersion){4, 1, 1, NULL}, NULL));
  ck_assert (journal_intend_undo (journal, ids, change->path, &target, NULL));
}

/* A run that was killed while it was to write "new" into a file with "old", or to undo that such
 * that it becomes @undone; what it has left is the rest. NULL: nothing. */
static void
leave (const char *undone, const char *in_file, const char *in_leftover)
{
  g_autoptr (Journal) journal = journal_open (file, NULL);
  g_autoptr (Change) change = change_new ();
  change->path = g_strdup (song);
  change->before = (FileVersion){3, 30, 300, digest_of ("old")};
  change->after = (FileVersion){3, 0, 0, digest_of ("new")};
  ck_assert (journal_begin_run (journal, NULL) && journal_intend (journal, change, NULL));
  if (undone)
    undo (journal, change, undone);
  ck_assert (!in_file || g_file_set_contents (song, in_file, -1, NULL));
  ck_assert (!in_leftover || g_file_set_contents (leftover, in_leftover, -1, NULL));
}

static void
on_lost (const char *path, gpointer user_data)
{
  ++*(guint *)user_data;
}

static void
on_back (const char *path, gpointer user_data)
{
  ck_assert_str_eq (path, song);
  n_back++;
}

/* How many are neither. */
static guint
recover (void)
{
  guint n_lost = 0;
  g_autoptr (Journal) journal = journal_open (file, NULL);
  n_back = 0;
  ck_assert (recovery_run (journal, on_lost, on_back, &n_lost, NULL));
  return n_lost;
}

static guint
count (ChangeState state)
{
  g_autoptr (Journal) journal = journal_open_existing (file, NULL);
  return journal_count_changes (journal, NULL, state);
}

/* NULL: it is not there. */
static void
assert_has (const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  g_file_get_contents (path, &text, NULL, NULL);
  ck_assert_msg (g_strcmp0 (text, expected) == 0, "%s: %s", path, text ? text : "is not there");
}

START_TEST (what_is_gone_comes_back_as_it_was_to_become)
{
  static const struct {
    const char *undone, *leftover;
    ChangeState state;
  } cases[] = {{NULL, "new", CHANGE_WRITTEN},
               {"old", "old", CHANGE_PASSED},
               {"other", "other", CHANGE_PASSED}};
  file_system = DOES_NOT_EXCHANGE;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    leave (cases[i].undone, NULL, cases[i].leftover);
    ck_assert_uint_eq (recover (), 0);
    ck_assert_uint_eq (n_back, 1);
    assert_has (song, cases[i].leftover);
    assert_has (leftover, NULL);
    ck_assert_uint_eq (count (cases[i].state), 1);
    clear ();
    set_up ();
  }
}
END_TEST

/* It stays open, so that the file is found where it is now; what is left goes where it is sure that
 * the file was there to be taken away. */
START_TEST (what_a_person_has_taken_away_does_not_come_back)
{
  static const struct {
    const char *undone, *leftover;
    int exchanges;
  } cases[] = {{NULL, "old", EXCHANGES},
               {NULL, "new", EXCHANGES},
               {"old", "new", EXCHANGES},
               {"old", "old", EXCHANGES},
               {NULL, "old", DOES_NOT_EXCHANGE},
               {"old", "new", DOES_NOT_EXCHANGE},
               {NULL, "new", FAILS}};
  for (gsize i = exchanges_here () ? 0 : 4; i < G_N_ELEMENTS (cases); i++) {
    file_system = cases[i].exchanges;
    leave (cases[i].undone, NULL, cases[i].leftover);
    ck_assert_uint_eq (recover (), 0);
    ck_assert_uint_eq (n_back, 0);
    assert_has (song, NULL);
    assert_has (leftover, file_system == EXCHANGES ? NULL : cases[i].leftover);
    ck_assert_uint_eq (count (cases[i].undone ? CHANGE_UNDOING : CHANGE_INTENDED), 1);
    clear ();
    set_up ();
  }
}
END_TEST

START_TEST (of_two_that_were_left_the_later_one_comes_back)
{
  g_autofree char *earlier = g_build_filename (folder, ".genre-tag-abcdefghij", NULL);
  file_system = DOES_NOT_EXCHANGE;
  leave (NULL, NULL, "new");
  ck_assert (g_file_set_contents (earlier, "old", -1, NULL));
  recover ();
  assert_has (song, "new");
  assert_has (leftover, NULL);
  assert_has (earlier, NULL);
}
END_TEST

/* It may be all that there is of another file, of which another journal knows. */
START_TEST (what_nobody_knows_stays_where_a_name_may_have_been_lost)
{
  file_system = DOES_NOT_EXCHANGE;
  leave (NULL, NULL, "what an editor has saved");
  recover ();
  assert_has (song, NULL);
  assert_has (leftover, "what an editor has saved");
  ck_assert_uint_eq (count (CHANGE_INTENDED), 1);
  ck_assert (g_file_set_contents (song, "old", -1, NULL));
  recover ();
  assert_has (song, "old");
  assert_has (leftover, "what an editor has saved");
  ck_assert_uint_eq (count (CHANGE_PASSED), 1);
}
END_TEST

/* What stood before the change was never undone: to take it back once more would be of no use. */
START_TEST (undoing_that_was_refused_does_not_say_that_the_change_has_come_about)
{
  leave ("other", "old", NULL);
  ck_assert_uint_eq (recover (), 1);
  ck_assert_uint_eq (count (CHANGE_LOST), 1);
  clear ();
  set_up ();
  leave ("other", "new", NULL);
  ck_assert_uint_eq (recover (), 0);
  ck_assert_uint_eq (count (CHANGE_WRITTEN), 1);
}
END_TEST

/* A backup may have been put where what was written was. */
START_TEST (a_change_is_abandoned_only_if_the_very_file_is_as_it_was)
{
  struct stat status;
  ck_assert (g_file_set_contents (song, "old", -1, NULL) && stat (song, &status) == 0);
  g_autoptr (Change) change = change_new ();
  change->path = g_strdup (song);
  file_version_set (&change->before, &status);
  change->before.digest = digest_of ("old");
  change->after = (FileVersion){3, 0, 0, digest_of ("new")};
  for (int is_backup = 0; is_backup < 2; is_backup++) {
    g_autoptr (Journal) journal = journal_open (file, NULL);
    ck_assert (journal_begin_run (journal, NULL) && journal_intend (journal, change, NULL));
    g_clear_pointer (&journal, journal_free);
    change->before.mtime--;
    ck_assert_uint_eq (recover (), 0);
    ck_assert_uint_eq (count (CHANGE_ABANDONED), 1);
    ck_assert_uint_eq (count (CHANGE_PASSED), is_backup);
  }
}
END_TEST

/* The journal may be another one than that of the run that was killed. */
START_TEST (who_does_not_know_what_was_left_removes_it_only_where_it_is_of_no_use)
{
  leave (NULL, NULL, "new");
  for (file_system = FAILS; file_system > EXCHANGES; file_system--) {
    replacement_remove_leftovers_beside (song);
    assert_has (leftover, "new");
  }
  if (!exchanges_here ())
    return;
  replacement_remove_leftovers_beside (song);
  assert_has (leftover, NULL);
}
END_TEST

START_TEST (what_is_there_is_not_replaced)
{
  static const char *const files[] = {"old", "new", "what an editor has saved"};
  file_system = DOES_NOT_EXCHANGE;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    leave (NULL, files[i], "new");
    ck_assert_uint_eq (recover (), i == 2);
    assert_has (song, files[i]);
    assert_has (leftover, i == 2 ? "new" : NULL); /* perhaps it is another song */
    clear ();
    set_up ();
  }
}
END_TEST

/* It may be a copy: the file that was written keeps its number and time. */
START_TEST (undoing_that_was_refused_leaves_what_is_known_of_the_file)
{
  leave ("other", "new", NULL);
  ck_assert_uint_eq (recover (), 0);
  g_autoptr (Journal) journal = journal_open_existing (file, NULL);
  g_autoptr (GPtrArray) changes = journal_find_changes (journal, song, CHANGE_WRITTEN, NULL);
  ck_assert_uint_eq (changes->len, 1);
  const Change *change = changes->pdata[0];
  ck_assert_int_eq (change->after.mtime, 1); /* as undo() says */
  ck_assert_int_eq (change->after.inode, 1);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("recovery");
  tcase_add_checked_fixture (tests, set_up, clear);
  tcase_add_test (tests, what_is_gone_comes_back_as_it_was_to_become);
  tcase_add_test (tests, what_a_person_has_taken_away_does_not_come_back);
  tcase_add_test (tests, of_two_that_were_left_the_later_one_comes_back);
  tcase_add_test (tests, what_nobody_knows_stays_where_a_name_may_have_been_lost);
  tcase_add_test (tests, undoing_that_was_refused_does_not_say_that_the_change_has_come_about);
  tcase_add_test (tests, a_change_is_abandoned_only_if_the_very_file_is_as_it_was);
  tcase_add_test (tests, who_does_not_know_what_was_left_removes_it_only_where_it_is_of_no_use);
  tcase_add_test (tests, what_is_there_is_not_replaced);
  tcase_add_test (tests, undoing_that_was_refused_leaves_what_is_known_of_the_file);
  return test_run ("recovery", tests);
}
