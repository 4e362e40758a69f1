/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inference.h"
#include <pthread.h>
#include "floats.h"
#include "plan.h"

struct _GenreInference {
  GenrePlan *plan;
  pthread_mutex_t lock; /* ThreadSanitizer does not see through GLib's */
  pthread_cond_t returned;
  GPtrArray *idle; /* arenas, as many as ever ran at the same time */
};

GenreInference *
genre_inference_new (GenreNetwork *network, GError **error)
{
  g_autoptr (GenrePlan) plan = genre_plan_new (network, genre_kernels_choose (), error);
  float *arena = plan ? genre_plan_new_arena (plan, error) : NULL;
  if (!arena)
    return NULL;
  GenreInference *inference = g_new0 (GenreInference, 1);
  inference->plan = g_steal_pointer (&plan);
  pthread_mutex_init (&inference->lock, NULL);
  pthread_cond_init (&inference->returned, NULL);
  inference->idle = g_ptr_array_new_with_free_func (genre_floats_free);
  g_ptr_array_add (inference->idle, arena);
  return inference;
}

void
genre_inference_free (GenreInference *inference)
{
  g_ptr_array_unref (inference->idle);
  pthread_cond_destroy (&inference->returned);
  pthread_mutex_destroy (&inference->lock);
  genre_plan_free (inference->plan);
  g_free (inference);
}

/* An idle one; without @waits NULL if there is none. */
static float *
take_idle_arena (GenreInference *inference, gboolean waits)
{
  float *arena = NULL;
  pthread_mutex_lock (&inference->lock);
  while (waits && inference->idle->len == 0)
    pthread_cond_wait (&inference->returned, &inference->lock);
  if (inference->idle->len)
    arena = g_ptr_array_steal_index_fast (inference->idle, inference->idle->len - 1);
  pthread_mutex_unlock (&inference->lock);
  return arena;
}

void
genre_inference_run (GenreInference *inference, const float *input, float *scores)
{
  float *arena = take_idle_arena (inference, FALSE);
  if (!arena)
    arena = genre_plan_new_arena (inference->plan, NULL);
  if (!arena) /* there is at least one, which somebody uses */
    arena = take_idle_arena (inference, TRUE);
  genre_plan_run (inference->plan, arena, input, scores);
  pthread_mutex_lock (&inference->lock);
  g_ptr_array_add (inference->idle, arena);
  pthread_cond_signal (&inference->returned);
  pthread_mutex_unlock (&inference->lock);
}
