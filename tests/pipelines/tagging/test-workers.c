/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a worker that hangs, and of one that not even SIGKILL ends, as in a call to a
 * disk that does not answer; that crashes, or cannot be started. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../../pipelines/tagging/workers.h"
#include "test.h"

#define PATIENCE 6 /* s; long enough for one that does not hang on a busy machine */

/* What was said in the end; "": it was killed, and nothing else has come. */
typedef struct {
  const char *const *next; /* file to be given */
  GHashTable *faults;      /* path: fault, or "good" */
  guint n_killed, n_prepared;
  gboolean stops; /* once a file has been given */
  gboolean is_stuck;
  volatile sig_atomic_t stop;
} Run;

static gboolean is_undying;   /* whatever is killed */
static gboolean is_foreign;   /* whatever ends: somebody else has waited for it */
static int n_forks_left = -1; /* that succeed; < 0: all */
static gboolean is_at_rest;   /* time */

/* In the place of the C library's. */
pid_t
waitpid (pid_t pid, int *status, int options)
{
  if (!is_undying) {
    int unseen;
    const pid_t ended =
        (pid_t)syscall (SYS_wait4, pid, is_foreign ? &unseen : status, options, NULL);
    errno = is_foreign && ended == pid ? ECHILD : errno;
    return is_foreign && ended == pid ? -1 : ended;
  }
  ck_assert_msg ((options & WNOHANG) != 0, "it waits for ever");
  return 0;
}

pid_t
fork (void)
{
  pid_t (*real) (void) = (pid_t (*) (void))dlsym (RTLD_NEXT, "fork");
  if (n_forks_left != 0) {
    n_forks_left -= n_forks_left > 0;
    return real ();
  }
  errno = EAGAIN;
  return -1;
}

static gint64 lead; /* us */
static gint64 step = G_TIME_SPAN_SECOND;

gint64
g_get_monotonic_time (void)
{
  struct timespec now;
  if (is_at_rest)
    return G_TIME_SPAN_HOUR;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64)now.tv_sec * G_TIME_SPAN_SECOND + now.tv_nsec / 1000 + lead;
}

/* Between looks at what was killed: what does not end does not do so for long. */
void
g_usleep (gulong microseconds)
{
  if (is_undying)
    lead += step;
  else
    usleep ((useconds_t)microseconds);
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
  Run *self = user_data;
  self->n_prepared++;
  ck_assert_msg (self->n_prepared < 100, "it is given for ever");
  return NULL;
}

static JsonObject *
treat (const char *path, JsonObject *known, gboolean again, gboolean *spent, gpointer user_data)
{
  while (g_str_has_prefix (path, "hangs for ever") || (g_str_equal (path, "hangs once") && !again))
    pause ();
  for (int i = 0; i < 250 && g_str_has_prefix (path, "takes long"); i++) {
    workers_sign_of_life ();
    usleep (20000);
  }
  if (g_str_has_prefix (path, "takes a while"))
    usleep (300000);
  if (g_str_equal (path, "crashes"))
    kill (getpid (), SIGSEGV);
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
run_with (Run *self, const char *const *files, guint n, double patience)
{
  self->next = files;
  self->faults = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const WorkersOptions options = {.n = n,
                                  .patience = patience,
                                  .next = next,
                                  .prepare = prepare,
                                  .treat = treat,
                                  .on_question = on_question,
                                  .on_result = on_result,
                                  .on_kill = on_kill,
                                  .on_look = on_look,
                                  .user_data = self,
                                  .stop = &self->stop};
  self->is_stuck = !workers_run (&options);
}

static void
run (Run *self, const char *const *files)
{
  run_with (self, files, 1, PATIENCE);
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
  static const char *const files[] = {"hangs for ever", "does not", NULL};
  Run self = {0};
  is_undying = TRUE;
  run (&self, files);
  is_undying = FALSE;
  ck_assert_str_eq (get_fault (&self, "hangs for ever"), workers_undying);
  ck_assert_str_eq (get_fault (&self, "does not"), "good");
  ck_assert_uint_eq (self.n_killed, 0);
  clear (&self);
}
END_TEST

START_TEST (when_all_end_what_is_killed_is_told_and_what_does_not_end_is_not_waited_for)
{
  static const char *const files[] = {"hangs for ever", NULL};
  for (int undying = 0; undying < 2; undying++) {
    Run self = {.stops = TRUE};
    is_undying = undying;
    run (&self, files);
    is_undying = FALSE;
    ck_assert_str_eq (get_fault (&self, "hangs for ever"), undying ? "nothing" : "");
    clear (&self);
  }
}
END_TEST

static guint
count_faults (Run *self, const char *fault)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;
  g_hash_table_iter_init (&iter, self->faults);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += g_str_equal (value, fault);
  return n;
}

START_TEST (too_many_that_do_not_end_end_all_before_another_file_is_looked_at)
{
  enum { N = 64, MOST = 32, N_WORKERS = 8 };
  char *files[N + 1] = {NULL};
  Run self = {0};
  for (int i = 0; i < N; i++)
    files[i] = g_strdup_printf ("hangs for ever, too: %d", i);
  is_undying = TRUE;
  run_with (&self, (const char *const *)files, N_WORKERS, 0.4);
  is_undying = FALSE;
  const guint n = count_faults (&self, workers_undying);
  ck_assert (self.is_stuck);
  ck_assert (n >= MOST && n < MOST + N_WORKERS);
  ck_assert_uint_eq (self.n_prepared, n);
  ck_assert_uint_eq (count_faults (&self, workers_no_process), 1);
  ck_assert_uint_eq (g_hash_table_size (self.faults), n + 1);
  for (int i = 0; i < N; i++)
    g_free (files[i]);
  clear (&self);
}
END_TEST

/* Whoever starts the program may ignore that children end; then, and where somebody else waits for
 * them, it is not known how they did. */
START_TEST (what_crashes_is_not_tried_for_ever)
{
  static const char *const files[] = {"crashes", "does not", NULL};
  Run self = {0};
  signal (SIGCHLD, SIG_IGN);
  is_foreign = _i == 1;
  run (&self, files);
  is_foreign = FALSE;
  const char *fault = get_fault (&self, "crashes");
  ck_assert_msg (g_str_has_prefix (fault, _i == 1 ? "its process ended" : "its decoder crashed"),
                 "%s", fault);
  ck_assert_str_eq (get_fault (&self, "does not"), "good");
  ck_assert_uint_eq (self.n_prepared, 2);
  clear (&self);
}
END_TEST

START_TEST (where_no_further_process_can_be_started_those_that_there_are_treat_the_files)
{
  enum { N = 10 };
  char *files[N + 1] = {NULL};
  Run self = {0};
  for (int i = 0; i < N; i++)
    files[i] = g_strdup_printf ("takes a while: %d", i);
  n_forks_left = 1;
  step = 20 * G_TIME_SPAN_SECOND; /* so that it is tried again */
  run_with (&self, (const char *const *)files, 3, 10 * PATIENCE);
  step = G_TIME_SPAN_SECOND;
  n_forks_left = -1;
  ck_assert_uint_eq (count_faults (&self, workers_no_process), 1);
  ck_assert_uint_eq (count_faults (&self, "good"), N - 1);
  for (int i = 0; i < N; i++)
    g_free (files[i]);
  clear (&self);
}
END_TEST

START_TEST (nobody_is_judged_by_how_long_another_takes_to_end)
{
  static const char *const files[] = {"hangs for ever", "takes long", NULL};
  Run self = {0};
  is_undying = TRUE;
  step = 20 * G_TIME_SPAN_SECOND;
  run_with (&self, files, 2, PATIENCE);
  step = G_TIME_SPAN_SECOND;
  is_undying = FALSE;
  ck_assert_str_eq (get_fault (&self, "hangs for ever"), workers_undying);
  ck_assert_str_eq (get_fault (&self, "takes long"), "good");
  clear (&self);
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
  tcase_add_test (tests, too_many_that_do_not_end_end_all_before_another_file_is_looked_at);
  tcase_add_loop_test (tests, what_crashes_is_not_tried_for_ever, 0, 2);
  tcase_add_test (tests,
                  where_no_further_process_can_be_started_those_that_there_are_treat_the_files);
  tcase_add_test (tests, nobody_is_judged_by_how_long_another_takes_to_end);
  return test_run ("workers", tests);
}
