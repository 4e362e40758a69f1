/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other names for files, and what is left of them after kill -9. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "../../../pipelines/tagging/alias.h"
#include "test.h"

static char *folder;       /* of temporary files */
static gboolean is_killed; /* where a name is taken away */

/* In the place of GLib's. */
int
g_unlink (const char *path)
{
  if (is_killed)
    kill (getpid (), SIGKILL);
  return unlink (path);
}

static guint
count_entries (void)
{
  guint n = 0;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  while (g_dir_read_name (dir))
    n++;
  return n;
}

/* As it is in a process that is killed then. */
static void
leave_alias (gboolean of_check)
{
  int status;
  const pid_t pid = fork ();
  if (pid == 0) {
    is_killed = TRUE;
    Alias *alias = of_check ? NULL : alias_new ("song", ".flac", NULL);
    kill (getpid (), alias || (of_check && alias_check (NULL)) ? SIGKILL : SIGTERM);
  }
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

START_TEST (a_file_has_another_name_for_a_while)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *song = g_build_filename (folder, "a \xff song", NULL), *text = NULL;
  ck_assert (g_file_set_contents (song, "music", -1, NULL));
  Alias *alias = alias_new (song, ".opus", &error);
  ck_assert_msg (alias && !error, "%s", error ? error->message : "");
  ck_assert (g_str_has_suffix (alias_get_path (alias), ".opus"));
  ck_assert (g_file_get_contents (alias_get_path (alias), &text, NULL, NULL));
  ck_assert_str_eq (text, "music");
  ck_assert_uint_eq (count_entries (), 2);
  alias_free (alias);
  ck_assert_uint_eq (count_entries (), 1);
  ck_assert_int_eq (g_unlink (song), 0);
}
END_TEST

START_TEST (what_killed_processes_leave_goes_and_nothing_else)
{
  g_autoptr (Alias) used = alias_new ("song", ".mp3", NULL);
  g_autofree char *other = g_build_filename (folder, "genre-tag-alias-abc", NULL);
  g_autofree char *full = g_build_filename (folder, "genre-tag-alias-abcdef", NULL);
  g_autofree char *file = g_build_filename (full, "song.mp3", NULL);
  ck_assert (used);
  ck_assert_int_eq (g_mkdir (other, 0700) | g_mkdir (full, 0700), 0);
  ck_assert (g_file_set_contents (file, "somebody's music", -1, NULL));
  for (int i = 0; i < 3; i++)
    leave_alias (i == 0);
  ck_assert_uint_eq (count_entries (), 6);
  alias_remove_leftovers ();
  ck_assert_uint_eq (count_entries (), 3);
  ck_assert (g_file_test (alias_get_path (used), G_FILE_TEST_IS_SYMLINK));
  ck_assert_int_eq (g_unlink (file) | g_rmdir (full) | g_rmdir (other), 0);
}
END_TEST

/* Runs that begin while others are at a file do not take its name away from them. */
START_TEST (names_stay_while_others_remove_leftovers)
{
  int status;
  const pid_t pid = fork ();
  if (pid == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
      alias_remove_leftovers ();
  }
  for (int i = 0; i < 2000; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Alias) alias = alias_new ("song", ".mp3", &error);
    ck_assert_msg (!error, "%s", error ? error->message : "");
    ck_assert (g_file_test (alias_get_path (alias), G_FILE_TEST_IS_SYMLINK));
  }
  ck_assert_int_eq (kill (pid, SIGKILL), 0);
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert_uint_eq (count_entries (), 0);
}
END_TEST

START_TEST (a_folder_in_which_nothing_can_be_made_is_an_error)
{
  g_autoptr (GError) error = NULL;
  ck_assert_int_eq (g_rmdir (folder), 0);
  ck_assert_ptr_null (alias_new ("song", ".mp3", &error));
  ck_assert (strstr (error->message, folder));
  ck_assert_int_eq (g_mkdir (folder, 0700), 0);
}
END_TEST

/* In one process, and so in one folder: GLib asks for TMPDIR once. */
int
main (void)
{
  const char *place = g_getenv ("TMPDIR");
  g_autofree char *template =
      g_build_filename (place ? place : "/tmp", "genreclassify-test-XXXXXX", NULL);
  folder = g_mkdtemp (template);
  if (!folder)
    g_error ("%s: %s", template, g_strerror (errno));
  g_setenv ("TMPDIR", folder, TRUE);
  TCase *tests = tcase_create ("alias");
  tcase_add_test (tests, a_file_has_another_name_for_a_while);
  tcase_add_test (tests, what_killed_processes_leave_goes_and_nothing_else);
  tcase_add_test (tests, names_stay_while_others_remove_leftovers);
  tcase_add_test (tests, a_folder_in_which_nothing_can_be_made_is_an_error);
  const int status = test_run_here ("alias", tests);
  g_rmdir (folder);
  return status;
}
