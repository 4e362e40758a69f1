/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreConvolution: a convolution of inference with what follows it, and what has to be known and
 * done once before kernels can run it: which way is the fastest, what margin its input needs, how
 * its weights lie in memory. convolution_kernel.c runs it. */
#pragma once
#include "image.h"
G_BEGIN_DECLS

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
  guint winograd[2];  /* outputs of a tile along each axis; 0, 0: direct */
  guint at_once;      /* of these tiles */
  gboolean lines;     /* of one channel, by Winograd's filtering along frames alone */
  float *weights;     /* (panels, [winograd positions,] kernel · in, channels of the panel); of
                       * lines (panels, positions, kernel[1], channels of the panel) */
  float *bias;        /* (out.pitch,); both are somebody else's */
} GenreConvolution;

/* The sizes of tiles that there are: X (outputs along frames, along features). */
#define GENRE_WINOGRAD_SIZES(X) X (2, 2) X (2, 4) X (4, 2) X (4, 4) X (4, 6)

#define GENRE_FLOATS_IN_LINE 16 /* of the cache, and in the widest vector */

/* To whole lines of the cache. */
static inline guint64
genre_round_up_to_line (guint64 floats)
{
  return (floats + GENRE_FLOATS_IN_LINE - 1) / GENRE_FLOATS_IN_LINE * GENRE_FLOATS_IN_LINE;
}

/* Output channels of the panel, whose weights lie together, that begins at channel @from: three
 * vectors, or two where one alone would be left. */
static inline guint
genre_convolution_panel (guint lanes, guint pitch, guint from)
{
  guint vectors = (pitch - from) / lanes;
  return lanes * (vectors == 4 ? 2 : MIN (vectors, 3));
}

/* Floats from position to position of the transforms of all tiles that are done at once: an odd
 * number of cache lines, since the stores to all positions of a tile would evict each other at a
 * power of two. */
static inline gsize
genre_winograd_plane (const GenreConvolution *conv, guint pitch)
{
  gsize lines = ((gsize)conv->at_once * pitch + GENRE_FLOATS_IN_LINE - 1) / GENRE_FLOATS_IN_LINE;
  return (lines | 1) * GENRE_FLOATS_IN_LINE;
}

/* Winograd's filtering of lines: outputs along frames and positions of F(4, 5); outputs along
 * features that are done at once, at most. */
#define GENRE_LINES_OUT 4
#define GENRE_LINES_POSITIONS 8
#define GENRE_LINES_AT_ONCE 24

/* Floats from position to position of transformed lines. */
static inline gsize
genre_lines_plane (const GenreConvolution *conv)
{
  return genre_round_up_to_line ((conv->features - 1) * conv->stride[1] + conv->kernel[1]);
}

/* The same of what is made of them, @panel channels of GENRE_LINES_AT_ONCE outputs: an odd number
 * of cache lines, as above. */
static inline gsize
genre_lines_product (guint panel)
{
  gsize floats = (gsize)GENRE_LINES_AT_ONCE * panel + GENRE_FLOATS_IN_LINE - 1;
  return (floats / GENRE_FLOATS_IN_LINE | 1) * GENRE_FLOATS_IN_LINE;
}

/* Sets @conv->winograd and @conv->lines from its shapes. */
void genre_convolution_choose (GenreConvolution *conv);
/* Of @conv->winograd's tiles, at most @most go through each stage together. */
void genre_convolution_divide (GenreConvolution *conv, guint most);
/* Widens the margin of @image, which @conv will read. */
void genre_convolution_widen (const GenreConvolution *conv, GenreImage *image);
/* The same for all ways that could be chosen for it, of which none is yet. */
void genre_convolution_widen_most (const GenreConvolution *conv, GenreImage *image);
/* Floats of scratch memory that running it takes. */
gsize genre_convolution_scratch (const GenreConvolution *conv, guint lanes);
/* Floats that its weights and its bias take together: whole lines of the cache. */
gsize genre_convolution_size (const GenreConvolution *conv);
/* Makes @conv->weights and @conv->bias in @room, zeros that go on belonging to the caller, for
 * vectors of @lanes floats. @weights: (out, in, kernel frames, kernel features), for a depthwise
 * one (out, 1, ...); @bias: (out,). */
void genre_convolution_pack (GenreConvolution *conv, guint lanes, const double *weights,
                             const double *bias, float *room);

G_END_DECLS
