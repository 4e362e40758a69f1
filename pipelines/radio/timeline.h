/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on, as people read it: a line whenever a station plays something else, or cannot be
 * heard.
 */
#pragma once
#include "stationevent.h"
G_BEGIN_DECLS

typedef struct _Timeline Timeline;

Timeline *timeline_new (void);
void timeline_free (Timeline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Timeline, timeline_free)

/* A StationObserver; @timeline is one. Prints to standard output. */
void timeline_observe (const StationEvent *event, gpointer timeline);

G_END_DECLS
