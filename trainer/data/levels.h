/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stored spectrograms have 256 levels: 255 is the loudest value of the clip, 0 lies 80 dB or more
 * below it (GENRE_LEVEL_DB() of dataset.h is the way back). */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* @decibels, @levels: (n,). FALSE if a value is not finite. */
gboolean genre_levels_from_decibels (const float *decibels, gsize n, guint8 *levels);

G_END_DECLS
