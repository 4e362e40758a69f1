/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listener.h"
#include <pthread.h>

#define BLOCKS_PER_RUN 4 /* then it is another element's turn */

/* What was heard of a song before its timestamps jumped. */
typedef struct {
  GenreResult result; /* n_samples 0: nothing */
  double *probabilities;
  GenreInstant start;
} Former;

struct _GenreListener {
  GenreModel *model;
  GenreBlockQueue *queue;
  GenreStreamClassifier *classifier;
  GenreSongClock *clock;
  GenreSpectrogramBatch *spectrogram; /* NULL: nobody wants it */
  const GenreListenerFuncs *funcs;
  gpointer user_data;
  guint rate;
  gboolean everything; /* no window: all of the song counts */
  guint64 position;    /* samples that the classifier was given since its last reset */
  char *title;
  const GenreBlock *block; /* being listened to */
  guint song;              /* of the last audio */
  gboolean jumping;        /* what comes is about what lies before a jump */
  Former former;
  gboolean finished; /* the song's final answer was given */

  pthread_mutex_t lock; /* of what follows */
  GenreStreamClassifierOptions options;
  gboolean spectrogram_wanted;
  gboolean options_changed; /* or what is wanted */
  GenreStreamClassifierStatistics statistics;
};

static void
publish_statistics (GenreListener *listener)
{
  pthread_mutex_lock (&listener->lock);
  listener->statistics = genre_stream_classifier_get_statistics (listener->classifier);
  pthread_mutex_unlock (&listener->lock);
}

static void
give_answer (GenreListener *listener, const GenreResult *result, GenreInstant start)
{
  const GenreBlock *block = listener->block;
  GenreHeard answer = {
      .result = result,
      .model = genre_model_get_config (listener->model),
      .song = block->song,
      .title = listener->title,
      .reason = result->final ? block->text : NULL,
      .start = start,
      .duration = gst_util_uint64_scale (result->n_samples, GST_SECOND, listener->rate),
  };
  publish_statistics (listener); /* whoever takes the answer may ask what it rests on */
  if (!genre_block_queue_is_stale (listener->queue))
    listener->funcs->answered (&answer, listener->user_data);
}

/* @spectrogram may be NULL. */
static void
give_spectrogram (GenreListener *listener, GstStructure *spectrogram)
{
  if (!spectrogram)
    return;
  if (genre_block_queue_is_stale (listener->queue))
    gst_structure_free (spectrogram);
  else
    listener->funcs->seen (spectrogram, listener->user_data);
}

static void
on_frame (guint64 sample, const float *bands, gpointer user_data)
{
  GenreListener *listener = user_data;
  if (listener->jumping) /* what is left of before the jump, which is not posted */
    return;
  give_spectrogram (listener, genre_spectrogram_batch_add (listener->spectrogram, sample, bands));
}

static gboolean
on_segment (gpointer user_data)
{
  return genre_block_queue_is_stale (((GenreListener *)user_data)->queue);
}

static void
keep_former (GenreListener *listener, const GenreResult *result)
{
  Former *former = &listener->former;
  if (result->n_samples == 0)
    return;
  g_free (former->probabilities);
  former->probabilities = g_memdup2 (result->probabilities, result->n_genres * sizeof (double));
  former->result = *result;
  former->result.probabilities = former->probabilities;
  former->start = genre_song_clock_get (listener->clock, result->start);
}

static void
forget_former (GenreListener *listener)
{
  g_clear_pointer (&listener->former.probabilities, g_free);
  listener->former.result.n_samples = 0;
}

static void
on_result (const GenreResult *result, gpointer user_data)
{
  GenreListener *listener = user_data;
  const Former *former = &listener->former;
  if (listener->jumping) {
    keep_former (listener, result);
    return;
  }
  if (result->final && listener->spectrogram)
    give_spectrogram (listener, genre_spectrogram_batch_finish (listener->spectrogram));
  if (result->final && result->n_samples == 0 && former->result.n_samples > 0)
    give_answer (listener, &former->result, former->start);
  else
    give_answer (listener, result, genre_song_clock_get (listener->clock, result->start));
  if (result->final)
    listener->finished = TRUE;
  else
    genre_song_clock_forget_before (listener->clock, result->start);
}

/* All audio of the song was dropped: it still gets its final answer. */
static void
answer_nothing_heard (GenreListener *listener)
{
  const GenreModelConfig *config = genre_model_get_config (listener->model);
  guint n_genres = genre_model_config_count_genres (config);
  g_autofree double *probabilities = g_new (double, n_genres);
  GenreResult result = {.genre = -1,
                        .confidence = 1.0 / n_genres,
                        .music = config->n_background ? 0 : 1,
                        .n_genres = n_genres,
                        .probabilities = probabilities,
                        .final = TRUE};
  for (guint i = 0; i < n_genres; i++)
    probabilities[i] = 1.0 / n_genres;
  give_answer (listener, &result,
               genre_song_clock_instant (listener->block->timestamp, &listener->block->segment));
}

static void
begin_window (GenreListener *listener)
{
  genre_song_clock_reset (listener->clock);
  if (listener->spectrogram)
    genre_spectrogram_batch_reset (listener->spectrogram);
  listener->position = 0;
}

static void
hear (GenreListener *listener, const GenreBlock *block)
{
  /* Where everything since the beginning counts, the beginning is the only time ever asked for. */
  if (!listener->everything || listener->position == 0)
    genre_song_clock_mark (listener->clock, listener->position, block->timestamp, &block->segment);
  if (listener->spectrogram)
    genre_spectrogram_batch_mark (listener->spectrogram, listener->position, block->timestamp,
                                  &block->segment);
  listener->position += block->n_samples;
  listener->song = block->song;
  genre_stream_classifier_push (listener->classifier, block->samples, block->n_samples);
}

static void
finish_song (GenreListener *listener)
{
  listener->finished = FALSE;
  genre_stream_classifier_finish (listener->classifier);
  if (!listener->finished && listener->former.result.n_samples > 0)
    give_answer (listener, &listener->former.result, listener->former.start);
  else if (!listener->finished)
    answer_nothing_heard (listener);
  forget_former (listener);
  begin_window (listener);
}

/* The song may end before anything can be said of what lies behind the jump. */
static void
jump (GenreListener *listener)
{
  listener->jumping = TRUE;
  genre_stream_classifier_finish (listener->classifier);
  listener->jumping = FALSE;
}

static void
take_block (GenreListener *listener, GenreBlock *block)
{
  listener->block = block;
  switch (block->type) {
  case GENRE_BLOCK_AUDIO:
    hear (listener, block);
    break;
  case GENRE_BLOCK_TITLE:
    g_free (listener->title);
    listener->title = g_steal_pointer (&block->text);
    break;
  case GENRE_BLOCK_FINISH:
    finish_song (listener);
    break;
  case GENRE_BLOCK_RESET:
    if (block->song == listener->song)
      jump (listener);
    else
      forget_former (listener);
    genre_stream_classifier_reset (listener->classifier);
    begin_window (listener);
    break;
  }
  listener->block = NULL;
}

static void
switch_spectrogram (GenreListener *listener, gboolean wanted)
{
  if (wanted == (listener->spectrogram != NULL))
    return;
  if (wanted)
    listener->spectrogram =
        genre_spectrogram_batch_new (&genre_model_get_config (listener->model)->front_end);
  else
    g_clear_pointer (&listener->spectrogram, genre_spectrogram_batch_free);
  genre_stream_classifier_set_frame_func (listener->classifier, wanted ? on_frame : NULL);
}

static void
apply_options (GenreListener *listener)
{
  pthread_mutex_lock (&listener->lock);
  if (listener->options_changed) {
    genre_stream_classifier_set_options (listener->classifier, &listener->options);
    switch_spectrogram (listener, listener->spectrogram_wanted);
  }
  listener->options_changed = FALSE;
  pthread_mutex_unlock (&listener->lock);
}

gboolean
genre_listener_run (GenreListener *listener)
{
  for (guint i = 0; i < BLOCKS_PER_RUN; i++) {
    GenreBlock *block = genre_block_queue_pop (listener->queue);
    if (!block)
      return FALSE;
    apply_options (listener);
    take_block (listener, block);
    publish_statistics (listener);
    genre_block_queue_done (listener->queue, block);
  }
  return TRUE;
}

GenreListener *
genre_listener_new (GenreModel *model, GenreBlockQueue *queue,
                    const GenreStreamClassifierOptions *options, const GenreListenerFuncs *funcs,
                    gpointer user_data)
{
  GenreListener *listener = g_new0 (GenreListener, 1);
  pthread_mutex_init (&listener->lock, NULL);
  listener->model = genre_model_ref (model);
  listener->queue = queue;
  listener->options = *options;
  listener->everything = options->window == 0;
  listener->classifier = genre_stream_classifier_new (model, options, on_result, listener);
  genre_stream_classifier_set_unwanted_func (listener->classifier, on_segment);
  listener->rate = genre_model_get_config (model)->front_end.rate;
  listener->clock = genre_song_clock_new (listener->rate);
  listener->funcs = funcs;
  listener->user_data = user_data;
  return listener;
}

void
genre_listener_free (GenreListener *listener)
{
  if (!listener)
    return;
  g_clear_pointer (&listener->classifier, genre_stream_classifier_free);
  g_clear_pointer (&listener->spectrogram, genre_spectrogram_batch_free);
  g_clear_pointer (&listener->clock, genre_song_clock_free);
  g_clear_pointer (&listener->queue, genre_block_queue_free);
  genre_model_unref (listener->model);
  g_free (listener->former.probabilities);
  g_free (listener->title);
  pthread_mutex_destroy (&listener->lock);
  g_free (listener);
}

gpointer
genre_listener_get_user_data (const GenreListener *listener)
{
  return listener->user_data;
}

void
genre_listener_set_options (GenreListener *listener, const GenreStreamClassifierOptions *options)
{
  pthread_mutex_lock (&listener->lock);
  listener->options = *options;
  listener->options_changed = TRUE;
  pthread_mutex_unlock (&listener->lock);
}

void
genre_listener_set_spectrogram (GenreListener *listener, gboolean wanted)
{
  pthread_mutex_lock (&listener->lock);
  listener->spectrogram_wanted = wanted;
  listener->options_changed = TRUE;
  pthread_mutex_unlock (&listener->lock);
}

GenreStreamClassifierStatistics
genre_listener_get_statistics (GenreListener *listener)
{
  pthread_mutex_lock (&listener->lock);
  GenreStreamClassifierStatistics statistics = listener->statistics;
  pthread_mutex_unlock (&listener->lock);
  return statistics;
}
