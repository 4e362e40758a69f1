/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every test program of src/ needs. */
#pragma once
#include <check.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>

/* Where meson says that fixtures/ is. */
static inline char *
test_fixture (const char *name)
{
  return g_build_filename (GENRE_TEST_FIXTURES, name, NULL);
}

static inline char *
test_make_folder (void)
{
  char *folder = g_dir_make_tmp ("genreclassify-test-XXXXXX", NULL);
  ck_assert_ptr_nonnull (folder);
  return folder;
}

/* Returns how many files there were. */
static inline guint
test_remove_folder (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  guint n = 0;
  const char *name;
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_remove (path);
    n++;
  }
  g_dir_close (dir);
  g_rmdir (folder);
  return n;
}

/* Checks that there is an error of this code with all of these words in its message, and clears it.
 */
#define test_assert_error(error, expected_code, ...)                                               \
  G_STMT_START                                                                                     \
  {                                                                                                \
    const char *words_[] = {__VA_ARGS__};                                                          \
    ck_assert_msg ((error), "no error");                                                           \
    ck_assert_msg (g_error_matches ((error), GENRE_ERROR, (expected_code)), "%s, code %d",         \
                   (error)->message, (error)->code);                                               \
    for (gsize i_ = 0; i_ < G_N_ELEMENTS (words_); i_++)                                           \
      ck_assert_msg (strstr ((error)->message, words_[i_]), "\"%s\" lacks \"%s\"",                 \
                     (error)->message, words_[i_]);                                                \
    g_clear_error (&(error));                                                                      \
  }                                                                                                \
  G_STMT_END

static inline int
test_run_as (const char *name, TCase *tests, double seconds, enum fork_status fork_status)
{
  Suite *suite = suite_create (name);
  SRunner *runner = srunner_create (suite);
  /* A critical message of GLib is a fault of the caller, that is: ours. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  tcase_set_timeout (tests, seconds);
  suite_add_tcase (suite, tests);
  srunner_set_fork_status (runner, fork_status);
  srunner_run_all (runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* @seconds: what a test may take. */
static inline int
test_run_within (const char *name, TCase *tests, double seconds)
{
  return test_run_as (name, tests, seconds, CK_FORK_GETENV);
}

/* All tests in this process. */
static inline int
test_run_here (const char *name, TCase *tests)
{
  return test_run_as (name, tests, 120, CK_NOFORK);
}

static inline int
test_run (const char *name, TCase *tests)
{
  return test_run_within (name, tests, 120);
}
