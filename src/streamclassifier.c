/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "streamclassifier.h"
#include "aggregation.h"
#include "segment.h"
#include "spectrogram.h"
#include <math.h>
#include <string.h>

struct _GenreStreamClassifier {
  GenreModel *model;
  GenreStreamClassifierOptions options;
  GenreResultFunc func;
  gpointer user_data;
  GenreStreamClassifierFrameFunc frame_func;       /* or NULL */
  GenreStreamClassifierUnwantedFunc unwanted_func; /* or NULL */
  GenreSpectrogram *spectrogram;
  guint n_labels, bands, frames, step, hop, rate;

  float *decibels;      /* (frames, bands): the newest frames, oldest first */
  double *mean_squares; /* (frames,) */
  guint n_frames;       /* filled */
  float *input;         /* (frames, features) of the network */

  guint64 n_pushed;      /* samples since the last reset */
  guint64 end;           /* the same once the song is over, G_MAXUINT64 before */
  guint64 n_segments;    /* complete since the last reset */
  gboolean answered;     /* since the last reset */
  guint64 due, was_due;  /* coverage in samples when the next answer is, the last one was due */
  GArray *window;        /* of Heard, then n_labels doubles each: see heard_at() */
  GenreAggregation all;  /* with window 0: all segments heard */
  GenreAggregation some; /* scratch: those inside the window */
  double *probabilities; /* (n_labels,) scratch */
  GenreStreamClassifierStatistics statistics;
};

/* One segment inside the window: silent ones have no probabilities and count only as time. */
typedef struct {
  guint64 index; /* since the last reset */
  gboolean silent;
  double probabilities[];
} Heard;

GenreStreamClassifierOptions
genre_stream_classifier_options_default (void)
{
  return (GenreStreamClassifierOptions){.window = 30 * G_GUINT64_CONSTANT (1000000000),
                                        .interval = 10 * G_GUINT64_CONSTANT (1000000000),
                                        .min_window = 10 * G_GUINT64_CONSTANT (1000000000),
                                        .threshold = -1,
                                        .silence_threshold = -60};
}

/* The frames (n_frames, bands), at least one, go on as they began until they are @wanted. */
static void
repeat_frames (float *frames, guint n_frames, guint wanted, guint bands)
{
  for (gsize i = (gsize)n_frames * bands; i < (gsize)wanted * bands; i++)
    frames[i] = frames[i - (gsize)n_frames * bands];
}

guint
genre_stream_classifier_least_of (guint segment_frames)
{
  return segment_frames - segment_frames / 4;
}

guint
genre_stream_classifier_least_frames (const GenreModel *model)
{
  return genre_stream_classifier_least_of (genre_model_get_config (model)->segment_frames);
}

static gboolean
is_nearly_a_segment (const GenreModel *model, gsize n_frames)
{
  return n_frames < genre_model_get_config (model)->segment_frames &&
         n_frames >= genre_stream_classifier_least_frames (model);
}

static Heard *
heard_at (GenreStreamClassifier *classifier, guint i)
{
  return (Heard *)(classifier->window->data +
                   (gsize)i * g_array_get_element_size (classifier->window));
}

/* Samples in @time ns; saturates, since a window may be as long as anyone likes. */
static guint64
to_samples (const GenreStreamClassifier *classifier, guint64 time)
{
  const guint64 second = G_GUINT64_CONSTANT (1000000000);
  if (time / second > (guint64)G_MAXINT64 / classifier->rate - 1)
    return G_MAXINT64;
  return time / second * classifier->rate + time % second * classifier->rate / second;
}

/* Samples that the first @n_segments segments cover. */
static guint64
coverage (const GenreStreamClassifier *classifier, guint64 n_segments)
{
  if (n_segments == 0)
    return 0;
  return ((n_segments - 1) * classifier->step + classifier->frames) * (guint64)classifier->hop;
}

static void
set_due (GenreStreamClassifier *classifier)
{
  const guint64 interval = MAX (1, to_samples (classifier, classifier->options.interval));
  const guint64 since = coverage (classifier, classifier->n_segments) - classifier->was_due;
  if (classifier->answered)
    classifier->due = classifier->was_due + (since / interval + 1) * interval;
  else
    classifier->due = to_samples (classifier, classifier->options.min_window);
}

GenreStreamClassifier *
genre_stream_classifier_new (GenreModel *model, const GenreStreamClassifierOptions *options,
                             GenreResultFunc func, gpointer user_data)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  GenreFrontEnd *front_end = genre_model_get_front_end (model);
  GenreStreamClassifier *classifier = g_new0 (GenreStreamClassifier, 1);
  classifier->model = genre_model_ref (model);
  classifier->func = func;
  classifier->user_data = user_data;
  classifier->spectrogram = genre_spectrogram_new (front_end);
  classifier->n_labels = config->n_labels;
  classifier->bands = config->front_end.bands;
  classifier->frames = config->segment_frames;
  classifier->step = config->segment_step;
  classifier->hop = config->front_end.hop;
  classifier->rate = config->front_end.rate;
  classifier->decibels = g_new (float, (gsize)classifier->frames * classifier->bands);
  classifier->mean_squares = g_new (double, classifier->frames);
  classifier->input =
      g_new (float, (gsize)classifier->frames *genre_front_end_get_features (front_end));
  guint n_genres = genre_model_config_count_genres (config);
  genre_aggregation_init (&classifier->all, config->n_labels, n_genres);
  genre_aggregation_init (&classifier->some, config->n_labels, n_genres);
  classifier->probabilities = g_new0 (double, config->n_labels);
  classifier->window =
      g_array_new (FALSE, FALSE, sizeof (Heard) + config->n_labels * sizeof (double));
  genre_stream_classifier_set_options (classifier, options);
  genre_stream_classifier_reset (classifier);
  return classifier;
}

void
genre_stream_classifier_free (GenreStreamClassifier *classifier)
{
  genre_spectrogram_free (classifier->spectrogram);
  genre_model_unref (classifier->model);
  g_array_unref (classifier->window);
  g_free (classifier->decibels);
  g_free (classifier->mean_squares);
  g_free (classifier->input);
  genre_aggregation_clear (&classifier->all);
  genre_aggregation_clear (&classifier->some);
  g_free (classifier->probabilities);
  g_free (classifier);
}

void
genre_stream_classifier_set_options (GenreStreamClassifier *classifier,
                                     const GenreStreamClassifierOptions *options)
{
  classifier->options = *options;
  set_due (classifier);
}

void
genre_stream_classifier_set_frame_func (GenreStreamClassifier *classifier,
                                        GenreStreamClassifierFrameFunc func)
{
  classifier->frame_func = func;
}

void
genre_stream_classifier_set_unwanted_func (GenreStreamClassifier *classifier,
                                           GenreStreamClassifierUnwantedFunc func)
{
  classifier->unwanted_func = func;
}

static gboolean
is_known (const GenreModel *model, const GenreStreamClassifierOptions *options, double familiarity,
          const GenreResult *result)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  if (result->music < GENRE_LEAST_MUSIC)
    return FALSE;
  if (options->threshold >= 0) /* who asks for guesses means it */
    return !(result->confidence < options->threshold);
  return !(result->confidence * pow (familiarity, config->doubt) < config->threshold);
}

/* Decides what segments together mean. */
static void
conclude (GenreModel *model, const GenreAggregation *heard,
          const GenreStreamClassifierOptions *options, double *probabilities, GenreResult *result)
{
  result->music = genre_aggregation_finish (heard, probabilities);
  guint best = 0;
  for (guint i = 1; i < heard->n_genres; i++)
    best = probabilities[i] > probabilities[best] ? i : best;
  result->n_genres = heard->n_genres;
  result->n_segments = (guint)MIN (heard->n_heard, G_MAXUINT);
  result->probabilities = probabilities;
  result->confidence = probabilities[best];
  gboolean known = heard->n_heard > 0 &&
                   is_known (model, options, genre_aggregation_get_familiarity (heard), result);
  result->genre = known ? (gint)best : -1;
}

/* Also where a window was asked for a moment ago, and no segment was kept for one until then. */
static gboolean
counts_everything (const GenreStreamClassifier *classifier)
{
  return classifier->options.window == 0 || classifier->window->len == 0;
}

/* The first segment that lies inside the window that ends with the newest segment. A window that
 * has become longer grows from what is left of the shorter one. */
static guint64
first_inside (GenreStreamClassifier *classifier)
{
  if (counts_everything (classifier))
    return 0;
  guint64 window = to_samples (classifier, classifier->options.window);
  guint64 end = coverage (classifier, classifier->n_segments);
  guint64 step = (guint64)classifier->step * classifier->hop;
  const guint64 oldest = heard_at (classifier, 0)->index;
  if (end <= window)
    return oldest;
  return CLAMP ((end - window + step - 1) / step, oldest, classifier->n_segments - 1);
}

/* @n_repeated: frames of the newest segment that were not heard but repeated. */
static void
answer (GenreStreamClassifier *classifier, gboolean final, guint n_repeated)
{
  guint64 first = first_inside (classifier);
  GenreResult result = {.final = final};
  const gboolean everything = counts_everything (classifier);
  genre_aggregation_reset (&classifier->some);
  for (guint i = 0; i < classifier->window->len && !everything; i++) {
    const Heard *heard = heard_at (classifier, i);
    if (heard->silent || heard->index < first)
      continue;
    genre_aggregation_add (&classifier->some, heard->probabilities);
  }
  conclude (classifier->model, everything ? &classifier->all : &classifier->some,
            &classifier->options, classifier->probabilities, &result);
  if (classifier->n_segments) {
    result.start = first * classifier->step * classifier->hop;
    result.n_samples = coverage (classifier, classifier->n_segments) - result.start -
                       (guint64)n_repeated * classifier->hop;
    /* the last frame of a song reaches beyond its end */
    result.n_samples = MIN (result.n_samples, classifier->end - result.start);
  }
  if (classifier->func)
    classifier->func (&result, classifier->user_data);
}

static gboolean
is_silent (const GenreStreamClassifier *classifier)
{
  double power = 0;
  for (guint i = 0; i < classifier->frames; i++)
    power += classifier->mean_squares[i];
  power /= classifier->frames;
  return !(10 * log10 (MAX (power, 1e-30)) >= classifier->options.silence_threshold);
}

static void
forget_old (GenreStreamClassifier *classifier)
{
  guint64 first = first_inside (classifier);
  guint n_old = 0;
  while (n_old < classifier->window->len && heard_at (classifier, n_old)->index < first)
    n_old++;
  if (classifier->options.window == 0)
    n_old = classifier->window->len;
  if (n_old)
    g_array_remove_range (classifier->window, 0, n_old);
}

static void
remember (GenreStreamClassifier *classifier, gboolean silent)
{
  gsize size = g_array_get_element_size (classifier->window);
  g_array_set_size (classifier->window, classifier->window->len + 1);
  Heard *heard = heard_at (classifier, classifier->window->len - 1);
  memset (heard, 0, size);
  heard->index = classifier->n_segments;
  heard->silent = silent;
  classifier->n_segments++;
  if (!silent) {
    memcpy (heard->probabilities, classifier->probabilities,
            classifier->n_labels * sizeof (double));
    genre_aggregation_add (&classifier->all, classifier->probabilities);
  }
  forget_old (classifier);
}

static gboolean
is_unwanted (const GenreStreamClassifier *classifier)
{
  return classifier->unwanted_func && classifier->unwanted_func (classifier->user_data);
}

static void
hear_segment (GenreStreamClassifier *classifier)
{
  gboolean silent = is_unwanted (classifier) || is_silent (classifier);
  if (!silent) {
    gint64 begin = g_get_monotonic_time ();
    genre_segment_normalise (genre_model_get_front_end (classifier->model), classifier->decibels,
                             classifier->frames, classifier->input);
    genre_model_classify_segment (classifier->model, classifier->input, classifier->probabilities);
    /* scores beyond all numbers make every probability NaN: such a segment was not heard */
    silent = !isfinite (classifier->probabilities[0]);
    classifier->statistics.inference_time += 1000 * (g_get_monotonic_time () - begin);
    classifier->statistics.segments++;
  }
  remember (classifier, silent);
}

static void
complete_segment (GenreStreamClassifier *classifier)
{
  hear_segment (classifier);
  guint64 covered = coverage (classifier, classifier->n_segments);
  if (covered >= classifier->due) {
    classifier->answered = TRUE;
    classifier->was_due = classifier->due;
    set_due (classifier);
    answer (classifier, FALSE, 0);
  }
}

static void
take_frame (const float *bands, double mean_square, gpointer user_data)
{
  GenreStreamClassifier *classifier = user_data;
  gsize bytes = classifier->bands * sizeof *bands;
  if (classifier->frame_func) {
    guint64 frame = classifier->n_segments * classifier->step + classifier->n_frames;
    classifier->frame_func (frame * classifier->hop, bands, classifier->user_data);
  }
  memcpy (classifier->decibels + (gsize)classifier->n_frames * classifier->bands, bands, bytes);
  classifier->mean_squares[classifier->n_frames++] = mean_square;
  if (classifier->n_frames < classifier->frames)
    return;
  complete_segment (classifier);
  guint kept = classifier->frames - classifier->step;
  memmove (classifier->decibels, classifier->decibels + (gsize)classifier->step * classifier->bands,
           kept * bytes);
  memmove (classifier->mean_squares, classifier->mean_squares + classifier->step,
           kept * sizeof (double));
  classifier->n_frames = kept;
}

void
genre_stream_classifier_push (GenreStreamClassifier *classifier, const float *samples,
                              gsize n_samples)
{
  classifier->n_pushed += n_samples;
  genre_spectrogram_push (classifier->spectrogram, samples, n_samples, take_frame, classifier);
}

/* Returns how many frames it had to repeat. */
static guint
hear_short_song (GenreStreamClassifier *classifier)
{
  guint n = classifier->n_frames, frames = classifier->frames;
  if (classifier->n_segments > 0 || !is_nearly_a_segment (classifier->model, n))
    return 0;
  repeat_frames (classifier->decibels, n, frames, classifier->bands);
  for (guint i = n; i < frames; i++)
    classifier->mean_squares[i] = classifier->mean_squares[i - n];
  hear_segment (classifier);
  return frames - n;
}

void
genre_stream_classifier_finish (GenreStreamClassifier *classifier)
{
  classifier->end = classifier->n_pushed;
  genre_spectrogram_finish (classifier->spectrogram, take_frame, classifier);
  guint n_repeated = hear_short_song (classifier);
  if (classifier->n_pushed)
    answer (classifier, TRUE, n_repeated);
  genre_stream_classifier_reset (classifier);
}

void
genre_stream_classifier_reset (GenreStreamClassifier *classifier)
{
  genre_spectrogram_reset (classifier->spectrogram);
  classifier->n_frames = 0;
  classifier->n_pushed = 0;
  classifier->end = G_MAXUINT64;
  classifier->n_segments = 0;
  genre_aggregation_reset (&classifier->all);
  g_array_set_size (classifier->window, 0);
  classifier->answered = FALSE;
  classifier->was_due = 0;
  set_due (classifier);
}

GenreStreamClassifierStatistics
genre_stream_classifier_get_statistics (const GenreStreamClassifier *classifier)
{
  return classifier->statistics;
}

static gboolean
is_constant (const float *values, gsize n)
{
  gsize i = 1;
  while (i < n && values[i] == values[0])
    i++;
  return i == n;
}

/* @with_constant: also of segments that normalising makes all zeros of, whatever their level was */
static void
score_segments (GenreModel *model, const float *frames, gsize n_frames, gboolean with_constant,
                GArray *scores)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  GenreFrontEnd *front_end = genre_model_get_front_end (model);
  GenreInference *inference = genre_model_get_inference (model);
  guint bands = config->front_end.bands;
  g_autofree float *input =
      g_new (float, (gsize)config->segment_frames *genre_front_end_get_features (front_end));
  for (gsize at = 0; at + config->segment_frames <= n_frames; at += config->segment_step) {
    guint n = scores->len;
    if (!with_constant && is_constant (frames + at * bands, (gsize)config->segment_frames * bands))
      continue;
    g_array_set_size (scores, n + config->n_labels);
    genre_segment_normalise (front_end, frames + at * bands, config->segment_frames, input);
    genre_inference_run (inference, input, &g_array_index (scores, float, n));
  }
}

void
genre_score_frames (GenreModel *model, const float *frames, gsize n_frames, GArray *scores)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  guint bands = config->front_end.bands, n_before = scores->len;
  g_autofree float *filled = NULL;
  if (is_nearly_a_segment (model, n_frames)) {
    filled = g_new (float, (gsize)config->segment_frames *bands);
    memcpy (filled, frames, n_frames * bands * sizeof *filled);
    repeat_frames (filled, (guint)n_frames, config->segment_frames, bands);
    n_frames = config->segment_frames;
    frames = filled;
  }
  score_segments (model, frames, n_frames, FALSE, scores);
  if (scores->len == n_before)
    score_segments (model, frames, n_frames, TRUE, scores);
}
