/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tags in those places of a file where GStreamer 1.22 does not look, or not in time: ID3 tags in
 * chunks of WAV and of AIFF, which stand behind the sound, and the header of Windows Media, of
 * which it leaves the genre out and takes the artist of the album for that of the song. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* Artist, album artist, album and genres, without blank ones; empty where there is nothing, be it
 * another format. What is torn is as good as nothing. gst_init() must have been called.
 * (transfer full) */
GstTagList *genre_container_tags_read (const char *path);

G_END_DECLS
