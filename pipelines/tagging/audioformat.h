/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file is, by its first bytes: a name may say anything. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  const char *name;   /* "FLAC" */
  const char *ending; /* ".flac", by which TagLib knows it; NULL: we cannot write its tags */
} AudioFormat;

/* Whether its @ending, ".wav", is that. */
gboolean audio_format_is (const AudioFormat *self, const char *ending);
/* @fd is open for reading. NULL if we do not know it. (transfer none) */
const AudioFormat *audio_format_find (int fd);
/* Of a name that ends as those of other formats do: that ending; otherwise, and where we do not
 * know it, NULL. */
const char *audio_format_find_wrong_ending (const AudioFormat *self, const char *name);
/* Of an Ogg file: several songs, or something beside one. @format may be NULL. */
gboolean audio_format_has_several_streams (const AudioFormat *format, int fd);
/* Why the tags of this very file must not be written, or NULL. */
const char *audio_format_find_obstacle (const AudioFormat *format, int fd);

G_END_DECLS
