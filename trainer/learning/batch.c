/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "batch.h"
#include "augment.h"
#include "data/changes.h"
#include "segment.h"
#include <math.h>
#include <string.h>

/* Music, over what lies above it: up to so much louder or softer; where it is half of the answer;
 * how fast that changes. */
#define ANNOUNCER_RANGE_DB 18
#define ANNOUNCER_EVEN_DB -4
#define ANNOUNCER_SLOPE_DB 2.5f

enum { DRAW_ORDER, DRAW_CLIP, DRAW_PARTNER, DRAW_MIX }; /* purposes that keys keep apart */

/* Clips of one genre by one artist, or of one genre. */
typedef struct {
  char *key;
  GPtrArray *clips;
} Pool;

struct _GenreBatches {
  const GenreRecipe *recipe;
  GenreFrontEnd *front_end;
  guint n_labels, n_genres, bands;
  GPtrArray *clips;
  GPtrArray **genres; /* (n_labels + 1,) of Pool: what is drawn equally often inside a genre; the
                         last: music of none of them */
  guint *labels;  /* to be drawn in turn: that have clips, those of the background last but for that
                     music */
  float *weights; /* (n_labels + 1,) of clips in the loss */
  guint n_used;
  guint first_background, n_background; /* of labels */
  guint epoch;
  guint64 n_before; /* positions of the epochs before this one */
  guint *order;     /* (clips,) a permutation */
};

static void
pool_free (gpointer data)
{
  Pool *pool = data;
  g_ptr_array_unref (pool->clips);
  g_free (pool->key);
  g_free (pool);
}

/* @by_key: of @pools */
static void
add_to_pool (GPtrArray *pools, GHashTable *by_key, const char *key, GenreClip *clip)
{
  Pool *pool = g_hash_table_lookup (by_key, key);
  if (!pool) {
    pool = g_new0 (Pool, 1);
    pool->key = g_strdup (key);
    pool->clips = g_ptr_array_new ();
    g_ptr_array_add (pools, pool);
    g_hash_table_insert (by_key, pool->key, pool);
  }
  g_ptr_array_add (pool->clips, clip);
}

static gboolean
check_artists (const GenreRecipe *recipe, GPtrArray *clips, GError **error)
{
  if (strcmp (recipe->balance, "artists") != 0)
    return TRUE;
  for (guint i = 0; i < clips->len; i++) {
    if (((GenreClip *)g_ptr_array_index (clips, i))->artist)
      return TRUE;
  }
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "training.balance is \"artists\", but no clip has one: name them with --artists");
  return FALSE;
}

/* (clips of the genre)^−class-weights, scaled so that the mean over all clips is 1. */
static void
weigh_genres (GenreBatches *batches)
{
  double power = batches->recipe->class_weights, sum = 0;
  g_autofree double *counts = g_new0 (double, batches->n_labels + 1);
  for (guint i = 0; i < batches->clips->len; i++)
    counts[((GenreClip *)g_ptr_array_index (batches->clips, i))->label]++;
  for (guint i = 0; i <= batches->n_labels; i++)
    sum += counts[i] > 0 ? pow (counts[i], 1 - power) : 0;
  for (guint i = 0; i <= batches->n_labels; i++)
    batches->weights[i] = counts[i] > 0 ? pow (counts[i], -power) * batches->clips->len / sum : 0;
}

/* Of each genre its artists, or all in one. */
static void
fill_pools (GenreBatches *batches, GPtrArray *clips)
{
  gboolean by_artist = strcmp (batches->recipe->balance, "artists") == 0;
  g_autoptr (GPtrArray) by_key =
      g_ptr_array_new_with_free_func ((GDestroyNotify)g_hash_table_unref); /* of each genre */
  for (guint i = 0; i <= batches->n_labels; i++) {
    batches->genres[i] = g_ptr_array_new_with_free_func (pool_free);
    g_ptr_array_add (by_key, g_hash_table_new (g_str_hash, g_str_equal));
  }
  for (guint i = 0; i < clips->len; i++) {
    GenreClip *clip = g_ptr_array_index (clips, i);
    if (clip->n_frames < batches->recipe->segment_frames)
      continue;
    g_ptr_array_add (batches->clips, clip);
    g_autofree char *artist = by_artist ? genre_clip_key_artist (clip) : NULL;
    const char *owner = artist ? artist : clip->stem;
    add_to_pool (batches->genres[clip->label], by_key->pdata[clip->label], by_artist ? owner : "",
                 clip);
  }
}

GenreBatches *
genre_batches_new (const GenreRecipe *recipe, GenreDataset *dataset, GenreFrontEnd *front_end,
                   GPtrArray *clips, guint *n_short, GError **error)
{
  *n_short = 0;
  if (!check_artists (recipe, clips, error))
    return NULL;
  GenreBatches *batches = g_new0 (GenreBatches, 1);
  batches->recipe = recipe;
  batches->front_end = genre_front_end_ref (front_end);
  batches->n_labels = dataset->n_labels;
  batches->n_genres = genre_dataset_get_n_genres (dataset);
  batches->bands = dataset->front_end.bands;
  batches->clips = g_ptr_array_new ();
  batches->genres = g_new0 (GPtrArray *, dataset->n_labels + 1);
  batches->labels = g_new0 (guint, dataset->n_labels + recipe->others);
  batches->weights = g_new0 (float, dataset->n_labels + 1);
  fill_pools (batches, clips);
  guint n_kinds = 0;
  for (guint i = 0; i <= dataset->n_labels; i++) {
    if (!batches->genres[i]->len)
      continue;
    n_kinds++;
    if (i >= batches->n_genres && i < batches->n_labels && batches->n_background++ == 0)
      batches->first_background = batches->n_used;
    for (guint j = 0; j < (i == batches->n_labels ? recipe->others : 1); j++)
      batches->labels[batches->n_used++] = i;
  }
  weigh_genres (batches);
  *n_short = clips->len - batches->clips->len;
  batches->order = g_new0 (guint, batches->clips->len);
  if (n_kinds >= 2)
    return batches;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "clips of %u genres to train on, expected at least 2 (%u of %u clips are shorter "
               "than a segment of %u frames)",
               n_kinds, *n_short, clips->len, recipe->segment_frames);
  genre_batches_free (batches);
  return NULL;
}

void
genre_batches_free (GenreBatches *batches)
{
  for (guint i = 0; i <= batches->n_labels; i++)
    g_ptr_array_unref (batches->genres[i]);
  genre_front_end_unref (batches->front_end);
  g_ptr_array_unref (batches->clips);
  g_free (batches->genres);
  g_free (batches->labels);
  g_free (batches->weights);
  g_free (batches->order);
  g_free (batches);
}

gboolean
genre_batches_weigh_partners (const GenreRecipe *recipe)
{
  return recipe->class_weights > 0 && recipe->mixup > 0 &&
         strcmp (recipe->mixup_partner, "genre") == 0;
}

guint
genre_batches_get_n_steps (const GenreBatches *batches)
{
  return MAX (1, batches->clips->len / batches->recipe->batch);
}

void
genre_batches_begin (GenreBatches *batches, guint epoch)
{
  GenreRandom random = genre_random_keyed (batches->recipe->seed, epoch, 0, DRAW_ORDER);
  guint n = batches->clips->len;
  batches->epoch = epoch;
  batches->n_before = (guint64)epoch * genre_batches_get_n_steps (batches) * batches->recipe->batch;
  for (guint i = 0; i < n; i++)
    batches->order[i] = i;
  for (guint i = n - 1; i > 0; i--) {
    guint j = genre_random_below (&random, i + 1), kept = batches->order[i];
    batches->order[i] = batches->order[j];
    batches->order[j] = kept;
  }
}

static const GenreClip *
draw_from_genre (const GenreBatches *batches, guint label, GenreRandom *random)
{
  GPtrArray *pools = batches->genres[label];
  Pool *pool = g_ptr_array_index (pools, genre_random_below (random, pools->len));
  return g_ptr_array_index (pool->clips, genre_random_below (random, pool->clips->len));
}

static const GenreClip *
pick_clip (const GenreBatches *batches, guint position, GenreRandom *random)
{
  if (strcmp (batches->recipe->balance, "clips") == 0)
    return g_ptr_array_index (batches->clips, batches->order[position % batches->clips->len]);
  /* going on from the last epoch, which may have been too short for all */
  guint turn = (guint)((batches->n_before + position) % batches->n_used);
  return draw_from_genre (batches, batches->labels[turn], random);
}

/* What an input shows: a clip, and perhaps another over it. */
typedef struct {
  const GenreClip *clip, *over;
  float share; /* of the target that is the clip's */
} Shown;

/* Somebody speaks, or a street is heard, over the music of @decibels. What is as loud as music
 * that one still hears is; of what is much softer nobody says that it is music. */
static void
lay_over (const GenreBatches *batches, GenreView view, GenreRandom *random, float *decibels,
          Shown *shown)
{
  guint frames = batches->recipe->segment_frames;
  gsize n = (gsize)frames * batches->bands;
  guint label =
      batches
          ->labels[batches->first_background + genre_random_below (random, batches->n_background)];
  shown->over = draw_from_genre (batches, label, random);
  g_autofree float *other = g_new (float, n);
  genre_augment_excerpt (batches->recipe, shown->over, view, batches->bands, frames, random, other);
  float louder = genre_random_range (random, -ANNOUNCER_RANGE_DB, ANNOUNCER_RANGE_DB);
  float gain = genre_change_level (decibels, n) - genre_change_level (other, n) - louder;
  genre_change_mix (decibels, other, n, gain);
  shown->share = 1 / (1 + expf (-(louder - ANNOUNCER_EVEN_DB) / ANNOUNCER_SLOPE_DB));
}

static Shown
read_excerpt (const GenreBatches *batches, const GenreClip *clip, GenreView view,
              GenreRandom *random, float *input)
{
  const GenreRecipe *recipe = batches->recipe;
  guint frames = recipe->segment_frames;
  Shown shown = {clip, NULL, 1};
  g_autofree float *decibels = g_new (float, (gsize)frames * batches->bands);
  genre_augment_excerpt (recipe, clip, view, batches->bands, frames, random, decibels);
  if (recipe->announcer > 0 && batches->n_background > 0 && clip->label < batches->n_genres &&
      genre_random_uniform (random) < recipe->announcer)
    lay_over (batches, view, random, decibels, &shown);
  genre_segment_normalise (batches->front_end, decibels, frames, input);
  return shown;
}

static void
add_target (const GenreBatches *batches, guint label, float share, float *target)
{
  float smoothing = batches->recipe->label_smoothing;
  for (guint i = 0; i < batches->n_labels; i++)
    target[i] += share * smoothing / batches->n_labels;
  if (label < batches->n_labels)
    target[label] += share * (1 - smoothing);
  /* any of the genres as well as another (Hendrycks et al. 2018, "outlier exposure") */
  for (guint i = 0; i < batches->n_genres && label == batches->n_labels; i++)
    target[i] += share * (1 - smoothing) / batches->n_genres;
}

static void
set_target (const GenreBatches *batches, const Shown *shown, float share, float *target)
{
  add_target (batches, shown->clip->label, share * shown->share, target);
  if (shown->over)
    add_target (batches, shown->over->label, share * (1 - shown->share), target);
}

static void
mix (const GenreBatches *batches, guint position, GenreView view, const Shown *shown, float *input,
     float *target)
{
  const GenreRecipe *recipe = batches->recipe;
  GenreRandom random = genre_random_keyed (recipe->seed, batches->epoch, position, DRAW_PARTNER);
  gboolean same = strcmp (recipe->mixup_partner, "genre") == 0;
  guint label =
      same ? shown->clip->label : batches->labels[genre_random_below (&random, batches->n_used)];
  const GenreClip *partner = draw_from_genre (batches, label, &random);
  gsize n = (gsize)recipe->segment_frames * genre_front_end_get_features (batches->front_end);
  g_autofree float *other = g_new (float, n);
  Shown beside = read_excerpt (batches, partner, view, &random, other);
  float share = genre_random_beta (&random, recipe->mixup);
  for (gsize i = 0; i < n; i++)
    input[i] = share * input[i] + (1 - share) * other[i];
  set_target (batches, shown, share * batches->weights[shown->clip->label], target);
  /* partners from anywhere come from every genre equally often, and weigh the same */
  float weight = same ? batches->weights[label] : 1;
  set_target (batches, &beside, (1 - share) * weight, target);
}

void
genre_batches_fill (const GenreBatches *batches, guint position, GenreView view, float *input,
                    float *target)
{
  const GenreRecipe *recipe = batches->recipe;
  GenreRandom random = genre_random_keyed (recipe->seed, batches->epoch, position, DRAW_CLIP);
  const GenreClip *clip = pick_clip (batches, position, &random);
  memset (target, 0, batches->n_labels * sizeof *target);
  Shown shown = read_excerpt (batches, clip, view, &random, input);
  if (recipe->mixup > 0)
    mix (batches, position, view, &shown, input, target);
  else
    set_target (batches, &shown, batches->weights[clip->label], target);
  genre_augment_mask (recipe, recipe->segment_frames,
                      genre_front_end_get_features (batches->front_end), &random, input);
}
