/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened at a station that somebody else listens to, of the line of JSON that tells it
 * (eventjson.h). */
#pragma once
#include "stationevent.h"
G_BEGIN_DECLS

typedef struct {
  StationEvent event; /* whose pointers lead to what is here */
  char *key, *uri, *name, *title, *teller;
  GError *fault;
  GstStructure *answer;
} HeardEvent;

/* @key: station_key() of the station, which says what its URI is. Anybody may have written @line:
 * texts in it that are longer than people need are shortened. NULL if it is none that genre-radio
 * writes, or an answer whose probabilities have names that are new where records have named half a
 * megabyte of them, which this process keeps for ever: the first time it says on standard error,
 * translated, that such are left out. */
HeardEvent *heard_event_parse (const char *key, const char *line);
/* A station that nobody listens to at the moment; its fault is heard_event_orphaned, in English. */
extern const char heard_event_orphaned[];
HeardEvent *heard_event_new_orphaned (const char *key);
void heard_event_free (HeardEvent *self);

G_END_DECLS
