/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checkpoint.h"
#include <math.h>
#include <string.h>
#include "json.h"
#include "safetensors.h"
#include "running/ranks.h"

#define FORMAT "genreclassify-checkpoint-2"
#define EPOCH_LENGTH 256  /* bytes that the history has for an epoch, at most */
#define MAX_EPOCHS 100000 /* as many as a recipe may ask for */

void
genre_train_state_clear (GenreTrainState *state)
{
  g_clear_pointer (&state->best, g_free);
  g_clear_pointer (&state->best_statistics, g_free);
  g_clear_pointer (&state->room, g_free);
  g_clear_pointer (&state->room_statistics, g_free);
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
    if (!g_ascii_string_to_unsigned (words[i], 10, 0, i == 0 ? G_MAXINT64 : G_MAXINT32, &whole[i],
                                     NULL))
      return FALSE;
  }
  double loss_sum = g_ascii_strtod (words[5], NULL), best_loss = g_ascii_strtod (words[6], NULL);
  if (!isfinite (loss_sum) || !isfinite (best_loss))
    return FALSE;
  optimizer->step = whole[0];
  state->epoch = whole[1];
  state->step = whole[2];
  state->best_epoch = whole[3];
  state->n_worse = whole[4];
  state->loss_sum = loss_sum;
  state->best_loss = best_loss < 0 ? INFINITY : best_loss;
  return TRUE;
}

gboolean
genre_checkpoint_check (GenreNetwork *network, guint n_epochs, GError **error)
{
  gsize n = genre_network_get_n_parameters (network) + genre_network_get_n_statistics (network);
  gsize room = (GENRE_SAFETENSORS_MAX_FILE - GENRE_SAFETENSORS_MAX_HEADER) / sizeof (float);
  if (n > room)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%" G_GSIZE_FORMAT " parameters do not fit into a model file, expected at most "
                 "%" G_GSIZE_FORMAT,
                 n, room);
  else if (n_epochs > MAX_EPOCHS)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%u epochs do not fit into a checkpoint, expected at most %d", n_epochs,
                 MAX_EPOCHS);
  return n <= room && n_epochs <= MAX_EPOCHS;
}

/* Bytes that a checkpoint has, at most: five values for a parameter, of which a model file has one,
 * three for a statistic, and the history. */
static gsize
most_bytes (const GenreOptimizer *optimizer)
{
  gsize n_values =
      5 * optimizer->n_parameters + 3 * optimizer->n_statistics + (gsize)MAX_EPOCHS * EPOCH_LENGTH;
  return GENRE_SAFETENSORS_MAX_HEADER + n_values * sizeof (float);
}

/* The history as a tensor of its bytes: a header has not the room that many epochs take. */
static void
set_history (GenreSafetensors *file, const GenreTrainState *state)
{
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), state->history);
  g_autofree char *text = genre_json_to_string (node, FALSE);
  gsize length = strlen (text);
  g_autofree float *values = g_new (float, length);
  for (gsize i = 0; i < length; i++)
    values[i] = (guchar)text[i];
  genre_safetensors_set_tensor (file, "history", GENRE_DTYPE_F32, 1, &length, values);
}

/* NULL if it is no history. */
static JsonArray *
get_history (const GenreSafetensors *file, GError **error)
{
  guint n_dimensions;
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  const float *values = genre_safetensors_get_tensor (file, "history", &n_dimensions, shape);
  gsize length = values && n_dimensions == 1 ? shape[0] : 0;
  g_autofree char *text = g_new0 (char, length + 1);
  for (gsize i = 0; i < length; i++)
    text[i] = values[i] >= 1 && values[i] < 128 ? (char)values[i] : '?';
  g_autoptr (JsonNode) node = genre_json_parse (text, length, "history", error);
  if (node && JSON_NODE_HOLDS_ARRAY (node))
    return json_array_ref (json_node_get_array (node));
  if (node)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "the history is not an array");
  g_prefix_error (error, "%s: ", genre_safetensors_get_name (file));
  return NULL;
}

void
genre_checkpoint_add_model (GChecksum *identity, GenreModel *model)
{
  const GenreModelConfig *config = genre_model_get_config (model);
  GenreNetwork *network = genre_model_get_network (model);
  g_autoptr (GString) text = g_string_new (config->network);
  for (guint i = 0; i < config->n_labels; i++)
    g_string_append_printf (text, "\n%s", config->labels[i]);
  g_string_append_printf (text, "\n%u\n", config->n_background);
  g_checksum_update (identity, (const guchar *)text->str, (gssize)text->len);
  g_checksum_update (identity, (const guchar *)genre_network_get_parameters (network),
                     (gssize)(genre_network_get_n_parameters (network) * sizeof (float)));
  g_checksum_update (identity, (const guchar *)genre_network_get_statistics (network),
                     (gssize)(genre_network_get_n_statistics (network) * sizeof (float)));
  g_checksum_update (identity, (const guchar *)&config->temperature, sizeof config->temperature);
}

gboolean
genre_checkpoint_save (const char *path, const char *identity, GenreOptimizer *optimizer,
                       const GenreTrainState *state, GError **error)
{
  g_autoptr (GenreSafetensors) file = genre_safetensors_new ();
  g_autofree char *text = state_to_text (optimizer, state);
  Part parts[8];
  guint n_parts = list_parts (optimizer, state, parts);
  genre_safetensors_set_metadata (file, "format", FORMAT);
  genre_safetensors_set_metadata (file, "identity", identity);
  genre_safetensors_set_metadata (file, "state", text);
  set_history (file, state);
  for (guint i = 0; i < n_parts; i++)
    genre_safetensors_lend_tensor (file, parts[i].name, GENRE_DTYPE_F32, 1, &parts[i].n,
                                   parts[i].values);
  return genre_safetensors_save_within (file, path, most_bytes (optimizer), error);
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

char *
genre_checkpoint_name_identity (GChecksum *const *sums)
{
  GString *identity = g_string_new (NULL);
  for (guint i = 0; i < GENRE_CHECKPOINT_N_PARTS; i++)
    g_string_append_printf (identity, "%s%.16s", i == 0 ? "" : "-",
                            g_checksum_get_string (sums[i]));
  return g_string_free (identity, FALSE);
}

/* "another recipe and other clips"; NULL: it has not the parts that it has today. A model to begin
 * with brings settings of the recipe along: of both, it is what was changed. (transfer full) */
static char *
find_others (const char *stored, const char *identity)
{
  static const char *const others[GENRE_CHECKPOINT_N_PARTS] = {
      "another recipe or network", "other clips or labels", "other teachers",
      "another model to begin with"};
  g_auto (GStrv) parts = g_strsplit (stored ? stored : "", "-", -1);
  g_auto (GStrv) expected = g_strsplit (identity, "-", -1);
  g_autoptr (GString) text = g_string_new (NULL);
  if (g_strv_length (parts) != G_N_ELEMENTS (others) ||
      g_strv_length (expected) != G_N_ELEMENTS (others))
    return NULL;
  gboolean begins_otherwise =
      strcmp (parts[GENRE_CHECKPOINT_SOURCE], expected[GENRE_CHECKPOINT_SOURCE]) != 0;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (strcmp (parts[i], expected[i]) != 0 && (i != GENRE_CHECKPOINT_RECIPE || !begins_otherwise))
      g_string_append_printf (text, "%s%s", text->len > 0 ? " and " : "", others[i]);
  return g_strdup (text->str);
}

static gboolean
check_identity (const GenreSafetensors *file, const char *identity, const char *former,
                GError **error)
{
  const char *format = genre_safetensors_get_metadata (file, "format");
  if (g_strcmp0 (format, FORMAT) != 0) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "%s: its format is \"%s\", expected \"" FORMAT "\": not a checkpoint",
                 genre_safetensors_get_name (file), format ? format : "none");
    return FALSE;
  }
  const char *stored = genre_safetensors_get_metadata (file, "identity");
  if (g_strcmp0 (stored, identity) == 0 || (former && g_strcmp0 (stored, former) == 0))
    return TRUE;
  g_autofree char *others = find_others (stored, identity);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
               "%s: belongs to %s, expected those of this run; remove it to begin anew",
               genre_safetensors_get_name (file), others ? others : "an earlier version");
  return FALSE;
}

gboolean
genre_train_state_make_room (GenreTrainState *state, const GenreOptimizer *optimizer)
{
  g_clear_pointer (&state->room, g_free);
  g_clear_pointer (&state->room_statistics, g_free);
  state->room = g_try_new0 (float, MAX (1, optimizer->n_parameters));
  state->room_statistics = g_try_new0 (float, MAX (1, optimizer->n_statistics));
  return state->room && state->room_statistics;
}

gboolean
genre_train_state_use_room (GenreTrainState *state)
{
  if (!state->best) {
    state->best = g_steal_pointer (&state->room);
    state->best_statistics = g_steal_pointer (&state->room_statistics);
  }
  return state->best != NULL;
}

gboolean
genre_checkpoint_load (const char *path, const char *identity, const char *former,
                       GenreOptimizer *optimizer, GenreTrainState *state, GError **error)
{
  g_autoptr (GenreSafetensors) file =
      genre_safetensors_load_within (path, most_bytes (optimizer), error);
  if (!file || !check_identity (file, identity, former, error))
    return FALSE;
  const char *text = genre_safetensors_get_metadata (file, "state");
  if (!text || !state_from_text (text, optimizer, state)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: the state is damaged", path);
    return FALSE;
  }
  JsonArray *history = get_history (file, error);
  if (!history)
    return FALSE;
  g_clear_pointer (&state->history, json_array_unref);
  state->history = history;
  guint n_dimensions;
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  if (genre_safetensors_get_tensor (file, "best", &n_dimensions, shape))
    genre_train_state_use_room (state);
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
  if (has_best) /* of one recipe all have made room */
    genre_train_state_use_room (state);
  Part parts[8];
  guint n_parts = list_parts (optimizer, state, parts);
  for (guint i = 0; i < n_parts; i++)
    genre_ranks_share (parts[i].values, parts[i].n * sizeof (float));
}
