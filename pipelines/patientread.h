/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a file that somebody names and that may be a pipe. Opening a pipe, and reading it, waits
 * for who writes into it, which may be nobody, without end. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef enum {
  PATIENT_LINE, /* up to the end of the first line */
  PATIENT_ALL,  /* up to its end; of a pipe: until its writers have gone */
} PatientExtent;

/* At most @size bytes into @bytes; how many, or -1 on error, a GFileError: nobody has opened a pipe
 * for 5 s, or who has was not ready after 30 s. A terminal is waited for. The message does not name
 * @path, and is English where it is ours. */
gssize patient_read (const char *path, PatientExtent extent, char *bytes, gsize size,
                     GError **error);

G_END_DECLS
