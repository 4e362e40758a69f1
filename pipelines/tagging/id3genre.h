/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The genre in an ID3v2 tag, also where TagLib does not see one. */
#pragma once
#include "tagitems.h"
G_BEGIN_DECLS

/* Of the tag at @at, if there is one: in TCON, whatever its text is encoded in, or in TXXX. */
void id3_genre_add_to (TagItems *items, int fd, goffset at);

G_END_DECLS
