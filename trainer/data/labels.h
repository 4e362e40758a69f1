/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the names of genre folders to labels and back to names that people read. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

/* ASCII, lower case, anything but letters, digits and '_' becomes '-': "Drum & Bass" is
 * "drum-bass". What begins with no letter gets one: "80s" is "genre-80s", and a name in letters
 * that ASCII has nothing for "genre-" and eight digits made of @key. (transfer full) */
char *genre_label_from_name (const char *name, const char *key);
/* Of a folder's name, which is the key, too. (transfer full) */
char *genre_label_from_folder (const char *folder);
/* "hiphop" is "Hip-Hop", "world_music" is "World Music"; a name written with capitals stays as it
 * is. (transfer full) */
char *genre_label_display_name (const char *folder);
/* GENRE_ERROR_DATA, naming @root and the folders, if two give the same label, one gives "unknown",
 * or there are more than a model can hold. */
gboolean genre_labels_check (const char *root, const char *const *folders, guint n, GError **error);

G_END_DECLS
