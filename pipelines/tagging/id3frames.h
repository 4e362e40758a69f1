/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether an ID3v2 tag has lost something. TagLib writes ID3v2.4 whatever it has read, and leaves
 * out without a word what has no place there (volume adjustments of ID3v2.3, for example), and what
 * is encrypted or asks to be left out. */
#pragma once
#include <glib.h>
#include "audioformat.h"
G_BEGIN_DECLS

/* FALSE: the copy @after must not take the place of the file @before. Frames are counted by their
 * names; dates and the genre may have changed theirs. */
gboolean id3_frames_are_kept (const AudioFormat *format, int before, int after, GError **error);

G_END_DECLS
