/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing at a place of a file, and moving parts of it to another. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* FALSE: errno says why. */
gboolean write_at (int fd, const void *bytes, gsize n, goffset at);
/* @n bytes from @from to @to, which may be before or behind it and overlap it, as memmove(). */
gboolean move_at (int fd, goffset from, goffset to, goffset n);

G_END_DECLS
