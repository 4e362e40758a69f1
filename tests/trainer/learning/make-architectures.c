/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make-architectures FILE...: a model file for each architecture, named after it, and one that
 * hears mfcc, of that name, with random weights and statistics, to be compared with other software.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "learning/architecture.h"
#include "model.h"
#include "modelfile.h"
#include "safetensors.h"

static char *labels[] = {"blues", "jazz", "rock", NULL};
static char *names[] = {"Blues", "Jazz", "Rock", NULL};

/* Away from 1 and 0, which would hide what is left out. */
static void
spread (float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    values[i] += 0.1f * sinf (i);
}

static gboolean
make (const char *path, GError **error)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  g_free (recipe->architecture);
  recipe->architecture = g_path_get_basename (path);
  genre_recipe_set (recipe, "model.mean-subtraction=0.6", NULL);
  genre_recipe_set (recipe, "model.stem-stride=1x2", NULL);
  genre_recipe_set (recipe, "model.pools=2x4,1x2,2", NULL);
  recipe->dropout = 0; /* draws differ elsewhere */
  recipe->architecture[strcspn (recipe->architecture, ".")] = '\0';
  if (g_str_equal (recipe->architecture, "cnn")) /* the others pool more */
    recipe->features = 100;
  gboolean is_mfcc = g_str_equal (recipe->architecture, "mfcc");
  if (is_mfcc)
    genre_recipe_set (recipe, "model.architecture=cnn", NULL);
  g_autofree char *network = genre_architecture_describe (recipe, 3, error);
  GenreModelConfig config = {.n_labels = 3,
                             .labels = labels,
                             .display_names = names,
                             .front_end = genre_front_end_config_default (),
                             .segment_frames = 32,
                             .segment_step = 16,
                             .network = network,
                             .temperature = 1,
                             .provenance = "{}"};
  if (is_mfcc) {
    config.front_end.representation = GENRE_REPRESENTATION_MFCC;
    config.front_end.coefficients = 40;
  }
  g_autoptr (GenreModel) model = network ? genre_model_new (&config, error) : NULL;
  if (!model)
    return FALSE;
  GenreNetwork *random = genre_model_get_network (model);
  genre_network_initialise (random, 1);
  spread (genre_network_get_parameters (random), genre_network_get_n_parameters (random));
  spread (genre_network_get_statistics (random), genre_network_get_n_statistics (random));
  return genre_model_save (model, path, GENRE_DTYPE_F32, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  for (int i = 1; i < argc; i++) {
    if (!make (argv[i], &error)) {
      fprintf (stderr, "make-architectures: %s\n", error->message);
      return EXIT_FAILURE;
    }
  }
  return EXIT_SUCCESS;
}
