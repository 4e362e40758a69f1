/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers come from fixtures/frontend.safetensors; fixtures/make_fixtures.py says who computed
 * them. */
#include "frontend.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "decibels.h"
#include "frontend-private.h"
#include "frontendjson.h"
#include "representation.h"
#include "safetensors.h"
#include "test.h"

static GenreSafetensors *
load_fixture (void)
{
  g_autofree char *path = test_fixture ("frontend.safetensors");
  g_autoptr (GError) error = NULL;
  GenreSafetensors *fixture = genre_safetensors_load (path, &error);
  ck_assert_msg (fixture, "%s", error ? error->message : "");
  return fixture;
}

static const float *
get_values (const GenreSafetensors *fixture, const char *name, gsize *n)
{
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  guint n_dimensions;
  const float *values = genre_safetensors_get_tensor (fixture, name, &n_dimensions, shape);
  ck_assert_msg (values, "no %s", name);
  ck_assert_uint_eq (n_dimensions, 1);
  *n = shape[0];
  return values;
}

static JsonObject *
parse (const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  ck_assert_ptr_nonnull (node);
  return json_object_ref (json_node_get_object (node));
}

/* ---- numbers ---- */

START_TEST (window_is_that_of_scipy)
{
  g_autoptr (GenreSafetensors) fixture = load_fixture ();
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
  gsize n;
  const float *window = get_values (fixture, "window", &n);
  ck_assert_uint_eq (n, config.fft_size);
  for (gsize i = 0; i < n; i++)
    ck_assert_float_eq_tol (front_end->window[i], window[i], 1e-7f);
}
END_TEST

static const struct {
  const char *name;
  guint rate, fft_size, bands;
  double low, high;
} banks[] = {
    {"mel-default", 22050, 2048, 128, 0, 11025},
    {"mel-other", 44100, 1024, 40, 20, 8000},
};

/* (bands, bins): what each band makes of a power spectrum that is 1 in one bin. */
static float *
measure_bank (const GenreFilterBank *bank, guint bands, guint bins)
{
  float *weights = g_new (float, (gsize)bands *bins);
  g_autofree float *power = g_new0 (float, bins + GENRE_FILTER_BANK_PADDING);
  g_autofree float *output = g_new (float, bands);
  for (guint k = 0; k < bins; k++) {
    power[k] = 1;
    genre_filter_bank_apply (bank, power, output);
    power[k] = 0;
    for (guint b = 0; b < bands; b++)
      weights[(gsize)b * bins + k] = output[b];
  }
  return weights;
}

START_TEST (mel_filter_bank_is_that_of_torchaudio)
{
  g_autoptr (GenreSafetensors) fixture = load_fixture ();
  guint bands = banks[_i].bands, bins = banks[_i].fft_size / 2 + 1;
  g_autofree char *row_name = g_strdup_printf ("%s.row", banks[_i].name);
  g_autofree char *column_name = g_strdup_printf ("%s.column", banks[_i].name);
  g_autofree char *value_name = g_strdup_printf ("%s.value", banks[_i].name);
  gsize n;
  const float *rows = get_values (fixture, row_name, &n);
  const float *columns = get_values (fixture, column_name, &n);
  const float *values = get_values (fixture, value_name, &n);
  g_autofree float *expected = g_new0 (float, bands *bins);
  g_autoptr (GenreFilterBank) bank = genre_filter_bank_new_mel (
      banks[_i].rate, banks[_i].fft_size, bands, banks[_i].low, banks[_i].high);
  g_autofree float *weights = measure_bank (bank, bands, bins);
  float peak = 0, worst = 0;
  for (gsize i = 0; i < n; i++) {
    expected[(gsize)rows[i] * bins + (gsize)columns[i]] = values[i];
    peak = MAX (peak, values[i]);
  }
  for (gsize i = 0; i < (gsize)bands * bins; i++)
    worst = MAX (worst, fabsf (weights[i] - expected[i]));
  ck_assert_msg (worst <= 1e-6f * peak, "off by %g of a peak of %g", worst, peak);
}
END_TEST

START_TEST (every_mel_band_has_an_area_of_one)
{
  g_autoptr (GenreFilterBank) bank = genre_filter_bank_new_mel (22050, 16384, 20, 100, 10000);
  g_autofree float *weights = measure_bank (bank, 20, 8193);
  for (guint b = 0; b < 20; b++) {
    double area = 0;
    for (guint k = 0; k < 8193; k++)
      area += weights[b * 8193 + k] * 22050.0 / 16384;
    ck_assert_double_eq_tol (area, 1, 1e-3);
  }
}
END_TEST

START_TEST (as_many_linear_bands_as_bins_change_nothing)
{
  g_autoptr (GenreFilterBank) bank = genre_filter_bank_new_linear (22050, 64, 33, 0, 11025);
  float power[33 + GENRE_FILTER_BANK_PADDING] = {0};
  for (guint k = 0; k < 33; k++)
    power[k] = 1 + 3.7f * k;
  float output[33];
  genre_filter_bank_apply (bank, power, output);
  for (guint k = 0; k < 33; k++)
    ck_assert_float_eq (output[k], power[k]);
}
END_TEST

START_TEST (a_linear_band_is_the_mean_of_its_bins)
{
  /* Bins lie 100 Hz apart: 10 to 14 are in the first band, 15 to 20 in the last, with its end. */
  g_autoptr (GenreFilterBank) bank = genre_filter_bank_new_linear (6400, 64, 2, 1000, 2000);
  float power[33 + GENRE_FILTER_BANK_PADDING] = {0}, output[2];
  for (guint k = 0; k < 33; k++)
    power[k] = k;
  genre_filter_bank_apply (bank, power, output);
  ck_assert_float_eq_tol (output[0], 12, 1e-5f);
  ck_assert_float_eq_tol (output[1], 17.5f, 1e-5f);
}
END_TEST

START_TEST (a_linear_band_between_bins_is_its_nearest_bin)
{
  g_autoptr (GenreFilterBank) bank = genre_filter_bank_new_linear (6400, 64, 4, 1010, 1090);
  float power[33 + GENRE_FILTER_BANK_PADDING] = {0};
  for (guint k = 0; k < 33; k++)
    power[k] = k;
  float output[4];
  genre_filter_bank_apply (bank, power, output);
  ck_assert_float_eq (output[0], 10);
  ck_assert_float_eq (output[1], 10);
  ck_assert_float_eq (output[2], 11);
  ck_assert_float_eq (output[3], 11);
}
END_TEST

START_TEST (decibels_are_a_thousandth_off_at_most)
{
  for (guint32 bits = 0; bits < 0x7f800000; bits += 9973) {
    float power;
    memcpy (&power, &bits, sizeof power);
    double expected = 10 * log10 (fmax (power, 1e-10));
    float found = genre_decibels (power);
    ck_assert_msg (fabs (found - expected) < 1e-4, "%g: %g dB, expected %g", power, found,
                   expected);
  }
  ck_assert_float_eq (genre_decibels (1), 0);
}
END_TEST

/* ---- configuration ---- */

/* The default with the members of the JSON object @changes. */
static JsonObject *
default_with (const char *changes)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  JsonObject *object = genre_front_end_config_to_json (&config);
  g_autoptr (JsonObject) other = parse (changes);
  JsonObjectIter iter;
  json_object_iter_init (&iter, other);
  const char *name;
  JsonNode *node;
  while (json_object_iter_next (&iter, &name, &node))
    json_object_set_member (object, name, json_node_copy (node));
  return object;
}

static const struct {
  const char *changes;
  const char *fault;
} ranges[] = {
    {"{\"rate\": 3999}", "\"rate\" is 3999, expected 4000 to 384000"},
    {"{\"rate\": 384001}", "\"rate\" is 384001"},
    {"{\"fft-size\": 1000}", "\"fft-size\" is 1000, expected a power of two"},
    {"{\"fft-size\": 32768}", "\"fft-size\" is 32768"},
    {"{\"fft-size\": 32}", "\"fft-size\" is 32,"},
    {"{\"hop\": 0}", "\"hop\" is 0"},
    {"{\"hop\": 22}", "\"hop\" is 22 at rate 22050, 1002 frames a second, expected at most 1000"},
    {"{\"hop\": 2049}", "\"hop\" is 2049, expected 1 to 2048"},
    {"{\"bands\": 0}", "\"bands\" is 0"},
    {"{\"bands\": 1026}", "\"bands\" is 1026"},
    {"{\"representation\": \"linear\", \"fft-size\": 64, \"hop\": 64, \"bands\": 34}",
     "\"bands\" is 34, expected 1 to 33"},
    {"{\"coefficients\": 13}", "\"coefficients\" is 13, expected 0 to 0"},
    {"{\"representation\": \"mfcc\"}", "\"coefficients\" is 0, expected 1 to 128"},
    {"{\"representation\": \"mfcc\", \"coefficients\": 129}", "\"coefficients\" is 129"},
    {"{\"min-frequency\": -1}", "-1 to 11025 Hz"},
    {"{\"max-frequency\": 11025.5}", "expected a range inside 0 to 11025 Hz"},
    {"{\"min-frequency\": 500, \"max-frequency\": 500}", "500 to 500 Hz"},
    {"{\"min-frequency\": 500, \"max-frequency\": 400}", "500 to 400 Hz"},
};

START_TEST (values_out_of_range_are_refused)
{
  g_autoptr (JsonObject) object = default_with (ranges[_i].changes);
  GenreFrontEndConfig config;
  ck_assert (genre_front_end_config_from_json (&config, object, NULL));
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_front_end_new (&config, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "front-end", ranges[_i].fault);
}
END_TEST

START_TEST (what_json_cannot_say_is_refused_too)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  config.max_frequency = NAN;
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_front_end_new (&config, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "nan");
  config = genre_front_end_config_default ();
  config.representation = (GenreRepresentation)3;
  ck_assert_ptr_null (genre_front_end_new (&config, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "representation 3");
}
END_TEST

START_TEST (the_largest_front_end_works)
{
  GenreFrontEndConfig config = {
      GENRE_REPRESENTATION_MFCC, 384000, 16384, 384, 1025, 1025, 0, 192000};
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&config, NULL);
  ck_assert_ptr_nonnull (front_end);
  ck_assert_uint_eq (genre_front_end_get_features (front_end), 1025);
}
END_TEST

START_TEST (features_are_coefficients_or_bands)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autoptr (GenreFrontEnd) mel = genre_front_end_new (&config, NULL);
  config.representation = GENRE_REPRESENTATION_MFCC;
  config.coefficients = 20;
  g_autoptr (GenreFrontEnd) mfcc = genre_front_end_new (&config, NULL);
  ck_assert_uint_eq (genre_front_end_get_features (mel), 128);
  ck_assert_uint_eq (genre_front_end_get_features (mfcc), 20);
}
END_TEST

/* Each representation has its name, and is stored as one that is stored as itself. */
START_TEST (what_is_stored_has_no_coefficients_of_what_is_not)
{
  const GenreRepresentationTraits *traits;
  for (guint i = 0; (traits = genre_representation_get_traits ((GenreRepresentation)i)); i++) {
    GenreFrontEndConfig config = genre_front_end_config_default (), again;
    config.representation = (GenreRepresentation)i;
    config.coefficients = traits->is_cepstral ? 20 : 0;
    const GenreFrontEndConfig stored = genre_front_end_config_as_stored (&config);
    again = genre_front_end_config_as_stored (&stored);
    ck_assert (genre_front_end_config_equal (&stored, &again));
    ck_assert_int_eq (stored.representation, traits->stored_as);
    ck_assert_uint_eq (stored.coefficients, 0);
    ck_assert_uint_eq (stored.bands, config.bands);
    GenreRepresentation found;
    ck_assert (genre_representation_from_name (traits->name, &found));
    ck_assert_int_eq (found, config.representation);
  }
}
END_TEST

START_TEST (json_keeps_every_value)
{
  GenreFrontEndConfig config = {GENRE_REPRESENTATION_MFCC, 48000, 4096, 777, 64, 20, 27.5, 1e4 / 3};
  g_autoptr (JsonObject) object = genre_front_end_config_to_json (&config);
  GenreFrontEndConfig back;
  ck_assert (genre_front_end_config_from_json (&back, object, NULL));
  ck_assert (genre_front_end_config_equal (&config, &back));
}
END_TEST

START_TEST (json_of_the_header_is_the_default)
{
  GenreFrontEndConfig expected = genre_front_end_config_default ();
  g_autoptr (JsonObject) object = parse (
      "{\"representation\": \"mel\", \"rate\": 22050, \"fft-size\": 2048, \"hop\": 914,"
      " \"bands\": 128, \"coefficients\": 0, \"min-frequency\": 0, \"max-frequency\": 11025}");
  GenreFrontEndConfig config;
  ck_assert (genre_front_end_config_from_json (&config, object, NULL));
  ck_assert (genre_front_end_config_equal (&config, &expected));
}
END_TEST

START_TEST (every_difference_counts)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  GenreFrontEndConfig other;
  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++) {
    g_autoptr (JsonObject) object = default_with (ranges[i].changes);
    ck_assert (genre_front_end_config_from_json (&other, object, NULL));
    ck_assert_msg (!genre_front_end_config_equal (&config, &other), "%s", ranges[i].changes);
  }
}
END_TEST

static const struct {
  const char *member, *value; /* @value NULL: the member is left out */
  const char *fault;
} faults[] = {
    {"rate", NULL, "\"rate\" is missing"},
    {"representation", NULL, "\"representation\" is missing"},
    {"max-frequency", NULL, "\"max-frequency\" is missing"},
    {"representation", "\"wavelet\"", "\"representation\" is wavelet"},
    {"representation", "1", "expected \"mel\""},
    {"representation", "null", "expected \"mel\""},
    {"rate", "\"22050\"", "expected a whole number"},
    {"rate", "22050.5", "expected a whole number"},
    {"hop", "-1", "\"hop\" is -1"},
    {"hop", "4294967297", "\"hop\" is 4294967297"},
    {"bands", "[128]", "\"bands\" is "},
    {"bands", "null", "\"bands\" is "},
    {"min-frequency", "\"0\"", "expected a number"},
    {"min-frequency", "true", "expected a number"},
    {"min-frequency", "{}", "expected a number"},
    {"color", "1", "unknown member \"color\""},
};

START_TEST (json_faults_are_named)
{
  GenreFrontEndConfig config = genre_front_end_config_default ();
  g_autoptr (JsonObject) object = genre_front_end_config_to_json (&config);
  if (faults[_i].value)
    json_object_set_member (object, faults[_i].member, json_from_string (faults[_i].value, NULL));
  else
    json_object_remove_member (object, faults[_i].member);
  g_autoptr (GError) error = NULL;
  ck_assert (!genre_front_end_config_from_json (&config, object, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, "front-end", faults[_i].member, faults[_i].fault);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("frontend");
  tcase_add_test (tests, window_is_that_of_scipy);
  tcase_add_loop_test (tests, mel_filter_bank_is_that_of_torchaudio, 0, G_N_ELEMENTS (banks));
  tcase_add_test (tests, every_mel_band_has_an_area_of_one);
  tcase_add_test (tests, as_many_linear_bands_as_bins_change_nothing);
  tcase_add_test (tests, a_linear_band_is_the_mean_of_its_bins);
  tcase_add_test (tests, a_linear_band_between_bins_is_its_nearest_bin);
  tcase_add_test (tests, decibels_are_a_thousandth_off_at_most);
  tcase_add_loop_test (tests, values_out_of_range_are_refused, 0, G_N_ELEMENTS (ranges));
  tcase_add_test (tests, what_json_cannot_say_is_refused_too);
  tcase_add_test (tests, the_largest_front_end_works);
  tcase_add_test (tests, features_are_coefficients_or_bands);
  tcase_add_test (tests, what_is_stored_has_no_coefficients_of_what_is_not);
  tcase_add_test (tests, json_keeps_every_value);
  tcase_add_test (tests, json_of_the_header_is_the_default);
  tcase_add_test (tests, every_difference_counts);
  tcase_add_loop_test (tests, json_faults_are_named, 0, G_N_ELEMENTS (faults));
  return test_run ("frontend", tests);
}
