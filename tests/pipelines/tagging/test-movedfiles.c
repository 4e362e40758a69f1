/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that were written and have another name now: by what they are, or by what is in them, each
 * once. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "../../../pipelines/tagging/digest.h"
#include "../../../pipelines/tagging/movedfiles.h"
#include "../../../pipelines/tagging/pieces.h"
#include "test.h"

static char *folder;
static Journal *journal;

static char *
place_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
set_up (void)
{
  folder = g_dir_make_tmp ("genreclassify-test-XXXXXX", NULL);
  g_autofree char *file = place_of ("journal.sqlite");
  journal = journal_open (file, NULL);
  ck_assert_ptr_nonnull (journal);
}

static void
clear (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  g_clear_pointer (&journal, journal_free);
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = place_of (name);
    g_remove (path);
  }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

static void
make_file (const char *name, const char *content)
{
  g_autofree char *path = place_of (name);
  ck_assert (g_file_set_contents (path, content, -1, NULL));
}

/* What is at @name now was to be written when it was at @former. (transfer full) */
static Change *
note_intent (const char *former, const char *name, const char *pieces)
{
  g_autofree char *path = place_of (name);
  Change *change = change_new ();
  struct stat status;
  ck_assert_int_eq (stat (path, &status), 0);
  change->path = place_of (former);
  change->genre = g_strdup ("Pop");
  change->before.digest = g_strdup_printf ("before %s", name);
  change->pieces = pieces ? g_bytes_new (pieces, strlen (pieces)) : NULL;
  file_version_set (&change->after, &status);
  change->after.digest = digest_of_file (path, NULL);
  ck_assert (journal_intend (journal, change, NULL));
  return change;
}

/* It was written. */
static void
note_song (const char *former, const char *name, const char *pieces)
{
  g_autoptr (Change) change = note_intent (former, name, pieces);
  ck_assert (journal_conclude (journal, change->id, CHANGE_WRITTEN, &change->after, NULL));
}

static void
note_change (const char *former, const char *name)
{
  note_song (former, name, NULL);
}

/* As a run after this one does. */
static void
open_anew (void)
{
  g_autofree char *file = place_of ("journal.sqlite");
  journal_free (journal);
  journal = journal_open (file, NULL);
  ck_assert_ptr_nonnull (journal);
}

static MovedFiles *
list_moved (void)
{
  MovedFiles *moved = moved_files_new (journal, NULL);
  ck_assert_ptr_nonnull (moved);
  return moved;
}

/* @expected: NULL: nowhere. */
static void
check_found (MovedFiles *moved, const char *name, gboolean by_content, const char *expected)
{
  g_autofree char *path = place_of (name);
  g_autofree char *found = moved_files_find (moved, path, by_content);
  g_autofree char *place = found ? g_path_get_basename (found) : NULL;
  ck_assert_pstr_eq (place, expected);
}

START_TEST (each_of_those_of_one_version_is_found_once_in_their_order)
{
  make_file ("new", "song");
  note_change ("b", "new"); /* as hard links are */
  note_change ("a", "new");
  g_autoptr (MovedFiles) moved = list_moved ();
  check_found (moved, "new", FALSE, "a");
  check_found (moved, "new", FALSE, "b");
  check_found (moved, "new", FALSE, NULL);
  check_found (moved, "new", TRUE, NULL);
}
END_TEST

START_TEST (a_copy_of_the_same_size_was_not_renamed)
{
  make_file ("new", "song");
  make_file ("copy", "song");
  make_file ("other", "gnos");
  note_change ("old", "new");
  g_autoptr (MovedFiles) moved = list_moved ();
  check_found (moved, "copy", FALSE, NULL);
  check_found (moved, "other", FALSE, NULL);
  check_found (moved, "other", TRUE, NULL);
  check_found (moved, "copy", TRUE, "old");
  check_found (moved, "new", FALSE, NULL);
}
END_TEST

START_TEST (of_several_with_the_same_bytes_the_one_of_the_same_name)
{
  g_autofree char *there = place_of ("there");
  ck_assert_int_eq (g_mkdir (there, 0700), 0);
  make_file ("b", "song");
  note_change ("a", "b");
  note_change ("c", "b");
  note_change ("gone/b", "b"); /* whose folder is not there */
  note_change ("there/b", "b");
  g_autoptr (MovedFiles) moved = list_moved ();
  check_found (moved, "b", TRUE, "b");
  check_found (moved, "b", TRUE, "a");
  check_found (moved, "b", TRUE, "c");
  check_found (moved, "b", TRUE, NULL);
}
END_TEST

static void
check_missing (MovedFiles *moved, guint n_expected, const char *expected)
{
  guint n_files;
  g_autoptr (GPtrArray) missing = moved_files_take_missing (moved, &n_files);
  g_autofree char *place = expected ? place_of (expected) : NULL;
  ck_assert_uint_eq (n_files, n_expected);
  ck_assert_uint_eq (missing->len, expected ? 1 : 0);
  if (expected)
    ck_assert_str_eq (missing->pdata[0], place);
}

START_TEST (folders_without_which_nothing_is_found_are_told_once)
{
  make_file ("a", "song");
  make_file ("b", "gnos");
  note_change ("gone/one/a", "a");
  note_change ("gone/b", "b");
  g_autoptr (MovedFiles) moved = list_moved ();
  check_missing (moved, 0, NULL);
  check_found (moved, "a", TRUE, NULL);
  check_found (moved, "b", TRUE, NULL);
  check_missing (moved, 2, "gone");
  check_missing (moved, 0, NULL);
  check_found (moved, "a", FALSE, "a");
  check_found (moved, "a", TRUE, NULL);
  check_missing (moved, 0, NULL); /* it was found otherwise */
}
END_TEST

START_TEST (where_something_else_has_the_name_the_bytes_do_not_tell)
{
  make_file ("new", "song");
  make_file ("copy", "song");
  note_change ("old", "new");
  make_file ("old", "else");
  g_autoptr (MovedFiles) moved = list_moved ();
  check_found (moved, "copy", TRUE, NULL);
  check_found (moved, "new", TRUE, NULL);
  check_found (moved, "new", FALSE, "old");
}
END_TEST

START_TEST (what_is_where_it_was_is_not_looked_for)
{
  make_file ("old", "song");
  make_file ("copy", "song");
  note_change ("old", "old");
  g_autoptr (MovedFiles) moved = list_moved ();
  check_found (moved, "old", FALSE, NULL);
  check_found (moved, "copy", TRUE, NULL);
}
END_TEST

START_TEST (each_of_those_that_had_a_name_is_found)
{
  make_file ("first", "song");
  note_change ("old", "first");
  make_file ("second", "gnos");
  note_change ("old", "second");
  g_autoptr (MovedFiles) moved = list_moved ();
  check_found (moved, "first", FALSE, "old");
  check_found (moved, "second", FALSE, "old");
  check_found (moved, "first", FALSE, NULL);
}
END_TEST

static void
check_name (MovedFiles *moved, const char *name, gboolean is_there, gboolean is_copy)
{
  g_autofree char *path = place_of (name);
  ck_assert_int_eq (moved_files_is_there (moved, journal, path), is_there);
  ck_assert_int_eq (moved_files_is_copy (moved, journal, path), is_copy);
}

/* Of two songs that had one name the first was moved. */
START_TEST (what_has_the_name_now_is_a_written_song_or_a_copy_or_neither)
{
  g_autofree char *first = g_strnfill (PIECE, 'a'), *second = g_strnfill (PIECE, 'b');
  g_autofree char *changed = g_strconcat ("mine", second, NULL);
  g_autofree char *copy = g_strconcat ("mine", first, NULL);
  make_file ("new", first);
  note_song ("old", "new", first);
  make_file ("old", second);
  note_song ("old", "old", second);
  g_autoptr (MovedFiles) moved = list_moved ();
  check_found (moved, "new", FALSE, "old");
  check_name (moved, "old", TRUE, FALSE);
  make_file ("old", changed);
  check_name (moved, "old", TRUE, FALSE);
  make_file ("old", copy);
  check_name (moved, "old", FALSE, TRUE);
  make_file ("old", "another song");
  check_name (moved, "old", FALSE, FALSE);
}
END_TEST

START_TEST (what_a_killed_run_was_at_is_found_by_its_bytes)
{
  make_file ("new", "song");
  change_free (note_intent ("old", "new", NULL));
  g_autoptr (MovedFiles) at_work = list_moved ();
  check_found (at_work, "new", TRUE, NULL);
  open_anew ();
  g_autoptr (MovedFiles) moved = list_moved ();
  check_found (moved, "new", FALSE, NULL);
  check_found (moved, "new", TRUE, "old");
  make_file ("old", "else");
  g_autoptr (MovedFiles) replaced = list_moved ();
  check_found (replaced, "new", TRUE, NULL);
}
END_TEST

START_TEST (what_was_lost_to_the_journal_is_found_by_its_bytes)
{
  make_file ("new", "song");
  g_autoptr (Change) change = note_intent ("old", "new", NULL);
  ck_assert (journal_conclude (journal, change->id, CHANGE_LOST, NULL, NULL));
  g_autoptr (MovedFiles) moved = list_moved ();
  check_found (moved, "new", TRUE, "old");
}
END_TEST

/* Wherever they are, also across the places at which it stops to read on; half of them do. */
START_TEST (pieces_are_found_wherever_they_are)
{
  enum { STRETCH = 1 << 20, SIZE = 5 * STRETCH / 2 };
  const goffset places[] = {0,
                            STRETCH - PIECE - 1,
                            STRETCH - PIECE,
                            STRETCH - 1,
                            2 * STRETCH - 3 * PIECE,
                            2 * STRETCH - PIECE - 31,
                            2 * STRETCH,
                            SIZE - PIECE};
  g_autofree char *path = place_of ("long");
  g_autofree char *sound = g_malloc0 (SIZE);
  char both[2 * PIECE];
  for (gsize i = 0; i < sizeof both; i++)
    both[i] = (char)(i + 1);
  g_autoptr (GBytes) pieces = g_bytes_new (both, sizeof both);
  g_autoptr (GBytes) another = g_bytes_new (both, PIECE);
  g_autoptr (GBytes) none = g_bytes_new (NULL, 0);
  GBytes *const many[] = {another, pieces, none, NULL, pieces};
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    memcpy (sound + places[i], both + PIECE, PIECE);
    ck_assert (g_file_set_contents (path, sound, SIZE, NULL));
    const int fd = open (path, O_RDONLY | O_CLOEXEC);
    ck_assert_msg (pieces_are_in (pieces, fd, NULL), "not found in place %u", i);
    g_autofree gboolean *are_in = pieces_are_in_each (many, G_N_ELEMENTS (many), fd, NULL);
    for (guint j = 0; j < G_N_ELEMENTS (many); j++)
      ck_assert_msg (are_in[j] == (many[j] == pieces), "not found in place %u of %u", i, j);
    close (fd);
    memset (sound + places[i], 0, PIECE);
  }
  ck_assert (g_file_set_contents (path, sound, SIZE, NULL));
  const int fd = open (path, O_RDONLY | O_CLOEXEC);
  ck_assert (!pieces_are_in (pieces, fd, NULL));
  close (fd);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("movedfiles");
  tcase_add_checked_fixture (tests, set_up, clear);
  tcase_add_test (tests, each_of_those_of_one_version_is_found_once_in_their_order);
  tcase_add_test (tests, a_copy_of_the_same_size_was_not_renamed);
  tcase_add_test (tests, of_several_with_the_same_bytes_the_one_of_the_same_name);
  tcase_add_test (tests, folders_without_which_nothing_is_found_are_told_once);
  tcase_add_test (tests, where_something_else_has_the_name_the_bytes_do_not_tell);
  tcase_add_test (tests, what_is_where_it_was_is_not_looked_for);
  tcase_add_test (tests, each_of_those_that_had_a_name_is_found);
  tcase_add_test (tests, what_has_the_name_now_is_a_written_song_or_a_copy_or_neither);
  tcase_add_test (tests, what_a_killed_run_was_at_is_found_by_its_bytes);
  tcase_add_test (tests, what_was_lost_to_the_journal_is_found_by_its_bytes);
  tcase_add_test (tests, pieces_are_found_wherever_they_are);
  return test_run_here ("movedfiles", tests);
}
