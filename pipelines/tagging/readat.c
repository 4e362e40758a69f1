/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "readat.h"
#include <errno.h>
#include <unistd.h>

gssize
read_at (int fd, void *bytes, gsize n, goffset at)
{
  gsize done = 0;
  while (done < n) {
    const ssize_t got = pread (fd, (guint8 *)bytes + done, n - done, at + (goffset)done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    done += (gsize)got;
  }
  return (gssize)done;
}

gboolean
read_all_at (int fd, void *bytes, gsize n, goffset at)
{
  return read_at (fd, bytes, n, at) == (gssize)n;
}
