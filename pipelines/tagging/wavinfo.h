/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The genre in a WAV file's own list of information (LIST chunk of type INFO, field IGNR), where
 * programs look that know nothing of ID3 in WAV. TagLib leaves it alone. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Why the chunks of a file must not be written, or NULL: a list of chunks that ends elsewhere than
 * the file, several lists of information, or 64-bit sizes. */
const char *wav_info_find_obstacle (int fd);
/* NULL if there is none; text that is no UTF-8 is taken for Latin-1. (transfer full) */
char *wav_info_read_genre (int fd);
/* NULL takes it away. All other chunks and fields stay, byte for byte. @fd has room. */
gboolean wav_info_write_genre (int fd, const char *genre, GError **error);

G_END_DECLS
