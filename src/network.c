/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network.h"
#include "blas.h"
#include "layers/layer.h"
#include <math.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64        /* bytes: a cache line, and the widest vector */
#define HUGE_PAGE (2 << 20) /* bytes, where there are such */

static void
layer_free (gpointer data)
{
  GenreLayer *layer = data;
  if (layer->klass->finalise)
    layer->klass->finalise (layer);
  g_free (layer->name);
  g_free (layer);
}

static float *
new_floats (gsize n)
{
  gsize bytes = (n * sizeof (float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  gsize alignment = bytes < HUGE_PAGE ? ALIGNMENT : HUGE_PAGE;
  float *values = g_aligned_alloc (1, MAX (bytes, ALIGNMENT), alignment);
#ifdef MADV_HUGEPAGE
  /* what is walked through in many places at once would need many small pages at once */
  if (alignment == HUGE_PAGE)
    madvise (values, bytes, MADV_HUGEPAGE);
#endif
  memset (values, 0, MAX (bytes, ALIGNMENT));
  return values;
}

static JsonArray *
parse_description (const char *description, JsonParser *parser, GError **error)
{
  g_autoptr (GError) fault = NULL;
  if (!json_parser_load_from_data (parser, description, -1, &fault)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "network: not JSON: %s", fault->message);
    return NULL;
  }
  JsonNode *root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_ARRAY (root)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "network: the description is not an array of layers");
    return NULL;
  }
  return json_node_get_array (root);
}

static void
describe_layers (GenreNetwork *network)
{
  for (guint i = 0; i < network->layers->len; i++) {
    const GenreLayer *layer = g_ptr_array_index (network->layers, i);
    GenreLayerInfo info = {.name = layer->name,
                           .type = layer->klass->type,
                           .channels = layer->output.channels,
                           .frames = layer->output.frames,
                           .features = layer->output.features,
                           .n_parameters = layer->n_parameters,
                           .n_multiply_adds = layer->multiply_adds};
    g_array_append_val (network->layer_info, info);
  }
}

static gboolean
check_ends (GenreNetwork *network, GError **error)
{
  GenreShape output = genre_sequence_output (network->sequence, network->input);
  if (output.channels == network->n_labels && output.frames == 1 && output.features == 1)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "network: the last layer leaves %u channels × %u frames × %u features, expected %u "
               "× 1 × 1, one score for each label",
               output.channels, output.frames, output.features, network->n_labels);
  return FALSE;
}

GenreNetwork *
genre_network_new (const char *description, guint frames, guint features, guint n_labels,
                   GError **error)
{
  return genre_network_new_checked (description, frames, features, n_labels, NULL, NULL, error);
}

GenreNetwork *
genre_network_new_checked (const char *description, guint frames, guint features, guint n_labels,
                           GenreNetworkCheck check, gconstpointer user_data, GError **error)
{
  genre_blas_prepare ();
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *array = parse_description (description, parser, error);
  if (!array)
    return NULL;
  g_autoptr (GenreNetwork) network = g_new0 (GenreNetwork, 1);
  g_atomic_ref_count_init (&network->references);
  network->description = g_strdup (description);
  network->input = (GenreShape){1, frames, features};
  network->n_labels = n_labels;
  network->layers = g_ptr_array_new_with_free_func (layer_free);
  network->layer_info = g_array_new (FALSE, TRUE, sizeof (GenreLayerInfo));
  network->parameter_info = g_array_new (FALSE, TRUE, sizeof (GenreTensorInfo));
  network->statistic_info = g_array_new (FALSE, TRUE, sizeof (GenreTensorInfo));
  network->names = g_string_chunk_new (1024);
  network->sequence = genre_sequence_parse (network, array, "", 0, network->input, error);
  if (!network->sequence || !check_ends (network, error) ||
      (check && !check (network, user_data, error)))
    return NULL;
  network->parameters = new_floats (network->n_parameters);
  network->statistics = new_floats (network->n_statistics);
  describe_layers (network);
  return g_steal_pointer (&network);
}

GenreNetwork *
genre_network_ref (GenreNetwork *network)
{
  g_atomic_ref_count_inc (&network->references);
  return network;
}

void
genre_network_unref (GenreNetwork *network)
{
  if (!g_atomic_ref_count_dec (&network->references))
    return;
  g_clear_pointer (&network->sequence, g_ptr_array_unref);
  g_ptr_array_unref (network->layers);
  g_array_unref (network->layer_info);
  g_array_unref (network->parameter_info);
  g_array_unref (network->statistic_info);
  g_string_chunk_free (network->names);
  g_aligned_free (network->parameters);
  g_aligned_free (network->statistics);
  g_free (network->description);
  g_free (network);
}

const char *
genre_network_get_description (const GenreNetwork *network)
{
  return network->description;
}

guint
genre_network_get_frames (const GenreNetwork *network)
{
  return network->input.frames;
}

guint
genre_network_get_features (const GenreNetwork *network)
{
  return network->input.features;
}

guint
genre_network_get_n_labels (const GenreNetwork *network)
{
  return network->n_labels;
}

const GArray *
genre_network_get_layer_info (const GenreNetwork *network)
{
  return network->layer_info;
}

gsize
genre_network_get_n_parameters (const GenreNetwork *network)
{
  return network->n_parameters;
}

float *
genre_network_get_parameters (GenreNetwork *network)
{
  return network->parameters;
}

const GArray *
genre_network_get_parameter_info (const GenreNetwork *network)
{
  return network->parameter_info;
}

gsize
genre_network_get_n_statistics (const GenreNetwork *network)
{
  return network->n_statistics;
}

float *
genre_network_get_statistics (GenreNetwork *network)
{
  return network->statistics;
}

const GArray *
genre_network_get_statistic_info (const GenreNetwork *network)
{
  return network->statistic_info;
}

static void
fill_normal (float *values, gsize n, double deviation, GenreRandom random)
{
  for (gsize i = 0; i < n; i++)
    values[i] = deviation * genre_random_normal (&random);
}

void
genre_network_initialise (GenreNetwork *network, guint64 seed)
{
  for (guint i = 0; i < network->parameter_info->len; i++) {
    const GenreTensorInfo *info = &g_array_index (network->parameter_info, GenreTensorInfo, i);
    float *values = network->parameters + info->offset;
    gsize fan_in = info->size / info->shape[0];
    if (info->n_dimensions > 1)
      fill_normal (values, info->size, sqrt ((info->n_dimensions == 4 ? 2.0 : 1.0) / fan_in),
                   genre_random_keyed (seed, i, 0, 0));
    else
      for (gsize j = 0; j < info->size; j++)
        values[j] = g_str_has_suffix (info->name, ".weight") ? 1 : 0;
  }
  for (guint i = 0; i < network->statistic_info->len; i++) {
    const GenreTensorInfo *info = &g_array_index (network->statistic_info, GenreTensorInfo, i);
    for (gsize j = 0; j < info->size; j++)
      network->statistics[info->offset + j] = g_str_has_suffix (info->name, "_var") ? 1 : 0;
  }
}

/* ---- one pass over one group ---- */

struct _GenreTape {
  GenreNetwork *network;
  guint max_batch;
  GenreRun run;
  GArray *states;    /* of GenreLayerState */
  GPtrArray *room;   /* every aligned allocation */
  float *scores;     /* (batch, n_labels) */
  float *score_flow; /* (n_labels, batch): the gradient, turned back */
  float *group_statistics;
};

static float *
tape_room (GenreTape *tape, gsize floats)
{
  float *room = new_floats (floats);
  g_ptr_array_add (tape->room, room);
  return room;
}

static void
make_states (GenreTape *tape)
{
  gsize scratch = 0;
  for (guint i = 0; i < tape->network->layers->len; i++) {
    const GenreLayer *layer = g_ptr_array_index (tape->network->layers, i);
    GenreLayerState state = {0};
    if (!layer->in_place)
      state.output = tape_room (tape, tape->max_batch * genre_shape_size (layer->output));
    if (layer->saved_bytes)
      state.saved = tape_room (tape, tape->max_batch * layer->saved_bytes / sizeof (float) + 1);
    scratch = MAX (scratch, layer->scratch);
    g_array_append_val (tape->states, state);
  }
  tape->run.states = (GenreLayerState *)tape->states->data;
  tape->run.scratch = tape_room (tape, scratch);
}

GenreTape *
genre_tape_new (GenreNetwork *network, guint max_batch)
{
  GenreTape *tape = g_new0 (GenreTape, 1);
  tape->network = genre_network_ref (network);
  tape->max_batch = max_batch;
  tape->states = g_array_new (FALSE, TRUE, sizeof (GenreLayerState));
  tape->room = g_ptr_array_new_with_free_func (g_aligned_free);
  tape->scores = tape_room (tape, (gsize)max_batch * network->n_labels);
  make_states (tape);
  return tape;
}

void
genre_tape_free (GenreTape *tape)
{
  genre_network_unref (tape->network);
  g_array_unref (tape->states);
  g_ptr_array_unref (tape->room);
  g_free (tape->run.flow);
  g_free (tape);
}

/* What only training needs is made when training begins: an evaluating tape stays small. */
static void
make_gradients (GenreTape *tape)
{
  GenreNetwork *network = tape->network;
  guint depths = 1;
  for (guint i = 0; i < network->layers->len; i++)
    depths = MAX (depths, ((GenreLayer *)g_ptr_array_index (network->layers, i))->depth + 1);
  tape->run.flow = g_malloc0 (depths * sizeof *tape->run.flow);
  for (guint depth = 0; depth < depths; depth++) {
    gsize size = 0;
    for (guint i = 0; i < network->layers->len; i++) {
      const GenreLayer *layer = g_ptr_array_index (network->layers, i);
      if (layer->depth == depth)
        size = MAX (size, MAX (genre_shape_size (layer->input), genre_shape_size (layer->output)));
    }
    tape->run.flow[depth][0] = tape_room (tape, size * tape->max_batch);
    tape->run.flow[depth][1] = tape_room (tape, size * tape->max_batch);
  }
  tape->run.gradient = tape_room (tape, network->n_parameters);
  tape->group_statistics = tape_room (tape, network->n_statistics);
  tape->run.group_statistics = tape->group_statistics;
  tape->score_flow = tape_room (tape, (gsize)tape->max_batch * network->n_labels);
}

const float *
genre_tape_forward (GenreTape *tape, GenrePass pass, guint batch, const float *input,
                    GenreRandom random)
{
  GenreNetwork *network = tape->network;
  GenreRun *run = &tape->run;
  g_return_val_if_fail (batch > 0 && batch <= tape->max_batch, NULL);
  if (pass == GENRE_PASS_TRAIN && !run->gradient)
    make_gradients (tape);
  run->pass = pass;
  run->batch = batch;
  run->random = random;
  run->parameters = network->parameters;
  run->statistics = network->statistics;
  const float *y = genre_sequence_forward (network->sequence, run, input);
  for (guint b = 0; b < batch; b++) {
    for (guint i = 0; i < network->n_labels; i++)
      tape->scores[(gsize)b * network->n_labels + i] = y[(gsize)i * batch + b];
  }
  return tape->scores;
}

void
genre_tape_backward (GenreTape *tape, const float *score_gradient, float *input_gradient)
{
  GenreNetwork *network = tape->network;
  guint batch = tape->run.batch;
  g_return_if_fail (tape->run.pass == GENRE_PASS_TRAIN && tape->run.gradient);
  for (guint b = 0; b < batch; b++) {
    for (guint i = 0; i < network->n_labels; i++)
      tape->score_flow[(gsize)i * batch + b] = score_gradient[(gsize)b * network->n_labels + i];
  }
  genre_sequence_backward (network->sequence, &tape->run, tape->score_flow, input_gradient);
}

float *
genre_tape_get_gradient (GenreTape *tape)
{
  if (!tape->run.gradient)
    make_gradients (tape);
  return tape->run.gradient;
}

const float *
genre_tape_get_group_statistics (GenreTape *tape)
{
  return tape->group_statistics;
}
