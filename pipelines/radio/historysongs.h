/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the songs of one station begin and end, by its answers: what breaks off and is on again
 * stays one song, and what a server sends once more to who joins is none. history.h says what
 * counts as a song. */
#pragma once
#include "historyrows.h"
#include "stationevent.h"
G_BEGIN_DECLS

typedef struct _HistorySongs HistorySongs;

/* Of @station, into @rows. */
HistorySongs *history_songs_new (HistoryRows *rows, HistoryStation *station);
void history_songs_free (HistorySongs *self);

/* One that tells something about sound, or is the last one about it. */
void history_songs_take (HistorySongs *self, const StationEvent *event);
/* @start: seconds since 1970. */
void history_songs_begin_stream (HistorySongs *self, gint64 start);
/* @whole: of a file, at its end; otherwise a connection was lost, or nobody knows. */
void history_songs_end_stream (HistorySongs *self, gboolean whole);
/* What plays is a row, too, as far as it was heard. */
void history_songs_end (HistorySongs *self);
/* Songs that broke off do not go on. */
void history_songs_give_up (HistorySongs *self);
/* Nor if what seemed to be heard again has no end. @now: seconds since 1970. */
void history_songs_give_up_late (HistorySongs *self, gint64 now);
/* The machine has slept for @seconds before @event: a title that plays then is another song. */
void history_songs_sleep (HistorySongs *self, const StationEvent *event, gint64 seconds);
/* Some of what happened is lost: a title that plays then is the same song only if it is soon. */
void history_songs_miss (HistorySongs *self);
/* The clock was set forward by @seconds. */
void history_songs_follow_clock (HistorySongs *self, gint64 seconds);

G_END_DECLS
