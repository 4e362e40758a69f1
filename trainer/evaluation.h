/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a model says about the clips of a data set. */
#pragma once
#include "dataset.h"
#include "model.h"
#include "scores.h"
G_BEGIN_DECLS

/* Scores of @clips (of GenreClip), whole clips, in the order given and in the model's labels; the
 * result does not depend on @n_threads. Skipped and noted in @dataset->problems: clips of genres
 * that the model does not know, and clips shorter than a segment. GENRE_ERROR_DATA if none is left,
 * GENRE_ERROR_INVALID if the model hears with another front end (mel frames serve mfcc models). */
GenreScores *genre_evaluate (GenreModel *model, GenreDataset *dataset, const GPtrArray *clips,
                             guint n_threads, GError **error);

/* Text table and JSON of @scores, with scores and pictures where a path is given (NULL: not
 * wanted).
 * @context: members to be put in front of the JSON's, or NULL. Prints the table to standard output.
 */
gboolean genre_evaluation_publish (const GenreScores *scores, JsonObject *context,
                                   const char *json_path, const char *scores_path,
                                   const char *pictures_folder, GError **error);

G_END_DECLS
