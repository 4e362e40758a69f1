/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mp4boxes.h"
#include "mp4box.h"
#include "../translation.h"
#include <unistd.h>

typedef struct {
  int fd;
  gboolean is_lost; /* TagLib finds no table from here on */
  gboolean is_torn; /* a table does not fit into its box */
} Search;

static gboolean
has_name (const Mp4Box *box, const char *const *names)
{
  return g_strv_contains (names, box->name);
}

static gboolean
has_table (Search *self, const Mp4Box *box)
{
  Mp4Table table;
  const gboolean found = mp4_table_read (&table, box, self->fd);
  self->is_torn |= found && !mp4_table_fits (&table, box);
  return found;
}

/* Whether it, or one in it, counts from the beginning of the file, and TagLib does not correct it.
 * @parent: in which box it is. */
static gboolean
is_absolute (Search *self, const Mp4Box *box, const char *parent, int depth)
{
  static const char *const indices[] = {"mfra", "iloc", "cmov", NULL};
  gboolean found = has_name (box, indices) ||
                   (has_table (self, box) && (self->is_lost || mp4_box_is (box, "tfhd"))) ||
                   (mp4_box_is (box, "saio") && !g_str_equal (parent, "traf"));
  goffset at = mp4_box_find_first (box, self->fd);
  Mp4Box inner;
  if (depth == MP4_BOX_DEEPEST || !mp4_box_is_folder (box))
    return found;
  for (; mp4_box_read (&inner, self->fd, at, box->end); at = inner.end) {
    self->is_lost |= inner.is_last;
    found |= is_absolute (self, &inner, box->name, depth + 1);
  }
  self->is_lost |= at != box->end;
  return found;
}

/* Nothing points at it. */
static gboolean
is_free (const Mp4Box *box)
{
  static const char *const names[] = {"free", "skip", "mfra", NULL};
  return has_name (box, names);
}

const char *
mp4_boxes_find_obstacle (int fd)
{
  const goffset length = lseek (fd, 0, SEEK_END);
  Search search = {.fd = fd};
  gboolean points = FALSE, behind = FALSE, moves = FALSE;
  Mp4Box box;
  for (goffset at = 0; mp4_box_read (&box, fd, at, length); at = box.end) {
    points |= is_absolute (&search, &box, "", 0) || (!behind && mp4_box_is (&box, "sidx"));
    moves |= behind && !is_free (&box);
    behind |= mp4_box_is (&box, "moov");
  }
  if (search.is_torn)
    return N_ ("an MP4 file with an index that is longer than the box it is in: its tags cannot be "
               "written safely");
  return points && moves ? N_ ("an MP4 file whose fragments, or an index, would point at wrong "
                               "places: its tags cannot be written safely")
                         : NULL;
}
