/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of every station at the moment, and what it played in the last day: for whoever
 * comes and asks. It learns from events, as a timeline and a history do. */
#pragma once
#include "../answertext.h"
#include "../radio/heardtime.h"
#include "minutes.h"
#include "../radio/station.h"
#include "../radio/stationevent.h"
G_BEGIN_DECLS

typedef struct {
  char *id;   /* of station_ids_give() */
  char *key;  /* station_key() */
  char *name; /* what may be shown: without passwords */
  StationKind kind;
  StationState state;
  gint64 since; /* of the last change of state, in microseconds since 1970 */
  char *error;  /* NULL, or why it waits or is broken */
  double retry_in;
  char *title;
  char *former;          /* title of the song before, about which answers may still come; or NULL */
  gint64 song_begin;     /* 0: none */
  gint64 last_answer;    /* 0: none, even if it was of a connection before */
  gint64 answered_at;    /* when it came, monotonic */
  gint64 pace;           /* microseconds of sound since the one before it */
  gboolean answered;     /* what follows is known */
  gboolean final;        /* of a song that is over: nothing of what plays now */
  AnswerVerdict verdict; /* ANSWER_MUSIC: of @genre, or of none */
  char *genre;           /* label or "unknown" */
  double confidence, music;
  double *probabilities; /* (n_genres,) */
  guint64 n_losses;      /* times that it broke off */
  gboolean lost;         /* and was not heard since */
  HeardTime time;        /* of this connection */
  HeardMinute enough;
  Minutes minutes;
  gboolean remembered; /* what a history knows of it is in there */
  char *json;          /* its summary as it was last asked for, or NULL */
} BoardStation;

typedef struct {
  guint n_genres;
  char **labels, **names;       /* (n_genres,) NULL-terminated; names are for people */
  GPtrArray *stations;          /* of BoardStation, in the order of the list */
  guint64 n_answers, n_returns; /* of all that there are and were: answers, reconnects */
  guint64 version;              /* changes with everything that is shown of any station */
  gint64 patience;              /* in microseconds, for an answer */
  GHashTable *by_id, *by_key;
} StationBoard;

/* @genres: label → name for people, in the model's order (the element's property "genres"). */
StationBoard *station_board_new (const GstStructure *genres);
void station_board_free (StationBoard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StationBoard, station_board_free)

/* @stations (of Station) are those that there are from now on; what is known of those that stay is
 * kept. */
void station_board_set_stations (StationBoard *self, GPtrArray *stations);
/* Takes in what happened; the station that it happened to, or NULL if nobody knows that. */
BoardStation *station_board_take (StationBoard *self, const StationEvent *event);
/* The same of what may have been told before, and counts no more. */
BoardStation *station_board_take_past (StationBoard *self, const StationEvent *event);
/* Seconds of sound between answers, where it is not the usual 10, before a station's own answers
 * tell: what is known of a station holds until several should have come, and for 90 s at least. */
void station_board_set_interval (StationBoard *self, double seconds);
/* What was told too long before @now, by the monotonic clock, does not hold any more. TRUE: so it
 * is. */
gboolean station_board_grow_old (StationBoard *self, BoardStation *station, gint64 now);
BoardStation *station_board_find (const StationBoard *self, const char *id);

/* What was heard before this run: the minute at @time, in seconds since 1970. */
void station_board_remember (StationBoard *self, BoardStation *station, gint64 time,
                             AnswerVerdict verdict, const char *genre);
/* "0" to "9" and "a" to "z" for a genre, "-" for talk, "_" for silence, "?" for what is unknown. */
char station_board_get_symbol (const StationBoard *self, AnswerVerdict verdict, const char *genre);
/* For people; NULL if it is no label. */
const char *station_board_name_genre (const StationBoard *self, const char *label);

G_END_DECLS
