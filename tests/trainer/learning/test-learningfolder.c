/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "learning/learningfolder.h"
#include <glib/gstdio.h>
#include <unistd.h>
#include "support.h"

static const char *const identities[] = {"0123456789abcdef", "00000000000000ff",
                                         "aaaaaaaaaaaaaaaa"};

static void
write_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  ck_assert (g_file_set_contents (path, "x", 1, NULL));
}

/* As learn leaves one, killed once in a while. */
static char *
make_learning (const char *work, const char *identity)
{
  static const char *const files[] = {
      "model.checkpoint",          "half-1.json",      "half-2.checkpoint",
      "half-2.json.AB12CD",        "folds/plan.json",  "folds/fold-1.json",
      "folds/fold-10.safetensors", "folds/fold-2.tsv", "folds/fold-2.checkpoint"};
  char *folder = genre_learning_folder_new (work, identity);
  g_autofree char *folds = g_build_filename (folder, "folds", NULL);
  g_mkdir_with_parents (folds, 0777);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    write_file (folder, files[i]);
  return folder;
}

static gboolean
is_there (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK);
}

static void
conclude (const char *work, const char *folder, const char *output)
{
  g_autoptr (GError) error = NULL;
  ck_assert_msg (genre_learning_folder_conclude (work, folder, output, &error), "%s",
                 error ? error->message : "");
}

START_TEST (what_another_model_has_replaced_is_removed)
{
  g_autoptr (TestFolder) work = test_folder_new ();
  g_autofree char *first = make_learning (work, identities[0]);
  g_autofree char *second = make_learning (work, identities[1]);
  g_autofree char *third = make_learning (work, identities[2]);
  conclude (work, first, "mine.model");
  ck_assert (is_there (first, "folds/fold-1.json")); /* its own, to go on with */
  ck_assert_uint_eq (genre_learning_folder_count_others (work, first), 2);
  conclude (work, second, "./mine.model");
  ck_assert (!is_there (first, "")); /* whole, or not at all */
  ck_assert (is_there (second, "folds/fold-10.safetensors"));
  ck_assert (is_there (third, "model.checkpoint")); /* which somebody may go on with */
  ck_assert_uint_eq (genre_learning_folder_count_others (work, second), 1);
  conclude (work, third, "other.model");
  ck_assert (is_there (second, "model.checkpoint"));
  ck_assert_uint_eq (test_count_files (work), 2);
}
END_TEST

/* Its name is the same only for who does not follow the link before `..`. */
START_TEST (another_model_behind_a_link_is_another)
{
  g_autoptr (TestFolder) work = test_folder_new (), models = test_folder_new ();
  g_autofree char *first = make_learning (work, identities[0]);
  g_autofree char *second = make_learning (work, identities[1]);
  g_autofree char *inner = g_build_filename (models, "inner", NULL);
  g_autofree char *link = g_build_filename (work, "link", NULL);
  g_autofree char *mine = g_build_filename (work, "mine.model", NULL);
  g_autofree char *other = g_build_filename (link, "..", "mine.model", NULL);
  ck_assert_int_eq (g_mkdir (inner, 0777) | symlink (inner, link), 0);
  conclude (work, first, mine);
  conclude (work, second, other);
  ck_assert (is_there (first, "folds/fold-1.json"));
}
END_TEST

START_TEST (what_is_somebody_s_stays)
{
  g_autoptr (TestFolder) work = test_folder_new ();
  g_autofree char *first = make_learning (work, identities[0]);
  g_autofree char *second = make_learning (work, identities[1]);
  g_autofree char *third = make_learning (work, identities[2]);
  g_autofree char *linked = g_build_filename (work, "learning-bbbbbbbbbbbbbbbb", NULL);
  g_autofree char *elsewhere = g_build_filename (work, "elsewhere", NULL);
  g_autofree char *away = g_build_filename (work, "removed-0123456789abcdef", NULL);
  g_autofree char *link = g_build_filename (first, "half-7.json", NULL);
  g_autofree char *folds = g_build_filename (second, "folds", NULL);
  g_autofree char *folds_elsewhere = g_build_filename (work, "folds-elsewhere", NULL);
  conclude (work, first, "mine.model");
  write_file (first, "notes.txt"); /* among what goes */
  write_file (first, "half-1.json.backup");
  ck_assert_int_eq (symlink (folds_elsewhere, link), 0);
  conclude (work, third, "kept.model");
  g_rename (third, elsewhere); /* a folder that looks like ours, behind a link */
  ck_assert_int_eq (symlink (elsewhere, linked), 0);
  conclude (work, second, "kept.model");
  ck_assert (is_there (elsewhere, "folds/fold-1.json"));
  g_rename (folds, folds_elsewhere);
  ck_assert_int_eq (symlink (folds_elsewhere, folds), 0);
  conclude (work, second, "mine.model");
  ck_assert (!is_there (first, ""));
  ck_assert (is_there (away, "notes.txt"));
  ck_assert (is_there (away, "half-1.json.backup"));
  ck_assert (is_there (away, "half-7.json"));
  ck_assert (!is_there (away, "folds"));
  ck_assert (!is_there (away, "model.checkpoint"));
  g_autofree char *again = make_learning (work, identities[0]); /* which has no room there */
  conclude (work, again, "mine.model");
  g_autofree char *fourth = make_learning (work, "cccccccccccccccc");
  conclude (work, fourth, "mine.model");
  ck_assert (!is_there (again, ""));
  ck_assert (is_there (away, "notes.txt"));
  ck_assert (is_there (folds_elsewhere, "fold-1.json"));
}
END_TEST

/* Between its new name and the end. */
START_TEST (a_removal_that_was_killed_is_finished)
{
  g_autoptr (TestFolder) work = test_folder_new ();
  g_autofree char *first = make_learning (work, identities[0]);
  g_autofree char *second = make_learning (work, identities[1]);
  g_autofree char *away = g_build_filename (work, "removed-0123456789abcdef", NULL);
  g_rename (first, away);
  conclude (work, second, "mine.model");
  ck_assert (!is_there (away, ""));
  ck_assert (is_there (second, "model.checkpoint"));
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("learningfolder");
  tcase_add_test (tests, what_another_model_has_replaced_is_removed);
  tcase_add_test (tests, another_model_behind_a_link_is_another);
  tcase_add_test (tests, what_is_somebody_s_stays);
  tcase_add_test (tests, a_removal_that_was_killed_is_finished);
  return test_run ("learningfolder", tests);
}
