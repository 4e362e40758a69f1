/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes, the optimizer that follows them, augmentation and architectures. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <glib/gstdio.h>
#include "data/levels.h"
#include "learning/architecture.h"
#include "learning/augment.h"
#include "learning/optimizer.h"
#include "network.h"
#include "representation.h"
#include "support.h"

START_TEST (a_recipe_survives_being_written_and_read)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new (), again = genre_recipe_new ();
  g_autoptr (GError) error = NULL;
  ck_assert (genre_recipe_set (recipe, "training.learning-rate=0.00123456789", &error));
  ck_assert (genre_recipe_set (recipe, "model.widths=8, 9", &error));
  ck_assert (genre_recipe_set (recipe, "training.seed=4294967295", &error));
  ck_assert (genre_recipe_set (recipe, "model.architecture= a\\new\\\\net\\s.json\\ ", &error));
  g_autofree char *text = genre_recipe_to_text (recipe);
  ck_assert (genre_recipe_parse (again, text, "again", &error));
  g_autofree char *second = genre_recipe_to_text (again);
  ck_assert_str_eq (text, second);
  ck_assert_double_eq (again->learning_rate, 0.00123456789);
  ck_assert_str_eq (again->architecture, "a\\new\\\\net\\s.json\\");
  ck_assert_uint_eq (again->seed, 4294967295u);
  g_autoptr (GenreRecipe) copy = genre_recipe_copy (again);
  g_autofree char *third = genre_recipe_to_text (copy);
  ck_assert_str_eq (text, third);
}
END_TEST

static const struct {
  const char *text, *complaint;
} faults[] = {
    {"epochs=3", "not a recipe"},
    {"[training]\nepoch=3", "training.epoch"},
    {"[trainer]\nepochs=3", "trainer.epochs"},
    {"[training]\nepochs=0", "\"0\""},
    {"[training]\nepochs=3.5", "whole"},
    {"[training]\nepochs=many", "\"many\""},
    {"[training]\nseed=-1", "whole number from 0 to 4294967295"},
    {"[training]\nlearning-rate=-1", "\"-1\", expected a number from 0 to 10"},
    {"[training]\naverage-decay=1", "number from 0 to 0.999999"},
    {"[training]\nlearning-rate=nan", "\"nan\""},
    {"[augmentation]\nmixup=", "\"\""},
    {"[training]\nepochs=3\nepochs=4",
     "my.recipe, line 3: training.epochs is \"4\" here and \"3\" above"},
    {"[training]\n# twice\nepochs=3\n[model]\ndepth=1\n [training]\r\n epochs =  3\r\n",
     "line 7: training.epochs is \"3\" here and \"3\" above"},
};

START_TEST (a_group_may_stand_there_twice_and_a_comment_says_nothing)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  g_autoptr (GError) error = NULL;
  const char *text = "[training]\n#epochs=3\nepochs=4\n\n[model]\narchitecture=a=b\n[training]\n"
                     "# epochs=5\nbatch=32\n";
  ck_assert_msg (genre_recipe_parse (recipe, text, "my.recipe", &error), "%s",
                 error ? error->message : "");
  ck_assert_uint_eq (recipe->epochs, 4);
  ck_assert_uint_eq (recipe->batch, 32);
}
END_TEST

START_TEST (a_faulty_recipe_is_refused_by_name)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  g_autoptr (GError) error = NULL;
  ck_assert (!genre_recipe_parse (recipe, faults[_i].text, "my.recipe", &error));
  ck_assert_ptr_nonnull (strstr (error->message, "my.recipe"));
  ck_assert_msg (strstr (error->message, faults[_i].complaint), "%s", error->message);
}
END_TEST

START_TEST (settings_that_do_not_fit_together_are_refused)
{
  const char *const settings[] = {"training.group=7", "model.segment-step=4000",
                                  "training.balance=albums", "augmentation.mixup-partner=nobody",
                                  "model.representation=chroma"};
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
    g_autoptr (GError) error = NULL;
    ck_assert (genre_recipe_check (recipe, &error));
    ck_assert (genre_recipe_set (recipe, settings[i], &error));
    ck_assert (!genre_recipe_check (recipe, &error));
    ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_INVALID));
    ck_assert (g_str_has_prefix (error->message, "--set: "));
  }
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  ck_assert (genre_recipe_set (recipe, "training.class-weights=1", NULL));
  ck_assert (genre_recipe_check (recipe, NULL));
  ck_assert (genre_recipe_set (recipe, "training.balance=genres", NULL));
  ck_assert (!genre_recipe_check (recipe, NULL));
  ck_assert (!genre_recipe_set (recipe, "epochs=3", NULL));
  ck_assert (!genre_recipe_set (recipe, "training.epochs", NULL));
  ck_assert (!genre_recipe_set (recipe, "model.architecture=a\n[training]\nepochs=3", NULL));
}
END_TEST

START_TEST (representations_are_those_that_there_are)
{
  const GenreRepresentationTraits *traits;
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  for (guint i = 0; (traits = genre_representation_get_traits ((GenreRepresentation)i)); i++) {
    g_autofree char *setting = g_strconcat ("model.representation=", traits->name, NULL);
    ck_assert (genre_recipe_set (recipe, setting, NULL));
    ck_assert (genre_recipe_check (recipe, NULL));
  }
  ck_assert (genre_recipe_set (recipe, "model.representation=mfc", NULL));
  ck_assert (!genre_recipe_check (recipe, &error));
  ck_assert_str_eq (error->message,
                    "--set: model.representation is \"mfc\", expected \"mel\", \"linear\" or "
                    "\"mfcc\", or nothing; did you mean \"mfcc\"?");
}
END_TEST

START_TEST (architectures_become_networks)
{
  const char *const names[] = {"cnn", "resnet", "efficientnet", "timbre"};
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    for (guint depth = 1; depth <= 2; depth++) {
      g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
      g_autoptr (GError) error = NULL;
      g_free (recipe->architecture);
      recipe->architecture = g_strdup (names[i]);
      recipe->depth = depth;
      g_autofree char *description = genre_architecture_describe (recipe, 10, &error);
      ck_assert_msg (description, "%s", error ? error->message : "");
      g_autoptr (GenreNetwork) network = genre_network_new (description, 128, 128, 10, &error);
      ck_assert_msg (network, "%s: %s", names[i], error ? error->message : "");
    }
  }
}
END_TEST

START_TEST (unknown_architectures_and_widths_are_refused)
{
  const char *const settings[] = {"model.architecture=transformer",
                                  "model.widths=",
                                  "model.pools=",
                                  "model.pools=2x",
                                  "model.pools=2,2,2,2,2,2",
                                  "model.pools=2x16",
                                  "model.stem-stride=0",
                                  "model.stem-stride=1x2x3",
                                  "model.widths=3,x",
                                  "model.widths=0"};
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
    g_autoptr (GError) error = NULL;
    ck_assert (genre_recipe_set (recipe, settings[i], &error));
    ck_assert_ptr_null (genre_architecture_describe (recipe, 10, &error));
    ck_assert (g_error_matches (error, GENRE_ERROR, GENRE_ERROR_INVALID));
    ck_assert (g_str_has_prefix (error->message, "--set: "));
  }
}
END_TEST

/* Who sets one of two sees the other named as what nobody chose. */
START_TEST (what_does_not_fit_to_a_default_names_it_as_one)
{
  static const char *const pairs[][3] = {
      {"model.widths=8", "model.pools is \"2,2\", of 2 parts", "model.pools=2,2"},
      {"training.batch=9", "training.group is 8", "training.group=8"},
      {"model.segment-frames=32", "model.segment-step is 64", "model.segment-step=64"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    for (gboolean given = FALSE; given <= TRUE; given++) {
      g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
      g_autoptr (GError) error = NULL;
      g_autofree char *setting = g_strndup (pairs[i][2], strcspn (pairs[i][2], "="));
      g_autofree char *hint =
          g_strdup_printf ("; %s is from the default recipe: set it, too", setting);
      ck_assert (genre_recipe_parse (recipe, "[model]\npools=2,2\n", "default", NULL));
      recipe->given = 0;
      ck_assert (genre_recipe_set (recipe, pairs[i][0], NULL));
      ck_assert (!given || genre_recipe_set (recipe, pairs[i][2], NULL));
      g_autoptr (GenreRecipe) copy = genre_recipe_copy (recipe);
      g_autofree char *network = NULL;
      ck_assert (!genre_recipe_check (copy, &error) ||
                 !(network = genre_architecture_describe (copy, 10, &error)));
      ck_assert_msg (g_str_has_prefix (error->message, "--set: "), "%s", error->message);
      ck_assert_msg (strstr (error->message, pairs[i][1]), "%s", error->message);
      ck_assert_msg (g_str_has_suffix (error->message, hint) != given, "%s", error->message);
    }
}
END_TEST

/* What fits together badly is known only when all has been read. */
START_TEST (an_error_says_where_the_recipe_is_from)
{
  g_autofree char *folder = g_dir_make_tmp ("test-recipe-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "my.recipe", NULL);
  g_autofree char *set_as_well = g_strconcat (path, ", --set: training.group is 7", NULL);
  char *const no_settings[] = {NULL};
  char *const settings[] = {(char *)"training.epochs=3", (char *)"training.seed=4", NULL};
  GError *error = NULL;
  ck_assert (g_file_set_contents (path, "[training]\ngroup=7\n", -1, NULL));
  ck_assert_ptr_null (genre_recipe_compose (path, no_settings, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, path, "my.recipe: training.group is 7");
  ck_assert_ptr_null (genre_recipe_compose (path, settings, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, set_as_well, "expected a divisor");
  ck_assert (g_file_set_contents (path, "[model]\nwidths=0\n", -1, NULL));
  g_autoptr (GenreRecipe) recipe = genre_recipe_compose (path, no_settings, &error);
  g_autoptr (GenreRecipe) copy = genre_recipe_copy (recipe);
  ck_assert_ptr_null (genre_architecture_describe (copy, 10, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, path, "model.widths");
  g_unlink (path);
  g_rmdir (folder);
}
END_TEST

/* An hour lies between two folds, in which a file may change. */
START_TEST (a_description_that_is_kept_stays)
{
  g_autofree char *folder = g_dir_make_tmp ("test-recipe-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "net.json", NULL);
  g_autofree char *setting = g_strconcat ("model.architecture=", path, NULL);
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  GError *error = NULL;
  ck_assert (genre_architecture_keep (recipe, NULL)); /* of none */
  ck_assert_ptr_null (recipe->description);
  ck_assert (genre_recipe_set (recipe, setting, NULL));
  ck_assert (!genre_architecture_keep (recipe, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "net.json", "a file with a description");
  ck_assert (g_file_set_contents (path, "[1]", -1, NULL));
  ck_assert (genre_architecture_keep (recipe, NULL));
  ck_assert (g_file_set_contents (path, "[2]", -1, NULL));
  ck_assert (genre_architecture_keep (recipe, NULL));
  g_autoptr (GenreRecipe) copy = genre_recipe_copy (recipe);
  g_autofree char *kept = genre_architecture_describe (copy, 10, NULL);
  ck_assert_str_eq (kept, "[1]");
  ck_assert (genre_recipe_set (copy, setting, NULL));
  g_autofree char *read = genre_architecture_describe (copy, 10, NULL);
  ck_assert_str_eq (read, "[2]");
  g_unlink (path);
  g_rmdir (folder);
}
END_TEST

START_TEST (the_learning_rate_rises_and_falls_to_zero)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  recipe->learning_rate = 0.5;
  recipe->warm_up = 0.2;
  double before = 0;
  for (guint step = 0; step < 20; step++) {
    double rate = genre_optimizer_rate (recipe, step, 100);
    ck_assert_double_gt (rate, before);
    before = rate;
  }
  ck_assert_double_eq (genre_optimizer_rate (recipe, 20, 100), 0.5);
  ck_assert_double_eq_tol (genre_optimizer_rate (recipe, 60, 100), 0.25, 1e-12);
  ck_assert_double_lt (genre_optimizer_rate (recipe, 99, 100), 0.001);
}
END_TEST

/* AdamW written out in double, two steps, for a weight that decays and a bias that does not. */
START_TEST (steps_are_those_of_adamw)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreNetwork) network = genre_network_new (
      "[{\"type\":\"statistics-pool\"},{\"type\":\"dense\",\"outputs\":2}]", 4, 4, 2, &error);
  ck_assert_uint_eq (genre_network_get_n_parameters (network), 6); /* 2 × 2 weights, 2 biases */
  float *parameters = genre_network_get_parameters (network);
  double expected[6], average[6], first[6] = {0}, second[6] = {0};
  for (guint i = 0; i < 6; i++)
    expected[i] = average[i] = parameters[i] = 0.3 * i - 0.7;
  g_autoptr (GenreOptimizer) optimizer = genre_optimizer_new (network);
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  recipe->weight_decay = 0.1;
  recipe->average_decay = 0.5;
  for (guint t = 1; t <= 2; t++) {
    float gradient[6];
    for (guint i = 0; i < 6; i++)
      gradient[i] = sin (i + t);
    genre_optimizer_step (optimizer, recipe, 0.01, gradient);
    for (guint i = 0; i < 6; i++) {
      first[i] = 0.9 * first[i] + 0.1 * gradient[i];
      second[i] = 0.999 * second[i] + 0.001 * gradient[i] * gradient[i];
      double move =
          first[i] / (1 - pow (0.9, t)) / (sqrt (second[i] / (1 - pow (0.999, t))) + 1e-8);
      expected[i] -= 0.01 * (move + (i < 4 ? 0.1 * expected[i] : 0));
      average[i] += (1 - MIN (0.5, (1.0 + t) / (10.0 + t))) * (expected[i] - average[i]);
      ck_assert_float_eq_tol (parameters[i], expected[i], 1e-5);
      ck_assert_float_eq_tol (optimizer->average[i], average[i], 1e-5);
    }
  }
}
END_TEST

#define BANDS 12
#define CLIP_FRAMES 60
#define FRAMES 20

static GenreClip
ramp_clip (guint8 *levels)
{
  for (guint t = 0; t < CLIP_FRAMES; t++) {
    for (guint f = 0; f < BANDS; f++)
      levels[t * BANDS + f] = 2 * t + 10 * f;
  }
  return (GenreClip){.n_frames = CLIP_FRAMES, .levels = levels};
}

START_TEST (without_a_recipe_an_excerpt_is_the_clip_itself)
{
  guint8 levels[CLIP_FRAMES * BANDS];
  GenreClip clip = ramp_clip (levels);
  float decibels[FRAMES * BANDS];
  for (guint seed = 0; seed < 50; seed++) {
    GenreRandom random = genre_random_keyed (seed, 0, 0, 0);
    genre_augment_excerpt (NULL, &clip, GENRE_VIEW_ANY, BANDS, FRAMES, &random, decibels);
    guint first = lrintf ((decibels[0] + 80) * 255 / 80 / 2);
    ck_assert_uint_le (first, CLIP_FRAMES - FRAMES);
    for (guint i = 0; i < FRAMES * BANDS; i++)
      ck_assert_float_eq_tol (decibels[i], GENRE_LEVEL_DB (levels[first * BANDS + i]), 1e-4);
  }
}
END_TEST

static const char *const switches[] = {"stretch", "shift",       "equaliser", "band-limit",
                                       "noise",   "compression", "mastering", "fade"};

/* With everything off but one, that one changes the excerpt, the same way for the same draw. */
START_TEST (each_augmentation_can_be_switched)
{
  guint8 levels[CLIP_FRAMES * BANDS];
  GenreClip clip = ramp_clip (levels);
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  float off[FRAMES * BANDS], on[FRAMES * BANDS], again[FRAMES * BANDS];
  const double values[] = {0.3, 4, 6, 1, 1, 0.5, 1, 1};
  for (guint i = 0; i < G_N_ELEMENTS (switches); i++) {
    g_autofree char *set = g_strdup_printf ("augmentation.%s=0", switches[i]);
    ck_assert (genre_recipe_set (recipe, set, NULL));
  }
  clip.n_frames = FRAMES; /* so that there is one place only to take it from */
  GenreRandom random = genre_random_keyed (1, 0, 0, 0);
  genre_augment_excerpt (recipe, &clip, GENRE_VIEW_ANY, BANDS, FRAMES, &random, off);
  for (guint i = 0; i < FRAMES * BANDS; i++)
    ck_assert_float_eq_tol (off[i], GENRE_LEVEL_DB (levels[i]), 1e-4);
  g_autofree char *set = g_strdup_printf ("augmentation.%s=%g", switches[_i], values[_i]);
  ck_assert (genre_recipe_set (recipe, set, NULL));
  random = genre_random_keyed (1, 0, 0, 0);
  genre_augment_excerpt (recipe, &clip, GENRE_VIEW_ANY, BANDS, FRAMES, &random, on);
  random = genre_random_keyed (1, 0, 0, 0);
  genre_augment_excerpt (recipe, &clip, GENRE_VIEW_ANY, BANDS, FRAMES, &random, again);
  ck_assert_mem_ne (on, off, sizeof on);
  ck_assert_mem_eq (on, again, sizeof on);
  for (guint i = 0; i < FRAMES * BANDS; i++)
    ck_assert (isfinite (on[i]));
}
END_TEST

/* How far the highest band lies above the lowest, dB, the mean of many excerpts mastered so. */
static double
spread_of_bands (const char *compression)
{
  guint8 levels[CLIP_FRAMES * BANDS];
  GenreClip clip = ramp_clip (levels);
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  const guint n_excerpts = 50;
  double sum = 0;
  clip.n_frames = FRAMES;
  for (guint i = 0; i < G_N_ELEMENTS (switches); i++) {
    g_autofree char *set = g_strdup_printf ("augmentation.%s=0", switches[i]);
    ck_assert (genre_recipe_set (recipe, set, NULL));
  }
  ck_assert (genre_recipe_set (recipe, "augmentation.mastering=1", NULL));
  ck_assert (genre_recipe_set (recipe, compression, NULL));
  for (guint seed = 0; seed < n_excerpts; seed++) {
    float decibels[FRAMES * BANDS];
    GenreRandom random = genre_random_keyed (seed, 0, 0, 0);
    genre_augment_excerpt (recipe, &clip, GENRE_VIEW_ANY, BANDS, FRAMES, &random, decibels);
    for (guint t = 0; t < FRAMES; t++) {
      double spread = decibels[t * BANDS + BANDS - 1] - decibels[t * BANDS];
      ck_assert (isfinite (spread));
      sum += spread / (n_excerpts * FRAMES);
    }
  }
  return sum;
}

/* Limited bands stay about where they are against each other; those that share a threshold come
 * nearer. */
START_TEST (mastering_limits_bands_or_compresses_them)
{
  double before = GENRE_LEVEL_DB (10 * (BANDS - 1)) - GENRE_LEVEL_DB (0);
  double limited = spread_of_bands ("augmentation.mastering-compression=0");
  double half = spread_of_bands ("augmentation.mastering-compression=0.5");
  double compressed = spread_of_bands ("augmentation.mastering-compression=1");
  ck_assert_double_eq_tol (limited, before, 0.1 * before);
  ck_assert_double_lt (compressed, 0.85 * before);
  ck_assert_double_gt (half, compressed + 0.05 * before);
  ck_assert_double_lt (half, limited - 0.05 * before);
}
END_TEST

START_TEST (masks_are_as_wide_as_asked)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  recipe->masks = 1;
  recipe->frequency_mask = 3;
  recipe->time_mask = 5;
  gboolean widest = FALSE, none = FALSE;
  for (guint seed = 0; seed < 300; seed++) {
    float input[FRAMES * BANDS];
    guint columns = 0, rows = 0;
    for (guint i = 0; i < FRAMES * BANDS; i++)
      input[i] = 1;
    GenreRandom random = genre_random_keyed (seed, 0, 0, 0);
    genre_augment_mask (recipe, FRAMES, BANDS, &random, input);
    for (guint f = 0; f < BANDS; f++) {
      guint zeros = 0;
      for (guint t = 0; t < FRAMES; t++)
        zeros += input[t * BANDS + f] == 0;
      columns += zeros == FRAMES;
    }
    for (guint t = 0; t < FRAMES; t++) {
      guint zeros = 0;
      for (guint f = 0; f < BANDS; f++)
        zeros += input[t * BANDS + f] == 0;
      rows += zeros == BANDS;
    }
    ck_assert_uint_le (columns, 3);
    ck_assert_uint_le (rows, 5);
    widest |= columns == 3 && rows == 5;
    none |= columns == 0 && rows == 0;
  }
  ck_assert (widest && none);
}
END_TEST

/* Of a network that another model has begun nothing is said but what it hears. */
START_TEST (what_another_model_has_begun_keeps_no_network)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  ck_assert (genre_recipe_set (recipe, "model.architecture=resnet", NULL));
  ck_assert (genre_recipe_set (recipe, "model.dropout=0.5", NULL));
  ck_assert (genre_recipe_set (recipe, "training.epochs=7", NULL));
  genre_recipe_begin (recipe, 48, 24);
  g_autoptr (GenreRecipe) copy = genre_recipe_copy (recipe);
  g_autofree char *text = genre_recipe_to_text (copy);
  ck_assert (g_str_has_prefix (text, "[model]\nsegment-frames=48\nsegment-step=24\n[training]\n"
                                     "epochs=7\n"));
  g_autoptr (GenreRecipe) again = genre_recipe_new ();
  ck_assert (genre_recipe_parse (again, text, "text", NULL));
  ck_assert_uint_eq (again->segment_step, 24);
  ck_assert_str_eq (again->architecture, recipe->architecture);
  ck_assert_double_eq (again->dropout, recipe->dropout);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("recipe");
  Suite *suite = suite_create ("recipe");
  suite_add_tcase (suite, tests);
  tcase_add_test (tests, a_recipe_survives_being_written_and_read);
  tcase_add_test (tests, a_group_may_stand_there_twice_and_a_comment_says_nothing);
  tcase_add_loop_test (tests, a_faulty_recipe_is_refused_by_name, 0, G_N_ELEMENTS (faults));
  tcase_add_test (tests, settings_that_do_not_fit_together_are_refused);
  tcase_add_test (tests, what_another_model_has_begun_keeps_no_network);
  tcase_add_test (tests, representations_are_those_that_there_are);
  tcase_add_test (tests, architectures_become_networks);
  tcase_add_test (tests, unknown_architectures_and_widths_are_refused);
  tcase_add_test (tests, what_does_not_fit_to_a_default_names_it_as_one);
  tcase_add_test (tests, an_error_says_where_the_recipe_is_from);
  tcase_add_test (tests, a_description_that_is_kept_stays);
  tcase_add_test (tests, the_learning_rate_rises_and_falls_to_zero);
  tcase_add_test (tests, steps_are_those_of_adamw);
  tcase_add_test (tests, without_a_recipe_an_excerpt_is_the_clip_itself);
  tcase_add_loop_test (tests, each_augmentation_can_be_switched, 0, G_N_ELEMENTS (switches));
  tcase_add_test (tests, mastering_limits_bands_or_compresses_them);
  tcase_add_test (tests, masks_are_as_wide_as_asked);
  SRunner *runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  int failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
