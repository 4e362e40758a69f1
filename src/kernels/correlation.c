/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What correlation_kernel.c needs to know about a window, worked out once for a layer. */
#include "kernels.h"
#include <string.h>

static void
count_places (GenreCorrelation *c, guint lanes)
{
  guint run = (c->frames - 1) * c->columns + c->features;
  c->is_run = c->features % lanes != 0;
  c->n_places = c->is_run ? (run + lanes - 1) / lanes : c->frames * (c->features / lanes);
}

static void
find_places (GenreCorrelation *c, guint lanes)
{
  guint n = 0, in_row = c->features / lanes;
  for (; c->is_run && n < c->n_places; n++)
    c->from[n] = c->to[n] = n * lanes;
  for (; n < c->n_places; n++) {
    c->from[n] = n / in_row * c->columns + n % in_row * lanes;
    c->to[n] = n * lanes;
  }
}

static void
find_taps (GenreCorrelation *c)
{
  gsize *tap = c->taps;
  for (guint i = 0; i < c->channels; i++) {
    for (guint u = 0; u < c->kernel[0]; u++) {
      for (guint v = 0; v < c->kernel[1]; v++) {
        guint phase = u % c->stride[0] * c->stride[1] + v % c->stride[1];
        *tap++ = i * c->plane + phase * c->phase + (gsize)(u / c->stride[0]) * c->columns +
                 v / c->stride[1];
      }
    }
  }
}

void
genre_correlation_init (GenreCorrelation *c, const GenreKernels *kernels, guint channels,
                        const guint kernel[2], const guint stride[2], guint frames, guint features)
{
  *c = (GenreCorrelation){.kernels = kernels ? kernels : genre_kernels_choose ()};
  guint lanes = c->kernels->lanes;
  c->frames = frames;
  c->features = features;
  c->channels = channels;
  memcpy (c->kernel, kernel, sizeof c->kernel);
  memcpy (c->stride, stride, sizeof c->stride);
  c->rows = frames + (kernel[0] - 1) / stride[0];
  c->columns = features + (kernel[1] - 1) / stride[1];
  /* the last vector may end beyond; an odd number of lines keeps phases out of each other's way */
  c->phase =
      ((((gsize)c->rows * c->columns + lanes + GENRE_FLOATS_IN_LINE - 1) / GENRE_FLOATS_IN_LINE) |
       1) *
      GENRE_FLOATS_IN_LINE;
  c->plane = c->phase * stride[0] * stride[1];
  c->n_taps = channels * kernel[0] * kernel[1];
  count_places (c, lanes);
}

guint64
genre_correlation_table_bytes (const GenreCorrelation *c)
{
  return (guint64)c->n_taps * sizeof *c->taps +
         (guint64)c->n_places * (sizeof *c->from + sizeof *c->to);
}

gboolean
genre_correlation_prepare (GenreCorrelation *c)
{
  c->taps = g_try_new (gsize, c->n_taps);
  c->from = g_try_new (guint, c->n_places);
  c->to = g_try_new (guint, c->n_places);
  if (!c->taps || !c->from || !c->to)
    return FALSE;
  find_taps (c);
  find_places (c, c->kernels->lanes);
  return TRUE;
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
  return (gsize)c->n_places * c->kernels->lanes;
}

gsize
genre_correlation_image_size (const GenreCorrelation *c, guint channels)
{
  return channels * c->plane;
}

/* Which of @n places, @stride apart from @at − @padding on, lie inside @size. */
static void
find_inside (guint n, guint at, guint stride, guint padding, guint size, guint *first, guint *end)
{
  guint begin = padding > at ? (padding - at + stride - 1) / stride : 0;
  *end = MIN (n, (size + padding + stride - 1 - at) / stride);
  *first = MIN (begin, *end);
}

static void
take_every (const float *source, guint stride, guint n, float *row)
{
  if (stride == 1) {
    memcpy (row, source, n * sizeof *row);
    return;
  }
  for (guint i = 0; i < n; i++)
    row[i] = source[(gsize)i * stride];
}

/* @r, @q: which phase */
static void
load_phase (const GenreCorrelation *c, guint r, guint q, guint frames, guint features,
            const guint padding[2], const float *source, float *image)
{
  guint top, bottom, left, right;
  find_inside (c->rows, r, c->stride[0], padding[0], frames, &top, &bottom);
  find_inside (c->columns, q, c->stride[1], padding[1], features, &left, &right);
  memset (image, 0, (gsize)top * c->columns * sizeof *image);
  for (guint i = top; i < bottom; i++) {
    float *row = image + (gsize)i * c->columns;
    gsize frame = (gsize)i * c->stride[0] + r - padding[0];
    for (guint f = 0; f < left; f++)
      row[f] = 0;
    take_every (source + frame * features + left * c->stride[1] + q - padding[1], c->stride[1],
                right - left, row + left);
    for (guint f = right; f < c->columns; f++)
      row[f] = 0;
  }
  gsize begin = (gsize)bottom * c->columns;
  memset (image + begin, 0, (c->phase - begin) * sizeof *image);
}

void
genre_correlation_load (const GenreCorrelation *c, guint channels, guint frames, guint features,
                        const guint padding[2], const float *source, gsize step, float *image)
{
  for (guint i = 0; i < channels; i++, source += step) {
    for (guint r = 0; r < c->stride[0]; r++) {
      for (guint q = 0; q < c->stride[1]; q++, image += c->phase)
        load_phase (c, r, q, frames, features, padding, source, image);
    }
  }
}
