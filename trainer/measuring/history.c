/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"
#include "files.h"
#include "json.h"
#include <math.h>

static double
optional_number (JsonObject *object, const char *name)
{
  double value = NAN;
  genre_json_peek_number (object, name, &value);
  return value;
}

static JsonArray *
history_array (JsonNode *root)
{
  if (JSON_NODE_HOLDS_OBJECT (root))
    return genre_json_peek_array (json_node_get_object (root), "history");
  return JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root) : NULL;
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

GArray *
genre_history_load (const char *path, GError **error)
{
  g_autofree char *text = genre_file_read_text (path, 64 * 1024 * 1024, error);
  if (!text)
    return NULL;
  g_autoptr (JsonNode) root = genre_json_parse (text, -1, path, error);
  if (!root)
    return NULL;
  JsonArray *array = history_array (root);
  g_autoptr (GArray) epochs = !array ? NULL : genre_history_from_json (array);
  if (epochs && epochs->len > 0)
    return g_steal_pointer (&epochs);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: no history of epochs", path);
  return NULL;
}
