/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreKernels: the arithmetic of inference. kernels.c is compiled once for each instruction set;
 * the best one that the processor has is chosen at run time.
 *
 * Images are (frames, features, channels) in C order: the channels of one pixel lie together,
 * filled up with zeros to a multiple of GENRE_CHANNEL_BLOCK, so that every loop over channels is
 * whole vectors and a row of a convolution's window is one run of memory. Around an image lies a
 * margin of zeros, so that no loop knows about edges. All images are aligned to 64 bytes. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define GENRE_CHANNEL_BLOCK 16

typedef struct {
  guint frames, features, channels;
  guint pitch;         /* floats from pixel to pixel: channels rounded up, or 1 */
  guint top, left;     /* margin before the first frame, the first feature */
  guint rows, columns; /* frames and features with all margins */
} GenreImage;

/* Floats from an image's start to a pixel; @frame and @feature may point into the margin. */
static inline gssize
genre_image_at (const GenreImage *image, gssize frame, gssize feature)
{
  return ((frame + image->top) * (gssize)image->columns + feature + image->left) *
         (gssize)image->pitch;
}

static inline gsize
genre_image_size (const GenreImage *image)
{
  return (gsize)image->rows * image->columns * image->pitch;
}

typedef enum {
  GENRE_ACTIVATION_NONE,
  GENRE_ACTIVATION_RELU,
  GENRE_ACTIVATION_SILU,
  GENRE_ACTIVATION_SIGMOID,
} GenreActivation;

/* One convolution and everything that follows it and can be done while its result is still in
 * registers: out = pool (activation (convolution (in) + bias + addend)). */
typedef struct {
  GenreImage in, out, addend;
  guint frames, features; /* of the convolution, before pooling */
  guint kernel[2], stride[2], padding[2];
  guint pool[2]; /* window of the max-pooling, 1 × 1 for none */
  gboolean adds; /* there is an addend, of the shape of the convolution */
  GenreActivation activation;
  gboolean depthwise; /* each channel has its own window, weights (kernel, channels) */
  guint winograd;     /* outputs of a tile along each axis, 2 or 4; 0: direct */
  float *weights;     /* (panels, [winograd positions,] kernel · in, channels of the panel) */
  float *bias;        /* (out.pitch,) */
} GenreConvolution;

/* Tiles of a Winograd convolution that go through each stage together, so that their transforms
 * stay in the cache. */
#define GENRE_WINOGRAD_TILES 28

/* Floats from position to position of the transforms of @tiles tiles: an odd number of cache lines,
 * since the stores to all positions of a tile would evict each other at a power of two. */
static inline gsize
genre_winograd_plane (guint tiles, guint pitch)
{
  gsize lines = (gsize)MIN (tiles, GENRE_WINOGRAD_TILES) * pitch / 16;
  return (lines | 1) * 16;
}

typedef struct {
  const char *name;
  gboolean (*available) (void);
  guint panel; /* output channels whose weights lie together */
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
} GenreKernels;

/* All that this build has, the fastest first, NULL-terminated; the last one runs everywhere. */
extern const GenreKernels *const genre_kernels[];
const GenreKernels *genre_kernels_choose (void);

G_END_DECLS
