/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few small pieces of a file, by which its sound is known again whatever has become of its tags.
 */
#pragma once
#include <gio/gio.h>
#include "signoflife.h"
G_BEGIN_DECLS

#define PIECE 64 /* bytes */

/* The first piece of @fd at or behind @at and before @end that is not everywhere, as silence is.
 * Of a long part samples are looked at. */
gboolean pieces_find_one (int fd, goffset at, goffset end, guint8 piece[PIECE], goffset *found);

/* Out of the second half of @fd, where no tags are in most songs: not so where a cover is larger
 * than the sound, or stands behind it. Fewer, or none, if it is silent. (transfer full) */
GBytes *pieces_new (int fd, SignOfLife *life);
/* Whether at least half of the pieces are in @fd, wherever; there must be one. */
gboolean pieces_are_in (GBytes *self, int fd, SignOfLife *life);
/* The same for @n of them (NULL: there are none), in one pass. (transfer full) */
gboolean *pieces_are_in_each (GBytes *const *pieces, guint n, int fd, SignOfLife *life);

G_END_DECLS
