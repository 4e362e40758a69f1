/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a station is called in addresses of the page, in metrics and in a queue's status. Everybody
 * sees it, and so it is made of nothing but what everybody may see: who guesses a password could
 * compare it otherwise. */
#pragma once
#include "../radio/station.h"
G_BEGIN_DECLS

/* What stations of one list are given, each in its place. */
typedef struct _StationIds StationIds;

StationIds *station_ids_new (void);
void station_ids_free (StationIds *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StationIds, station_ids_free)

/* Hex digits of the SHA-256 of its URI and name as they are shown: the same in every run. Those
 * behind it that are shown alike get "-2", "-3" and so on. (transfer full) */
char *station_ids_give (StationIds *self, const Station *station);

G_END_DECLS
