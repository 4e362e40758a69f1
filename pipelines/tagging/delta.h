/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file was before its tags changed, as what must be done to what it is now.
 *
 * A tag that grows shifts everything behind it, and numbers that tell where something stands (MP4)
 * or the how-manieth it is (Ogg) change all over the file. So the old file is the new one, byte for
 * byte from its beginning up to a place, and from there on aligned with its end, but for runs of
 * bytes that differ, which are kept. The place is the one that leaves the fewest of them.
 *
 * Format, before it is compressed with gzip: "GTD1", the sizes of old and new and the place, 64
 * bits each, little-endian; then for each run how many bytes are as in the new file, how many
 * follow (both 7 bits a byte, the lowest first, the eighth set if more follow), and those. */
#pragma once
#include <gio/gio.h>
#include "signoflife.h"
G_BEGIN_DECLS

#define DELTA_LARGEST (64 << 20) /* bytes of runs */

/* @old_fd and @new_fd are read wherever they stand. An error if either cannot be read, or they have
 * too little in common. (transfer full) */
GBytes *delta_new (int old_fd, int new_fd, SignOfLife *life, GError **error);
/* Gives the old file to @sink, part after part, given the new one. A delta is whatever somebody has
 * stored. */
typedef gboolean (*DeltaSink) (const void *bytes, gsize n, gpointer user_data, GError **error);
gboolean delta_apply (GBytes *self, int new_fd, DeltaSink sink, gpointer user_data,
                      SignOfLife *life, GError **error);

G_END_DECLS
