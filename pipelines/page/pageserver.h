/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of a radio: HTTP for who looks at it (docs/radio-operations.md lists what is served).
 * Everything that comes from a client is checked here, and bounded. */
#pragma once
#include "../radio/radio.h"
#include "stationboard.h"
G_BEGIN_DECLS

typedef struct {
  const char *address;    /* ADDRESS:PORT */
  const char *token_file; /* NULL: none, which only loopback addresses may do without */
  const char *history;    /* the file that a History writes; NULL: none */
  guint most_visitors;    /* connections at once; 0: 256, and never more */
  double interval;        /* seconds of sound between answers; <= 0: the usual */
} PageOptions;

typedef struct _PageServer PageServer;

/* Could it listen there? What is wrong with the words, not whether the port is free. */
gboolean page_options_check (const PageOptions *options, GError **error);

/* Listens at once; @genres are those of the model (the element's property "genres"), or NULL. NULL
 * on error. */
PageServer *page_server_new (const PageOptions *options, const GstStructure *genres,
                             GError **error);
void page_server_free (PageServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PageServer, page_server_free)

/* "http://127.0.0.1:8321/" */
const char *page_server_get_uri (const PageServer *self);

/* Spectrograms and figures come from @radio, which outlives it. */
void page_server_set_radio (PageServer *self, Radio *radio);
/* A StationObserver; @server is one. */
void page_server_observe (const StationEvent *event, gpointer server);
/* The same of the last that is known of a station, which may have been told before. */
void page_server_observe_past (const StationEvent *event, gpointer server);
/* @stations (of Station) are about to be those that there are. */
void page_server_expect (PageServer *self, GPtrArray *stations);
/* Now they are, or others of them the radio's. */
void page_server_tell_stations (PageServer *self);
/* The program is about to end, and not healthy any more. */
void page_server_set_ending (PageServer *self);
/* Reads the token anew; what was right stays so if it cannot be. */
gboolean page_server_reload_token (PageServer *self, GError **error);

/* How many stations are heard, and how many there are. */
void page_server_count (const PageServer *self, guint *heard, guint *all);

G_END_DECLS
