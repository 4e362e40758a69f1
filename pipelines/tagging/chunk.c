/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chunk.h"
#include "moveat.h"
#include "readat.h"
#include "writeall.h"
#include "../translation.h"
#include <string.h>
#include <unistd.h>

#define SIZE_AT 4 /* in the file and in a chunk */

static guint32
get_number (const guint8 *bytes, gboolean big_endian)
{
  guint32 number;
  memcpy (&number, bytes, sizeof number);
  return big_endian ? GUINT32_FROM_BE (number) : GUINT32_FROM_LE (number);
}

static gboolean
write_number (int fd, goffset at, guint32 number, gboolean big_endian)
{
  number = big_endian ? GUINT32_TO_BE (number) : GUINT32_TO_LE (number);
  return write_at (fd, &number, sizeof number, at);
}

gboolean
chunk_read (Chunk *self, int fd, goffset at, gboolean big_endian)
{
  guint8 header[CHUNK_HEADER];
  if (!read_all_at (fd, header, CHUNK_HEADER, at))
    return FALSE;
  *self = (Chunk){.at = at, .size = get_number (header + SIZE_AT, big_endian)};
  memcpy (self->name, header, 4);
  return TRUE;
}

goffset
chunk_get_end (const Chunk *self)
{
  return self->at + CHUNK_HEADER + self->size + (self->size & 1);
}

gboolean
chunk_find_id3 (Chunk *self, int fd, goffset at, gboolean big_endian)
{
  for (; chunk_read (self, fd, at, big_endian); at = chunk_get_end (self))
    if (g_ascii_strcasecmp (self->name, "ID3 ") == 0)
      return TRUE;
  return FALSE;
}

gboolean
chunk_replace (const Chunk *self, int fd, gboolean big_endian, const GByteArray *content)
{
  const goffset length = lseek (fd, 0, SEEK_END), from = MIN (chunk_get_end (self), length);
  const guint padding = content->len & 1;
  const goffset to = self->at + CHUNK_HEADER + content->len + padding, rest = length - from;
  return move_at (fd, from, to, rest) &&
         write_number (fd, self->at + SIZE_AT, content->len, big_endian) &&
         write_all (fd, content->data, content->len) && write_all (fd, "", padding) &&
         ftruncate (fd, to + rest) == 0 &&
         write_number (fd, SIZE_AT, (guint32)(to + rest - CHUNK_HEADER), big_endian);
}

/* As TagLib sees it. */
static gboolean
has_name (const Chunk *self)
{
  for (int i = 0; i < 4; i++)
    if ((guint8)self->name[i] < 32 || (guint8)self->name[i] > 127)
      return FALSE;
  return TRUE;
}

/* The padding of the last chunk is not counted by all. */
static gboolean
has_length (int fd, goffset said, goffset length)
{
  guint8 last;
  return said == length ||
         (said + 1 == length && said % 2 == 1 && read_all_at (fd, &last, 1, said) && last == 0);
}

const char *
chunk_find_obstacle (int fd, gboolean big_endian)
{
  static const char broken[] = N_ ("its chunks and its length do not go together");
  guint8 header[CHUNK_FIRST];
  Chunk chunk;
  const goffset length = lseek (fd, 0, SEEK_END);
  if (!read_all_at (fd, header, CHUNK_FIRST, 0) ||
      memcmp (header, big_endian ? "FORM" : "RIFF", 4) != 0 ||
      (big_endian &&
       !has_length (fd, CHUNK_HEADER + (goffset)get_number (header + SIZE_AT, TRUE), length)))
    return broken;
  for (goffset at = CHUNK_FIRST; at < length; at = chunk_get_end (&chunk)) {
    if (!chunk_read (&chunk, fd, at, big_endian) || chunk.at + CHUNK_HEADER + chunk.size > length)
      return broken;
    if (!has_name (&chunk))
      return N_ ("one of its chunks has no proper name, and programs stop at it");
  }
  return NULL;
}
