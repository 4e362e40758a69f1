/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mp4box.h"
#include "readat.h"
#include <string.h>

#define HEADER 8        /* bytes: a size, which counts them, and a name */
#define LARGE_HEADER 16 /* with a size of 64 bits behind the name, where the first one is 1 */

gboolean
mp4_box_read (Mp4Box *self, int fd, goffset at, goffset end)
{
  guint8 header[LARGE_HEADER];
  guint32 size;
  guint64 length;
  if (at > end - HEADER || !read_all_at (fd, header, HEADER, at))
    return FALSE;
  *self = (Mp4Box){.at = at, .content = at + HEADER};
  memcpy (self->name, header + 4, 4);
  memcpy (&size, header, sizeof size);
  length = GUINT32_FROM_BE (size);
  if (length == 1) {
    if (!read_all_at (fd, header, LARGE_HEADER, at))
      return FALSE;
    memcpy (&length, header + HEADER, sizeof length);
    length = GUINT64_FROM_BE (length);
    self->content = at + LARGE_HEADER;
  }
  self->is_last = length == 0;
  if (self->is_last)
    length = (guint64)(end - at);
  if (length < (guint64)(self->content - at) || length > (guint64)(end - at))
    return FALSE;
  self->end = at + (goffset)length;
  return TRUE;
}

gboolean
mp4_box_is (const Mp4Box *self, const char *name)
{
  return g_str_equal (self->name, name);
}

gboolean
mp4_box_is_folder (const Mp4Box *self)
{
  static const char *const names[] = {"moov", "trak", "mdia", "minf", "stbl", "stsd",
                                      "udta", "meta", "moof", "traf", NULL};
  return g_strv_contains (names, self->name);
}

/* In a meta box other boxes begin behind four bytes, unless QuickTime has written it; in one of
 * descriptions of samples behind their number. */
goffset
mp4_box_find_first (const Mp4Box *self, int fd)
{
  guint8 bytes[HEADER];
  if (mp4_box_is (self, "stsd"))
    return self->content + 8;
  const gboolean is_full = mp4_box_is (self, "meta") &&
                           read_all_at (fd, bytes, sizeof bytes, self->content) &&
                           memcmp (bytes + 4, "hdlr", 4) != 0;
  return self->content + (is_full ? 4 : 0);
}

/* A fragment says where in the file its samples begin, rather than that they follow it. */
static gboolean
has_base (const Mp4Box *self, int fd)
{
  guint8 flags[4]; /* the first byte is a version */
  return mp4_box_is (self, "tfhd") && self->end - self->content >= (goffset)sizeof flags &&
         read_all_at (fd, flags, sizeof flags, self->content) && (flags[3] & 1) != 0;
}

gboolean
mp4_table_read (Mp4Table *self, const Mp4Box *box, int fd)
{
  const gboolean is_wide = mp4_box_is (box, "co64");
  guint32 n = 0;
  *self = (Mp4Table){.at = box->content + 8, .n = 1, .width = 8}; /* both: behind two numbers */
  if (!is_wide && !mp4_box_is (box, "stco"))
    return has_base (box, fd);
  read_all_at (fd, &n, sizeof n,
               box->content + 4); /* where that is behind its end it does not fit */
  self->n = GUINT32_FROM_BE (n);
  self->width = is_wide ? 8 : 4;
  return TRUE;
}

gboolean
mp4_table_fits (const Mp4Table *self, const Mp4Box *box)
{
  return self->at <= box->end && self->n <= (guint64)(box->end - self->at) / self->width;
}
