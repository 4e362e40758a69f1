/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a model honest about what is no music, where somebody's collection has only music:
 * sounds made by computing (madesounds.h), called what a model that knows a background hears in
 * them. */
#pragma once
#include "data/dataset.h"
#include "model.h"
G_BEGIN_DECLS

/* Adds clips to @dataset, whose last labels are the background of @source: of @n sounds those that
 * @source hears as that, each with itself as artist; @n_added: how many. GENRE_ERROR_DATA if there
 * is no memory to hear them. */
gboolean genre_background_add (GenreDataset *dataset, GenreModel *source, guint n, guint n_threads,
                               guint *n_added, GError **error);

G_END_DECLS
