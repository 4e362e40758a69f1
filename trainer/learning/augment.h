/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a stored clip to what the network is shown in training: a random excerpt, changed in ways
 * that do not change its genre. Everything is drawn from the generator given, nothing from
 * elsewhere. */
#pragma once
#include "data/dataset.h"
#include "random.h"
#include "recipe.h"
G_BEGIN_DECLS

typedef enum {
  GENRE_VIEW_ANY, /* mastered as often as the recipe says */
  GENRE_VIEW_RECORDED,
  GENRE_VIEW_MASTERED,
} GenreView;

/* On the spectrogram in dB, in this order: excerpt at a random place, stretched in time and shifted
 * in pitch (bilinear); dynamics scaled around their mean; mastering; equaliser; low-pass and
 * high-pass; fade; noise floor.
 * What the same generator draws for GENRE_VIEW_RECORDED and GENRE_VIEW_MASTERED differs in
 * mastering alone. @decibels: (frames, bands). @recipe NULL: an excerpt and nothing else. */
void genre_augment_excerpt (const GenreRecipe *recipe, const GenreClip *clip, GenreView view,
                            guint bands, guint frames, GenreRandom *random, float *decibels);
/* On what the network sees, (frames, features): frequency and time masks at the mean, 0
 * (Park et al. 2019, SpecAugment). */
void genre_augment_mask (const GenreRecipe *recipe, guint frames, guint features,
                         GenreRandom *random, float *input);

G_END_DECLS
