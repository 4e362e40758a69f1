/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "moveat.h"
#include "readat.h"
#include "writeall.h"
#include <unistd.h>

#define CHUNK (1 << 16)

gboolean
write_at (int fd, const void *bytes, gsize n, goffset at)
{
  return lseek (fd, at, SEEK_SET) == at && write_all (fd, bytes, n);
}

gboolean
move_at (int fd, goffset from, goffset to, goffset n)
{
  g_autofree guint8 *bytes = g_malloc (CHUNK);
  goffset part;
  for (goffset done = 0; from != to && done < n; done += part) {
    part = MIN (n - done, CHUNK);
    const goffset offset = from > to ? done : n - done - part; /* the last part first */
    if (!read_all_at (fd, bytes, (gsize)part, from + offset) ||
        !write_at (fd, bytes, (gsize)part, to + offset))
      return FALSE;
  }
  return TRUE;
}
