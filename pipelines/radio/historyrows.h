/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows on their way into a history: what cannot be written (a full disk, a lock, a file that is
 * gone) waits in memory, told once on standard error, and follows as soon as that can be; the file
 * is made anew where somebody has moved it; rows go when they are old. */
#pragma once
#include "../answertext.h"
G_BEGIN_DECLS

typedef struct _HistoryRows HistoryRows;

/* A station in it. */
typedef struct _HistoryStation HistoryStation;

/* What was heard for a minute or a song. It has references, for a song that is written, or waits to
 * be, may change. */
typedef struct {
  HistoryStation *station;
  gboolean is_song;
  gint64 start, end; /* seconds since 1970; a minute has no end */
  char *title;       /* or NULL */
  AnswerVerdict verdict;
  char *genre;
  double confidence, music;
  /* of historyrows.c */
  guint references, tries;
  guint file;    /* that it was written into; 0: none */
  gint64 number; /* of a song there */
} HistoryRow;

HistoryRow *history_row_new (HistoryStation *station, gboolean is_song);
HistoryRow *history_row_ref (HistoryRow *self);
void history_row_unref (HistoryRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HistoryRow, history_row_unref)

/* Makes the file if there is none. @keep: days after which rows go; 0: never. NULL on error. */
HistoryRows *history_rows_open (const char *path, int keep, GError **error);
/* What waits is written once more, or lost. Stations end with it. */
void history_rows_close (HistoryRows *self);

/* Valid until the end of @self. It is in the file with its first row. */
HistoryStation *history_rows_add_station (HistoryRows *self, const char *uri);
/* What a person calls it. */
void history_station_set_name (HistoryStation *self, const char *name);
/* Of its last song in the file; 0: there is none, or no file for now. @known: it could be asked. */
gint64 history_rows_find_last_end (HistoryRows *self, HistoryStation *station, gboolean *known);

/* Before anything else that happens: what is written into a file that was moved or removed nobody
 * finds. FALSE while there is none. */
gboolean history_rows_look_after_file (HistoryRows *self);
/* Some of what waits. */
void history_rows_write_waiting (HistoryRows *self);
/* For the last time: a lock that another program holds is waited for again, as at first. */
void history_rows_be_patient (HistoryRows *self);

/* At once, and only at once. FALSE: that cannot be, for now or at all. */
gboolean history_rows_write (HistoryRows *self, HistoryRow *row);
/* It is in the file that is open, or was last, as it was when it was written. */
gboolean history_rows_have (const HistoryRows *self, const HistoryRow *row);
/* As soon as that can be, behind what waits already. A song that is in the file changes there; one
 * that may wait is taken back before it is changed. */
void history_rows_put (HistoryRows *self, HistoryRow *row);
/* Waits, although nothing else does. */
void history_rows_keep (HistoryRows *self, HistoryRow *row);
/* It waits no more, if it did. */
void history_rows_take_back (HistoryRows *self, HistoryRow *row);

G_END_DECLS
