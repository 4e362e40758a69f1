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

/* Where results go; NULL: not wanted. */
typedef struct {
  char *json, *scores; /* files */
  char *pictures;      /* folder */
} GenreEvaluationOutput;

/* Prints the table of @scores to standard output and writes what @output asks for.
 * @threshold: below which the model says unknown, for a line of its own; 0: none.
 * @context: members to be put in front of the JSON's, or NULL. */
gboolean genre_evaluation_publish (const GenreScores *scores, double threshold, JsonObject *context,
                                   const GenreEvaluationOutput *output, GError **error);

/* Prints the threshold that these scores suggest (metrics.h) and what it would leave: for scores of
 * clips never heard that nothing else is measured on. */
void genre_evaluation_suggest_threshold (const GenreScores *scores);

G_END_DECLS
