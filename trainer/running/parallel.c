/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parallel.h"

typedef struct {
  GenreParallelFunc func;
  gpointer user_data;
  guint n_rounds;
  gint next; /* atomic */
} Loop;

typedef struct {
  Loop *loop;
  guint thread;
} Share;

static gpointer
work (gpointer data)
{
  Share *share = data;
  for (;;) {
    guint round = g_atomic_int_add (&share->loop->next, 1);
    if (round >= share->loop->n_rounds)
      return NULL;
    share->loop->func (round, share->thread, share->loop->user_data);
  }
}

void
genre_parallel_for (guint n_threads, guint n_rounds, GenreParallelFunc func, gpointer user_data)
{
  Loop loop = {func, user_data, n_rounds, 0};
  guint n = CLAMP (n_threads, 1, MAX (n_rounds, 1));
  g_autofree Share *shares = g_new (Share, n);
  g_autofree GThread **threads = g_new (GThread *, n);
  for (guint i = 0; i < n; i++)
    shares[i] = (Share){&loop, i};
  for (guint i = 1; i < n; i++)
    threads[i] = g_thread_new ("genre-train", work, &shares[i]);
  work (&shares[0]);
  for (guint i = 1; i < n; i++)
    g_thread_join (threads[i]);
}
