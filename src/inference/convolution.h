/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be known and done once about a convolution before kernels can run it: which way is
 * the fastest, what margin its input needs, how its weights lie in memory. */
#pragma once
#include "kernels.h"
G_BEGIN_DECLS

/* Sets @conv->winograd from its shapes. */
void genre_convolution_choose (GenreConvolution *conv);
/* Widens the margin of @image, which @conv will read. */
void genre_convolution_widen (const GenreConvolution *conv, GenreImage *image);
/* Floats of scratch memory that running it takes. */
gsize genre_convolution_scratch (const GenreConvolution *conv);
/* Makes @conv->weights and @conv->bias. @weights: (out, in, kernel frames, kernel features), for a
 * depthwise one (out, 1, ...); @bias: (out,). */
void genre_convolution_pack (GenreConvolution *conv, guint panel, const double *weights,
                             const double *bias);
void genre_convolution_clear (GenreConvolution *conv);

/* Zeroed and aligned for vectors; g_aligned_free(). */
float *genre_aligned_floats (gsize n);

G_END_DECLS
