/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MovedFiles: files into which was written, and which are no longer where they were then: under
 * another name or in another folder they are known by their bytes. So are those at which a run was
 * killed, if they have become what it was about to make of them. */
#pragma once
#include "journal.h"
G_BEGIN_DECLS

typedef struct _MovedFiles MovedFiles;

/* Those that @journal has; @journal need not stay. */
MovedFiles *moved_files_new (Journal *journal, GError **error);
void moved_files_free (MovedFiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MovedFiles, moved_files_free)

/* Where the file at @path was when it was written, NULL if it is none of them; each is found once.
 * One of the same inode, time and size was renamed: it is not read, whoever changes it makes sure.
 * @by_content: one of the same bytes, if the folder where it was is still there, and nothing has
 * its name there: else it may be a copy, made before what is there changed. First all files are
 * looked up the one way, then the other, so that no copy takes the place of what was renamed.
 * (transfer full) */
char *moved_files_find (MovedFiles *self, const char *path, gboolean by_content);
/* Folders that are not there, each the highest one, for want of which @n_files files were not found
 * by their bytes since this was asked last. (transfer full) of char * */
GPtrArray *moved_files_take_missing (MovedFiles *self, guint *n_files);
/* Whether what has the name @path now is one of those that were written under it, changed or not,
 * and not one that is found elsewhere. */
gboolean moved_files_is_there (const MovedFiles *self, Journal *journal, const char *path);
/* Whether it is a copy of one that is, changed or not. */
gboolean moved_files_is_copy (const MovedFiles *self, Journal *journal, const char *path);

G_END_DECLS
