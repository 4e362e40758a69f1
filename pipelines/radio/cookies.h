/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cookies: there are networks that sign lists and segments by them. They live as long as the
 * session, and are no more than a site, and all of them, may be thought to need. */
#pragma once
#include <libsoup/soup.h>
G_BEGIN_DECLS

void cookies_accept (SoupSession *session);

G_END_DECLS
