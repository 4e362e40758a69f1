/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreTape: one pass of a group of inputs through a network, forward and backward.
 *
 * Training works on groups: one group of clips goes forward and backward in one thread, through one
 * tape. Batch normalisation takes its statistics over the group ("ghost batch normalisation",
 * Hoffer et al. 2017), so results depend neither on threads nor on machines. */
#pragma once
#include "network.h"
#include "random.h"
G_BEGIN_DECLS

typedef struct _GenreTape GenreTape;
typedef enum {
  GENRE_PASS_EVALUATE, /* running statistics, no dropout */
  GENRE_PASS_TRAIN,    /* statistics of the group, dropout */
} GenrePass;

/* Room for the activations and gradients of up to @max_batch inputs. One thread at a time. */
GenreTape *genre_tape_new (GenreNetwork *network, guint max_batch); /* keeps a reference */
/* All of that at once, for training; NULL if there is no memory for it. */
GenreTape *genre_tape_try_new (GenreNetwork *network, guint max_batch);
/* The same without what only training needs. */
GenreTape *genre_tape_try_new_to_evaluate (GenreNetwork *network, guint max_batch);
/* From now on dropout is the same for every @n_views inputs side by side, a batch being a multiple
 * of that: what else differs between them shall be seen alone. To begin with 1. */
void genre_tape_set_views (GenreTape *tape, guint n_views);
void genre_tape_free (GenreTape *tape);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreTape, genre_tape_free)

/* @input: (batch, frames, features), not kept but must stay until backward. @random keys dropout.
 * Returns the scores (batch, n_labels), owned by @tape, valid until the next forward. */
const float *genre_tape_forward (GenreTape *tape, GenrePass pass, guint batch, const float *input,
                                 GenreRandom random);
/* @score_gradient: (batch, n_labels), d loss / d score. Adds to the tape's gradient.
 * @input_gradient: (batch, frames, features) or NULL. Only after a forward of GENRE_PASS_TRAIN. */
void genre_tape_backward (GenreTape *tape, const float *score_gradient, float *input_gradient);
float *genre_tape_get_gradient (GenreTape *tape); /* (n_parameters,) */
/* Statistics of the group in the last training forward, (n_statistics,) in the network's order. */
const float *genre_tape_get_group_statistics (GenreTape *tape);

G_END_DECLS
