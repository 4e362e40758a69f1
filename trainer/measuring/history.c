/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"
#include "json.h"
#include <math.h>

static double
optional_number (JsonObject *object, const char *name)
{
  double value = NAN;
  genre_json_peek_number (object, name, &value);
  return value;
}

GArray *
genre_history_from_json (JsonArray *history)
{
  GArray *epochs = g_array_new (FALSE, FALSE, sizeof (GenreEpoch));
  for (guint i = 0; i < json_array_get_length (history); i++) {
    JsonNode *element = json_array_get_element (history, i);
    if (!JSON_NODE_HOLDS_OBJECT (element))
      continue;
    JsonObject *object = json_node_get_object (element);
    GenreEpoch epoch = {
        .train_loss = optional_number (object, "train-loss"),
        .valid_loss = optional_number (object, "valid-loss"),
        .valid_accuracy = optional_number (object, "valid-accuracy"),
        .learning_rate = optional_number (object, "learning-rate"),
    };
    g_array_append_val (epochs, epoch);
  }
  return epochs;
}
