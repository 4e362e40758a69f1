/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels.h"

extern const GenreKernels genre_kernels_avx512, genre_kernels_avx2, genre_kernels_baseline;

const GenreKernels *const genre_kernels[] = {
#ifdef GENRE_HAVE_AVX_KERNELS
    &genre_kernels_avx512,
    &genre_kernels_avx2,
#endif
    &genre_kernels_baseline,
    NULL,
};

const GenreKernels *
genre_kernels_choose (void)
{
  const GenreKernels *const *kernels = genre_kernels;
  while (kernels[1] && !(*kernels)->available ()) /* the last one runs anywhere */
    kernels++;
  return *kernels;
}
