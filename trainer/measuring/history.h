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

/* The epoch, from 1, whose weights the model has: the one that is marked "stored"; 0 if none is. */
guint genre_history_find_stored (JsonArray *history);
/* All epochs as a table, from 1: comma separated, with a head
 * "epoch,train-loss,learning-rate,valid-loss,valid-accuracy"; what was not measured is empty. Whole
 * or as it was (files.h). */
gboolean genre_history_save_table (const char *path, JsonArray *history, GError **error);

G_END_DECLS
