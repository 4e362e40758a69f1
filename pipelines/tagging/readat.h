/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* What stands from @at on, wherever @fd stands: fewer than @n bytes only at the end of the file;
 * -1, and errno, if it cannot be read. */
gssize read_at (int fd, void *bytes, gsize n, goffset at);
/* FALSE: there are fewer, or it cannot be read. */
gboolean read_all_at (int fd, void *bytes, gsize n, goffset at);

G_END_DECLS
