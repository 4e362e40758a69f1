/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Convolution kernels of every instruction set that this processor has, against plain loops. */
#include "values.h"
#include <math.h>
#include <string.h>
#include "kernels/kernels.h"

typedef struct {
  guint in, out, kernel[2], stride[2], padding[2], frames, features; /* of the input */
} Case;

/* Channels and taps that are no whole tiles, rows that are whole vectors and that are not. */
static const Case cases[] = {
    {1, 1, {3, 3}, {1, 1}, {1, 1}, 4, 5},    {3, 13, {3, 3}, {1, 1}, {1, 1}, 7, 32},
    {5, 7, {1, 2}, {1, 1}, {0, 0}, 6, 17},   {2, 11, {5, 3}, {2, 2}, {2, 1}, 21, 37},
    {4, 9, {3, 5}, {1, 3}, {0, 2}, 130, 48}, {1, 8, {5, 5}, {2, 2}, {2, 2}, 16, 32},
};

/* x[i, t · stride + u − padding, …], zero outside */
static double
value_at (const Case *c, const float *x, guint i, guint t, guint f, guint u, guint v)
{
  gint frame = (gint)(t * c->stride[0] + u) - (gint)c->padding[0];
  gint feature = (gint)(f * c->stride[1] + v) - (gint)c->padding[1];
  if (frame < 0 || frame >= (gint)c->frames || feature < 0 || feature >= (gint)c->features)
    return 0;
  return x[(i * c->frames + frame) * c->features + feature];
}

static void
check (const Case *c, const GenreKernels *kernels)
{
  guint frames = (c->frames + 2 * c->padding[0] - c->kernel[0]) / c->stride[0] + 1;
  guint features = (c->features + 2 * c->padding[1] - c->kernel[1]) / c->stride[1] + 1;
  GenreCorrelation g;
  genre_correlation_init (&g, kernels, c->in, c->kernel, c->stride, frames, features);
  ck_assert (!g.taps && !g.from && !g.to);
  ck_assert_uint_eq (genre_correlation_table_bytes (&g),
                     g.n_taps * sizeof (gsize) + g.n_places * 2 * sizeof (guint));
  ck_assert (genre_correlation_prepare (&g));
  gsize size = genre_correlation_result_size (&g), row = g.is_run ? g.columns : features;
  g_autofree float *x = new_values (c->in * c->frames * c->features, 1);
  g_autofree float *a = new_values (c->out * g.n_taps, 2), *y = g_new (float, c->out *size);
  g_autofree float *dy = g_new0 (float, c->out *size), *da = g_new0 (float, c->out *g.n_taps);
  g_autofree float *image = g_new (float, genre_correlation_image_size (&g, c->in));
  for (gsize o = 0; o < c->out; o++) {
    for (guint i = 0; i < frames * features; i++)
      dy[o * size + i / features * row + i % features] = sin (i + o);
  }
  genre_correlation_load (&g, c->in, c->frames, c->features, c->padding, x, c->frames * c->features,
                          image);
  kernels->correlation->product (&g, c->out, a, image, y, size);
  kernels->correlation->outer (&g, c->out, da, 1, image, 0, dy, size, 0);
  for (gsize o = 0; o < c->out; o++) {
    g_autofree double *gradient = g_new0 (double, g.n_taps);
    for (guint place = 0; place < frames * features; place++) {
      guint t = place / features, f = place % features;
      double sum = 0;
      for (guint k = 0; k < g.n_taps; k++) {
        guint window = c->kernel[0] * c->kernel[1], at = k % window;
        double value = value_at (c, x, k / window, t, f, at / c->kernel[1], at % c->kernel[1]);
        sum += a[o * g.n_taps + k] * value;
        gradient[k] += dy[o * size + t * row + f] * value;
      }
      ck_assert_float_eq_tol (y[o * size + t * row + f], sum, 1e-4);
    }
    for (guint k = 0; k < g.n_taps; k++)
      ck_assert_float_eq_tol (da[o * g.n_taps + k], gradient[k], 1e-3);
  }
  genre_correlation_clear (&g);
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
  TCase *tests = tcase_create ("correlation");
  tcase_add_loop_test (tests, kernels_agree_with_plain_loops, 0, G_N_ELEMENTS (cases));
  return test_run ("correlation", tests);
}
