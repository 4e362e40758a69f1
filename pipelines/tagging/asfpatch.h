/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaces the genre in the header of a Windows Media file and keeps everything else, which TagLib
 * does not: it moves attributes from one object to another and leaves out what it does not know. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Into the extended content description, where the first genre was there, or in front; all others
 * go. An object that has nothing left goes, too. NULL takes the genre away. The size that the file
 * says it has becomes what it is, unless it is one that was sent (broadcast), which need not say.
 * FALSE: the header does not add up, there is no room in it, or writing failed, and the file is
 * torn. */
gboolean asf_patch_genre (int fd, const char *genre);

G_END_DECLS
