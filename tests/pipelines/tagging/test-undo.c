/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody else has taken back, before or while this run is at it, is taken back; what they
 * have made of it otherwise stays. Of a name that several files had each keeps its own changes. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "../../../pipelines/tagging/undo.h"
#include "test.h"

#define LONG 4096 /* bytes of a file, a delta of which is shorter */

static char *folder, *song, *before, *after;
static gsize size;

static char *
make_song (const char *sound, const char *end)
{
  GString *text = g_string_sized_new (LONG);
  while (text->len < LONG)
    g_string_append_printf (text, "%zu of %s, ", text->len, sound);
  g_string_append (text, end);
  size = text->len;
  return g_string_free (text, FALSE);
}

static char *
make_content (const char *end)
{
  return make_song ("many", end);
}

static void
set_up (void)
{
  char *made = test_make_folder ();
  char *real = realpath (made, NULL);
  folder = g_strdup (real);
  song = g_build_filename (folder, "song", NULL);
  before = make_content ("old");
  after = make_content ("new");
  free (real);
  g_free (made);
}

static void
clear (void)
{
  test_remove_folder (folder);
  g_free (folder);
  g_free (song);
  g_free (before);
  g_free (after);
}

static void
set_song (const char *content)
{
  ck_assert (g_file_set_contents (song, content, (gssize)size, NULL));
}

/* A change of what has this name from @from to @to. */
static Change *
write_over (const char *from, const char *to, gint64 id)
{
  const ReplacementOptions options = {0};
  struct stat status;
  Change *change = change_new ();
  size = strlen (from);
  set_song (from);
  g_autoptr (Replacement) replacement = replacement_new (song, NULL, &options, NULL);
  ck_assert_ptr_nonnull (replacement);
  ck_assert_int_eq (pwrite (replacement_get_draft (replacement), to, size, 0), (gssize)size);
  ck_assert (undo_describe (change, replacement, NULL, NULL));
  ck_assert (replacement_commit (replacement, &status, NULL));
  change->id = id;
  change->genre = g_strdup ("Rock");
  file_version_set (&change->after, &status);
  return change;
}

/* The change from what it was before to what it is after. @known: for undo_treat() (transfer full)
 */
static JsonObject *
write_song (gboolean kept_time)
{
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  Change *change = write_over (before, after, 1);
  change->kept_time = kept_time;
  g_ptr_array_add (changes, change);
  return undo_to_json (changes, FALSE);
}

static const char *meanwhile; /* content that somebody else gives it */

static gboolean
be_overtaken (JsonObject *intent, gpointer user_data, GError **error)
{
  if (meanwhile)
    set_song (meanwhile);
  return TRUE;
}

static JsonObject *
undo_song (JsonObject *known, gboolean look)
{
  const UndoOptions options = {.look = look, .intend = be_overtaken};
  return undo_treat (&options, song, known);
}

static void
assert_song (const char *content)
{
  g_autofree char *text = NULL;
  ck_assert (g_file_get_contents (song, &text, NULL, NULL));
  ck_assert_str_eq (text, content);
}

static void
assert_action (JsonObject *object, const char *action, gboolean for_journal)
{
  JsonObject *journal = json_object_has_member (object, "journal")
                            ? json_object_get_object_member (object, "journal")
                            : NULL;
  ck_assert_str_eq (json_object_get_string_member_with_default (object, "action", "none"), action);
  ck_assert_int_eq (journal && json_object_has_member (journal, "undone"), for_journal);
}

START_TEST (a_file_becomes_what_it_was)
{
  meanwhile = NULL;
  g_autoptr (JsonObject) known = write_song (FALSE);
  g_autoptr (JsonObject) look = undo_song (known, TRUE);
  assert_action (look, "would-restore", FALSE);
  assert_song (after);
  g_autoptr (JsonObject) object = undo_song (known, FALSE);
  assert_action (object, "restored", TRUE);
  assert_song (before);
}
END_TEST

START_TEST (what_is_back_already_is_left_alone_and_noted)
{
  struct stat status, now;
  meanwhile = NULL;
  g_autoptr (JsonObject) known = write_song (FALSE);
  set_song (before);
  ck_assert_int_eq (stat (song, &status), 0);
  for (int look = 0; look < 2; look++) {
    g_autoptr (JsonObject) object = undo_song (known, look);
    assert_action (object, "restored-already", !look);
    ck_assert_int_eq (stat (song, &now), 0);
    ck_assert (person_file_is_same (&now, &status));
  }
}
END_TEST

/* Nothing has to be written into it. */
START_TEST (what_is_back_already_may_be_read_only_or_have_several_names)
{
  g_autofree char *other = g_build_filename (folder, "other", NULL);
  meanwhile = NULL;
  for (int is_back = 0; is_back < 2; is_back++) {
    g_autoptr (JsonObject) known = write_song (FALSE);
    set_song (is_back ? before : after);
    ck_assert_int_eq (chmod (song, 0444), 0);
    for (int look = 0; look < 2; look++) {
      g_autoptr (JsonObject) read_only = undo_song (known, look);
      assert_action (read_only, is_back ? "restored-already" : "refused", is_back && !look);
    }
    ck_assert_int_eq (chmod (song, 0644) | link (song, other), 0);
    g_autoptr (JsonObject) linked = undo_song (known, FALSE);
    assert_action (linked, is_back ? "restored-already" : "refused", is_back);
    ck_assert_int_eq (unlink (other), 0);
  }
}
END_TEST

START_TEST (a_time_that_was_kept_comes_back_nevertheless)
{
  meanwhile = NULL;
  g_autoptr (JsonObject) known = write_song (TRUE);
  set_song (before);
  ck_assert_int_eq (utimensat (AT_FDCWD, song, (struct timespec[]){{1, 0}, {1, 0}}, 0), 0);
  g_autoptr (JsonObject) object = undo_song (known, FALSE);
  assert_action (object, "restored", TRUE);
  g_autoptr (JsonObject) again = undo_song (known, FALSE);
  assert_action (again, "restored-already", TRUE);
}
END_TEST

START_TEST (what_another_run_takes_back_meanwhile_is_taken_back)
{
  meanwhile = before;
  g_autoptr (JsonObject) known = write_song (FALSE);
  g_autoptr (JsonObject) object = undo_song (known, FALSE);
  assert_action (object, "restored-already", TRUE);
  assert_song (before);
}
END_TEST

START_TEST (what_somebody_changes_meanwhile_is_refused)
{
  g_autofree char *other = make_content ("own");
  meanwhile = other;
  g_autoptr (JsonObject) known = write_song (FALSE);
  g_autoptr (JsonObject) object = undo_song (known, FALSE);
  assert_action (object, "refused", FALSE);
  ck_assert_str_eq (json_object_get_string_member (object, "obstacle"),
                    "it has changed meanwhile, and is left alone");
  assert_song (other);
}
END_TEST

START_TEST (what_the_journal_has_no_changes_of_was_undone_by_another_run_or_is_an_error)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (JsonObject) undone = undo_to_json (none, TRUE);
  g_autoptr (JsonObject) unknown = undo_to_json (none, FALSE);
  g_autoptr (JsonObject) object = undo_song (undone, FALSE);
  assert_action (object, "restored-already", FALSE);
  g_autoptr (JsonObject) error = undo_song (unknown, FALSE);
  ck_assert_str_eq (json_object_get_string_member (error, "error"),
                    "nothing of it is left to undo");
  g_autoptr (JsonObject) broken = undo_song (NULL, FALSE);
  ck_assert (json_object_has_member (broken, "error"));
}
END_TEST

/* The ids of @member. */
static char *
list_told (JsonObject *object, const char *member)
{
  JsonArray *ids =
      json_object_get_array_member (json_object_get_object_member (object, "journal"), member);
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < json_array_get_length (ids); i++)
    g_string_append_printf (text, "%s%d", i > 0 ? " " : "",
                            (int)json_array_get_int_element (ids, i));
  return g_string_free (text, FALSE);
}

/* @names: "2 1", of changes that are @told. @text: what the file is then. */
static void
expect_restored (const char *path, JsonObject *known, const char *told, const char *names,
                 const char *text)
{
  const UndoOptions options = {.intend = be_overtaken};
  g_autoptr (JsonObject) object = undo_treat (&options, path, known);
  g_autofree char *content = NULL;
  assert_action (object, "restored", TRUE);
  g_autofree char *ids = list_told (object, told);
  ck_assert_str_eq (ids, names);
  ck_assert (g_file_get_contents (path, &content, NULL, NULL));
  ck_assert_str_eq (content, text);
}

static void
expect_undone (const char *path, JsonObject *known, const char *names, const char *text)
{
  expect_restored (path, known, "undone", names, text);
}

/* Both: the one that has it now, the last one first, and the one that was moved. */
static JsonObject *
list_two (Change *first, Change *second)
{
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  g_ptr_array_add (changes, second);
  g_ptr_array_add (changes, first);
  return undo_to_json (changes, FALSE);
}

START_TEST (of_a_name_that_two_songs_had_each_keeps_its_own_changes)
{
  g_autofree char *moved = g_build_filename (folder, "moved", NULL);
  g_autofree char *other = make_song ("few", "old"), *tagged = make_song ("few", "new");
  meanwhile = NULL;
  Change *first = write_over (before, after, 1);
  ck_assert_int_eq (rename (song, moved), 0);
  g_autoptr (JsonObject) known = list_two (first, write_over (other, tagged, 2));
  expect_undone (song, known, "2", other);
  expect_undone (moved, known, "1", before);
}
END_TEST

/* Which of them a file is its number and time tell. */
START_TEST (of_two_copies_that_had_a_name_the_one_that_was_moved_keeps_its_own_change)
{
  g_autofree char *moved = g_build_filename (folder, "moved", NULL);
  meanwhile = NULL;
  Change *first = write_over (before, after, 1);
  ck_assert_int_eq (rename (song, moved), 0);
  g_autoptr (JsonObject) known = list_two (first, write_over (before, after, 2));
  expect_undone (moved, known, "1", before);
}
END_TEST

/* The file that they have made may be elsewhere. */
START_TEST (changes_after_the_one_to_which_a_file_was_brought_back_are_passed_over)
{
  g_autofree char *later = make_content ("own");
  meanwhile = NULL;
  Change *first = write_over (before, after, 1);
  g_autoptr (JsonObject) known = list_two (first, write_over (after, later, 2));
  set_song (after);
  expect_restored (song, known, "passed", "2 1", before);
}
END_TEST

START_TEST (another_file_is_left_alone_and_no_change_is_concluded)
{
  g_autofree char *third = make_song ("few", "old");
  meanwhile = NULL;
  Change *first = write_over (before, after, 1);
  g_autoptr (JsonObject) known = list_two (first, write_over (after, before, 2));
  size = strlen (third);
  set_song (third);
  g_autoptr (JsonObject) object = undo_song (known, FALSE);
  assert_action (object, "refused", FALSE);
  ck_assert_str_eq (json_object_get_string_member (object, "obstacle"),
                    "another file has this name now: it is left alone");
  assert_song (third);
}
END_TEST

static void
expect_passed (const char *path, JsonObject *known, const char *undone, const char *passed)
{
  const UndoOptions options = {.intend = be_overtaken};
  g_autoptr (JsonObject) object = undo_treat (&options, path, known);
  g_autofree char *first = list_told (object, "undone"), *second = list_told (object, "passed");
  ck_assert_str_eq (first, undone);
  ck_assert_str_eq (second, passed);
}

START_TEST (of_two_files_of_one_sound_that_had_a_name_the_one_that_was_moved_leaves_the_other_alone)
{
  g_autofree char *moved = g_build_filename (folder, "moved", NULL);
  g_autofree char *other = make_content ("own"), *tagged = make_content ("our");
  meanwhile = NULL;
  Change *first = write_over (before, after, 1);
  ck_assert_int_eq (rename (song, moved), 0);
  g_autoptr (JsonObject) known = list_two (first, write_over (other, tagged, 2));
  expect_passed (moved, known, "1", "");
}
END_TEST

START_TEST (of_two_copies_that_had_a_name_the_one_that_has_it_passes_over_the_other_change)
{
  g_autofree char *moved = g_build_filename (folder, "moved", NULL);
  meanwhile = NULL;
  Change *first = write_over (before, after, 1);
  ck_assert_int_eq (rename (song, moved), 0);
  g_autoptr (JsonObject) known = list_two (first, write_over (before, after, 2));
  expect_passed (song, known, "2", "1");
  /* it is back already, by a person as far as this shows, and what was written is elsewhere perhaps
   */
  expect_passed (song, known, "", "2 1");
  expect_undone (moved, known, "1", before);
}
END_TEST

/* What was passed over once is another file's, unless its bytes tell otherwise. */
START_TEST (a_change_that_was_passed_over_takes_back_only_what_it_has_made)
{
  g_autofree char *own = make_content ("own");
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  Change *change = write_over (before, after, 1);
  meanwhile = NULL;
  change->state = CHANGE_PASSED;
  g_ptr_array_add (changes, change);
  g_autoptr (JsonObject) known = undo_to_json (changes, TRUE);
  const char *const others[] = {own, before};
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    set_song (others[i]);
    g_autoptr (JsonObject) object = undo_song (known, FALSE);
    assert_action (object, "restored-already", FALSE);
  }
  set_song (after);
  expect_restored (song, known, "passed", "1", before);
}
END_TEST

/* It may be a copy of the file, which keeps its way back; whoever sets the time makes none. */
START_TEST (a_change_is_done_with_only_if_its_very_file_is_restored)
{
  g_autofree char *kept = g_build_filename (folder, "kept", NULL);
  const struct timespec times[] = {{1, 0}, {1, 0}};
  meanwhile = NULL;
  g_autoptr (JsonObject) known = write_song (FALSE);
  ck_assert_int_eq (rename (song, kept), 0);
  set_song (after);
  expect_restored (song, known, "passed", "1", before);
  ck_assert_int_eq (rename (kept, song), 0);
  ck_assert_int_eq (utimensat (AT_FDCWD, song, times, 0), 0);
  expect_undone (song, known, "1", before);
}
END_TEST

/* All that is left of it was passed over: it is taken back already only if it is another file. */
START_TEST (what_cannot_be_taken_back_is_not_taken_back_already)
{
  g_autofree char *second = g_build_filename (folder, "second", NULL);
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  Change *change = write_over (before, after, 1);
  meanwhile = NULL;
  change->state = CHANGE_PASSED;
  g_ptr_array_add (changes, change);
  g_autoptr (JsonObject) known = undo_to_json (changes, TRUE);
  ck_assert_int_eq (link (song, second), 0);
  g_autoptr (JsonObject) object = undo_song (known, FALSE);
  assert_action (object, "refused", FALSE);
  assert_song (after);
}
END_TEST

START_TEST (of_another_file_no_genre_is_told)
{
  g_autofree char *other = make_song ("few", "old");
  meanwhile = NULL;
  g_autoptr (JsonObject) known = write_song (FALSE);
  size = strlen (other);
  set_song (other);
  for (int read_only = 0; read_only < 2; read_only++) {
    ck_assert_int_eq (chmod (song, read_only ? 0444 : 0644), 0);
    g_autoptr (JsonObject) object = undo_song (known, FALSE);
    assert_action (object, "refused", FALSE);
    ck_assert (!json_object_has_member (object, "tagged"));
    ck_assert (!json_object_has_member (object, "name"));
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("undo");
  tcase_add_checked_fixture (tests, set_up, clear);
  tcase_add_test (tests, a_file_becomes_what_it_was);
  tcase_add_test (tests, what_is_back_already_is_left_alone_and_noted);
  tcase_add_test (tests, what_is_back_already_may_be_read_only_or_have_several_names);
  tcase_add_test (tests, a_time_that_was_kept_comes_back_nevertheless);
  tcase_add_test (tests, what_another_run_takes_back_meanwhile_is_taken_back);
  tcase_add_test (tests, what_somebody_changes_meanwhile_is_refused);
  tcase_add_test (tests,
                  what_the_journal_has_no_changes_of_was_undone_by_another_run_or_is_an_error);
  tcase_add_test (tests, of_a_name_that_two_songs_had_each_keeps_its_own_changes);
  tcase_add_test (tests, of_two_copies_that_had_a_name_the_one_that_was_moved_keeps_its_own_change);
  tcase_add_test (tests, changes_after_the_one_to_which_a_file_was_brought_back_are_passed_over);
  tcase_add_test (tests, another_file_is_left_alone_and_no_change_is_concluded);
  tcase_add_test (
      tests,
      of_two_files_of_one_sound_that_had_a_name_the_one_that_was_moved_leaves_the_other_alone);
  tcase_add_test (tests,
                  of_two_copies_that_had_a_name_the_one_that_has_it_passes_over_the_other_change);
  tcase_add_test (tests, a_change_that_was_passed_over_takes_back_only_what_it_has_made);
  tcase_add_test (tests, a_change_is_done_with_only_if_its_very_file_is_restored);
  tcase_add_test (tests, what_cannot_be_taken_back_is_not_taken_back_already);
  tcase_add_test (tests, of_another_file_no_genre_is_told);
  return test_run ("undo", tests);
}
