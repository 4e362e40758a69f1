/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The genres of a Windows Media file: in its extended content description, and in its metadata
 * library, where programs put what that has once already. */
#pragma once
#include "tagitems.h"
G_BEGIN_DECLS

void asf_items_add_genres_to (TagItems *items, int fd);

G_END_DECLS
