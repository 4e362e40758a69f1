/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The genre in an ID3v2 tag, also where TagLib does not see one. */
#pragma once
#include "id3tag.h"
#include "tagitems.h"
G_BEGIN_DECLS

/* Of the tag at @at, if there is one: in TCON, whatever its text is encoded in, or in TXXX; and
 * whether there is other text. */
void id3_genre_add_to (TagItems *items, int fd, goffset at);

/* Whether programs take @frame for a genre: it is one, or free text (TXXX) that is called so. */
gboolean id3_genre_is_in (const Id3Tag *tag, const Id3Frame *frame);

G_END_DECLS
