/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chunk: one of those of which a WAV (RIFF) or an AIFF file consists behind its first twelve bytes.
 * Numbers are little-endian in WAV, big-endian in AIFF. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define CHUNK_HEADER 8 /* bytes: its name and the size of what follows */
#define CHUNK_FIRST 12 /* where the first one begins */

typedef struct {
  char name[5];
  goffset at;   /* of its header */
  goffset size; /* without header and padding */
} Chunk;

/* FALSE: none begins at @at. */
gboolean chunk_read (Chunk *self, int fd, goffset at, gboolean big_endian);
/* The first one at @at or behind it that is to hold an ID3v2 tag. */
gboolean chunk_find_id3 (Chunk *self, int fd, goffset at, gboolean big_endian);
/* Where the one behind it begins: sizes are padded to even ones. */
goffset chunk_get_end (const Chunk *self);
/* Other content takes the place of what it holds; what follows moves, and the file's own size
 * becomes what it is. FALSE, and errno: the file is torn now. */
gboolean chunk_replace (const Chunk *self, int fd, gboolean big_endian, const GByteArray *content);
/* Why chunks of a file must not be written, or NULL: they and the file end at different places, or
 * there is one at whose name TagLib stops, and puts what it writes in front of it, be it the sound.
 * Of an AIFF file that the file has another size than it says, too. */
const char *chunk_find_obstacle (int fd, gboolean big_endian);

G_END_DECLS
