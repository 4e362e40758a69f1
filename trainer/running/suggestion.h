/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody meant who mistyped a word. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* The one of @words, NULL-terminated, that is nearest to @typed by insertions, deletions, changes
 * of a letter and swaps of two neighbours (Damerau 1964), if a third of its letters or fewer are
 * wrong; NULL if none is. (transfer none) */
const char *genre_suggestion_find (const char *typed, const char *const *words);
/* "; did you mean \"train\"?", or "". (transfer full) */
char *genre_suggestion_say (const char *typed, const char *const *words);

G_END_DECLS
