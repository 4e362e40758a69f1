/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes sure that nothing is lost of the tags of a file when TagLib writes its genre: it leaves out
 * what it does not understand, empty fields and text of another encoding among it. And that the
 * samples of an MP4 file are found afterwards. */
#pragma once
#include "audioformat.h"
G_BEGIN_DECLS

/* TagLib has written @genre (NULL: none) into @after, a copy of the file @before. ID3v2 is
 * id3frames.h's; an ID3v1 tag stays but for its genre; and where comments of Vorbis or items of an
 * APE tag are lost, the old ones are put back, with the genre. FALSE: something would be lost, and
 * @after must not take the place of @before. */
gboolean tag_guard_keep (const AudioFormat *format, int before, int after, const char *genre,
                         GError **error);
/* Whether what the ID3v1 tag of a file holds would be hidden by a genre alone in comments or in an
 * APE tag, in which there is no text so far: programs show but one of them. */
gboolean tag_guard_needs_fields (const AudioFormat *format, int fd);
/* A genre that TagLib does not see, for its text is not encoded as it should be; NULL: there is
 * none. (transfer full) */
char *tag_guard_find_genre (const AudioFormat *format, int fd);
/* How many genres its tags have, of which TagLib makes @read (or NULL), one after the other or but
 * one of them. */
guint tag_guard_count_genres (const AudioFormat *format, int fd, const char *read);

G_END_DECLS
