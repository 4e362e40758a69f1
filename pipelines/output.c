/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"
#include "translation.h"
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

gboolean
output_check (const char *program)
{
  static gboolean faulty, lost;
  const gboolean good = (fflush (stdout) == 0 && !ferror (stdout)) || is_read_by_somebody ();
  clearerr (stdout);
  if (!good && !faulty)
    fprintf (stderr, _ ("%s: not everything could be printed: is the disk full?\n"), program);
  faulty = !good;
  lost |= !good;
  return !lost;
}
