/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blas.h"
#include <glib.h>

/* From OpenBLAS's own cblas.h, which not every header directory has. */
void openblas_set_num_threads (int n_threads);

void
genre_blas_prepare (void)
{
  static gsize once;
  if (g_once_init_enter (&once)) {
    openblas_set_num_threads (1);
    g_once_init_leave (&once, 1);
  }
}
