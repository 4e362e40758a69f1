/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the page is told, as JSON. */
#pragma once
#include "stationboard.h"
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

/* Genres and the summaries of all stations. (transfer full) */
char *board_json_format_list (StationBoard *board);
/* One station: its summary, the probabilities, and with @n_minutes the last so many, called @name,
 * up to the one before the minute at @now (in minutes since 1970). (transfer full) */
JsonObject *board_json_new_station (const StationBoard *board, const BoardStation *station);
void board_json_set_minutes (JsonObject *object, const char *name, const BoardStation *station,
                             gint64 now, gsize n_minutes);
/* {"id", "minute", "genre"} (transfer full) */
char *board_json_format_minute (const BoardStation *station, gint64 minute);

/* "2026-11-28T07:00:00.000Z" of microseconds since 1970. (transfer full) */
char *board_json_format_time (gint64 time);

G_END_DECLS
