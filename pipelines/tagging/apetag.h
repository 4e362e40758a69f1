/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An APE tag (of either version) at the end of a file, behind which may be one of ID3v1. */
#pragma once
#include "tagitems.h"
G_BEGIN_DECLS

gboolean ape_tag_exists (int fd);
/* One in which nothing is comes, if the file has none. FALSE: writing failed, and it is torn. */
gboolean ape_tag_begin (int fd);
void ape_tag_add_to (TagItems *items, int fd);
/* The tag of the file @before takes the place of that of @after, with another genre, or without
 * (NULL). FALSE: that is not possible, or writing failed, and @after is torn. */
gboolean ape_tag_patch (int before, int after, const char *genre);

G_END_DECLS
