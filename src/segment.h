/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From frames in dB to what the network sees. The one definition of it, used by trainer and
 * element.
 *
 * A segment is normalised by itself: floored GENRE_SEGMENT_RANGE_DB under its loudest value, then
 * shifted and scaled to zero mean and unit variance over all its values (a constant segment becomes
 * all zeros). For mfcc the orthonormal DCT-II of each normalised frame follows, of which the first
 * `coefficients` are kept. */
#pragma once
#include "frontend.h"
G_BEGIN_DECLS

#define GENRE_SEGMENT_RANGE_DB 60.0f

/* @decibels: (n_frames, bands); @input: (n_frames, features), may be @decibels itself unless mfcc.
 */
void genre_segment_normalise (const GenreFrontEnd *front_end, const float *decibels, guint n_frames,
                              float *input);

G_END_DECLS
