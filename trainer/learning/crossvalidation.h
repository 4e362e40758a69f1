/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cross-validation: for every fold, a model learns from the others and answers for this one.
 *
 * The folder holds, for fold N from 1: fold-N.safetensors (the model that never heard fold N),
 * fold-N.tsv (its out-of-fold scores, uncalibrated) and fold-N.json (their measures), written in
 * this order, and plan.json, which says what was begun and whose identity each fold-N.json has: a
 * fold is finished if it is of that plan. No held-out clip is looked at before its model is done:
 * there is no early stopping on it.
 *
 * Ranks (ranks.h) learn a fold each; where fewer folds are left than ranks, several learn one
 * together. All must see the folder under the same path. The files are those of one rank, byte for
 * byte, and what any number of ranks has begun any other can go on with. */
#pragma once
#include "data/folds.h"
#include "measuring/calibration.h"
#include "measuring/metrics.h"
#include "measuring/scores.h"
#include "recipe.h"
#include "training.h"
G_BEGIN_DECLS

/* @fold: 0 to n_folds − 1. @macro: NULL while the fold's model learns, its result afterwards,
 * uncalibrated: that takes the other folds. */
typedef void (*GenreCrossValidationFunc) (guint fold, const GenreTrainProgress *progress,
                                          const GenreLabelMetrics *macro, double accuracy,
                                          gpointer user_data);

typedef struct {
  const GenreRecipe *recipe;
  GenreDataset *dataset;
  GPtrArray *clips; /* of GenreClip */
  guint n_folds;
  GenreFoldsKind kind;
  guint64 seed; /* of the folds; the recipe has its own */
  const char *folder;
  char **teachers; /* folders of finished cross-validations with the same folds, or NULL: their
                      models of a fold teach that fold's (training.h) */
  char **members;  /* the same, but: nothing is learnt, a fold's model is theirs merged (merger.h);
                      or NULL */
  const double *weights;   /* (members,) of the members (merger.h), or NULL */
  GenreTransfer *transfer; /* what each fold's model begins with (training.h), or NULL */
  gboolean resume; /* go on with what is in the folder; without it, a folder in use is an error */
  guint n_threads;
  const gint *stop;              /* or NULL */
  GenreCrossValidationFunc func; /* or NULL */
  gpointer user_data;
} GenreCrossValidationJob;

typedef struct {
  guint n_clips;
  double accuracy, macro_f1, macro_auc;
} GenreFoldResult;

typedef struct {
  GenreScores *scores; /* out of fold, all clips, each calibrated by those of the other folds */
  GenreCalibration *calibration; /* fitted to all of them: for a model that learns from all */
  GArray *folds;                 /* of GenreFoldResult, of @scores */
  guint8 *untaught;              /* (n_genres,) whether the genre is held out as a whole, all by one
                                    artist: nothing can be said of how well it is known */
} GenreCrossValidation;

/* G_IO_ERROR_CANCELLED if stopped: what is finished stays; G_IO_ERROR_CONNECTION_CLOSED if another
 * rank failed or was stopped. @func is called in all ranks, but with results only in rank 0.
 * (transfer full) */
GenreCrossValidation *genre_cross_validate (const GenreCrossValidationJob *job, GError **error);
void genre_cross_validation_free (GenreCrossValidation *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreCrossValidation, genre_cross_validation_free)

G_END_DECLS
