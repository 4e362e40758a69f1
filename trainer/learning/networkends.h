/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a network's scores come from: the dense layers that it ends with, several side by side in a
 * merged one (merger.h), whose sum is the scores. */
#pragma once
#include "network.h"
G_BEGIN_DECLS

/* Names of these layers, as tensors' names begin with them; NULL if the network ends otherwise.
 * (transfer container) of const char *, which the network owns */
GPtrArray *genre_network_ends_find (const GenreNetwork *network);

/* What the network ends with instead, as a type of layers: of a residual one that of the part that
 * ends otherwise. NULL if it ends with dense layers alone. (transfer none) */
const char *genre_network_ends_find_other (const GenreNetwork *network);

/* Adds @biases, (n labels,), to the scores. FALSE where there is another end. */
gboolean genre_network_ends_shift (GenreNetwork *network, const double *biases);

/* The description @text with @n outputs of each of these layers. NULL where there is another end.
 * (transfer full) */
char *genre_network_ends_describe (const char *text, guint n);

G_END_DECLS
