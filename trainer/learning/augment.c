/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "augment.h"
#include "data/changes.h"
#include "data/levels.h"
#include <math.h>
#include <string.h>

#define LOWEST_DB -80.0f
#define CURVE_POINTS 6 /* of the equaliser, over all bands */

/* frames × bands of the clip from frame @start on, each output frame @speed frames further, each
 * band read @shift bands away; past the ends the last frame and the last band repeat. */
static void
resample (const GenreClip *clip, guint bands, guint frames, double start, double speed,
          double shift, float *decibels)
{
  gint down = floor (shift);
  float lean = shift - down;
  g_autofree float *mixed = g_new (float, bands);
  for (guint t = 0; t < frames; t++) {
    double position = CLAMP (start + t * speed, 0, clip->n_frames - 1.0);
    guint first = position, second = MIN (first + 1, clip->n_frames - 1);
    float weight = position - first;
    const guint8 *a = clip->levels + (gsize)first * bands;
    const guint8 *b = clip->levels + (gsize)second * bands;
    for (guint f = 0; f < bands; f++)
      mixed[f] = GENRE_LEVEL_DB (a[f] + weight * (b[f] - a[f]));
    for (guint f = 0; f < bands; f++) {
      gint low = CLAMP ((gint)f + down, 0, (gint)bands - 1);
      gint high = CLAMP ((gint)f + down + 1, 0, (gint)bands - 1);
      decibels[t * bands + f] = mixed[low] + lean * (mixed[high] - mixed[low]);
    }
  }
}

/* A smooth curve through random points, cosine-interpolated: gain in dB for each band. */
static void
draw_curve (double deviation, guint bands, GenreRandom *random, float *curve)
{
  double points[CURVE_POINTS];
  for (guint i = 0; i < CURVE_POINTS; i++)
    points[i] = deviation * genre_random_normal (random);
  for (guint f = 0; f < bands; f++) {
    double at = (double)f * (CURVE_POINTS - 1) / MAX (1, bands - 1);
    guint left = MIN ((guint)at, CURVE_POINTS - 2);
    double weight = 0.5 - 0.5 * cos (G_PI * (at - left));
    curve[f] += points[left] * (1 - weight) + points[left + 1] * weight;
  }
}

/* Everything above the edge falls by a random slope, as behind a codec, a small speaker or a
 * telephone. */
static void
draw_band_limits (const GenreRecipe *recipe, guint bands, GenreRandom *random, float *curve)
{
  gboolean low_pass = genre_random_uniform (random) < recipe->band_limit;
  gboolean high_pass = genre_random_uniform (random) < recipe->band_limit;
  double top = genre_random_range (random, 0.6, 1.0) * bands;
  double bottom = genre_random_range (random, 0.0, 0.06) * bands;
  double steepness = genre_random_range (random, 2, 20); /* dB per band */
  for (guint f = 0; f < bands; f++) {
    if (low_pass && f > top)
      curve[f] -= (f - top) * steepness;
    if (high_pass && f < bottom)
      curve[f] -= (bottom - f) * steepness;
  }
}

/* Limited in bands, each by itself, and raised again. */
static void
limit_bands (float *decibels, guint frames, guint bands, GenreRandom *random)
{
  guint n_groups = MIN (1 + genre_random_below (random, 5), bands);
  float depth = genre_random_range (random, 6, 24), ratio = genre_random_range (random, 2, 10);
  float release = genre_random_range (random, 0.5, 6);
  for (guint i = 0; i < n_groups; i++) {
    float make_up = genre_random_range (random, 0.5, 1.5);
    genre_change_limit (decibels, frames, bands, i * bands / n_groups, (i + 1) * bands / n_groups,
                        depth, ratio, release, make_up);
  }
}

/* Compressed in bands whose thresholds are the same, so that what is quiet, mostly treble, comes up
 * beside what is loud. */
static void
compress_bands (float *decibels, guint frames, guint bands, GenreRandom *random)
{
  guint n_groups = MIN (1 + genre_random_below (random, 6), bands);
  float pivot =
      genre_change_highest_level (decibels, frames, bands) + genre_random_range (random, -14, 4);
  float ratio = genre_random_range (random, 1.25, 3.5), most = genre_random_range (random, 4, 18);
  guint from = 0;
  for (guint i = 0; i < n_groups && from < bands; i++) {
    guint to = (i + 1) * bands / n_groups;
    if (i + 1 < n_groups && n_groups < bands) { /* crossovers lie where the engineer wants them */
      double moved = to + genre_random_range (random, -0.4, 0.4) * bands / n_groups;
      to = (guint)CLAMP (moved, from + 1, bands);
    }
    genre_change_compress (decibels, frames, bands, from, to, pivot, ratio, most);
    from = to;
  }
}

/* As records after 2000 are made: bands flattened, then all together, until nothing is left of loud
 * and soft. */
static void
master (float *decibels, guint frames, guint bands, double compression, GenreRandom *random)
{
  if (compression == 0 || genre_random_uniform (random) < 1 - compression)
    limit_bands (decibels, frames, bands, random);
  else
    compress_bands (decibels, frames, bands, random);
  genre_change_limit (decibels, frames, bands, 0, bands, genre_random_range (random, 3, 12), 20, 20,
                      1);
}

/* From or to a level of which little or nothing is left, over a part of the excerpt or all of it.
 */
static void
fade (float *decibels, guint frames, guint bands, GenreRandom *random)
{
  gboolean in = genre_random_uniform (random) < 0.5;
  guint length = MAX (1, frames / 4 + genre_random_below (random, frames - frames / 4 + 1));
  float depth = -genre_random_range (random, 10, 50);
  if (in)
    genre_change_fade (decibels, length, bands, depth, 0);
  else
    genre_change_fade (decibels + (gsize)(frames - length) * bands, length, bands, 0, depth);
}

/* Steady noise, falling from white to about pink over the bands, under the loudest value. */
static void
add_noise (float *decibels, guint frames, guint bands, GenreRandom *random)
{
  float highest = LOWEST_DB;
  for (gsize i = 0; i < (gsize)frames * bands; i++)
    highest = MAX (highest, decibels[i]);
  float level = highest - genre_random_range (random, 30, 60);
  float tilt = genre_random_range (random, -20, 0) / bands;
  g_autofree float *noise = g_new (float, bands);
  for (guint f = 0; f < bands; f++)
    noise[f] = level + tilt * f;
  genre_change_add_noise (decibels, frames, bands, noise, random);
}

static void
master_view (const GenreRecipe *recipe, GenreView view, guint frames, guint bands,
             GenreRandom *random, float *decibels)
{
  if (view == GENRE_VIEW_ANY) {
    if (recipe->mastering > 0 && genre_random_uniform (random) < recipe->mastering)
      master (decibels, frames, bands, recipe->mastering_compression, random);
    return;
  }
  /* by a generator of its own, so that all that is drawn later is the same for both */
  GenreRandom own = genre_random_keyed (genre_random_bits (random), 0, 0, 0);
  if (view == GENRE_VIEW_MASTERED)
    master (decibels, frames, bands, recipe->mastering_compression, &own);
}

void
genre_augment_excerpt (const GenreRecipe *recipe, const GenreClip *clip, GenreView view,
                       guint bands, guint frames, GenreRandom *random, float *decibels)
{
  double stretch = recipe ? recipe->stretch : 0, pitch = recipe ? recipe->shift : 0;
  double speed = exp (genre_random_range (random, -1, 1) * log1p (stretch));
  double shift = genre_random_range (random, -pitch, pitch);
  double room = MAX (0, clip->n_frames - frames * speed);
  double start = genre_random_uniform (random) * room;
  if (!recipe)
    start = floor (start);
  resample (clip, bands, frames, start, speed, shift, decibels);
  if (!recipe)
    return;
  gsize n = (gsize)frames * bands;
  if (recipe->compression > 0)
    genre_change_dynamics (decibels, n,
                           exp (genre_random_range (random, -1, 1) * log1p (recipe->compression)));
  master_view (recipe, view, frames, bands, random, decibels);
  g_autofree float *curve = g_new0 (float, bands);
  if (recipe->equaliser > 0)
    draw_curve (recipe->equaliser, bands, random, curve);
  if (recipe->band_limit > 0)
    draw_band_limits (recipe, bands, random, curve);
  genre_change_equalise (decibels, frames, bands, curve);
  if (recipe->fade > 0 && genre_random_uniform (random) < recipe->fade)
    fade (decibels, frames, bands, random);
  if (genre_random_uniform (random) < recipe->noise)
    add_noise (decibels, frames, bands, random);
}

void
genre_augment_mask (const GenreRecipe *recipe, guint frames, guint features, GenreRandom *random,
                    float *input)
{
  for (guint m = 0; m < recipe->masks; m++) {
    guint width = genre_random_below (random, MIN (recipe->frequency_mask, features) + 1);
    guint from = genre_random_below (random, features - width + 1);
    for (guint t = 0; t < frames; t++)
      memset (input + (gsize)t * features + from, 0, width * sizeof *input);
    guint length = genre_random_below (random, MIN (recipe->time_mask, frames) + 1);
    guint start = genre_random_below (random, frames - length + 1);
    memset (input + (gsize)start * features, 0, (gsize)length * features * sizeof *input);
  }
}
