/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pieces.h"
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_PIECES 4
#define SAMPLES 4096 /* of a part of a file */

static gboolean
is_telling (const guint8 *piece)
{
  gboolean seen[256] = {FALSE};
  guint n = 0;
  for (guint i = 0; i < PIECE; i++) {
    n += !seen[piece[i]];
    seen[piece[i]] = TRUE;
  }
  return n >= PIECE / 4;
}

gboolean
pieces_find_one (int fd, goffset at, goffset end, guint8 piece[PIECE], goffset *found)
{
  const goffset step = MAX (PIECE, (end - at) / SAMPLES);
  for (*found = at; *found + PIECE <= end; *found += step)
    if (pread (fd, piece, PIECE, *found) == PIECE && is_telling (piece))
      return TRUE;
  return FALSE;
}

GBytes *
pieces_new (int fd, SignOfLife *life)
{
  struct stat status;
  GByteArray *pieces = g_byte_array_new ();
  const goffset size = fstat (fd, &status) == 0 ? status.st_size : 0;
  for (gint i = 0; i < N_PIECES; i++, sign_of_life (life)) {
    guint8 piece[PIECE];
    goffset at;
    const goffset begin = size * (N_PIECES + i) / (2 * N_PIECES);
    const goffset end = size * (N_PIECES + i + 1) / (2 * N_PIECES);
    if (pieces_find_one (fd, begin, end, piece, &at))
      g_byte_array_append (pieces, piece, PIECE);
  }
  return g_byte_array_free_to_bytes (pieces);
}

gboolean
pieces_are_in (GBytes *self, int fd, SignOfLife *life)
{
  struct stat status;
  gsize size;
  const guint8 *pieces = g_bytes_get_data (self, &size);
  const guint n = (guint)(size / PIECE);
  if (!pieces || n == 0 || fstat (fd, &status) != 0 || status.st_size == 0)
    return FALSE;
  void *all = mmap (NULL, (gsize)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (all == MAP_FAILED)
    return FALSE;
  guint found = 0;
  for (guint i = 0; i < n; i++, sign_of_life (life))
    found += memmem (all, (gsize)status.st_size, pieces + (gsize)i * PIECE, PIECE) != NULL;
  munmap (all, (gsize)status.st_size);
  return 2 * found >= n;
}
