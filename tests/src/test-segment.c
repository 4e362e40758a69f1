/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers come from fixtures/frontend.safetensors; fixtures/make_fixtures.py says who computed
 * them. */
#include "segment.h"

#include <math.h>
#include <string.h>

#include "random.h"
#include "safetensors.h"
#include "test.h"

#define FRAMES 6
#define BANDS 128
#define COEFFICIENTS 20

static GenreFrontEnd *
new_front_end (GenreRepresentation representation)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  config.representation = representation;
  if (representation == GENRE_REPRESENTATION_MFCC)
    config.coefficients = COEFFICIENTS;
  return genre_front_end_new (&config, NULL);
}

/* The fixture's frames, normalised, against its @name of (FRAMES, @features). */
static void
compare_with_numpy (GenreRepresentation representation, const char *name, guint features)
{
  g_autofree char *path = test_fixture ("frontend.safetensors");
  g_autoptr (GenreSafetensors) fixture = genre_safetensors_load (path, NULL);
  g_autoptr (GenreFrontEnd) front_end = new_front_end (representation);
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  guint n_dimensions;
  const float *mel = genre_safetensors_get_tensor (fixture, "mel", &n_dimensions, shape);
  const float *expected = genre_safetensors_get_tensor (fixture, name, &n_dimensions, shape);
  ck_assert_uint_eq (shape[0], FRAMES);
  ck_assert_uint_eq (shape[1], features);
  float input[FRAMES * BANDS];
  genre_segment_normalise (front_end, mel, FRAMES, input);
  for (guint i = 0; i < FRAMES * features; i++)
    ck_assert_float_eq_tol (input[i], expected[i], 1e-5f);
}

START_TEST (mel_segments_are_those_of_numpy)
{
  compare_with_numpy (GENRE_REPRESENTATION_MEL, "segment", BANDS);
}
END_TEST

START_TEST (mfcc_segments_are_those_of_scipy)
{
  compare_with_numpy (GENRE_REPRESENTATION_MFCC, "mfcc", COEFFICIENTS);
}
END_TEST

static void
fill (float *decibels, guint n, double low, double high)
{
  GenreRandom random = genre_random_keyed (1, 0, 0, 0);
  for (guint i = 0; i < n; i++)
    decibels[i] = (float)genre_random_range (&random, low, high);
}

START_TEST (mean_is_zero_and_variance_one)
{
  g_autoptr (GenreFrontEnd) front_end = new_front_end (GENRE_REPRESENTATION_MEL);
  double sum = 0, square = 0;
  float segment[64 * BANDS];
  fill (segment, G_N_ELEMENTS (segment), -90, 20);
  genre_segment_normalise (front_end, segment, 64, segment);
  for (guint i = 0; i < G_N_ELEMENTS (segment); i++) {
    sum += segment[i];
    square += segment[i] * segment[i];
  }
  ck_assert_double_eq_tol (sum / G_N_ELEMENTS (segment), 0, 1e-5);
  ck_assert_double_eq_tol (square / G_N_ELEMENTS (segment), 1, 1e-5);
}
END_TEST

START_TEST (loudness_does_not_matter)
{
  g_autoptr (GenreFrontEnd) front_end = new_front_end (GENRE_REPRESENTATION_MEL);
  float segment[8 * BANDS];
  fill (segment, G_N_ELEMENTS (segment), -40, 0);
  float louder[8 * BANDS];
  for (guint i = 0; i < G_N_ELEMENTS (segment); i++)
    louder[i] = segment[i] + 32;
  genre_segment_normalise (front_end, segment, 8, segment);
  genre_segment_normalise (front_end, louder, 8, louder);
  for (guint i = 0; i < G_N_ELEMENTS (segment); i++)
    ck_assert_float_eq_tol (segment[i], louder[i], 1e-5f);
}
END_TEST

START_TEST (what_lies_60_decibels_under_the_loudest_is_the_floor)
{
  g_autoptr (GenreFrontEnd) front_end = new_front_end (GENRE_REPRESENTATION_MEL);
  float segment[2 * BANDS];
  fill (segment, G_N_ELEMENTS (segment), -30, -1);
  segment[0] = 0;
  float floored[2 * BANDS];
  memcpy (floored, segment, sizeof segment);
  segment[7] = -60.001f;
  segment[8] = -1000;
  floored[7] = floored[8] = -60;
  genre_segment_normalise (front_end, segment, 2, segment);
  genre_segment_normalise (front_end, floored, 2, floored);
  ck_assert_mem_eq (segment, floored, sizeof segment);
}
END_TEST

/* Numbers that are no multiple of what a processor takes at once, the loudest being the last. */
START_TEST (the_loudest_may_be_the_last)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  enum { N = 3 * 17 };
  config.bands = 17;
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
  ck_assert_ptr_nonnull (front_end);
  float segment[N], floored[N];
  for (guint i = 0; i < N; i++) {
    segment[i] = i == N - 1 ? 0 : i % 2 ? -70 : -100;
    floored[i] = MAX (segment[i], -60);
  }
  genre_segment_normalise (front_end, segment, 3, segment);
  genre_segment_normalise (front_end, floored, 3, floored);
  ck_assert_mem_eq (segment, floored, sizeof segment);
}
END_TEST

/* As sums of what is constant leave them. */
START_TEST (rounding_is_not_sound)
{
  g_autoptr (GenreFrontEnd) front_end = new_front_end (GENRE_REPRESENTATION_MEL);
  float segment[4 * BANDS];
  for (guint i = 0; i < G_N_ELEMENTS (segment); i++)
    segment[i] = i % 2 ? 1e-5f : -1e-5f;
  genre_segment_normalise (front_end, segment, 4, segment);
  for (guint i = 0; i < G_N_ELEMENTS (segment); i++)
    ck_assert_float_eq (segment[i], 0);
}
END_TEST

START_TEST (a_constant_segment_becomes_zeros)
{
  const GenreRepresentation representations[] = {GENRE_REPRESENTATION_MEL,
                                                 GENRE_REPRESENTATION_MFCC};
  g_autoptr (GenreFrontEnd) front_end = new_front_end (representations[_i]);
  float segment[50 * BANDS];
  for (guint i = 0; i < G_N_ELEMENTS (segment); i++)
    segment[i] = -99.99998f;
  float input[50 * BANDS];
  genre_segment_normalise (front_end, segment, 50, input);
  for (guint i = 0; i < 50 * genre_front_end_get_features (front_end); i++)
    ck_assert_float_eq (input[i], 0);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("segment");
  tcase_add_test (tests, mel_segments_are_those_of_numpy);
  tcase_add_test (tests, mfcc_segments_are_those_of_scipy);
  tcase_add_test (tests, mean_is_zero_and_variance_one);
  tcase_add_test (tests, loudness_does_not_matter);
  tcase_add_test (tests, what_lies_60_decibels_under_the_loudest_is_the_floor);
  tcase_add_test (tests, the_loudest_may_be_the_last);
  tcase_add_test (tests, rounding_is_not_sound);
  tcase_add_loop_test (tests, a_constant_segment_becomes_zeros, 0, 2);
  return test_run ("segment", tests);
}
