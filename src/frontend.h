/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreFrontEnd: how samples become spectrogram frames. A property of the model, stored in its
 * file.
 *
 * A frame is `bands` values in dB: 10·log10 (max (1e-10, energy of the band)) of the power spectrum
 * of a Hann window of `fft_size` samples. For `mel` the bands are triangles on the Slaney mel scale
 * with area normalisation (M. Slaney, Auditory Toolbox, 1998; the default of librosa.filters.mel);
 * for `linear` they are equally wide, and each is the mean power of the FFT bins inside it
 * (filterbank.h says what happens to bands narrower than a bin). `mfcc` frames are mel frames: the
 * cosine transform is applied after a segment has been normalised (segment.h), since its floor is
 * meant for band energies.
 *
 * A front end is immutable and shared: window, filter bank and FFT plan exist once per model. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

#define GENRE_FRONT_END_MAX_PACE 1000 /* frames in a second: each takes an FFT */

typedef enum {
  GENRE_REPRESENTATION_MEL,
  GENRE_REPRESENTATION_LINEAR,
  GENRE_REPRESENTATION_MFCC,
} GenreRepresentation;

typedef struct {
  GenreRepresentation representation;
  guint rate;           /* Hz, 4,000 to 384,000 */
  guint fft_size;       /* samples, a power of two, 64 to 16,384; also the window's length */
  guint hop;            /* samples, at most fft_size, at least a thousandth of a second */
  guint bands;          /* 1 to 1,025; linear: at most fft_size / 2 + 1 */
  guint coefficients;   /* mfcc only: cepstral coefficients kept, 1 to bands; otherwise 0 */
  double min_frequency; /* Hz */
  double max_frequency; /* Hz, at most rate / 2 */
} GenreFrontEndConfig;

typedef struct _GenreFrontEnd GenreFrontEnd;

/* The front end of the default model: 22,050 Hz, FFT 2,048, hop 914, 128 mel bands, 0 to 11,025 Hz.
 */
GenreFrontEndConfig genre_front_end_config_default (void);

gboolean genre_front_end_config_equal (const GenreFrontEndConfig *a, const GenreFrontEndConfig *b);

/* What stored spectrograms of it are made with, which front ends may share: the bands of mfcc are
 * those of mel. */
GenreFrontEndConfig genre_front_end_config_as_stored (const GenreFrontEndConfig *config);

/* GENRE_ERROR_INVALID if a value is out of range. (transfer full) */
GenreFrontEnd *genre_front_end_new (const GenreFrontEndConfig *config, GError **error);
GenreFrontEnd *genre_front_end_ref (GenreFrontEnd *front_end);
void genre_front_end_unref (GenreFrontEnd *front_end);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreFrontEnd, genre_front_end_unref)

const GenreFrontEndConfig *genre_front_end_get_config (const GenreFrontEnd *front_end);
/* Values of a frame as the network sees it: `coefficients` for mfcc, `bands` otherwise. */
guint genre_front_end_get_features (const GenreFrontEnd *front_end);

G_END_DECLS
