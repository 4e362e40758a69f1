/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreAudioInput: raw audio of any format in, mono float at the model's rate out.
 *
 * Channels are averaged with equal weights, low-frequency channels of positioned layouts left out:
 * what librosa.to_mono does, and for stereo what every downmix does. GstAudioConverter is not used:
 * it has no default downmix for unpositioned layouts and its mixer fails at 64 channels.
 *
 * The resampler has linear phase and is aligned: output sample k is the sound at k / model rate
 * after the first input sample. Its output does not depend on how the input is cut into buffers.
 * One stream, one thread at a time. */
#pragma once
#include "monostream.h"
#include <gst/audio/audio.h>
G_BEGIN_DECLS

gboolean genre_audio_input_accepts (const GstAudioInfo *info);

typedef struct _GenreAudioInput GenreAudioInput;

/* @info: of what will be pushed, accepted. @func receives everything that comes out. */
GenreAudioInput *genre_audio_input_new (const GstAudioInfo *info, guint model_rate,
                                        GenreSamplesFunc func, gpointer user_data);
void genre_audio_input_free (GenreAudioInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreAudioInput, genre_audio_input_free)

/* Frames (samples per channel) in @buffer, 0 if it cannot be read as audio of this format. */
gsize genre_audio_input_count_frames (GenreAudioInput *input, GstBuffer *buffer);
/* @buffer is read and left exactly as it was. FALSE if it cannot be mapped. */
gboolean genre_audio_input_push (GenreAudioInput *input, GstBuffer *buffer);
void genre_audio_input_push_silence (GenreAudioInput *input, guint64 n_frames);
/* Gives out what the resampler still holds, ceil (frames · model rate / rate) samples in all, and
 * resets. */
void genre_audio_input_finish (GenreAudioInput *input);
/* Forgets everything; the next frame is frame 0 again. */
void genre_audio_input_reset (GenreAudioInput *input);

/* ns of audio since the last reset: what came in, and what was given out. */
guint64 genre_audio_input_get_time_in (const GenreAudioInput *input);
guint64 genre_audio_input_get_time_out (const GenreAudioInput *input);
/* Samples (of single channels) taken as silence since the input was made. */
guint64 genre_audio_input_get_non_finite (const GenreAudioInput *input);

G_END_DECLS
