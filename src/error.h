/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can go wrong in libgenre. A message names the file (where there is one), the value found
 * and the value expected, in this order, and needs no further text to be shown to a user. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define GENRE_ERROR (genre_error_quark ())
GQuark genre_error_quark (void);

/**
 * GenreError:
 * @GENRE_ERROR_IO: a file cannot be opened, read or written, or there is not enough memory for it
 * @GENRE_ERROR_FORMAT: a file is not what it claims to be, or is damaged
 * @GENRE_ERROR_UNSUPPORTED: well formed, but of a kind or version that we do not know
 * @GENRE_ERROR_INVALID: a value is out of range, a shape does not fit
 * @GENRE_ERROR_DATA: a data set lacks what the task needs
 *
 * What can go wrong. A message names the file, the value found and what was expected.
 *
 * Since: 0.2
 */
typedef enum {
  GENRE_ERROR_IO,
  GENRE_ERROR_FORMAT,
  GENRE_ERROR_UNSUPPORTED,
  GENRE_ERROR_INVALID,
  GENRE_ERROR_DATA,
} GenreError;

G_END_DECLS
