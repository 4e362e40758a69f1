/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tiles_kernel.c needs to know about a convolution, worked out once for a layer. */
#include "kernels.h"

#define CACHED (220 * 1024)   /* floats of transformed tiles: 0.9 MB */
#define KEPT (160 * 1024)     /* floats of transformed weights */
#define MAX_SCRATCH (1 << 23) /* floats */
#define FEWEST_CHANNELS 8     /* below, sums over channels are too short */

gsize
genre_tiles_step (const GenreTiles *tiles, gsize rows, gsize row)
{
  gsize lanes = tiles->kernels->lanes;
  return ((rows * row / lanes) | 1) * lanes;
}

void
genre_tiles_init (GenreTiles *tiles, const GenreKernels *kernels, const guint in[3],
                  const guint out[3], const guint padding[2])
{
  tiles->kernels = kernels ? kernels : genre_kernels_choose ();
  gsize lanes = tiles->kernels->lanes;
  /* an odd number of vectors, as in genre_tiles_step() */
  tiles->x = (GenreTilesPlanes){in[0], in[1], in[2], (((in[0] + lanes - 1) / lanes) | 1) * lanes};
  tiles->y = (GenreTilesPlanes){out[0], out[1], out[2], 2 * lanes};
  tiles->padding[0] = padding[0];
  tiles->padding[1] = padding[1];
  tiles->down = (out[1] + 3) / 4;
  tiles->across = (out[2] + 3) / 4;
  tiles->at_once = MAX (1, CACHED / (36 * (tiles->x.row + tiles->y.row) * tiles->across));
  gsize panels = (out[0] + tiles->y.row - 1) / tiles->y.row;
  gsize panel = 36 * genre_tiles_step (tiles, in[0], tiles->y.row);
  tiles->panels_kept = panels * panel <= KEPT ? panels : 1;
}

gboolean
genre_tiles_pay (const GenreTiles *tiles)
{
  return tiles->x.channels >= FEWEST_CHANNELS && tiles->y.channels >= FEWEST_CHANNELS &&
         (gsize)tiles->down * tiles->across * 6 <= (gsize)tiles->y.frames * tiles->y.features &&
         genre_tiles_scratch (tiles) <= MAX_SCRATCH;
}

gsize
genre_tiles_scratch (const GenreTiles *tiles)
{
  gsize n_tiles = (gsize)tiles->at_once * tiles->across;
  gsize columns = 4 * (gsize)tiles->across + 2;
  gsize band = columns * (4 * genre_tiles_band_rows (tiles) + 2);
  return 36 * (genre_tiles_step (tiles, n_tiles, tiles->x.row) +
               genre_tiles_step (tiles, n_tiles, tiles->y.row) +
               tiles->panels_kept * genre_tiles_step (tiles, tiles->x.channels, tiles->y.row)) +
         MAX (band, 9 * (gsize)tiles->x.channels) * tiles->kernels->lanes;
}
