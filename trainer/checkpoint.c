/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checkpoint.h"
#include <math.h>
#include <string.h>
#include "ranks.h"
#include "safetensors.h"

#define FORMAT "genreclassify-checkpoint-1"

void
genre_train_state_clear (GenreTrainState *state)
{
  g_clear_pointer (&state->best, g_free);
  g_clear_pointer (&state->best_statistics, g_free);
  g_clear_pointer (&state->history, json_array_unref);
}

typedef struct {
  const char *name;
  float *values;
  gsize n;
} Part;

/* What is saved as numbers, in one place for both directions. */
static guint
list_parts (GenreOptimizer *optimizer, const GenreTrainState *state, Part parts[8])
{
  GenreNetwork *network = optimizer->network;
  gsize n = optimizer->n_parameters, m = optimizer->n_statistics;
  const Part all[] = {{"parameters", genre_network_get_parameters (network), n},
                      {"statistics", genre_network_get_statistics (network), m},
                      {"first-moment", optimizer->first, n},
                      {"second-moment", optimizer->second, n},
                      {"average", optimizer->average, n},
                      {"average-statistics", optimizer->average_statistics, m},
                      {"best", state->best, n},
                      {"best-statistics", state->best_statistics, m}};
  guint count = 0;
  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    if (all[i].values && all[i].n)
      parts[count++] = all[i];
  }
  return count;
}

/* Hexadecimal floating point keeps every bit. */
static char *
state_to_text (const GenreOptimizer *optimizer, const GenreTrainState *state)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %u %u %u %u %a %a", optimizer->step, state->epoch,
                          state->step, state->best_epoch, state->n_worse, state->loss_sum,
                          isfinite (state->best_loss) ? state->best_loss : -1.0);
}

static gboolean
state_from_text (const char *text, GenreOptimizer *optimizer, GenreTrainState *state)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint64 whole[5];
  if (g_strv_length (words) != 7)
    return FALSE;
  for (guint i = 0; i < 5; i++) {
    if (!g_ascii_string_to_unsigned (words[i], 10, 0, G_MAXUINT64, &whole[i], NULL))
      return FALSE;
  }
  optimizer->step = whole[0];
  state->epoch = whole[1];
  state->step = whole[2];
  state->best_epoch = whole[3];
  state->n_worse = whole[4];
  state->loss_sum = g_ascii_strtod (words[5], NULL);
  state->best_loss = g_ascii_strtod (words[6], NULL);
  if (state->best_loss < 0)
    state->best_loss = INFINITY;
  return TRUE;
}

gboolean
genre_checkpoint_save (const char *path, const char *identity, GenreOptimizer *optimizer,
                       const GenreTrainState *state, GError **error)
{
  g_autoptr (GenreSafetensors) file = genre_safetensors_new ();
  g_autofree char *text = state_to_text (optimizer, state);
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), state->history);
  g_autofree char *history = json_to_string (node, FALSE);
  Part parts[8];
  guint n_parts = list_parts (optimizer, state, parts);
  genre_safetensors_set_metadata (file, "format", FORMAT);
  genre_safetensors_set_metadata (file, "identity", identity);
  genre_safetensors_set_metadata (file, "state", text);
  genre_safetensors_set_metadata (file, "history", history);
  for (guint i = 0; i < n_parts; i++)
    genre_safetensors_set_tensor (file, parts[i].name, GENRE_DTYPE_F32, 1, &parts[i].n,
                                  parts[i].values);
  return genre_safetensors_save (file, path, error);
}

static gboolean
copy_part (const GenreSafetensors *file, const Part *part, GError **error)
{
  guint n_dimensions;
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  const float *values = genre_safetensors_get_tensor (file, part->name, &n_dimensions, shape);
  if (!values || n_dimensions != 1 || shape[0] != part->n) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "%s: \"%s\" is %s, expected %" G_GSIZE_FORMAT " values",
                 genre_safetensors_get_name (file), part->name,
                 values ? "of another size" : "missing", part->n);
    return FALSE;
  }
  memcpy (part->values, values, part->n * sizeof *values);
  return TRUE;
}

static gboolean
check_identity (const GenreSafetensors *file, const char *identity, GError **error)
{
  const char *format = genre_safetensors_get_metadata (file, "format");
  if (g_strcmp0 (format, FORMAT) != 0) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "%s: its format is \"%s\", expected \"" FORMAT "\": not a checkpoint",
                 genre_safetensors_get_name (file), format ? format : "none");
    return FALSE;
  }
  if (g_strcmp0 (genre_safetensors_get_metadata (file, "identity"), identity) != 0) {
    g_set_error (
        error, GENRE_ERROR, GENRE_ERROR_DATA,
        "%s: belongs to another recipe or other clips, expected those of this run; remove it "
        "to begin anew",
        genre_safetensors_get_name (file));
    return FALSE;
  }
  return TRUE;
}

static void
make_room_for_best (const GenreOptimizer *optimizer, GenreTrainState *state)
{
  g_clear_pointer (&state->best, g_free);
  g_clear_pointer (&state->best_statistics, g_free);
  state->best = g_new0 (float, optimizer->n_parameters);
  state->best_statistics = g_new0 (float, MAX (1, optimizer->n_statistics));
}

gboolean
genre_checkpoint_load (const char *path, const char *identity, GenreOptimizer *optimizer,
                       GenreTrainState *state, GError **error)
{
  g_autoptr (GenreSafetensors) file = genre_safetensors_load (path, error);
  if (!file || !check_identity (file, identity, error))
    return FALSE;
  const char *text = genre_safetensors_get_metadata (file, "state");
  const char *history = genre_safetensors_get_metadata (file, "history");
  g_autoptr (JsonNode) node = history ? json_from_string (history, NULL) : NULL;
  if (!text || !state_from_text (text, optimizer, state) || !node ||
      !JSON_NODE_HOLDS_ARRAY (node)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: state or history are damaged", path);
    return FALSE;
  }
  g_clear_pointer (&state->history, json_array_unref);
  state->history = json_array_ref (json_node_get_array (node));
  guint n_dimensions;
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  if (genre_safetensors_get_tensor (file, "best", &n_dimensions, shape))
    make_room_for_best (optimizer, state);
  Part parts[8];
  guint n_parts = list_parts (optimizer, state, parts);
  for (guint i = 0; i < n_parts; i++) {
    if (!copy_part (file, &parts[i], error))
      return FALSE;
  }
  return TRUE;
}

void
genre_checkpoint_share (GenreOptimizer *optimizer, GenreTrainState *state)
{
  char text[256];
  g_autofree char *mine = state_to_text (optimizer, state);
  gint32 has_best = state->best != NULL;
  g_strlcpy (text, mine, sizeof text);
  genre_ranks_share (text, sizeof text);
  genre_ranks_share (&has_best, sizeof has_best);
  state_from_text (text, optimizer, state);
  if (has_best && genre_ranks_get_index () > 0)
    make_room_for_best (optimizer, state);
  Part parts[8];
  guint n_parts = list_parts (optimizer, state, parts);
  for (guint i = 0; i < n_parts; i++)
    genre_ranks_share (parts[i].values, parts[i].n * sizeof (float));
}
