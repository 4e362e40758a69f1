/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels.h"

void
genre_matrix_multiply (guint rows, guint columns, guint length, GenreMatrix a, GenreMatrix b,
                       gboolean adds, float *c, gsize c_row)
{
  genre_kernels_choose ()->matrix->multiply (rows, columns, length, a, b, adds, c, c_row);
}
