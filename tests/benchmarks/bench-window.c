/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-window MODEL SAMPLES: our side of bench_window.py. SAMPLES: raw floats, mono, at the
 * model's rate. For every line on standard input, runs front end and network over them once and
 * prints the seconds of CPU that it took: all of it, then front end without network; then the
 * probabilities. */
#include <stdio.h>
#include <stdlib.h>
#include "clocks.h"
#include "streamclassifier.h"
#include "modelfile.h"
#include "spectrogram.h"

#define BLOCK 1024 /* samples, about what an element gets at a time */

static void
keep_probabilities (const GenreResult *result, gpointer user_data)
{
  double *probabilities = user_data;
  for (guint i = 0; i < result->n_genres && result->final; i++)
    probabilities[i] = result->probabilities[i];
}

static double
classify (GenreStreamClassifier *classifier, const float *samples, gsize n)
{
  double begin = get_thread_seconds ();
  for (gsize i = 0; i < n; i += BLOCK)
    genre_stream_classifier_push (classifier, samples + i, MIN (BLOCK, n - i));
  genre_stream_classifier_finish (classifier);
  return get_thread_seconds () - begin;
}

static void
ignore_frame (const float *bands, double mean_square, gpointer user_data)
{
}

static double
transform (GenreSpectrogram *spectrogram, const float *samples, gsize n)
{
  double begin = get_thread_seconds ();
  for (gsize i = 0; i < n; i += BLOCK)
    genre_spectrogram_push (spectrogram, samples + i, MIN (BLOCK, n - i), ignore_frame, NULL);
  genre_spectrogram_finish (spectrogram, ignore_frame, NULL);
  return get_thread_seconds () - begin;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *samples = NULL;
  gsize bytes = 0;
  char line[16];
  g_autoptr (GenreModel) model = argc == 3 ? genre_model_load (argv[1], &error) : NULL;
  if (!model || !g_file_get_contents (argv[2], &samples, &bytes, &error)) {
    fprintf (stderr, "window: %s\n", error ? error->message : "usage: bench-window MODEL SAMPLES");
    return EXIT_FAILURE;
  }
  guint n_labels = genre_model_get_config (model)->n_labels;
  g_autofree double *probabilities = g_new0 (double, n_labels);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  GenreStreamClassifier *classifier =
      genre_stream_classifier_new (model, &options, keep_probabilities, probabilities);
  GenreSpectrogram *spectrogram = genre_spectrogram_new (genre_model_get_front_end (model));
  while (fgets (line, sizeof line, stdin)) {
    gsize n = bytes / sizeof (float);
    double all = classify (classifier, (const float *)samples, n);
    printf ("%.9f %.9f", all, transform (spectrogram, (const float *)samples, n));
    for (guint i = 0; i < n_labels; i++)
      printf (" %.9f", probabilities[i]);
    printf ("\n");
    fflush (stdout);
  }
  genre_spectrogram_free (spectrogram);
  genre_stream_classifier_free (classifier);
  return EXIT_SUCCESS;
}
