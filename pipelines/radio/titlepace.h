/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often a station's title is told. A station may send thousands of them a second, which would
 * fill whatever shows, keeps or passes on what happens: one second after another has one title, and
 * of those that come meanwhile the newest one is told as soon as it is over. Earlier only before
 * an answer about it that is told. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* NULL: it has none any more. */
typedef void (*TitlePaceTold) (const char *title, gpointer user_data);

typedef struct _TitlePace TitlePace;

TitlePace *title_pace_new (TitlePaceTold told, gpointer user_data);
void title_pace_free (TitlePace *self);

/* Told at once, or held back. */
void title_pace_take (TitlePace *self, const char *title);
gboolean title_pace_holds_any (const TitlePace *self);
/* Whether it is @title that is held back. */
gboolean title_pace_holds (const TitlePace *self, const char *title);
/* What is held back is told now: something comes that is to follow it. */
void title_pace_release (TitlePace *self);
/* What is held back is forgotten. */
void title_pace_clear (TitlePace *self);

G_END_DECLS
