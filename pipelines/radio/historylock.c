/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "historylock.h"
#include "../translation.h"
#include "historyfile.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* -1: errno says why. One that is not there cannot be made, and why is what counts then. */
static int
open_lock (const char *name)
{
  const int fd =
      open (name, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644); /* NFS wants to write */
  const int code = errno;
  if (fd >= 0 || (code != EACCES && code != EROFS))
    return fd;
  const int readable = open (name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (readable < 0 && errno == ENOENT)
    errno = code;
  return readable;
}

gboolean
history_lock_take (sqlite3 *database, const char *path, int *lock, GError **error)
{
  const char *file = sqlite3_db_filename (database, "main"); /* behind all links */
  *lock = HISTORY_LOCK_NONE;
  if (!file || *file == '\0')
    return TRUE; /* in memory */
  g_autofree char *name = g_strconcat (file, "-lock", NULL);
  const int fd = open_lock (name);
  if (fd < 0) {
    g_set_error (error, HISTORY_ERROR, 0, _ ("%s: its lock %s: %s"), path, name,
                 g_strerror (errno));
    return FALSE;
  }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
    *lock = fd; /* of a file system without locks, too */
    return TRUE;
  }
  g_set_error (error, HISTORY_ERROR, 0, _ ("%s: another genre-radio writes into it"), path);
  close (fd);
  return FALSE;
}

void
history_lock_release (int *lock)
{
  if (*lock != HISTORY_LOCK_NONE)
    close (*lock);
  *lock = HISTORY_LOCK_NONE;
}
