/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every layer's backward against central differences of its forward, and what the network promises.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "floats.h"
#include "inference/inference.h"
#include "loss.h"
#include "network.h"
#include "random.h"
#include "tape.h"

#define BATCH 3
#define LABELS 3
#define HEAD "{'type': 'statistics-pool'}, {'type': 'dense', 'outputs': 3}"

/* One network for each layer type, small enough to differentiate by hand, with an uneven input.
 * Quotation marks are single here, for the eye. */
/* clang-format off */
static const struct {
  const char *what, *description;
} networks[] = {
  { "dense and statistics-pool", "[" HEAD "]" },
  { "statistics-pool, mean only",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3}, "
    "{'type': 'statistics-pool', 'deviation': false}, {'type': 'dense', 'outputs': 3}]" },
  { "conv2d",
    "[{'type': 'conv2d', 'channels': 4, 'kernel': [3, 5], 'bias': true}, "
    "{'type': 'conv2d', 'channels': 2, 'kernel': 3}, " HEAD "]" },
  { "conv2d with stride, no padding",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3, 'stride': [1, 2]}, "
    "{'type': 'conv2d', 'channels': 3, 'kernel': [3, 2], 'stride': 2, 'padding': 0}, " HEAD "]" },
  { "conv2d, pointwise",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3}, "
    "{'type': 'conv2d', 'channels': 5, 'kernel': 1}, " HEAD "]" },
  { "batch-norm",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3}, {'type': 'batch-norm'}, " HEAD "]" },
  { "mean-subtraction",
    "[{'type': 'mean-subtraction', 'share': 0.6}, {'type': 'conv2d', 'channels': 3, 'kernel': 3}, "
    "{'type': 'mean-subtraction'}, {'type': 'relu'}, {'type': 'conv2d', 'channels': 2, "
    "'kernel': 3}, " HEAD "]" },
  { "crop and instance-norm",
    "[{'type': 'crop', 'features': 5}, {'type': 'instance-norm'}, {'type': 'conv2d', 'channels': 3, "
    "'kernel': 3}, {'type': 'instance-norm'}, {'type': 'crop', 'features': 4}, {'type': 'relu'}, "
    "{'type': 'conv2d', 'channels': 2, 'kernel': 3}, " HEAD "]" },
  { "cepstrum",
    "[{'type': 'conv2d', 'channels': 2, 'kernel': 3}, {'type': 'cepstrum', 'coefficients': 4}, "
    "{'type': 'relu'}, " HEAD "]" },
  { "covariance-pool",
    "[{'type': 'conv2d', 'channels': 1, 'kernel': 3}, {'type': 'cepstrum', 'coefficients': 3}, "
    "{'type': 'covariance-pool'}, {'type': 'batch-norm'}, {'type': 'dense', 'outputs': 3}]" },
  { "relu",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3, 'bias': true}, "
    "{'type': 'relu'}, " HEAD "]" },
  { "max-pool",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3}, {'type': 'max-pool', 'size': 2}, "
    "{'type': 'max-pool', 'size': [1, 3]}, " HEAD "]" },
  { "average-pool",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3}, "
    "{'type': 'average-pool', 'size': [2, 3]}, " HEAD "]" },
  { "dropout",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3}, "
    "{'type': 'dropout', 'rate': 0.4}, " HEAD "]" },
  { "depthwise",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3}, "
    "{'type': 'depthwise', 'kernel': [3, 5]}, " HEAD "]" },
  { "depthwise with stride and padding",
    "[{'type': 'depthwise', 'kernel': 3, 'padding': [4, 0]}, "
    "{'type': 'conv2d', 'channels': 2, 'kernel': 3}, "
    "{'type': 'depthwise', 'kernel': [5, 4], 'stride': [2, 3]}, "
    "{'type': 'depthwise', 'kernel': [1, 2], 'stride': [3, 1], 'padding': 1}, " HEAD "]" },
  { "silu",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3, 'bias': true}, "
    "{'type': 'silu'}, " HEAD "]" },
  { "squeeze-excitation",
    "[{'type': 'conv2d', 'channels': 5, 'kernel': 3}, "
    "{'type': 'squeeze-excitation', 'reduction': 2}, "
    "{'type': 'conv2d', 'channels': 2, 'kernel': 3}, {'type': 'squeeze-excitation'}, " HEAD "]" },
  { "an inverted residual network",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3}, {'type': 'silu'}, "
    "{'type': 'residual', 'body': [{'type': 'conv2d', 'channels': 6, 'kernel': 1}, "
    "{'type': 'batch-norm'}, {'type': 'silu'}, {'type': 'depthwise', 'kernel': 3}, "
    "{'type': 'silu'}, {'type': 'squeeze-excitation', 'reduction': 2}, "
    "{'type': 'conv2d', 'channels': 3, 'kernel': 1}]}, "
    "{'type': 'conv2d', 'channels': 6, 'kernel': 1}, {'type': 'silu'}, "
    "{'type': 'depthwise', 'kernel': 5, 'stride': 2}, {'type': 'silu'}, "
    "{'type': 'squeeze-excitation'}, {'type': 'conv2d', 'channels': 4, 'kernel': 1}, " HEAD "]" },
  { "residual, identity",
    "[{'type': 'conv2d', 'channels': 3, 'kernel': 3}, {'type': 'residual', 'body': ["
    "{'type': 'relu'}, {'type': 'conv2d', 'channels': 3, 'kernel': 3}]}, " HEAD "]" },
  { "residual with shortcut, first of all",
    "[{'type': 'residual', 'body': ["
    "{'type': 'conv2d', 'channels': 3, 'kernel': 3, 'stride': 2}, {'type': 'batch-norm'}, "
    "{'type': 'relu'}, {'type': 'conv2d', 'channels': 2, 'kernel': 3}], 'shortcut': ["
    "{'type': 'conv2d', 'channels': 2, 'kernel': 1, 'stride': 2}]}, "
    "{'type': 'relu'}, " HEAD "]" },
  { "a whole small network",
    "[{'type': 'conv2d', 'channels': 4, 'kernel': 3}, {'type': 'batch-norm'}, "
    "{'type': 'relu'}, {'type': 'max-pool', 'size': 2}, {'type': 'residual', 'body': ["
    "{'type': 'conv2d', 'channels': 6, 'kernel': 3}, {'type': 'batch-norm'}, {'type': 'relu'}, "
    "{'type': 'residual', 'body': [{'type': 'conv2d', 'channels': 6, 'kernel': 3}]}, "
    "{'type': 'batch-norm'}], 'shortcut': [{'type': 'conv2d', 'channels': 6, 'kernel': 1}, "
    "{'type': 'batch-norm'}]}, {'type': 'relu'}, {'type': 'statistics-pool'}, "
    "{'type': 'dropout', 'rate': 0.3}, {'type': 'dense', 'outputs': 3}]" },
};
/* clang-format on */

#define FRAMES 9
#define FEATURES 7
#define MORE_FEATURES 16 /* convolutions go another way where rows are whole vectors */

static GenreNetwork *
parse_network (const char *description, guint frames, guint features, GError **error)
{
  g_autofree char *json = g_strdelimit (g_strdup (description), "'", '"');
  return genre_network_new (json, frames, features, LABELS, error);
}

static GenreNetwork *
new_network (const char *description, guint frames, guint features)
{
  g_autoptr (GError) error = NULL;
  GenreNetwork *network = parse_network (description, frames, features, &error);
  ck_assert_msg (network, "%s", error ? error->message : "");
  genre_network_initialise (network, 7);
  return network;
}

static void
fill (float *values, gsize n, guint64 key)
{
  GenreRandom random = genre_random_keyed (key, 1, 2, 3);
  for (gsize i = 0; i < n; i++)
    values[i] = genre_random_normal (&random);
}

/* Scales and shifts away from 1 and 0. Shifts are large and of both signs: most units are then
 * clearly on or clearly off, so that few differences step across a kink. */
static void
spread_parameters (GenreNetwork *network)
{
  const GArray *info = genre_network_get_parameter_info (network);
  float *parameters = genre_network_get_parameters (network);
  for (guint i = 0; i < info->len; i++) {
    const GenreTensorInfo *tensor = &g_array_index (info, GenreTensorInfo, i);
    gboolean bias = g_str_has_suffix (tensor->name, ".bias") &&
                    !g_str_has_suffix (tensor->name, "expand.bias"); /* of a gate, not of a ReLU */
    for (gsize j = 0; j < tensor->size; j++)
      parameters[tensor->offset + j] += bias ? (j % 3 == 1 ? -1.5f : 2.5f) : 0.1f * sinf (j);
  }
}

/* A loss that sees every score differently, in double so that differences keep their digits. */
static double
loss_of (GenreTape *tape, const float *input)
{
  const float *scores =
      genre_tape_forward (tape, GENRE_PASS_TRAIN, BATCH, input, genre_random_keyed (5, 0, 0, 0));
  double loss = 0;
  for (guint i = 0; i < BATCH * LABELS; i++)
    loss += scores[i] * sin (i + 1);
  return loss;
}

/* The slope of the loss along one value, by central differences at @step and twice of it,
 * extrapolated (Richardson 1911); @doubt is by how much the two differ. */
static double
slope_at (GenreTape *tape, const float *input, float *value, float step, double *doubt)
{
  float kept = *value;
  double slope[2];
  for (int i = 0; i < 2; i++) {
    volatile float up = kept + (i + 1) * step, down = kept - (i + 1) * step;
    *value = up;
    double above = loss_of (tape, input);
    *value = down;
    slope[i] = (above - loss_of (tape, input)) / ((double)up - down);
  }
  *value = kept;
  *doubt = fabs (slope[0] - slope[1]);
  return (4 * slope[0] - slope[1]) / 3;
}

/* The relative error of @gradient against differences over @n values at @values. Of four steps the
 * first that is hardly in doubt counts: a small one where a kink (ReLU, max) is near, a large one
 * where single precision is the limit. Values with a kink too near for all of them are left out;
 * infinite if these are more than a fifth and four. */
static double
error_of_gradient (GenreTape *tape, const float *input, float *values, const float *gradient,
                   gsize n)
{
  const float steps[] = {5e-4f, 1e-3f, 4e-3f, 1.6e-2f};
  double square = 0, difference = 0, scale = 0;
  gsize kinks = 0;
  for (gsize i = 0; i < n; i++)
    scale = MAX (scale, fabs (gradient[i]));
  for (gsize i = 0; i < n; i++) {
    double slope = 0, least = INFINITY;
    for (guint s = 0; s < G_N_ELEMENTS (steps) && least > 5e-4 * (fabs (slope) + scale); s++) {
      double doubt, found = slope_at (tape, input, &values[i], steps[s], &doubt);
      slope = doubt < least ? found : slope;
      least = MIN (least, doubt);
    }
    if (least > 4e-3 * (fabs (slope) + scale)) {
      kinks++;
      continue;
    }
    square += slope * slope;
    difference += (slope - gradient[i]) * (slope - gradient[i]);
  }
  return kinks * 5 > n + 24 ? INFINITY : sqrt (difference / (square + 1e-6));
}

/* The worst of all parameters and, if @with_input, of the input that @key draws; @part names it. */
static double
worst_error (GenreNetwork *network, guint features, guint64 key, gboolean with_input,
             const char **part)
{
  guint n_input = BATCH * FRAMES * features;
  g_autoptr (GenreTape) tape = genre_tape_new (network, BATCH);
  float input[BATCH * FRAMES * MORE_FEATURES], input_gradient[BATCH * FRAMES * MORE_FEATURES];
  float score_gradient[BATCH * LABELS];
  gsize n = genre_network_get_n_parameters (network);
  float *parameters = genre_network_get_parameters (network);
  const GArray *info = genre_network_get_parameter_info (network);
  double worst = 0;
  fill (input, n_input, key);
  for (guint i = 0; i < BATCH * LABELS; i++)
    score_gradient[i] = sin (i + 1);
  loss_of (tape, input);
  genre_tape_backward (tape, score_gradient, input_gradient);
  g_autofree float *gradient = g_memdup2 (genre_tape_get_gradient (tape), n * sizeof (float));
  for (guint i = 0; i <= info->len; i++) {
    const GenreTensorInfo *tensor = &g_array_index (info, GenreTensorInfo, MIN (i, info->len - 1));
    double error = 0;
    if (i < info->len)
      error = error_of_gradient (tape, input, parameters + tensor->offset,
                                 gradient + tensor->offset, tensor->size);
    else if (with_input)
      error = error_of_gradient (tape, input, input, input_gradient, n_input);
    *part = error > worst ? (i < info->len ? tensor->name : "input") : *part;
    worst = MAX (worst, error);
  }
  return worst;
}

/* A kink closer than the smallest step spoils a difference unseen. It belongs to one input; a wrong
 * gradient is wrong for all. The input's own gradient is checked where the input is small: of a
 * large one, single values move the scores too little. */
START_TEST (backward_agrees_with_central_differences)
{
  guint which = _i / 2, features = _i % 2 ? MORE_FEATURES : FEATURES;
  g_autoptr (GenreNetwork) network = new_network (networks[which].description, FRAMES, features);
  const char *part = "";
  double error = INFINITY;
  spread_parameters (network);
  for (guint64 key = 11; key < 19 && error > 1e-2; key++)
    error = worst_error (network, features, key, features == FEATURES, &part);
  ck_assert_msg (error <= 1e-2, "%s, %s: relative error %g", networks[which].what, part, error);
}
END_TEST

START_TEST (cross_entropy_gradient_agrees_with_central_differences)
{
  float scores[BATCH * LABELS], gradient[BATCH * LABELS], scratch[BATCH * LABELS];
  float targets[BATCH * LABELS] = {1, 0, 0, 0.2, 0.5, 0.3, 0, 0.3, 2.7} /* the last counts three */;
  fill (scores, BATCH * LABELS, 3);
  genre_softmax_cross_entropy (scores, targets, BATCH, LABELS, 2, gradient);
  for (guint i = 0; i < BATCH * LABELS; i++) {
    float value = scores[i];
    scores[i] = value + 1e-2f;
    double above = genre_softmax_cross_entropy (scores, targets, BATCH, LABELS, 1, scratch);
    scores[i] = value - 1e-2f;
    double below = genre_softmax_cross_entropy (scores, targets, BATCH, LABELS, 1, scratch);
    scores[i] = value;
    ck_assert_double_eq_tol (gradient[i], 2 * (above - below) / 2e-2, 1e-4);
  }
}
END_TEST

START_TEST (pair_distance_gradient_agrees_with_central_differences)
{
  enum { PAIRS = 2 };
  float scores[2 * PAIRS * LABELS], gradient[2 * PAIRS * LABELS], scratch[2 * PAIRS * LABELS] = {0};
  fill (scores, G_N_ELEMENTS (scores), 4);
  for (guint i = 0; i < G_N_ELEMENTS (gradient); i++)
    gradient[i] = 7; /* of the cross-entropy */
  genre_pair_distance (scores, PAIRS, LABELS, 3, gradient);
  for (guint i = 0; i < G_N_ELEMENTS (scores); i++) {
    float value = scores[i];
    scores[i] = value + 1e-2f;
    double above = genre_pair_distance (scores, PAIRS, LABELS, 1, scratch);
    scores[i] = value - 1e-2f;
    double below = genre_pair_distance (scores, PAIRS, LABELS, 1, scratch);
    scores[i] = value;
    ck_assert_double_eq_tol (gradient[i] - 7, 3 * (above - below) / 2e-2, 1e-4);
  }
}
END_TEST

START_TEST (what_softmax_does_not_see_parts_no_pair)
{
  const float same[] = {1, -2, 4, 11, 8, 14}, other[] = {1, -2, 4, 1, -2, 7};
  float gradient[G_N_ELEMENTS (same)] = {0};
  ck_assert_double_eq_tol (genre_pair_distance (same, 1, 3, 1, gradient), 0, 1e-12);
  for (guint i = 0; i < G_N_ELEMENTS (gradient); i++)
    ck_assert_float_eq_tol (gradient[i], 0, 1e-6);
  ck_assert_double_eq_tol (genre_pair_distance (other, 1, 3, 1, gradient), (1 + 1 + 4) / 3.0, 1e-6);
}
END_TEST

START_TEST (views_of_one_input_lose_the_same_to_dropout)
{
  enum { VIEWS = 4 };
  g_autoptr (GenreNetwork) network =
      new_network ("[{'type': 'dropout', 'rate': 0.5}, " HEAD "]", FRAMES, FEATURES);
  g_autoptr (GenreTape) tape = genre_tape_new (network, VIEWS);
  float input[VIEWS * FRAMES * FEATURES];
  fill (input, FRAMES * FEATURES, 6);
  for (guint i = 1; i < VIEWS; i++)
    memcpy (input + i * FRAMES * FEATURES, input, FRAMES * FEATURES * sizeof *input);
  const GenreRandom random = genre_random_keyed (5, 0, 0, 0);
  const float *scores = genre_tape_forward (tape, GENRE_PASS_TRAIN, VIEWS, input, random);
  ck_assert_mem_ne (scores, scores + LABELS, LABELS * sizeof *scores);
  genre_tape_set_views (tape, 2);
  scores = genre_tape_forward (tape, GENRE_PASS_TRAIN, VIEWS, input, random);
  ck_assert_mem_eq (scores, scores + LABELS, LABELS * sizeof *scores);
  ck_assert_mem_ne (scores, scores + 2 * LABELS, LABELS * sizeof *scores);
}
END_TEST

/* A quarter of the input is left by both: it would be half if they lost the same. */
START_TEST (layers_of_dropout_lose_different_values)
{
  g_autoptr (GenreNetwork) network =
      new_network ("[{'type': 'dropout', 'rate': 0.5}, {'type': 'dropout', 'rate': 0.5}, " HEAD "]",
                   FRAMES, FEATURES);
  g_autoptr (GenreTape) tape = genre_tape_new (network, BATCH);
  enum { N = BATCH * FRAMES * FEATURES };
  float input[N], gradient[N];
  const float score_gradient[BATCH * LABELS] = {1, 0, 0, 1, 0, 0, 1, 0, 0};
  guint n_left = 0;
  fill (input, N, 6);
  genre_tape_forward (tape, GENRE_PASS_TRAIN, BATCH, input, genre_random_keyed (5, 0, 0, 0));
  genre_tape_backward (tape, score_gradient, gradient);
  for (guint i = 0; i < N; i++)
    n_left += gradient[i] != 0;
  ck_assert_uint_gt (n_left, N / 6);
  ck_assert_uint_lt (n_left, N * 3 / 8);
}
END_TEST

START_TEST (softmax_survives_huge_scores)
{
  const float scores[] = {1e30f, 0, -1e30f};
  double p[3];
  genre_softmax (scores, 3, 1, p);
  ck_assert_double_eq (p[0], 1);
  ck_assert_double_eq (p[2], 0);
}
END_TEST

START_TEST (inference_equals_evaluation)
{
  g_autoptr (GenreNetwork) network = new_network (networks[_i].description, FRAMES, FEATURES);
  float *parameters = genre_network_get_parameters (network);
  float *statistics = genre_network_get_statistics (network);
  for (gsize i = 0; i < genre_network_get_n_parameters (network); i++)
    parameters[i] += 0.1f * sinf (i);
  for (gsize i = 0; i < genre_network_get_n_statistics (network); i++)
    statistics[i] += 0.1f * cosf (i);
  g_autoptr (GenreTape) tape = genre_tape_new (network, BATCH);
  g_autoptr (GenreInference) inference = genre_inference_new (network, NULL);
  float input[BATCH * FRAMES * FEATURES], scores[LABELS];
  fill (input, G_N_ELEMENTS (input), 13);
  const float *expected =
      genre_tape_forward (tape, GENRE_PASS_EVALUATE, BATCH, input, genre_random_keyed (0, 0, 0, 0));
  for (guint b = 0; b < BATCH; b++) {
    genre_inference_run (inference, input + b * FRAMES * FEATURES, scores);
    for (guint i = 0; i < LABELS; i++)
      ck_assert_float_eq_tol (scores[i], expected[b * LABELS + i], 1e-4f);
  }
}
END_TEST

static const struct {
  const char *description, *complaint;
} faults[] = {
    {"{}", "the description is JsonObject, expected an array of layers"},
    {"[]", "0 layers"},
    {"[3]", "layer 0 is 3, expected an object"},
    {"[{'type': 'conv3d'}]", "\"conv3d\""},
    {"[{'kind': 'relu'}]", "layer 0: \"type\" is missing, expected one of"},
    {"[{'type': 3}]", "layer 0: \"type\" is 3, expected one of"},
    {"[{'type': 'relu', 'slope': 1}]", "\"slope\""},
    {"[{'type': 'conv2d', 'kernel': 3}]", "\"channels\" is missing"},
    {"[{'type': 'conv2d', 'channels': 0, 'kernel': 3}]", "\"channels\" is 0"},
    {"[{'type': 'conv2d', 'channels': '3', 'kernel': 3}]", "expected a whole number"},
    {"[{'type': 'conv2d', 'channels': 3, 'kernel': [3]}]", "1 elements"},
    {"[{'type': 'conv2d', 'channels': 3, 'kernel': 31, 'padding': 0}]", "larger"},
    {"[{'type': 'depthwise', 'kernel': 16}]", "\"kernel\" is 16"},
    {"[{'type': 'depthwise', 'kernel': 11, 'padding': 0}]", "larger"},
    {"[{'type': 'squeeze-excitation', 'reduction': 0}]", "\"reduction\" is 0"},
    {"[{'type': 'max-pool', 'size': 15}]", "larger"},
    {"[{'type': 'dense', 'outputs': 3}]", "statistics-pool"},
    {"[{'type': 'dropout', 'rate': 1}]", "\"rate\" is 1"},
    {"[{'type': 'crop'}]", "\"features\" is missing"},
    {"[{'type': 'crop', 'features': 0}]", "\"features\" is 0"},
    {"[{'type': 'crop', 'features': 8}]", "\"features\" is 8"},
    {"[{'type': 'residual'}]", "\"body\" is missing, expected an array of layers"},
    {"[{'type': 'residual', 'body': 3}]", "\"body\" is 3, expected an array of layers"},
    {"[{'type': 'residual', 'body': [{'type': 'relu'}], 'shortcut': {}}]",
     "\"shortcut\" is JsonObject, expected an array of layers"},
    {"[{'type': 'residual', 'body': [{'type': 'max-pool', 'size': 2}]}]", "added"},
    {"[{'type': 'relu'}]", "the last layer leaves 1 channels"},
    {"[{'type': 'conv2d', 'channels': 4096, 'kernel': 1}, {'type': 'conv2d', 'channels': 4096, "
     "'kernel': 31}]",
     "too large"},
};

/* Doubled until a product of channels and kernel wraps to 0, and a wide one over many features. */
START_TEST (descriptions_that_ask_for_too_much_are_refused)
{
  const char *heads[] = {"{'type': 'relu'}", "{'type': 'conv2d', 'channels': 4096, 'kernel': 1}"};
  const char *tails[] = {"{'type': 'statistics-pool'}",
                         "{'type': 'conv2d', 'channels': 4096, 'kernel': 1}"};
  const char *ends[] = {"{'type': 'conv2d', 'channels': 1, 'kernel': 16}",
                        "{'type': 'squeeze-excitation', 'reduction': 1}",
                        "{'type': 'depthwise', 'kernel': 15}"};
  for (guint i = 0; i < G_N_ELEMENTS (heads); i++) {
    for (guint j = 0; j < G_N_ELEMENTS (ends); j++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("[");
      g_string_append (text, heads[i]);
      for (guint n = 0; n < 24; n++)
        g_string_append_printf (text, ", %s", tails[i]);
      g_string_append_printf (text, ", %s]", ends[j]);
      ck_assert_ptr_null (parse_network (text->str, 16, 16, &error));
      ck_assert_msg (strstr (error->message, "too large"), "%s", error->message);
    }
  }
}
END_TEST

/* 4 MiB of cosines for some fifty bytes of text. */
START_TEST (tables_are_counted_before_they_are_made)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new ("[");
  for (guint i = 0; i < 100; i++)
    g_string_append_printf (text, "%s{'type': 'cepstrum', 'coefficients': 1024}", i ? ", " : "");
  g_string_append (text, "]");
  ck_assert_ptr_null (parse_network (text->str, 2, 1024, &error));
  ck_assert_msg (strstr (error->message, "layer 63 (cepstrum): too large"), "%s", error->message);
}
END_TEST

/* What 16 channels take where there is one, of images, of weights and of time. */
static const struct {
  guint frames, features, n;
  const char *layer, *complaint;
} narrow[] = {
    {4096, 1024, 5, "{'type': 'conv2d', 'channels': 1, 'kernel': 1}",
     "layer 4 (conv2d): too large"},
    {31, 1, 600, "{'type': 'conv2d', 'channels': 1, 'kernel': 31}",
     "layer 545 (conv2d): too large"},
    {512, 128, 6, "{'type': 'conv2d', 'channels': 1, 'kernel': 31}", "layer 5 (conv2d): too large"},
};

START_TEST (channels_are_counted_as_inference_fills_them_up)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new ("[");
  for (guint i = 0; i < narrow[_i].n; i++)
    g_string_append_printf (text, "%s%s", i ? ", " : "", narrow[_i].layer);
  g_string_append (text, "]");
  ck_assert_ptr_null (parse_network (text->str, narrow[_i].frames, narrow[_i].features, &error));
  ck_assert_msg (strstr (error->message, narrow[_i].complaint), "%s", error->message);
}
END_TEST

/* Of 4,000 channels of 4,096 values, 31 wide and so 31 times as large with its margin, whether that
 * is for the kernel or asked for: which is as good as all of what half a megabyte of weights, or 17
 * kilobytes, would take. */
static const char *const wide[] = {
    "'kernel': [1, 31]",
    "'kernel': 1, 'padding': [0, 15], 'stride': [1, 15]",
};

START_TEST (margins_of_images_are_counted)
{
  for (guint channels = 512; channels <= 4000; channels += 3488) {
    g_autofree char *text =
        g_strdup_printf ("[{'type': 'conv2d', 'channels': %u, 'kernel': 1}, {'type': 'conv2d', "
                         "'channels': 1, %s}, " HEAD "]",
                         channels, wide[_i]);
    g_autoptr (GError) error = NULL;
    g_autoptr (GenreNetwork) network = parse_network (text, 4096, 1, &error);
    const gboolean small = channels == 512;
    ck_assert_msg (!network == !small, "%s", error ? error->message : "");
    ck_assert_msg (small || strstr (error->message, "layer 1 (conv2d): too large"), "%s",
                   small ? "" : error->message);
  }
}
END_TEST

/* As large as a segment may be, and as narrow as trainers make networks; the only channel that goes
 * in is not filled up. */
static const char *const long_segments[] = {
    "[{'type': 'crop', 'features': 1024}, {'type': 'instance-norm'}, {'type': 'mean-subtraction', "
    "'share': 0.5}, {'type': 'conv2d', 'channels': 4, 'kernel': 3, 'stride': [1, 2]}, {'type': "
    "'batch-norm'}, {'type': 'relu'}, {'type': 'max-pool', 'size': 2}, " HEAD "]",
    "[{'type': 'conv2d', 'channels': 16, 'kernel': 31, 'stride': [1, 2]}, " HEAD "]",
};

START_TEST (narrow_networks_of_long_segments_are_made)
{
  genre_network_unref (new_network (long_segments[_i], 4096, 1025));
}
END_TEST

/* Sizes that are 0, or little, where they are counted in 32 bits. */
static const struct {
  guint frames, features;
  const char *description;
} wrapping[] = {
    /* 2³⁴ values */
    {4096, 1024, "[{'type': 'conv2d', 'channels': 4096, 'kernel': 1}]"},
    {4096, 1024, "[{'type': 'relu'}, {'type': 'conv2d', 'channels': 4096, 'kernel': 3}]"},
    /* 2³² weights */
    {2, 4,
     "[{'type': 'statistics-pool'}, {'type': 'dense', 'outputs': 65536}, {'type': 'dense', "
     "'outputs': 65536}]"},
    {1, 16,
     "[{'type': 'conv2d', 'channels': 4096, 'kernel': 1}, {'type': 'conv2d', 'channels': 4096, "
     "'kernel': 16}]"},
    /* 2³² + 2²⁰ values that a row is made of */
    {1, 4096,
     "[{'type': 'conv2d', 'channels': 4096, 'kernel': 1}, {'type': 'conv2d', 'channels': 1, "
     "'kernel': 16}]"},
};

START_TEST (what_wraps_in_32_bits_is_refused)
{
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (
      parse_network (wrapping[_i].description, wrapping[_i].frames, wrapping[_i].features, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_INVALID));
  ck_assert_msg (strstr (error->message, "too large"), "%s", error->message);
}
END_TEST

START_TEST (faulty_descriptions_are_refused)
{
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (parse_network (faults[_i].description, FRAMES, FEATURES, &error));
  ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_INVALID));
  ck_assert_msg (strstr (error->message, faults[_i].complaint), "\"%s\" does not say \"%s\"",
                 error->message, faults[_i].complaint);
}
END_TEST

/* As strict as about everything else in a model file. */
START_TEST (what_is_not_json_is_refused)
{
  const char *texts[] = {"[", "[{\"type\": \"relu\", \"type\": \"silu\"}]", "[] // comment"};
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    ck_assert_ptr_null (genre_network_new (texts[i], FRAMES, FEATURES, LABELS, &error));
    ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_FORMAT));
    ck_assert (g_str_has_prefix (error->message, "network: "));
  }
}
END_TEST

/* All that can be addressed and a little more: that little may not be what is made. What wraps in a
 * tape wraps in 32 bits only. */
START_TEST (what_no_machine_can_hold_is_not_made)
{
  const gsize sizes[] = {G_MAXSIZE / sizeof (float) + 1, G_MAXSIZE / sizeof (float) + 100,
                         G_MAXSIZE - 1, G_MAXSIZE};
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    ck_assert_ptr_null (genre_floats_try_new (sizes[i]));
  g_autoptr (GenreNetwork) network =
      new_network ("[{'type': 'conv2d', 'channels': 1024, 'kernel': 1}, {'type': 'batch-norm'}, "
                   "{'type': 'dropout'}, " HEAD "]",
                   64, 64);
  const guint batches[] = {1 << 8, 1 << 10, 1 << 20, G_MAXUINT};
  for (guint i = 0; sizeof (gsize) == 4 && i < G_N_ELEMENTS (batches); i++)
    ck_assert_ptr_null (genre_tape_try_new (network, batches[i]));
}
END_TEST

START_TEST (group_statistics_are_those_of_the_batch)
{
  g_autoptr (GenreNetwork) network =
      new_network ("[{'type': 'batch-norm'}, " HEAD "]", FRAMES, FEATURES);
  g_autoptr (GenreTape) tape = genre_tape_new (network, BATCH);
  float input[BATCH * FRAMES * FEATURES];
  double sum = 0, square = 0;
  fill (input, G_N_ELEMENTS (input), 17);
  for (guint i = 0; i < G_N_ELEMENTS (input); i++)
    sum += input[i] += 100;
  double mean = sum / G_N_ELEMENTS (input);
  for (guint i = 0; i < G_N_ELEMENTS (input); i++)
    square += (input[i] - mean) * (input[i] - mean);
  loss_of (tape, input);
  ck_assert_float_eq_tol (genre_tape_get_group_statistics (tape)[0], mean, 1e-4);
  ck_assert_float_eq_tol (genre_tape_get_group_statistics (tape)[1],
                          square / (G_N_ELEMENTS (input) - 1), 1e-3);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("network");
  Suite *suite = suite_create ("network");
  suite_add_tcase (suite, tests);
  tcase_set_timeout (tests, 120);
  tcase_add_loop_test (tests, backward_agrees_with_central_differences, 0,
                       2 * G_N_ELEMENTS (networks));
  tcase_add_test (tests, cross_entropy_gradient_agrees_with_central_differences);
  tcase_add_test (tests, pair_distance_gradient_agrees_with_central_differences);
  tcase_add_test (tests, what_softmax_does_not_see_parts_no_pair);
  tcase_add_test (tests, views_of_one_input_lose_the_same_to_dropout);
  tcase_add_test (tests, layers_of_dropout_lose_different_values);
  tcase_add_test (tests, softmax_survives_huge_scores);
  tcase_add_loop_test (tests, inference_equals_evaluation, 0, G_N_ELEMENTS (networks));
  tcase_add_loop_test (tests, faulty_descriptions_are_refused, 0, G_N_ELEMENTS (faults));
  tcase_add_test (tests, what_no_machine_can_hold_is_not_made);
  tcase_add_test (tests, descriptions_that_ask_for_too_much_are_refused);
  tcase_add_test (tests, tables_are_counted_before_they_are_made);
  tcase_add_loop_test (tests, margins_of_images_are_counted, 0, G_N_ELEMENTS (wide));
  tcase_add_loop_test (tests, channels_are_counted_as_inference_fills_them_up, 0,
                       G_N_ELEMENTS (narrow));
  tcase_add_loop_test (tests, narrow_networks_of_long_segments_are_made, 0,
                       G_N_ELEMENTS (long_segments));
  tcase_add_loop_test (tests, what_wraps_in_32_bits_is_refused, 0, G_N_ELEMENTS (wrapping));
  tcase_add_test (tests, what_is_not_json_is_refused);
  tcase_add_test (tests, group_statistics_are_those_of_the_batch);
  SRunner *runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  int failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
