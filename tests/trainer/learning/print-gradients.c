/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print-gradients MODEL BATCH: reads BATCH normalised segments as raw floats from standard input,
 * takes them forward and backward as training does, and writes, as raw floats, the scores and the
 * gradient of Σ sin (i + 1) · score[i] for every parameter. For comparisons with other software. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "model.h"
#include "modelfile.h"
#include "random.h"
#include "tape.h"

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = argc == 3 ? genre_model_load (argv[1], &error) : NULL;
  if (!model) {
    fprintf (stderr, "print-gradients: %s\n", error ? error->message : "MODEL BATCH");
    return EXIT_FAILURE;
  }
  GenreNetwork *network = genre_model_get_network (model);
  guint batch = (guint)atoi (argv[2]), n_scores = batch * genre_network_get_n_labels (network);
  gsize n =
      (gsize)batch * genre_network_get_frames (network) * genre_network_get_features (network);
  g_autofree float *input = g_new (float, n), *score_gradient = g_new (float, n_scores);
  g_autoptr (GenreTape) tape = genre_tape_new (network, batch);
  if (fread (input, sizeof *input, n, stdin) != n)
    return EXIT_FAILURE;
  for (guint i = 0; i < n_scores; i++)
    score_gradient[i] = sin (i + 1);
  const float *scores =
      genre_tape_forward (tape, GENRE_PASS_TRAIN, batch, input, genre_random_keyed (0, 0, 0, 0));
  fwrite (scores, sizeof *scores, n_scores, stdout);
  genre_tape_backward (tape, score_gradient, NULL);
  fwrite (genre_tape_get_gradient (tape), sizeof (float), genre_network_get_n_parameters (network),
          stdout);
  return EXIT_SUCCESS;
}
