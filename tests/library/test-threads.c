/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that share a model, from its first use on, in which it makes what all of them use: for
 * race detectors, too (meson test --setup helgrind library-threads). */
#include <math.h>
#include "genre/genre.h"
#include "test.h"

#define N_THREADS 3
#define RATE 8000
#define N (8 * RATE)

static gpointer
classify (gpointer model)
{
  g_autoptr (GError) error = NULL;
  g_autofree float *samples = g_new (float, N);
  for (gsize i = 0; i < N; i++)
    samples[i] = 0.2f * sinf (0.13f * (float)i) * sinf (0.00021f * (float)i);
  GenreAnswer *answer = genre_model_classify (model, samples, N, RATE, 1, &error);
  ck_assert_msg (answer, "%s", error ? error->message : "");
  genre_model_unref (model);
  return answer;
}

START_TEST (threads_share_a_model)
{
  GenreModel *model = genre_model_load_default (NULL);
  ck_assert_ptr_nonnull (model);
  GThread *threads[N_THREADS];
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("classify", classify, genre_model_ref (model));
  g_autoptr (GenreAnswer) expected = classify (model);
  gsize n_genres, n_answered;
  const double *p = genre_answer_get_probabilities (expected, &n_genres);
  ck_assert_uint_gt (n_genres, 0);
  for (guint i = 0; i < N_THREADS; i++) {
    g_autoptr (GenreAnswer) answer = g_thread_join (threads[i]);
    const double *answered = genre_answer_get_probabilities (answer, &n_answered);
    ck_assert_uint_eq (n_answered, n_genres);
    ck_assert_mem_eq (answered, p, n_genres * sizeof *p);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("threads");
  tcase_add_test (tests, threads_share_a_model);
  return test_run ("threads", tests);
}
