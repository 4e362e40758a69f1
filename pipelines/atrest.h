/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite lays files beside a database that it reads, too. Where that cannot be, one that nobody
 * writes is still to be read. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* The URI (SQLITE_OPEN_URI) by which SQLite reads the database @path without any file beside it;
 * NULL: as usual, since its folder can be written, or somebody writes into it. They lie beside the
 * file, not beside a link to it. (transfer full) */
char *at_rest_find_uri (const char *path);

G_END_DECLS
