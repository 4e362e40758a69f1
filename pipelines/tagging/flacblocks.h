/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The blocks of metadata that a FLAC file begins with. */
#pragma once
#include "tagitems.h"
G_BEGIN_DECLS

/* From "fLaC" at @start on: the comments, and each other block but padding. */
void flac_blocks_add_to (TagItems *items, int fd, goffset start);
/* The comments of the file @before take the place of those of @after, with another genre, or
 * without (NULL). FALSE: that is not possible, or writing failed, and @after is torn. */
gboolean flac_blocks_patch (int before, goffset start, int after, goffset after_start,
                            const char *genre);

/* The file @after keeps a block of comments without any. FALSE: writing failed, and it is torn. */
gboolean flac_blocks_empty_comments (int after, goffset start);

G_END_DECLS
