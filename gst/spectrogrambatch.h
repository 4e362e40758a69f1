/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreSpectrogramBatch: frames of the spectrogram, collected until there are enough for a message.
 * The fields of the message are documented above the element itself.
 *
 * A batch covers about GENRE_SPECTROGRAM_BATCH_DURATION, at least one frame, and only frames that
 * follow each other in time: where the stream was not contiguous a shorter one ends. One thread at
 * a time. */
#pragma once
#include "frontend.h"
#include "songclock.h"
G_BEGIN_DECLS

#define GENRE_SPECTROGRAM_MESSAGE "genreclassify-spectrogram"
#define GENRE_SPECTROGRAM_BATCH_DURATION (250 * GST_MSECOND)

typedef struct _GenreSpectrogramBatch GenreSpectrogramBatch;

GenreSpectrogramBatch *genre_spectrogram_batch_new (const GenreFrontEndConfig *front_end);
void genre_spectrogram_batch_free (GenreSpectrogramBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreSpectrogramBatch, genre_spectrogram_batch_free)

/* Sample @position since the last reset was heard at @timestamp of @segment. */
void genre_spectrogram_batch_mark (GenreSpectrogramBatch *batch, guint64 position,
                                   GstClockTime timestamp, const GstSegment *segment);
/* @bands: (bands,) dB, of the frame centred on @sample; ignored as long as there is no mark. What
 * is to be posted now, or NULL. (transfer full) */
GstStructure *genre_spectrogram_batch_add (GenreSpectrogramBatch *batch, guint64 sample,
                                           const float *bands);
/* What was collected so far, or NULL, then resets. (transfer full) */
GstStructure *genre_spectrogram_batch_finish (GenreSpectrogramBatch *batch);
/* Forgets everything; positions begin at 0 again. */
void genre_spectrogram_batch_reset (GenreSpectrogramBatch *batch);

G_END_DECLS
