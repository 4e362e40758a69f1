/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP sessions for any number of stations. At each step of a request libsoup looks at all requests
 * of its session: of thousands that fail at once it would do nothing else for minutes. So there is
 * one for every 128 stations; what servers set in one, cookies, is sent in all of them. */
#pragma once
#include <libsoup/soup.h>
G_BEGIN_DECLS

typedef struct _SessionPool SessionPool;

SessionPool *session_pool_new (void);
/* All were given back. */
void session_pool_free (SessionPool *self);

/* For one station, until it is given back. */
SoupSession *session_pool_take (SessionPool *self);
void session_pool_give_back (SessionPool *self, SoupSession *session);

G_END_DECLS
