/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How data and gradients go through layers, one after the other. */
#pragma once
#include "layer.h"
G_BEGIN_DECLS

/* The whole layer by itself. */
void genre_layer_forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y);
/* Returns what the last layer wrote. */
const float *genre_sequence_forward (GPtrArray *sequence, GenreRun *run, const float *x);
/* @dy is left alone; @dx may be NULL where nobody wants it. */
void genre_sequence_backward (GPtrArray *sequence, GenreRun *run, const float *dy, float *dx);

G_END_DECLS
