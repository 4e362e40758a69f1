/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a station or a playlist calls a station. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* UTF-8 without white space around it, of at most @most characters; bytes that are no UTF-8 are
 * taken for what GStreamer takes titles for: the first fitting charset of the list
 * GST_ICY_TAG_ENCODING, or else Windows-1252. NULL if nothing is left, or of NULL. (transfer full)
 */
char *station_name_tidy (const char *bytes, guint most);

G_END_DECLS
