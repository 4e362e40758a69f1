/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print-scores [--decibels] MODEL: reads normalised segments, or segments in dB, as raw floats from
 * standard input, prints the network's scores, one line a segment. For comparisons with other
 * software. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model.h"
#include "modelfile.h"
#include "segment.h"

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean decibels = argc == 3 && strcmp (argv[1], "--decibels") == 0;
  g_autoptr (GenreModel) model =
      argc == 2 || decibels ? genre_model_load (argv[argc - 1], &error) : NULL;
  if (!model) {
    fprintf (stderr, "print-scores: %s\n",
             error ? error->message : "usage: print-scores [--decibels] MODEL");
    return EXIT_FAILURE;
  }
  GenreNetwork *network = genre_model_get_network (model);
  const GenreFrontEnd *front_end = genre_model_get_front_end (model);
  guint frames = genre_network_get_frames (network);
  guint width = decibels ? genre_model_get_config (model)->front_end.bands
                         : genre_network_get_features (network);
  gsize size = (gsize)frames * width;
  guint n_labels = genre_network_get_n_labels (network);
  g_autofree float *input = g_new (float, size), *shown = g_new (float, size),
                   *scores = g_new (float, n_labels);
  while (fread (input, sizeof *input, size, stdin) == size) {
    if (decibels)
      genre_segment_normalise (front_end, input, frames, shown);
    genre_inference_run (genre_model_get_inference (model), decibels ? shown : input, scores);
    for (guint i = 0; i < n_labels; i++)
      printf ("%.9g%c", scores[i], i + 1 < n_labels ? ' ' : '\n');
  }
  return EXIT_SUCCESS;
}
