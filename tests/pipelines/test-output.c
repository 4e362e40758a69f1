/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in a file after a disk was full, played with a limit of the size of files. */
#include "output.h"
#include "test.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char *path;
static int terminal;

static void
setup (void)
{
  path = g_build_filename (g_get_tmp_dir (), "genre-output-XXXXXX", NULL);
  int file = g_mkstemp (path);
  ck_assert_int_ge (file, 0);
  signal (SIGXFSZ, SIG_IGN);
  fflush (stdout);
  terminal = dup (STDOUT_FILENO);
  ck_assert_int_eq (dup2 (file, STDOUT_FILENO), STDOUT_FILENO);
  close (file);
}

/* @size: bytes; 0: without limit. */
static void
limit_files (gsize size)
{
  struct rlimit limit;
  ck_assert_int_eq (getrlimit (RLIMIT_FSIZE, &limit), 0);
  limit.rlim_cur = size ? size : limit.rlim_max;
  ck_assert_int_eq (setrlimit (RLIMIT_FSIZE, &limit), 0);
}

static void
teardown (void)
{
  limit_files (0);
  dup2 (terminal, STDOUT_FILENO);
  close (terminal);
  g_unlink (path);
  g_free (path);
}

static void
expect (const char *wanted)
{
  g_autofree char *text = NULL;
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  ck_assert_str_eq (text, wanted);
}

START_TEST (a_line_that_was_cut_stays_alone)
{
  limit_files (strlen ("good\nfi"));
  output_print_line ("good");
  ck_assert (output_check ("test"));
  output_print_line ("first");
  ck_assert (!output_check ("test"));
  output_print_line ("second");
  limit_files (0);
  output_print_line ("third");
  output_print_line ("fourth");
  ck_assert (!output_check ("test"));
  expect ("good\nfi\nthird\nfourth\n");
}
END_TEST

START_TEST (a_line_of_which_nothing_was_written_leaves_nothing)
{
  limit_files (strlen ("good\n"));
  output_print_line ("good");
  output_print_line ("first");
  ck_assert (!output_check ("test"));
  limit_files (0);
  output_print_line ("second");
  expect ("good\nsecond\n");
}
END_TEST

START_TEST (what_was_printed_otherwise_comes_first)
{
  printf ("one, ");
  output_print_line ("two");
  printf ("three\n");
  output_printed ();
  ck_assert (output_check ("test"));
  expect ("one, two\nthree\n");
}
END_TEST

#define LENGTH 200000 /* of a line, more than a pipe holds */

static gpointer
read_all (gpointer data)
{
  const int from = GPOINTER_TO_INT (data);
  GString *text = g_string_new (NULL);
  char buffer[4096];
  for (gssize n; (n = read (from, buffer, sizeof buffer)) > 0;)
    g_string_append_len (text, buffer, n);
  return g_string_free (text, FALSE);
}

START_TEST (a_pipe_that_does_not_wait_gets_all)
{
  int ends[2];
  ck_assert_int_eq (pipe2 (ends, O_CLOEXEC | O_NONBLOCK), 0);
  ck_assert_int_eq (fcntl (ends[0], F_SETFL, 0), 0); /* its reader waits */
  ck_assert_int_eq (dup2 (ends[1], STDOUT_FILENO), STDOUT_FILENO);
  close (ends[1]);
  GThread *reader = g_thread_new ("reader", read_all, GINT_TO_POINTER (ends[0]));
  g_autofree char *line = g_strnfill (LENGTH, 'x');
  output_print_line (line);
  output_print_line ("end");
  ck_assert (output_check ("test"));
  dup2 (terminal, STDOUT_FILENO);
  g_autofree char *text = g_thread_join (reader);
  close (ends[0]);
  g_autofree char *wanted = g_strconcat (line, "\nend\n", NULL);
  ck_assert_str_eq (text, wanted);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("output");
  tcase_add_checked_fixture (tests, setup, teardown);
  tcase_add_test (tests, a_line_that_was_cut_stays_alone);
  tcase_add_test (tests, a_line_of_which_nothing_was_written_leaves_nothing);
  tcase_add_test (tests, what_was_printed_otherwise_comes_first);
  tcase_add_test (tests, a_pipe_that_does_not_wait_gets_all);
  return test_run ("output", tests);
}
