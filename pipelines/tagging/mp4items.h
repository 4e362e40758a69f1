/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The items of an MP4 file, as iTunes has them: moov/udta/meta/ilst. Other programs have keys
 * ("keys"), whose numbers are the names of items. */
#pragma once
#include "tagitems.h"
G_BEGIN_DECLS

/* Why its items must not be written, or NULL: they are not as iTunes has them, and TagLib would put
 * others in their place. */
const char *mp4_items_find_obstacle (int fd);
/* FALSE: there is not enough memory for one, or it is too large. */
gboolean mp4_items_add_to (TagItems *items, int fd);

G_END_DECLS
