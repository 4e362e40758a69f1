/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Products of matrices of every instruction set that this processor has, against plain loops. */
#include "values.h"
#include "kernels/kernels.h"

#define MARK 12345.0f /* where nothing is to be written */

/* Edges of vectors, of panels, of pieces of rows, and of what is done at once. */
static const guint shapes[][3] = {
    {1, 1, 1},      {1, 16, 3},    {7, 15, 2},    {13, 1, 256}, {33, 17, 40},
    {6, 31, 128},   {4, 32, 129},  {65, 48, 257}, {14, 64, 64}, {3, 65, 300},
    {128, 24, 128}, {16, 100, 25}, {32, 9, 700},  {5, 4, 16},   {64, 80, 17},
};

/* A matrix of @rows × @columns within rows that are @gap longer, or the same turned. */
static GenreMatrix
lay_out (const float *values, guint rows, guint columns, guint gap, gboolean is_turned)
{
  if (is_turned)
    return genre_matrix_transposed (values, rows + gap);
  return genre_matrix (values, columns + gap);
}

static double
value_of (GenreMatrix m, guint row, guint column)
{
  return m.values[row * m.row + column * m.column];
}

static void
check (const GenreKernels *kernels, const guint shape[3], gboolean a_turned, gboolean b_turned,
       gboolean adds)
{
  const guint rows = shape[0], columns = shape[1], length = shape[2], gap = 3;
  const gsize c_row = columns + 5, before = 1; /* no vector is aligned */
  g_autofree float *a_values = new_values ((rows + gap) * (length + gap), 1);
  g_autofree float *b_values = new_values ((columns + gap) * (length + gap), 2);
  g_autofree float *c = g_new (float, before + rows * c_row);
  GenreMatrix a = lay_out (a_values, rows, length, gap, a_turned);
  GenreMatrix b = lay_out (b_values, length, columns, gap, b_turned);
  for (gsize i = 0; i < before + rows * c_row; i++)
    c[i] = MARK;
  for (guint m = 0; m < rows; m++) {
    for (guint n = 0; n < columns; n++)
      c[before + m * c_row + n] = adds ? m + n : G_MAXFLOAT;
  }
  kernels->matrix->multiply (rows, columns, length, a, b, adds, c + before, c_row);
  ck_assert_float_eq (c[0], MARK);
  for (guint m = 0; m < rows; m++) {
    for (guint n = 0; n < c_row; n++) {
      double sum = adds ? m + n : 0;
      for (guint k = 0; k < length && n < columns; k++)
        sum += value_of (a, m, k) * value_of (b, k, n);
      ck_assert_float_eq_tol (c[before + m * c_row + n], n < columns ? sum : MARK, 2e-4);
    }
  }
}

START_TEST (kernels_agree_with_plain_loops)
{
  for (guint i = 0; genre_kernels[i]; i++) {
    for (guint how = 0; how < 8 && genre_kernels[i]->available (); how++)
      check (genre_kernels[i], shapes[_i], how & 1, how & 2, how & 4);
  }
}
END_TEST

START_TEST (nothing_to_sum_up_is_zero_or_what_was_there)
{
  for (guint i = 0; genre_kernels[i]; i++) {
    float c[] = {1, 2, MARK};
    if (!genre_kernels[i]->available ())
      continue;
    genre_kernels[i]->matrix->multiply (1, 2, 0, genre_matrix (NULL, 0), genre_matrix (NULL, 2),
                                        TRUE, c, 2);
    ck_assert_float_eq (c[0] + c[1], 3);
    genre_kernels[i]->matrix->multiply (1, 2, 0, genre_matrix (NULL, 0), genre_matrix (NULL, 2),
                                        FALSE, c, 2);
    ck_assert_float_eq (c[0], 0);
    ck_assert_float_eq (c[1], 0);
    ck_assert_float_eq (c[2], MARK);
    genre_kernels[i]->matrix->multiply (0, 2, 3, genre_matrix (NULL, 3), genre_matrix (NULL, 2),
                                        FALSE, c, 2);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("all");
  tcase_add_loop_test (tests, kernels_agree_with_plain_loops, 0, G_N_ELEMENTS (shapes));
  tcase_add_test (tests, nothing_to_sum_up_is_zero_or_what_was_there);
  return test_run ("matrix", tests);
}
