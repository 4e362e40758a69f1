/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in an MP4 file its samples are, once its tags have been written. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Whether each table (mp4box.h) of @after, which was a copy of @before before its tags were
 * written, leads to what it led to there, and no box but moov has become longer or shorter. */
gboolean mp4_offsets_are_kept (int before, int after);

G_END_DECLS
