/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Genres in a person's own words: lines of "hiphop = Rap", with # before what is a remark, at the
 * beginning or behind a space. A genre that is the same as nothing ("disco =") is never written.
 * Labels and names are compared by their letters and digits (../genrename.h). */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

typedef struct _NameMap NameMap;

NameMap *name_map_new_from_file (const char *path, GError **error);
void name_map_free (NameMap *self);
/* What to write for a genre whose label is @label and whose name is @name; "" for nothing. @self
 * may be NULL. (transfer none) */
const char *name_map_find (const NameMap *self, const char *label, const char *name);
/* What is wrong with it for a model of @genres (label → name for people): a message for each line
 * that is about none of them, contradicts another, or has a name that is none in ID3. (transfer
 * full) of char * */
GPtrArray *name_map_find_faults (const NameMap *self, const GstStructure *genres);

G_END_DECLS
