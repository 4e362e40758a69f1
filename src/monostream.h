/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreMonoStream: the samples of a song, at whatever rate, at the one that a model hears.
 *
 * Of n samples ceil (n · to_rate / from_rate) come out, sample k being the sound at k / to_rate
 * after the first one that went in (resampler.h), however they were cut into pieces. One stream,
 * one thread at a time. */
#pragma once
#include <math.h>
#include "resampler.h"
G_BEGIN_DECLS

/* What is heard at all. */
#define GENRE_SOUND_MAX_CHANNELS 64
#define GENRE_SOUND_MIN_RATE 4000 /* Hz */
#define GENRE_SOUND_MAX_RATE 384000
/* Floating-point samples beyond this (90 dB over full scale), infinities and NaN are taken as
 * silence: their energy could not be represented further down. */
#define GENRE_SOUND_LOUDEST 32768.0f

static inline gboolean
genre_sound_is_sane (float sample)
{
  return fabsf (sample) <= GENRE_SOUND_LOUDEST; /* FALSE for NaN, too */
}

/* Without what makes filters slow: below -400 dBFS nothing hears it. */
static inline float
genre_sound_flush (float sample)
{
  return fabsf (sample) < 1e-20f ? 0.0f : sample;
}

typedef struct _GenreMonoStream GenreMonoStream;

/* @samples: (n_samples,) mono, valid during the call only. */
typedef void (*GenreSamplesFunc) (const float *samples, gsize n_samples, gpointer user_data);

/* Rates in Hz, > 0. @func receives everything that comes out. */
GenreMonoStream *genre_mono_stream_new (guint from_rate, guint to_rate, GenreSamplesFunc func,
                                        gpointer user_data);
void genre_mono_stream_free (GenreMonoStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreMonoStream, genre_mono_stream_free)

/* @samples: (n_samples,), each as genre_sound_is_sane() has it, at most GENRE_RESAMPLER_CHUNK. */
void genre_mono_stream_push (GenreMonoStream *stream, const float *samples, gsize n_samples);
/* The end of the song: gives out what the resampler still holds, and resets. */
void genre_mono_stream_finish (GenreMonoStream *stream);
/* Forgets everything; the next sample is sample 0 again. */
void genre_mono_stream_reset (GenreMonoStream *stream);

/* Samples since the last reset: what came in, and what was given out. */
guint64 genre_mono_stream_get_in (const GenreMonoStream *stream);
guint64 genre_mono_stream_get_out (const GenreMonoStream *stream);

G_END_DECLS
