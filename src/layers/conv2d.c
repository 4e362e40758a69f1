/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 2-D convolution (cross-correlation, as everywhere in the field) over frames and features:
 *   y[o, t, f] = b[o] + Σ_i Σ_u Σ_v W[o, i, u, v] · x[i, t·s₀ + u − p₀, f·s₁ + v − p₁]
 * Weight (out, in, kernel frames, kernel features), bias (out).
 *
 * 3 × 3 with stride 1 and not too few channels by kernels/tiles.h.
 *
 * Otherwise, unless its rows are short, by kernels/correlation.h, one input of the batch after the
 * other: y = weights ⋆ x; dW = Σ dy · views of x; and, with stride 1, dx = turned weights ⋆ dy.
 *
 * What is left is lowered to matrix products tile by tile: a tile is some rows of the output (a
 * row: one frame of one input of the batch), whose patches, gathered into a matrix (in · kernel,
 * tile columns), stay in the cache until the product has read them. */
#include <string.h>
#include "kernels/kernels.h"
#include "layer.h"

#define TILE_FLOATS (160 * 1024) /* of a patch matrix, of images at a time: 640 KiB */
#define MAX_PATCH (1 << 20)      /* inputs to one value of the output */
#define MAX_PATCH_ROW (1 << 26)  /* floats: the least tile */
#define SHORTEST_ROW 8           /* of features: below, a run is mostly gaps */

typedef struct {
  GenreLayer layer;
  guint patch; /* rows of the patch matrix: in · kernel */
  guint tile_rows;
  gboolean correlates;                      /* for y and dW */
  gboolean turns;                           /* for dx */
  GenreCorrelation over_input, over_output; /* for y and dW; for dx */
  guint images;                             /* whose padded copies are kept at a time for dW */
  gboolean is_tiled;
  GenreTiles tiles, turned_tiles; /* for y and dW; for dx */
} Conv2d;

/* The weights turned for dx lie before everything else in the scratch. */
static guint64
turned_size (const Conv2d *conv)
{
  return genre_round_up_to_line ((guint64)conv->layer.output.channels * conv->patch);
}

static void
plan_correlation (Conv2d *conv)
{
  GenreLayer *layer = &conv->layer;
  GenreShape in = layer->input, out = layer->output;
  const GenreWindow *w = &conv->layer.window;
  GenreCorrelation *x = &conv->over_input, *dy = &conv->over_output;
  conv->correlates = out.features >= SHORTEST_ROW && w->kernel[0] * w->kernel[1] > 1;
  conv->turns = conv->correlates && in.features >= SHORTEST_ROW && w->stride[0] == 1 &&
                w->stride[1] == 1 && w->padding[0] < w->kernel[0] && w->padding[1] < w->kernel[1];
  if (conv->correlates) {
    genre_correlation_init (x, NULL, in.channels, w->kernel, w->stride, out.frames, out.features);
    guint64 both = (guint64)genre_correlation_image_size (x, 1) * in.channels +
                   (guint64)genre_correlation_result_size (x) * out.channels;
    conv->images = MAX (1, TILE_FLOATS / both);
    layer->scratch = MAX (layer->scratch, conv->images * both);
    layer->table_bytes += genre_correlation_table_bytes (x);
  }
  if (conv->turns) {
    genre_correlation_init (dy, NULL, out.channels, w->kernel, w->stride, in.frames, in.features);
    guint64 all = turned_size (conv) +
                  (guint64)genre_correlation_image_size (dy, 1) * out.channels +
                  (guint64)genre_correlation_result_size (dy) * in.channels;
    layer->scratch = MAX (layer->scratch, all);
    layer->table_bytes += genre_correlation_table_bytes (dy);
  }
}

static void
plan_tiles (Conv2d *conv)
{
  GenreLayer *layer = &conv->layer;
  const GenreWindow *w = &conv->layer.window;
  const guint in[3] = {layer->input.channels, layer->input.frames, layer->input.features};
  const guint out[3] = {layer->output.channels, layer->output.frames, layer->output.features};
  const guint padding[2] = {2 - w->padding[0], 2 - w->padding[1]};
  if (w->kernel[0] != 3 || w->kernel[1] != 3 || w->stride[0] != 1 || w->stride[1] != 1 ||
      w->padding[0] > 2 || w->padding[1] > 2)
    return;
  genre_tiles_init (&conv->tiles, NULL, in, out, w->padding);
  genre_tiles_init (&conv->turned_tiles, NULL, out, in, padding);
  conv->is_tiled = genre_tiles_pay (&conv->tiles) && genre_tiles_pay (&conv->turned_tiles);
  if (conv->is_tiled)
    layer->scratch = MAX (genre_tiles_scratch (&conv->tiles),
                          turned_size (conv) + genre_tiles_scratch (&conv->turned_tiles));
}

static gboolean
parse (GenreLayer *layer, GenreLayers *layers, JsonObject *object, GError **error)
{
  Conv2d *conv = (Conv2d *)layer;
  guint channels;
  gboolean has_bias;
  if (!genre_layer_get_count (layer, object, "channels", 1, 4096, -1, &channels, error) ||
      !genre_layer_get_boolean (layer, object, "bias", FALSE, &has_bias, error) ||
      !genre_layer_get_window (layer, object, 31, error))
    return FALSE;
  gsize shape[] = {channels, layer->input.channels, conv->layer.window.kernel[0],
                   conv->layer.window.kernel[1]};
  guint64 patch = (guint64)shape[1] * shape[2] * shape[3];
  if (patch > MAX_PATCH || patch * layer->output.features > MAX_PATCH_ROW) {
    genre_layer_set_error (layer, error,
                           "too large: %" G_GUINT64_FORMAT
                           " inputs to a value, expected at most %d, "
                           "and %d to a row of %u",
                           patch, MAX_PATCH, MAX_PATCH_ROW, layer->output.features);
    return FALSE;
  }
  conv->layer.weight[0] = genre_layer_add_parameter (layer, layers, "weight", TRUE, 4, shape);
  if (has_bias)
    conv->layer.bias[0] = genre_layer_add_parameter (layer, layers, "bias", FALSE, 1, shape);
  layer->output.channels = channels;
  conv->patch = patch;
  conv->tile_rows = MAX (1, TILE_FLOATS / ((gsize)conv->patch * layer->output.features));
  layer->scratch = (gsize)conv->patch * conv->tile_rows * layer->output.features;
  plan_tiles (conv);
  if (!conv->is_tiled)
    plan_correlation (conv);
  layer->multiply_adds = genre_shape_size (layer->output) * conv->patch;
  return TRUE;
}

static gboolean
prepare (GenreLayer *layer)
{
  Conv2d *conv = (Conv2d *)layer;
  return (!conv->correlates || genre_correlation_prepare (&conv->over_input)) &&
         (!conv->turns || genre_correlation_prepare (&conv->over_output));
}

/* The output features f for which f · stride + v − padding is inside the input. */
static void
valid_range (const Conv2d *conv, guint v, guint *from, guint *to)
{
  gint n = conv->layer.output.features, width = conv->layer.input.features;
  gint stride = conv->layer.window.stride[1], shift = (gint)conv->layer.window.padding[1] - (gint)v;
  gint low = shift > 0 ? (shift + stride - 1) / stride : 0;
  gint high = width - 1 + shift < 0 ? 0 : (width - 1 + shift) / stride + 1;
  *from = MIN (low, n);
  *to = CLAMP (high, (gint)*from, n);
}

static void
gather_row (const float *source, guint stride, float *out, guint from, guint to, guint n)
{
  memset (out, 0, from * sizeof *out);
  if (stride == 1) {
    memcpy (out + from, source, (to - from) * sizeof *out);
  } else {
    for (guint f = from; f < to; f++)
      out[f] = source[(gsize)(f - from) * stride];
  }
  memset (out + to, 0, (n - to) * sizeof *out);
}

static void
scatter_row (const float *in, guint stride, float *target, guint from, guint to)
{
  if (stride == 1) {
    for (guint f = from; f < to; f++)
      target[f - from] += in[f];
  } else {
    for (guint f = from; f < to; f++)
      target[(gsize)(f - from) * stride] += in[f];
  }
}

/* Walks over the patch matrix (patch, rows · features) of output rows first to first + rows − 1.
 * Gathers it from @x, or, where @x is NULL, scatters it into @dx. */
static void
walk_patches (const Conv2d *conv, guint batch, guint first, guint rows, const float *x, float *dx,
              float *patches)
{
  GenreShape in = conv->layer.input, out = conv->layer.output;
  float *row = patches;
  for (guint c = 0; c < in.channels; c++) {
    for (guint u = 0; u < conv->layer.window.kernel[0]; u++) {
      for (guint v = 0; v < conv->layer.window.kernel[1]; v++) {
        guint from, to;
        valid_range (conv, v, &from, &to);
        for (guint r = first; r < first + rows; r++, row += out.features) {
          guint b = r / out.frames, t = r % out.frames;
          gint frame =
              (gint)(t * conv->layer.window.stride[0] + u) - (gint)conv->layer.window.padding[0];
          if (frame < 0 || frame >= (gint)in.frames || from == to) {
            if (x)
              memset (row, 0, out.features * sizeof *row);
            continue;
          }
          gsize at = (((gsize)c * batch + b) * in.frames + frame) * in.features +
                     from * conv->layer.window.stride[1] + v - conv->layer.window.padding[1];
          if (x)
            gather_row (x + at, conv->layer.window.stride[1], row, from, to, out.features);
          else
            scatter_row (row, conv->layer.window.stride[1], dx + at, from, to);
        }
      }
    }
  }
}

static gboolean
is_pointwise (const Conv2d *conv)
{
  return conv->layer.window.kernel[0] == 1 && conv->layer.window.kernel[1] == 1 &&
         conv->layer.window.stride[0] == 1 && conv->layer.window.stride[1] == 1 &&
         conv->layer.window.padding[0] == 0 && conv->layer.window.padding[1] == 0;
}

/* Rows of a run, @step apart between channels, from or into planes (frames, features). */
static void
take_run (const GenreCorrelation *c, guint channels, const float *run, float *planes, gsize step)
{
  gsize size = genre_correlation_result_size (c);
  for (guint i = 0; i < channels; i++) {
    for (guint t = 0; t < c->frames; t++)
      memcpy (planes + i * step + (gsize)t * c->features, run + i * size + (gsize)t * c->columns,
              c->features * sizeof *run);
  }
}

static void
make_run (const GenreCorrelation *c, guint channels, const float *planes, gsize step, float *run)
{
  gsize size = genre_correlation_result_size (c);
  memset (run, 0, channels * size * sizeof *run);
  for (guint i = 0; i < channels; i++) {
    for (guint t = 0; t < c->frames; t++)
      memcpy (run + i * size + (gsize)t * c->columns, planes + i * step + (gsize)t * c->features,
              c->features * sizeof *run);
  }
}

/* @y: (n_rows, step) = @a (n_rows, n_taps) ⋆ @image */
static void
correlate (const GenreCorrelation *c, guint n_rows, const float *a, const float *image, float *y,
           gsize step, float *scratch)
{
  gsize size = genre_correlation_result_size (c);
  float *to = c->is_run ? scratch : y;
  c->kernels->correlation->product (c, n_rows, a, image, to, c->is_run ? size : step);
  if (c->is_run)
    take_run (c, n_rows, scratch, y, step);
}

static void
correlate_forward (const Conv2d *conv, GenreRun *run, const float *x, float *y)
{
  GenreShape in = conv->layer.input, out = conv->layer.output;
  const GenreCorrelation *c = &conv->over_input;
  gsize x_size = (gsize)in.frames * in.features, y_size = (gsize)out.frames * out.features;
  float *image = run->scratch, *result = image + genre_correlation_image_size (c, in.channels);
  for (guint b = 0; b < run->batch; b++) {
    genre_correlation_load (c, in.channels, in.frames, in.features, conv->layer.window.padding,
                            x + b * x_size, run->batch * x_size, image);
    correlate (c, out.channels, run->parameters + conv->layer.weight[0], image, y + b * y_size,
               run->batch * y_size, result);
  }
}

/* dW, from as many inputs at a time as the scratch has room for. */
static void
correlate_weights (const Conv2d *conv, GenreRun *run, const float *x, const float *dy)
{
  GenreShape in = conv->layer.input, out = conv->layer.output;
  const GenreCorrelation *c = &conv->over_input;
  gsize x_size = (gsize)in.frames * in.features, y_size = (gsize)out.frames * out.features;
  gsize image = genre_correlation_image_size (c, in.channels);
  gsize row = genre_correlation_result_size (c);
  float *runs = run->scratch + conv->images * image;
  for (guint b = 0; b < run->batch; b += conv->images) {
    guint n = MIN (conv->images, run->batch - b);
    for (guint i = 0; i < n; i++) {
      genre_correlation_load (c, in.channels, in.frames, in.features, conv->layer.window.padding,
                              x + (b + i) * x_size, run->batch * x_size, run->scratch + i * image);
      if (c->is_run)
        make_run (c, out.channels, dy + (b + i) * y_size, run->batch * y_size,
                  runs + i * out.channels * row);
    }
    const float *gradients = c->is_run ? runs : dy + b * y_size;
    c->kernels->correlation->outer (
        c, out.channels, run->gradient + conv->layer.weight[0], n, run->scratch, image, gradients,
        c->is_run ? row : run->batch * y_size, c->is_run ? out.channels * row : y_size);
  }
}

static inline __attribute__ ((always_inline)) void
turn_kernels (const Conv2d *conv, const float *restrict weights, float *restrict turned,
              const guint n)
{
  guint in = conv->layer.input.channels, out = conv->layer.output.channels;
  for (guint o = 0; o < out; o++) {
    for (guint i = 0; i < in; i++, weights += n) {
      float *to = turned + ((gsize)i * out + o) * n;
      for (guint k = 0; k < n; k++)
        to[n - 1 - k] = weights[k];
    }
  }
}

/* (out, in, kernel) to (in, out, kernel turned by half a circle) */
static void
turn_weights (const Conv2d *conv, const float *weights, float *turned)
{
  guint n = conv->layer.window.kernel[0] * conv->layer.window.kernel[1];
  if (n == 9) /* common: spares the counting */
    turn_kernels (conv, weights, turned, 9);
  else
    turn_kernels (conv, weights, turned, n);
}

static void
correlate_backward (const Conv2d *conv, GenreRun *run, const float *dy, float *dx)
{
  GenreShape in = conv->layer.input, out = conv->layer.output;
  const GenreCorrelation *c = &conv->over_output;
  gsize x_size = (gsize)in.frames * in.features, y_size = (gsize)out.frames * out.features;
  const guint padding[2] = {conv->layer.window.kernel[0] - 1 - conv->layer.window.padding[0],
                            conv->layer.window.kernel[1] - 1 - conv->layer.window.padding[1]};
  float *image = run->scratch + turned_size (conv);
  float *result = image + genre_correlation_image_size (c, out.channels);
  turn_weights (conv, run->parameters + conv->layer.weight[0], run->scratch);
  for (guint b = 0; b < run->batch; b++) {
    genre_correlation_load (c, out.channels, out.frames, out.features, padding, dy + b * y_size,
                            run->batch * y_size, image);
    correlate (c, in.channels, run->scratch, image, dx + b * x_size, run->batch * x_size, result);
  }
}

static void
tiled_backward (const Conv2d *conv, GenreRun *run, const float *x, const float *dy, float *dx)
{
  const GenreTilesKernels *kernels = conv->tiles.kernels->tiles;
  kernels->outer (&conv->tiles, run->batch, x, dy, run->gradient + conv->layer.weight[0],
                  run->scratch);
  if (!dx)
    return;
  turn_weights (conv, run->parameters + conv->layer.weight[0], run->scratch);
  kernels->product (&conv->turned_tiles, run->batch, run->scratch, dy, dx,
                    run->scratch + turned_size (conv));
}

static void
lower_forward (const Conv2d *conv, GenreRun *run, const float *x, float *y)
{
  guint features = conv->layer.output.features, rows = run->batch * conv->layer.output.frames;
  gsize columns = (gsize)rows * features;
  for (guint r = 0; r < rows; r += conv->tile_rows) {
    guint n = MIN (conv->tile_rows, rows - r), tile = n * features;
    walk_patches (conv, run->batch, r, n, x, NULL, run->scratch);
    genre_matrix_multiply (conv->layer.output.channels, tile, conv->patch,
                           genre_matrix (run->parameters + conv->layer.weight[0], conv->patch),
                           genre_matrix (run->scratch, tile), FALSE, y + (gsize)r * features,
                           columns);
  }
}

static void
forward (const GenreLayer *layer, GenreRun *run, const float *x, float *y)
{
  const Conv2d *conv = (const Conv2d *)layer;
  const float *weight = run->parameters + conv->layer.weight[0];
  guint out = layer->output.channels;
  gsize columns = (gsize)run->batch * layer->output.frames * layer->output.features;
  if (conv->is_tiled)
    conv->tiles.kernels->tiles->product (&conv->tiles, run->batch, weight, x, y, run->scratch);
  else if (conv->correlates)
    correlate_forward (conv, run, x, y);
  else if (is_pointwise (conv))
    genre_matrix_multiply (out, columns, conv->patch, genre_matrix (weight, conv->patch),
                           genre_matrix (x, columns), FALSE, y, columns);
  else
    lower_forward (conv, run, x, y);
  for (guint o = 0; o < out && layer->bias[0] != GENRE_NOWHERE; o++) {
    float bias = run->parameters[conv->layer.bias[0] + o];
    for (gsize i = 0; i < columns; i++)
      y[o * columns + i] += bias;
  }
}

static void
backward_bias (const Conv2d *conv, GenreRun *run, const float *dy, gsize columns)
{
  for (guint o = 0; o < conv->layer.output.channels; o++) {
    double sum = 0;
    for (gsize i = 0; i < columns; i++)
      sum += dy[o * columns + i];
    run->gradient[conv->layer.bias[0] + o] += sum;
  }
}

/* Tile by tile; @x NULL: dW is not wanted, @dx NULL: dx is not. */
static void
lower_backward (const Conv2d *conv, GenreRun *run, const float *x, const float *dy, float *dx)
{
  const float *weight = run->parameters + conv->layer.weight[0];
  float *dweight = run->gradient + conv->layer.weight[0], *patches = run->scratch;
  guint out = conv->layer.output.channels, features = conv->layer.output.features;
  guint rows = run->batch * conv->layer.output.frames;
  gsize columns = (gsize)rows * features;
  if (dx)
    memset (dx, 0, run->batch * genre_shape_size (conv->layer.input) * sizeof *dx);
  for (guint r = 0; r < rows; r += conv->tile_rows) {
    guint n = MIN (conv->tile_rows, rows - r), tile = n * features;
    const float *gradient = dy + (gsize)r * features;
    if (x) {
      walk_patches (conv, run->batch, r, n, x, NULL, patches);
      genre_matrix_multiply (out, conv->patch, tile, genre_matrix (gradient, columns),
                             genre_matrix_transposed (patches, tile), TRUE, dweight, conv->patch);
    }
    if (dx) {
      genre_matrix_multiply (conv->patch, tile, out, genre_matrix_transposed (weight, conv->patch),
                             genre_matrix (gradient, columns), FALSE, patches, tile);
      walk_patches (conv, run->batch, r, n, NULL, dx, patches);
    }
  }
}

static void
pointwise_backward (const Conv2d *conv, GenreRun *run, const float *x, const float *dy, float *dx)
{
  gsize columns = (gsize)run->batch * conv->layer.output.frames * conv->layer.output.features;
  guint out = conv->layer.output.channels, in = conv->patch;
  genre_matrix_multiply (out, in, columns, genre_matrix (dy, columns),
                         genre_matrix_transposed (x, columns), TRUE,
                         run->gradient + conv->layer.weight[0], in);
  if (dx)
    genre_matrix_multiply (in, columns, out,
                           genre_matrix_transposed (run->parameters + conv->layer.weight[0], in),
                           genre_matrix (dy, columns), FALSE, dx, columns);
}

static void
backward (const GenreLayer *layer, GenreRun *run, const float *x, const float *y, const float *dy,
          float *dx)
{
  const Conv2d *conv = (const Conv2d *)layer;
  if (layer->bias[0] != GENRE_NOWHERE)
    backward_bias (conv, run, dy,
                   (gsize)run->batch * layer->output.frames * layer->output.features);
  if (is_pointwise (conv)) {
    pointwise_backward (conv, run, x, dy, dx);
    return;
  }
  if (conv->is_tiled) {
    tiled_backward (conv, run, x, dy, dx);
    return;
  }
  if (conv->correlates)
    correlate_weights (conv, run, x, dy);
  if (conv->turns && dx)
    correlate_backward (conv, run, dy, dx);
  if (!conv->correlates || (dx && !conv->turns))
    lower_backward (conv, run, conv->correlates ? NULL : x, dy, conv->turns ? NULL : dx);
}

static void
finalise (GenreLayer *layer)
{
  genre_correlation_clear (&((Conv2d *)layer)->over_input);
  genre_correlation_clear (&((Conv2d *)layer)->over_output);
}

const GenreLayerClass genre_conv2d_class = {
    .type = "conv2d",
    .members = (const char *const[]){"channels", "kernel", "stride", "padding", "bias", NULL},
    .instance_size = sizeof (Conv2d),
    .parse = parse,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .finalise = finalise,
    .skips_input_gradient = TRUE,
};
