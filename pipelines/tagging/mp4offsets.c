/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mp4offsets.h"
#include "mp4box.h"
#include "readat.h"
#include <string.h>
#include <unistd.h>

#define SAMPLES 256     /* of a table: places that are compared */
#define SAMPLE 64       /* bytes of each */
#define BLOCK (1 << 14) /* bytes of a table that are read at once */

typedef struct {
  int before, after;
  Mp4Box movie;   /* before */
  goffset growth; /* bytes by which it has become longer */
} Move;

/* ---- the boxes of a file ---- */

/* @other: what has become of @box. */
static gboolean
is_same_box (Move *self, const Mp4Box *box, const Mp4Box *other, gboolean is_movie)
{
  const goffset length = box->end - box->at + (is_movie ? self->growth : 0);
  if (is_movie)
    self->movie = *box;
  return mp4_box_is (other, box->name) && other->end - other->at == length;
}

/* FALSE: something else has moved or is gone. */
static gboolean
find_move (Move *self)
{
  const goffset old = lseek (self->before, 0, SEEK_END), new = lseek (self->after, 0, SEEK_END);
  goffset shift = 0;
  gboolean found = FALSE;
  Mp4Box box, other;
  self->growth = new - old;
  for (goffset at = 0; mp4_box_read (&box, self->before, at, old); at = box.end) {
    const gboolean is_movie = !found && mp4_box_is (&box, "moov");
    if (!mp4_box_read (&other, self->after, at + shift, new) ||
        !is_same_box (self, &box, &other, is_movie))
      return FALSE;
    found |= is_movie;
    shift = found ? self->growth : 0;
  }
  return found && old >= 0;
}

/* ---- tables ---- */

/* One box after the other, those in others, too. */
typedef struct {
  int fd;
  goffset at;
  goffset ends[MP4_BOX_DEEPEST + 1]; /* of those that it is in */
  guint depth;
  gboolean is_torn;
} Cursor;

static void
step (Cursor *self, const Mp4Box *box)
{
  if (!mp4_box_is_folder (box) || self->depth == MP4_BOX_DEEPEST) {
    self->at = box->end;
    return;
  }
  self->at = mp4_box_find_first (box, self->fd);
  self->ends[++self->depth] = box->end;
}

/* FALSE: there are no more, or one does not fit into its box. */
static gboolean
next_table (Cursor *self, Mp4Table *table)
{
  Mp4Box box;
  for (;;) {
    if (!mp4_box_read (&box, self->fd, self->at, self->ends[self->depth])) {
      if (self->depth == 0)
        return FALSE;
      self->at = self->ends[self->depth--];
      continue;
    }
    step (self, &box);
    if (!mp4_table_read (table, &box, self->fd))
      continue;
    self->is_torn = !mp4_table_fits (table, &box);
    return !self->is_torn;
  }
}

static guint64
get_place (const guint8 *bytes, guint width)
{
  guint64 place = 0;
  for (guint i = 0; i < width; i++)
    place = place << 8 | bytes[i];
  return place;
}

/* What stands there, and is not in the movie box. */
static gboolean
is_same_place (const Move *self, guint64 place, guint64 other)
{
  guint8 bytes[SAMPLE], others[SAMPLE];
  const guint64 begin = (guint64)self->movie.at, end = (guint64)self->movie.end;
  const gboolean is_in_front = place < begin;
  if ((!is_in_front && place < end) || MAX (place, other) > G_MAXINT64 - SAMPLE)
    return TRUE;
  const gsize n = is_in_front ? (gsize)MIN (SAMPLE, begin - place) : SAMPLE;
  const gssize got = read_at (self->before, bytes, n, (goffset)place);
  return got >= 0 && read_at (self->after, others, n, (goffset)other) == got &&
         memcmp (bytes, others, (gsize)got) == 0;
}

/* Who points into the movie box finds no samples there. */
static gboolean
leads_there (const Move *self, guint64 place, guint64 other)
{
  return other == place + (place >= (guint64)self->movie.end ? (guint64)self->growth : 0);
}

/* In blocks: there may be many entries. */
static gboolean
is_same_table (const Move *self, const Mp4Table *table, const Mp4Table *other)
{
  g_autofree guint8 *bytes = g_malloc (2 * BLOCK);
  const guint32 stride = table->n / SAMPLES + 1, most = BLOCK / table->width;
  if (other->n != table->n || other->width != table->width)
    return FALSE;
  for (guint32 i = 0; i < table->n; i++) {
    const guint32 in_block = i % most;
    const goffset at = (goffset)i * table->width;
    const gsize n = (gsize)MIN (most, table->n - i) * table->width;
    if (in_block == 0 && (!read_all_at (self->before, bytes, n, table->at + at) ||
                          !read_all_at (self->after, bytes + BLOCK, n, other->at + at)))
      return FALSE;
    const guint64 place = get_place (bytes + in_block * table->width, table->width);
    const guint64 now = get_place (bytes + BLOCK + in_block * table->width, table->width);
    if (!leads_there (self, place, now) || (i % stride == 0 && !is_same_place (self, place, now)))
      return FALSE;
  }
  return TRUE;
}

gboolean
mp4_offsets_are_kept (int before, int after)
{
  Move move = {.before = before, .after = after};
  Mp4Table table, other;
  if (!find_move (&move))
    return FALSE;
  Cursor old = {.fd = before, .ends = {lseek (before, 0, SEEK_END)}};
  Cursor new = {.fd = after, .ends = {lseek (after, 0, SEEK_END)}};
  while (next_table (&old, &table))
    if (!next_table (&new, &other) || !is_same_table (&move, &table, &other))
      return FALSE;
  return !old.is_torn && !next_table (&new, &other) && !new.is_torn;
}
