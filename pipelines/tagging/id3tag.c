/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "id3tag.h"
#include "readat.h"
#include "synchsafe.h"
#include <string.h>

#define HEADER_2 6 /* bytes of a frame's header in ID3v2.2 */

static guint32
get_plain (const guint8 *bytes, int n)
{
  guint32 number = 0;
  for (int i = 0; i < n; i++)
    number = number << 8 | bytes[i];
  return number;
}

/* ---- tags ---- */

/* 255 0 stands for 255 where nothing was to look like the beginning of sound. */
static void
resynchronise (GByteArray *tag)
{
  guint n = 0;
  for (guint i = 0; i < tag->len; i++) {
    tag->data[n++] = tag->data[i];
    if (tag->data[i] == 255 && i + 1 < tag->len && tag->data[i + 1] == 0)
      i++;
  }
  g_byte_array_set_size (tag, n);
}

/* Some programs say that it is unsynchronised and write it as it is. */
static gboolean
is_synchronised (const GByteArray *tag)
{
  for (guint i = 0; i + 1 < tag->len; i++)
    if (tag->data[i] == 255 && tag->data[i + 1] >= 0xe0)
      return FALSE;
  return TRUE;
}

static GByteArray *
read_bytes (int fd, goffset at, guint32 size)
{
  guint8 last;
  if (size == 0 || !read_all_at (fd, &last, 1, at + size - 1)) /* before room is made */
    return NULL;
  GByteArray *bytes = g_byte_array_new ();
  g_byte_array_set_size (bytes, size);
  if (read_all_at (fd, bytes->data, bytes->len, at))
    return bytes;
  g_byte_array_unref (bytes);
  return NULL;
}

static gboolean
read_header (int fd, goffset at, guint8 header[ID3_HEADER])
{
  return read_all_at (fd, header, ID3_HEADER, at) && memcmp (header, "ID3", 3) == 0;
}

static goffset
get_length (const guint8 header[ID3_HEADER])
{
  const gboolean has_footer = header[3] == 4 && (header[5] & ID3_FOOTER) != 0;
  return (has_footer ? 2 : 1) * ID3_HEADER + (goffset)get_synchsafe (header + 6);
}

goffset
id3_tag_find_length (int fd, goffset at)
{
  guint8 header[ID3_HEADER];
  return read_header (fd, at, header) ? get_length (header) : 0;
}

gboolean
id3_tag_read (Id3Tag *self, int fd, goffset at)
{
  guint8 header[ID3_HEADER];
  *self = (Id3Tag){0};
  if (!read_header (fd, at, header))
    return FALSE;
  self->bytes = read_bytes (fd, at + ID3_HEADER, get_synchsafe (header + 6));
  if (!self->bytes)
    return FALSE;
  self->version = header[3];
  self->revision = header[4];
  self->flags = header[5];
  self->length = get_length (header);
  if (self->version < 4 && (self->flags & ID3_SYNCHRONISED) != 0 && is_synchronised (self->bytes))
    resynchronise (self->bytes);
  if (self->version > 2 && (self->flags & ID3_EXTENDED) != 0 && self->bytes->len >= 4)
    self->start = self->version == 3 ? get_plain (self->bytes->data, 4) + 4
                                     : get_synchsafe (self->bytes->data);
  if (self->start > self->bytes->len) /* it has none, whatever the flag says */
    self->start = 0;
  return TRUE;
}

void
id3_tag_clear (Id3Tag *self)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
}

/* ---- frames ---- */

static gboolean
is_name (const guint8 *bytes, guint n)
{
  for (guint i = 0; i < n; i++)
    if (!g_ascii_isupper (bytes[i]) && !g_ascii_isdigit (bytes[i]) && bytes[i] != ' ')
      return FALSE;
  return TRUE;
}

/* iTunes has written names of ID3v2.2 into ID3v2.3, with a NUL behind them. */
static gboolean
begins_frame (const Id3Tag *self, const guint8 *bytes)
{
  if (self->version == 3 && bytes[3] == 0)
    return is_name (bytes, 3);
  return is_name (bytes, self->version == 2 ? 3 : 4);
}

/* To another frame, to padding, or to the end of the tag. */
static gboolean
leads_on (const GByteArray *tag, guint64 next)
{
  if (next >= tag->len)
    return next == tag->len;
  return tag->data[next] == 0 || (next + 4 <= tag->len && is_name (tag->data + next, 4));
}

/* Some programs write plain sizes into ID3v2.4: then only those lead on. */
static guint32
get_size (const GByteArray *tag, guint at, int version)
{
  if (version == 2)
    return get_plain (tag->data + at + 3, 3);
  const guint32 plain = get_plain (tag->data + at + 4, 4);
  const guint32 safe = get_synchsafe (tag->data + at + 4);
  return version == 4 && leads_on (tag, (guint64)at + ID3_HEADER + safe) ? safe : plain;
}

/* In ID3v2.4 the plain size, if it is another and the tag has room for it. */
static gboolean
is_ambiguous (const Id3Tag *self, const guint8 *bytes, guint room)
{
  const guint32 plain = self->version == 4 ? get_plain (bytes + 4, 4) : 0;
  return self->version == 4 && plain != get_synchsafe (bytes + 4) && plain <= room;
}

gboolean
id3_tag_next (const Id3Tag *self, guint *at, Id3Frame *frame)
{
  const guint header = self->version == 2 ? HEADER_2 : ID3_HEADER;
  if (self->bytes->len < header || *at > self->bytes->len - header ||
      !begins_frame (self, self->bytes->data + *at))
    return FALSE;
  const guint8 *bytes = self->bytes->data + *at;
  const guint32 size = get_size (self->bytes, *at, self->version);
  const guint room = self->bytes->len - *at - header;
  *frame = (Id3Frame){.flags = self->version == 2 ? NULL : bytes + 8,
                      .at = *at,
                      .length = header + MIN (size, room),
                      .whole = size <= room,
                      .is_empty = size == 0,
                      .is_plain = self->version == 4 && size != get_synchsafe (bytes + 4),
                      .is_ambiguous = is_ambiguous (self, bytes, room)};
  memcpy (frame->name, bytes, self->version == 2 ? 3 : 4);
  *at += frame->length;
  return TRUE;
}

guint
id3_tag_find_padding (const Id3Tag *self, guint at)
{
  guint end = self->bytes->len;
  while (end > at && self->bytes->data[end - 1] == 0)
    end--;
  return end;
}

gboolean
id3_frame_is_coded (const Id3Frame *self, int version)
{
  return self->flags && (self->flags[1] & (version == 3 ? 0xe0 : 0x4c)) != 0;
}

gboolean
id3_frame_ends_reading (const Id3Frame *self)
{
  return self->is_empty || strchr (self->name, ' ');
}

guint
id3_frame_find_content (const Id3Frame *self)
{
  return self->flags ? ID3_HEADER : HEADER_2;
}

gboolean
id3_frame_is_genre (const Id3Frame *self)
{
  static const char *const names[] = {"TCON", "TCO", "TCO ", NULL};
  return g_strv_contains (names, self->name);
}
