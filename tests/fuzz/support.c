/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* GLib ends a process with SIGTRAP, of which Clang 14's libFuzzer knows nothing: it would lose the
 * input. */
static void
on_trap (int number)
{
  abort ();
}

/* What GLib calls critical is a fault of ours, whatever the input. */
__attribute__ ((constructor)) static void
make_criticals_fatal (void)
{
  signal (SIGTRAP, on_trap);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
}

void
fuzz_file_init (FuzzFile *file, const uint8_t *data, size_t size)
{
  file->descriptor = memfd_create ("fuzz", MFD_CLOEXEC);
  if (file->descriptor < 0)
    g_error ("memfd_create: %s", g_strerror (errno));
  for (size_t done = 0; done < size;) {
    const ssize_t n = write (file->descriptor, data + done, size - done);
    if (n < 0)
      g_error ("write: %s", g_strerror (errno));
    done += (size_t)n;
  }
  snprintf (file->path, sizeof file->path, "/proc/self/fd/%d", file->descriptor);
}

void
fuzz_file_clear (FuzzFile *file)
{
  close (file->descriptor);
}
