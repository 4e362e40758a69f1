/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"
#include "files.h"
#include "json.h"
#include <math.h>
#include <string.h>

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

/* ---- a table that grows ---- */

#define HEAD "epoch,train-loss,learning-rate,valid-loss,valid-accuracy\n"
#define MAX_TABLE (64 * 1024 * 1024) /* bytes */

/* The rows before epoch @number of the table at @path, with its head. */
static GString *
read_rows (const char *path, guint number)
{
  g_autofree char *text = genre_file_read_text (path, MAX_TABLE, NULL);
  GString *rows = g_string_new (HEAD);
  if (!text || !g_str_has_prefix (text, HEAD))
    return rows;
  g_auto (GStrv) lines = g_strsplit (text + strlen (HEAD), "\n", -1);
  for (char **line = lines; *line && **line; line++) {
    if (g_ascii_strtoull (*line, NULL, 10) >= number)
      break;
    g_string_append_printf (rows, "%s\n", *line);
  }
  return rows;
}

gboolean
genre_history_add_row (const char *path, guint number, const GenreEpoch *epoch, GError **error)
{
  g_autoptr (GString) rows = read_rows (path, number);
  const double values[] = {epoch->train_loss, epoch->learning_rate, epoch->valid_loss,
                           epoch->valid_accuracy};
  g_string_append_printf (rows, "%u", number);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    char text[G_ASCII_DTOSTR_BUF_SIZE] = "";
    if (isfinite (values[i]))
      g_ascii_formatd (text, sizeof text, "%.6g", values[i]);
    g_string_append_printf (rows, ",%s", text);
  }
  g_string_append_c (rows, '\n');
  return genre_file_write (path, rows->str, rows->len, error);
}
