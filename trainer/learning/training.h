/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Training: a recipe and clips in, a model out.
 *
 * A mini-batch is cut into groups, each of which goes forward and backward in one thread; gradients
 * are added in the order of the groups. Every draw is keyed by (seed, epoch, position), so the
 * result does not depend on the number of threads, and a run that was interrupted ends like one
 * that was not.
 *
 * Where mpirun started several ranks (ranks.h), they take the groups in turn and all get all
 * gradients: the result is that of one rank, bit for bit on equal machines. Rank 0 alone reports
 * progress and writes and reads the checkpoint. */
#pragma once
#include <json-glib/json-glib.h>
#include "data/dataset.h"
#include "model.h"
#include "recipe.h"
#include "transfer.h"
G_BEGIN_DECLS

typedef struct {
  guint epoch, n_epochs; /* epochs finished, and in all */
  guint step, n_steps;   /* steps of this epoch finished, and in all */
  double loss;           /* mean over the epoch so far */
  double learning_rate;
  double segments_per_second;
  gboolean epoch_done; /* reported once more after each epoch */
  gboolean validated;  /* the next two are fresh */
  double valid_loss, valid_accuracy;
  JsonArray *history; /* of all epochs finished, those before a checkpoint, too */
} GenreTrainProgress;

typedef void (*GenreTrainProgressFunc) (const GenreTrainProgress *progress, gpointer user_data);

typedef struct {
  const GenreRecipe *recipe;
  GenreDataset *dataset;
  GPtrArray *train;        /* of GenreClip */
  GPtrArray *valid;        /* of GenreClip, or NULL */
  GPtrArray *teachers;     /* of GenreModel, or NULL: their mean answer to what the network is shown
                              makes up training.teacher-share of the target (Hinton et al. 2015) */
  GenreTransfer *transfer; /* of the same data set: what the network begins with; NULL: chance */
  guint n_threads;
  const char *checkpoint;     /* path of the file to write now and then, or NULL */
  double checkpoint_interval; /* seconds at least between two; 0: a minute, G_MINDOUBLE: none */
  gboolean resume;            /* go on from that file if it exists */
  const gint *stop; /* set by somebody else: finish the step, write the checkpoint, return */
  GenreTrainProgressFunc progress; /* or NULL */
  gpointer user_data;
} GenreTrainJob;

/* Whether there can be a model of this recipe for this data set, of which front end and labels
 * count: asked before hours of work, without room for its weights. */
gboolean genre_train_check_model (const GenreRecipe *recipe, const GenreDataset *dataset,
                                  GError **error);
/* That model, without room for its weights. (transfer full) */
GenreModel *genre_train_describe_model (const GenreRecipe *recipe, const GenreDataset *dataset,
                                        GError **error);
/* Clips too short and labels without a clip are noted in the data set's problems before the first
 * step.
 * The model holds averaged weights, and where there are valid clips a temperature fitted to them.
 * @history: an array of {"epoch", "train-loss", "learning-rate"} and, where it was validated,
 * "valid-loss" and "valid-accuracy"; "stored": true stands where the model's weights are from.
 * (transfer full), may be NULL. G_IO_ERROR_CANCELLED if stopped;
 * GENRE_ERROR_DATA if clips are too few or too short, or the loss is no longer finite;
 * G_IO_ERROR_CONNECTION_CLOSED if another rank failed. (transfer full) */
GenreModel *genre_train_run (const GenreTrainJob *job, JsonArray **history, GError **error);

G_END_DECLS
