/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The models that elements of this process use: each is read once and shared while anybody uses it.
 * A file that was replaced or rewritten in the meantime is another model. */
#pragma once
#include "model.h"
#include <gio/gio.h>
G_BEGIN_DECLS

#define GENRE_BUILT_IN_MODEL "/org/genreclassify/default.safetensors" /* in a GResource */

/* @resource, which is never freed, has the built-in model; NULL, as at first: there is none. To be
 * called before any model is acquired. */
void genre_model_cache_set_built_in (GResource *resource);

/* @path: a file; NULL or "": the built-in model. Every acquired model must be released.
 * Thread-safe. */
GenreModel *genre_model_cache_acquire (const char *path, GError **error);
void genre_model_cache_release (GenreModel *model);
guint genre_model_cache_get_size (void); /* models in use or being read */

G_END_DECLS
