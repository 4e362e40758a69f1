/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spectrogrambatch.h"
#include <string.h>

struct _GenreSpectrogramBatch {
  guint rate, hop, bands;
  guint capacity; /* frames of a whole batch */
  guint n_frames;
  float *decibels; /* (capacity, bands) */
  GenreInstant start;
  GenreSongClock *clock;
};

GenreSpectrogramBatch *
genre_spectrogram_batch_new (const GenreFrontEndConfig *front_end)
{
  GenreSpectrogramBatch *batch = g_new0 (GenreSpectrogramBatch, 1);
  batch->rate = front_end->rate;
  batch->hop = front_end->hop;
  batch->bands = front_end->bands;
  const guint64 frames = gst_util_uint64_scale_round (GENRE_SPECTROGRAM_BATCH_DURATION, batch->rate,
                                                      (guint64)batch->hop * GST_SECOND);
  batch->capacity = (guint)MAX (1, frames);
  batch->decibels = g_new (float, (gsize)batch->capacity * batch->bands);
  batch->clock = genre_song_clock_new (batch->rate);
  return batch;
}

void
genre_spectrogram_batch_free (GenreSpectrogramBatch *batch)
{
  if (!batch)
    return;
  genre_song_clock_free (batch->clock);
  g_free (batch->decibels);
  g_free (batch);
}

void
genre_spectrogram_batch_mark (GenreSpectrogramBatch *batch, guint64 position,
                              GstClockTime timestamp, const GstSegment *segment)
{
  genre_song_clock_mark (batch->clock, position, timestamp, segment);
}

/* ---- the message ---- */

static GstClockTime
get_duration (const GenreSpectrogramBatch *batch)
{
  return gst_util_uint64_scale ((guint64)batch->n_frames * batch->hop, GST_SECOND, batch->rate);
}

static void
append_frame (GValue *frames, const float *bands, guint n_bands)
{
  GValue frame = G_VALUE_INIT, value = G_VALUE_INIT;
  gst_value_array_init (&frame, n_bands);
  g_value_init (&value, G_TYPE_FLOAT);
  for (guint b = 0; b < n_bands; b++) {
    g_value_set_float (&value, bands[b]);
    gst_value_array_append_value (&frame, &value);
  }
  gst_value_array_append_and_take_value (frames, &frame);
}

/* Empties the batch. */
static GstStructure *
take_structure (GenreSpectrogramBatch *batch)
{
  if (batch->n_frames == 0)
    return NULL;
  GstStructure *structure = gst_structure_new (
      GENRE_SPECTROGRAM_MESSAGE, "timestamp", GST_TYPE_CLOCK_TIME, batch->start.timestamp,
      "stream-time", GST_TYPE_CLOCK_TIME, batch->start.stream_time, "running-time",
      GST_TYPE_CLOCK_TIME, batch->start.running_time, "duration", GST_TYPE_CLOCK_TIME,
      get_duration (batch), "rate", G_TYPE_DOUBLE, (double)batch->rate / batch->hop, NULL);
  GValue frames = G_VALUE_INIT;
  gst_value_array_init (&frames, batch->n_frames);
  for (guint i = 0; i < batch->n_frames; i++)
    append_frame (&frames, batch->decibels + (gsize)i * batch->bands, batch->bands);
  gst_structure_take_value (structure, "magnitude", &frames);
  batch->n_frames = 0;
  return structure;
}

/* ---- frames ---- */

static gboolean
is_next (const GenreSpectrogramBatch *batch, const GenreInstant *instant)
{
  if (!GST_CLOCK_TIME_IS_VALID (batch->start.timestamp) ||
      !GST_CLOCK_TIME_IS_VALID (instant->timestamp))
    return TRUE;
  const gint64 off =
      GST_CLOCK_DIFF (batch->start.timestamp + get_duration (batch), instant->timestamp);
  return ABS (off) <= (gint64)GENRE_SONG_CLOCK_TOLERANCE;
}

GstStructure *
genre_spectrogram_batch_add (GenreSpectrogramBatch *batch, guint64 sample, const float *bands)
{
  GstStructure *structure = NULL;
  if (genre_song_clock_get_n_marks (batch->clock) == 0)
    return NULL;
  const GenreInstant instant = genre_song_clock_get (batch->clock, sample);
  genre_song_clock_forget_before (batch->clock, sample);
  if (batch->n_frames > 0 && !is_next (batch, &instant))
    structure = take_structure (batch);
  if (batch->n_frames == 0)
    batch->start = instant;
  memcpy (batch->decibels + (gsize)batch->n_frames * batch->bands, bands,
          batch->bands * sizeof *bands);
  batch->n_frames++;
  return batch->n_frames == batch->capacity ? take_structure (batch) : structure;
}

GstStructure *
genre_spectrogram_batch_finish (GenreSpectrogramBatch *batch)
{
  GstStructure *structure = take_structure (batch);
  genre_spectrogram_batch_reset (batch);
  return structure;
}

void
genre_spectrogram_batch_reset (GenreSpectrogramBatch *batch)
{
  batch->n_frames = 0;
  genre_song_clock_reset (batch->clock);
}
