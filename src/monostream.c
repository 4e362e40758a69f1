/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monostream.h"

struct _GenreMonoStream {
  guint from_rate, to_rate;
  GenreSamplesFunc func;
  gpointer user_data;
  GenreResampler *resampler; /* NULL if the rates are equal */
  guint64 n_in, n_out;
};

GenreMonoStream *
genre_mono_stream_new (guint from_rate, guint to_rate, GenreSamplesFunc func, gpointer user_data)
{
  GenreMonoStream *stream = g_new0 (GenreMonoStream, 1);
  stream->from_rate = from_rate;
  stream->to_rate = to_rate;
  stream->func = func;
  stream->user_data = user_data;
  if (from_rate != to_rate)
    stream->resampler = genre_resampler_new (from_rate, to_rate);
  return stream;
}

void
genre_mono_stream_free (GenreMonoStream *stream)
{
  g_clear_pointer (&stream->resampler, genre_resampler_free);
  g_free (stream);
}

static void
give (GenreMonoStream *stream, const float *samples, gsize n)
{
  if (n == 0)
    return;
  stream->func (samples, n, stream->user_data);
  stream->n_out += n;
}

/* @samples NULL: silence. At most @limit samples are given out. */
static void
resample (GenreMonoStream *stream, const float *samples, gsize n, guint64 limit)
{
  const float *resampled;
  const gsize n_out = genre_resampler_push (stream->resampler, samples, n, &resampled);
  give (stream, resampled, MIN (n_out, limit));
}

void
genre_mono_stream_push (GenreMonoStream *stream, const float *samples, gsize n_samples)
{
  if (stream->resampler)
    resample (stream, samples, n_samples, G_MAXUINT64);
  else
    give (stream, samples, n_samples);
  stream->n_in += n_samples;
}

/* Of all samples that went in. */
static guint64
count_out (const GenreMonoStream *stream)
{
  const guint64 rest = stream->n_in % stream->from_rate * stream->to_rate;
  return stream->n_in / stream->from_rate * stream->to_rate +
         (rest + stream->from_rate - 1) / stream->from_rate;
}

void
genre_mono_stream_finish (GenreMonoStream *stream)
{
  const guint64 total = count_out (stream);
  gsize left = stream->resampler ? genre_resampler_get_delay (stream->resampler) + 1 : 0;
  while (left > 0 && stream->n_out < total) {
    const gsize n = MIN (left, GENRE_RESAMPLER_CHUNK);
    resample (stream, NULL, n, total - stream->n_out);
    left -= n;
  }
  genre_mono_stream_reset (stream);
}

void
genre_mono_stream_reset (GenreMonoStream *stream)
{
  if (stream->resampler)
    genre_resampler_reset (stream->resampler);
  stream->n_in = 0;
  stream->n_out = 0;
}

guint64
genre_mono_stream_get_in (const GenreMonoStream *stream)
{
  return stream->n_in;
}

guint64
genre_mono_stream_get_out (const GenreMonoStream *stream)
{
  return stream->n_out;
}
