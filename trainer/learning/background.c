/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "background.h"
#include "aggregation.h"
#include "data/levels.h"
#include "data/madesounds.h"
#include "measuring/segmentscores.h"
#include "running/parallel.h"
#include "spectrogram.h"
#include <string.h>

#define SEGMENTS 4 /* of a sound */

typedef struct {
  GenreFrontEnd *front_end;
  guint n_frames;
  GArray **decibels; /* by sound */
} Work;

typedef struct {
  GArray *decibels;
  guint bands;
} Clip;

static void
keep_frame (const float *bands, double mean_square, gpointer user_data)
{
  const Clip *clip = user_data;
  g_array_append_vals (clip->decibels, bands, clip->bands);
}

static void
make_sound (guint number, guint thread, gpointer user_data)
{
  const Work *work = user_data;
  const GenreFrontEndConfig *config = genre_front_end_get_config (work->front_end);
  guint n = (work->n_frames - 1) * config->hop;
  g_autofree float *samples = g_new (float, n);
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (work->front_end);
  Clip clip = {g_array_new (FALSE, FALSE, sizeof (float)), config->bands};
  genre_made_sound (number, config->rate, samples, n);
  genre_spectrogram_push (spectrogram, samples, n, keep_frame, &clip);
  genre_spectrogram_finish (spectrogram, keep_frame, &clip);
  work->decibels[number] = clip.decibels;
}

/* As clips of no label yet. */
static GPtrArray *
make_sounds (const GenreDataset *dataset, guint n_frames, guint n, guint n_threads)
{
  GPtrArray *clips = g_ptr_array_new_with_free_func (g_free);
  g_autofree GArray **decibels = g_new0 (GArray *, n);
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&dataset->front_end, NULL);
  Work work = {front_end, n_frames, decibels};
  genre_parallel_for (n_threads, n, make_sound, &work);
  for (guint i = 0; i < n; i++) {
    GenreClip *clip = g_new0 (GenreClip, 1);
    clip->n_frames = decibels[i]->len / dataset->front_end.bands;
    clip->levels = g_malloc (decibels[i]->len);
    genre_levels_from_decibels ((const float *)(gconstpointer)decibels[i]->data, decibels[i]->len,
                                clip->levels);
    g_array_unref (decibels[i]);
    g_ptr_array_add (clips, clip);
  }
  return clips;
}

/* The background label that the source hears in it, counted from the first of them; -1: music. */
static gint
find_kind (const GenreModelConfig *config, const GenreSegmentScores *scores, guint sound)
{
  guint n_genres = genre_model_config_count_genres (config);
  g_autofree double *p = g_new (double, config->n_labels);
  if (!genre_segment_scores_answer (scores, sound, config->temperature, p, NULL))
    return -1;
  double music = 0;
  guint best = n_genres;
  for (guint i = 0; i < n_genres; i++)
    music += p[i];
  for (guint i = n_genres; i < config->n_labels; i++)
    best = p[i] > p[best] ? i : best;
  return music < GENRE_LEAST_MUSIC ? (gint)(best - n_genres) : -1;
}

gboolean
genre_background_add (GenreDataset *dataset, GenreModel *source, guint n, guint n_threads,
                      guint *n_added, GError **error)
{
  const GenreModelConfig *config = genre_model_get_config (source);
  guint first = genre_dataset_get_n_genres (dataset);
  *n_added = 0;
  g_return_val_if_fail (config->n_background == dataset->n_background, FALSE);
  if (dataset->n_background == 0)
    return TRUE;
  g_autoptr (GPtrArray) sounds =
      make_sounds (dataset, SEGMENTS * config->segment_frames, n, n_threads);
  g_autoptr (GenreSegmentScores) scores = genre_segment_scores_from_network (
      genre_model_get_network (source), genre_model_get_front_end (source), config->segment_step,
      genre_model_config_count_genres (config), sounds, n_threads, error);
  for (guint i = 0; i < n; i++) {
    const GenreClip *sound = sounds->pdata[i];
    gint kind = scores ? find_kind (config, scores, i) : -1;
    g_autofree char *name = g_strdup_printf ("made sound %u", i + 1);
    if (kind < 0) {
      g_free (sound->levels);
      continue;
    }
    genre_dataset_add (dataset, name, first + (guint)kind, name, sound->levels, sound->n_frames);
    (*n_added)++;
  }
  genre_dataset_sort (dataset);
  return scores != NULL;
}
