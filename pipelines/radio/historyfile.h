/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An SQLite file with what was heard, its tables and its faults; what is in them, history.h says.
 */
#pragma once
#include "../answertext.h"
#include <sqlite3.h>
G_BEGIN_DECLS

#define HISTORY_ERROR (history_error_quark ())
GQuark history_error_quark (void);

/* For reading only. (transfer full) */
sqlite3 *history_file_open_for_reading (const char *path, GError **error);
/* To write into, alone (historylock.h): made if there is none. *lock is held, or HISTORY_LOCK_NONE
 * on error. (transfer full) */
sqlite3 *history_file_open (const char *path, int *lock, GError **error);

/* What went wrong last, and the system's reason where a file could not be opened or read. */
const char *history_file_get_fault (sqlite3 *database);
/* @database may be NULL: there is no memory. */
void history_file_set_error (GError **error, const char *path, sqlite3 *database);
/* Whether its file no longer has the name by which it was opened. */
gboolean history_file_has_moved (sqlite3 *database);
/* The one number that @query gives; -1 on error. */
gint64 history_file_query (sqlite3 *database, const char *query);

/* In a column verdict. */
const char *history_file_name_verdict (AnswerVerdict verdict);
/* What is none of its words, and "unknown", is ANSWER_MUSIC. */
AnswerVerdict history_file_parse_verdict (const char *name);

/* ms for a lock that another program holds */
#define HISTORY_FILE_PATIENCE 5000

G_END_DECLS
