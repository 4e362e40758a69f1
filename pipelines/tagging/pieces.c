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

/* ---- many at once ---- */

/* A polynomial of the bytes, each of which is at least 1, that rolls on with them. */
#define FACTOR G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)
#define FILTER_BITS 16

typedef struct {
  guint64 hash;
  const guint8 *bytes;
  guint owner;
  gboolean is_found;
} Wanted;

typedef struct {
  GArray *wanted;   /* of Wanted, by their hashes */
  gboolean *may_be; /* by the first bits of a hash */
} Search;

static guint64
hash_piece (const guint8 *bytes)
{
  guint64 hash = 0;
  for (guint i = 0; i < PIECE; i++)
    hash = hash * FACTOR + bytes[i] + 1;
  return hash;
}

/* Of the first byte of a piece. */
static guint64
get_weight (void)
{
  guint64 weight = 1;
  for (guint i = 1; i < PIECE; i++)
    weight *= FACTOR;
  return weight;
}

static int
compare_hashes (gconstpointer a, gconstpointer b)
{
  const Wanted *first = a, *second = b;
  return (first->hash > second->hash) - (first->hash < second->hash);
}

static void
search_add (Search *self, GBytes *pieces, guint owner)
{
  gsize size = 0;
  const guint8 *bytes = pieces ? g_bytes_get_data (pieces, &size) : NULL;
  for (; size >= PIECE; size -= PIECE, bytes += PIECE) {
    const Wanted wanted = {hash_piece (bytes), bytes, owner, FALSE};
    self->may_be[wanted.hash >> (64 - FILTER_BITS)] = TRUE;
    g_array_append_val (self->wanted, wanted);
  }
}

/* The first one that has this hash, or a greater one. */
static guint
search_find (const Search *self, guint64 hash)
{
  guint from = 0, to = self->wanted->len;
  while (from < to) {
    const guint middle = from + (to - from) / 2;
    if (g_array_index (self->wanted, Wanted, middle).hash < hash)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

static void
search_look (Search *self, guint64 hash, const guint8 *bytes)
{
  if (!self->may_be[hash >> (64 - FILTER_BITS)])
    return;
  for (guint i = search_find (self, hash); i < self->wanted->len; i++) {
    Wanted *wanted = &g_array_index (self->wanted, Wanted, i);
    if (wanted->hash != hash)
      return;
    wanted->is_found = wanted->is_found || memcmp (wanted->bytes, bytes, PIECE) == 0;
  }
}

static void
search_stretch (Search *self, const guint8 *bytes, gsize n)
{
  const guint64 weight = get_weight ();
  guint64 hash = hash_piece (bytes);
  search_look (self, hash, bytes);
  for (gsize at = 0; at + PIECE < n; at++) {
    hash = (hash - (bytes[at] + G_GUINT64_CONSTANT (1)) * weight) * FACTOR + bytes[at + PIECE] + 1;
    search_look (self, hash, bytes + at + 1);
  }
}

static void
search_file (Search *self, int fd, SignOfLife *life)
{
  g_autofree guint8 *stretch = g_malloc (STRETCH);
  gssize n_read;
  for (goffset at = 0; (n_read = pread (fd, stretch, STRETCH, at)) >= PIECE;
       at += n_read - PIECE + 1) {
    search_stretch (self, stretch, (gsize)n_read);
    sign_of_life (life);
  }
}

/* At least half. */
static gboolean *
search_judge (const Search *self, guint n)
{
  g_autofree guint *n_wanted = g_new0 (guint, n);
  g_autofree guint *n_found = g_new0 (guint, n);
  gboolean *are_in = g_new0 (gboolean, n);
  for (guint i = 0; i < self->wanted->len; i++) {
    const Wanted *wanted = &g_array_index (self->wanted, Wanted, i);
    n_wanted[wanted->owner]++;
    n_found[wanted->owner] += wanted->is_found;
  }
  for (guint i = 0; i < n; i++)
    are_in[i] = n_wanted[i] > 0 && 2 * n_found[i] >= n_wanted[i];
  return are_in;
}

gboolean *
pieces_are_in_each (GBytes *const *pieces, guint n, int fd, SignOfLife *life)
{
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (Wanted));
  g_autofree gboolean *may_be = g_new0 (gboolean, 1 << FILTER_BITS);
  Search search = {wanted, may_be};
  for (guint i = 0; i < n; i++)
    search_add (&search, pieces[i], i);
  g_array_sort (wanted, compare_hashes);
  if (wanted->len > 0)
    search_file (&search, fd, life);
  return search_judge (&search, n);
}
