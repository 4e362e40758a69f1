/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The genre in a WAV file's own lists of information (LIST chunks of type INFO, field IGNR), where
 * programs look that know nothing of ID3 in WAV. There may be several lists, one by whatever made
 * the file, another by a program that tagged it: TagLib shows the first one; ffmpeg, GStreamer and
 * others take what any of them has, the last one's where several have it. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Why the chunks of a file must not be written, or NULL: what there is about any chunks (chunk.h),
 * a list of information above 1 MiB, or 64-bit sizes. */
const char *wav_info_find_obstacle (int fd);
/* Of the first list that has one; NULL if none has; text that is no UTF-8 is taken for Latin-1.
 * (transfer full) */
char *wav_info_read_genre (int fd);
/* Whether any list has a field. */
gboolean wav_info_has_fields (int fd);
/* Whether any has one that tells of the song: not only its genre, and by what program the file was
 * made (ISFT). */
gboolean wav_info_tells_more (int fd);
/* Into the first list, and only there; NULL takes it away. All other chunks, lists and fields stay,
 * byte for byte and in their order; a list in which no field is left goes. @fd has room. */
gboolean wav_info_write_genre (int fd, const char *genre, GError **error);

/* While TagLib writes: it would write all lists anew as one, with one field of each name that it
 * can read as UTF-8, and leave out what the others have. Other chunks may come and go meanwhile.
 * Returns which of the chunks named LIST are hidden. (transfer full) */
GArray *wav_info_hide (int fd, GError **error);
gboolean wav_info_show (int fd, const GArray *hidden, GError **error);

G_END_DECLS
