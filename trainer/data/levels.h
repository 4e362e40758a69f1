/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stored spectrograms have 256 levels: 255 is the loudest value of the clip, 0 lies 80 dB or more
 * below it. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* @decibels, @levels: (n,). FALSE if a value is not finite. */
gboolean genre_levels_from_decibels (const float *decibels, gsize n, guint8 *levels);
/* (n,): what is the same sound gives the same sum. */
void genre_levels_add_to_checksum (const guint8 *levels, gsize n, GChecksum *sum);
/* The way back: dB relative to the clip's loudest value. */
#define GENRE_LEVEL_DB(value) ((float)(value) * (80.0f / 255.0f) - 80.0f)

G_END_DECLS
