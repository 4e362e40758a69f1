/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One program at a time writes a history: two that hear the same would both write each song. Who
 * only reads is not asked. */
#pragma once
#include <glib.h>
#include <sqlite3.h>
G_BEGIN_DECLS

#define HISTORY_LOCK_NONE (-1)

/* By a file beside the one of @database, which was opened as @path: its name and "-lock". It is
 * empty, and stays; the lock itself ends with the program at the latest. FALSE, and no lock, if
 * another program has it or the file cannot be made. */
gboolean history_lock_take (sqlite3 *database, const char *path, int *lock, GError **error);
/* HISTORY_LOCK_NONE from then on, as it may have been before. */
void history_lock_release (int *lock);

G_END_DECLS
