/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sequence.h"

static void
forward_channel (const GenreLayer *layer, GenreRun *run, guint channel, const float *x, float *y)
{
  layer->klass->forward_channel (layer, run, channel,
                                 x + channel * genre_channel_size (run, layer->input),
                                 y + channel * genre_channel_size (run, layer->output));
}

void
genre_layer_forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  if (layer->klass->forward)
    layer->klass->forward (layer, run, x, y);
  for (guint c = 0; c < layer->input.channels && layer->klass->forward_channel; c++)
    forward_channel (layer, run, c, x, y);
}

/* The layers from @first to before @end, which do one channel after the other. */
static void
forward_channels (GPtrArray *sequence, GenreRun *run, guint first, guint end)
{
  const GenreLayer *layer = g_ptr_array_index (sequence, first);
  for (guint c = 0; c < layer->input.channels; c++) {
    for (guint i = first; i < end; i++) {
      layer = g_ptr_array_index (sequence, i);
      forward_channel (layer, run, c, run->states[layer->id].x, run->states[layer->id].y);
    }
  }
}

const float *
genre_sequence_forward (GPtrArray *sequence, GenreRun *run, const float *x)
{
  guint waiting = 0; /* layers before this one that will do one channel after the other */
  for (guint i = 0; i < sequence->len; i++) {
    const GenreLayer *layer = g_ptr_array_index (sequence, i);
    GenreLayerState *state = &run->states[layer->id];
    state->x = x;
    state->y = layer->in_place ? (float *)x : state->output;
    x = state->y;
    if (layer->klass->forward_channel) {
      waiting++;
      continue;
    }
    if (waiting)
      forward_channels (sequence, run, i - waiting, i);
    waiting = 0;
    layer->klass->forward (layer, run, state->x, state->y);
  }
  if (waiting)
    forward_channels (sequence, run, sequence->len - waiting, sequence->len);
  return x;
}

/* The layers before @end down to @first, which do one channel after the other. */
static void
backward_channels (GPtrArray *sequence, GenreRun *run, guint first, guint end)
{
  const GenreLayer *layer = g_ptr_array_index (sequence, first);
  for (guint c = 0; c < layer->input.channels; c++) {
    for (guint i = end; i-- > first;) {
      layer = g_ptr_array_index (sequence, i);
      const GenreLayerState *s = &run->states[layer->id];
      gsize x = c * genre_channel_size (run, layer->input),
            y = c * genre_channel_size (run, layer->output);
      layer->klass->backward_channel (layer, run, c, s->x + x, s->y + y, s->dy + y, s->dx + x);
    }
  }
}

/* Layers that do one channel after the other must not write where the gradient of a later channel
 * still lies: only one of them, the last, may go from one buffer of the flow to the other. */
void
genre_sequence_backward (GPtrArray *sequence, GenreRun *run, const float *dy, float *dx)
{
  const float *incoming = dy;
  guint waiting = 0;
  for (guint i = sequence->len; i-- > 0;) {
    const GenreLayer *layer = g_ptr_array_index (sequence, i);
    GenreLayerState *state = &run->states[layer->id];
    float **flow = run->flow[layer->depth];
    float *out = dy == flow[0] ? flow[1] : flow[0];
    if (layer->klass->gradient_in_place && dy != incoming)
      out = (float *)dy;
    if (i == 0 && (dx || layer->klass->skips_input_gradient))
      out = dx;
    state->dy = dy;
    state->dx = out;
    if (waiting && (!layer->klass->backward_channel || out != dy)) {
      backward_channels (sequence, run, i + 1, i + 1 + waiting);
      waiting = 0;
    }
    if (layer->klass->backward_channel)
      waiting++;
    else
      layer->klass->backward (layer, run, state->x, state->y, dy, out);
    dy = out;
  }
  if (waiting)
    backward_channels (sequence, run, 0, waiting);
}
