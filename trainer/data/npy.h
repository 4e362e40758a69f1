/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreNpy: a two-dimensional array in a NumPy .npy file.
 *
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1 to 3.
 * Read are C-ordered arrays of uint8 and little-endian float32 with two dimensions. A file is
 * hostile until proven otherwise: it must hold exactly the bytes that its shape announces. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

#define GENRE_NPY_MAX_FILE (512 * 1024 * 1024) /* bytes: more than a day of default frames */

typedef enum { GENRE_NPY_UINT8, GENRE_NPY_FLOAT32 } GenreNpyType;

typedef struct {
  GenreNpyType type;
  gsize rows, columns;
  union {
    guint8 *bytes; /* (rows, columns), GENRE_NPY_UINT8 */
    float *floats; /* (rows, columns), GENRE_NPY_FLOAT32, as stored: may hold NaN */
    gpointer data;
  };
} GenreNpy;

/* GENRE_ERROR_IO, _FORMAT (damaged or no .npy), _UNSUPPORTED (another element type or order, other
 * than two dimensions) or _INVALID (too large). */
GenreNpy *genre_npy_load (const char *path, GError **error);
/* @name stands for the path in messages. */
GenreNpy *genre_npy_parse (GBytes *bytes, const char *name, GError **error);
void genre_npy_free (GenreNpy *array);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreNpy, genre_npy_free)

/* Version 1, atomic. @data: (rows, columns) of @type. */
gboolean genre_npy_save (const char *path, GenreNpyType type, gsize rows, gsize columns,
                         gconstpointer data, GError **error);

G_END_DECLS
