/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rounds that run side by side: each once, and no two at a time that share a thread's number; also
 * for race detectors (tests/races). */
#include "running/parallel.h"
#include "running/progress.h"
#include "test.h"

#define N_ROUNDS 2000
#define MOST_THREADS 8

typedef struct {
  guint n_calls[N_ROUNDS]; /* a round's own: what two threads wrote a race detector would see */
  guint n_of_thread[MOST_THREADS]; /* a thread's own */
  gint busy[MOST_THREADS];         /* atomic */
  gint n_threads;
  GThread *caller;
  GenreProgress *progress;
} World;

static void
work (guint round, guint thread, gpointer user_data)
{
  World *world = user_data;
  ck_assert_int_lt ((int)thread, world->n_threads);
  ck_assert (g_atomic_int_compare_and_exchange (&world->busy[thread], 0, 1));
  ck_assert_int_eq (thread == 0, g_thread_self () == world->caller);
  world->n_calls[round]++;
  world->n_of_thread[thread]++;
  genre_progress_step (world->progress, 1, "round");
  if (round % 16 == 0)
    g_thread_yield ();
  g_atomic_int_set (&world->busy[thread], 0);
}

START_TEST (each_round_runs_once)
{
  static const guint n_threads[] = {0, 1, 2, MOST_THREADS};
  for (guint i = 0; i < G_N_ELEMENTS (n_threads); i++) {
    World world = {.n_threads = MAX (1, (gint)n_threads[i]), .caller = g_thread_self ()};
    world.progress = genre_progress_new ("rounds", N_ROUNDS, N_ROUNDS);
    genre_parallel_for (n_threads[i], N_ROUNDS, work, &world);
    guint sum = 0;
    for (guint thread = 0; thread < MOST_THREADS; thread++)
      sum += world.n_of_thread[thread];
    ck_assert_uint_eq (sum, N_ROUNDS);
    for (guint round = 0; round < N_ROUNDS; round++)
      ck_assert_uint_eq (world.n_calls[round], 1);
    genre_progress_free (world.progress);
  }
}
END_TEST

START_TEST (fewer_rounds_than_threads_are_no_harm)
{
  World world = {.n_threads = MOST_THREADS, .caller = g_thread_self ()};
  world.progress = genre_progress_new ("rounds", 1, 1);
  genre_parallel_for (MOST_THREADS, 0, work, &world);
  ck_assert_uint_eq (world.n_calls[0], 0);
  genre_parallel_for (MOST_THREADS, 1, work, &world);
  ck_assert_uint_eq (world.n_calls[0], 1);
  ck_assert_uint_eq (world.n_of_thread[0], 1); /* the caller does it */
  genre_progress_free (world.progress);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("parallel");
  tcase_add_test (tests, each_round_runs_once);
  tcase_add_test (tests, fewer_rounds_than_threads_are_no_harm);
  return test_run ("parallel", tests);
}
