/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was heard, for later: an SQLite file with a row for each song and one for each minute of
 * each station. One process writes (historylock.h), any number may read meanwhile (WAL). After kill
 * -9 or a power failure the file is whole, and at most the end of the current minute and the
 * current song (its last half hour) are missing, and what was kept in memory because it could not
 * be written. */
#pragma once
#include "stationevent.h"
G_BEGIN_DECLS

/* station (id, uri, name)
 * song (station, start, end, title, verdict, genre, confidence, music): times in seconds since
 * 1970; what held for most of it (songverdict.h). One that goes on is a row for each half hour; one
 * that breaks off, and is on again within a minute, stays one row, also where the end of the song
 * before is sent again first; so does one in which the format of the sound changes. What was too
 * short to be judged has none.
 * Without a title only what was told apart from others (streams that follow one another, a title
 * that was taken back) and files are songs: a connection is none.
 *
 * minute (station, time, verdict, genre, confidence, music): the last answer of the minute at
 * @time, if its answers are about 15 s of new sound at least (heardtime.h)
 *
 * verdict: "music", "no music" or "silence"; older files have songs with "unknown", too, of which
 * too little was heard */
typedef struct _History History;

/* Makes the file if there is none. @keep: days after which rows go; 0: never. NULL on error. */
History *history_open (const char *path, int keep, GError **error);
void history_close (History *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (History, history_close)

/* A StationObserver; @history is one. What cannot be written is told once on standard error, and
 * written as soon as that can be; a row that the file refuses for itself is given up after some
 * tries, and holds no others. Of several names that a URI has at a time the first one counts, as
 * long as it is heard by that. */
void history_observe (const StationEvent *event, gpointer history);

/* Some of what happened at any of them before the next event is lost: a song ends where it was last
 * heard, unless it is soon heard again. */
void history_miss (History *self);

/* @keys, a set of station_key(), has all that there are: what has another name in there than before
 * may be called by it. A program that hears them itself need not say so, their events do. */
void history_expect (History *self, GHashTable *keys);

G_END_DECLS
