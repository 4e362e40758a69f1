/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreNames: genres as people spell them in tags.
 *
 * A tag may hold several values, and a value several genres, with ; / , | between them. Spellings
 * of one genre have the same key (genrename.h). A map, lines of "Alt Rock = Rock" with # before
 * what is a remark (at the beginning or behind a space), says what is to be called otherwise;
 * nothing behind = means that it is no genre. It may also name a whole value: "Pop/Rock = Pop".
 * Values that say nothing ("Other", "Unknown") are none unless the map names them. A reference to
 * a genre of ID3v1 in front of a name ("(9)Metal"), or beside one ("(9);Metal"), does not count,
 * unless the map names it, too. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

typedef struct _GenreNames GenreNames;

/* @map_path: a file, or NULL. GENRE_ERROR_FORMAT names the line that is none, or contradicts
 * another. */
GenreNames *genre_names_new (const char *map_path, GError **error);
void genre_names_free (GenreNames *names);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreNames, genre_names_free)

/* The genres of one song's tag, each once, in the order of the tag, as keys; NULL-terminated.
 * Counts the spellings. @values: NULL-terminated, or NULL. (transfer full) */
char **genre_names_read (GenreNames *names, char *const *values);
typedef enum {
  GENRE_NAME_USABLE,          /* or empty, or said to be none */
  GENRE_NAME_WITHOUT_LETTERS, /* nor digits: it could not be told from another one */
  GENRE_NAME_TOO_LONG,
} GenreNameFault;
/* Why the first of @values, of which no genre could be read, is none. */
GenreNameFault genre_names_find_fault (char *const *values);
/* As the map spells it or, where it leads to no such genre, as tags do most often; NULL if it was
 * never read. (transfer none) */
const char *genre_names_get_display (const GenreNames *names, const char *key);
/* The genres of the map's lines that no tag so far had, as they are spelled there, in their order;
 * the strings are @names's. (transfer container) */
GPtrArray *genre_names_list_unused (const GenreNames *names);
/* How often the map was used, in genres of songs. */
guint genre_names_count_mapped (const GenreNames *names);

G_END_DECLS
