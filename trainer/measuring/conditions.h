/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreConditions: what happens to music on its way to a listener, done to stored spectrograms.
 *
 * A filter is its power response, seen through the front end's own filter bank. Stored spectrograms
 * end 80 dB under the loudest value of the clip (levels.h), and nothing is known of what lies
 * there: what is louder raises that floor with everything else, what is softer falls no further
 * than to it. Phases are not stored, so there is no clipping and no codec here. */
#pragma once
#include "frontend.h"
G_BEGIN_DECLS

typedef struct _GenreConditions GenreConditions;

guint genre_conditions_get_count (void);
/* "bass +6 dB" */
const char *genre_conditions_get_name (guint condition);

/* For frames of this front end, which must be valid. (transfer full) */
GenreConditions *genre_conditions_new (const GenreFrontEndConfig *front_end);
void genre_conditions_free (GenreConditions *conditions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreConditions, genre_conditions_free)

/* Changes @decibels, (frames, bands), in place. @key: what noise is drawn from; the same key gives
 * the same noise. May be called from several threads. */
void genre_conditions_apply (const GenreConditions *conditions, guint condition, guint64 key,
                             float *decibels, gsize frames);

G_END_DECLS
