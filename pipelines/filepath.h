/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of files as the kernel takes them: behind a link, `..` goes up from where the link leads,
 * not back to where it stands. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Is @name a URI, and no path? A name that begins like a URI may be either: it is the path of what
 * is there ("Re:Stacks.flac"), unless "://" follows the scheme, or it is a file's. What is relative
 * is looked for in @folder; NULL: the current one. */
gboolean file_path_is_uri (const char *name, const char *folder);
/* The same file, from the root on, without `.` and `..`; links stay, but for those that `..`
 * leaves. What is below a folder is below its name here, too. (transfer full) */
char *file_path_make_absolute (const char *path);
/* As a URI, exact whatever its bytes are. (transfer full) */
char *file_path_to_uri (const char *path, GError **error);
/* From the root on and without links, like realpath(), but also of what is there no more.
 * (transfer full) */
char *file_path_resolve (const char *path);

G_END_DECLS
