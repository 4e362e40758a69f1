/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inference.h"
#include <pthread.h>
#include "floats.h"
#include "plan.h"

struct _GenreInference {
  GenrePlan *plan;
  pthread_mutex_t lock; /* ThreadSanitizer does not see through GLib's */
  GPtrArray *idle;      /* arenas, as many as ever ran at the same time */
};

GenreInference *
genre_inference_new (GenreNetwork *network)
{
  GenreInference *inference = g_new0 (GenreInference, 1);
  inference->plan = genre_plan_new (network, genre_kernels_choose ());
  pthread_mutex_init (&inference->lock, NULL);
  inference->idle = g_ptr_array_new_with_free_func (genre_floats_free);
  return inference;
}

void
genre_inference_free (GenreInference *inference)
{
  g_ptr_array_unref (inference->idle);
  pthread_mutex_destroy (&inference->lock);
  genre_plan_free (inference->plan);
  g_free (inference);
}

void
genre_inference_run (GenreInference *inference, const float *input, float *scores)
{
  float *arena = NULL;
  pthread_mutex_lock (&inference->lock);
  if (inference->idle->len)
    arena = g_ptr_array_steal_index_fast (inference->idle, inference->idle->len - 1);
  pthread_mutex_unlock (&inference->lock);
  if (!arena)
    arena = genre_plan_new_arena (inference->plan);
  genre_plan_run (inference->plan, arena, input, scores);
  pthread_mutex_lock (&inference->lock);
  g_ptr_array_add (inference->idle, arena);
  pthread_mutex_unlock (&inference->lock);
}
