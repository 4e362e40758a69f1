/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"
#include "translation.h"
#include <errno.h>
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

static gboolean printed; /* since the last look */
static int reason;       /* why that failed; 0: nobody knows */

void
output_printed (void)
{
  const int number = errno;
  printed = TRUE;
  if (ferror (stdout))
    reason = number;
}

/* Where nothing was printed, nothing could fail: that is no sign that it works again. */
gboolean
output_check (const char *program)
{
  static gboolean faulty, lost;
  const gboolean flushed = fflush (stdout) == 0;
  if (!flushed)
    reason = errno;
  const gboolean good = (flushed && !ferror (stdout)) || is_read_by_somebody ();
  clearerr (stdout);
  if (!good && !faulty)
    fprintf (stderr, _ ("%s: not everything could be printed: %s\n"), program,
             reason != 0 ? g_strerror (reason) : _ ("is the disk full?"));
  faulty = !good || (faulty && !printed);
  printed = FALSE;
  reason = 0;
  lost |= !good;
  return !lost;
}
