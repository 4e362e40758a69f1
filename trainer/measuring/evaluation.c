/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evaluation.h"
#include "classifier.h"
#include "data/levels.h"
#include "work/parallel.h"
#include <string.h>

/* ---- the model's answers ---- */

typedef struct {
  GenreModel *model;
  const GPtrArray *clips; /* of GenreClip */
  guint bands;
  guint max_frames; /* of a clip, around its middle */
  guint n_labels;
  GenreFramesFunc change; /* or NULL */
  gpointer user_data;
  double *probabilities; /* (clips, n_labels) */
  gboolean *heard;       /* (clips,) */
  gint next;             /* atomic */
} Work;

static gboolean
classify_clip (const Work *work, const GenreClip *clip, double *probabilities)
{
  gsize n_frames = MIN (clip->n_frames, work->max_frames);
  gsize first = (clip->n_frames - n_frames) / 2;
  const guint8 *levels = clip->levels + first * work->bands;
  g_autofree float *frames = g_new (float, n_frames * work->bands);
  for (gsize i = 0; i < n_frames * work->bands; i++)
    frames[i] = GENRE_LEVEL_DB (levels[i]);
  if (work->change != NULL)
    work->change (clip, frames, n_frames, work->user_data);
  GenreResult result = {0};
  genre_classify_frames (work->model, frames, n_frames, 0, &result, probabilities);
  return result.n_segments > 0;
}

static void
classify_round (guint round, guint thread, gpointer user_data)
{
  Work *work = user_data;
  work->heard[round] = classify_clip (work, work->clips->pdata[round],
                                      work->probabilities + (gsize)round * work->n_labels);
}

/* ---- clips that fit the model ---- */

/* All that may differ. */
static char *
describe_front_end (const GenreFrontEndConfig *config)
{
  gboolean linear = config->representation == GENRE_REPRESENTATION_LINEAR;
  return g_strdup_printf ("%s, %u Hz, FFT %u, hop %u, %u bands, %g to %g Hz",
                          linear ? "linear" : "mel", config->rate, config->fft_size, config->hop,
                          config->bands, config->min_frequency, config->max_frequency);
}

static gboolean
check_front_end (const GenreModelConfig *config, const GenreDataset *dataset, GError **error)
{
  GenreFrontEndConfig model = config->front_end, data = dataset->front_end;
  GenreFrontEndConfig *both[] = {&model, &data};
  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    if (both[i]->representation == GENRE_REPRESENTATION_MFCC) {
      both[i]->representation = GENRE_REPRESENTATION_MEL;
      both[i]->coefficients = 0;
    }
  if (genre_front_end_config_equal (&model, &data))
    return TRUE;
  g_autofree char *ours = describe_front_end (&data), *theirs = describe_front_end (&model);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "the data set was made with another front end (%s) than the model hears with (%s)",
               ours, theirs);
  return FALSE;
}

static gint
find_label (const GenreModelConfig *config, const char *label)
{
  for (guint i = 0; i < config->n_labels; i++)
    if (g_str_equal (config->labels[i], label))
      return (gint)i;
  return -1;
}

/* Clips of genres that the model knows; @label_map: (data set's labels,) index in the model or -1.
 */
static GPtrArray *
known_clips (const GenreModelConfig *config, GenreDataset *dataset, const GPtrArray *clips,
             gint *label_map)
{
  g_autofree guint *n_unknown = g_new0 (guint, dataset->n_labels);
  for (guint i = 0; i < dataset->n_labels; i++)
    label_map[i] = find_label (config, dataset->labels[i]);
  GPtrArray *known = g_ptr_array_sized_new (clips->len);
  for (guint i = 0; i < clips->len; i++) {
    GenreClip *clip = clips->pdata[i];
    if (label_map[clip->label] >= 0)
      g_ptr_array_add (known, clip);
    else
      n_unknown[clip->label]++;
  }
  for (guint i = 0; i < dataset->n_labels; i++)
    if (n_unknown[i] > 0)
      g_ptr_array_add (
          dataset->problems,
          g_strdup_printf ("%s: a genre that the model does not know, %u clips left out",
                           dataset->labels[i], n_unknown[i]));
  return known;
}

static GenreScores *
collect_scores (const GenreModelConfig *config, GenreDataset *dataset, const Work *work,
                const gint *label_map)
{
  guint n_heard = 0, row = 0;
  for (guint i = 0; i < work->clips->len; i++)
    n_heard += work->heard[i] ? 1 : 0;
  GenreScores *scores =
      genre_scores_new (config->n_labels, config->labels, config->display_names, n_heard);
  guint least = genre_classifier_least_frames (work->model);
  for (guint i = 0; i < work->clips->len; i++) {
    const GenreClip *clip = work->clips->pdata[i];
    guint n_frames = MIN (clip->n_frames, work->max_frames);
    if (!work->heard[i] && n_frames >= least) {
      g_ptr_array_add (dataset->problems,
                       g_strdup_printf ("%s: the model has no finite answer", clip->path));
      continue;
    }
    if (!work->heard[i]) {
      g_ptr_array_add (dataset->problems, g_strdup_printf ("%s: %u frames, expected at least %u",
                                                           clip->path, n_frames, least));
      continue;
    }
    scores->clips[row] = g_strdup (clip->stem);
    scores->truth[row] = (guint)label_map[clip->label];
    memcpy (scores->probabilities + (gsize)row * config->n_labels,
            work->probabilities + (gsize)i * config->n_labels, config->n_labels * sizeof (double));
    row++;
  }
  return scores;
}

static guint
frames_in (const GenreFrontEndConfig *front_end, double seconds)
{
  double frames = seconds * front_end->rate / front_end->hop;
  return seconds > 0 && frames < G_MAXUINT ? (guint)MAX (frames, 1) : G_MAXUINT;
}

GenreScores *
genre_evaluate (GenreModel *model, GenreDataset *dataset, const GPtrArray *clips, double seconds,
                guint n_threads, GError **error)
{
  return genre_evaluate_changed (model, dataset, clips, seconds, NULL, NULL, n_threads, error);
}

GenreScores *
genre_evaluate_changed (GenreModel *model, GenreDataset *dataset, const GPtrArray *clips,
                        double seconds, GenreFramesFunc change, gpointer user_data, guint n_threads,
                        GError **error)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  if (!check_front_end (config, dataset, error))
    return NULL;
  g_autofree gint *label_map = g_new (gint, dataset->n_labels);
  g_autoptr (GPtrArray) known = known_clips (config, dataset, clips, label_map);
  g_autofree double *probabilities = g_new0 (double, (gsize)known->len * config->n_labels);
  g_autofree gboolean *heard = g_new0 (gboolean, known->len);
  genre_model_get_inference (model); /* made on first use: here, before there are threads */
  Work work = {.model = model,
               .max_frames = frames_in (&dataset->front_end, seconds),
               .clips = known,
               .bands = dataset->front_end.bands,
               .n_labels = config->n_labels,
               .change = change,
               .user_data = user_data,
               .probabilities = probabilities,
               .heard = heard};
  genre_parallel_for (n_threads, known->len, classify_round, &work);
  g_autoptr (GenreScores) scores = collect_scores (config, dataset, &work, label_map);
  if (scores->n_clips > 0)
    return g_steal_pointer (&scores);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "none of %u clips is of a genre that the model knows and as long as three quarters "
               "of a segment",
               clips->len);
  return NULL;
}
