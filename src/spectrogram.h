/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreSpectrogram: a stream of mono samples in, frames of band energies in dB out.
 *
 * Frame t is centred on sample t · hop, with zeros before the first sample and after the last, as
 * in librosa.stft (center=True, pad_mode="constant"). Frames are bit-identical however the samples
 * are cut into pushes. One stream, one thread at a time. */
#pragma once
#include "frontend.h"
G_BEGIN_DECLS

typedef struct _GenreSpectrogram GenreSpectrogram;

/* @bands: (bands,) dB, valid during the call only.
 * @mean_square: Σ (w·x)² / Σ w² over the frame's window: the power of the samples around the
 * frame's centre, 1.0 for a full-scale square wave. */
typedef void (*GenreFrameFunc) (const float *bands, double mean_square, gpointer user_data);

GenreSpectrogram *genre_spectrogram_new (GenreFrontEnd *front_end); /* keeps a reference */
void genre_spectrogram_free (GenreSpectrogram *spectrogram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreSpectrogram, genre_spectrogram_free)

/* @samples: (n_samples,), full scale ±1, finite. Calls @func for every frame that they complete. */
void genre_spectrogram_push (GenreSpectrogram *spectrogram, const float *samples, gsize n_samples,
                             GenreFrameFunc func, gpointer user_data);
/* The end of the stream: the frames still due, 1 + floor (samples / hop) in all (none if there was
 * no sample), then resets. */
void genre_spectrogram_finish (GenreSpectrogram *spectrogram, GenreFrameFunc func,
                               gpointer user_data);
/* Forgets everything; the next sample is sample 0 again. */
void genre_spectrogram_reset (GenreSpectrogram *spectrogram);

G_END_DECLS
