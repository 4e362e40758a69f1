/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "step.h"
#include <math.h>
#include <string.h>

typedef struct {
  GenrePlan *plan;
  guint barrier; /* steps before this one take in no further layers: others see their result */
} Compiler;

/* Turns one layer that reads tensor @x into steps, or into part of a step; returns its result. */
typedef guint (*CompileFunc) (Compiler *compiler, const GenreLayer *layer, JsonObject *object,
                              guint x);

static guint compile_sequence (Compiler *compiler, JsonArray *array, const char *prefix, guint x);

/* ---- tensors and steps ---- */

static guint
add_tensor (Compiler *compiler, GenreShape shape)
{
  GenreTensor tensor = {.image = {.frames = shape.frames,
                                  .features = shape.features,
                                  .channels = shape.channels,
                                  .pitch = (shape.channels + GENRE_CHANNEL_BLOCK - 1) /
                                           GENRE_CHANNEL_BLOCK * GENRE_CHANNEL_BLOCK,
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

static const float *
find_in (const GArray *list, const float *values, const char *name, gsize *size)
{
  for (guint i = 0; i < list->len; i++) {
    const GenreTensorInfo *info = &g_array_index (list, GenreTensorInfo, i);
    if (strcmp (info->name, name) == 0) {
      *size = info->size;
      return values + info->offset;
    }
  }
  return NULL;
}

/* Parameters or statistics of a layer by name; NULL if it has none of that name. @size may be NULL.
 */
static const float *
find_values (Compiler *compiler, const GenreLayer *layer, const char *suffix, gsize *size)
{
  const GenreNetwork *network = compiler->plan->network;
  g_autofree char *name = g_strconcat (layer->name, ".", suffix, NULL);
  gsize ignored;
  const float *values =
      find_in (network->parameter_info, network->parameters, name, size ? size : &ignored);
  if (!values)
    values = find_in (network->statistic_info, network->statistics, name, size ? size : &ignored);
  return values;
}

static const GenreLayer *
find_layer (Compiler *compiler, const char *name)
{
  const GPtrArray *layers = compiler->plan->network->layers;
  for (guint i = 0; i < layers->len; i++) {
    const GenreLayer *layer = g_ptr_array_index (layers, i);
    if (strcmp (layer->name, name) == 0)
      return layer;
  }
  g_return_val_if_reached (NULL);
}

static double *
to_double (const float *values, gsize n)
{
  double *copy = g_new0 (double, n);
  for (gsize i = 0; i < n && values; i++)
    copy[i] = values[i];
  return copy;
}

/* ---- one function for each type of layer that is more than its own forward function ---- */

static guint
compile_layer_itself (Compiler *compiler, const GenreLayer *layer, JsonObject *object, guint x)
{
  GenrePlan *plan = compiler->plan;
  if (!plan->parameters) {
    plan->parameters = g_memdup2 (plan->network->parameters,
                                  plan->network->n_parameters * sizeof *plan->parameters);
    plan->statistics = g_memdup2 (plan->network->statistics,
                                  plan->network->n_statistics * sizeof *plan->statistics);
  }
  return add_step (compiler, &genre_step_layer, layer, x, layer->output)->y;
}

/* A convolution with weights (out, in, kernel), or a depthwise one with (out, 1, kernel). */
static GenreStep *
add_convolution (Compiler *compiler, const GenreLayer *layer, guint x, GenreShape output,
                 const GenreWindow *window, gboolean depthwise, const float *weights,
                 const float *bias)
{
  GenreStep *step = add_step (compiler, &genre_step_convolution, layer, x, output);
  guint in = genre_plan_image (compiler->plan, x)->channels;
  gsize taps = (gsize)window->kernel[0] * window->kernel[1];
  step->conv = (GenreConvolution){.frames = output.frames,
                                  .features = output.features,
                                  .kernel = {window->kernel[0], window->kernel[1]},
                                  .stride = {window->stride[0], window->stride[1]},
                                  .padding = {window->padding[0], window->padding[1]},
                                  .pool = {1, 1},
                                  .depthwise = depthwise};
  step->weights = to_double (weights, output.channels * (depthwise ? 1 : in) * taps);
  step->bias = to_double (bias, output.channels);
  return step;
}

static guint
compile_window (Compiler *compiler, const GenreLayer *layer, JsonObject *object, guint x)
{
  GenreLayer copy = *layer; /* its output is set anew, to the same */
  GenreWindow window;
  if (!genre_layer_get_window (&copy, object, 31, &window, NULL))
    g_return_val_if_reached (x);
  return add_convolution (compiler, layer, x, layer->output, &window,
                          layer->klass == &genre_depthwise_class,
                          find_values (compiler, layer, "weight", NULL),
                          find_values (compiler, layer, "bias", NULL))
      ->y;
}

static const GenreWindow single_pixel = {{1, 1}, {1, 1}, {0, 0}};

static guint
compile_dense (Compiler *compiler, const GenreLayer *layer, JsonObject *object, guint x)
{
  return add_convolution (compiler, layer, x, layer->output, &single_pixel, FALSE,
                          find_values (compiler, layer, "weight", NULL),
                          find_values (compiler, layer, "bias", NULL))
      ->y;
}

/* W' = W · s, b' = (b − mean) · s + shift with s = scale / √(variance + ε), for each output
 * channel. */
static guint
compile_batch_norm (Compiler *compiler, const GenreLayer *layer, JsonObject *object, guint x)
{
  GenreStep *step = open_step (compiler, &genre_step_convolution, x);
  if (!step || step->conv.activation || step->addend != GENRE_NO_TENSOR)
    return compile_layer_itself (compiler, layer, object, x);
  const float *scale = find_values (compiler, layer, "weight", NULL);
  const float *shift = find_values (compiler, layer, "bias", NULL);
  const float *mean = find_values (compiler, layer, "running_mean", NULL);
  const float *variance = find_values (compiler, layer, "running_var", NULL);
  guint in = step->conv.depthwise ? 1 : genre_plan_image (compiler->plan, step->x)->channels;
  gsize n = (gsize)in * step->conv.kernel[0] * step->conv.kernel[1];
  for (guint o = 0; o < layer->output.channels; o++) {
    double s = scale[o] / sqrt (variance[o] + GENRE_NORM_EPSILON);
    for (gsize i = 0; i < n; i++)
      step->weights[o * n + i] *= s;
    step->bias[o] = (step->bias[o] - mean[o]) * s + shift[o];
  }
  return x;
}

static guint
compile_activation (Compiler *compiler, const GenreLayer *layer, JsonObject *object, guint x)
{
  GenreStep *step = open_step (compiler, &genre_step_convolution, x);
  if (!step)
    step = open_step (compiler, &genre_step_sum, x);
  if (!step || step->conv.activation)
    return compile_layer_itself (compiler, layer, object, x);
  step->conv.activation =
      layer->klass == &genre_relu_class ? GENRE_ACTIVATION_RELU : GENRE_ACTIVATION_SILU;
  return x;
}

static guint
compile_max_pool (Compiler *compiler, const GenreLayer *layer, JsonObject *object, guint x)
{
  GenreStep *step = open_step (compiler, &genre_step_convolution, x);
  if (!step || !genre_layer_get_pair (layer, object, "size", 1, 15, -1, step->conv.pool, NULL))
    return compile_layer_itself (compiler, layer, object, x);
  GenreImage *image = genre_plan_image (compiler->plan, x);
  image->frames = image->rows = layer->output.frames;
  image->features = image->columns = layer->output.features;
  return x;
}

static guint
compile_dropout (Compiler *compiler, const GenreLayer *layer, JsonObject *object, guint x)
{
  return x;
}

static guint
compile_statistics (Compiler *compiler, const GenreLayer *layer, JsonObject *object, guint x)
{
  GenreImage image = *genre_plan_image (compiler->plan, x);
  GenreStep *step = add_step (compiler, &genre_step_statistics, layer, x, layer->output);
  step->deviation = layer->output.channels > image.channels;
  step->scratch = (gsize)(image.frames + 2) * image.pitch;
  return step->y;
}

/* Whatever of the body ends in a convolution adds the shortcut by itself. */
static guint
compile_residual (Compiler *compiler, const GenreLayer *layer, JsonObject *object, guint x)
{
  g_autofree char *body_prefix = g_strconcat (layer->name, ".body.", NULL);
  g_autofree char *shortcut_prefix = g_strconcat (layer->name, ".shortcut.", NULL);
  guint other = x, before = compiler->barrier;
  compiler->barrier = compiler->plan->steps->len;
  if (json_object_has_member (object, "shortcut")) {
    other = compile_sequence (compiler, json_object_get_array_member (object, "shortcut"),
                              shortcut_prefix, x);
    compiler->barrier = compiler->plan->steps->len;
  }
  guint y =
      compile_sequence (compiler, json_object_get_array_member (object, "body"), body_prefix, x);
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
compile_squeeze_excitation (Compiler *compiler, const GenreLayer *layer, JsonObject *object,
                            guint x)
{
  const GenreImage image = *genre_plan_image (compiler->plan, x);
  const GenreShape channels = {image.channels, 1, 1};
  gsize n_hidden = 0;
  const float *reduce_bias = find_values (compiler, layer, "reduce.bias", &n_hidden);
  const GenreShape hidden = {n_hidden, 1, 1};
  GenreStep *step = add_step (compiler, &genre_step_statistics, layer, x, channels);
  step->scratch = (gsize)(image.frames + 2) * image.pitch;
  step = add_convolution (compiler, layer, step->y, hidden, &single_pixel, FALSE,
                          find_values (compiler, layer, "reduce.weight", NULL), reduce_bias);
  step->conv.activation = GENRE_ACTIVATION_RELU;
  step = add_convolution (compiler, layer, step->y, channels, &single_pixel, FALSE,
                          find_values (compiler, layer, "expand.weight", NULL),
                          find_values (compiler, layer, "expand.bias", NULL));
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
    {&genre_conv2d_class, compile_window},
    {&genre_dense_class, compile_dense},
    {&genre_depthwise_class, compile_window},
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
compile_sequence (Compiler *compiler, JsonArray *array, const char *prefix, guint x)
{
  for (guint i = 0; i < json_array_get_length (array); i++) {
    g_autofree char *name = g_strdup_printf ("%s%u", prefix, i);
    const GenreLayer *layer = find_layer (compiler, name);
    JsonObject *object = json_array_get_object_element (array, i);
    x = find_compiler (layer->klass) (compiler, layer, object, x);
  }
  return x;
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
  g_autoptr (JsonParser) parser = json_parser_new ();
  guint input = add_tensor (&compiler, plan->network->input);
  if (json_parser_load_from_data (parser, plan->network->description, -1, NULL))
    compile_sequence (&compiler, json_node_get_array (json_parser_get_root (parser)), "", input);
  leave_one_channel (plan);
}
