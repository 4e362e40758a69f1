/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All stations that a program listens to. What happens at them is told to its observers, in the
 * thread of the default main context. */
#pragma once
#include "tuner.h"
G_BEGIN_DECLS

typedef struct _Radio Radio;

/* At most @most stations play, or try to, at once. @options outlive it. */
Radio *radio_new (const ReceiverOptions *options, guint most);
void radio_free (Radio *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Radio, radio_free)

void radio_add_observer (Radio *self, StationObserver observer, gpointer user_data);
/* @stations (of Station) is taken. For whom there is no room waits, broken, until there is. Those
 * that are there already play on, new ones begin. Those that are no more in it end: at once, or,
 * with @heard_out, after an answer for what they play now, of which their events still tell. */
void radio_set_stations (Radio *self, GPtrArray *stations, gboolean heard_out);

/* Whether STATION_EVENT_SPECTROGRAM tells what the station with this station_key() sounds like, now
 * and after each reconnect; at first it does not. Nothing happens if there is no such station. */
void radio_set_spectrogram (Radio *self, const char *key, gboolean wanted);

/* What was done for all stations that there are and were. */
ReceiverStatistics radio_get_statistics (const Radio *self);

/* How many stations are heard, and how many there are. */
void radio_count (const Radio *self, guint *heard, guint *all);

/* No more tries; radio_is_over() after the last answers. */
void radio_finish (Radio *self);
/* Those with this URI end at once, and stay ended. */
void radio_abandon (Radio *self, const char *uri);
/* Has every station ended, those that are gone, too? */
gboolean radio_is_over (const Radio *self);

G_END_DECLS
