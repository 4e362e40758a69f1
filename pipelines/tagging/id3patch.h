/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaces the genre in an ID3v2 tag and keeps everything else, which TagLib does not. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* The tag that stands at @at with another genre, or without (NULL): all its other frames, and what
 * is none behind them, are what they were, byte for byte. An extended header goes, a footer, and
 * unsynchronisation up to ID3v2.3. NULL: that is not possible, for there is no such tag, a frame is
 * cut short, or a genre stands where some programs would not see it (encrypted, or behind what
 * makes them stop). (transfer full) */
GByteArray *id3_patch_make (int fd, goffset at, const char *genre);

/* The tag that the file @before begins with takes the place of the one that @after begins with,
 * with another genre; @with_id3v1: and, beside a genre, with what @before's ID3v1 tag holds, in the
 * place of frames of that name, in which nothing is.
 *
 * FALSE, @begun being FALSE: that is not possible. FALSE, @begun being TRUE: writing failed, and
 * @after is torn. */
gboolean id3_patch (int before, int after, const char *genre, gboolean with_id3v1, gboolean *begun);
/* The same with the first tag in a chunk of an AIFF (@big_endian) or WAV file, in its place. */
gboolean id3_patch_chunk (int fd, gboolean big_endian, const char *genre, gboolean *begun);

G_END_DECLS
