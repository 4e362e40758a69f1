/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreTransfer: a model that knows other genres as the beginning of one that learns new ones.
 *
 * The body of the source's network stays, all members of a merged one (merger.h), and learns on at
 * a lower rate; its last dense layers get a row for each new label. The row of a genre begins as
 * the mean of the source's rows, each weighted by how probable the source finds that genre in the
 * new one's clips: so the new model says from the first step what the source would say, and as
 * surely that it is music. The rows of the background labels that the source knows are kept, and
 * learn at the body's rate. */
#pragma once
#include "data/dataset.h"
#include "model.h"
#include "recipe.h"
G_BEGIN_DECLS

typedef struct _GenreTransfer GenreTransfer;

/* @name: of the source's file, for errors. @body_rate: share of the learning rate for what is not
 * new, 0 to 1. GENRE_ERROR_DATA if @source hears with another front end than @dataset has or does
 * not end with dense layers. */
GenreTransfer *genre_transfer_new (GenreModel *source, const char *name, GenreDataset *dataset,
                                   double body_rate, guint n_threads, GError **error);
/* From the model in @path; @recipe is adapted. (transfer full) */
GenreTransfer *genre_transfer_load (const char *path, GenreDataset *dataset, GenreRecipe *recipe,
                                    double body_rate, guint n_threads, GError **error);
void genre_transfer_free (GenreTransfer *transfer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreTransfer, genre_transfer_free)

/* Of all that the source answers by, and the body's rate: the same for what begins alike with the
 * same clips. (transfer none) */
const char *genre_transfer_get_identity (const GenreTransfer *transfer);
/* What ends genre_transfer_begin() early, with G_IO_ERROR_CANCELLED. @stop: atomic, must stay */
void genre_transfer_set_stop (GenreTransfer *transfer, const gint *stop);
/* The segments of the source become the recipe's: its network hears no others, and the recipe's
 * network has no say (recipe.h). */
void genre_transfer_adapt (const GenreTransfer *transfer, GenreRecipe *recipe);
/* A model of the data set's labels, not yet trained; @clips (of GenreClip) say where new rows
 * begin. The source hears each clip once, whatever how often this is called. (transfer full) */
GenreModel *genre_transfer_begin (GenreTransfer *transfer, const GPtrArray *clips, GError **error);
/* What the learning rate of each parameter is multiplied with, (n_parameters,), of such a model.
 * NULL if there is not enough memory. (transfer full) */
float *genre_transfer_rates (const GenreTransfer *transfer, GenreModel *model);

G_END_DECLS
