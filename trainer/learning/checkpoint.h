/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where training stands, as one safetensors file written atomically: everything that the rest of
 * the run depends on, so that a resumed run equals an uninterrupted one bit for bit. */
#pragma once
#include <json-glib/json-glib.h>
#include "model.h"
#include "optimizer.h"
G_BEGIN_DECLS

typedef struct {
  guint epoch;      /* epochs finished */
  guint step;       /* steps of the next one finished */
  double loss_sum;  /* of those */
  double best_loss; /* of the validations so far; infinite before the first */
  guint best_epoch;
  guint n_worse;                 /* validations since the best */
  float *best, *best_statistics; /* averaged weights at the best validation; NULL without */
  float *room, *room_statistics; /* for them, so that there is some when they are known */
  JsonArray *history;
} GenreTrainState;

void genre_train_state_clear (GenreTrainState *state);
/* For the best weights; FALSE if there is not enough memory. */
gboolean genre_train_state_make_room (GenreTrainState *state, const GenreOptimizer *optimizer);
/* The best weights lie there from now on, unless they lie there already; FALSE without room. */
gboolean genre_train_state_use_room (GenreTrainState *state);

/* Whether what is learnt can be stored, before any work is done: @network in a model file, which is
 * the smaller one (safetensors.h), and as many epochs in the history of a checkpoint, which may
 * have several times the size of a model. GENRE_ERROR_DATA. */
gboolean genre_checkpoint_check (GenreNetwork *network, guint n_epochs, GError **error);
/* All of @model that its answers depend on, as a part of the identity of what learns from it. */
void genre_checkpoint_add_model (GChecksum *identity, GenreModel *model);
/* What a run learns by, each by a sum. */
typedef enum {
  GENRE_CHECKPOINT_RECIPE,   /* and the network */
  GENRE_CHECKPOINT_CLIPS,    /* and their labels */
  GENRE_CHECKPOINT_TEACHERS, /* to learn from */
  GENRE_CHECKPOINT_SOURCE,   /* to begin with */
  GENRE_CHECKPOINT_N_PARTS
} GenreCheckpointPart;

/* The name of all of them, of @sums by part. (transfer full) */
char *genre_checkpoint_name_identity (GChecksum *const *sums);
/* @identity: such a name. */
gboolean genre_checkpoint_save (const char *path, const char *identity, GenreOptimizer *optimizer,
                                const GenreTrainState *state, GError **error);
/* Fills in @optimizer, its network, and @state, the best weights only if it has room for them.
 * @former: the other name that the run may have there.
 * GENRE_ERROR_DATA if the file belongs to others than these, which are named; GENRE_ERROR_FORMAT if
 * it is damaged. */
gboolean genre_checkpoint_load (const char *path, const char *identity, const char *former,
                                GenreOptimizer *optimizer, GenreTrainState *state, GError **error);

/* What rank 0 loaded, or begins with, goes to all ranks, all but the history. */
void genre_checkpoint_share (GenreOptimizer *optimizer, GenreTrainState *state);

G_END_DECLS
