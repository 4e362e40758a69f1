/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreInference: a network made fast for answering, shared by all who ask. */
#pragma once
#include "network.h"
G_BEGIN_DECLS

typedef struct _GenreInference GenreInference;

/* A copy of the network's parameters prepared for inference: batch normalisation folded into
 * convolutions, layers fused. Immutable and usable from any number of threads at once; scratch
 * memory is kept for as many calls as ever ran at the same time, and for one from the beginning.
 * GENRE_ERROR_IO if there is not enough memory. (transfer full) */
GenreInference *genre_inference_new (GenreNetwork *network, GError **error);
void genre_inference_free (GenreInference *inference);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreInference, genre_inference_free)
/* @input: (frames, features); @scores: (n_labels,). Where the processor can be told so, denormal
 * numbers, below 2^-126, count as zero, during the call only: they would take a hundred times as
 * long. Where there is no memory for one more call at the same time, it waits for another to end.
 */
void genre_inference_run (GenreInference *inference, const float *input, float *scores);

G_END_DECLS
