/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "step.h"
#include <math.h>
#include <string.h>

typedef struct {
  GenrePlan *plan;
  guint barrier; /* steps before this one take in no further layers: others see their result */
} Compiler;

/* Turns one layer that reads tensor @x into steps, or into part of a step; returns its result. */
typedef guint (*CompileFunc) (Compiler *compiler, const GenreLayer *layer, guint x);

static guint compile_sequence (Compiler *compiler, const GPtrArray *sequence, guint x);

/* ---- tensors and steps ---- */

static guint
add_tensor (Compiler *compiler, GenreShape shape)
{
  guint lanes = compiler->plan->kernels->lanes;
  GenreTensor tensor = {.image = {.frames = shape.frames,
                                  .features = shape.features,
                                  .channels = shape.channels,
                                  .pitch = (shape.channels + lanes - 1) / lanes * lanes,
                                  .rows = shape.frames,
                                  .columns = shape.features}};
  g_array_append_val (compiler->plan->tensors, tensor);
  return compiler->plan->tensors->len - 1;
}

/* Valid until the next one is added. */
static GenreStep *
add_step (Compiler *compiler, const GenreStepClass *klass, const GenreLayer *layer, guint x,
          GenreShape output)
{
  GenreStep step = {.klass = klass,
                    .layer = layer,
                    .x = x,
                    .addend = GENRE_NO_TENSOR,
                    .y = add_tensor (compiler, output)};
  g_array_append_val (compiler->plan->steps, step);
  return &g_array_index (compiler->plan->steps, GenreStep, compiler->plan->steps->len - 1);
}

/* The step that wrote @x, if what follows may still join it. */
static GenreStep *
open_step (Compiler *compiler, const GenreStepClass *klass, guint x)
{
  GArray *steps = compiler->plan->steps;
  if (steps->len <= compiler->barrier)
    return NULL;
  GenreStep *step = &g_array_index (steps, GenreStep, steps->len - 1);
  gboolean pools = step->conv.pool[0] * step->conv.pool[1] > 1;
  return step->klass == klass && step->y == x && !pools ? step : NULL;
}

/* ---- one function for each type of layer that is more than its own forward function ---- */

static guint
compile_layer_itself (Compiler *compiler, const GenreLayer *layer, guint x)
{
  return add_step (compiler, &genre_step_layer, layer, x, layer->output)->y;
}

/* The @i-th product of a layer as a convolution. */
static GenreStep *
add_convolution (Compiler *compiler, const GenreLayer *layer, guint i, guint x, GenreShape output)
{
  GenreStep *step = add_step (compiler, &genre_step_convolution, layer, x, output);
  const GenreWindow *window = &layer->window;
  step->product = i;
  step->norms = compiler->plan->norms->len;
  step->conv = (GenreConvolution){.frames = output.frames,
                                  .features = output.features,
                                  .kernel = {window->kernel[0], window->kernel[1]},
                                  .stride = {window->stride[0], window->stride[1]},
                                  .padding = {window->padding[0], window->padding[1]},
                                  .pool = {1, 1},
                                  .depthwise = layer->klass == &genre_depthwise_class};
  return step;
}

/* Dense layers, too: their window is 1 × 1. */
static guint
compile_convolution (Compiler *compiler, const GenreLayer *layer, guint x)
{
  return add_convolution (compiler, layer, 0, x, layer->output)->y;
}

static guint
compile_batch_norm (Compiler *compiler, const GenreLayer *layer, guint x)
{
  GenreStep *step = open_step (compiler, &genre_step_convolution, x);
  if (!step || step->conv.activation || step->addend != GENRE_NO_TENSOR)
    return compile_layer_itself (compiler, layer, x);
  g_ptr_array_add (compiler->plan->norms, (gpointer)layer);
  step->n_norms++;
  return x;
}

static guint
compile_activation (Compiler *compiler, const GenreLayer *layer, guint x)
{
  GenreStep *step = open_step (compiler, &genre_step_convolution, x);
  if (!step)
    step = open_step (compiler, &genre_step_sum, x);
  if (!step || step->conv.activation)
    return compile_layer_itself (compiler, layer, x);
  step->conv.activation =
      layer->klass == &genre_relu_class ? GENRE_ACTIVATION_RELU : GENRE_ACTIVATION_SILU;
  return x;
}

static guint
compile_max_pool (Compiler *compiler, const GenreLayer *layer, guint x)
{
  GenreStep *step = open_step (compiler, &genre_step_convolution, x);
  if (!step)
    return compile_layer_itself (compiler, layer, x);
  memcpy (step->conv.pool, layer->window.kernel, sizeof step->conv.pool);
  /* what no window of the pooling covers need not be there */
  step->conv.frames = layer->output.frames * step->conv.pool[0];
  step->conv.features = layer->output.features * step->conv.pool[1];
  GenreImage *image = genre_plan_image (compiler->plan, x);
  image->frames = image->rows = layer->output.frames;
  image->features = image->columns = layer->output.features;
  return x;
}

static guint
compile_dropout (Compiler *compiler, const GenreLayer *layer, guint x)
{
  return x;
}

static guint
compile_statistics (Compiler *compiler, const GenreLayer *layer, guint x)
{
  GenreImage image = *genre_plan_image (compiler->plan, x);
  GenreStep *step = add_step (compiler, &genre_step_statistics, layer, x, layer->output);
  step->deviation = layer->output.channels > image.channels;
  step->scratch = (gsize)(image.frames + 2) * image.pitch;
  return step->y;
}

/* Whatever of the body ends in a convolution adds the shortcut by itself. */
static guint
compile_residual (Compiler *compiler, const GenreLayer *layer, guint x)
{
  guint other = x, before = compiler->barrier;
  compiler->barrier = compiler->plan->steps->len;
  if (layer->shortcut) {
    other = compile_sequence (compiler, layer->shortcut, x);
    compiler->barrier = compiler->plan->steps->len;
  }
  guint y = compile_sequence (compiler, layer->body, x);
  GenreStep *step = open_step (compiler, &genre_step_convolution, y);
  if (!step || step->conv.activation || step->addend != GENRE_NO_TENSOR)
    step = add_step (compiler, &genre_step_sum, layer, y, layer->output);
  step->addend = other;
  step->conv.adds = TRUE;
  compiler->barrier = before;
  return step->y;
}

/* Mean, dense, ReLU, dense, sigmoid, and a step that scales each channel by what came out. */
static guint
compile_squeeze_excitation (Compiler *compiler, const GenreLayer *layer, guint x)
{
  const GenreImage image = *genre_plan_image (compiler->plan, x);
  const GenreShape channels = {image.channels, 1, 1};
  const GenreShape hidden = {layer->hidden, 1, 1};
  GenreStep *step = add_step (compiler, &genre_step_statistics, layer, x, channels);
  step->scratch = (gsize)(image.frames + 2) * image.pitch;
  step = add_convolution (compiler, layer, 0, step->y, hidden);
  step->conv.activation = GENRE_ACTIVATION_RELU;
  step = add_convolution (compiler, layer, 1, step->y, channels);
  step->conv.activation = GENRE_ACTIVATION_SIGMOID;
  guint gate = step->y;
  step = add_step (compiler, &genre_step_gate, layer, x, layer->output);
  step->addend = gate;
  return step->y;
}

static const struct {
  const GenreLayerClass *klass;
  CompileFunc compile;
} compilers[] = {
    {&genre_batch_norm_class, compile_batch_norm},
    {&genre_conv2d_class, compile_convolution},
    {&genre_dense_class, compile_convolution},
    {&genre_depthwise_class, compile_convolution},
    {&genre_dropout_class, compile_dropout},
    {&genre_max_pool_class, compile_max_pool},
    {&genre_relu_class, compile_activation},
    {&genre_residual_class, compile_residual},
    {&genre_silu_class, compile_activation},
    {&genre_squeeze_excitation_class, compile_squeeze_excitation},
    {&genre_statistics_pool_class, compile_statistics},
};

static CompileFunc
find_compiler (const GenreLayerClass *klass)
{
  for (guint i = 0; i < G_N_ELEMENTS (compilers); i++) {
    if (compilers[i].klass == klass)
      return compilers[i].compile;
  }
  return compile_layer_itself;
}

static guint
compile_sequence (Compiler *compiler, const GPtrArray *sequence, guint x)
{
  for (guint i = 0; i < sequence->len; i++) {
    const GenreLayer *layer = g_ptr_array_index (sequence, i);
    x = find_compiler (layer->klass) (compiler, layer, x);
  }
  return x;
}

/* ---- weights ---- */

/* For each output channel. */
static gsize
count_inputs (const GenrePlan *plan, const GenreStep *step)
{
  gsize in = step->conv.depthwise ? 1 : genre_plan_image (plan, step->x)->channels;
  return in * step->conv.kernel[0] * step->conv.kernel[1];
}

gsize
genre_plan_count_weights (const GenrePlan *plan, const GenreStep *step)
{
  return genre_plan_image (plan, step->y)->channels * count_inputs (plan, step);
}

/* What begins at an offset of the parameters, or zeros for GENRE_NOWHERE. */
static void
to_double (const GenrePlan *plan, gsize offset, gsize n, double *values)
{
  for (gsize i = 0; i < n; i++)
    values[i] = offset == GENRE_NOWHERE ? 0 : plan->network->parameters[offset + i];
}

/* W' = W · s, b' = (b − mean) · s + shift with s = scale / √(variance + ε), for each output
 * channel, which has @n weights. */
static void
fold_norm (const GenreNetwork *network, const GenreLayer *norm, gsize n, double *weights,
           double *bias)
{
  const float *scale = network->parameters + norm->weight[0];
  const float *shift = network->parameters + norm->bias[0];
  const float *mean = network->statistics + norm->mean;
  const float *variance = network->statistics + norm->variance;
  for (guint o = 0; o < norm->output.channels; o++) {
    double s = scale[o] / sqrt (variance[o] + GENRE_NORM_EPSILON);
    for (gsize i = 0; i < n; i++)
      weights[o * n + i] *= s;
    bias[o] = (bias[o] - mean[o]) * s + shift[o];
  }
}

void
genre_plan_fold_weights (const GenrePlan *plan, const GenreStep *step, double *weights,
                         double *bias)
{
  to_double (plan, step->layer->weight[step->product], genre_plan_count_weights (plan, step),
             weights);
  to_double (plan, step->layer->bias[step->product], genre_plan_image (plan, step->y)->channels,
             bias);
  for (guint i = 0; i < step->n_norms; i++)
    fold_norm (plan->network, g_ptr_array_index (plan->norms, step->norms + i),
               count_inputs (plan, step), weights, bias);
}

/* ---- the whole network ---- */

/* Convolutions and layers that run themselves read an image of one channel as it is; everything
 * else wants whole vectors, and writes them. */
static gboolean
takes_one_channel (const GenrePlan *plan, guint tensor)
{
  if (genre_plan_image (plan, tensor)->channels != 1)
    return FALSE;
  for (guint i = 0; i < plan->steps->len; i++) {
    const GenreStep *step = &g_array_index (plan->steps, GenreStep, i);
    gboolean convolves = step->klass == &genre_step_convolution && !step->conv.depthwise;
    gboolean itself = step->klass == &genre_step_layer;
    if ((step->x == tensor && !convolves && !itself) || (step->y == tensor && !itself) ||
        step->addend == tensor)
      return FALSE;
  }
  return TRUE;
}

static void
leave_one_channel (GenrePlan *plan)
{
  for (guint i = 0; i < plan->tensors->len; i++) {
    if (takes_one_channel (plan, i))
      genre_plan_image (plan, i)->pitch = 1;
  }
}

void
genre_plan_compile (GenrePlan *plan)
{
  Compiler compiler = {.plan = plan};
  guint input = add_tensor (&compiler, plan->network->input);
  compile_sequence (&compiler, plan->network->layers->sequence, input);
  leave_one_channel (plan);
}
