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
  fftwf_plan plan;         /* real to half-complex, for other arrays of fftwf_malloc() too */
  GenreFilterBank *bands;  /* power spectrum → bands */
  GenreFilterBank *cosine; /* bands → coefficients; NULL unless mfcc */
};

G_END_DECLS
