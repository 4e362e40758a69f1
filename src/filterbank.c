/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filterbank.h"

#include <math.h>

#include "vectorised.h"

#define LANES (GENRE_FILTER_BANK_PADDING + 1)

typedef struct {
  guint first;  /* input */
  guint length; /* a multiple of LANES, filled up with zeros */
  gsize offset; /* of the first weight */
} Row;

struct _GenreFilterBank {
  GArray *rows;    /* of Row */
  GArray *weights; /* of float */
};

static GenreFilterBank *
filter_bank_new (void)
{
  GenreFilterBank *bank = g_new (GenreFilterBank, 1);
  bank->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  bank->weights = g_array_new (FALSE, FALSE, sizeof (float));
  return bank;
}

void
genre_filter_bank_free (GenreFilterBank *bank)
{
  g_array_unref (bank->rows);
  g_array_unref (bank->weights);
  g_free (bank);
}

/* @weights: (n_inputs,); appends the range outside of which they are zero. */
static void
append_row (GenreFilterBank *bank, const double *weights, guint n_inputs)
{
  Row row = {.offset = bank->weights->len};
  guint last = n_inputs;
  while (row.first < n_inputs && weights[row.first] == 0)
    row.first++;
  while (last > row.first && weights[last - 1] == 0)
    last--;
  row.length = (last - row.first + LANES - 1) / LANES * LANES;
  for (guint i = 0; i < row.length; i++) {
    float weight = row.first + i < last ? (float)weights[row.first + i] : 0;
    g_array_append_val (bank->weights, weight);
  }
  g_array_append_val (bank->rows, row);
}

double
genre_mel_from_hertz (double hertz)
{
  return hertz < 1000 ? hertz * 0.015 : 15 + log (hertz / 1000) * 27 / log (6.4);
}

static double
hertz_from_mel (double mel)
{
  return mel < 15 ? mel / 0.015 : 1000 * exp ((mel - 15) * log (6.4) / 27);
}

GenreFilterBank *
genre_filter_bank_new_mel (guint rate, guint fft_size, guint bands, double min_frequency,
                           double max_frequency)
{
  GenreFilterBank *bank = filter_bank_new ();
  guint n_bins = fft_size / 2 + 1;
  double min_mel = genre_mel_from_hertz (min_frequency);
  double max_mel = genre_mel_from_hertz (max_frequency);
  g_autofree double *corners = g_new (double, bands + 2); /* Hz */
  g_autofree double *weights = g_new (double, n_bins);
  for (guint i = 0; i < bands + 2; i++)
    corners[i] = hertz_from_mel (min_mel + (max_mel - min_mel) * i / (bands + 1));
  for (guint b = 0; b < bands; b++) {
    double low = corners[b], peak = corners[b + 1], high = corners[b + 2];
    for (guint k = 0; k < n_bins; k++) {
      double frequency = (double)k * rate / fft_size;
      double height = MIN ((frequency - low) / (peak - low), (high - frequency) / (high - peak));
      weights[k] = height > 0 ? height * 2 / (high - low) : 0;
    }
    append_row (bank, weights, n_bins);
  }
  return bank;
}

GenreFilterBank *
genre_filter_bank_new_linear (guint rate, guint fft_size, guint bands, double min_frequency,
                              double max_frequency)
{
  GenreFilterBank *bank = filter_bank_new ();
  guint n_bins = fft_size / 2 + 1;
  double bands_per_hertz = bands / (max_frequency - min_frequency);
  g_autofree double *weights = g_new (double, n_bins);
  for (guint b = 0; b < bands; b++) {
    double centre = min_frequency + (b + 0.5) / bands_per_hertz;
    guint inside = 0;
    for (guint k = 0; k < n_bins; k++) {
      double frequency = (double)k * rate / fft_size;
      double band = MIN (floor ((frequency - min_frequency) * bands_per_hertz), bands - 1);
      weights[k] = frequency <= max_frequency && band == b;
      inside += weights[k] != 0;
    }
    if (inside == 0) {
      guint nearest = MIN ((guint)(centre * fft_size / rate + 0.5), n_bins - 1);
      weights[nearest] = inside = 1;
    }
    for (guint k = 0; k < n_bins; k++)
      weights[k] /= inside;
    append_row (bank, weights, n_bins);
  }
  return bank;
}

double
genre_cosine_weight (guint n, guint output, guint input)
{
  double scale = sqrt ((output == 0 ? 1.0 : 2.0) / n);
  return scale * cos (G_PI * output * (2 * input + 1) / (2.0 * n));
}

GenreFilterBank *
genre_filter_bank_new_cosine (guint inputs, guint outputs)
{
  GenreFilterBank *bank = filter_bank_new ();
  g_autofree double *weights = g_new (double, inputs);
  for (guint k = 0; k < outputs; k++) {
    for (guint n = 0; n < inputs; n++)
      weights[n] = genre_cosine_weight (inputs, k, n);
    append_row (bank, weights, inputs);
  }
  return bank;
}

typedef float Lanes __attribute__ ((vector_size (4 * LANES), aligned (4), may_alias));
typedef float Four __attribute__ ((vector_size (16)));

/* Sums in LANES separate sums side by side; the order is the same on every processor. */
static inline __attribute__ ((always_inline)) float
dot (const float *a, const float *b, guint length)
{
  Lanes sums = {0};
  for (gsize i = 0; i < length; i += LANES)
    sums += *(const Lanes *)(a + i) * *(const Lanes *)(b + i);
  Four four = __builtin_shufflevector (sums, sums, 0, 1, 2, 3) +
              __builtin_shufflevector (sums, sums, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

GENRE_VECTORISED static void
apply_rows (const Row *rows, guint n_rows, const float *weights, const float *input, float *output)
{
  for (guint i = 0; i < n_rows; i++)
    output[i] = dot (input + rows[i].first, weights + rows[i].offset, rows[i].length);
}

void
genre_filter_bank_apply (const GenreFilterBank *bank, const float *input, float *output)
{
  apply_rows (&g_array_index (bank->rows, Row, 0), bank->rows->len,
              &g_array_index (bank->weights, float, 0), input, output);
}
