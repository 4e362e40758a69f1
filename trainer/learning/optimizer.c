/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "optimizer.h"
#include "vectorised.h"
#include <math.h>
#include <string.h>

#define BETA1 0.9f
#define BETA2 0.999f
#define EPSILON 1e-8f
#define MOMENTUM 0.1f

/* NULL if there is not enough memory. @n: 0 is allowed */
static float *
try_copy (const float *values, gsize n)
{
  float *copy = g_try_new (float, MAX (1, n));
  if (copy && n > 0)
    memcpy (copy, values, n * sizeof *copy);
  return copy;
}

GenreOptimizer *
genre_optimizer_new (GenreNetwork *network)
{
  g_autoptr (GenreOptimizer) optimizer = g_new0 (GenreOptimizer, 1);
  gsize n = genre_network_get_n_parameters (network);
  optimizer->network = genre_network_ref (network);
  optimizer->n_parameters = n;
  optimizer->n_statistics = genre_network_get_n_statistics (network);
  optimizer->decays = g_try_new0 (guint8, MAX (1, n));
  optimizer->first = g_try_new0 (float, MAX (1, n));
  optimizer->second = g_try_new0 (float, MAX (1, n));
  optimizer->average = try_copy (genre_network_get_parameters (network), n);
  optimizer->average_statistics =
      try_copy (genre_network_get_statistics (network), optimizer->n_statistics);
  if (!optimizer->decays || !optimizer->first || !optimizer->second || !optimizer->average ||
      !optimizer->average_statistics)
    return NULL;
  const GArray *info = genre_network_get_parameter_info (network);
  for (guint i = 0; i < info->len; i++) {
    const GenreTensorInfo *tensor = &g_array_index (info, GenreTensorInfo, i);
    memset (optimizer->decays + tensor->offset, tensor->decay, tensor->size);
  }
  return g_steal_pointer (&optimizer);
}

void
genre_optimizer_free (GenreOptimizer *optimizer)
{
  genre_network_unref (optimizer->network);
  g_free (optimizer->decays);
  g_free (optimizer->rates);
  g_free (optimizer->first);
  g_free (optimizer->second);
  g_free (optimizer->average);
  g_free (optimizer->average_statistics);
  g_free (optimizer);
}

double
genre_optimizer_rate (const GenreRecipe *recipe, guint64 step, guint64 n_steps)
{
  double warm = recipe->warm_up * n_steps;
  if (step < warm)
    return recipe->learning_rate * (step + 1) / (warm + 1);
  return recipe->learning_rate * 0.5 * (1 + cos (G_PI * (step - warm) / MAX (1, n_steps - warm)));
}

typedef struct {
  float rate, decay, correct1, correct2, follow;
} Step;

/* @rates: (n,) */
GENRE_VECTORISED static void
adam_at_rates (Step step, gsize n, const guint8 *decays, const float *rates, const float *gradient,
               float *first, float *second, float *parameters, float *average)
{
  for (gsize i = 0; i < n; i++) {
    float g = gradient[i];
    first[i] = BETA1 * first[i] + (1 - BETA1) * g;
    second[i] = BETA2 * second[i] + (1 - BETA2) * g * g;
    float move = first[i] * step.correct1 / (sqrtf (second[i] * step.correct2) + EPSILON);
    parameters[i] -= step.rate * rates[i] * (move + step.decay * decays[i] * parameters[i]);
    average[i] += step.follow * (parameters[i] - average[i]);
  }
}

GENRE_VECTORISED static void
adam (Step step, gsize n, const guint8 *decays, const float *gradient, float *first, float *second,
      float *parameters, float *average)
{
  for (gsize i = 0; i < n; i++) {
    float g = gradient[i];
    first[i] = BETA1 * first[i] + (1 - BETA1) * g;
    second[i] = BETA2 * second[i] + (1 - BETA2) * g * g;
    float move = first[i] * step.correct1 / (sqrtf (second[i] * step.correct2) + EPSILON);
    parameters[i] -= step.rate * (move + step.decay * decays[i] * parameters[i]);
    average[i] += step.follow * (parameters[i] - average[i]);
  }
}

void
genre_optimizer_step (GenreOptimizer *optimizer, const GenreRecipe *recipe, double rate,
                      const float *gradient)
{
  double t = ++optimizer->step;
  Step step = {.rate = rate,
               .decay = recipe->weight_decay,
               .correct1 = 1 / (1 - pow (BETA1, t)),
               .correct2 = 1 / (1 - pow (BETA2, t)),
               .follow = 1 - MIN (recipe->average_decay, (1 + t) / (10 + t))};
  if (recipe->average_decay == 0)
    step.follow = 1;
  float *parameters = genre_network_get_parameters (optimizer->network);
  if (optimizer->rates)
    adam_at_rates (step, optimizer->n_parameters, optimizer->decays, optimizer->rates, gradient,
                   optimizer->first, optimizer->second, parameters, optimizer->average);
  else
    adam (step, optimizer->n_parameters, optimizer->decays, gradient, optimizer->first,
          optimizer->second, parameters, optimizer->average);
  const float *statistics = genre_network_get_statistics (optimizer->network);
  for (gsize i = 0; i < optimizer->n_statistics; i++)
    optimizer->average_statistics[i] +=
        step.follow * (statistics[i] - optimizer->average_statistics[i]);
}

void
genre_optimizer_track (GenreOptimizer *optimizer, const float *group_statistics)
{
  float *statistics = genre_network_get_statistics (optimizer->network);
  for (gsize i = 0; i < optimizer->n_statistics; i++)
    statistics[i] += MOMENTUM * (group_statistics[i] - statistics[i]);
}
