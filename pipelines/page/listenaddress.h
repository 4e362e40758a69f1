/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ADDRESS:PORT where a page is served, and which Host a request for it may name: a page elsewhere
 * whose name was made to lead here (DNS rebinding) names its own. */
#pragma once
#include <gio/gio.h>
G_BEGIN_DECLS

/* @text is an IPv4 address, an IPv6 address in brackets or "localhost", ":" and a port; 0: any free
 * one. NULL on error. (transfer full) */
GInetSocketAddress *listen_address_parse (const char *text, GError **error);
gboolean listen_address_is_loopback (GInetSocketAddress *address);
/* "http://127.0.0.1:8321/" (transfer full) */
char *listen_address_get_uri (GInetSocketAddress *address);

/* May a request to @address name @host? Where every address is listened on, any host is good; who
 * comes there needs a token. */
gboolean listen_address_is_host (GInetSocketAddress *address, const char *host);

#define LISTEN_ADDRESS_ERROR (listen_address_error_quark ())
GQuark listen_address_error_quark (void);

G_END_DECLS
