/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The default model, which the program genre-train carries as the plugin does. */
#pragma once
#include "model.h"
G_BEGIN_DECLS

/* GENRE_ERROR_IO where it was built without. (transfer full) */
GenreModel *genre_built_in_model (GError **error);

G_END_DECLS
