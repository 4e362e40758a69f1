/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may leave this machine: names, titles and faults of stations without the passwords, tokens
 * and control characters that may be in them. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* @text as printable() shows it; of each URI in it user, password, query and fragment are left out.
 * (transfer full) */
char *public_text (const char *text);
/* The same of one URI, in which blanks and quotation marks are signs like others, and which may
 * lack its scheme ("//user:password@host/"). (transfer full) */
char *public_uri (const char *uri);

G_END_DECLS
