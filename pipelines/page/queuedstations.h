/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-radio --queue: the radio listens to those stations that this worker of a queue carries; the
 * page and the history learn what is heard at all of them, whoever listens. */
#pragma once
#include "../radio/history.h"
#include "../radio/radio.h"
#include "pageserver.h"
G_BEGIN_DECLS

typedef struct _QueuedStations QueuedStations;

/* Is @url that of a queue? Where there are none, queued_stations_new() says so. */
gboolean queued_stations_check (const char *url, GError **error);
/* @carry: the most stations that the radio is given; 0: none. NULL if @url or the password are
 * wrong; not connected yet. */
QueuedStations *queued_stations_new (const char *url, const char *password_file, guint carry,
                                     GError **error);
/* Connects, and begins. @page and @history may be NULL. All of them outlive it. */
gboolean queued_stations_begin (QueuedStations *self, Radio *radio, PageServer *page,
                                History *history, GError **error);
/* The radio is about to end: it is given no more stations. */
void queued_stations_finish (QueuedStations *self);
/* Gives the stations back, at once. */
void queued_stations_free (QueuedStations *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QueuedStations, queued_stations_free)

G_END_DECLS
