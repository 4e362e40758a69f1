/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Convolutions of training with windows and strides of any kind. correlation_kernel.c does them.
 *
 * An image is (channels, phases, rows, columns), padded with zeros, its channels @plane apart.
 * Phase (r, q) holds every value that lies r frames and q features after a multiple of the stride;
 * with stride 1 there is one. A tap is one weight's view of the image: the image from some offset
 * on. So y[m] = Σ_k a[m, k] · tap[k] is a matrix product whose second matrix, the patches, exists
 * only as offsets: nothing is gathered, and no gradient scattered. Results are computed a vector at
 * a time, at places listed once for a layer. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _GenreKernels GenreKernels; /* kernels.h */

typedef struct {
  const GenreKernels *kernels;
  guint channels; /* of images */
  guint kernel[2], stride[2];
  guint rows, columns;    /* of a phase */
  guint frames, features; /* of the result */
  gsize phase, plane;     /* floats from phase to phase, from channel to channel */
  guint n_taps;           /* channels · kernel */
  gsize *taps; /* (n_taps,) offsets into an image; NULL until prepared, as what follows */
  guint n_places;
  guint *from, *to; /* (n_places,) of each vector: in an image after a tap, in a result */
  gboolean is_run;  /* rows of the result are @columns long, gaps between them: see below */
} GenreCorrelation;

/* What there is to know but for the tables, which may be large: those are made by
 * genre_correlation_prepare(). For @kernels, or the best that the processor runs if NULL. A window
 * of @kernel, moved by @stride over images of @channels, with results of @frames × @features. Where
 * @features is a whole number of vectors, a result is just that; otherwise it is a run, in which
 * what lies between rows is of no interest (in results) or zero (in gradients). */
void genre_correlation_init (GenreCorrelation *correlation, const GenreKernels *kernels,
                             guint channels, const guint kernel[2], const guint stride[2],
                             guint frames, guint features);
guint64 genre_correlation_table_bytes (const GenreCorrelation *correlation);
gboolean genre_correlation_prepare (GenreCorrelation *correlation); /* FALSE without memory */
void genre_correlation_clear (GenreCorrelation *correlation);
/* Floats of one channel of a result, and of an image. */
gsize genre_correlation_result_size (const GenreCorrelation *correlation);
gsize genre_correlation_image_size (const GenreCorrelation *correlation, guint channels);
/* @source: @channels planes of @frames × @features, @step apart, @padding[0] rows and @padding[1]
 * columns from the image's corner. */
void genre_correlation_load (const GenreCorrelation *correlation, guint channels, guint frames,
                             guint features, const guint padding[2], const float *source,
                             gsize step, float *image);

G_END_DECLS
