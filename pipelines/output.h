/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard output, which may be a file on a disk that is full. */
#pragma once
#include <glib-unix.h>
G_BEGIN_DECLS

/* @line and an end of line, at once, which no disk that was full meanwhile joins to what stood
 * there before: if the last line ends in its midst, a new one is begun first. */
void output_print_line (const char *line);

/* Something else has just been printed, with or without success: errno is still that of it. */
void output_printed (void);

/* Whether all that was printed has been written until now. What has not is said on standard error,
 * in @program's name, once, until something has been printed (output_printed()) and written again.
 */
gboolean output_check (const char *program);

/* @gone is called, in the thread of the default main context, if standard output is a pipe whose
 * reader leaves, instead of SIGPIPE, which would leave no time for an end. The number of a source,
 * or 0. */
guint output_watch_reader (GUnixFDSourceFunc gone, gpointer user_data);

G_END_DECLS
