/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a server is not heard, in words for people. */
#pragma once
#include <gio/gio.h>
G_BEGIN_DECLS

/* What @error of sockets, resolvers, TLS or libsoup means to who asked for @uri. (transfer full) */
char *network_fault_describe (const GError *error, const char *uri);

G_END_DECLS
