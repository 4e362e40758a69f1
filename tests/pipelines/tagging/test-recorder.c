/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal believes a worker nothing that it cannot have meant: a decoder may have written over
 * its memory. */
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>
#include "../../../pipelines/jsonline.h"
#include "../../../pipelines/tagging/recorder.h"
#include "test.h"

#define VERSION "{\"size\":3,\"mtime\":30,\"inode\":300,\"digest\":\"b2xk\"}"
#define REST                                                                                       \
  "\"id\":0,\"state\":0,\"kept-time\":false,\"n-genres-before\":1,\"before\":" VERSION             \
  ",\"after\":" VERSION
#define SONG "\"path\":\"L3Nvbmc=\"" /* /song */
#define CHANGE "{" SONG "," REST "}"

static char *folder, *file;

static void
set_up (void)
{
  folder = test_make_folder ();
  file = g_build_filename (folder, "journal.sqlite", NULL);
}

static void
clear (void)
{
  test_remove_folder (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&file, g_free);
}

static Recorder *
make_recorder_for (gboolean changes)
{
  const HearingOptions hearing = {.model = "/nonexistent"};
  Journal *journal = journal_open (file, NULL);
  ck_assert_ptr_nonnull (journal);
  return recorder_new (journal, &hearing, FALSE, changes);
}

static Recorder *
make_recorder (void)
{
  return make_recorder_for (TRUE);
}

static guint
count (ChangeState state)
{
  g_autoptr (Journal) journal = journal_open_existing (file, NULL);
  return journal_count_changes (journal, NULL, state);
}

static gboolean
intend (Recorder *recorder, const char *line, GError **error)
{
  g_autoptr (JsonObject) intent = json_line_parse (line);
  ck_assert_msg (intent, "%s is no JSON", line);
  return recorder_intend (recorder, intent, error);
}

static gboolean
take (Recorder *recorder, const char *line, GError **error)
{
  g_autoptr (JsonObject) object = json_line_parse (line);
  ck_assert_msg (object, "%s is no JSON", line);
  return recorder_take (recorder, "/song", object, NULL, TRUE, error);
}

/* What is criticised ends the program: nothing of it may get as far as that. */
static void
assert_refused (gboolean (*say) (Recorder *recorder, const char *line, GError **error),
                Recorder *recorder, const char *line)
{
  g_autoptr (GError) error = NULL;
  ck_assert_msg (!say (recorder, line, &error), "%s", line);
  ck_assert_msg (error && strstr (error->message, "nobody understands"), "%s", line);
}

START_TEST (a_change_is_intended_and_its_undoing_is)
{
  g_autoptr (Recorder) recorder = make_recorder ();
  ck_assert (intend (recorder, CHANGE, NULL));
  ck_assert_uint_eq (count (CHANGE_INTENDED), 1);
  ck_assert (take (recorder, "{\"action\":\"written\",\"journal\":{\"now\":" CHANGE "}}", NULL));
  ck_assert_uint_eq (count (CHANGE_WRITTEN), 1);
  ck_assert (intend (recorder, "{\"undo\":[1],\"target\":" CHANGE "}", NULL));
  ck_assert_uint_eq (count (CHANGE_UNDOING), 1);
  ck_assert (take (recorder, "{\"journal\":{\"undone\":[1],\"now\":" CHANGE "}}", NULL));
  ck_assert_uint_eq (count (CHANGE_UNDONE), 1);
}
END_TEST

/* @n: of a file that has such a change, and has been taken back. */
static void
expect_left (Recorder *recorder, guint n)
{
  g_autoptr (JsonObject) known = recorder_find_changes (recorder, "/song", "/song");
  JsonArray *changes = json_object_get_array_member (known, "changes");
  ck_assert_uint_eq (json_array_get_length (changes), n);
  ck_assert (json_object_has_member (known, "undone"));
}

START_TEST (a_change_that_is_passed_over_is_kept_and_one_that_is_undone_is_not_passed_over)
{
  g_autoptr (Recorder) recorder = make_recorder ();
  ck_assert (intend (recorder, CHANGE, NULL));
  ck_assert (take (recorder, "{\"action\":\"written\",\"journal\":{\"now\":" CHANGE "}}", NULL));
  ck_assert (
      take (recorder, "{\"journal\":{\"undone\":[],\"passed\":[1],\"now\":" CHANGE "}}", NULL));
  ck_assert_uint_eq (count (CHANGE_PASSED), 1);
  expect_left (recorder, 1);
  ck_assert (take (recorder, "{\"journal\":{\"undone\":[1],\"now\":" CHANGE "}}", NULL));
  ck_assert (
      take (recorder, "{\"journal\":{\"undone\":[],\"passed\":[1],\"now\":" CHANGE "}}", NULL));
  ck_assert_uint_eq (count (CHANGE_UNDONE), 1);
  expect_left (recorder, 0);
}
END_TEST

START_TEST (an_intention_that_nobody_understands_is_refused)
{
  static const char *const lines[] = {
      "{}",
      "{\"undo\":[1]}",
      "{\"undo\":[1],\"target\":null}",
      "{\"undo\":[1],\"target\":[]}",
      "{\"undo\":[1],\"target\":{}}",
      "{\"undo\":[1],\"target\":{" SONG "}}",
      "{\"undo\":[1],\"target\":{\"path\":1," REST "}}",
      "{\"undo\":[1],\"target\":{\"path\":\"c29uZw==\"," REST "}}", /* song */
      "{\"undo\":[1],\"target\":{\"path\":\"L3MAbw==\"," REST "}}", /* /s, zero, o */
      "{\"undo\":1,\"target\":" CHANGE "}",
      "{\"undo\":null,\"target\":" CHANGE "}",
      "{\"undo\":[],\"target\":" CHANGE "}",
      "{\"undo\":[0],\"target\":" CHANGE "}",
      "{\"undo\":[1,-1],\"target\":" CHANGE "}",
      "{\"undo\":[1.5],\"target\":" CHANGE "}",
      "{\"undo\":[\"1\"],\"target\":" CHANGE "}",
      "{\"undo\":[null,{}],\"target\":" CHANGE "}",
  };
  g_autoptr (Recorder) recorder = make_recorder ();
  ck_assert (intend (recorder, CHANGE, NULL));
  ck_assert (take (recorder, "{\"action\":\"written\",\"journal\":{\"now\":" CHANGE "}}", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    assert_refused (intend, recorder, lines[i]);
  ck_assert_uint_eq (count (CHANGE_WRITTEN), 1);
}
END_TEST

/* Each member in turn is missing, or something else than it should be. */
START_TEST (a_change_with_a_wrong_member_is_refused)
{
  static const struct {
    const char *member, *wrong;
  } members[] = {
      {"id", "-1"},
      {"id", "\"1\""},
      {"kept-time", "1"},
      {"state", "-1"},
      {"state", "7"},
      {"state", NULL},
      {"path", "\"\""},
      {"n-genres-before", "-1"},
      {"n-genres-before", "2147483648"},
      {"before", "[]"},
      {"before", "{}"},
      {"after", "3"},
      {"genre", "7"},
      {"genre-before", "{}"},
      {"delta", "[\"\"]"},
      {"pieces", "false"},
  };
  static const struct {
    const char *member, *wrong;
  } of_versions[] = {{"size", "-1"},    {"size", "1.5"}, {"mtime", "\"\""},
                     {"inode", "null"}, {"digest", "0"}, {"digest", NULL}};
  g_autoptr (Recorder) recorder = make_recorder ();
  for (gsize i = 0; i < G_N_ELEMENTS (members) + G_N_ELEMENTS (of_versions); i++) {
    const gsize j = i - G_N_ELEMENTS (members);
    const gboolean whole = i < G_N_ELEMENTS (members);
    const char *member = whole ? members[i].member : of_versions[j].member;
    const char *wrong = whole ? members[i].wrong : of_versions[j].wrong;
    g_autoptr (JsonObject) change = json_line_parse (CHANGE);
    JsonObject *object = whole ? change : json_object_get_object_member (change, "after");
    json_object_remove_member (object, member);
    if (wrong)
      json_object_set_member (object, member, json_from_string (wrong, NULL));
    g_autofree char *line = json_line_new (change);
    assert_refused (intend, recorder, line);
  }
  ck_assert_uint_eq (count (CHANGE_INTENDED), 0);
}
END_TEST

START_TEST (a_result_that_nobody_understands_is_refused_and_the_file_is_looked_at)
{
  static const char *const lines[] = {
      "{\"action\":null,\"journal\":null}",
      "{\"action\":\"written\",\"journal\":[]}",
      "{\"action\":\"written\",\"journal\":{\"now\":1}}",
      "{\"action\":\"written\",\"journal\":{\"now\":{}}}",
      "{\"action\":[],\"error\":1,\"tagged\":{},\"journal\":{\"now\":[],\"heard\":7}}",
      "{\"journal\":{\"undone\":[1]}}",
      "{\"journal\":{\"undone\":1,\"now\":" CHANGE "}}",
      "{\"journal\":{\"undone\":[-1],\"now\":" CHANGE "}}",
      "{\"journal\":{\"undone\":[],\"now\":" CHANGE "}}",
      "{\"journal\":{\"undone\":[1],\"passed\":[0],\"now\":" CHANGE "}}",
  };
  g_autoptr (Recorder) recorder = make_recorder ();
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    ck_assert (intend (recorder, CHANGE, NULL));
    assert_refused (take, recorder, lines[i]);
  }
  ck_assert_uint_eq (count (CHANGE_WRITTEN), 0);
}
END_TEST

static gboolean
knows (const char *path)
{
  g_autoptr (Journal) journal = journal_open_existing (file, NULL);
  return journal_knows_files (journal, path);
}

/* Nothing says any more where the file was but the name that it was called by. */
START_TEST (what_has_vanished_behind_a_link_is_known_by_its_own_name)
{
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autofree char *named = g_build_filename (link, "song", NULL);
  g_autofree char *song = g_build_filename (folder, "song", NULL);
  g_autofree char *own = journal_path_of (song);
  g_autoptr (Recorder) recorder = make_recorder ();
  ck_assert_int_eq (symlink (".", link), 0);
  ck_assert (recorder_take (recorder, named, NULL, "its process has died", FALSE, NULL));
  ck_assert (knows (own));
  ck_assert (!knows (named));
}
END_TEST

static void
remember_action (const JournalEntry *entry, gpointer user_data)
{
  char **found = user_data;
  g_free (*found);
  *found = g_strdup_printf ("%s, %s, %s", entry->action, entry->fault ? entry->fault : "no fault",
                            entry->is_written ? "written" : "not written");
}

static char *
find_action (void)
{
  char *found = NULL;
  g_autoptr (Journal) journal = journal_open_existing (file, NULL);
  ck_assert (journal_visit (journal, NULL, remember_action, &found, NULL));
  return found;
}

static void
assert_action (Recorder *recorder, const char *line, const char *expected)
{
  g_autoptr (JsonObject) object = json_line_parse (line);
  ck_assert (recorder_take (recorder, "/song", object, NULL, FALSE, NULL));
  g_autofree char *found = find_action ();
  ck_assert_str_eq (found, expected);
}

/* Of two runs at once the slower one has nothing to say about what the other has written. */
START_TEST (a_refusal_that_passes_leaves_what_is_known_of_a_file_that_is_written)
{
  static const char passing[] = "{\"action\":\"refused\",\"obstacle\":\"somebody is at it\","
                                "\"journal\":{\"now\":" CHANGE ",\"passing\":true}}";
  g_autoptr (Recorder) recorder = make_recorder ();
  assert_action (recorder, passing, "refused, somebody is at it, not written");
  ck_assert (intend (recorder, CHANGE, NULL));
  assert_action (recorder, "{\"action\":\"written\",\"journal\":{\"now\":" CHANGE "}}",
                 "written, no fault, written");
  assert_action (recorder, passing, "written, no fault, written");
  assert_action (recorder,
                 "{\"action\":\"refused\",\"obstacle\":\"it is read-only\","
                 "\"journal\":{\"now\":" CHANGE "}}",
                 "refused, it is read-only, written");
}
END_TEST

static void
assert_one_to_undo (JsonObject *known)
{
  ck_assert (!json_object_has_member (known, "undone"));
  ck_assert_uint_eq (json_array_get_length (json_object_get_array_member (known, "changes")), 1);
}

START_TEST (what_another_run_has_undone_meanwhile_is_known)
{
  g_autoptr (Recorder) recorder = make_recorder ();
  ck_assert (intend (recorder, CHANGE, NULL));
  ck_assert (take (recorder, "{\"action\":\"written\",\"journal\":{\"now\":" CHANGE "}}", NULL));
  g_autoptr (JsonObject) before = recorder_find_changes (recorder, "/song", "/song");
  ck_assert (!json_object_has_member (before, "undone"));
  ck_assert (intend (recorder, "{\"undo\":[1],\"target\":" CHANGE "}", NULL));
  g_autoptr (JsonObject) meanwhile = recorder_find_changes (recorder, "/song", "/song");
  assert_one_to_undo (meanwhile); /* it may be killed yet */
  g_autoptr (JsonObject) begun = recorder_find_changes (recorder, "/song", "/before");
  assert_one_to_undo (begun);
  ck_assert (take (recorder, "{\"journal\":{\"undone\":[1],\"now\":" CHANGE "}}", NULL));
  g_autoptr (JsonObject) undone = recorder_find_changes (recorder, "/song", "/song");
  ck_assert (json_object_has_member (undone, "undone"));
  g_autoptr (JsonObject) moved = recorder_find_changes (recorder, "/song", "/before");
  ck_assert (json_object_has_member (moved, "undone"));
  g_autoptr (JsonObject) other = recorder_find_changes (recorder, "/other", "/other");
  ck_assert (!json_object_has_member (other, "undone"));
}
END_TEST

/* The file is looked at: it is none of what it was to become. */
START_TEST (undoing_that_is_refused_or_dies_may_be_tried_again)
{
  g_autofree char *path = g_build_filename (folder, "song", NULL);
  g_autofree char *own = journal_path_of (path);
  g_autofree char *base64 = g_base64_encode ((const guchar *)own, strlen (own));
  g_autofree char *change = g_strdup_printf ("{\"path\":\"%s\"," REST "}", base64);
  g_autofree char *intent = g_strdup_printf ("{\"undo\":[1],\"target\":%s}", change);
  g_autoptr (Recorder) recorder = make_recorder ();
  ck_assert (g_file_set_contents (own, "written", -1, NULL));
  ck_assert (intend (recorder, change, NULL));
  g_autofree char *written =
      g_strdup_printf ("{\"action\":\"written\",\"journal\":{\"now\":%s}}", change);
  ck_assert (take (recorder, written, NULL));
  for (int dies = 0; dies < 2; dies++) {
    g_autoptr (JsonObject) refused = json_line_parse ("{\"action\":\"refused\"}");
    ck_assert (intend (recorder, intent, NULL));
    ck_assert_uint_eq (count (CHANGE_UNDOING), 1);
    ck_assert (recorder_take (recorder, own, dies ? NULL : refused, "dead", FALSE, NULL));
    ck_assert_uint_eq (count (CHANGE_WRITTEN), 1);
  }
}
END_TEST

/* Somebody has changed the file meanwhile. */
START_TEST (what_is_said_not_to_be_written_is_abandoned_and_what_dies_at_it_is_lost)
{
  g_autofree char *path = g_build_filename (folder, "song", NULL);
  g_autofree char *own = journal_path_of (path);
  g_autofree char *base64 = g_base64_encode ((const guchar *)own, strlen (own));
  g_autofree char *change = g_strdup_printf ("{\"path\":\"%s\"," REST "}", base64);
  g_autofree char *refused =
      g_strdup_printf ("{\"action\":\"refused\",\"journal\":{\"now\":%s}}", change);
  g_autoptr (Recorder) recorder = make_recorder ();
  ck_assert (g_file_set_contents (own, "theirs", -1, NULL));
  ck_assert (intend (recorder, change, NULL) && take (recorder, refused, NULL));
  ck_assert_uint_eq (count (CHANGE_ABANDONED), 1);
  ck_assert (intend (recorder, change, NULL));
  ck_assert (recorder_take (recorder, own, NULL, "dead", FALSE, NULL));
  ck_assert_uint_eq (count (CHANGE_LOST), 1);
}
END_TEST

START_TEST (what_another_run_has_undone_is_not_begun_again)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Recorder) recorder = make_recorder ();
  ck_assert (intend (recorder, CHANGE, NULL));
  ck_assert (take (recorder, "{\"action\":\"written\",\"journal\":{\"now\":" CHANGE "}}", NULL));
  ck_assert (take (recorder, "{\"journal\":{\"undone\":[1],\"now\":" CHANGE "}}", NULL));
  ck_assert (!intend (recorder, "{\"undo\":[1],\"target\":" CHANGE "}", &error));
  ck_assert_msg (strstr (error->message, "another run"), "%s", error->message);
  ck_assert_uint_eq (count (CHANGE_UNDONE), 1);
  ck_assert (!recorder_is_broken (recorder));
  ck_assert (intend (recorder, CHANGE, NULL));
}
END_TEST

START_TEST (a_journal_that_fails_is_an_error_once_and_then_takes_nothing)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Recorder) recorder = make_recorder ();
  assert_refused (intend, recorder, "{}");
  ck_assert (!recorder_is_broken (recorder));
  ck_assert_int_eq (g_remove (file), 0);
  ck_assert (!intend (recorder, CHANGE, &error));
  ck_assert_msg (strstr (error->message, "moved or deleted"), "%s", error->message);
  ck_assert (recorder_is_broken (recorder));
  g_clear_error (&error);
  ck_assert (!intend (recorder, CHANGE, &error));
  ck_assert_str_eq (error->message, "the journal cannot be used any more");
  ck_assert (take (recorder, "{\"action\":\"refused\",\"journal\":{\"now\":" CHANGE "}}", NULL));
}
END_TEST

/* As a disk that is full for a while would. */
static void
break_journal (gboolean broken)
{
  const char *words = broken ? "CREATE TRIGGER broken BEFORE INSERT ON files"
                               " BEGIN SELECT RAISE (FAIL, 'broken'); END"
                             : "DROP TRIGGER broken";
  sqlite3 *other;
  ck_assert_int_eq (sqlite3_open (file, &other), SQLITE_OK);
  ck_assert_int_eq (sqlite3_exec (other, words, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close (other);
}

START_TEST (a_look_notes_what_it_can_after_a_fault_that_passes)
{
  static const char line[] = "{\"action\":\"refused\",\"journal\":{\"now\":" CHANGE "}}";
  for (int changes = 0; changes < 2; changes++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Recorder) recorder = make_recorder_for (changes);
    break_journal (TRUE);
    ck_assert (!take (recorder, line, &error));
    ck_assert (recorder_is_broken (recorder));
    break_journal (FALSE);
    ck_assert (take (recorder, line, NULL));
    ck_assert_int_eq (knows ("/song"), !changes);
    g_clear_pointer (&recorder, recorder_free);
    ck_assert_int_eq (g_remove (file), 0);
  }
}
END_TEST

int
main (void)
{
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL);
  TCase *tests = tcase_create ("recorder");
  tcase_add_checked_fixture (tests, set_up, clear);
  tcase_add_test (tests, a_change_is_intended_and_its_undoing_is);
  tcase_add_test (tests,
                  a_change_that_is_passed_over_is_kept_and_one_that_is_undone_is_not_passed_over);
  tcase_add_test (tests, an_intention_that_nobody_understands_is_refused);
  tcase_add_test (tests, a_change_with_a_wrong_member_is_refused);
  tcase_add_test (tests, a_result_that_nobody_understands_is_refused_and_the_file_is_looked_at);
  tcase_add_test (tests, a_refusal_that_passes_leaves_what_is_known_of_a_file_that_is_written);
  tcase_add_test (tests, what_another_run_has_undone_meanwhile_is_known);
  tcase_add_test (tests, undoing_that_is_refused_or_dies_may_be_tried_again);
  tcase_add_test (tests, what_is_said_not_to_be_written_is_abandoned_and_what_dies_at_it_is_lost);
  tcase_add_test (tests, what_another_run_has_undone_is_not_begun_again);
  tcase_add_test (tests, a_journal_that_fails_is_an_error_once_and_then_takes_nothing);
  tcase_add_test (tests, a_look_notes_what_it_can_after_a_fault_that_passes);
  tcase_add_test (tests, what_has_vanished_behind_a_link_is_known_by_its_own_name);
  return test_run ("recorder", tests);
}
