/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"
#include "translation.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
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
static gboolean failed;  /* since then, a line */
static int reason;       /* why; 0: nobody knows */

void
output_printed (void)
{
  const int number = errno;
  printed = TRUE;
  if (ferror (stdout))
    reason = number;
}

/* Up to a fault; *@torn: whether what was written last ends in the midst of a line. */
static gboolean
write_all (const char *text, gboolean *torn)
{
  while (*text) {
    const gssize n = write (STDOUT_FILENO, text, strlen (text));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN) { /* somebody else made it so */
      GPollFD room = {.fd = STDOUT_FILENO, .events = G_IO_OUT};
      g_poll (&room, 1, -1);
      continue;
    }
    if (n <= 0)
      return FALSE;
    text += n;
    *torn = text[-1] != '\n';
  }
  return TRUE;
}

/* What we go on with, or FALSE. */
static gboolean
ends_in_midst_of_line (void)
{
  struct stat status;
  char last = '\n';
  if (fstat (STDOUT_FILENO, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size == 0)
    return FALSE;
  const int file = open ("/proc/self/fd/1", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return FALSE;
  const gboolean is_read = pread (file, &last, 1, status.st_size - 1) == 1;
  close (file);
  return is_read && last != '\n';
}

void
output_print_line (const char *line)
{
  static gboolean begun, torn;
  if (!begun)
    torn = ends_in_midst_of_line ();
  begun = TRUE;
  g_autofree char *text = g_strconcat (torn ? "\n" : "", line, "\n", NULL);
  if (fflush (stdout) == 0 && write_all (text, &torn)) {
    printed = TRUE;
  } else {
    failed = TRUE;
    reason = errno;
  }
}

/* Where nothing was printed, nothing could fail: that is no sign that it works again. */
gboolean
output_check (const char *program)
{
  static gboolean faulty, lost;
  const gboolean flushed = fflush (stdout) == 0;
  if (!flushed)
    reason = errno;
  const gboolean good = (flushed && !failed && !ferror (stdout)) || is_read_by_somebody ();
  clearerr (stdout);
  if (!good && !faulty)
    fprintf (stderr, _ ("%s: not everything could be printed: %s\n"), program,
             reason != 0 ? g_strerror (reason) : _ ("is the disk full?"));
  faulty = !good || (faulty && !printed);
  printed = failed = FALSE;
  reason = 0;
  lost |= !good;
  return !lost;
}

guint
output_watch_reader (GUnixFDSourceFunc gone, gpointer user_data)
{
  struct stat status;
  if (fstat (STDOUT_FILENO, &status) != 0 || !S_ISFIFO (status.st_mode))
    return 0;
  signal (SIGPIPE, SIG_IGN); /* GIO has done so as soon as there was a socket */
  return g_unix_fd_add (STDOUT_FILENO, G_IO_ERR, gone, user_data);
}
