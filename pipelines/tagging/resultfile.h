/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file into which results are collected, a line of JSON for each. Where the next collection
 * goes on stands in it: each line begins with the "entry" that it was in the queue. What a killed
 * run has left half written goes; a file of anything else is not touched. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _ResultFile ResultFile;

/* @path: "-" for standard output. Two runs cannot have one file at a time. */
ResultFile *result_file_open (const char *path, GError **error);
void result_file_free (ResultFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ResultFile, result_file_free)

/* Of the last line, NULL if there is none. */
const char *result_file_get_last (const ResultFile *self);
/* Of the last lines, at most @n, the last one first. (transfer full) of char * */
GPtrArray *result_file_list_last (const ResultFile *self, guint n);
/* Whether the last line is about the same "source" as @result is; what else it says may have been
 * edited. */
gboolean result_file_ends_with (const ResultFile *self, const char *result);
/* From now on the line before the last one counts as the last. Where there is none, or too much
 * stands behind it (4 MiB), the file has no last line any more. */
void result_file_go_back (ResultFile *self);
/* Takes away what stands behind the last line. */
gboolean result_file_cut (ResultFile *self, GError **error);
/* @result: the text of an object, without "entry". FALSE: it is none, and was not added. */
gboolean result_file_add (ResultFile *self, const char *entry, const char *result);
/* What was added is on the disk when this returns. */
gboolean result_file_flush (ResultFile *self, GError **error);

G_END_DECLS
