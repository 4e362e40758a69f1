/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sounds that are no music, made by computing: noise of several colours, hum, beeps and sweeps,
 * knocks and clatter, engines, and somebody who talks without words. For whoever has no recordings
 * of such at hand. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* The sound with that @number; every number gives another one, and the same one each time.
 * @samples: (n,), filled in, full scale ±1. */
void genre_made_sound (guint number, guint rate, float *samples, guint n);

G_END_DECLS
