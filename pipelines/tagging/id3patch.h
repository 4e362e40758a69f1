/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ID3v2 tag of which nothing changes but the genre, for TagLib keeps not all of it. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* The tag that the file @before begins with takes the place of the one that @after begins with,
 * with another genre, or without (NULL): all its other frames, and what is none behind them, are
 * what they were, byte for byte. An extended header goes, and so does unsynchronisation up to
 * ID3v2.3.
 *
 * FALSE: that is not possible, or @begun becomes TRUE and @after is torn: there is no such tag; a
 * frame is cut short; or a genre stands where some programs would not see it (encrypted, or behind
 * what is no frame).
 */
gboolean id3_patch (int before, int after, const char *genre, gboolean *begun);

G_END_DECLS
