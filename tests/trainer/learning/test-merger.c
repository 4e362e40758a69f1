/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A merged model's scores are the weighted mean of its members', by hand. */
#include "learning/merger.h"
#include "learning/networkends.h"
#include <math.h>
#include <string.h>
#include "random.h"
#include "support.h"

#define VALUES (16 * 128)
#define NETWORK(head)                                                                              \
  "[{\"type\":\"mean-subtraction\"},{\"type\":\"conv2d\",\"channels\":5,\"kernel\":3},"            \
  "{\"type\":\"batch-norm\"},{\"type\":\"relu\"},{\"type\":\"statistics-pool\"}," head "]"
#define DENSE "{\"type\":\"dense\",\"outputs\":3}"

static char *const names[] = {"first.model", "second.model", "third.model", "fourth.model"};

typedef void (*Change) (GenreModelConfig *config);

/* A model like test_model() but for what @change changes, or NULL; weights, shifts and statistics
 * from @seed. */
static GenreModel *
make (guint64 seed, Change change)
{
  g_autoptr (GenreModel) plain = test_model ();
  g_autoptr (GError) error = NULL;
  GenreModelConfig config = {0};
  genre_model_config_copy (genre_model_get_config (plain), &config);
  if (change)
    change (&config);
  GenreModel *model = genre_model_new (&config, &error);
  ck_assert_msg (model, "%s", error ? error->message : "");
  genre_model_config_clear (&config);
  GenreNetwork *network = genre_model_get_network (model);
  GenreRandom random = genre_random_keyed (seed, 1, 0, 0);
  genre_network_initialise (network, seed);
  for (gsize i = 0; i < genre_network_get_n_parameters (network); i++)
    genre_network_get_parameters (network)[i] += 0.1 * genre_random_normal (&random);
  for (gsize i = 0; i < genre_network_get_n_statistics (network); i++)
    genre_network_get_statistics (network)[i] += 0.3 * genre_random_uniform (&random);
  return model;
}

static void
set_network (GenreModelConfig *config)
{
  g_free (config->network);
  config->network = g_strdup (NETWORK (DENSE));
}

static void
set_other_end (GenreModelConfig *config)
{
  g_free (config->network);
  config->network = g_strdup (NETWORK ("{\"type\":\"conv2d\",\"channels\":3,\"kernel\":1}"));
}

/* Ends with a dense layer that not all of the scores come through. */
static void
set_residual_end (GenreModelConfig *config)
{
  g_free (config->network);
  config->network = g_strdup (
      NETWORK (DENSE ",{\"type\":\"residual\",\"body\":[{\"type\":\"relu\"}," DENSE "]}"));
}

static void
set_temperature (GenreModelConfig *config)
{
  config->temperature = 0.5;
}

static void
set_label (GenreModelConfig *config)
{
  g_free (config->labels[1]);
  config->labels[1] = g_strdup ("deux");
}

static void
set_front_end (GenreModelConfig *config)
{
  config->front_end.hop = 512;
}

static void
set_step (GenreModelConfig *config)
{
  config->segment_step = 4;
}

/* (3,) of one segment, divided by the temperature */
static void
add_scores (GenreModel *model, const float *input, double share, double *sum)
{
  float scores[3];
  genre_inference_run (genre_model_get_inference (model), input, scores);
  for (guint l = 0; l < 3; l++)
    sum[l] += share * scores[l] / genre_model_get_config (model)->temperature;
}

static void
draw_input (guint64 seed, float *input)
{
  GenreRandom random = genre_random_keyed (seed, 0, 0, 0);
  for (guint i = 0; i < VALUES; i++)
    input[i] = genre_random_normal (&random);
}

static void
check_scores (GenreModel *model, const float *input, const double *expected)
{
  float scores[3];
  genre_inference_run (genre_model_get_inference (model), input, scores);
  for (guint l = 0; l < 3; l++)
    ck_assert_double_eq_tol (scores[l], expected[l], 1e-5 * (1 + fabs (expected[l])));
}

START_TEST (scores_are_the_mean_of_the_members)
{
  const Change changes[] = {NULL, set_network, set_temperature};
  const guint n = _i + 2;
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  g_autoptr (GError) error = NULL;
  float input[VALUES];
  double mean[3] = {0};
  draw_input (3, input);
  for (guint i = 0; i < n; i++) {
    g_ptr_array_add (models, make (10 + i, changes[i]));
    add_scores (models->pdata[i], input, 1.0 / n, mean);
  }
  genre_model_set_doubt (models->pdata[0], 3);
  g_autoptr (GenreModel) merged = genre_merge (models, NULL, names, &error);
  ck_assert_msg (merged, "%s", error ? error->message : "");
  check_scores (merged, input, mean);
  const GenreModelConfig *config = genre_model_get_config (merged);
  ck_assert_double_eq (config->temperature, 1);
  ck_assert_double_eq (config->threshold, 0);
  ck_assert_double_eq (config->doubt, 0);
  ck_assert_ptr_nonnull (strstr (config->provenance, "{\"seed\": 5},{\"seed\": 5}"));
}
END_TEST

/* Then each of the first two has a quarter of the say. */
START_TEST (a_merged_model_is_a_member_like_any_other)
{
  g_autoptr (GPtrArray) two = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  float input[VALUES];
  double mean[3] = {0};
  draw_input (4, input);
  g_ptr_array_add (two, make (1, set_temperature));
  g_ptr_array_add (two, make (2, set_network));
  g_ptr_array_add (all, genre_merge (two, NULL, names, NULL));
  g_ptr_array_add (all, make (3, NULL));
  add_scores (two->pdata[0], input, 0.25, mean);
  add_scores (two->pdata[1], input, 0.25, mean);
  add_scores (all->pdata[1], input, 0.5, mean);
  g_autoptr (GenreModel) merged = genre_merge (all, NULL, names, NULL);
  ck_assert_ptr_nonnull (merged);
  check_scores (merged, input, mean);
}
END_TEST

START_TEST (one_model_stays_what_it_is)
{
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  float input[VALUES];
  double mean[3] = {0};
  draw_input (4, input);
  g_ptr_array_add (models, make (9, set_temperature));
  add_scores (models->pdata[0], input, 1, mean);
  g_autoptr (GenreModel) merged = genre_merge (models, NULL, names, NULL);
  ck_assert_ptr_nonnull (merged);
  ck_assert_str_eq (genre_network_get_description (genre_model_get_network (merged)),
                    genre_network_get_description (genre_model_get_network (models->pdata[0])));
  check_scores (merged, input, mean);
}
END_TEST

START_TEST (weights_count)
{
  const double weights[] = {2, 0.5, 1.5};
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  float input[VALUES];
  double mean[3] = {0};
  draw_input (5, input);
  for (guint i = 0; i < 3; i++) {
    g_ptr_array_add (models, make (20 + i, i == 1 ? set_temperature : NULL));
    add_scores (models->pdata[i], input, weights[i] / 4, mean);
  }
  g_autoptr (GenreModel) merged = genre_merge (models, weights, names, NULL);
  ck_assert_ptr_nonnull (merged);
  check_scores (merged, input, mean);
  ck_assert_ptr_nonnull (
      strstr (genre_model_get_config (merged)->provenance, "\"weights\":[2,0.5,1.5]"));
}
END_TEST

/* Whichever ends it has. */
START_TEST (biases_are_added_to_the_mean)
{
  const double biases[] = {0.5, -1.25, 2};
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  float input[VALUES];
  double mean[3] = {0};
  draw_input (6, input);
  for (guint i = 0; i < 3; i++) {
    g_ptr_array_add (models, make (30 + i, NULL));
    add_scores (models->pdata[i], input, 1.0 / 3, mean);
  }
  g_autoptr (GenreModel) merged = genre_merge (models, NULL, names, NULL);
  ck_assert (genre_network_ends_shift (genre_model_get_network (merged), biases));
  for (guint i = 0; i < 3; i++)
    mean[i] += biases[i];
  check_scores (merged, input, mean);
  g_autoptr (GenreModel) other = make (1, set_other_end);
  ck_assert (!genre_network_ends_shift (genre_model_get_network (other), biases));
}
END_TEST

START_TEST (biases_are_parsed)
{
  GError *error = NULL;
  g_autofree double *biases = genre_merge_parse_biases ("0.5,-1.25,0", 3, NULL);
  ck_assert_ptr_nonnull (biases);
  ck_assert_double_eq (biases[0], 0.5);
  ck_assert_double_eq (biases[1], -1.25);
  ck_assert_double_eq (biases[2], 0);
  ck_assert_ptr_null (genre_merge_parse_biases ("0,0,21", 3, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "biases \"0,0,21\"", "from -20 to 20");
}
END_TEST

START_TEST (weights_are_parsed)
{
  g_autofree double *weights = genre_merge_parse_weights ("1,0.25,1e2", 3, NULL);
  ck_assert_ptr_nonnull (weights);
  ck_assert_double_eq (weights[0], 1);
  ck_assert_double_eq (weights[1], 0.25);
  ck_assert_double_eq (weights[2], 100);
}
END_TEST

static const char *const bad_weights[] = {"",      "1",      "1,2",     "1,2,3,4", "1,2,",
                                          "1,,2",  "1,2,x",  "1,2,3 ",  "1, 2,3",  "1,0x2,3",
                                          "1,2,0", "1,2,-1", "1,2,nan", "1,2,inf", "1,2,101"};

START_TEST (bad_weights_are_refused)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", bad_weights[_i]);
  GError *error = NULL;
  ck_assert_ptr_null (genre_merge_parse_weights (bad_weights[_i], 3, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, quoted, "expected 3 numbers");
}
END_TEST

static const struct {
  Change change;
  const char *fault;
} faults[] = {{set_label, "other labels"},
              {set_front_end, "another front end"},
              {set_step, "other segments"},
              {set_other_end, "dense"},
              {set_residual_end, "dense"}};

START_TEST (what_differs_is_refused)
{
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify)genre_model_unref);
  GError *error = NULL;
  ck_assert_ptr_null (genre_merge (models, NULL, names, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "at least 1", "0 models");
  g_ptr_array_add (models, make (1, NULL));
  g_ptr_array_add (models, make (2, faults[_i].change));
  ck_assert_ptr_null (genre_merge (models, NULL, names, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "second.model", faults[_i].fault);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("merger");
  tcase_add_loop_test (tests, scores_are_the_mean_of_the_members, 0, 2);
  tcase_add_test (tests, a_merged_model_is_a_member_like_any_other);
  tcase_add_test (tests, one_model_stays_what_it_is);
  tcase_add_test (tests, weights_count);
  tcase_add_test (tests, biases_are_added_to_the_mean);
  tcase_add_test (tests, biases_are_parsed);
  tcase_add_test (tests, weights_are_parsed);
  tcase_add_loop_test (tests, bad_weights_are_refused, 0, G_N_ELEMENTS (bad_weights));
  tcase_add_loop_test (tests, what_differs_is_refused, 0, G_N_ELEMENTS (faults));
  return test_run ("merger", tests);
}
