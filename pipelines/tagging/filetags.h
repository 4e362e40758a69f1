/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The genre in a file's tags, wherever its format keeps it; TagLib does it, where it does no harm.
 * A file is opened under an alias whose ending says what is in it, since TagLib goes by names. */
#pragma once
#include <glib.h>
#include "audioformat.h"
G_BEGIN_DECLS

/* @genre: NULL if there is none (transfer full). FALSE: the tags cannot be read. */
gboolean file_tags_read_genre (const char *path, const AudioFormat *format, char **genre,
                               GError **error);
/* NULL takes it away. The rest of the tags stays. */
gboolean file_tags_write_genre (const char *path, const AudioFormat *format, const char *genre,
                                GError **error);
/* Whether @genre (or NULL) is read back. */
gboolean file_tags_have_genre (const char *path, const AudioFormat *format, const char *genre,
                               GError **error);

G_END_DECLS
