/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How training went, epoch by epoch, as genre_train_run() tells it and files keep it. */
#pragma once
#include <json-glib/json-glib.h>
#include "error.h"
G_BEGIN_DECLS

typedef struct {
  double train_loss, valid_loss, valid_accuracy, learning_rate; /* NAN: not measured */
} GenreEpoch;

/* An array of {"epoch", "train-loss", "valid-loss", "valid-accuracy", "learning-rate"}, of which
 * all but epoch may be null or absent. (transfer full) of GenreEpoch */
GArray *genre_history_from_json (JsonArray *history);

/* Adds epoch @number, from 1, to the table at @path: comma separated, with a head
 * "epoch,train-loss,learning-rate,valid-loss,valid-accuracy"; what was not measured is empty. Rows
 * of this epoch and later ones, of a run that was killed, are replaced, and so is what is no such
 * table. Whole or as it was (files.h). */
gboolean genre_history_add_row (const char *path, guint number, const GenreEpoch *epoch,
                                GError **error);

G_END_DECLS
