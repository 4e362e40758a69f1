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
/* Limits as mastering does (Giannoulis et al. 2012, "Digital dynamic range compressor design",
 * feed-forward, smoothed by a release): from band @from to band @to - 1, the level of a frame, the
 * mean power of these bands, is let through up to @depth dB under its highest; of what is above, 1
 * / @ratio remains. Gain falls at once and comes back by @release dB a frame. @make_up: share of
 * the mean reduction by which these bands are raised afterwards. */
void genre_change_limit (float *decibels, gsize frames, guint bands, guint from, guint to,
                         float depth, float ratio, float release, float make_up);
/* Compresses as the bands of a mastering compressor do that share their thresholds (the same
 * source, ratio below the threshold, too): from band @from to band @to - 1, the level of a frame,
 * the power of these bands together, keeps 1 / @ratio of its distance from @pivot; it is raised by
 * @most dB at most. */
void genre_change_compress (float *decibels, gsize frames, guint bands, guint from, guint to,
                            float pivot, float ratio, float most);
/* The level of the loudest frame: all bands together, in dB. */
float genre_change_highest_level (const float *decibels, gsize frames, guint bands);
/* A line in dB over all frames, from @first to @last. */
void genre_change_fade (float *decibels, gsize frames, guint bands, float first, float last);
/* Adds the power of @other, (frames, bands) like @decibels, with a @gain in dB. */
void genre_change_mix (float *decibels, const float *other, gsize n, float gain);
/* 10 · log10 of the mean power. */
float genre_change_level (const float *decibels, gsize n);
/* Adds the power of noise of the level @noise, (bands,) dB; each value of it is up to 2 dB off. */
void genre_change_add_noise (float *decibels, gsize frames, guint bands, const float *noise,
                             GenreRandom *random);

G_END_DECLS
