/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the element says on the bus. The fields are documented above the element itself. */
#pragma once
#include "listener.h"
G_BEGIN_DECLS

#define GENRE_ANSWER_MESSAGE "genreclassify"

/* (transfer full) */
GstStructure *genre_heard_to_structure (const GenreHeard *answer);

G_END_DECLS
