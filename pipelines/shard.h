/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shard: one of N parts of a collection, for machines that share nothing but the files.
 *
 * A file is in the part that its path makes it: the first eight bytes of the path's SHA-256 (of its
 * bytes, UTF-8 as a rule), read as a big-endian number, modulo N, plus 1. So it is in the same part
 * on every machine that knows it by that path, whatever else there is. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  guint index; /* 1 to n */
  guint n;     /* 0: no parts, everything is in it */
} Shard;

/* "2/8". G_OPTION_ERROR_BAD_VALUE. */
gboolean shard_parse (const char *text, Shard *shard, GError **error);
/* @path: as all machines know it, "Artist/Album/01.flac". */
gboolean shard_has (Shard shard, const char *path);

G_END_DECLS
