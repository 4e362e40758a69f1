/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreOwnModel: a model of somebody's own genres, and the truth about it: what `genre-train learn`
 * does once it has spectrograms.
 *
 * First every artist is held out once (crossvalidation.h): this measures, calibrates, and finds
 * threshold and doubt (detection.h): a tenth of the right answers is what may be paid for leaving
 * music of other genres unknown, more only where answers below the threshold are more often wrong
 * than right. Then models that learn from half of the artists say what more
 * songs would bring. Last the model itself learns from everything. Each part goes on where it was
 * stopped: what is finished stays in the folder. In the end the model hears what it has learnt:
 * the biases are those of the folds' models, and may not fit one that has hardly learnt. */
#pragma once
#include "crossvalidation.h"
#include "measuring/learningcurve.h"
G_BEGIN_DECLS

typedef struct {
  guint part, n_parts;              /* trainings finished, and in all */
  double share;                     /* of all work that is done, 0 to 1 */
  const GenreTrainProgress *detail; /* of this part */
} GenreOwnModelProgress;

typedef void (*GenreOwnModelFunc) (const GenreOwnModelProgress *progress, gpointer user_data);

typedef struct {
  const GenreRecipe *recipe;
  GenreDataset *dataset;   /* clips without an artist stand for themselves */
  GenreTransfer *transfer; /* or NULL: from chance */
  guint n_folds;
  double doubt;       /* of the model if nothing in the data set is of other genres */
  gboolean curve;     /* whether to learn from halves */
  const char *folder; /* for this very job, made if need be */
  guint n_threads;
  const gint *stop;       /* or NULL */
  GenreOwnModelFunc func; /* or NULL */
  gpointer user_data;
} GenreOwnModelJob;

typedef struct {
  GenreModel *model;   /* calibrated */
  GenreScores *scores; /* out of fold, all clips, calibrated */
  guint8 *untaught;    /* (n_genres,) of which these say nothing (crossvalidation.h) */
  GenreScores *learnt; /* what the model answers for the clips of genres, which it has learnt */
  GenreLearningCurve curve; /* all 0 without */
} GenreOwnModel;

/* The same for what leads to the same model: a name for the folder. (transfer full) */
char *genre_own_model_identify (const GenreOwnModelJob *job);
/* Whether a network can be built from chance by this recipe for this data set, of which front end
 * and labels count, and takes the biases that the folds find: asked before hours of work. */
gboolean genre_own_model_check_network (const GenreRecipe *recipe, const GenreDataset *dataset,
                                        GError **error);
/* The recipe for @n_genres, to be changed by what a person wishes: what an earlier default model's
 * members were made by. (transfer full) */
GenreRecipe *genre_own_model_recipe (guint n_genres);
/* Gives it as many epochs as are worth their time for @n_songs, unless a person has given them:
 * what counts are steps, and how many an epoch has depends on the batch that the person wishes. An
 * epoch walks over @n_others clips more, of other genres or of no music. */
void genre_own_model_choose_epochs (GenreRecipe *recipe, guint n_songs, guint n_others,
                                    gboolean transfers);
/* G_IO_ERROR_CANCELLED if stopped. (transfer full) */
GenreOwnModel *genre_own_model_learn (const GenreOwnModelJob *job, GError **error);
void genre_own_model_free (GenreOwnModel *own);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreOwnModel, genre_own_model_free)

/* Member of the provenance of every such model: where its labels are from. */
#define GENRE_OWN_MODEL_LABELS "labels-from"
/* Whether @model, or one that was merged into it, is such a model by its provenance: the songs of
 * the one who made it may be the very ones that are to be held out. */
gboolean genre_own_model_is_one (GenreModel *model);

G_END_DECLS
