/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreBatches: which clip is shown when, and how: the inputs and targets of any position of any
 * epoch, computed from (seed, epoch, position) alone. */
#pragma once
#include "augment.h"
#include "data/dataset.h"
#include "recipe.h"
G_BEGIN_DECLS

typedef struct _GenreBatches GenreBatches;

/* Clips shorter than a segment are left out, @n_short says how many. NULL and GENRE_ERROR_DATA if
 * what is left is of fewer than two kinds (a label each, and music of none), or if artists are to
 * be balanced and no clip has one. */
GenreBatches *genre_batches_new (const GenreRecipe *recipe, GenreDataset *dataset,
                                 GenreFrontEnd *front_end, GPtrArray *clips, guint *n_short,
                                 GError **error);
void genre_batches_free (GenreBatches *batches);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreBatches, genre_batches_free)

/* How genres take turns where they are balanced: of another version are other trainings. */
#define GENRE_BATCHES_TURNS 2
/* The same of how artists are told apart where they are balanced. */
#define GENRE_BATCHES_ARTISTS 2
/* The same of what is mixed in where clips have weights and are mixed with their own genre. */
#define GENRE_BATCHES_PARTNERS 2
gboolean genre_batches_weigh_partners (const GenreRecipe *recipe);

/* Mini-batches in an epoch: as many as the clips fill, what is left over waiting for another order,
 * and one where they fill none. */
guint genre_batches_get_n_steps (const GenreBatches *batches);
/* Draws the order of @epoch; before any fill of that epoch, not while others fill. */
void genre_batches_begin (GenreBatches *batches, guint epoch);
/* @position: 0 to n_steps · batch − 1. @input: (frames, features), @target: (n_labels,), summing to
 * the weight of the clip, 1 without class weights; with mixup to the mean of the clip's weight and
 * the partner's by their shares, and a partner of any genre weighs 1. Views as recorded and
 * mastered have the same target and differ in mastering alone, also of what is mixed in. */
void genre_batches_fill (const GenreBatches *batches, guint position, GenreView view, float *input,
                         float *target);

G_END_DECLS
