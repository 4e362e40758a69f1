/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convolution.h"
#include <string.h>

static guint
count_tiles (const GenreConvolution *conv, const guint m[2])
{
  return (conv->frames + m[0] - 1) / m[0] * ((conv->features + m[1] - 1) / m[1]);
}

static gboolean
winograd_fits (const GenreConvolution *conv, const guint m[2])
{
  return !conv->depthwise && conv->kernel[0] == 3 && conv->kernel[1] == 3 && conv->stride[0] == 1 &&
         conv->stride[1] == 1 && conv->padding[0] <= 1 && conv->padding[1] <= 1 &&
         conv->in.pitch > 1 && m[0] % conv->pool[0] == 0 && m[1] % conv->pool[1] == 0;
}

/* Time in multiply-adds: those of the products, what the transforms take instead, and reading the
 * weights from beyond the cache. The factors were fitted to measurements. */
static double
winograd_cost (const GenreConvolution *conv, const guint m[2])
{
  double in = conv->in.pitch, out = conv->out.pitch, tiles = count_tiles (conv, m);
  double positions = (m[0] + 2) * (m[1] + 2);
  return positions * (tiles * (in * out + 8 * (in + out)) + 9 * in * out);
}

/* What is pooled there is activated afterwards, which is the same unless the activation falls
 * somewhere, as SiLU does. */
static gboolean
may_pool_first (const GenreConvolution *conv)
{
  return conv->activation != GENRE_ACTIVATION_SILU || conv->pool[0] * conv->pool[1] == 1;
}

/* Whole blocks of frames, and lines of at least a vector of any instruction set. */
static gboolean
lines_fit (const GenreConvolution *conv)
{
  return may_pool_first (conv) && !conv->depthwise && !conv->adds && conv->in.pitch == 1 &&
         conv->kernel[0] == 5 && conv->stride[0] == 1 && conv->frames % GENRE_LINES_OUT == 0 &&
         GENRE_LINES_OUT % conv->pool[0] == 0 && conv->pool[1] <= GENRE_LINES_AT_ONCE &&
         (conv->features - 1) * conv->stride[1] + conv->kernel[1] >= GENRE_FLOATS_IN_LINE;
}

#define SIZE(m0, m1) {m0, m1},
static const guint sizes[][2] = {GENRE_WINOGRAD_SIZES (SIZE)};

void
genre_convolution_choose (GenreConvolution *conv)
{
  double best = 9.0 * conv->frames * conv->features * conv->in.pitch * conv->out.pitch;
  conv->winograd[0] = conv->winograd[1] = 0;
  conv->lines = lines_fit (conv);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    if (!winograd_fits (conv, sizes[i]) || winograd_cost (conv, sizes[i]) >= best)
      continue;
    best = winograd_cost (conv, sizes[i]);
    memcpy (conv->winograd, sizes[i], sizeof conv->winograd);
  }
}

void
genre_convolution_divide (GenreConvolution *conv, guint most)
{
  if (conv->winograd[0])
    conv->at_once = MIN (most, count_tiles (conv, conv->winograd));
}

void
genre_convolution_widen (const GenreConvolution *conv, GenreImage *image)
{
  guint size[2] = {conv->frames, conv->features}, end[2]; /* after the last pixel read */
  for (int i = 0; i < 2; i++) {
    end[i] = (size[i] - 1) * conv->stride[i] + conv->kernel[i];
    if (conv->winograd[i])
      end[i] = (size[i] + conv->winograd[i] - 1) / conv->winograd[i] * conv->winograd[i] + 2;
    end[i] -= MIN (end[i], conv->padding[i]);
  }
  guint bottom = MAX (image->rows - image->top, end[0]);
  guint right = MAX (image->columns - image->left, end[1]);
  image->top = MAX (image->top, conv->padding[0]);
  image->left = MAX (image->left, conv->padding[1]);
  image->rows = image->top + bottom;
  image->columns = image->left + right;
}

void
genre_convolution_widen_most (const GenreConvolution *conv, GenreImage *image)
{
  GenreConvolution way = *conv;
  way.winograd[0] = way.winograd[1] = 0;
  genre_convolution_widen (&way, image);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    if (!winograd_fits (conv, sizes[i]))
      continue;
    memcpy (way.winograd, sizes[i], sizeof way.winograd);
    genre_convolution_widen (&way, image);
  }
}

gsize
genre_convolution_scratch (const GenreConvolution *conv, guint lanes)
{
  if (conv->lines)
    return GENRE_LINES_POSITIONS *
           (genre_lines_plane (conv) +
            genre_lines_product (genre_convolution_panel (lanes, conv->out.pitch, 0)));
  if (conv->winograd[0])
    return (gsize)(conv->winograd[0] + 2) * (conv->winograd[1] + 2) *
           (genre_winograd_plane (conv, conv->in.pitch) +
            genre_winograd_plane (conv, genre_convolution_panel (lanes, conv->out.pitch, 0)));
  return (gsize)conv->pool[0] * conv->features * conv->out.pitch;
}

/* y = G x for @n columns of x, (3, n), into (m + 2, n). G as in Lavin & Gray 2015: see winograd.h.
 */
static void
transform_columns (const double *x, guint n, guint m, double *y)
{
  static const double g2[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  static const double g4[6][3] = {
      {1 / 4.0, 0, 0},
      {-1 / 6.0, -1 / 6.0, -1 / 6.0},
      {-1 / 6.0, 1 / 6.0, -1 / 6.0},
      {1 / 24.0, 1 / 12.0, 1 / 6.0},
      {1 / 24.0, -1 / 12.0, 1 / 6.0},
      {0, 0, 1},
  };
  static const double g6[8][3] = {
      {1, 0, 0},
      {-2 / 9.0, -2 / 9.0, -2 / 9.0},
      {-2 / 9.0, 2 / 9.0, -2 / 9.0},
      {1 / 90.0, 2 / 90.0, 4 / 90.0},
      {1 / 90.0, -2 / 90.0, 4 / 90.0},
      {32 / 45.0, 16 / 45.0, 8 / 45.0},
      {32 / 45.0, -16 / 45.0, 8 / 45.0},
      {0, 0, 1},
  };
  const double (*g)[3] = m == 6 ? g6 : m == 4 ? g4 : g2;
  for (guint i = 0; i < m + 2; i++) {
    for (guint j = 0; j < n; j++)
      y[i * n + j] = g[i][0] * x[j] + g[i][1] * x[n + j] + g[i][2] * x[2 * n + j];
  }
}

static void
transpose (const double *x, guint rows, guint columns, double *y)
{
  for (guint i = 0; i < rows; i++) {
    for (guint j = 0; j < columns; j++)
      y[j * rows + i] = x[i * columns + j];
  }
}

/* G g Gᵀ of one window (3, 3): (m[0] + 2, m[1] + 2). */
static void
transform_window (const double *window, const guint m[2], double *transformed)
{
  double half[8 * 3], turned[3 * 8], columns[6 * 8];
  transform_columns (window, 3, m[0], half);
  transpose (half, m[0] + 2, 3, turned);
  transform_columns (turned, m[0] + 2, m[1], columns);
  transpose (columns, m[1] + 2, m[0] + 2, transformed);
}

/* Where the first weight for output channel @o lies. @rows: window positions times input channels;
 * the rows of a panel follow each other, @width floats apart. */
static float *
first_weight (const GenreConvolution *conv, guint lanes, gsize rows, guint o, guint *width)
{
  guint first = 0;
  while (first + (*width = genre_convolution_panel (lanes, conv->out.pitch, first)) <= o)
    first += *width;
  return conv->weights + first * rows + (o - first);
}

static void
pack_direct (GenreConvolution *conv, guint lanes, const double *weights)
{
  gsize taps = (gsize)conv->kernel[0] * conv->kernel[1], rows = taps * conv->in.pitch;
  for (guint o = 0; o < conv->out.channels; o++) {
    guint width;
    float *packed = first_weight (conv, lanes, rows, o, &width);
    for (guint i = 0; i < conv->in.channels; i++) {
      for (gsize k = 0; k < taps; k++)
        packed[(k * conv->in.pitch + i) * width] = *weights++;
    }
  }
}

static void
pack_depthwise (GenreConvolution *conv, const double *weights)
{
  gsize taps = (gsize)conv->kernel[0] * conv->kernel[1];
  for (guint o = 0; o < conv->out.channels; o++) {
    for (gsize k = 0; k < taps; k++)
      conv->weights[k * conv->out.pitch + o] = *weights++;
  }
}

static void
pack_winograd (GenreConvolution *conv, guint lanes, const double *weights)
{
  guint positions = (conv->winograd[0] + 2) * (conv->winograd[1] + 2);
  gsize rows = (gsize)positions * conv->in.pitch;
  double transformed[6 * 8];
  for (guint o = 0; o < conv->out.channels; o++) {
    guint width;
    float *packed = first_weight (conv, lanes, rows, o, &width);
    for (guint i = 0; i < conv->in.channels; i++, weights += 9, packed += width) {
      transform_window (weights, conv->winograd, transformed);
      for (guint p = 0; p < positions; p++)
        packed[(gsize)p * conv->in.pitch * width] = transformed[p];
    }
  }
}

/* G g of each column of a window, (5, kernel features), by itself: (positions, kernel features). It
 * is the polynomial whose coefficients g are at winograd.h's points 0, ± 1, ± 2, ± ½, scaled, and
 * infinity. */
static void
pack_lines (GenreConvolution *conv, guint lanes, const double *weights)
{
  static const double points[] = {0, 1, -1, 2, -2, 0.5, -0.5};
  static const double scales[] = {1, -2 / 9.0, -2 / 9.0, 1 / 90.0, 1 / 90.0, 32 / 45.0, 32 / 45.0};
  const guint n = conv->kernel[1], last = GENRE_LINES_POSITIONS - 1;
  for (guint o = 0; o < conv->out.channels; o++, weights += 5 * n) {
    guint width;
    float *packed = first_weight (conv, lanes, GENRE_LINES_POSITIONS * n, o, &width);
    for (guint v = 0; v < n; v++) {
      for (guint p = 0; p < last; p++) {
        double sum = 0; /* Horner's scheme */
        for (guint u = 5; u-- > 0;)
          sum = sum * points[p] + weights[u * n + v];
        packed[(p * n + v) * width] = sum * scales[p];
      }
      packed[(last * n + v) * width] = weights[4 * n + v];
    }
  }
}

/* Rows of weights, one for each output channel wide. */
static gsize
count_rows (const GenreConvolution *conv)
{
  gsize in = conv->depthwise ? 1 : conv->in.pitch;
  if (conv->lines)
    return GENRE_LINES_POSITIONS * conv->kernel[1];
  if (conv->winograd[0])
    return (conv->winograd[0] + 2) * (conv->winograd[1] + 2) * in;
  return conv->kernel[0] * conv->kernel[1] * in;
}

gsize
genre_convolution_size (const GenreConvolution *conv)
{
  return genre_round_up_to_line (count_rows (conv) * conv->out.pitch) +
         genre_round_up_to_line (conv->out.pitch);
}

void
genre_convolution_pack (GenreConvolution *conv, guint lanes, const double *weights,
                        const double *bias, float *room)
{
  conv->weights = room;
  conv->bias = room + genre_round_up_to_line (count_rows (conv) * conv->out.pitch);
  if (conv->depthwise)
    pack_depthwise (conv, weights);
  else if (conv->lines)
    pack_lines (conv, lanes, weights);
  else if (conv->winograd[0])
    pack_winograd (conv, lanes, weights);
  else
    pack_direct (conv, lanes, weights);
  for (guint o = 0; o < conv->out.channels; o++)
    conv->bias[o] = bias[o];
}
