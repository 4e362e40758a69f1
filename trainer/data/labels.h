/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the names of genre folders to labels and back to names that people read. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

/* ASCII, lower case, anything but letters, digits and '_' becomes '-': "Drum & Bass" is
 * "drum-bass". NULL if nothing that begins with a letter is left. (transfer full) */
char *genre_label_from_folder (const char *folder);
/* "hiphop" is "Hip-Hop", "world_music" is "World Music"; a name written with capitals stays as it
 * is. (transfer full) */
char *genre_label_display_name (const char *folder);
/* GENRE_ERROR_DATA, naming @root and the folders, if a folder gives no label, two give the same,
 * one gives "unknown", or there are more than a model can hold. */
gboolean genre_labels_check (const char *root, const char *const *folders, guint n, GError **error);

G_END_DECLS
