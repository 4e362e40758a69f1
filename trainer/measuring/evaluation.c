/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evaluation.h"
#include <gio/gio.h>
#include "aggregation.h"
#include "representation.h"
#include "streamclassifier.h"
#include "data/levels.h"
#include "running/parallel.h"
#include "running/progress.h"
#include "running/ranks.h"

/* ---- what the network says ---- */

typedef struct {
  GenreModel *model;
  const GPtrArray *clips; /* of GenreClip */
  guint first;            /* of those that this rank hears */
  guint bands;
  guint max_frames; /* of a clip, around its middle */
  const GenreHearingJob *job;
  GenreProgress *progress; /* or NULL */
  GPtrArray *scores;       /* (clips,) of GArray of float */
} Work;

static gboolean
is_stopped (const GenreHearingJob *job)
{
  return job->stop && g_atomic_int_get (job->stop);
}

static void
hear_clip (guint round, guint thread, gpointer user_data)
{
  const Work *work = user_data;
  const GenreHearingJob *job = work->job;
  if (is_stopped (job))
    return;
  guint number = work->first + round;
  const GenreClip *clip = work->clips->pdata[number];
  gsize n_frames = MIN (clip->n_frames, work->max_frames);
  gsize first = (clip->n_frames - n_frames) / 2;
  const guint8 *levels = clip->levels + first * work->bands;
  g_autofree float *frames = g_new (float, n_frames * work->bands);
  for (gsize i = 0; i < n_frames * work->bands; i++)
    frames[i] = GENRE_LEVEL_DB (levels[i]);
  if (job->change)
    job->change (clip, frames, n_frames, job->user_data);
  genre_score_frames (work->model, frames, n_frames, work->scores->pdata[number]);
  if (work->progress)
    genre_progress_step (work->progress, n_frames, clip->stem);
}

/* ---- clips that fit the model ---- */

/* All that may differ. */
static char *
describe_front_end (const GenreFrontEndConfig *config)
{
  return g_strdup_printf ("%s, %u Hz, FFT %u, hop %u, %u bands, %g to %g Hz",
                          genre_representation_get_traits (config->representation)->name,
                          config->rate, config->fft_size, config->hop, config->bands,
                          config->min_frequency, config->max_frequency);
}

static gboolean
check_front_end (const GenreModelConfig *config, const GenreDataset *dataset, GError **error)
{
  const GenreFrontEndConfig model = genre_front_end_config_as_stored (&config->front_end);
  const GenreFrontEndConfig data = genre_front_end_config_as_stored (&dataset->front_end);
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

/* Clips of genres that the model knows, and of music of none; @label_map: (data set's labels + 1,)
 * index in the model or -1. */
static GPtrArray *
known_clips (const GenreModelConfig *config, GenreDataset *dataset, const GPtrArray *clips,
             gint *label_map)
{
  g_autofree guint *n_unknown = g_new0 (guint, dataset->n_labels);
  for (guint i = 0; i < dataset->n_labels; i++)
    label_map[i] = find_label (config, dataset->labels[i]);
  label_map[dataset->n_labels] = (gint)config->n_labels;
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

static gboolean
is_heard (const GArray *scores, const GenreModelConfig *config)
{
  g_autofree double *unused = g_new (double, config->n_labels);
  return genre_aggregation_of_scores (
             (const float *)(gconstpointer)scores->data, scores->len / config->n_labels,
             config->n_labels, genre_model_config_count_genres (config), 1, unused, NULL) > 0;
}

static GenreHearing *
collect_heard (GenreDataset *dataset, const Work *work, const gint *label_map)
{
  const GenreModelConfig *config = genre_model_get_config (work->model);
  guint least = genre_stream_classifier_least_frames (work->model);
  GenreHearing *hearing = g_new (GenreHearing, 1);
  genre_model_config_copy (config, &hearing->config);
  hearing->clips = g_ptr_array_new ();
  hearing->segments =
      genre_segment_scores_new (config->n_labels, genre_model_config_count_genres (config));
  for (guint i = 0; i < work->clips->len; i++) {
    GenreClip *clip = work->clips->pdata[i];
    GArray *scores = work->scores->pdata[i];
    guint n_frames = MIN (clip->n_frames, work->max_frames);
    if (is_heard (scores, config)) {
      g_ptr_array_add (hearing->clips, clip);
      genre_segment_scores_add (hearing->segments, (guint)label_map[clip->label], scores);
    } else if (n_frames >= least)
      g_ptr_array_add (dataset->problems,
                       g_strdup_printf ("%s: the model has no finite answer", clip->path));
    else
      g_ptr_array_add (dataset->problems, g_strdup_printf ("%s: %u frames, expected at least %u",
                                                           clip->path, n_frames, least));
  }
  return hearing;
}

static guint
frames_in (const GenreFrontEndConfig *front_end, double seconds)
{
  double frames = seconds * front_end->rate / front_end->hop;
  return seconds > 0 && frames < G_MAXUINT ? (guint)MAX (frames, 1) : G_MAXUINT;
}

gboolean
genre_evaluation_prepare (GenreModel *model, const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  if (genre_model_prepare (model, error))
    return TRUE;
  g_prefix_error (error, "%s: ", name);
  return FALSE;
}

static guint64
count_frames (const Work *work, guint n)
{
  guint64 n_frames = 0;
  for (guint i = 0; i < n; i++) {
    const GenreClip *clip = work->clips->pdata[work->first + i];
    n_frames += MIN (clip->n_frames, work->max_frames);
  }
  return n_frames;
}

/* The part of this rank. FALSE if any was stopped. */
static gboolean
hear_clips (Work *work, GError **error)
{
  guint n = genre_ranks_divide (work->clips->len, &work->first);
  g_autoptr (GenreProgress) progress =
      work->job->shows && genre_ranks_get_index () == 0
          ? genre_progress_new ("clips heard", n, count_frames (work, n))
          : NULL;
  work->progress = progress;
  genre_parallel_for (work->job->n_threads, n, hear_clip, work);
  gboolean stop = is_stopped (work->job);
  if (!genre_ranks_agree (TRUE, &stop, error))
    return FALSE;
  if (stop)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped while clips were heard");
  return !stop;
}

GenreHearing *
genre_hearing_new (GenreModel *model, GenreDataset *dataset, const GPtrArray *clips,
                   const GenreHearingJob *job, GError **error)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  if (!check_front_end (config, dataset, error) ||
      !genre_ranks_agree (genre_model_prepare (model, error), NULL, error))
    return NULL;
  if (genre_model_config_count_genres (config) < 2) {
    g_set_error (
        error, GENRE_ERROR, GENRE_ERROR_DATA,
        "the model knows no two genres, only \"%s\" and what is no music: nothing to measure",
        config->labels[0]);
    return NULL;
  }
  guint n_problems = dataset->problems->len;
  g_autofree gint *label_map = g_new (gint, dataset->n_labels + 1);
  g_autoptr (GPtrArray) known = known_clips (config, dataset, clips, label_map);
  g_autoptr (GPtrArray) scores = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);
  for (guint i = 0; i < known->len; i++)
    g_ptr_array_add (scores, g_array_new (FALSE, FALSE, sizeof (float)));
  Work work = {.model = model,
               .clips = known,
               .bands = dataset->front_end.bands,
               .max_frames = frames_in (&dataset->front_end, job->seconds),
               .job = job,
               .scores = scores};
  if (!hear_clips (&work, error)) {
    g_ptr_array_set_size (dataset->problems, (gint)n_problems);
    return NULL;
  }
  genre_segment_scores_share (scores);
  g_autoptr (GenreHearing) hearing = collect_heard (dataset, &work, label_map);
  if (hearing->clips->len > 0)
    return g_steal_pointer (&hearing);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "none of %u clips is of a genre that the model knows and as long as three quarters "
               "of a segment",
               clips->len);
  return NULL;
}

void
genre_hearing_free (GenreHearing *hearing)
{
  genre_model_config_clear (&hearing->config);
  g_ptr_array_unref (hearing->clips);
  genre_segment_scores_free (hearing->segments);
  g_free (hearing);
}

/* ---- its answers ---- */

static GenreScores *
answer (const GenreHearing *hearing, const GenreSegmentScores *segments, double temperature)
{
  const GenreModelConfig *config = &hearing->config;
  GenreScores *scores = genre_scores_new (config->n_labels, config->labels, config->display_names,
                                          hearing->clips->len);
  scores->n_background = config->n_background;
  for (guint i = 0; i < scores->n_clips; i++) {
    scores->clips[i] = g_strdup (((const GenreClip *)hearing->clips->pdata[i])->stem);
    scores->truth[i] = segments->truth[i];
    genre_segment_scores_answer (segments, i, temperature,
                                 scores->probabilities + (gsize)i * config->n_labels,
                                 scores->familiarity + i);
  }
  return scores;
}

GenreScores *
genre_hearing_answer (const GenreHearing *hearing, const GenreCalibration *calibration)
{
  g_autoptr (GenreSegmentScores) segments =
      genre_segment_scores_shift (hearing->segments, calibration->biases);
  return answer (hearing, segments, calibration->temperature);
}

GenreScores *
genre_hearing_answer_plainly (const GenreHearing *hearing)
{
  return answer (hearing, hearing->segments, hearing->config.temperature);
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
  const GenreHearingJob job = {
      .seconds = seconds, .change = change, .user_data = user_data, .n_threads = n_threads};
  g_autoptr (GenreHearing) hearing = genre_hearing_new (model, dataset, clips, &job, error);
  return hearing ? genre_hearing_answer_plainly (hearing) : NULL;
}
