/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* All @n @bytes, in as many writes as it takes; FALSE, and errno, if one fails. */
gboolean write_all (int fd, const void *bytes, gsize n);

G_END_DECLS
