/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unwritten WHERE [written]: decides by what nobody wrote, or, with "written", by zeros. For
 * tests/memory-sanitizer, which must see the first and let the second pass. */
#include <stdlib.h>
#include <string.h>
#include "kernels/matrix.h"
#include "spectrogram.h"

#define N 4096

static double
of_sum (const float *values)
{
  float sum = 0;
  for (guint i = 0; i < N; i++)
    sum += values[i];
  return sum;
}

static void
count_loud (const float *bands, double mean_square, gpointer user_data)
{
  *(int *)user_data += mean_square > 1;
}

static double
of_samples (const float *values)
{
  const GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  int n_loud = 0;
  genre_spectrogram_push (spectrogram, values, N, count_loud, &n_loud);
  return n_loud;
}

static double
of_product (const float *values)
{
  float product = 0;
  genre_matrix_multiply (1, 1, N, genre_matrix (values, N), genre_matrix (values, 1), FALSE,
                         &product, 1);
  return product;
}

int
main (int argc, char **argv)
{
  const struct {
    const char *name;
    double (*measure) (const float *values);
  } places[] = {{"sum", of_sum}, {"samples", of_samples}, {"product", of_product}};
  g_autofree float *values = g_new (float, N);
  if (argc == 3)
    memset (values, 0, N * sizeof *values);
  for (guint i = 0; argc >= 2 && i < G_N_ELEMENTS (places); i++) {
    if (strcmp (argv[1], places[i].name) != 0)
      continue;
    if (places[i].measure (values) > 0)
      g_print ("more than nothing\n");
    return EXIT_SUCCESS;
  }
  return EXIT_FAILURE;
}
