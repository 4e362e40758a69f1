/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a worker that hangs, and of one that not even SIGKILL ends, as in a call to a
 * disk that does not answer. */
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../../pipelines/tagging/workers.h"
#include "test.h"

#define PATIENCE 6 /* s; long enough for one that does not hang on a busy machine */

/* What was said in the end; "": it was killed, and nothing else has come. */
typedef struct {
  const char *const *next; /* file to be given */
  GHashTable *faults;      /* path: fault, or "good" */
  guint n_killed;
  gboolean stops; /* once a file has been given */
  volatile sig_atomic_t stop;
} Run;

static gboolean is_undying; /* whatever is killed */

/* In the place of the C library's. */
pid_t
waitpid (pid_t pid, int *status, int options)
{
  if (!is_undying)
    return (pid_t)syscall (SYS_wait4, pid, status, options, NULL);
  ck_assert_msg ((options & WNOHANG) != 0, "it waits for ever");
  return 0;
}

static char *
next (gboolean *more, gpointer user_data)
{
  Run *self = user_data;
  *more = *self->next != NULL;
  return *more ? g_strdup (*self->next++) : NULL;
}

static JsonObject *
prepare (const char *path, gpointer user_data)
{
  return NULL;
}

static JsonObject *
treat (const char *path, JsonObject *known, gboolean again, gboolean *spent, gpointer user_data)
{
  while (g_str_equal (path, "hangs") || (g_str_equal (path, "hangs once") && !again))
    pause ();
  return json_object_new ();
}

static gboolean
on_question (const char *path, JsonObject *question, gpointer user_data, GError **error)
{
  return FALSE;
}

static void
on_result (const char *path, JsonObject *object, const char *fault, gpointer user_data)
{
  Run *self = user_data;
  g_hash_table_replace (self->faults, g_strdup (path), g_strdup (object ? "good" : fault));
}

static void
on_kill (const char *path, gpointer user_data)
{
  Run *self = user_data;
  self->n_killed++;
  if (!g_hash_table_contains (self->faults, path))
    g_hash_table_insert (self->faults, g_strdup (path), g_strdup (""));
}

static void
on_look (gpointer user_data)
{
  Run *self = user_data;
  self->stop = self->stops;
}

static void
run (Run *self, const char *const *files)
{
  self->next = files;
  self->faults = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const WorkersOptions options = {1,         PATIENCE, next,    prepare, treat,      on_question,
                                  on_result, on_kill,  on_look, self,    &self->stop};
  workers_run (&options);
}

static void
clear (Run *self)
{
  g_hash_table_unref (self->faults);
}

static const char *
get_fault (Run *self, const char *path)
{
  const char *fault = g_hash_table_lookup (self->faults, path);
  return fault ? fault : "nothing";
}

START_TEST (before_each_further_attempt_it_is_told_that_the_one_before_was_killed)
{
  static const char *const files[] = {"hangs once", "does not", NULL};
  Run self = {0};
  run (&self, files);
  ck_assert_str_eq (get_fault (&self, "hangs once"), "good");
  ck_assert_str_eq (get_fault (&self, "does not"), "good");
  ck_assert_uint_eq (self.n_killed, 1);
  clear (&self);
}
END_TEST

START_TEST (what_not_even_ends_is_left_alone_and_the_next_file_is_treated)
{
  static const char *const files[] = {"hangs", "does not", NULL};
  Run self = {0};
  is_undying = TRUE;
  run (&self, files);
  is_undying = FALSE;
  ck_assert_str_eq (get_fault (&self, "hangs"), workers_undying);
  ck_assert_str_eq (get_fault (&self, "does not"), "good");
  ck_assert_uint_eq (self.n_killed, 0);
  clear (&self);
}
END_TEST

START_TEST (when_all_end_what_is_killed_is_told_and_what_does_not_end_is_not_waited_for)
{
  static const char *const files[] = {"hangs", NULL};
  for (int undying = 0; undying < 2; undying++) {
    Run self = {.stops = TRUE};
    is_undying = undying;
    run (&self, files);
    is_undying = FALSE;
    ck_assert_str_eq (get_fault (&self, "hangs"), undying ? "nothing" : "");
    clear (&self);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("workers");
  tcase_add_test (tests, before_each_further_attempt_it_is_told_that_the_one_before_was_killed);
  tcase_add_test (tests, what_not_even_ends_is_left_alone_and_the_next_file_is_treated);
  tcase_add_test (tests,
                  when_all_end_what_is_killed_is_told_and_what_does_not_end_is_not_waited_for);
  return test_run ("workers", tests);
}
