/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 of files, as text. */
#pragma once
#include "signoflife.h"
G_BEGIN_DECLS

/* Of all that @fd has, wherever it stands. @size: how much that was; may be NULL. (transfer full)
 */
char *digest_of_fd (int fd, goffset *size, SignOfLife *life, GError **error);
/* NULL if it cannot be read. */
char *digest_of_file (const char *path, goffset *size);

G_END_DECLS
