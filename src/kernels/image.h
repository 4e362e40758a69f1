/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images as inference has them: (frames, features, channels) in C order. The channels of one pixel
 * lie together, filled up with zeros to whole vectors of the kernels, so that every loop over
 * channels is whole vectors and a row of a convolution's window is one run of memory. Around an
 * image lies a margin of zeros, so that no loop knows about edges. All images are aligned to 64
 * bytes. (Training has planes, (channels, batch, frames, features): see layers/layer.h.) */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

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

G_END_DECLS
