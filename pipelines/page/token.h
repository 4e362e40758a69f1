/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What who wants to see a page must know. It is compared without telling, by how long that takes,
 * how much of a guess was right, and a browser keeps something else that follows from it. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _Token Token;

/* From the first line of a file, or of a pipe into which somebody writes: 16 to 1,024 visible ASCII
 * characters. NULL on error. */
Token *token_read (const char *path, GError **error);
void token_free (Token *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Token, token_free)

gboolean token_is (const Token *self, const char *guess);
/* "Bearer …", the value of a header Authorization. */
gboolean token_is_in_authorization (const Token *self, const char *header);
/* Is the cookie @name among those of a header Cookie, with the right value? */
gboolean token_is_in_cookies (const Token *self, const char *name, const char *header);
/* What a cookie's value is to be. */
const char *token_get_cookie (const Token *self);

#define TOKEN_ERROR (token_error_quark ())
GQuark token_error_quark (void);

G_END_DECLS
