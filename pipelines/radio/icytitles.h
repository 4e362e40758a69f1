/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The titles between the bytes of a stream (ICY), made readable before icydemux sees them. It wants
 * UTF-8, or else bytes that are all in the charsets of GST_ICY_TAG_ENCODING, or Windows-1252: of a
 * title whose last character a server has cut in the middle it makes other letters, or none.
 *
 * A character that is incomplete at the end of what is UTF-8 otherwise is left out, unless all else
 * is ASCII and either only one byte of it is there, with which a title in Windows-1252 ends as well
 * ("Café"), or the user has chosen a charset. Where a title fits no charset at all, each byte that
 * is no UTF-8 becomes a question mark: it is a title, be it a bad one, and not none. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _IcyTitles IcyTitles;

/* @interval: bytes between titles, more than 0. */
IcyTitles *icy_titles_new (guint interval);
/* What to hand on for the next @bytes of the stream, whatever their number: those of a title wait
 * until it is complete. May be of no length. (transfer full) */
GBytes *icy_titles_mend (IcyTitles *self, GBytes *bytes);
void icy_titles_free (IcyTitles *self);

G_END_DECLS
