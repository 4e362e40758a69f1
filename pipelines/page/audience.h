/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All who look on: each is told of the stations that it sees, and a station's spectrogram is made
 * only while one of them wants it. */
#pragma once
#include "eventstream.h"
#include "../radio/radio.h"
#include "stationboard.h"
G_BEGIN_DECLS

typedef struct _Audience Audience;

/* @board outlives it. */
Audience *audience_new (StationBoard *board);
void audience_free (Audience *self);
/* Spectrograms come from there; @radio outlives it. */
void audience_set_radio (Audience *self, Radio *radio);

/* @connection's client has asked for @stations (of BoardStation), and is told how they are. */
void audience_add (Audience *self, GSocketConnection *connection, GPtrArray *stations,
                   gboolean spectrograms);
guint audience_count (const Audience *self);
/* Spectrograms that somebody was too slow for. */
guint64 audience_get_left_out (const Audience *self);

/* Sends everyone away; who may, comes back. */
void audience_dismiss (Audience *self);

/* What has happened to @station, which has taken it in already. */
void audience_tell (Audience *self, BoardStation *station, const StationEvent *event);
/* The list of stations is another one. */
void audience_tell_list (Audience *self);

/* The minutes before this one are complete; since 1970. */
gint64 audience_get_minute (const Audience *self);

G_END_DECLS
