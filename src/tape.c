/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tape.h"
#include "floats.h"
#include "layers/sequence.h"
#include "network-private.h"

struct _GenreTape {
  GenreNetwork *network;
  guint max_batch;
  GenreRun run;
  GArray *states;    /* of GenreLayerState */
  GPtrArray *room;   /* every aligned allocation */
  float *scores;     /* (batch, n_labels) */
  float *score_flow; /* (n_labels, batch): the gradient, turned back */
  float *group_statistics;
  gboolean is_lacking; /* memory */
};

/* @floats for each of @n. */
static float *
tape_room (GenreTape *tape, guint n, guint64 floats)
{
  gsize all;
  float *room = floats <= G_MAXSIZE && g_size_checked_mul (&all, (gsize)floats, n)
                    ? genre_floats_try_new (all)
                    : NULL;
  if (room)
    g_ptr_array_add (tape->room, room);
  else
    tape->is_lacking = TRUE;
  return room;
}

static void
make_states (GenreTape *tape)
{
  const GPtrArray *all = tape->network->layers->all;
  guint64 scratch = 0;
  for (guint i = 0; i < all->len; i++) {
    const GenreLayer *layer = g_ptr_array_index (all, i);
    GenreLayerState state = {0};
    if (!layer->in_place)
      state.output = tape_room (tape, tape->max_batch, genre_shape_size (layer->output));
    if (layer->saved_bytes)
      state.saved = tape_room (tape, tape->max_batch, layer->saved_bytes / sizeof (float) + 1);
    scratch = MAX (scratch, layer->scratch);
    g_array_append_val (tape->states, state);
  }
  tape->run.states = (GenreLayerState *)tape->states->data;
  tape->run.scratch = tape_room (tape, 1, scratch);
}

static GenreTape *
make_tape (GenreNetwork *network, guint max_batch)
{
  GenreTape *tape = g_new0 (GenreTape, 1);
  tape->network = genre_network_ref (network);
  tape->max_batch = max_batch;
  tape->run.n_views = 1;
  tape->states = g_array_new (FALSE, TRUE, sizeof (GenreLayerState));
  tape->room = g_ptr_array_new_with_free_func (genre_floats_free);
  tape->scores = tape_room (tape, max_batch, network->n_labels);
  make_states (tape);
  return tape;
}

static void
insist (const GenreTape *tape)
{
  if (tape->is_lacking)
    g_error ("not enough memory for %u inputs at once", tape->max_batch);
}

GenreTape *
genre_tape_new (GenreNetwork *network, guint max_batch)
{
  GenreTape *tape = make_tape (network, max_batch);
  insist (tape);
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
  const GenreNetwork *network = tape->network;
  const GPtrArray *all = network->layers->all;
  guint depths = 1;
  for (guint i = 0; i < all->len; i++)
    depths = MAX (depths, ((const GenreLayer *)g_ptr_array_index (all, i))->depth + 1);
  tape->run.flow = g_malloc0 (depths * sizeof *tape->run.flow);
  for (guint depth = 0; depth < depths; depth++) {
    guint64 size = 0;
    for (guint i = 0; i < all->len; i++) {
      const GenreLayer *layer = g_ptr_array_index (all, i);
      if (layer->depth == depth)
        size = MAX (size, MAX (genre_shape_size (layer->input), genre_shape_size (layer->output)));
    }
    tape->run.flow[depth][0] = tape_room (tape, tape->max_batch, size);
    tape->run.flow[depth][1] = tape_room (tape, tape->max_batch, size);
  }
  tape->run.gradient = tape_room (tape, 1, network->layers->n_parameters);
  tape->group_statistics = tape_room (tape, 1, network->layers->n_statistics);
  tape->run.group_statistics = tape->group_statistics;
  tape->score_flow = tape_room (tape, tape->max_batch, network->n_labels);
}

/* Takes @tape. */
static GenreTape *
unless_lacking (GenreTape *tape)
{
  if (!tape->is_lacking)
    return tape;
  genre_tape_free (tape);
  return NULL;
}

GenreTape *
genre_tape_try_new (GenreNetwork *network, guint max_batch)
{
  GenreTape *tape = make_tape (network, max_batch);
  make_gradients (tape);
  return unless_lacking (tape);
}

GenreTape *
genre_tape_try_new_to_evaluate (GenreNetwork *network, guint max_batch)
{
  return unless_lacking (make_tape (network, max_batch));
}

void
genre_tape_set_views (GenreTape *tape, guint n_views)
{
  tape->run.n_views = n_views;
}

const float *
genre_tape_forward (GenreTape *tape, GenrePass pass, guint batch, const float *input,
                    GenreRandom random)
{
  GenreNetwork *network = tape->network;
  GenreRun *run = &tape->run;
  g_return_val_if_fail (batch > 0 && batch <= tape->max_batch, NULL);
  if (pass == GENRE_PASS_TRAIN && !run->gradient) {
    make_gradients (tape);
    insist (tape);
  }
  run->trains = pass == GENRE_PASS_TRAIN;
  run->batch = batch;
  run->random = random;
  run->parameters = network->parameters;
  run->statistics = network->statistics;
  const float *y = genre_sequence_forward (network->layers->sequence, run, input);
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
  g_return_if_fail (tape->run.trains && tape->run.gradient);
  for (guint b = 0; b < batch; b++) {
    for (guint i = 0; i < network->n_labels; i++)
      tape->score_flow[(gsize)i * batch + b] = score_gradient[(gsize)b * network->n_labels + i];
  }
  genre_sequence_backward (network->layers->sequence, &tape->run, tape->score_flow, input_gradient);
}

float *
genre_tape_get_gradient (GenreTape *tape)
{
  if (!tape->run.gradient) {
    make_gradients (tape);
    insist (tape);
  }
  return tape->run.gradient;
}

const float *
genre_tape_get_group_statistics (GenreTape *tape)
{
  return tape->group_statistics;
}
