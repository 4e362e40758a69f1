/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print-answers MODEL: what a classifier says of sounds that are made here, one line an answer: the
 * sound's number, music, then the probabilities. For comparisons between machines. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "streamclassifier.h"
#include "modelfile.h"
#include "random.h"

#define N_SOUNDS 12
#define SECONDS 6 /* one segment of the built-in model, and a rest */
#define N_VOICES 4

typedef struct {
  double frequency, phase;
  double beats; /* of its envelope, a second */
  guint n_partials;
} Voice;

/* Decaying tones over noise, different for each @number. */
static void
make_sound (guint number, double rate, float *samples, gsize n)
{
  GenreRandom random = genre_random_keyed (number, 0, 0, 0);
  Voice voices[N_VOICES];
  for (guint i = 0; i < N_VOICES; i++) {
    voices[i] = (Voice){genre_random_range (&random, 50, 900), 0,
                        genre_random_range (&random, 0.5, 8), 1 + genre_random_below (&random, 12)};
  }
  double noise = 0.2 * genre_random_uniform (&random) * genre_random_uniform (&random);
  double decay = genre_random_range (&random, 0.5, 12);
  for (gsize i = 0; i < n; i++) {
    double seconds = (double)i / rate, sum = noise * genre_random_normal (&random);
    for (guint j = 0; j < N_VOICES; j++) {
      Voice *voice = &voices[j];
      double since_beat = fmod (seconds, 1 / voice->beats);
      voice->phase += 2 * G_PI * voice->frequency / rate;
      for (guint k = 1; k <= voice->n_partials; k++)
        sum += 0.1 / k * exp (-decay * since_beat) * sin (k * voice->phase);
    }
    samples[i] = (float)sum;
  }
}

static void
print_answer (const GenreResult *result, gpointer user_data)
{
  printf ("%u %.9f", *(guint *)user_data, result->music);
  for (guint i = 0; i < result->n_genres; i++)
    printf (" %.9f", result->probabilities[i]);
  printf ("\n");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = argc == 2 ? genre_model_load (argv[1], &error) : NULL;
  if (!model) {
    fprintf (stderr, "print-answers: %s\n", error ? error->message : "usage: print-answers MODEL");
    return EXIT_FAILURE;
  }
  setvbuf (stdout, NULL, _IOLBF, 0); /* it is slow in emulation */
  guint number = 0, rate = genre_model_get_config (model)->front_end.rate;
  gsize n = (gsize)SECONDS * rate;
  g_autofree float *samples = g_new (float, n);
  GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  g_autoptr (GenreStreamClassifier) classifier =
      genre_stream_classifier_new (model, &options, print_answer, &number);
  for (; number < N_SOUNDS; number++) {
    make_sound (number, rate, samples, n);
    genre_stream_classifier_push (classifier, samples, n);
    genre_stream_classifier_finish (classifier);
  }
  return EXIT_SUCCESS;
}
