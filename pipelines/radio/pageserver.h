/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of a radio: HTTP for who looks at it (docs/radio-operations.md lists what is served).
 * Everything that comes from a client is checked here, and bounded. */
#pragma once
#include "radio.h"
#include "stationboard.h"
G_BEGIN_DECLS

typedef struct {
  const char *address;    /* ADDRESS:PORT */
  const char *token_file; /* NULL: none, which only loopback addresses may do without */
} PageOptions;

typedef struct _PageServer PageServer;

/* Listens at once. @board outlives it. NULL on error. */
PageServer *page_server_new (const PageOptions *options, StationBoard *board, GError **error);
void page_server_free (PageServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PageServer, page_server_free)

/* "http://127.0.0.1:8321/" */
const char *page_server_get_uri (const PageServer *self);

/* A StationObserver; @server is one. */
void page_server_observe (const StationEvent *event, gpointer server);
/* The list of stations is another one. */
void page_server_tell_stations (PageServer *self);

G_END_DECLS
