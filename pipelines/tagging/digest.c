/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "digest.h"
#include "readat.h"
#include "../translation.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define CHUNK (1 << 20)

char *
digest_of_fd (int fd, goffset *size, SignOfLife *life, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *bytes = g_malloc (CHUNK);
  goffset at = 0;
  for (gssize n = 1; n != 0; sign_of_life (life)) {
    n = read_at (fd, bytes, CHUNK, at);
    if (n < 0) {
      const int code = errno;
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s",
                   N_ ("it cannot be read"), g_strerror (code));
      return NULL;
    }
    g_checksum_update (checksum, bytes, n);
    at += n;
  }
  if (size)
    *size = at;
  return g_strdup (g_checksum_get_string (checksum));
}

char *
digest_of_file (const char *path, goffset *size)
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return NULL;
  char *digest = digest_of_fd (fd, size, NULL, NULL);
  close (fd);
  return digest;
}
