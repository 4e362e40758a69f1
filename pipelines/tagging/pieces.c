/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pieces.h"
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_PIECES 4
#define SAMPLES 4096      /* of a part of a file */
#define STRETCH (1 << 20) /* bytes that are read at a time */

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

/* Of those not found yet, in @size bytes. */
static guint
find_pieces (const guint8 *pieces, guint n, gboolean *is_found, const guint8 *bytes, gsize size)
{
  guint n_new = 0;
  for (guint i = 0; i < n; i++)
    if (!is_found[i] && memmem (bytes, size, pieces + (gsize)i * PIECE, PIECE)) {
      is_found[i] = TRUE;
      n_new++;
    }
  return n_new;
}

/* The file is a person's, who may cut it off meanwhile: it is read, since of a mapping bytes that
 * are there no more are a SIGBUS. */
gboolean
pieces_are_in (GBytes *self, int fd, SignOfLife *life)
{
  struct stat status;
  gsize size;
  const guint8 *pieces = g_bytes_get_data (self, &size);
  const guint n = (guint)(size / PIECE);
  if (!pieces || n == 0 || fstat (fd, &status) != 0)
    return FALSE;
  g_autofree guint8 *stretch = g_malloc (STRETCH);
  g_autofree gboolean *is_found = g_new0 (gboolean, n);
  guint n_found = 0;
  gssize n_read;
  for (goffset at = 0; 2 * n_found < n && at < status.st_size; at += n_read - PIECE + 1) {
    n_read = pread (fd, stretch, STRETCH, at);
    if (n_read < PIECE)
      break;
    n_found += find_pieces (pieces, n, is_found, stretch, (gsize)n_read);
    sign_of_life (life);
  }
  return 2 * n_found >= n;
}
