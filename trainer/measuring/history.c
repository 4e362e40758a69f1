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

guint
genre_history_find_stored (JsonArray *history)
{
  for (guint i = 0; i < json_array_get_length (history); i++) {
    JsonNode *element = json_array_get_element (history, i);
    if (JSON_NODE_HOLDS_OBJECT (element) &&
        json_object_has_member (json_node_get_object (element), "stored"))
      return i + 1;
  }
  return 0;
}

/* ---- as a table ---- */

#define HEAD "epoch,train-loss,learning-rate,valid-loss,valid-accuracy\n"

static void
append_row (GString *table, guint number, const GenreEpoch *epoch)
{
  const double values[] = {epoch->train_loss, epoch->learning_rate, epoch->valid_loss,
                           epoch->valid_accuracy};
  g_string_append_printf (table, "%u", number);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    char text[G_ASCII_DTOSTR_BUF_SIZE] = "";
    if (isfinite (values[i]))
      g_ascii_formatd (text, sizeof text, "%.6g", values[i]);
    g_string_append_printf (table, ",%s", text);
  }
  g_string_append_c (table, '\n');
}

gboolean
genre_history_save_table (const char *path, JsonArray *history, GError **error)
{
  g_autoptr (GArray) epochs = genre_history_from_json (history);
  g_autoptr (GString) table = g_string_new (HEAD);
  for (guint i = 0; i < epochs->len; i++)
    append_row (table, i + 1, &g_array_index (epochs, GenreEpoch, i));
  return genre_file_write (path, table->str, table->len, error);
}
