/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreResampler: mono samples from any rate to any other, for listening machines.
 *
 * A polyphase filter, a windowed sinc of linear phase (Kaiser's window; J. F. Kaiser, "Nonrecursive
 * digital filter design using the I0-sinh window function", 1974) that lies symmetrically around
 * the lower rate's Nyquist frequency: halving a rate, every other tap is zero. It is aligned:
 * output k is the sound at k / to_rate after the first input sample. Outputs do not depend on how
 * the input is cut into pieces, nor on the processor, but for the last bit where the rate is
 * halved: kernels sum in different orders there (kernels/halving.h). Between 44,100 or 48,000 and
 * 22,050 Hz, measured:
 *
 *   Hz       1,000  10,500  10,600  10,800  11,000  11,200  11,300  11,400  11,500 and above
 *   gain/dB   0.00    0.00   -0.02   -0.91   -5.12  -15.78  -25.28  -40.77  below -64
 *
 * so what folds back (from above 11,025 Hz) and still is heard ends up above 10,550 Hz. Between
 * other rates the same holds in proportion to the lower one. One stream, one thread at a time. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define GENRE_RESAMPLER_CHUNK 1024 /* samples at a time, at most */

typedef struct _GenreResampler GenreResampler;

/* Rates in Hz, > 0. All memory is allocated here. */
GenreResampler *genre_resampler_new (guint from_rate, guint to_rate);
void genre_resampler_free (GenreResampler *resampler);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreResampler, genre_resampler_free)

/* @samples: (n_samples,), finite, at most GENRE_RESAMPLER_CHUNK; NULL for silence. Returns how many
 * samples came out; @out: those, valid until the next call. */
gsize genre_resampler_push (GenreResampler *resampler, const float *samples, gsize n_samples,
                            const float **out);
/* Samples of silence after which everything that was pushed has come out. */
gsize genre_resampler_get_delay (const GenreResampler *resampler);
/* Forgets everything; the next sample is sample 0 again. */
void genre_resampler_reset (GenreResampler *resampler);

G_END_DECLS
