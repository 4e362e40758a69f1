/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "genre/answer.h"
#include "genre/genre.h"
#include "error.h"
#include "monostream.h"
#include "streamclassifier.h"

struct _GenreClassifier {
  GObject parent;
  GenreModel *model;
  guint channels;
  GenreMonoStream *input;
  GenreStreamClassifierOptions options;
  GenreStreamClassifier *stream;
  GQueue answers; /* of GenreAnswer, not yet popped */
};

/**
 * GenreClassifier:
 *
 * A stream of samples in, answers out: the first after #GenreClassifier:min-window, then every
 * #GenreClassifier:interval, and one last when the stream is said to be finished. Times are of
 * audio.
 *
 * Since: 0.2
 */
G_DEFINE_FINAL_TYPE (GenreClassifier, genre_classifier, G_TYPE_OBJECT)

enum { WINDOW = 1, INTERVAL, MIN_WINDOW, THRESHOLD, SILENCE_THRESHOLD, N_PROPERTIES };
static GParamSpec *properties[N_PROPERTIES];

static void
keep (const GenreResult *result, gpointer user_data)
{
  GenreClassifier *classifier = user_data;
  g_queue_push_tail (&classifier->answers, genre_answer_new (classifier->model, result));
}

static void
hear (const float *samples, gsize n_samples, gpointer user_data)
{
  genre_stream_classifier_push (((GenreClassifier *)user_data)->stream, samples, n_samples);
}

static gboolean
check (guint value, guint lowest, guint highest, const char *what, GError **error)
{
  if (value >= lowest && value <= highest)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s is %u, expected %u to %u", what, value,
               lowest, highest);
  return FALSE;
}

/**
 * genre_classifier_new:
 * @model: a model
 * @rate: in Hz, 4,000 to 384,000
 * @channels: 1 to 64, which are averaged
 * @error: what is wrong with the arguments, or that there is not enough memory
 *
 * A listener to one stream.
 *
 * Returns: (transfer full): a classifier
 *
 * Since: 0.2
 */
GenreClassifier *
genre_classifier_new (GenreModel *model, guint rate, guint channels, GError **error)
{
  g_return_val_if_fail (model, NULL);
  g_return_val_if_fail (!error || !*error, NULL);
  if (!check (rate, GENRE_SOUND_MIN_RATE, GENRE_SOUND_MAX_RATE, "rate", error) ||
      !check (channels, 1, GENRE_SOUND_MAX_CHANNELS, "channels", error) ||
      !genre_model_prepare (model, error))
    return NULL;
  GenreClassifier *classifier = g_object_new (GENRE_TYPE_CLASSIFIER, NULL);
  classifier->model = genre_model_ref (model);
  classifier->channels = channels;
  classifier->input = genre_mono_stream_new (rate, genre_model_get_config (model)->front_end.rate,
                                             hear, classifier);
  classifier->stream = genre_stream_classifier_new (model, &classifier->options, keep, classifier);
  return classifier;
}

/* ---- samples ---- */

/* @samples: (n, channels); @mono: (n,). What is no number, or beyond all sense, is silence. */
static void
mix (const GenreClassifier *classifier, const float *samples, gsize n, float *mono)
{
  const guint channels = classifier->channels;
  const float weight = 1.0f / channels;
  for (gsize i = 0; i < n; i++) {
    float sum = 0;
    for (guint c = 0; c < channels; c++) {
      float sample = samples[i * channels + c];
      sum += weight * (genre_sound_is_sane (sample) ? sample : 0.0f);
    }
    mono[i] = genre_sound_flush (sum);
  }
}

/**
 * genre_classifier_push:
 * @classifier: a classifier
 * @samples: (array length=n_samples): interleaved, full scale ±1; what is not finite, or beyond
 * ±32,768, counts as silence
 * @n_samples: of all channels together, a multiple of their number
 * @error: what is wrong with the arguments
 *
 * The next samples of the stream. The network runs in here.
 *
 * Returns: whether that many samples could be
 *
 * Since: 0.2
 */
gboolean
genre_classifier_push (GenreClassifier *classifier, const float *samples, gsize n_samples,
                       GError **error)
{
  g_return_val_if_fail (GENRE_IS_CLASSIFIER (classifier), FALSE);
  g_return_val_if_fail (samples || n_samples == 0, FALSE);
  g_return_val_if_fail (!error || !*error, FALSE);
  if (!classifier->stream) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "a classifier without a model, expected one of genre_classifier_new()");
    return FALSE;
  }
  if (n_samples % classifier->channels != 0) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%" G_GSIZE_FORMAT " samples, expected a multiple of %u channels", n_samples,
                 classifier->channels);
    return FALSE;
  }
  float mono[GENRE_RESAMPLER_CHUNK];
  gsize n_frames = n_samples / classifier->channels;
  for (gsize done = 0; done < n_frames;) {
    gsize n = MIN (GENRE_RESAMPLER_CHUNK, n_frames - done);
    mix (classifier, samples + done * classifier->channels, n, mono);
    genre_mono_stream_push (classifier->input, mono, n);
    done += n;
  }
  return TRUE;
}

/**
 * genre_classifier_finish:
 * @classifier: a classifier
 *
 * The end of a song: there is a last answer, if there was a sample, and what comes next is another
 * song.
 *
 * Since: 0.2
 */
void
genre_classifier_finish (GenreClassifier *classifier)
{
  g_return_if_fail (GENRE_IS_CLASSIFIER (classifier));
  if (!classifier->stream)
    return;
  genre_mono_stream_finish (classifier->input);
  genre_stream_classifier_finish (classifier->stream);
}

/**
 * genre_classifier_reset:
 * @classifier: a classifier
 *
 * Forgets what was pushed, and answers that were not popped.
 *
 * Since: 0.2
 */
void
genre_classifier_reset (GenreClassifier *classifier)
{
  g_return_if_fail (GENRE_IS_CLASSIFIER (classifier));
  if (!classifier->stream)
    return;
  genre_stream_classifier_reset (classifier->stream);
  genre_mono_stream_reset (classifier->input);
  g_queue_clear_full (&classifier->answers, g_object_unref);
}

/**
 * genre_classifier_pop:
 * @classifier: a classifier
 *
 * Takes an answer out; several may wait after one push.
 *
 * Returns: (transfer full) (nullable): the oldest answer that was not popped yet, if there is one
 *
 * Since: 0.2
 */
GenreAnswer *
genre_classifier_pop (GenreClassifier *classifier)
{
  g_return_val_if_fail (GENRE_IS_CLASSIFIER (classifier), NULL);
  return g_queue_pop_head (&classifier->answers);
}

/* ---- properties ---- */

static void
genre_classifier_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GenreClassifier *classifier = GENRE_CLASSIFIER (object);
  GenreStreamClassifierOptions *options = &classifier->options;
  switch (id) {
  case WINDOW:
    options->window = g_value_get_uint64 (value);
    break;
  case INTERVAL:
    options->interval = g_value_get_uint64 (value);
    break;
  case MIN_WINDOW:
    options->min_window = g_value_get_uint64 (value);
    break;
  case THRESHOLD:
    options->threshold = g_value_get_double (value);
    break;
  case SILENCE_THRESHOLD:
    options->silence_threshold = g_value_get_double (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    return;
  }
  if (classifier->stream)
    genre_stream_classifier_set_options (classifier->stream, options);
}

static void
genre_classifier_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  const GenreStreamClassifierOptions *options = &GENRE_CLASSIFIER (object)->options;
  switch (id) {
  case WINDOW:
    g_value_set_uint64 (value, options->window);
    break;
  case INTERVAL:
    g_value_set_uint64 (value, options->interval);
    break;
  case MIN_WINDOW:
    g_value_set_uint64 (value, options->min_window);
    break;
  case THRESHOLD:
    g_value_set_double (value, options->threshold);
    break;
  case SILENCE_THRESHOLD:
    g_value_set_double (value, options->silence_threshold);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
genre_classifier_finalize (GObject *object)
{
  GenreClassifier *classifier = GENRE_CLASSIFIER (object);
  g_queue_clear_full (&classifier->answers, g_object_unref);
  g_clear_pointer (&classifier->stream, genre_stream_classifier_free);
  g_clear_pointer (&classifier->input, genre_mono_stream_free);
  g_clear_pointer (&classifier->model, genre_model_unref);
  G_OBJECT_CLASS (genre_classifier_parent_class)->finalize (object);
}

static void
genre_classifier_init (GenreClassifier *classifier)
{
  classifier->options = genre_stream_classifier_options_default ();
  g_queue_init (&classifier->answers);
}

static void
genre_classifier_class_init (GenreClassifierClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  object_class->set_property = genre_classifier_set_property;
  object_class->get_property = genre_classifier_get_property;
  object_class->finalize = genre_classifier_finalize;
  const GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  /**
   * GenreClassifier:window:
   *
   * Audio that an answer covers, in nanoseconds; 0: everything since the song began.
   */
  properties[WINDOW] =
      g_param_spec_uint64 ("window", NULL, NULL, 0, G_MAXUINT64, options.window, flags);
  /**
   * GenreClassifier:interval:
   *
   * Audio between answers, in nanoseconds. They come with the first segment of the model that ends
   * when they are due.
   */
  properties[INTERVAL] =
      g_param_spec_uint64 ("interval", NULL, NULL, 1, G_MAXUINT64, options.interval, flags);
  /**
   * GenreClassifier:min-window:
   *
   * Audio heard before the first answer, in nanoseconds.
   */
  properties[MIN_WINDOW] =
      g_param_spec_uint64 ("min-window", NULL, NULL, 0, G_MAXUINT64, options.min_window, flags);
  /**
   * GenreClassifier:threshold:
   *
   * Confidence below which the genre is "unknown"; -1: the model's own, which asks for more where
   * what it hears resembles less what it knows.
   */
  properties[THRESHOLD] =
      g_param_spec_double ("threshold", NULL, NULL, -1, 1, options.threshold, flags);
  /**
   * GenreClassifier:silence-threshold:
   *
   * Level in dBFS below which nothing is heard.
   */
  properties[SILENCE_THRESHOLD] = g_param_spec_double ("silence-threshold", NULL, NULL, -200, 0,
                                                       options.silence_threshold, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}
