/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "patientread.h"
#include "haste.h"
#include "translation.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE 5               /* s for somebody to open a pipe */
#define PATIENCE_WITH_WRITER 30  /* s for who has, and may have to ask for a password */
#define PAUSE (10 * 1000)        /* µs until a pipe is looked at again */
#define LONGEST_POLL (60 * 1000) /* ms */

static gboolean
is_pipe (int file)
{
  struct stat about;
  return fstat (file, &about) == 0 && S_ISFIFO (about.st_mode);
}

/* Until there may be more to read. poll() does not wait for another writer where one has left.
 * FALSE: it is too late. */
static gboolean
wait_for_more (int file, gboolean has_writer, gint64 end)
{
  GPollFD input = {.fd = file, .events = G_IO_IN};
  const gint64 left = end - g_get_monotonic_time ();
  if (left <= 0)
    return FALSE;
  if (has_writer)
    g_poll (&input, 1, (int)MIN (left / 1000 + 1, LONGEST_POLL));
  else
    g_usleep ((gulong)MIN (left, PAUSE));
  return TRUE;
}

/* -1: errno says why; EAGAIN: nothing came; ETIMEDOUT: not all. A pipe is at its end also before
 * anybody writes into it; who types is a person. */
static gssize
read_extent (int file, PatientExtent extent, char *bytes, gsize size)
{
  const gint64 begin = g_get_monotonic_time ();
  const gint64 without = begin + haste_span (PATIENCE);
  const gint64 with = isatty (file) ? G_MAXINT64 : begin + haste_span (PATIENCE_WITH_WRITER);
  gsize n = 0;
  while (n < size && !(extent == PATIENT_LINE && memchr (bytes, '\n', n))) {
    const gssize more = read (file, bytes + n, size - n);
    if (more > 0)
      n += (gsize)more;
    else if (more == 0 && (n > 0 || !is_pipe (file)))
      break;
    else if (more < 0 && errno == EINTR)
      continue;
    else if (more < 0 && errno != EAGAIN)
      return -1;
    else if (!wait_for_more (file, more < 0, more < 0 ? with : without)) {
      errno = n > 0 ? ETIMEDOUT : EAGAIN;
      return -1;
    }
  }
  return (gssize)n;
}

gssize
patient_read (const char *path, PatientExtent extent, char *bytes, gsize size, GError **error)
{
  const int file = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const gssize n = file >= 0 ? read_extent (file, extent, bytes, size) : -1;
  const int reason = errno;
  if (file >= 0)
    close (file);
  if (n < 0)
    g_set_error_literal (error, G_FILE_ERROR, g_file_error_from_errno (reason),
                         reason == EAGAIN      ? N_ ("nothing comes out of it")
                         : reason == ETIMEDOUT ? N_ ("it does not come to its end")
                                               : g_strerror (reason));
  return n;
}
