/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mp4boxes.h"
#include "readat.h"
#include "../translation.h"
#include <string.h>
#include <unistd.h>

#define HEADER 8        /* bytes: a size, which counts them, and a name */
#define LARGE_HEADER 16 /* with a size of 64 bits behind the name, where the first one is 1 */
#define DEEPEST 8       /* boxes in boxes that are looked into */

typedef struct {
  char name[5];
  goffset at;      /* of its header */
  goffset content; /* where that ends */
  goffset end;
} Box;

/* FALSE: none that ends where it should begins at @at. A size of 0: it is the last one. */
static gboolean
read_box (Box *self, int fd, goffset at, goffset end)
{
  guint8 header[LARGE_HEADER];
  guint32 size;
  guint64 length;
  if (at > end - HEADER || !read_all_at (fd, header, HEADER, at))
    return FALSE;
  *self = (Box){.at = at, .content = at + HEADER};
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
  if (length == 0)
    length = (guint64)(end - at);
  if (length < (guint64)(self->content - at) || length > (guint64)(end - at))
    return FALSE;
  self->end = at + (goffset)length;
  return TRUE;
}

static gboolean
has_name (const Box *self, const char *const *names)
{
  return g_strv_contains (names, self->name);
}

/* In a meta box other boxes begin behind four bytes, unless QuickTime has written it. */
static goffset
find_first (const Box *self, int fd)
{
  guint8 bytes[HEADER];
  const gboolean is_full = g_str_equal (self->name, "meta") &&
                           read_all_at (fd, bytes, sizeof bytes, self->content) &&
                           memcmp (bytes + 4, "hdlr", 4) != 0;
  return self->content + (is_full ? 4 : 0);
}

/* A fragment says where in the file its samples begin, rather than that they follow it. */
static gboolean
has_base (const Box *self, int fd)
{
  guint8 flags[4]; /* the first byte is a version */
  return g_str_equal (self->name, "tfhd") && self->end - self->content >= (goffset)sizeof flags &&
         read_all_at (fd, flags, sizeof flags, self->content) && (flags[3] & 1) != 0;
}

/* Whether it, or one in it, counts from the beginning of the file, and TagLib does not correct it.
 * @parent: in which box it is. */
static gboolean
is_absolute (const Box *self, const char *parent, int fd, int depth)
{
  static const char *const indices[] = {"mfra", "iloc", NULL};
  static const char *const folders[] = {"moov", "trak", "mdia", "minf", "stbl",
                                        "udta", "meta", "moof", "traf", NULL};
  gboolean found = has_name (self, indices) || has_base (self, fd) ||
                   (g_str_equal (self->name, "saio") && !g_str_equal (parent, "traf"));
  Box box;
  if (found || depth == DEEPEST || !has_name (self, folders))
    return found;
  for (goffset at = find_first (self, fd); !found && read_box (&box, fd, at, self->end);
       at = box.end)
    found = is_absolute (&box, self->name, fd, depth + 1);
  return found;
}

/* Nothing points at it. */
static gboolean
is_free (const Box *self)
{
  static const char *const names[] = {"free", "skip", "mfra", NULL};
  return has_name (self, names);
}

const char *
mp4_boxes_find_obstacle (int fd)
{
  const goffset length = lseek (fd, 0, SEEK_END);
  gboolean points = FALSE, behind = FALSE, moves = FALSE;
  Box box;
  for (goffset at = 0; read_box (&box, fd, at, length); at = box.end) {
    points |= is_absolute (&box, "", fd, 0) || (!behind && g_str_equal (box.name, "sidx"));
    moves |= behind && !is_free (&box);
    behind |= g_str_equal (box.name, "moov");
  }
  return points && moves ? N_ ("an MP4 file whose fragments, or an index, would point at wrong "
                               "places: its tags cannot be written safely")
                         : NULL;
}
