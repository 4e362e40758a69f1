/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard output, which may be a file on a disk that is full. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Something has just been printed, with or without success: errno is still that of it. */
void output_printed (void);

/* Whether all that was printed has been written until now. What has not is said on standard error,
 * in @program's name, once, until something has been printed (output_printed()) and written again.
 */
gboolean output_check (const char *program);

G_END_DECLS
