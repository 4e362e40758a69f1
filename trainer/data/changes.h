/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a spectrogram in dB that music meets on its way: what training draws at random
 * (augment.h) and what the robustness of a model is measured with (conditions.h). */
#pragma once
#include "random.h"
G_BEGIN_DECLS

/* @curve: (bands,) dB, added to every frame of @decibels, (frames, bands). */
void genre_change_equalise (float *decibels, gsize frames, guint bands, const float *curve);
/* Distances from the mean of all @n values, times @factor: below 1 as after a compressor that
 * works on every band by itself. */
void genre_change_dynamics (float *decibels, gsize n, float factor);
/* Adds the power of noise of the level @noise, (bands,) dB; each value of it is up to 2 dB off. */
void genre_change_add_noise (float *decibels, gsize frames, guint bands, const float *noise,
                             GenreRandom *random);

G_END_DECLS
