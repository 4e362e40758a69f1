/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writeall.h"
#include <errno.h>
#include <unistd.h>

gboolean
write_all (int fd, const void *bytes, gsize n)
{
  for (const char *at = bytes; n > 0;) {
    const ssize_t written = write (fd, at, n);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return FALSE;
    at += written;
    n -= (gsize)written;
  }
  return TRUE;
}
