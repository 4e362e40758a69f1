/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs say in the language of whoever reads it (gettext).
 *
 * What is wrong with a file or a station goes two ways: into JSON, journals and histories, which
 * are read by programs and years later, and before the eyes of a person. So it stays English,
 * marked with N_(), until it is shown. */
#pragma once
#include <glib.h>
#include <glib/gi18n.h>
G_BEGIN_DECLS

/* First of all in main(): the language of the environment, with numbers as in C. */
void translation_begin (void);
/* From now on everything is English, what libraries say, too: for what is kept, or read by
 * programs. */
void translation_end (void);
/* @fault, an English message marked with N_() or one that holds others behind colons
 * ("song.ogg: it cannot be read: …"), as a person reads it; what
 * is unknown stays as it is.
 * (transfer full) */
char *translate_fault (const char *fault);
/* The same of a @fault that may begin with the @name of a file (NULL: none) and a colon: a file may
 * be called like a message. (transfer full) */
char *translate_fault_of (const char *name, const char *fault);

G_END_DECLS
