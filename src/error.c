/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "error.h"

/**
 * genre_error_quark:
 *
 * The domain of #GenreError.
 *
 * Returns: the quark
 *
 * Since: 0.2
 */
/* clang-format off */
G_DEFINE_QUARK (genre-error-quark, genre_error)
/* clang-format on */
