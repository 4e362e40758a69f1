/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What correlation.c needs to know about a window, worked out once for a layer. */
#include <string.h>
#include "correlation.h"

#define LINE 16 /* floats of a cache line */

extern const GenreCorrelationKernels genre_kernels_avx512_correlation,
    genre_kernels_avx2_correlation, genre_kernels_baseline_correlation;

const GenreCorrelationKernels *
genre_correlation_kernels (void)
{
  static const GenreCorrelationKernels *const all[] = {
#ifdef GENRE_HAVE_AVX_KERNELS
      &genre_kernels_avx512_correlation,
      &genre_kernels_avx2_correlation,
#endif
      &genre_kernels_baseline_correlation,
  };
  guint i = 0;
  while (!all[i]->available ())
    i++;
  return all[i];
}

static void
find_places (GenreCorrelation *c, guint lanes)
{
  guint run = (c->frames - 1) * c->columns + c->features, n = 0;
  guint in_row = c->features / lanes;
  c->is_run = c->features % lanes != 0;
  c->n_places = c->is_run ? (run + lanes - 1) / lanes : c->frames * in_row;
  c->from = g_new (guint, c->n_places);
  c->to = g_new (guint, c->n_places);
  for (; c->is_run && n < c->n_places; n++)
    c->from[n] = c->to[n] = n * lanes;
  for (; n < c->n_places; n++) {
    c->from[n] = n / in_row * c->columns + n % in_row * lanes;
    c->to[n] = n * lanes;
  }
}

void
genre_correlation_init (GenreCorrelation *c, guint channels, const guint kernel[2], guint frames,
                        guint features)
{
  guint lanes = genre_correlation_kernels ()->lanes;
  c->frames = frames;
  c->features = features;
  c->rows = frames + kernel[0] - 1;
  c->columns = features + kernel[1] - 1;
  /* the last vector may end beyond; an odd number of lines keeps channels out of each other's way
   */
  c->plane = ((((gsize)c->rows * c->columns + lanes + LINE - 1) / LINE) | 1) * LINE;
  c->n_taps = channels * kernel[0] * kernel[1];
  c->taps = g_new (gsize, c->n_taps);
  gsize *tap = c->taps;
  for (guint i = 0; i < channels; i++) {
    for (guint u = 0; u < kernel[0]; u++) {
      for (guint v = 0; v < kernel[1]; v++)
        *tap++ = i * c->plane + (gsize)u * c->columns + v;
    }
  }
  find_places (c, lanes);
}

void
genre_correlation_clear (GenreCorrelation *c)
{
  g_clear_pointer (&c->taps, g_free);
  g_clear_pointer (&c->from, g_free);
  g_clear_pointer (&c->to, g_free);
}

gsize
genre_correlation_result_size (const GenreCorrelation *c)
{
  return (gsize)c->n_places * genre_correlation_kernels ()->lanes;
}

gsize
genre_correlation_image_size (const GenreCorrelation *c, guint channels)
{
  return channels * c->plane;
}

void
genre_correlation_load (const GenreCorrelation *c, guint channels, guint frames, guint features,
                        const guint padding[2], const float *source, gsize step, float *image)
{
  gsize before = (gsize)padding[0] * c->columns + padding[1];
  gsize after = before + (gsize)frames * c->columns - padding[1];
  guint gap = c->columns - features;
  for (guint i = 0; i < channels; i++, image += c->plane, source += step) {
    float *row = image + before;
    memset (image, 0, before * sizeof *image);
    for (guint t = 0; t < frames; t++, row += c->columns) {
      memcpy (row, source + (gsize)t * features, features * sizeof *row);
      for (guint f = 0; f < gap; f++)
        row[features + f] = 0;
    }
    memset (image + after, 0, (c->plane - after) * sizeof *image);
  }
}
