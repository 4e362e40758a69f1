/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "measuring/conditions.h"
#include <math.h>
#include <string.h>
#include "random.h"
#include "support.h"

#define BANDS 128
#define FRAMES 40

static guint
find (const char *name)
{
  for (guint i = 0; i < genre_conditions_get_count (); i++)
    if (g_str_equal (genre_conditions_get_name (i), name))
      return i;
  ck_abort_msg ("there is no condition \"%s\"", name);
  return 0;
}

static void
apply (const char *name, guint64 key, float *decibels)
{
  const GenreFrontEndConfig front_end = genre_front_end_config_default ();
  g_autoptr (GenreConditions) conditions = genre_conditions_new (&front_end);
  genre_conditions_apply (conditions, find (name), key, decibels, FRAMES);
}

static void
fill (float *decibels, guint first, guint frames, float value)
{
  for (guint i = first * BANDS; i < (first + frames) * BANDS; i++)
    decibels[i] = value;
}

/* Corner @n of the default front end's bands in Hz, n from 0 to 129: by Slaney's formula, as if
 * nobody had written a filter bank. Band f lies around corner f + 1. */
static double
corner (double n)
{
  double top = 15 + 27 * log (11.025) / log (6.4), mel = n * top / (BANDS + 1);
  return mel < 15 ? mel / 0.015 : 1000 * pow (6.4, (mel - 15) / 27);
}

static guint
band_at (double frequency)
{
  guint f = 0;
  while (f + 1 < BANDS && corner (f + 2) <= frequency)
    f++;
  return f;
}

/* What the condition adds to a steady sound at @frequency. */
static double
gain_at (const float *flat, double frequency)
{
  return flat[band_at (frequency)] + 30;
}

static const struct {
  const char *name;
  double frequency, gain, tolerance;
} gains[] = {
    {"20 dB louder", 60, 20, 0.01},
    {"20 dB louder", 9000, 20, 0.01},
    {"20 dB softer, noise floor stays", 3000, -20, 0.01},
    {"tilt, treble +6 dB, bass -6 dB", 50, -6, 0.3},
    {"tilt, treble +6 dB, bass -6 dB", 1000, 0, 0.3},
    {"tilt, treble +6 dB, bass -6 dB", 10000, 6, 0.3},
    {"tilt, treble -6 dB, bass +6 dB", 50, 6, 0.3},
    {"tilt, treble -6 dB, bass +6 dB", 10000, -6, 0.3},
    {"bass +6 dB", 25, 5.9, 0.2},
    {"bass +6 dB", 5000, 0, 0.1},
    {"bass -6 dB", 25, -5.9, 0.2},
    {"treble +6 dB", 100, 0, 0.1},
    {"treble +6 dB", 10500, 5.57, 0.1},
    {"treble -6 dB", 10500, -5.57, 0.1},
    {"nothing above 4 kHz (rate 8 kHz)", 3700, 0, 0.01},
    {"nothing above 4 kHz (rate 8 kHz)", 4300, -50, 0.01},
    {"nothing above 8 kHz (rate 16 kHz)", 7500, 0, 0.01},
    {"nothing above 8 kHz (rate 16 kHz)", 8700, -50, 0.01},
    {"100 to 8,000 Hz", 60, -20, 4},
    {"100 to 8,000 Hz", 1000, 0, 0.01},
    {"100 to 8,000 Hz", 10500, -9.6, 1},
};

START_TEST (filters_have_their_response)
{
  float decibels[FRAMES * BANDS];
  fill (decibels, 0, FRAMES, -30);
  apply (gains[_i].name, 0, decibels);
  double gain = gain_at (decibels, gains[_i].frequency);
  ck_assert_msg (fabs (gain - gains[_i].gain) <= gains[_i].tolerance,
                 "%s: %.2f dB at %g Hz, %.2f expected", gains[_i].name, gain, gains[_i].frequency,
                 gains[_i].gain);
  ck_assert_float_eq (decibels[BANDS], decibels[0]); /* all frames alike */
}
END_TEST

START_TEST (the_stored_floor_rises_but_never_falls)
{
  float decibels[FRAMES * BANDS];
  fill (decibels, 0, FRAMES, -80);
  apply ("20 dB louder", 0, decibels);
  ck_assert_float_eq_tol (decibels[0], -60, 1e-4);
  fill (decibels, 0, FRAMES, -70);
  apply ("20 dB softer, noise floor stays", 0, decibels);
  ck_assert_float_eq_tol (decibels[0], -80, 1e-4);
}
END_TEST

START_TEST (whatever_happens_is_finite_and_above_the_floor)
{
  float decibels[FRAMES * BANDS];
  GenreRandom random = genre_random_keyed (3, _i, 0, 0);
  for (guint i = 0; i < FRAMES * BANDS; i++)
    decibels[i] = genre_random_range (&random, -80, 0);
  apply (genre_conditions_get_name (_i), 1, decibels);
  for (guint i = 0; i < FRAMES * BANDS; i++)
    ck_assert_msg (decibels[i] >= -80 && decibels[i] <= 20, "%s: %g dB",
                   genre_conditions_get_name (_i), decibels[i]);
}
END_TEST

/* Half of the frames flat at 0 dB, half silent: mean −3 dB, noise at −23 dB, seen where it is
 * silent. */
static void
make_noise (const char *name, guint64 key, float *decibels)
{
  fill (decibels, 0, FRAMES / 2, 0);
  fill (decibels, FRAMES / 2, FRAMES / 2, -80);
  apply (name, key, decibels);
}

static double
mean_of_band (const float *decibels, guint band)
{
  double sum = 0;
  for (guint t = FRAMES / 2; t < FRAMES; t++)
    sum += decibels[t * BANDS + band];
  return sum / (FRAMES / 2);
}

START_TEST (noise_is_so_far_below_the_music)
{
  static const char *names[] = {"white noise, 20 dB below", "pink noise, 20 dB below"};
  float decibels[FRAMES * BANDS];
  double power = 0;
  make_noise (names[_i], 7, decibels);
  for (guint f = 0; f < BANDS; f++) {
    double width = (corner (f + 2) - corner (f)) / 2;
    power += width * exp10 (mean_of_band (decibels, f) / 10);
  }
  ck_assert_double_eq_tol (10 * log10 (power / 11025), -23, 0.5);
  ck_assert_float_eq_tol (decibels[60], 0, 0.5); /* the music is hardly touched */
  double fall = mean_of_band (decibels, band_at (300)) - mean_of_band (decibels, band_at (3000));
  ck_assert_double_eq_tol (fall, _i == 0 ? 0 : 10, 1.5);
}
END_TEST

START_TEST (noise_depends_on_the_key_alone)
{
  float a[FRAMES * BANDS], b[FRAMES * BANDS], c[FRAMES * BANDS];
  make_noise ("pink noise, 20 dB below", 7, a);
  make_noise ("pink noise, 20 dB below", 7, b);
  make_noise ("pink noise, 20 dB below", 8, c);
  ck_assert_mem_eq (a, b, sizeof a);
  ck_assert_mem_ne (a, c, sizeof a);
}
END_TEST

/* 40 dB apart, the threshold in their middle: 4:1 leaves 20 + 20 / 4. */
START_TEST (a_compressor_turns_loud_frames_down)
{
  float decibels[FRAMES * BANDS];
  fill (decibels, 0, 10, -50);
  fill (decibels, 10, 2, -10);
  fill (decibels, 12, FRAMES - 12, -50);
  apply ("compressor 4:1", 0, decibels);
  ck_assert_float_eq_tol (decibels[0], -50, 1e-3);
  ck_assert_float_eq_tol (decibels[10 * BANDS], -25, 1e-3);
  /* 914 / 22050 s later, e^(−0.041 / 0.3) of the 15 dB is left */
  ck_assert_float_eq_tol (decibels[12 * BANDS], -50 - 15 * exp (-914 / 22050.0 / 0.3), 1e-3);
  ck_assert_float_eq_tol (decibels[(FRAMES - 1) * BANDS], -50, 0.5);
}
END_TEST

START_TEST (a_multi_band_compressor_flattens)
{
  float decibels[FRAMES * BANDS];
  fill (decibels, 0, FRAMES / 2, -10);
  fill (decibels, FRAMES / 2, FRAMES / 2, -50);
  apply ("multi-band compressor, 20 % flatter", 0, decibels);
  ck_assert_float_eq_tol (decibels[0], -14, 1e-3);
  ck_assert_float_eq_tol (decibels[(FRAMES - 1) * BANDS], -46, 1e-3);
}
END_TEST

/* Loud and soft frames come nearer to each other, in every group of bands. */
START_TEST (mastering_leaves_little_of_loud_and_soft)
{
  float decibels[FRAMES * BANDS];
  for (guint i = 0; i < FRAMES * BANDS; i++)
    decibels[i] = i / BANDS % 4 == 0 ? -20 : -45;
  apply ("mastered: five bands limited, then all", 1, decibels);
  for (guint f = 0; f < BANDS; f += 7) {
    float loud = decibels[(FRAMES - 4) / 4 * 4 * BANDS + f],
          soft = decibels[((FRAMES - 4) / 4 * 4 + 3) * BANDS + f];
    ck_assert_float_gt (loud - soft, 1);
    ck_assert_float_lt (loud - soft, 18);
  }
}
END_TEST

/* Steady sound of bass at 0 dB, all else at -60: bands that share their thresholds bring treble
 * nearer by what the quiet may be raised, 12 dB, and what the loud falls. */
START_TEST (compressed_bands_bring_up_what_is_quiet)
{
  float decibels[FRAMES * BANDS];
  guint bass = band_at (75), treble = band_at (8000);
  fill (decibels, 0, FRAMES, -60);
  for (guint t = 0; t < FRAMES; t++)
    decibels[t * BANDS + bass] = 0;
  apply ("mastered: four bands compressed, all limited", 1, decibels);
  ck_assert_float_eq_tol (decibels[bass] - decibels[treble], 60 - 12 - 1, 0.2);
  ck_assert_float_eq_tol (decibels[(FRAMES - 1) * BANDS + bass], decibels[bass], 1e-3);
}
END_TEST

START_TEST (other_front_ends_have_other_bands)
{
  const GenreFrontEndConfig linear = {.representation = GENRE_REPRESENTATION_LINEAR,
                                      .rate = 16000,
                                      .fft_size = 512,
                                      .hop = 256,
                                      .bands = 80,
                                      .max_frequency = 8000};
  g_autoptr (GenreConditions) conditions = genre_conditions_new (&linear);
  float decibels[80] = {0};
  genre_conditions_apply (conditions, find ("nothing above 4 kHz (rate 8 kHz)"), 0, decibels, 1);
  ck_assert_float_eq_tol (decibels[38], 0, 1e-3);
  ck_assert_float_eq_tol (decibels[41], -80, 1e-3);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("conditions");
  tcase_add_loop_test (tests, filters_have_their_response, 0, G_N_ELEMENTS (gains));
  tcase_add_test (tests, the_stored_floor_rises_but_never_falls);
  tcase_add_loop_test (tests, whatever_happens_is_finite_and_above_the_floor, 0,
                       (int)genre_conditions_get_count ());
  tcase_add_loop_test (tests, noise_is_so_far_below_the_music, 0, 2);
  tcase_add_test (tests, noise_depends_on_the_key_alone);
  tcase_add_test (tests, a_compressor_turns_loud_frames_down);
  tcase_add_test (tests, a_multi_band_compressor_flattens);
  tcase_add_test (tests, mastering_leaves_little_of_loud_and_soft);
  tcase_add_test (tests, compressed_bands_bring_up_what_is_quiet);
  tcase_add_test (tests, other_front_ends_have_other_bands);
  return test_run ("conditions", tests);
}
