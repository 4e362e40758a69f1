/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a model says about the clips of a data set. */
#pragma once
#include "calibration.h"
#include "data/dataset.h"
#include "model.h"
#include "scores.h"
G_BEGIN_DECLS

/* Changes the frames of a clip, (n_frames, bands) in dB, before the model hears them. Called from
 * several threads at a time. */
typedef void (*GenreFramesFunc) (const GenreClip *clip, float *frames, gsize n_frames,
                                 gpointer user_data);

typedef struct {
  double seconds;         /* in the middle of each clip; 0: whole clips */
  GenreFramesFunc change; /* or NULL */
  gpointer user_data;     /* of it */
  guint n_threads;
  const gint *stop; /* set by somebody else: what is begun is heard, the rest is not; or NULL */
  gboolean shows;   /* how far it is, on standard error (progress.h), in rank 0 */
} GenreHearingJob;

/* The clips as the model's network hears them, once; what it answers by any temperature follows.
 * The model itself, and all the room that it takes to hear, need not stay. */
typedef struct {
  GenreModelConfig config;      /* of the model */
  GPtrArray *clips;             /* of GenreClip: those that were heard, in the order given */
  GenreSegmentScores *segments; /* theirs, in the model's labels */
} GenreHearing;

/* Hears @clips (of GenreClip) as @job says; the result does not depend on its threads, nor on how
 * many ranks (ranks.h), each of which hears some. Skipped and noted in
 * @dataset->problems: clips of genres that the model does not know, and clips of fewer than
 * genre_stream_classifier_least_frames(). GENRE_ERROR_DATA if none is left, GENRE_ERROR_INVALID if
 * the model hears with another front end (mel frames serve mfcc models), G_IO_ERROR_CANCELLED if
 * any rank was stopped, with nothing noted.
 *
 * As the element hears a song, with one answer of all of it, but for silence: the element leaves
 * out segments below its silence-threshold, here no level is known, and only segments in which
 * nothing changes are left out (genre_score_frames()). (transfer full) */
GenreHearing *genre_hearing_new (GenreModel *model, GenreDataset *dataset, const GPtrArray *clips,
                                 const GenreHearingJob *job, GError **error);
void genre_hearing_free (GenreHearing *hearing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreHearing, genre_hearing_free)
/* (transfer full) */
GenreScores *genre_hearing_answer (const GenreHearing *hearing,
                                   const GenreCalibration *calibration);
/* As the model is calibrated itself. (transfer full) */
GenreScores *genre_hearing_answer_plainly (const GenreHearing *hearing);

/* Makes what the model of the file at @path answers with, which is otherwise made when it is heard,
 * where a lack of memory has no name. */
gboolean genre_evaluation_prepare (GenreModel *model, const char *path, GError **error);

/* The answers by the model's own temperature of what genre_hearing_new() hears, nothing changed.
 * (transfer full) */
GenreScores *genre_evaluate (GenreModel *model, GenreDataset *dataset, const GPtrArray *clips,
                             double seconds, guint n_threads, GError **error);
/* The same of changed clips. (transfer full) */
GenreScores *genre_evaluate_changed (GenreModel *model, GenreDataset *dataset,
                                     const GPtrArray *clips, double seconds, GenreFramesFunc change,
                                     gpointer user_data, guint n_threads, GError **error);

G_END_DECLS
