/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-matrix [ROUNDS]: products of matrices as training and inference have them, and the same by
 * OpenBLAS in one thread (Debian: libopenblas-dev) where this was built with it. Prints the medians
 * of ROUNDS (default 31) in turns and the median of their ratios. */
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_OPENBLAS
#include <cblas.h>
void openblas_set_num_threads (int n_threads);
#endif
#include "clocks.h"
#include "kernels/kernels.h"

typedef struct {
  const char *what;
  guint rows, columns, length;
  gboolean a_turned, b_turned, adds;
} Product;

static const Product products[] = {
    {"1 x 1, 32 to 64 channels", 64, 8 * 16 * 16, 32, FALSE, FALSE, FALSE},
    {"its weights' gradient", 64, 32, 8 * 16 * 16, FALSE, TRUE, TRUE},
    {"its input's gradient", 32, 8 * 16 * 16, 64, TRUE, FALSE, FALSE},
    {"1 x 1, 64 to 128 channels", 128, 8 * 8 * 8, 64, FALSE, FALSE, FALSE},
    {"5 x 5 of one channel, lowered", 32, 6400, 25, FALSE, FALSE, FALSE},
    {"dense, 256 to 13, 8 inputs", 13, 8, 256, FALSE, FALSE, TRUE},
    {"cepstrum, 128 bands, 128 frames", 128, 24, 128, FALSE, TRUE, FALSE},
    {"a large square", 512, 512, 512, FALSE, FALSE, FALSE},
};

static GenreMatrix
matrix_of (const float *values, guint rows, guint columns, gboolean is_turned)
{
  return is_turned ? genre_matrix_transposed (values, rows) : genre_matrix (values, columns);
}

static void
multiply_here (const Product *p, const float *a, const float *b, float *c)
{
  genre_matrix_multiply (p->rows, p->columns, p->length,
                         matrix_of (a, p->rows, p->length, p->a_turned),
                         matrix_of (b, p->length, p->columns, p->b_turned), p->adds, c, p->columns);
}

#ifdef HAVE_OPENBLAS
static void
multiply_there (const Product *p, const float *a, const float *b, float *c)
{
  cblas_sgemm (CblasRowMajor, p->a_turned ? CblasTrans : CblasNoTrans,
               p->b_turned ? CblasTrans : CblasNoTrans, p->rows, p->columns, p->length, 1, a,
               p->a_turned ? p->rows : p->length, b, p->b_turned ? p->length : p->columns, p->adds,
               c, p->columns);
}
#else
#define multiply_there NULL
#endif

typedef void (*MultiplyFunc) (const Product *p, const float *a, const float *b, float *c);

/* Seconds of one of as many as are worth timing. */
static double
time_product (const Product *p, MultiplyFunc multiply, const float *a, const float *b, float *c)
{
  guint n = 1 + 20000000 / ((guint64)p->rows * p->columns * p->length);
  double begin = get_thread_seconds ();
  for (guint i = 0; i < n; i++)
    multiply (p, a, b, c);
  return (get_thread_seconds () - begin) / n;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
take_median (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare);
  return values[n / 2];
}

static float *
new_values (gsize n)
{
  float *values = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    values[i] = (float)(i % 7) - 3;
  return values;
}

static void
measure (const Product *p, guint rounds)
{
  g_autofree float *a = new_values ((gsize)p->rows * p->length);
  g_autofree float *b = new_values ((gsize)p->length * p->columns);
  g_autofree float *c = new_values ((gsize)p->rows * p->columns);
  g_autofree double *here = g_new (double, rounds), *there = g_new0 (double, rounds);
  g_autofree double *ratios = g_new0 (double, rounds);
  const MultiplyFunc peer = multiply_there;
  for (guint i = 0; i < rounds; i++) {
    here[i] = time_product (p, multiply_here, a, b, c);
    if (!peer)
      continue;
    there[i] = time_product (p, peer, a, b, c);
    ratios[i] = there[i] / here[i];
  }
  printf ("%-34s %4u x %5u x %5u %9.1f us", p->what, p->rows, p->columns, p->length,
          take_median (here, rounds) * 1e6);
  if (peer)
    printf (", OpenBLAS %9.1f us, %.2f times as long", take_median (there, rounds) * 1e6,
            take_median (ratios, rounds));
  printf ("\n");
}

int
main (int argc, char **argv)
{
  guint rounds = MAX (1, argc > 1 ? atoi (argv[1]) : 31);
#ifdef HAVE_OPENBLAS
  openblas_set_num_threads (1);
#endif
  printf ("%s kernels\n", genre_kernels_choose ()->name);
  for (guint i = 0; i < G_N_ELEMENTS (products); i++)
    measure (&products[i], rounds);
  return EXIT_SUCCESS;
}
