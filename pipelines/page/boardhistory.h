/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a history knows of the stations on a board from before this run, and of their songs. */
#pragma once
#include "../radio/historyfile.h"
#include "stationboard.h"
G_BEGIN_DECLS

typedef struct _BoardHistory BoardHistory;

/* Of the file at @path, which a History writes, whichever file that is: where it is moved away, of
 * the one that is begun. NULL on error. */
BoardHistory *board_history_open (const char *path, GError **error);
void board_history_close (BoardHistory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BoardHistory, board_history_close)

/* The last day, of those stations that were not asked for before. */
void board_history_fill (BoardHistory *self, StationBoard *board);
/* ,"songs":[{"begin", "end", "title", "genre", "confidence"}…], the newest first, the one that is
 * on now with an end of null. */
void board_history_append_songs (BoardHistory *self, GString *text, const BoardStation *station);

G_END_DECLS
