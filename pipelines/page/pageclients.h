/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is connected to a page, how many at most, and how long each may take for what it does: one
 * that sends its request a byte a minute, or reads as slowly, keeps nobody else out. */
#pragma once
#include <gio/gio.h>
G_BEGIN_DECLS

typedef enum {
  PAGE_CLIENT_ASKING,    /* its request is not there yet */
  PAGE_CLIENT_ANSWERED,  /* our answer is on its way */
  PAGE_CLIENT_STREAMING, /* event streams look after themselves */
} PageClientPhase;

typedef struct _PageClient PageClient;
typedef struct _PageClients PageClients;

PageClients *page_clients_new (guint most);
void page_clients_free (PageClients *self);
guint page_clients_count (const PageClients *self);

/* Counts @connection until it is closed. If there are too many, the one that has kept its request
 * to itself for longest has to go; NULL if there is none such. Valid as long as its address. */
PageClient *page_clients_admit (PageClients *self, GSocketConnection *connection,
                                GSocketAddress *address);
/* The one that was admitted from @address, the very object. */
PageClient *page_clients_find (GSocketAddress *address);
void page_client_enter (PageClient *self, PageClientPhase phase);
/* (transfer full) NULL if it is closed already. */
GSocketConnection *page_client_get_connection (PageClient *self);
void page_client_hang_up (PageClient *self);

G_END_DECLS
