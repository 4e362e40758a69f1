/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Architectures are descriptions (network.h), written here from a recipe's widths and depth. */
#pragma once
#include "recipe.h"
G_BEGIN_DECLS

/* cnn: stages of 3×3 convolution, batch-norm, ReLU, 2×2 max pooling (Simonyan, Zisserman 2014,
 * VGG). resnet: a 5×5 stem with stride 2, then residual stages (He et al. 2015), pooled between.
 * efficientnet: a 3×3 stem with stride 2, then stages of inverted residual blocks with depthwise
 * convolutions of 3×3 and 5×5 in turn, squeeze-and-excitation, SiLU (Tan, Le 2019), all but the
 * first stage beginning with stride 2 and widened by the recipe's expansion.
 * timbre: the first cepstral coefficients, how they spread and go together over time, and no hidden
 * layer (Mandel, Ellis 2005).
 * All end in statistics over time, dropout and a dense layer. Anything else is the path of a file
 * that holds a description. JSON text (transfer full). */
char *genre_architecture_describe (const GenreRecipe *recipe, guint n_labels, GError **error);
/* Whether the description is in a file, which may change while the recipe stays. */
gboolean genre_architecture_is_file (const GenreRecipe *recipe);
/* Reads such a file once for all trainings by this recipe and its copies, until it is set to
 * something else. */
gboolean genre_architecture_keep (GenreRecipe *recipe, GError **error);
/* Puts before an error of such a network what describes it: that file, or the recipe's origin. */
void genre_architecture_blame (const GenreRecipe *recipe, GError **error);

G_END_DECLS
