/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a model says about the clips of a data set. */
#pragma once
#include "data/dataset.h"
#include "model.h"
#include "scores.h"
G_BEGIN_DECLS

/* Scores of @clips (of GenreClip), of the @seconds in their middle (0: whole clips), in the order
 * given and in the model's labels; the result does not depend on @n_threads. Skipped and noted in
 * @dataset->problems: clips of genres that the model does not know, and clips of fewer than
 * genre_classifier_least_frames(). GENRE_ERROR_DATA if none is left, GENRE_ERROR_INVALID if the
 * model hears with another front end (mel frames serve mfcc models). (transfer full) */
GenreScores *genre_evaluate (GenreModel *model, GenreDataset *dataset, const GPtrArray *clips,
                             double seconds, guint n_threads, GError **error);

/* Changes the frames of a clip, (n_frames, bands) in dB, before the model hears them. Called from
 * several threads at a time. */
typedef void (*GenreFramesFunc) (const GenreClip *clip, float *frames, gsize n_frames,
                                 gpointer user_data);
/* genre_evaluate() of clips that @change, if it is not NULL, has changed. (transfer full) */
GenreScores *genre_evaluate_changed (GenreModel *model, GenreDataset *dataset,
                                     const GPtrArray *clips, double seconds, GenreFramesFunc change,
                                     gpointer user_data, guint n_threads, GError **error);

G_END_DECLS
