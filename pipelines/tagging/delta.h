/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file was before its tags changed, as what must be done to what it is now.
 *
 * A tag that grows shifts what stands behind it, and numbers that tell where something stands (MP4)
 * or the how-manieth it is (Ogg) change all over the file. So each block of the old file is taken
 * from the place of the new one that is most like it, out of a few: as far from the beginning, as
 * far from the end, and as some pieces of the old file that are found in the new one are shifted.
 * Runs of bytes that differ are kept.
 *
 * Format, before it is compressed with gzip: "GTD2", the sizes of old and new (64 bits each,
 * little-endian); then, up to the end of the old file: how many bytes are as in the new file, how
 * far they stand behind their old place there, how many bytes follow, and those. Numbers have 7
 * bits a byte, the lowest first, the eighth bit set if more follow; the distance is doubled, or, if
 * negative, doubled without its sign less one. */
#pragma once
#include <gio/gio.h>
#include "signoflife.h"
G_BEGIN_DECLS

#define DELTA_LARGEST (64 << 20) /* bytes of runs */

/* @old_fd and @new_fd are read wherever they stand. An error if either cannot be read, or they have
 * too little in common. (transfer full) */
GBytes *delta_new (int old_fd, int new_fd, SignOfLife *life, GError **error);
/* Gives the old file to @sink, part after part, given the new one. A delta is whatever somebody has
 * stored: an error unless the old file has @old_size bytes (-1: as many as the delta says). */
typedef gboolean (*DeltaSink) (const void *bytes, gsize n, gpointer user_data, GError **error);
gboolean delta_apply (GBytes *self, goffset old_size, int new_fd, DeltaSink sink,
                      gpointer user_data, SignOfLife *life, GError **error);

G_END_DECLS
