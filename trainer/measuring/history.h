/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How training went, epoch by epoch, as genre_train_run() tells it and files keep it. */
#pragma once
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

typedef struct {
  double train_loss, valid_loss, valid_accuracy, learning_rate; /* NAN: not measured */
} GenreEpoch;

/* An array of {"epoch", "train-loss", "valid-loss", "valid-accuracy", "learning-rate"}, of which
 * all but epoch may be null or absent. (transfer full) of GenreEpoch */
GArray *genre_history_from_json (JsonArray *history);

G_END_DECLS
