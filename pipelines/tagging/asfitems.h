/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the header of a Windows Media file holds: attributes by their names, of whatever type,
 * language and stream, and all other objects as a whole, but for the file's size. */
#pragma once
#include "tagitems.h"
G_BEGIN_DECLS

/* FALSE: it does not add up, and what was found before it is all. */
gboolean asf_items_add_to (TagItems *items, int fd);
/* All genres, each once, with spaces between them; NULL: there are not several. Those of the
 * extended content description come first; more are in the metadata library, where programs put
 * what that has once already. (transfer full) */
char *asf_items_read_several (int fd);

G_END_DECLS
