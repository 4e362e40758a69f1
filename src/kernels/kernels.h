/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreKernels: the arithmetic under everything, once for each instruction set. The files whose
 * names end in _kernel.c are compiled once for each; the best set that the processor has is chosen
 * at run time, and every user takes its functions from that one table.
 *
 *   convolution_kernel.c   inference: images, channels last, one input at a time (image.h)
 *   correlation_kernel.c   training: any window over planes of a batch (correlation.h)
 *   tiles_kernel.c         training: windows of 3 × 3 by Winograd's filtering (tiles.h)
 *   matrix_kernel.c        both: products of matrices (matrix.h)
 *   halving_kernel.c       halving a sample rate (halving.h)
 *
 * Training and inference each have their own, because they hold data in different orders: a batch
 * in training is normalised channel by channel, which planes make contiguous; a single input is
 * fastest with its channels last, where nothing has to be transposed. */
#pragma once
#include "convolution.h"
#include "correlation.h"
#include "halving.h"
#include "matrix.h"
#include "tiles.h"
G_BEGIN_DECLS

typedef struct {
  guint tiles; /* of Winograd's filtering that are best done at once */
  void (*convolve) (const GenreConvolution *convolution, const float *x, const float *addend,
                    float *y, float *scratch);
  /* y = activation (a + b), three images of one shape */
  void (*add) (const GenreImage *image_a, const float *a, const GenreImage *image_b, const float *b,
               const GenreImage *image_y, float *y, GenreActivation activation);
  /* y = x, each channel times its own value of @gate (pitch,) */
  void (*scale) (const GenreImage *image_x, const float *x, const float *gate,
                 const GenreImage *image_y, float *y);
  /* Means over the features of each frame into @frame_means (frames, pitch); their mean over the
   * frames and, unless NULL, √(variance + @epsilon) */
  void (*statistics) (const GenreImage *image, const float *x, float epsilon, float *frame_means,
                      float *mean, float *deviation);
} GenreConvolutionKernels;

typedef struct {
  /* y[m · y_row + to] = Σ_k a[m · n_taps + k] · x[tap k + from] */
  void (*product) (const GenreCorrelation *correlation, guint n_rows, const float *a,
                   const float *x, float *y, gsize y_row);
  /* a[m · n_taps + k] += Σ dy[m · y_row + to] · x[tap k + from], over @n_images pairs of x and dy,
   * @x_step and @y_step apart */
  void (*outer) (const GenreCorrelation *correlation, guint n_rows, float *a, guint n_images,
                 const float *x, gsize x_step, const float *dy, gsize y_row, gsize y_step);
} GenreCorrelationKernels;

typedef struct {
  /* @y: (out, batch, frames, features) = @weights (out, in, 3, 3) ⋆ @x */
  void (*product) (const GenreTiles *tiles, guint batch, const float *weights, const float *x,
                   float *y, float *scratch);
  /* @dweights += Σ dy · views of x */
  void (*outer) (const GenreTiles *tiles, guint batch, const float *x, const float *dy,
                 float *dweights, float *scratch);
} GenreTilesKernels;

typedef struct {
  /* genre_matrix_multiply() */
  void (*multiply) (guint rows, guint columns, guint length, GenreMatrix a, GenreMatrix b,
                    gboolean adds, float *c, gsize c_row);
} GenreMatrixKernels;

struct _GenreKernels {
  const char *name; /* "avx2" */
  gboolean (*available) (void);
  guint lanes; /* floats of a vector */
  const GenreConvolutionKernels *convolution;
  const GenreCorrelationKernels *correlation;
  const GenreTilesKernels *tiles;
  const GenreMatrixKernels *matrix;
  const GenreHalvingKernels *halving;
};

/* All that this build has, the fastest first, NULL-terminated; the last one runs everywhere. */
extern const GenreKernels *const genre_kernels[];
/* The best that this processor runs. */
const GenreKernels *genre_kernels_choose (void);

G_END_DECLS
