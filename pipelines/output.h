/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard output, which may be a file on a disk that is full. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Whether all that was printed has been written until now. What has not is said on standard error,
 * in @program's name, once, until something can be written again. */
gboolean output_check (const char *program);

G_END_DECLS
