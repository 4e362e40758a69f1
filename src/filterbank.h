/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreFilterBank: each output is a weighted sum over a range of inputs. Only the ranges where
 * weights are not zero are stored. Immutable.
 *
 * mel: triangles on the mel scale of M. Slaney, Auditory Toolbox (1998): linear below 1,000 Hz,
 *   logarithmic above, each triangle with an area of 1 per Hz; equal to librosa.filters.mel (norm=
 *   "slaney", htk=False). A triangle that falls between two FFT bins is empty, as it is there.
 * linear: bands of equal width; each is the mean of the bins inside it, of its nearest bin if there
 *   is none. With fft_size / 2 + 1 bands from 0 to rate / 2, output k is input k.
 * cosine: the first rows of the orthonormal DCT-II. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* So many values after the last input are read, with weight 0; they must be finite. */
#define GENRE_FILTER_BANK_PADDING 7

/* Slaney's scale: 15 mel per 1,000 Hz up to 1,000 Hz, then 27 mel per factor of 6.4. */
double genre_mel_from_hertz (double hertz);

/* Of @input in @output of the orthonormal DCT-II of @n values. */
double genre_cosine_weight (guint n, guint output, guint input);

typedef struct _GenreFilterBank GenreFilterBank;

GenreFilterBank *genre_filter_bank_new_mel (guint rate, guint fft_size, guint bands,
                                            double min_frequency, double max_frequency);
GenreFilterBank *genre_filter_bank_new_linear (guint rate, guint fft_size, guint bands,
                                               double min_frequency, double max_frequency);
GenreFilterBank *genre_filter_bank_new_cosine (guint inputs, guint outputs);
void genre_filter_bank_free (GenreFilterBank *bank);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreFilterBank, genre_filter_bank_free)

/* @input: (inputs + GENRE_FILTER_BANK_PADDING,); @output: (outputs,), apart from @input. */
void genre_filter_bank_apply (const GenreFilterBank *bank, const float *input, float *output);

G_END_DECLS
