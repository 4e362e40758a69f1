/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the page is told, as JSON. A thousand stations at ten answers a minute are told to all who
 * look on, so this is written straight into text, with no more digits than anybody sees. */
#pragma once
#include "stationboard.h"
G_BEGIN_DECLS

/* Genres and the summaries of all stations. (transfer full) */
char *board_json_format_list (StationBoard *board);

/* Appends the object of one station, its summary and the probabilities, without the brace that
 * closes it; then what else is in it may follow. */
void board_json_open_station (GString *text, const StationBoard *board, BoardStation *station);
/* Its last @n_minutes before the minute @now (since 1970), as member @name. */
void board_json_append_minutes (GString *text, const char *name, const BoardStation *station,
                                gint64 now, gsize n_minutes);

/* The model's, as member "genres". */
void board_json_append_genres (GString *text, const StationBoard *board);

/* Why no genre is named: "silence", "no music", "unsure"; NULL: one is. */
const char *board_json_name_reason (AnswerVerdict verdict, const char *genre);

/* {"id", "minute", "genre"} (transfer full) */
char *board_json_format_minute (const BoardStation *station, gint64 minute);

/* Members with a comma before them. A NULL @text is null. */
void board_json_append_text (GString *text, const char *member, const char *value);
/* The same of what anybody may have written. */
void board_json_append_public_text (GString *text, const char *member, const char *value);
void board_json_append_number (GString *text, const char *member, double value, gboolean known);
void board_json_append_time (GString *text, const char *member, gint64 time);

G_END_DECLS
