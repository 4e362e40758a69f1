/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print-scores MODEL: reads normalised segments as raw floats from standard input, prints the
 * network's scores, one line a segment. For comparisons with other software. */
#include <stdio.h>
#include <stdlib.h>
#include "model.h"
#include "modelfile.h"

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = argc == 2 ? genre_model_load (argv[1], &error) : NULL;
  if (!model) {
    fprintf (stderr, "print-scores: %s\n", error ? error->message : "usage: print-scores MODEL");
    return EXIT_FAILURE;
  }
  GenreNetwork *network = genre_model_get_network (model);
  gsize size = (gsize)genre_network_get_frames (network) * genre_network_get_features (network);
  guint n_labels = genre_network_get_n_labels (network);
  g_autofree float *input = g_new (float, size), *scores = g_new (float, n_labels);
  while (fread (input, sizeof *input, size, stdin) == size) {
    genre_inference_run (genre_model_get_inference (model), input, scores);
    for (guint i = 0; i < n_labels; i++)
      printf ("%.9g%c", scores[i], i + 1 < n_labels ? ' ' : '\n');
  }
  return EXIT_SUCCESS;
}
