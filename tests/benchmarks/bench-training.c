/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-training MODEL THREADS BATCH GROUP: takes training steps (forward, backward, update) of a
 * model's network on random segments. For each number of steps read from standard input, prints the
 * seconds that they took. Driven by bench_training.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clocks.h"
#include "learning/optimizer.h"
#include "loss.h"
#include "model.h"
#include "modelfile.h"
#include "random.h"
#include "tape.h"
#include "running/parallel.h"

typedef struct {
  GenreNetwork *network;
  GenreRecipe *recipe;
  GenreOptimizer *optimizer;
  GenreTape **tapes; /* by thread */
  guint n_threads, n_groups, n_labels;
  gsize input_size;
  float *inputs, *targets, *gradients;
} Bench;

static void
learn_group (guint group, guint thread, gpointer data)
{
  Bench *b = data;
  GenreTape *tape = b->tapes[thread];
  guint size = b->recipe->group, first = group * size;
  gsize n = b->optimizer->n_parameters;
  g_autofree float *score_gradient = g_new (float, (gsize)size * b->n_labels);
  float *gradient = genre_tape_get_gradient (tape);
  memset (gradient, 0, n * sizeof *gradient);
  const float *scores =
      genre_tape_forward (tape, GENRE_PASS_TRAIN, size, b->inputs + first * b->input_size,
                          genre_random_keyed (1, b->optimizer->step, group, 1));
  genre_softmax_cross_entropy (scores, b->targets + (gsize)first * b->n_labels, size, b->n_labels,
                               1.0f / b->n_groups, score_gradient);
  genre_tape_backward (tape, score_gradient, NULL);
  memcpy (b->gradients + group * n, gradient, n * sizeof *gradient);
}

static void
take_step (Bench *b)
{
  gsize n = b->optimizer->n_parameters;
  genre_parallel_for (b->n_threads, b->n_groups, learn_group, b);
  for (guint group = 1; group < b->n_groups; group++) {
    for (gsize i = 0; i < n; i++)
      b->gradients[i] += b->gradients[group * n + i];
  }
  genre_optimizer_step (b->optimizer, b->recipe, 1e-3, b->gradients);
}

static void
bench_prepare (Bench *b, GenreModel *model)
{
  guint batch = b->recipe->batch;
  b->network = genre_model_get_network (model);
  b->n_labels = genre_network_get_n_labels (b->network);
  b->n_groups = batch / b->recipe->group;
  b->optimizer = genre_optimizer_new (b->network);
  b->input_size =
      (gsize)genre_network_get_frames (b->network) * genre_network_get_features (b->network);
  b->inputs = g_new (float, batch * b->input_size);
  b->targets = g_new0 (float, (gsize)batch * b->n_labels);
  b->gradients = g_new (float, b->n_groups * b->optimizer->n_parameters);
  b->tapes = g_new (GenreTape *, b->n_threads);
  GenreRandom random = genre_random_keyed (1, 2, 3, 4);
  for (gsize i = 0; i < batch * b->input_size; i++)
    b->inputs[i] = genre_random_normal (&random);
  for (guint i = 0; i < batch; i++)
    b->targets[(gsize)i * b->n_labels + i % b->n_labels] = 1;
  for (guint i = 0; i < b->n_threads; i++)
    b->tapes[i] = genre_tape_new (b->network, b->recipe->group);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreModel) model = argc == 5 ? genre_model_load (argv[1], &error) : NULL;
  if (!model) {
    fprintf (stderr, "bench-training: %s\n", error ? error->message : "MODEL THREADS BATCH GROUP");
    return EXIT_FAILURE;
  }
  Bench b = {.recipe = genre_recipe_new (), .n_threads = (guint)atoi (argv[2])};
  b.recipe->batch = (guint)atoi (argv[3]);
  b.recipe->group = (guint)atoi (argv[4]);
  bench_prepare (&b, model);
  int n_steps;
  while (scanf ("%d", &n_steps) == 1) {
    gint64 begin = g_get_monotonic_time ();
    double used = get_process_seconds ();
    for (int i = 0; i < n_steps; i++)
      take_step (&b);
    printf ("%.6f %.6f\n", (g_get_monotonic_time () - begin) / 1e6, get_process_seconds () - used);
    fflush (stdout);
  }
  return EXIT_SUCCESS; /* memory goes with the process */
}
