/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Genres in a person's own words: lines of "hiphop = Rap", with # before what is a remark. A genre
 * that is the same as nothing ("disco =") is never written. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _NameMap NameMap;

NameMap *name_map_new_from_file (const char *path, GError **error);
void name_map_free (NameMap *self);
/* What to write for a genre whose label is @label and whose name is @name; "" for nothing. @self
 * may be NULL. (transfer none) */
const char *name_map_find (const NameMap *self, const char *label, const char *name);

G_END_DECLS
