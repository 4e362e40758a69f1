/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TagItems: what the tags of a file hold, byte for byte, so that it can be seen whether a program
 * that has written them has kept it. Of names that occur several times the order of their values
 * counts, not that of names. Genres are not among them. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define TAG_LARGEST (1U << 28) /* bytes of a tag that is looked at */

typedef struct {
  GPtrArray *items;
  GHashTable *by_name;
  char *genre;        /* the first one that has letters, or NULL */
  GHashTable *genres; /* all that are not blank, each once */
  gboolean has_names; /* of an APE tag: a title or an artist */
  gboolean has_text;  /* something else than a genre that programs show: no picture, no blank */
} TagItems;

void tag_items_init (TagItems *self);
void tag_items_clear (TagItems *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TagItems, tag_items_clear)

/* @tag: what it stands in, for people (not copied). @name: what are the same names must be spelled
 * so; need not be UTF-8. */
void tag_items_add (TagItems *self, const char *tag, const char *name, const void *value, gsize n);
/* Text is UTF-8, or what else it is taken for: Latin-1. Where NUL stands in it there are several.
 */
void tag_items_add_genre (TagItems *self, const void *text, gsize n);
/* What stands beside the genre is text of which this is a part. */
void tag_items_add_text (TagItems *self, const void *text, gsize n);
/* Programs show nothing of it, and look into the file's next tag. */
gboolean tag_items_are_silent (const TagItems *self);
/* How many genres there are, where TagLib reads @read (or NULL): if that is one of them, those that
 * are only numbers stand for it. */
guint tag_items_count_genres (const TagItems *self, const char *read);
/* The first name whose values are not the same in @after, and what it stands in; NULL: all are
 * kept, whatever else has come. (transfer full) */
char *tag_items_find_lost (TagItems *self, TagItems *after, const char **tag);

/* NULL: there is not so much at @at, or it is too large. (transfer full) */
GByteArray *tag_items_read (int fd, goffset at, goffset n);
/* Whether nothing but zeros is in it. */
gboolean tag_items_is_padding (const guint8 *bytes, gsize n);

G_END_DECLS
