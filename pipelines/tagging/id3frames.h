/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes sure that an ID3v2 tag loses nothing. TagLib writes ID3v2.4 whatever it has read, and
 * leaves out without a word what has no place there (volume adjustments of ID3v2.3, for example),
 * what is empty or encrypted, and whatever follows something that it does not understand. What it
 * has not read it takes from ID3v1, where titles have thirty letters. */
#pragma once
#include <glib.h>
#include "audioformat.h"
G_BEGIN_DECLS

/* Where the first tag is if the file has one; -1: it has none. */
goffset id3_frames_find (int fd, const AudioFormat *format);
/* Whether anything but zeros is in that. */
gboolean id3_frames_exist (int fd, const AudioFormat *format);
/* @genre (NULL: none) has been written into @after, a copy of the file @before. An MP3 or FLAC file
 * gets its old tag back, with the genre, and, @is_new, what was in ID3v1, too: where nothing is in
 * it, TagLib's stays, which has that. In AIFF and WAV that must have been done already
 * (id3_patch_chunk()). Where it is not possible TagLib's tag is trusted only if there was none
 * before. FALSE: @after must not take the place of @before. */
gboolean id3_frames_keep (const AudioFormat *format, int before, int after, const char *genre,
                          gboolean is_new, GError **error);

G_END_DECLS
