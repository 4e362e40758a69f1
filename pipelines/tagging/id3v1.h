/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 128 bytes of an ID3v1 tag at the end of a file. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Where it begins; the end of the file if it has none. */
goffset id3v1_find (int fd);
/* The tag of the file @before, if it has one, takes the place of that of @after, but for the
 * genre, which is that of @after. FALSE: writing failed, and @after is torn. */
gboolean id3v1_keep (int before, int after);
/* Whether it has a tag whose genre every program knows that reads ID3v1: one of the first eighty.
 */
gboolean id3v1_has_usual_genre (int fd);
/* Whether it has a tag. */
gboolean id3v1_exists (int fd);

#define ID3V1_LONGEST 30 /* bytes of a text */

typedef struct {
  char title[ID3V1_LONGEST + 1], artist[ID3V1_LONGEST + 1], album[ID3V1_LONGEST + 1];
  char year[5], comment[ID3V1_LONGEST + 1]; /* as they stand there, without blanks at their ends */
  guint8 track;                             /* 0: it has none */
} Id3v1Fields;

/* What its tag holds but for the genre. FALSE: there is nothing. */
gboolean id3v1_read_fields (int fd, Id3v1Fields *fields);

G_END_DECLS
