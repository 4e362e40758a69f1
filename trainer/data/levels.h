/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stored spectrograms have 256 levels: 255 is the loudest value of the clip, 0 lies 80 dB or more
 * below it. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* @decibels, @levels: (n,). FALSE if a value is not finite. */
gboolean genre_levels_from_decibels (const float *decibels, gsize n, guint8 *levels);
/* What shows that finite @values (n,), somebody else's, are no decibels of a spectrogram: a span
 * below LEAST_SPAN dB, though they are not all the same as in silence, as linear power of 0 to 1
 * has it; or a loudest value beyond ±MOST_LOUD dB. How deep the softest ones lie does not matter:
 * -1e30 stands for nothing at all. NULL: nothing shows it. (transfer full) */
#define GENRE_LEVELS_LEAST_SPAN 3
#define GENRE_LEVELS_MOST_LOUD 400
char *genre_levels_find_fault (const float *values, gsize n);
/* (n,): what is the same sound gives the same sum. */
void genre_levels_add_to_checksum (const guint8 *levels, gsize n, GChecksum *sum);
/* The way back: dB relative to the clip's loudest value. */
#define GENRE_LEVEL_DB(value) ((float)(value) * (80.0f / 255.0f) - 80.0f)

G_END_DECLS
