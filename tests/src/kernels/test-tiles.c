/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Minimal filtering with every instruction set that this processor has, against plain loops. */
#include "values.h"
#include <math.h>
#include <string.h>
#include "kernels/kernels.h"

#define BATCH 3
#define ALIGNMENT 64 /* the widest vector */

typedef struct {
  guint in, out, padding[2], frames, features; /* of the results */
} Case;

/* Channels that are whole vectors and that are not, planes of whole tiles and not, wide and narrow
 * ones, more tiles than are worked on at once, more weights than are kept. */
static const Case cases[] = {
    {1, 1, {1, 1}, 4, 4},     {16, 32, {1, 1}, 8, 8},   {24, 8, {1, 1}, 9, 7},
    {9, 33, {0, 2}, 5, 21},   {3, 17, {2, 0}, 23, 10},  {8, 8, {1, 1}, 3, 130},
    {40, 12, {1, 1}, 64, 30}, {72, 72, {1, 1}, 32, 12},
};

/* One row of weights for one output channel, one input channel, one input of the batch. */
static void
correlate (const Case *c, const float *weights, const float *x, double *y)
{
  gint frames = c->frames + 2 - 2 * c->padding[0], features = c->features + 2 - 2 * c->padding[1];
  for (guint k = 0; k < 9; k++) {
    for (guint i = 0; i < c->frames * c->features && weights[k] != 0; i++) {
      gint t = (gint)(i / c->features + k / 3) - (gint)c->padding[0];
      gint f = (gint)(i % c->features + k % 3) - (gint)c->padding[1];
      if (t >= 0 && t < frames && f >= 0 && f < features)
        y[i] += (double)weights[k] * x[t * features + f];
    }
  }
}

static double
dot (const double *a, const float *b, gsize n)
{
  double sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* Errors grow with the sum's terms, and with the numbers up to 8 that tiles are multiplied by. */
static void
check_product (const Case *c, const float *weights, const float *x, gsize x_size, const float *y)
{
  gsize size = c->frames * c->features;
  double tolerance = 2e-5 * sqrt (9 * c->in);
  g_autofree double *expected = g_new (double, size);
  for (guint i = 0; i < c->out * BATCH; i++) {
    memset (expected, 0, size * sizeof *expected);
    for (guint in = 0; in < c->in; in++)
      correlate (c, weights + (i / BATCH * c->in + in) * 9, x + (in * BATCH + i % BATCH) * x_size,
                 expected);
    for (gsize j = 0; j < size; j++)
      ck_assert_float_eq_tol (y[i * size + j], expected[j], tolerance);
  }
}

/* The weights' gradient begins as 1. */
static void
check_outer (const Case *c, const float *x, gsize x_size, const float *dy, const float *gradient)
{
  gsize size = c->frames * c->features;
  double tolerance = 2e-5 * sqrt (BATCH * size);
  g_autofree double *view = g_new (double, size);
  for (guint i = 0; i < c->out * c->in * 9; i++) {
    guint out = i / 9 / c->in, in = i / 9 % c->in;
    float one[9] = {0};
    double expected = 1;
    one[i % 9] = 1;
    for (guint b = 0; b < BATCH; b++) {
      memset (view, 0, size * sizeof *view);
      correlate (c, one, x + (in * BATCH + b) * x_size, view);
      expected += dot (view, dy + (out * BATCH + b) * size, size);
    }
    ck_assert_float_eq_tol (gradient[i], expected, tolerance);
  }
}

static void
check (const Case *c, const GenreKernels *kernels)
{
  const guint in[] = {c->in, c->frames + 2 - 2 * c->padding[0],
                      c->features + 2 - 2 * c->padding[1]};
  const guint out[] = {c->out, c->frames, c->features};
  gsize x_size = (gsize)in[1] * in[2], y_size = (gsize)out[1] * out[2], n = c->out * c->in * 9;
  GenreTiles tiles;
  genre_tiles_init (&tiles, kernels, in, out, c->padding);
  float *scratch = g_aligned_alloc (genre_tiles_scratch (&tiles), sizeof *scratch, ALIGNMENT);
  g_autofree float *x = new_values (c->in * BATCH * x_size, 1), *weights = new_values (n, 2);
  g_autofree float *dy = new_values (c->out * BATCH * y_size, 3), *gradient = g_new (float, n);
  g_autofree float *y = g_new (float, c->out *BATCH *y_size);
  kernels->tiles->product (&tiles, BATCH, weights, x, y, scratch);
  check_product (c, weights, x, x_size, y);
  for (gsize i = 0; i < n; i++)
    gradient[i] = 1;
  kernels->tiles->outer (&tiles, BATCH, x, dy, gradient, scratch);
  check_outer (c, x, x_size, dy, gradient);
  g_aligned_free (scratch);
}

START_TEST (kernels_agree_with_plain_loops)
{
  for (guint i = 0; genre_kernels[i]; i++) {
    if (genre_kernels[i]->available ())
      check (&cases[_i], genre_kernels[i]);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("tiles");
  tcase_add_loop_test (tests, kernels_agree_with_plain_loops, 0, G_N_ELEMENTS (cases));
  return test_run ("tiles", tests);
}
