/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps one station on: connects, follows playlists, notices when nothing comes, waits, and tries
 * again, more and more rarely, and rarely indeed where a failure is for good. */
#pragma once
#include "receiver.h"
#include "sessionpool.h"
#include "station.h"
#include "stationevent.h"
G_BEGIN_DECLS

typedef struct _Tuner Tuner;

/* @station is taken; nothing happens before tuner_start(). @sessions and @options outlive it. */
Tuner *tuner_new (Station *station, SessionPool *sessions, const ReceiverOptions *options,
                  StationObserver observer, gpointer user_data);
void tuner_free (Tuner *self);

void tuner_start (Tuner *self);
/* Instead of that, until there is room for it: STATION_BROKEN, told once. */
void tuner_put_off (Tuner *self);
/* To be called about once a second. */
void tuner_look (Tuner *self);
/* No more tries; what is heard ends with a last answer and STATION_ENDED. */
void tuner_finish (Tuner *self);
/* STATION_ENDED at once: nobody wants it any more. */
void tuner_abandon (Tuner *self);

/* STATION_EVENT_SPECTROGRAM, on this connection and all later ones; at first there is none. */
void tuner_set_spectrogram (Tuner *self, gboolean wanted);

/* Adds what was done for it on all its connections. */
void tuner_add_statistics (const Tuner *self, ReceiverStatistics *sum);

StationState tuner_get_state (const Tuner *self);
const Station *tuner_get_station (const Tuner *self);
/* station_key() of it, as long as the tuner is. */
const char *tuner_get_key (const Tuner *self);

G_END_DECLS
