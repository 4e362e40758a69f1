/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens at a station as a line of JSON; docs/genre-radio.schema.json describes it. */
#pragma once
#include "stationevent.h"
G_BEGIN_DECLS

/* Without the line feed; NULL for what no line is due to. (transfer full) */
char *event_json_format (const StationEvent *event);
/* The same for a queue, in which the clocks of many tell: with the fields that say which one,
 * and with the title in a state, too: it may have been told before. (transfer full) */
char *event_json_format_told (const StationEvent *event);
/* A fault of something that is no station: @source says what. (transfer full) */
char *event_json_format_fault (const char *source, const char *fault);

G_END_DECLS
