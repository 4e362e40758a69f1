/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resampler.h"
#include "kernels/kernels.h"
#include "vectorised.h"
#include <math.h>
#include <string.h>

#define ATTENUATION 64.0 /* dB, of what folds */
#define TRANSITION                                                                                 \
  0.08 /* from the pass to the stop band, relative to the lower rate's Nyquist frequency */
#define MAX_PHASES 512 /* of filters stored; with more, neighbours are interpolated: -100 dB */
#define LANES 8        /* of 16 GCC makes slow code for AVX2 */

/* Sums of any ratio but 2 : 1 are kept in this form on every processor, so that all give the same
 * bits. */
typedef float Lanes __attribute__ ((vector_size (4 * LANES), aligned (4), may_alias));
typedef float Four __attribute__ ((vector_size (16)));

typedef gsize (*ResampleFunc) (GenreResampler *self);

struct _GenreResampler {
  guint up, down; /* the ratio of the rates, reduced */
  guint n_phases; /* filters stored, less one */
  gsize reach;    /* a filter reaches over 2 · reach + 1 samples */
  gsize n_taps;   /* the same, rounded up to two full Lanes */
  float *filters; /* (n_phases + 1, n_taps): filter p looks p / n_phases behind a sample */
  const GenreHalvingKernels *halving; /* of 2 : 1, whose filter is half zeros; or NULL */
  float *planes[2]; /* even and odd samples where it halves; otherwise planes[0] holds all */
  gsize n_samples;  /* in the planes */
  gsize next;       /* sample where the window of the next output begins */
  guint phase;      /* of the next output, 0 to up - 1 */
  float *out;
};

/* ---- filters ---- */

/* Modified Bessel function of the first kind, order 0. */
static double
bessel_i0 (double x)
{
  double sum = 1.0, term = 1.0;
  for (guint k = 1; term > 1e-12 * sum; k++) {
    term *= (x / 2.0 / k) * (x / 2.0 / k);
    sum += term;
  }
  return sum;
}

/* Half the length of the filter, in input samples. @band: the lower rate, in units of from_rate. */
static double
get_half_length (double band)
{
  return (ATTENUATION - 7.95) / (14.36 * TRANSITION * 0.5 * band) / 2.0;
}

static double
get_kernel (double t, double band)
{
  const double beta = 0.1102 * (ATTENUATION - 8.7);
  const double x = t / get_half_length (band);
  const double angle = G_PI * band * t; /* -6 dB at the lower rate's Nyquist frequency */
  if (fabs (x) >= 1.0)
    return 0.0;
  return (angle == 0.0 ? 1.0 : sin (angle) / angle) * bessel_i0 (beta * sqrt (1.0 - x * x));
}

/* The filter of an output that lies @offset behind the middle sample; gain 1 at 0 Hz. */
static void
design_filter (const GenreResampler *self, double band, double offset, float *taps)
{
  double sum = 0.0;
  for (gsize i = 0; i <= 2 * self->reach; i++)
    sum += get_kernel ((double)i - self->reach - offset, band);
  for (gsize i = 0; i <= 2 * self->reach; i++)
    taps[i] = (float)(get_kernel ((double)i - self->reach - offset, band) / sum);
}

/* The taps that halving.h wants, of which all others are zero or a mirror image. */
static void
split_filter (GenreResampler *self)
{
  float *split = g_new0 (float, 1 + GENRE_HALVING_PAIRS);
  g_assert (self->reach == 2 * GENRE_HALVING_PAIRS); /* of what TRANSITION and ATTENUATION ask */
  split[0] = self->filters[self->reach];
  for (gsize i = 0; i < GENRE_HALVING_PAIRS; i++)
    split[1 + i] = self->filters[2 * i + 1];
  g_free (self->filters);
  self->filters = split;
}

/* ---- halving ---- */

static gsize
resample_by_half (GenreResampler *self)
{
  const gsize window = 2 * self->reach + 1;
  const gsize n_out = self->n_samples < window ? 0 : (self->n_samples - window) / 2 + 1;
  self->halving->halve (self->planes[0], self->planes[1], self->filters, n_out, self->out);
  self->n_samples -= 2 * n_out;
  for (guint p = 0; p < 2; p++)
    memmove (self->planes[p], self->planes[p] + n_out,
             (self->n_samples + 1) / 2 * sizeof *self->planes[p]);
  return n_out;
}

/* ---- any ratio ---- */

static inline float
dot (const float *samples, const float *taps, gsize n_taps)
{
  Lanes even = {0}, odd = {0}; /* two chains of additions, each of which waits for the last */
  for (gsize i = 0; i < n_taps; i += 2 * LANES) {
    even += *(const Lanes *)(samples + i) * *(const Lanes *)(taps + i);
    odd += *(const Lanes *)(samples + i + LANES) * *(const Lanes *)(taps + i + LANES);
  }
  even += odd;
  Four four = __builtin_shufflevector (even, even, 0, 1, 2, 3) +
              __builtin_shufflevector (even, even, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

/* An output between two filters that are stored. */
static inline float
interpolate (const GenreResampler *self, const float *samples, guint phase)
{
  const guint64 place = (guint64)phase * self->n_phases;
  const float *filter = self->filters + place / self->up * self->n_taps;
  const float weight = (float)(place % self->up) / (float)self->up;
  const float before = dot (samples, filter, self->n_taps);
  const float behind = dot (samples, filter + self->n_taps, self->n_taps);
  return before + weight * (behind - before);
}

/* All outputs that have their whole window; those of one phase one after the other, so that each
 * filter is fetched once. */
GENRE_VECTORISED static void
resample_by_phases (const GenreResampler *self, gsize n_out, float *out)
{
  gsize next = self->next;
  guint phase = self->phase;
  for (gsize first = 0; first < MIN (n_out, self->up); first++) {
    const float *samples = self->planes[0] + next;
    for (gsize k = first; k < n_out; k += self->up, samples += self->down) {
      if (self->n_phases == self->up)
        out[k] = dot (samples, self->filters + phase * self->n_taps, self->n_taps);
      else
        out[k] = interpolate (self, samples, phase);
    }
    next += (phase + self->down) / self->up;
    phase = (phase + self->down) % self->up;
  }
}

/* Outputs whose window ends within the samples. */
static gsize
count_outputs (const GenreResampler *self)
{
  const gsize window = 2 * self->reach + 1;
  if (self->next + window > self->n_samples)
    return 0;
  return ((guint64)(self->n_samples - window - self->next + 1) * self->up - 1 - self->phase) /
             self->down +
         1;
}

static gsize
resample_by_any (GenreResampler *self)
{
  const gsize n_out = count_outputs (self);
  const guint64 place = self->phase + (guint64)n_out * self->down;
  resample_by_phases (self, n_out, self->out);
  self->next += place / self->up;
  self->phase = place % self->up;
  gsize n_used = MIN (self->next, self->n_samples);
  self->next -= n_used;
  self->n_samples -= n_used;
  memmove (self->planes[0], self->planes[0] + n_used, self->n_samples * sizeof *self->planes[0]);
  return n_out;
}

/* ---- samples in ---- */

/* Every other one of the @n samples to @first, the others to @second. */
GENRE_VECTORISED static void
deal_out (const float *samples, gsize n, float *first, float *second)
{
  gsize i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES, first += LANES, second += LANES) {
    const Lanes a = *(const Lanes *)(samples + i), b = *(const Lanes *)(samples + i + LANES);
    *(Lanes *)first = __builtin_shufflevector (a, b, 0, 2, 4, 6, 8, 10, 12, 14);
    *(Lanes *)second = __builtin_shufflevector (a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  }
  for (; i < n; i++)
    *(i % 2 ? second++ : first++) = samples[i];
}

static void
append_by_half (GenreResampler *self, const float *samples, gsize n)
{
  static const float silence[GENRE_RESAMPLER_CHUNK]; /* longer than a halving filter */
  const gsize first = self->n_samples % 2;
  deal_out (samples ? samples : silence, n, self->planes[first] + self->n_samples / 2,
            self->planes[1 - first] + (self->n_samples + 1) / 2);
}

static void
append (GenreResampler *self, const float *samples, gsize n)
{
  if (self->halving)
    append_by_half (self, samples, n);
  else if (samples)
    memcpy (self->planes[0] + self->n_samples, samples, n * sizeof *samples);
  else
    memset (self->planes[0] + self->n_samples, 0, n * sizeof *samples);
  self->n_samples += n;
}

gsize
genre_resampler_push (GenreResampler *self, const float *samples, gsize n_samples,
                      const float **out)
{
  g_return_val_if_fail (n_samples <= GENRE_RESAMPLER_CHUNK, 0);
  append (self, samples, n_samples);
  *out = self->out;
  return self->halving ? resample_by_half (self) : resample_by_any (self);
}

gsize
genre_resampler_get_delay (const GenreResampler *self)
{
  return self->reach;
}

/* Before the first sample there was silence. */
void
genre_resampler_reset (GenreResampler *self)
{
  self->n_samples = self->next = 0;
  self->phase = 0;
  append (self, NULL, self->reach);
}

/* ---- life ---- */

static guint
get_greatest_common_divisor (guint a, guint b)
{
  while (b > 0) {
    const guint rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static void
make_filters (GenreResampler *self)
{
  const double band = MIN (1.0, (double)self->up / self->down);
  /* even, so that a halving filter's middle lies on an even sample */
  self->reach = 2 * (gsize)ceil ((get_half_length (band) + 1.0) / 2.0);
  self->n_taps = (2 * self->reach + 2 * LANES) / (2 * LANES) * (2 * LANES);
  self->n_phases = MIN (self->up, MAX_PHASES);
  self->filters = g_new0 (float, (self->n_phases + 1) * self->n_taps);
  for (guint p = 0; p <= self->n_phases; p++)
    design_filter (self, band, (double)p / self->n_phases, self->filters + p * self->n_taps);
  if (self->halving)
    split_filter (self);
}

GenreResampler *
genre_resampler_new (guint from_rate, guint to_rate)
{
  g_return_val_if_fail (from_rate > 0 && to_rate > 0, NULL);
  GenreResampler *self = g_new0 (GenreResampler, 1);
  guint divisor = get_greatest_common_divisor (from_rate, to_rate);
  self->up = to_rate / divisor;
  self->down = from_rate / divisor;
  if (self->up == 1 && self->down == 2)
    self->halving = genre_kernels_choose ()->halving;
  make_filters (self);
  /* blocks and lanes are read, and blocks written, to their ends */
  gsize n_samples = self->n_taps + GENRE_RESAMPLER_CHUNK + 2 * GENRE_HALVING_MOST;
  gsize n_out = (gsize)(((guint64)GENRE_RESAMPLER_CHUNK + 1) * self->up / self->down) + 1 +
                GENRE_HALVING_MOST;
  for (guint p = 0; p < 2; p++)
    self->planes[p] = g_new0 (float, n_samples);
  self->out = g_new (float, n_out);
  genre_resampler_reset (self);
  return self;
}

void
genre_resampler_free (GenreResampler *self)
{
  if (!self)
    return;
  g_free (self->filters);
  g_free (self->planes[0]);
  g_free (self->planes[1]);
  g_free (self->out);
  g_free (self);
}
