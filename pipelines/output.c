/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"
#include "translation.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who reads from a pipe may leave when it has read enough. */
static gboolean
is_read_by_somebody (void)
{
  struct stat status;
  return fstat (STDOUT_FILENO, &status) == 0 &&
         (S_ISFIFO (status.st_mode) || S_ISSOCK (status.st_mode));
}

/* @flushing: the error of fflush(), or 0. What has failed before has left no reason, but for an
 * output that is closed. */
static const char *
find_reason (int flushing)
{
  if (flushing != 0)
    return g_strerror (flushing);
  return fcntl (STDOUT_FILENO, F_GETFD) < 0 ? g_strerror (errno) : _ ("is the disk full?");
}

static gboolean printed; /* since the last look */

void
output_printed (void)
{
  printed = TRUE;
}

/* Where nothing was printed, nothing could fail: that is no sign that it works again. */
gboolean
output_check (const char *program)
{
  static gboolean faulty, lost;
  const int flushing = fflush (stdout) == 0 ? 0 : errno;
  const gboolean good = (flushing == 0 && !ferror (stdout)) || is_read_by_somebody ();
  clearerr (stdout);
  if (!good && !faulty)
    fprintf (stderr, _ ("%s: not everything could be printed: %s\n"), program,
             find_reason (flushing));
  faulty = !good || (faulty && !printed);
  printed = FALSE;
  lost |= !good;
  return !lost;
}
