/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is one genre, however people spell it, and what their maps of genres have in common. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Spellings are one genre if they agree in their letters and digits, whatever their case, accents'
 * encoding, spaces, hyphens: "hiphop" of "hip hop" and "Hip-Hop". "&", "+" and a lone "n" are
 * "and". "" if @name has neither letter nor digit. (transfer full) */
char *genre_name_key (const char *name);
/* The same of a genre or an artist who may have neither ("!!!"): the name itself, in lower case.
 * @name in UTF-8. (transfer full) */
char *genre_name_key_or_signs (const char *name);
/* Whether programs read @name as it is where ID3 has a genre. A number is taken for that of a genre
 * in ID3v1, or left out; brackets in front may be a reference to one ("(17)"); RX and CR are Remix
 * and Cover. */
gboolean genre_name_fits_id3 (const char *name);
/* Whether @name, in UTF-8, has nothing in it that is seen. */
gboolean genre_name_is_blank (const char *name);
/* Cuts off what is not seen before and behind a name, in place. */
char *genre_name_strip (char *name);
/* Ends @line of a map where a remark begins: at a # that is first or has a space (of any script)
 * before it, so that there may be a "C#". */
void genre_name_cut_remark (char *line);

G_END_DECLS
