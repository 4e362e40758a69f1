/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreShard: one of N parts of a collection, for machines that share nothing but the files.
 *
 * A file is in the part that its path, relative to the folder that was named, makes it: the first
 * eight bytes of the SHA-256 of that path as it is in the file system (UTF-8 as a rule), read as a
 * big-endian number, modulo N, plus 1. So it is in the same part on every machine and in every
 * version, whatever else lies in the folder. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

typedef struct {
  guint index; /* 1 to n */
  guint n;     /* 0: no parts, everything is in it */
} GenreShard;

/* "2/8". GENRE_ERROR_INVALID. */
gboolean genre_shard_parse (const char *text, GenreShard *shard, GError **error);
/* @relative: "Artist/Album/01.flac" */
gboolean genre_shard_has (GenreShard shard, const char *relative);

G_END_DECLS
