/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The items of an MP4 file, as iTunes has them: moov/udta/meta/ilst. */
#pragma once
#include "tagitems.h"
G_BEGIN_DECLS

/* FALSE: there is not enough memory for one, or it is too large. */
gboolean mp4_items_add_to (TagItems *items, int fd);

G_END_DECLS
