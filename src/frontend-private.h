/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What spectrogram.c and segment.c share with frontend.c. */
#pragma once
#include <fftw3.h>
#include "filterbank.h"
#include "frontend.h"
G_BEGIN_DECLS

struct _GenreFrontEnd {
  gint ref_count; /* atomic */
  GenreFrontEndConfig config;
  float *window;           /* (fft_size,) */
  double window_power;     /* Σ w² */
  fftwf_plan plan;         /* complex, of fft_size / 2; for other arrays of fftwf_malloc() too */
  float *cosines, *sines;  /* (fft_size / 4,) of 2π k / fft_size */
  GenreFilterBank *bands;  /* power spectrum → bands */
  GenreFilterBank *cosine; /* bands → coefficients; NULL unless mfcc */
};

G_END_DECLS
