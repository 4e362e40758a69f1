/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AdamW with a warm-up and cosine schedule, and the running average of the weights. */
#pragma once
#include "network.h"
#include "recipe.h"
G_BEGIN_DECLS

typedef struct {
  GenreNetwork *network;
  gsize n_parameters, n_statistics;
  guint8 *decays;            /* (n_parameters,) does weight decay apply */
  float *rates;              /* (n_parameters,) factor of the learning rate; NULL: 1 */
  float *first, *second;     /* (n_parameters,) moments */
  float *average;            /* (n_parameters,) of the parameters */
  float *average_statistics; /* (n_statistics,) */
  guint64 step;              /* steps taken */
} GenreOptimizer;

/* NULL if there is not enough memory. */
GenreOptimizer *genre_optimizer_new (GenreNetwork *network);
void genre_optimizer_free (GenreOptimizer *optimizer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreOptimizer, genre_optimizer_free)

/* Rises linearly over the first warm-up share of @n_steps, then falls along half a cosine to 0
 * (Loshchilov, Hutter 2016, SGDR). */
double genre_optimizer_rate (const GenreRecipe *recipe, guint64 step, guint64 n_steps);

/* One step of AdamW (Loshchilov, Hutter 2017; β₁ 0.9, β₂ 0.999, ε 1e-8) along @gradient; then the
 * average moves: average += (1 − d) · (parameters − average), d = min (average-decay, (1 + step) /
 * (10 + step)), so that it does not remember the beginning. */
void genre_optimizer_step (GenreOptimizer *optimizer, const GenreRecipe *recipe, double rate,
                           const float *gradient);
/* Running statistics of batch normalisation move by 0.1 towards @group_statistics (n_statistics,).
 */
void genre_optimizer_track (GenreOptimizer *optimizer, const float *group_statistics);

G_END_DECLS
