/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vorbis comments, which FLAC and all of Ogg have: without what stands in front of the vendor's
 * name. */
#pragma once
#include "tagitems.h"
G_BEGIN_DECLS

#define VORBIS_COMMENTS "Vorbis comments" /* for people */

/* What may follow the comments. */
typedef enum {
  COMMENTS_FRAMING, /* a byte that is 1: in Vorbis; some programs write it elsewhere, too */
  COMMENTS_BINARY   /* what others want kept, if the lowest bit is set, in Opus */
} CommentsEnd;

void vorbis_comments_add_to (TagItems *items, const guint8 *bytes, gsize n, CommentsEnd end);
/* Where they end, and something else may follow; @n: they are torn. */
gsize vorbis_comments_find_end (const guint8 *bytes, gsize n);
/* A byte that is 1 and zeros, or nothing: all that follows may go where nothing has to follow. */
gboolean vorbis_comments_end_in_padding (const guint8 *rest, gsize n);
/* The same with another genre, or without (NULL); NULL: they are torn. (transfer full) */
GByteArray *vorbis_comments_patch (const guint8 *bytes, gsize n, const char *genre);

G_END_DECLS
