/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "error.h"

/* clang-format off */
G_DEFINE_QUARK (genre-error-quark, genre_error)
/* clang-format on */
