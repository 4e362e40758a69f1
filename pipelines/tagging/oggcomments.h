/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The comments in an Ogg file with one stream: its second packet. */
#pragma once
#include "audioformat.h"
#include "tagitems.h"
G_BEGIN_DECLS

/* From the page at @start on. FALSE: they are not found. */
gboolean ogg_comments_add_to (TagItems *items, const AudioFormat *format, int fd, goffset start);
/* The comments of the file @before take the place of those of @after, with another genre, or
 * without (NULL). FALSE: that is not possible, or writing failed, and @after is torn. */
gboolean ogg_comments_patch (const AudioFormat *format, int before, goffset start, int after,
                             goffset after_start, const char *genre);

G_END_DECLS
