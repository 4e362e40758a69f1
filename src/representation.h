/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tells the representations of a front end apart: a new one is a value of GenreRepresentation
 * and a line of the table in representation.c. */
#pragma once
#include "filterbank.h"
#include "frontend.h"
G_BEGIN_DECLS

typedef struct {
  const char *name; /* in model files and on command lines */
  /* Power spectrum to bands. */
  GenreFilterBank *(*new_bands) (guint rate, guint fft_size, guint n_bands, double min_frequency,
                                 double max_frequency);
  double (*scale) (double hertz); /* on which bands are equally wide; NULL: that of hertz */
  gboolean bands_are_bins;        /* a band holds at least one bin of the FFT */
  gboolean is_cepstral; /* the cosine transform of normalised bands follows, `coefficients` kept */
  GenreRepresentation stored_as; /* what spectrograms in files are; mostly the same */
} GenreRepresentationTraits;

/* NULL if there is no such representation. */
const GenreRepresentationTraits *genre_representation_get_traits (GenreRepresentation which);
/* FALSE if no representation has this name, which may be NULL. */
gboolean genre_representation_from_name (const char *name, GenreRepresentation *which);
/* "\"mel\", \"linear\" or \"mfcc\"", for messages. (transfer full) */
char *genre_representation_list_names (void);

G_END_DECLS
