/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a microphone hears, live on a terminal: the level of the sound and a bar for each of the
 * most probable genres, drawn again in the same place. */
#pragma once
#include "stationevent.h"
G_BEGIN_DECLS

typedef struct _Bars Bars;

/* Draws on standard output, which is a terminal. */
Bars *bars_new (void);
/* Leaves what is there. */
void bars_free (Bars *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bars, bars_free)

/* Do these stations (of Station) want bars, where standard output is? */
gboolean bars_are_for (const GPtrArray *stations);

/* A StationObserver; @bars is one. */
void bars_observe (const StationEvent *event, gpointer bars);

G_END_DECLS
