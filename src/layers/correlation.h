/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arithmetic of convolutions in training. correlation.c is compiled once for
 * each instruction set; the best one that the processor has is chosen at run time.
 *
 * An image is (channels, phases, rows, columns), padded with zeros, its channels @plane apart.
 * Phase (r, q) holds every value that lies r frames and q features after a multiple of the stride;
 * with stride 1 there is one. A tap is one weight's view of the image: the image from some offset
 * on. So y[m] = Σ_k a[m, k] · tap[k] is a matrix product whose second matrix, the patches, exists
 * only as offsets: nothing is gathered, and no gradient scattered. Results are computed a vector at
 * a time, at places listed once for a layer.
 */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _GenreCorrelation GenreCorrelation;

typedef struct {
  gboolean (*available) (void);
  guint lanes;
  /* y[m · y_row + to] = Σ_k a[m · n_taps + k] · x[tap k + from] */
  void (*product) (const GenreCorrelation *correlation, guint n_rows, const float *a,
                   const float *x, float *y, gsize y_row);
  /* a[m · n_taps + k] += Σ dy[m · y_row + to] · x[tap k + from], over @n_images pairs of x and dy,
   * @x_step and @y_step apart */
  void (*outer) (const GenreCorrelation *correlation, guint n_rows, float *a, guint n_images,
                 const float *x, gsize x_step, const float *dy, gsize y_row, gsize y_step);
} GenreCorrelationKernels;

struct _GenreCorrelation {
  const GenreCorrelationKernels *kernels;
  guint stride[2];
  guint rows, columns;    /* of a phase */
  guint frames, features; /* of the result */
  gsize phase, plane;     /* floats from phase to phase, from channel to channel */
  guint n_taps;           /* channels · kernel */
  gsize *taps;            /* (n_taps,) offsets into an image */
  guint n_places;
  guint *from, *to; /* (n_places,) of each vector: in an image after a tap, in a result */
  gboolean is_run;  /* rows of the result are @columns long, gaps between them: see below */
};

/* All that this build has, the fastest first, NULL-terminated; the last one runs everywhere. */
extern const GenreCorrelationKernels *const genre_correlation_kernels[];

/* For @kernels, or the best that the processor runs if NULL. A window of @kernel, moved by @stride
 * over images of @channels, with results of @frames ×
 * @features. Where
 * @features is a whole number of vectors, a result is just that; otherwise it is a run, in which
 * what lies between rows is of no interest (in results) or zero (in gradients). */
void genre_correlation_init (GenreCorrelation *correlation, const GenreCorrelationKernels *kernels,
                             guint channels, const guint kernel[2], const guint stride[2],
                             guint frames, guint features);
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
