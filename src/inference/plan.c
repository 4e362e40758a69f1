/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"
#include <string.h>
#include "floats.h"
#include "kernels/denormals.h"
#include "layers/sequence.h"
#include "step.h"

/* ---- what steps do ---- */

static void
run_convolution (const GenrePlan *plan, const GenreStep *step, const float *x, const float *addend,
                 float *y, float *scratch)
{
  plan->kernels->convolution->convolve (&step->conv, x, addend, y, scratch);
}

static void
run_sum (const GenrePlan *plan, const GenreStep *step, const float *x, const float *addend,
         float *y, float *scratch)
{
  plan->kernels->convolution->add (genre_plan_image (plan, step->x), x,
                                   genre_plan_image (plan, step->addend), addend,
                                   genre_plan_image (plan, step->y), y, step->conv.activation);
}

static void
run_gate (const GenrePlan *plan, const GenreStep *step, const float *x, const float *addend,
          float *y, float *scratch)
{
  const GenreImage *gate = genre_plan_image (plan, step->addend);
  plan->kernels->convolution->scale (genre_plan_image (plan, step->x), x,
                                     addend + genre_image_at (gate, 0, 0),
                                     genre_plan_image (plan, step->y), y);
}

/* @scratch: frame means, then mean and deviation with the channels filled up, which y has side by
 * side without a gap. */
static void
run_statistics (const GenrePlan *plan, const GenreStep *step, const float *x, const float *addend,
                float *y, float *scratch)
{
  const GenreImage *in = genre_plan_image (plan, step->x), *out = genre_plan_image (plan, step->y);
  float *mean = scratch + (gsize)in->frames * in->pitch;
  float *deviation = step->deviation ? mean + in->pitch : NULL;
  plan->kernels->convolution->statistics (in, x, GENRE_STATISTICS_EPSILON, scratch, mean,
                                          deviation);
  y += genre_image_at (out, 0, 0);
  memset (y, 0, out->pitch * sizeof *y);
  memcpy (y, mean, in->channels * sizeof *y);
  if (deviation)
    memcpy (y + in->channels, deviation, in->channels * sizeof *y);
}

/* An image as layers have it, (channels, frames, features), from one as kernels have it. */
static void
to_planes (const GenreImage *image, const float *x, float *planes)
{
  for (guint frame = 0; frame < image->frames; frame++) {
    if (image->pitch == 1) {
      memcpy (planes + (gsize)frame * image->features, x + genre_image_at (image, frame, 0),
              image->features * sizeof *x);
      continue;
    }
    for (guint feature = 0; feature < image->features; feature++) {
      const float *pixel = x + genre_image_at (image, frame, feature);
      for (guint c = 0; c < image->channels; c++)
        planes[((gsize)c * image->frames + frame) * image->features + feature] = pixel[c];
    }
  }
}

static void
from_planes (const GenreImage *image, const float *planes, float *y)
{
  for (guint frame = 0; frame < image->frames; frame++) {
    if (image->pitch == 1) {
      memcpy (y + genre_image_at (image, frame, 0), planes + (gsize)frame * image->features,
              image->features * sizeof *y);
      continue;
    }
    for (guint feature = 0; feature < image->features; feature++) {
      float *pixel = y + genre_image_at (image, frame, feature);
      memset (pixel, 0, image->pitch * sizeof *pixel);
      for (guint c = 0; c < image->channels; c++)
        pixel[c] = planes[((gsize)c * image->frames + frame) * image->features + feature];
    }
  }
}

/* Whether it lies in memory as planes do. */
static gboolean
is_plane (const GenreImage *image)
{
  return image->pitch == 1 && image->rows == image->frames && image->columns == image->features;
}

/* Hands out scratch memory, or, with NULL for memory, finds out how much is needed. */
typedef struct {
  float *memory;
  gsize used;
} Room;

static float *
take (Room *room, gsize floats)
{
  float *taken = room->memory ? room->memory + room->used : NULL;
  room->used += genre_round_up_to_line (floats);
  return taken;
}

/* Runs a layer, and those nested in it, whose ids follow its own, as training does. */
static gsize
run_layer_in (const GenrePlan *plan, const GenreStep *step, const float *x, float *y,
              float *scratch)
{
  const GenreImage *in = genre_plan_image (plan, step->x), *out = genre_plan_image (plan, step->y);
  const GPtrArray *layers = plan->network->layers->all;
  Room room = {.memory = scratch};
  float *x_planes = take (&room, genre_shape_size (step->layer->input));
  float *y_planes = take (&room, genre_shape_size (step->layer->output));
  gsize hungriest = step->layer->scratch;
  GenreLayerState *states =
      (GenreLayerState *)take (&room, layers->len * sizeof *states / sizeof (float));
  for (guint id = step->layer->id; id < layers->len; id++) {
    const GenreLayer *layer = g_ptr_array_index (layers, id);
    if (id > step->layer->id && layer->depth <= step->layer->depth)
      break;
    float *output = layer->in_place ? NULL : take (&room, genre_shape_size (layer->output));
    void *saved = take (&room, layer->saved_bytes / sizeof (float) + 1);
    hungriest = MAX (hungriest, layer->scratch);
    if (scratch)
      states[id] = (GenreLayerState){.output = output, .saved = saved};
  }
  float *layer_scratch = take (&room, hungriest);
  if (!scratch)
    return room.used;
  GenreRun run = {.trains = FALSE,
                  .batch = 1,
                  .parameters = plan->parameters,
                  .statistics = plan->statistics,
                  .states = states,
                  .scratch = layer_scratch};
  if (!is_plane (in))
    to_planes (in, x, x_planes);
  genre_layer_forward (step->layer, &run, is_plane (in) ? x : x_planes,
                       is_plane (out) ? y : y_planes);
  if (!is_plane (out))
    from_planes (out, y_planes, y);
  return room.used;
}

static void
run_layer (const GenrePlan *plan, const GenreStep *step, const float *x, const float *addend,
           float *y, float *scratch)
{
  run_layer_in (plan, step, x, y, scratch);
}

const GenreStepClass genre_step_convolution = {run_convolution};
const GenreStepClass genre_step_sum = {run_sum};
const GenreStepClass genre_step_gate = {run_gate};
const GenreStepClass genre_step_statistics = {run_statistics};
const GenreStepClass genre_step_layer = {run_layer};

/* ---- preparing ---- */

static GenreStep *
step_at (const GenrePlan *plan, guint i)
{
  return &g_array_index (plan->steps, GenreStep, i);
}

static GenreTensor *
tensor_at (const GenrePlan *plan, guint i)
{
  return &g_array_index (plan->tensors, GenreTensor, i);
}

static void
choose_algorithms (GenrePlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++) {
    GenreStep *step = step_at (plan, i);
    GenreImage *in = genre_plan_image (plan, step->x);
    if (step->klass != &genre_step_convolution)
      continue;
    step->conv.in = *in;
    step->conv.out = *genre_plan_image (plan, step->y);
    genre_convolution_choose (&step->conv);
    genre_convolution_divide (&step->conv, plan->kernels->convolution->tiles);
    genre_convolution_widen (&step->conv, in);
  }
}

/* Once every image has the margin that its readers need. */
static void
prepare_steps (GenrePlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++) {
    GenreStep *step = step_at (plan, i);
    if (step->klass == &genre_step_layer)
      step->scratch = run_layer_in (plan, step, NULL, NULL, NULL);
    if (step->klass != &genre_step_convolution)
      continue;
    step->conv.in = *genre_plan_image (plan, step->x);
    step->conv.out = *genre_plan_image (plan, step->y);
    if (step->conv.adds)
      step->conv.addend = *genre_plan_image (plan, step->addend);
    step->scratch = genre_convolution_scratch (&step->conv, plan->kernels->lanes);
  }
}

static gboolean
lacks_memory (const GenrePlan *plan, guint64 bytes, GError **error)
{
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_IO,
               "not enough memory for inference with %" G_GUINT64_FORMAT
               " parameters, expected %" G_GUINT64_FORMAT " bytes",
               plan->network->layers->n_parameters, bytes);
  return FALSE;
}

/* Floats of all packed weights; @largest: doubles of the convolution that has the most. */
static gsize
count_weights (const GenrePlan *plan, gsize *largest)
{
  gsize total = 0;
  *largest = 0;
  for (guint i = 0; i < plan->steps->len; i++) {
    const GenreStep *step = step_at (plan, i);
    if (step->klass != &genre_step_convolution)
      continue;
    gsize n = genre_plan_count_weights (plan, step) + step->conv.out.channels;
    total += genre_convolution_size (&step->conv);
    *largest = MAX (*largest, n);
  }
  return total;
}

/* Into one block, which as long as it is can lie in huge pages: read once for each segment, weights
 * would otherwise miss the buffers of page addresses again and again. As double there are only
 * those of one convolution at a time. */
static gboolean
pack_weights (GenrePlan *plan, GError **error)
{
  gsize largest, total = count_weights (plan, &largest);
  g_autofree double *weights = g_try_new (double, MAX (largest, 1));
  plan->weights = genre_floats_try_new (total);
  if (!weights || !plan->weights)
    return lacks_memory (plan, (guint64)total * sizeof (float) + (guint64)largest * sizeof (double),
                         error);
  float *room = plan->weights;
  for (guint i = 0; i < plan->steps->len; i++) {
    GenreStep *step = step_at (plan, i);
    if (step->klass != &genre_step_convolution)
      continue;
    double *bias = weights + genre_plan_count_weights (plan, step);
    genre_plan_fold_weights (plan, step, weights, bias);
    genre_convolution_pack (&step->conv, plan->kernels->lanes, weights, bias, room);
    room += genre_convolution_size (&step->conv);
  }
  return TRUE;
}

/* For layers that run themselves and have any. */
static gboolean
copy_parameters (GenrePlan *plan, GError **error)
{
  const GenreNetwork *network = plan->network;
  const guint64 n_parameters = network->layers->n_parameters;
  const guint64 n_statistics = network->layers->n_statistics;
  gboolean wanted = FALSE;
  for (guint i = 0; i < plan->steps->len; i++) {
    const GenreStep *step = step_at (plan, i);
    wanted = wanted || (step->klass == &genre_step_layer && step->layer->n_parameters > 0);
  }
  if (!wanted)
    return TRUE;
  plan->parameters = genre_floats_try_new (n_parameters);
  plan->statistics = genre_floats_try_new (n_statistics);
  if (!plan->parameters || !plan->statistics)
    return lacks_memory (plan, (n_parameters + n_statistics) * sizeof (float), error);
  memcpy (plan->parameters, network->parameters, n_parameters * sizeof (float));
  memcpy (plan->statistics, network->statistics, n_statistics * sizeof (float));
  return TRUE;
}

static void
find_life_times (GenrePlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++) {
    const GenreStep *step = step_at (plan, i);
    tensor_at (plan, step->x)->last = i;
    if (step->addend != GENRE_NO_TENSOR)
      tensor_at (plan, step->addend)->last = i;
    tensor_at (plan, step->y)->first = tensor_at (plan, step->y)->last = i;
  }
}

static gboolean
collides (const GenreTensor *a, const GenreTensor *b)
{
  return a->first <= b->last && b->first <= a->last &&
         a->offset < b->offset + genre_round_up_to_line (genre_image_size (&b->image)) &&
         b->offset < a->offset + genre_round_up_to_line (genre_image_size (&a->image));
}

/* The first of the tensors before @i that lies where it does at the same time. */
static const GenreTensor *
find_collision (const GenrePlan *plan, guint i)
{
  for (guint j = 0; j < i; j++) {
    if (collides (tensor_at (plan, i), tensor_at (plan, j)))
      return tensor_at (plan, j);
  }
  return NULL;
}

/* Each image moves up until nothing lies there that lives at the same time. */
static void
place_tensors (GenrePlan *plan)
{
  for (guint i = 0; i < plan->tensors->len; i++) {
    GenreTensor *tensor = tensor_at (plan, i);
    const GenreTensor *other;
    while ((other = find_collision (plan, i)))
      tensor->offset = other->offset + genre_round_up_to_line (genre_image_size (&other->image));
    plan->scratch = MAX (
        plan->scratch, tensor->offset + genre_round_up_to_line (genre_image_size (&tensor->image)));
  }
  plan->arena = plan->scratch;
  for (guint i = 0; i < plan->steps->len; i++)
    plan->arena = MAX (plan->arena, plan->scratch + step_at (plan, i)->scratch);
}

GenrePlan *
genre_plan_new (GenreNetwork *network, const GenreKernels *kernels, GError **error)
{
  g_autoptr (GenrePlan) plan = g_new0 (GenrePlan, 1);
  plan->kernels = kernels;
  plan->network = genre_network_ref (network);
  plan->steps = g_array_new (FALSE, TRUE, sizeof (GenreStep));
  plan->tensors = g_array_new (FALSE, TRUE, sizeof (GenreTensor));
  plan->norms = g_ptr_array_new ();
  genre_plan_compile (plan);
  choose_algorithms (plan);
  prepare_steps (plan);
  find_life_times (plan);
  place_tensors (plan);
  return pack_weights (plan, error) && copy_parameters (plan, error) ? g_steal_pointer (&plan)
                                                                     : NULL;
}

void
genre_plan_free (GenrePlan *plan)
{
  genre_floats_free (plan->weights);
  g_array_unref (plan->steps);
  g_array_unref (plan->tensors);
  g_ptr_array_unref (plan->norms);
  genre_floats_free (plan->parameters);
  genre_floats_free (plan->statistics);
  genre_network_unref (plan->network);
  g_free (plan);
}

/* ---- running ---- */

float *
genre_plan_new_arena (const GenrePlan *plan, GError **error)
{
  float *arena = genre_floats_try_new (plan->arena);
  if (!arena)
    lacks_memory (plan, (guint64)plan->arena * sizeof *arena, error);
  return arena;
}

gsize
genre_plan_get_arena_bytes (const GenrePlan *plan)
{
  return plan->arena * sizeof (float);
}

/* Others have used the place of this image since it was written last. What lies between two frames
 * is one run of memory, as is what lies before the first and after the last one. */
static void
clear_margin (const GenreImage *image, float *y)
{
  gsize line = (gsize)image->columns * image->pitch, inside = (gsize)image->features * image->pitch;
  gsize begin = genre_image_at (image, 0, 0);
  gsize end = begin + (image->frames - 1) * line + inside;
  memset (y, 0, begin * sizeof *y);
  if (line > inside) {
    for (gsize at = begin + inside; at < end; at += line)
      memset (y + at, 0, (line - inside) * sizeof *y);
  }
  memset (y + end, 0, (genre_image_size (image) - end) * sizeof *y);
}

static void
put_input (const GenreImage *image, const float *input, float *x)
{
  clear_margin (image, x);
  from_planes (image, input, x);
}

static void
run_steps (const GenrePlan *plan, float *arena, const float *input, float *scores)
{
  const GenreTensor *tensor = tensor_at (plan, 0);
  put_input (&tensor->image, input, arena + tensor->offset);
  for (guint i = 0; i < plan->steps->len; i++) {
    const GenreStep *step = step_at (plan, i);
    const float *x = arena + tensor_at (plan, step->x)->offset;
    const float *addend =
        step->addend != GENRE_NO_TENSOR ? arena + tensor_at (plan, step->addend)->offset : NULL;
    tensor = tensor_at (plan, step->y);
    clear_margin (&tensor->image, arena + tensor->offset);
    step->klass->run (plan, step, x, addend, arena + tensor->offset, arena + plan->scratch);
  }
  memcpy (scores, arena + tensor->offset + genre_image_at (&tensor->image, 0, 0),
          plan->network->n_labels * sizeof *scores);
}

void
genre_plan_run (const GenrePlan *plan, float *arena, const float *input, float *scores)
{
  guint64 before = genre_denormals_begin_zero ();
  run_steps (plan, arena, input, scores);
  genre_denormals_restore (before);
}
