/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conditions.h"
#include <math.h>
#include <string.h>
#include "data/changes.h"
#include "data/levels.h"
#include "filterbank.h"
#include "representation.h"

#define FLOOR_DB GENRE_LEVEL_DB (0)
#define LEAST_POWER 1e-20 /* of a response: 200 dB */
#define BASS_HZ 150.0
#define TREBLE_HZ 4000.0
#define TILT_HZ 1000.0
#define AUDIBLE_HZ 20.0 /* pink noise begins here */

/* What it does, in this order; 0: not at all. */
typedef struct {
  const char *name;
  double gain;                /* dB */
  double bass, treble, tilt;  /* dB: first-order shelves */
  double low_pass, high_pass; /* Hz */
  guint order;                /* of both, Butterworth; 0: an ideal filter */
  double ratio;               /* of a compressor */
  double dynamics;            /* factor of distances from the mean level */
  gboolean mastered;          /* limited in bands, raised again, limited as a whole */
  gboolean loud;              /* compressed in bands that share thresholds, then limited */
  double pink_distance, white_distance; /* dB from the mean power of the clip down to the noise */
} Condition;

static const Condition conditions_known[] = {
    {.name = "20 dB louder", .gain = 20},
    {.name = "20 dB softer, noise floor stays", .gain = -20},
    {.name = "tilt, treble +6 dB, bass -6 dB", .tilt = 6},
    {.name = "tilt, treble -6 dB, bass +6 dB", .tilt = -6},
    {.name = "bass +6 dB", .bass = 6},
    {.name = "bass -6 dB", .bass = -6},
    {.name = "treble +6 dB", .treble = 6},
    {.name = "treble -6 dB", .treble = -6},
    {.name = "nothing above 4 kHz (rate 8 kHz)", .low_pass = 4000},
    {.name = "nothing above 8 kHz (rate 16 kHz)", .low_pass = 8000},
    {.name = "100 to 8,000 Hz", .low_pass = 8000, .high_pass = 100, .order = 4},
    {.name = "pink noise, 20 dB below", .pink_distance = 20},
    {.name = "white noise, 20 dB below", .white_distance = 20},
    {.name = "compressor 4:1", .ratio = 4},
    {.name = "multi-band compressor, 20 % flatter", .dynamics = 0.8},
    {.name = "mastered: five bands limited, then all", .mastered = TRUE},
    {.name = "mastered: four bands compressed, all limited", .loud = TRUE},
};

struct _GenreConditions {
  GenreFrontEndConfig front_end;
  float *curves;   /* (conditions, bands) dB */
  double *centres; /* (bands,) Hz */
  double *width;   /* (bands,) Hz that a band stands for */
  double *pink;    /* (bands,) power density of pink noise, mean 1 */
};

guint
genre_conditions_get_count (void)
{
  return G_N_ELEMENTS (conditions_known);
}

const char *
genre_conditions_get_name (guint condition)
{
  return conditions_known[condition].name;
}

/* ---- power responses ---- */

/* |H|² of a first-order shelf: @gain dB where @far is much larger than @near, 0 dB where it is much
 * smaller; a cut undoes the boost. */
static double
shelf (double gain, double near, double far)
{
  double power = exp10 (fabs (gain) / 10);
  double boost = (near * near + power * far * far) / (near * near + far * far);
  return gain < 0 ? 1 / boost : boost;
}

/* |H|² of a Butterworth filter; @ratio: frequency to corner of a low-pass, corner to frequency of a
 * high-pass. */
static double
edge (double ratio, guint order)
{
  if (order == 0)
    return ratio < 1 ? 1 : 0;
  return 1 / (1 + pow (ratio, 2.0 * order));
}

static double
respond (const Condition *c, double frequency)
{
  double response = shelf (c->bass, frequency, BASS_HZ) * shelf (c->treble, TREBLE_HZ, frequency);
  double slope = exp10 (c->tilt / 10), square = frequency * frequency;
  response *= (slope * square + TILT_HZ * TILT_HZ) / (square + slope * TILT_HZ * TILT_HZ);
  if (c->low_pass > 0)
    response *= edge (frequency / c->low_pass, c->order);
  if (c->high_pass > 0)
    response *= edge (c->high_pass / fmax (frequency, 1e-3), c->order);
  return response;
}

/* ---- through the filter bank ---- */

static GenreFilterBank *
make_bank (const GenreFrontEndConfig *f)
{
  return genre_representation_get_traits (f->representation)
      ->new_bands (f->rate, f->fft_size, f->bands, f->min_frequency, f->max_frequency);
}

static double
one (double frequency, gconstpointer data)
{
  return 1;
}

static double
identity (double frequency, gconstpointer data)
{
  return frequency;
}

static double
pink_density (double frequency, gconstpointer data)
{
  return frequency < AUDIBLE_HZ ? 0 : 1 / frequency;
}

static double
condition_response (double frequency, gconstpointer data)
{
  return respond (data, frequency);
}

/* What the bands make of a spectrum. @bands: (bands,) */
static void
hear (const GenreFrontEndConfig *front_end, const GenreFilterBank *bank,
      double (*spectrum) (double frequency, gconstpointer data), gconstpointer data, double *bands)
{
  guint n_bins = front_end->fft_size / 2 + 1;
  g_autofree float *bins = g_new0 (float, n_bins + GENRE_FILTER_BANK_PADDING);
  g_autofree float *output = g_new (float, front_end->bands);
  for (guint i = 0; i < n_bins; i++)
    bins[i] = spectrum ((double)i * front_end->rate / front_end->fft_size, data);
  genre_filter_bank_apply (bank, bins, output);
  for (guint f = 0; f < front_end->bands; f++)
    bands[f] = output[f];
}

/* The same, against white of density 1. A band without bins hears nothing of either: 0. */
static double *
hear_relative (const GenreFrontEndConfig *front_end, const GenreFilterBank *bank,
               double (*spectrum) (double frequency, gconstpointer data), gconstpointer data)
{
  double *bands = g_new (double, front_end->bands);
  g_autofree double *white = g_new (double, front_end->bands);
  hear (front_end, bank, one, NULL, white);
  hear (front_end, bank, spectrum, data, bands);
  for (guint f = 0; f < front_end->bands; f++)
    bands[f] = white[f] > 0 ? bands[f] / white[f] : 0;
  return bands;
}

/* (bands,) Hz, from the middle between a band's centre and the one below to the middle above it. */
static double *
measure_widths (const GenreFrontEndConfig *front_end, const double *centres)
{
  guint n = front_end->bands;
  double *width = g_new (double, n);
  for (guint f = 0; f < n; f++) {
    double low = f > 0 ? centres[f - 1] : 2 * front_end->min_frequency - centres[0];
    double high = f + 1 < n ? centres[f + 1] : 2 * front_end->max_frequency - centres[f];
    width[f] = fmax (0, (high - low) / 2);
  }
  return width;
}

static void
make_curve (const GenreFrontEndConfig *front_end, const GenreFilterBank *bank, const Condition *c,
            float *curve)
{
  g_autofree double *response = hear_relative (front_end, bank, condition_response, c);
  for (guint f = 0; f < front_end->bands; f++)
    curve[f] = c->gain + 10 * log10 (fmax (response[f], LEAST_POWER));
}

static double
total (const GenreConditions *conditions, const double *density)
{
  double sum = 0;
  for (guint f = 0; f < conditions->front_end.bands; f++)
    sum += density[f] * conditions->width[f];
  return sum;
}

GenreConditions *
genre_conditions_new (const GenreFrontEndConfig *front_end)
{
  GenreConditions *conditions = g_new0 (GenreConditions, 1);
  g_autoptr (GenreFilterBank) bank = make_bank (front_end);
  guint n_bands = front_end->bands;
  conditions->front_end = *front_end;
  conditions->curves = g_new (float, G_N_ELEMENTS (conditions_known) * n_bands);
  conditions->centres = hear_relative (front_end, bank, identity, NULL);
  conditions->width = measure_widths (front_end, conditions->centres);
  conditions->pink = hear_relative (front_end, bank, pink_density, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (conditions_known); i++)
    make_curve (front_end, bank, &conditions_known[i], conditions->curves + i * n_bands);
  return conditions;
}

void
genre_conditions_free (GenreConditions *conditions)
{
  g_free (conditions->curves);
  g_free (conditions->centres);
  g_free (conditions->width);
  g_free (conditions->pink);
  g_free (conditions);
}

/* ---- changes that depend on the music ---- */

static double
power_of_frame (const GenreConditions *conditions, const float *frame)
{
  double sum = 0;
  for (guint f = 0; f < conditions->front_end.bands; f++)
    sum += conditions->width[f] * exp10 (frame[f] / 10);
  return sum;
}

/* @density: (bands,) of the noise, of any height; NULL: white. */
static void
add_noise (const GenreConditions *conditions, double distance, const double *density, guint64 key,
           float *decibels, gsize frames)
{
  guint n_bands = conditions->front_end.bands;
  g_autofree double *white = g_new (double, n_bands);
  g_autofree float *noise = g_new (float, n_bands);
  double power = 0;
  for (gsize t = 0; t < frames; t++)
    power += power_of_frame (conditions, decibels + t * n_bands) / frames;
  for (guint f = 0; f < n_bands; f++)
    white[f] = 1;
  const double *shape = density ? density : white;
  double scale = power * exp10 (-distance / 10) / total (conditions, shape);
  for (guint f = 0; f < n_bands; f++)
    noise[f] = 10 * log10 (fmax (shape[f] * scale, LEAST_POWER));
  GenreRandom random = genre_random_keyed (key, 0, 0, 0);
  genre_change_add_noise (decibels, frames, n_bands, noise, &random);
}

#define THRESHOLD 20 /* dB under the loudest frame */
#define RELEASE 0.3  /* s: after so long, 1/e of the gain reduction is left */

/* Hard knee; attacks within a frame. */
static void
compress (const GenreConditions *conditions, double ratio, float *decibels, gsize frames)
{
  const GenreFrontEndConfig *front_end = &conditions->front_end;
  g_autofree double *level = g_new (double, frames);
  double loudest = -G_MAXDOUBLE, reduction = 0;
  double release = exp (-(double)front_end->hop / front_end->rate / RELEASE);
  for (gsize t = 0; t < frames; t++) {
    level[t] = 10 * log10 (power_of_frame (conditions, decibels + t * front_end->bands));
    loudest = fmax (loudest, level[t]);
  }
  for (gsize t = 0; t < frames; t++) {
    double over = fmax (0, level[t] - loudest + THRESHOLD);
    reduction = fmax (over * (1 - 1 / ratio), reduction * release);
    for (guint f = 0; f < front_end->bands; f++)
      decibels[t * front_end->bands + f] -= reduction;
  }
}

#define GROUPS 5        /* of bands */
#define DEPTH 15        /* dB under the loudest frame of each that are let through */
#define SLOPE 6         /* of what is above */
#define GROUP_RELEASE 3 /* dB a frame */
#define PEAKS 6         /* dB that a brick-wall limiter takes from everything */

static void
master (const GenreConditions *conditions, float *decibels, gsize frames)
{
  guint n = conditions->front_end.bands;
  for (guint i = 0; i < GROUPS; i++) {
    guint from = i * n / GROUPS, to = (i + 1) * n / GROUPS;
    if (to > from)
      genre_change_limit (decibels, frames, n, from, to, DEPTH, SLOPE, GROUP_RELEASE, 1);
  }
  genre_change_limit (decibels, frames, n, 0, n, PEAKS, 100, 100, 1);
}

/* What four bands compressed with one curve and a brick-wall limiter, about -9 LUFS, do to recorded
 * music, of forms like this one the nearest: per value 2.6 dB from what sound that had gone through
 * both and MP3 at 128 kbit/s had become (30 clips; nothing done: 4.5 dB). */
#define PIVOT -2       /* dB from the level of the loudest frame */
#define RATIO 2        /* above and below */
#define MOST_RAISED 12 /* dB */
#define LOUD_PEAKS 12  /* dB that the limiter takes */

static const double crossovers[] = {150, 800, 4000}; /* Hz */

static void
make_loud (const GenreConditions *conditions, float *decibels, gsize frames)
{
  guint n = conditions->front_end.bands, from = 0;
  float pivot = genre_change_highest_level (decibels, frames, n) + PIVOT;
  for (guint i = 0; i <= G_N_ELEMENTS (crossovers); i++) {
    guint to = n;
    if (i < G_N_ELEMENTS (crossovers))
      for (to = from; to < n && conditions->centres[to] < crossovers[i];)
        to++;
    if (to > from)
      genre_change_compress (decibels, frames, n, from, to, pivot, RATIO, MOST_RAISED);
    from = to;
  }
  genre_change_limit (decibels, frames, n, 0, n, LOUD_PEAKS, 100, 100, 1);
}

void
genre_conditions_apply (const GenreConditions *conditions, guint condition, guint64 key,
                        float *decibels, gsize frames)
{
  const Condition *c = &conditions_known[condition];
  guint n_bands = conditions->front_end.bands;
  gsize n = frames * n_bands;
  genre_change_equalise (decibels, frames, n_bands, conditions->curves + condition * n_bands);
  if (c->ratio > 0)
    compress (conditions, c->ratio, decibels, frames);
  if (c->dynamics > 0)
    genre_change_dynamics (decibels, n, c->dynamics);
  if (c->mastered)
    master (conditions, decibels, frames);
  if (c->loud)
    make_loud (conditions, decibels, frames);
  if (c->pink_distance > 0)
    add_noise (conditions, c->pink_distance, conditions->pink, key, decibels, frames);
  if (c->white_distance > 0)
    add_noise (conditions, c->white_distance, NULL, key, decibels, frames);
  for (gsize i = 0; i < n; i++)
    decibels[i] = fmaxf (decibels[i], FLOOR_DB);
}
