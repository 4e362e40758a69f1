/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train merge */
#include <string.h>
#include "command.h"
#include "learning/merger.h"
#include "learning/networkends.h"
#include "modelfile.h"
#include "options.h"
#include "safetensors.h"
#include "translation.h"

#define NAME "merge"

typedef struct {
  char *output, *weights, *biases;
  double temperature, threshold, doubt;
  gboolean half;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->output);
  g_free (options->weights);
  g_free (options->biases);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char summary[] = N_ (
    "Makes one model of several: its network holds theirs side by side and gives the "
    "weighted mean of their scores.\n"
    "Models that learnt the same in different ways know more together; one costs as much as all.\n"
    "Of one model it makes the same with another calibration.");

static const char description[] = N_ (
    "The models must have the same labels, front end and segments. Scores are divided by the "
    "temperature of\n"
    "their model before the mean is taken; a temperature for the mean comes on top of that. The "
    "one that is\n"
    "given for a single model takes the place of its own. Biases b are added to scores s before "
    "the new temperature\n"
    "divides them: of a single model softmax((s + b)/T) with --temperature, softmax(s/T + b) with "
    "its own T without.\n"
    "Threshold and doubt are not taken over: there are none unless they are given. cross-validate "
    "--merge measures\n"
    "what such a model knows, and finds its temperature, biases and threshold.\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
    "Example:\n"
    "  genre-train merge --half --output both.safetensors first.safetensors second.safetensors\n");

/* To the scores of the genres; none to those of the background. */
static gboolean
add_biases (GenreModel *model, const char *text, GError **error)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  guint n_genres = config->n_labels - config->n_background;
  g_autofree double *given = genre_merge_parse_biases (text, n_genres, error);
  g_autofree double *biases = g_new0 (double, config->n_labels);
  if (!given)
    return FALSE;
  memcpy (biases, given, n_genres * sizeof *biases);
  return genre_network_ends_shift (genre_model_get_network (model), biases);
}

static gboolean
merge (const Options *o, const double *weights, char *const *paths, GError **error)
{
  static const char *const endings[] = {NULL};
  if (!genre_command_check_model_output (o->output, endings, error) ||
      !genre_command_check_apart ((const char *const *)&o->output, 1, paths, error))
    return FALSE;
  g_autoptr (GPtrArray) models = genre_command_load_models (paths, error);
  const gboolean given = o->temperature != GENRE_NOT_GIVEN;
  if (models && models->len == 1 && given) /* takes the place of its own, instead of adding to it */
    genre_model_set_calibration (models->pdata[0], 1, 0);
  g_autoptr (GenreModel) merged = models ? genre_merge (models, weights, paths, error) : NULL;
  if (!merged || (o->biases && !add_biases (merged, o->biases, error)))
    return FALSE;
  genre_model_set_calibration (merged, given ? o->temperature : 1, o->threshold);
  genre_model_set_doubt (merged, o->doubt);
  if (!genre_model_save (merged, o->output, o->half ? GENRE_DTYPE_F16 : GENRE_DTYPE_F32, error))
    return FALSE;
  g_autofree char *name = g_filename_display_name (o->output);
  const GenreModelConfig *config = genre_model_get_config (merged);
  g_print ("%s: %u %s, %" G_GSIZE_FORMAT
           " parameters, temperature %.3f, threshold %.4g, doubt %.4g\n",
           name, models->len, models->len == 1 ? "model" : "models",
           genre_network_get_n_parameters (genre_model_get_network (merged)), config->temperature,
           config->threshold, config->doubt);
  return TRUE;
}

int
genre_command_merge (int argc, char **argv)
{
  g_auto (Options) o = {.temperature = GENRE_NOT_GIVEN};
  const GOptionEntry entries[] = {
      GENRE_OPTION_MODEL_OUTPUT (&o.output),
      {"weights", 'w', 0, G_OPTION_ARG_STRING, &o.weights,
       N_ ("Of the models in the mean, one for each (default: equal ones)"), "1,1.5,…"},
      {"biases", 0, 0, G_OPTION_ARG_STRING, &o.biases,
       N_ ("Added to the mean, one for each genre (default: none)"), "0.2,-0.5,…"},
      {"temperature", 0, 0, G_OPTION_ARG_DOUBLE, &o.temperature,
       N_ ("Of the mean (1); of a single model: instead of its own"), N_ ("T")},
      {"threshold", 0, 0, G_OPTION_ARG_DOUBLE, &o.threshold,
       N_ ("Confidence below which the answer is \"unknown\" (0)"), N_ ("P")},
      GENRE_OPTION_DOUBT (&o.doubt),
      GENRE_OPTION_HALF (&o.half),
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("--output FILE MODEL…"), summary, description, entries);
  if (!genre_command_parse (context, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (!o.output)
    return genre_command_usage (NAME, _ ("--output is needed"));
  if (argc < 2)
    return genre_command_usage (NAME, _ ("a model is needed"));
  if ((o.temperature != GENRE_NOT_GIVEN &&
       !genre_command_check_number (NAME, "--temperature", o.temperature, 0.01, 100)) ||
      !genre_command_check_number (NAME, "--threshold", o.threshold, 0, 1) ||
      !genre_command_check_number (NAME, "--doubt", o.doubt, 0, GENRE_MODEL_MAX_DOUBT))
    return GENRE_EXIT_USAGE;
  g_autoptr (GError) error = NULL;
  g_autofree double *shares = NULL;
  if (o.weights && !(shares = genre_merge_parse_weights (o.weights, (guint)argc - 1, &error)))
    return genre_command_usage (NAME, "%s", error->message);
  return merge (&o, shares, argv + 1, &error) ? GENRE_EXIT_OK : genre_command_fail (NAME, error);
}
