/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network.h"

struct _GenreInference {
  GenreNetwork *network;
  GMutex lock;
  GPtrArray *idle; /* of GenreTape: as many as ever ran at the same time */
};

GenreInference *
genre_inference_new (GenreNetwork *network)
{
  GenreInference *inference = g_new0 (GenreInference, 1);
  inference->network = genre_network_ref (network);
  g_mutex_init (&inference->lock);
  inference->idle = g_ptr_array_new_with_free_func ((GDestroyNotify) genre_tape_free);
  return inference;
}

void
genre_inference_free (GenreInference *inference)
{
  g_ptr_array_unref (inference->idle);
  g_mutex_clear (&inference->lock);
  genre_network_unref (inference->network);
  g_free (inference);
}

void
genre_inference_run (GenreInference *inference, const float *input, float *scores)
{
  GenreTape *tape = NULL;
  g_mutex_lock (&inference->lock);
  if (inference->idle->len)
    tape = g_ptr_array_steal_index_fast (inference->idle, inference->idle->len - 1);
  g_mutex_unlock (&inference->lock);
  if (!tape)
    tape = genre_tape_new (inference->network, 1);
  const float *result = genre_tape_forward (tape, GENRE_PASS_EVALUATE, 1, input,
                                            genre_random_keyed (0, 0, 0, 0));
  for (guint i = 0; i < genre_network_get_n_labels (inference->network); i++)
    scores[i] = result[i];
  g_mutex_lock (&inference->lock);
  g_ptr_array_add (inference->idle, tape);
  g_mutex_unlock (&inference->lock);
}
