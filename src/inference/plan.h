/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenrePlan: a network turned into the steps that inference takes, with its own copy of the
 * weights.
 *
 * The layers are read in order. A convolution becomes a step; what follows it joins that step where
 * it can: batch normalisation is folded into the weights, activation, max-pooling and the sum of a
 * residual block are done while the result is in registers. A layer that the kernels do not know is
 * run by its own forward function, the one that training uses. Images live in one block of memory,
 * the arena, in which those whose times do not overlap share their place. */
#pragma once
#include "kernels/kernels.h"
#include "network.h"
G_BEGIN_DECLS

typedef struct _GenrePlan GenrePlan;

/* GENRE_ERROR_IO if there is not enough memory. */
GenrePlan *genre_plan_new (GenreNetwork *network, const GenreKernels *kernels, GError **error);
void genre_plan_free (GenrePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenrePlan, genre_plan_free)

/* An arena serves one run at a time, of this plan. Free with genre_floats_free(). GENRE_ERROR_IO if
 * there is not enough memory. */
float *genre_plan_new_arena (const GenrePlan *plan, GError **error);
gsize genre_plan_get_arena_bytes (const GenrePlan *plan);
/* @input: (frames, features); @scores: (n_labels,). Where the processor can be told so, denormal
 * numbers count as zero: with them a network takes a hundred times as long. The caller's thread has
 * its own way with them afterwards.
 */
void genre_plan_run (const GenrePlan *plan, float *arena, const float *input, float *scores);

G_END_DECLS
