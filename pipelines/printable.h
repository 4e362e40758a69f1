/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Titles, tags and names of files come from anybody: what a terminal, a log or a person would take
 * for something else (control characters, changes of direction) is shown as an escape. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* @text with "\n" for a line feed, "\x1b" for a control character or a byte that is no UTF-8, and
 * "\u202e" for what turns text around; always UTF-8. (transfer full) */
char *printable (const char *text);

G_END_DECLS
