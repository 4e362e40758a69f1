/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The models that elements of this process use: each is read once and shared while anybody uses it.
 * A file that was replaced or rewritten in the meantime is another model. */
#pragma once
#include "model.h"
G_BEGIN_DECLS

#define GENRE_BUILT_IN_MODEL "/org/genreclassify/default.safetensors" /* a GResource */

/* @path: a file; NULL or "": the built-in model. Every acquired model must be released.
 * Thread-safe. */
GenreModel *genre_model_cache_acquire (const char *path, GError **error);
void genre_model_cache_release (GenreModel *model);
guint genre_model_cache_get_size (void); /* models in use */

G_END_DECLS
