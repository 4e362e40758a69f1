/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flacblocks.h"
#include "moveat.h"
#include "readat.h"
#include "vorbiscomments.h"
#include <string.h>
#include <unistd.h>

#define HEADER 4         /* bytes */
#define LAST 128         /* flag of a block */
#define LARGEST 0xffffff /* bytes of a block */

enum { STREAM_INFO = 0, PADDING = 1, COMMENTS = 4 };

typedef struct {
  guint8 type;
  gboolean is_last;
  goffset at; /* of what is in it */
  guint32 length;
} Block;

static gboolean
is_flac (int fd, goffset start)
{
  guint8 magic[4];
  return read_all_at (fd, magic, sizeof magic, start) && memcmp (magic, "fLaC", 4) == 0;
}

/* @block: the one in front, or with only "at" set to where the first one is. */
static gboolean
next (int fd, Block *block)
{
  guint8 header[HEADER];
  const goffset at = block->at + block->length;
  if (block->is_last || !read_all_at (fd, header, HEADER, at))
    return FALSE;
  *block = (Block){.type = header[0] & (LAST - 1),
                   .is_last = (header[0] & LAST) != 0,
                   .at = at + HEADER,
                   .length = (guint32)header[1] << 16 | (guint32)header[2] << 8 | header[3]};
  return TRUE;
}

static const char *
get_name (guint8 type)
{
  static const char *const names[] = {"STREAMINFO",     "PADDING",  "APPLICATION", "SEEKTABLE",
                                      "VORBIS_COMMENT", "CUESHEET", "PICTURE"};
  return type < G_N_ELEMENTS (names) ? names[type] : "…";
}

void
flac_blocks_add_to (TagItems *items, int fd, goffset start)
{
  Block block = {.at = start + 4};
  gboolean found = FALSE;
  while (is_flac (fd, start) && next (fd, &block)) {
    g_autoptr (GByteArray) bytes =
        block.type == PADDING ? NULL : tag_items_read (fd, block.at, block.length);
    if (bytes && block.type == COMMENTS && !found)
      vorbis_comments_add_to (items, bytes->data, bytes->len, COMMENTS_FRAMING);
    else if (bytes) /* of several blocks of comments only the first one is read by anybody */
      tag_items_add (items, "FLAC metadata", get_name (block.type), bytes->data, bytes->len);
    found |= block.type == COMMENTS;
  }
}

static gboolean
find_comments (int fd, goffset start, Block *block)
{
  *block = (Block){.at = start + 4};
  while (is_flac (fd, start) && next (fd, block))
    if (block->type == COMMENTS)
      return TRUE;
  return FALSE;
}

static gboolean
write_block (int fd, const Block *old, const GByteArray *bytes)
{
  const guint32 n = bytes->len;
  const guint8 header[] = {(guint8)(old->type | (old->is_last ? LAST : 0)), (guint8)(n >> 16),
                           (guint8)(n >> 8), (guint8)n};
  const goffset behind = old->at + old->length;
  const goffset rest = lseek (fd, 0, SEEK_END) - behind;
  return rest >= 0 && move_at (fd, behind, old->at + n, rest) &&
         write_at (fd, header, HEADER, old->at - HEADER) &&
         write_at (fd, bytes->data, n, old->at) && ftruncate (fd, old->at + n + rest) == 0;
}

/* Some programs go on where the comments end, not the block that holds them: where TagLib has put
 * another block behind it, which was the last one, nothing must be between. */
static gboolean
can_follow (GByteArray *comments, const Block *old, const Block *new)
{
  const gsize end = vorbis_comments_find_end (comments->data, comments->len);
  if (vorbis_comments_end_in_padding (comments->data + end, comments->len - end))
    g_byte_array_set_size (comments, (guint)end);
  return comments->len == end || !old->is_last || new->is_last;
}

gboolean
flac_blocks_patch (int before, goffset start, int after, goffset after_start, const char *genre)
{
  Block old, new;
  if (!find_comments (before, start, &old) || !find_comments (after, after_start, &new))
    return FALSE;
  g_autoptr (GByteArray) bytes = tag_items_read (before, old.at, old.length);
  g_autoptr (GByteArray) patched =
      bytes ? vorbis_comments_patch (bytes->data, bytes->len, genre) : NULL;
  return patched && patched->len <= LARGEST && can_follow (patched, &old, &new) &&
         write_block (after, &new, patched);
}

gboolean
flac_blocks_empty_comments (int after, goffset start)
{
  Block block;
  g_autoptr (GByteArray) none = g_byte_array_new ();
  g_byte_array_set_size (none, 8); /* lengths of the vendor's name, and of the list */
  memset (none->data, 0, none->len);
  return !find_comments (after, start, &block) || write_block (after, &block, none);
}
