/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cookies: there are networks that sign lists and segments by them. They live as long as the
 * session. */
#pragma once
#include <libsoup/soup.h>
G_BEGIN_DECLS

void cookies_accept (SoupSession *session);
/* Those of @other, which has some, in the place of @session's own. */
void cookies_share (SoupSession *session, SoupSession *other);
/* Whoever sets one under another name each time must not fill the memory: what a site has is
 * forgotten if it is more than any site may be thought to need, and all if it is more than all. To
 * be called now and then, not while a jar tells of a change, in which it cannot be asked. */
void cookies_limit (SoupSession *session);

G_END_DECLS
