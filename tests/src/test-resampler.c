/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monostream.h"
#include "resampler.h"

#include <math.h>
#include <string.h>

#include "test.h"

/* What comes out of @samples in pieces of @piece, until the last one has come out. */
static GArray *
resample (guint from_rate, guint to_rate, const float *samples, gsize n_samples, gsize piece)
{
  g_autoptr (GenreResampler) resampler = genre_resampler_new (from_rate, to_rate);
  const guint64 total = ((guint64)n_samples * to_rate + from_rate - 1) / from_rate;
  const gsize all = n_samples + genre_resampler_get_delay (resampler) + 1;
  GArray *result = g_array_new (FALSE, FALSE, sizeof (float));
  for (gsize done = 0; done < all;) {
    const gboolean silence = done >= n_samples;
    const gsize n = MIN (piece, (silence ? all : n_samples) - done);
    const float *out;
    gsize n_out = genre_resampler_push (resampler, silence ? NULL : samples + done, n, &out);
    g_array_append_vals (result, out, n_out);
    done += n;
  }
  ck_assert_uint_ge (result->len, total);
  g_array_set_size (result, total);
  return result;
}

static float *
make_tone (guint rate, double frequency, gsize n)
{
  float *tone = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    tone[i] = (float)sin (2.0 * G_PI * frequency * i / rate);
  return tone;
}

/* Gain in dB of a tone on its way from one rate to the other. */
static double
measure_gain (guint from_rate, guint to_rate, double frequency)
{
  g_autofree float *tone = make_tone (from_rate, frequency, from_rate);
  g_autoptr (GArray) out = resample (from_rate, to_rate, tone, from_rate, 1000);
  const guint edge = out->len / 10;
  double power = 0.0;
  for (guint i = edge; i < out->len - edge; i++)
    power += pow (g_array_index (out, float, i), 2) / (out->len - 2 * edge);
  return 10.0 * log10 (2.0 * power + 1e-15);
}

START_TEST (response_is_flat_and_what_would_fold_is_60_db_down)
{
  static const guint rates[][2] = {{44100, 22050}, {48000, 22050}, {32000, 22050},
                                   {96000, 22050}, {44101, 22050}, {44100, 16000},
                                   {8000, 22050},  {16000, 22050}, {22050, 11025}};
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    const guint from = rates[r][0], to = rates[r][1];
    const double nyquist = MIN (from, to) / 2.0; /* the table in resampler.h is for 11,025 Hz */
    for (double hz = 200.0; hz <= 10600.0; hz += 260.0) {
      const double gain = measure_gain (from, to, hz * nyquist / 11025.0);
      ck_assert_msg (fabs (gain) < 0.03, "%u to %u: %g dB at %g Hz", from, to, gain,
                     hz * nyquist / 11025.0);
    }
    for (double hz = 11500.0 * nyquist / 11025.0; hz < from / 2.0; hz += nyquist * 0.0137) {
      const double gain = measure_gain (from, to, hz);
      ck_assert_msg (gain < -62.0, "%u to %u: %g dB at %g Hz", from, to, gain, hz);
    }
  }
}
END_TEST

/* The table in resampler.h. */
START_TEST (the_cutoff_is_where_the_header_says)
{
  static const guint rates[] = {44100, 48000};
  static const double gains[][2] = {
      {10800, -0.91}, {11000, -5.12}, {11200, -15.78}, {11400, -40.77}};
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    for (guint i = 0; i < G_N_ELEMENTS (gains); i++) {
      const double gain = measure_gain (rates[r], 22050, gains[i][0]);
      ck_assert_msg (fabs (gain - gains[i][1]) < 0.05, "%u Hz: %g dB at %g Hz, not %g", rates[r],
                     gain, gains[i][0], gains[i][1]);
    }
  }
}
END_TEST

/* Upwards, nothing appears above the old Nyquist frequency. */
START_TEST (images_are_60_db_down)
{
  g_autofree float *tone = make_tone (8000, 3500.0, 8000);
  g_autoptr (GArray) out = resample (8000, 22050, tone, 8000, 777);
  double re = 0.0, im = 0.0, weights = 0.0;
  for (guint i = 2000; i < 20000; i++) { /* a look at 4,500 Hz through Hann's window */
    const double weight = 1.0 - cos (2.0 * G_PI * (i - 2000) / 18000.0);
    re += weight * g_array_index (out, float, i) * cos (2.0 * G_PI * 4500.0 * i / 22050.0);
    im += weight * g_array_index (out, float, i) * sin (2.0 * G_PI * 4500.0 * i / 22050.0);
    weights += weight / 2.0;
  }
  ck_assert_double_lt (20.0 * log10 (hypot (re, im) / weights + 1e-12), -60.0);
}
END_TEST

START_TEST (output_k_is_the_sound_at_its_time)
{
  static const guint rates[] = {4000,  8000,  11025, 16000, 22051, 24000,  32000, 37800,
                                44100, 44101, 48000, 88200, 96000, 192000, 384000};
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    g_autofree float *tone = make_tone (rates[r], 441.0, rates[r]);
    g_autoptr (GArray) out = resample (rates[r], 22050, tone, rates[r], 1024);
    ck_assert_uint_eq (out->len, 22050);
    for (guint i = 1000; i < out->len - 1000; i++)
      ck_assert_msg (fabs (g_array_index (out, float, i) - sin (2.0 * G_PI * 441.0 * i / 22050.0)) <
                         0.001,
                     "%u Hz: sample %u is %g", rates[r], i, g_array_index (out, float, i));
  }
}
END_TEST

START_TEST (pieces_make_no_difference)
{
  static const gsize pieces[] = {1, 2, 7, 441, 1023};
  static const guint rates[] = {4000, 16000, 44100, 44101, 48000, 384000};
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    g_autofree float *tone = make_tone (rates[r], 1234.5, 20001);
    g_autoptr (GArray) expected = resample (rates[r], 22050, tone, 20001, 1024);
    for (guint p = 0; p < G_N_ELEMENTS (pieces); p++) {
      g_autoptr (GArray) out = resample (rates[r], 22050, tone, 20001, pieces[p]);
      ck_assert_uint_eq (out->len, expected->len);
      ck_assert_msg (memcmp (out->data, expected->data, out->len * sizeof (float)) == 0,
                     "%u Hz in pieces of %u", rates[r], (guint)pieces[p]);
    }
  }
}
END_TEST

START_TEST (after_reset_nothing_is_left)
{
  static const guint rates[] = {44100, 48000};
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    g_autoptr (GenreResampler) resampler = genre_resampler_new (rates[r], 22050);
    g_autofree float *loud = make_tone (rates[r], 3000.0, 1001);
    const float *out;
    gsize n_out = genre_resampler_push (resampler, loud, 1001, &out);
    g_autofree float *first = g_memdup2 (out, n_out * sizeof *out);
    genre_resampler_reset (resampler);
    ck_assert_uint_eq (genre_resampler_push (resampler, loud, 1001, &out), n_out);
    ck_assert_mem_eq (out, first, n_out * sizeof *out);
    genre_resampler_reset (resampler);
    n_out = genre_resampler_push (resampler, NULL, 1001, &out);
    for (gsize i = 0; i < n_out; i++)
      ck_assert_float_eq (out[i], 0.0f);
  }
}
END_TEST

static void
count (const float *samples, gsize n_samples, gpointer user_data)
{
  for (gsize i = 0; i < n_samples; i++)
    ck_assert_float_le (fabsf (samples[i]), 1.5f);
  *(guint64 *)user_data += n_samples;
}

START_TEST (a_song_is_as_long_as_it_was)
{
  const guint rates[] = {22050, 44100, 48000, 8000, 11025, 192000, 44099};
  const gsize lengths[] = {0, 1, 2, 1023, 12345};
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    guint64 n_out = 0, expected = 0;
    g_autoptr (GenreMonoStream) stream = genre_mono_stream_new (rates[r], 22050, count, &n_out);
    for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
      float samples[1000];
      for (guint j = 0; j < G_N_ELEMENTS (samples); j++)
        samples[j] = sinf (0.01f * j);
      for (gsize at = 0; at < lengths[i]; at += G_N_ELEMENTS (samples))
        genre_mono_stream_push (stream, samples, MIN (G_N_ELEMENTS (samples), lengths[i] - at));
      ck_assert_uint_eq (genre_mono_stream_get_in (stream), lengths[i]);
      genre_mono_stream_finish (stream);
      ck_assert_uint_eq (genre_mono_stream_get_in (stream), 0);
      expected += (lengths[i] * 22050 + rates[r] - 1) / rates[r];
      ck_assert_uint_eq (n_out, expected);
    }
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("resampler");
  tcase_add_test (tests, response_is_flat_and_what_would_fold_is_60_db_down);
  tcase_add_test (tests, the_cutoff_is_where_the_header_says);
  tcase_add_test (tests, images_are_60_db_down);
  tcase_add_test (tests, output_k_is_the_sound_at_its_time);
  tcase_add_test (tests, pieces_make_no_difference);
  tcase_add_test (tests, after_reset_nothing_is_left);
  tcase_add_test (tests, a_song_is_as_long_as_it_was);
  return test_run ("resampler", tests);
}
