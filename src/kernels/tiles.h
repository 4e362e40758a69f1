/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Convolutions of 3 × 3, stride 1, by Winograd's minimal filtering (Lavin & Gray 2015, "Fast
 * Algorithms for Convolutional Neural Networks", F(4 × 4, 3 × 3)): a quarter of the
 * multiplications. tiles_kernel.c does them.
 *
 * Results are cut into tiles of 4 × 4, each of which sees 6 × 6 inputs d. With weights g and
 * gradients y of results, element by element of 36, ⊙ being a product of matrices over channels:
 *   results = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A,  dg = Gᵀ [Σ over tiles (A y Aᵀ) ⊙ (Bᵀ d B)] G
 * the second being the first, which is bilinear, differentiated. The channels of results are done
 * in panels of two vectors, for tiles that with all of theirs would leave the nearer cache. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _GenreKernels GenreKernels; /* kernels.h */

typedef struct {
  guint channels, frames, features;
  gsize row; /* floats from tile to tile: of x all channels and then some, of y a panel */
} GenreTilesPlanes;

typedef struct {
  const GenreKernels *kernels;
  GenreTilesPlanes x, y;
  guint padding[2];
  guint down, across; /* tiles of a plane */
  guint at_once;      /* rows of tiles that stay in the cache */
  guint panels_kept;  /* whose transformed weights do so too: all or 1 */
} GenreTiles;

/* For @kernels, or the best that the processor runs if NULL. @in, @out: channels, frames, features.
 * @padding: at most 2. */
void genre_tiles_init (GenreTiles *tiles, const GenreKernels *kernels, const guint in[3],
                       const guint out[3], const guint padding[2]);
/* Whether fewer multiplications are worth the additions, and the scratch is of a sane size. */
gboolean genre_tiles_pay (const GenreTiles *tiles);
/* Floats; to be aligned as a vector. */
gsize genre_tiles_scratch (const GenreTiles *tiles);

/* Vectors of a band: rows of tiles of one plane, before or after they are transformed. */
#define GENRE_TILES_BAND 704
static inline guint
genre_tiles_band_rows (const GenreTiles *tiles)
{
  guint rows = GENRE_TILES_BAND / (4 * tiles->across + 2);
  return CLAMP ((rows - MIN (rows, 2)) / 4, 1, tiles->down);
}

/* Floats from one of the 36 elements to the next, for @rows rows of @row floats: an odd number of
 * vectors, so that not all elements of a tile fall into one set of the cache. */
gsize genre_tiles_step (const GenreTiles *tiles, gsize rows, gsize row);

G_END_DECLS
