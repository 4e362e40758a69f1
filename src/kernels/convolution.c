/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convolution.h"
#include "floats.h"

static guint
count_tiles (const GenreConvolution *conv, guint m)
{
  return (conv->frames + m - 1) / m * ((conv->features + m - 1) / m);
}

static gboolean
winograd_fits (const GenreConvolution *conv)
{
  gboolean pools_none = conv->pool[0] == 1 && conv->pool[1] == 1;
  gboolean pools_two = conv->pool[0] == 2 && conv->pool[1] == 2;
  return !conv->depthwise && conv->kernel[0] == 3 && conv->kernel[1] == 3 && conv->stride[0] == 1 &&
         conv->stride[1] == 1 && conv->padding[0] <= 1 && conv->padding[1] <= 1 &&
         conv->in.pitch >= GENRE_CHANNEL_BLOCK && (pools_none || pools_two);
}

/* Time in multiply-adds: those of the products, what the transforms take instead, and reading the
 * weights from beyond the cache. The factors were fitted to measurements. */
static double
winograd_cost (const GenreConvolution *conv, guint m)
{
  double in = conv->in.pitch, out = conv->out.pitch, tiles = count_tiles (conv, m);
  double positions = (m + 2) * (m + 2);
  return positions * (tiles * (in * out + 8 * (in + out)) + 9 * in * out);
}

void
genre_convolution_choose (GenreConvolution *conv)
{
  double best = 9.0 * conv->frames * conv->features * conv->in.pitch * conv->out.pitch;
  conv->winograd = 0;
  for (guint m = 2; m <= 4 && winograd_fits (conv); m += 2) {
    double cost = winograd_cost (conv, m);
    if (cost < best) {
      best = cost;
      conv->winograd = m;
    }
  }
}

void
genre_convolution_widen (const GenreConvolution *conv, GenreImage *image)
{
  guint size[2] = {conv->frames, conv->features}, end[2]; /* after the last pixel read */
  for (int i = 0; i < 2; i++) {
    end[i] = (size[i] - 1) * conv->stride[i] + conv->kernel[i];
    if (conv->winograd)
      end[i] = (size[i] + conv->winograd - 1) / conv->winograd * conv->winograd + 2;
    end[i] -= MIN (end[i], conv->padding[i]);
  }
  guint bottom = MAX (image->rows - image->top, end[0]);
  guint right = MAX (image->columns - image->left, end[1]);
  image->top = MAX (image->top, conv->padding[0]);
  image->left = MAX (image->left, conv->padding[1]);
  image->rows = image->top + bottom;
  image->columns = image->left + right;
}

gsize
genre_convolution_scratch (const GenreConvolution *conv)
{
  if (conv->winograd) {
    guint tiles = count_tiles (conv, conv->winograd);
    gsize positions = (conv->winograd + 2) * (conv->winograd + 2);
    return positions * (genre_winograd_plane (tiles, conv->in.pitch) +
                        genre_winograd_plane (tiles, conv->out.pitch));
  }
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
  const double (*g)[3] = m == 4 ? g4 : g2;
  for (guint i = 0; i < m + 2; i++) {
    for (guint j = 0; j < n; j++)
      y[i * n + j] = g[i][0] * x[j] + g[i][1] * x[n + j] + g[i][2] * x[2 * n + j];
  }
}

/* G g Gᵀ of one window (3, 3), transposed: (m + 2, m + 2). */
static void
transform_window (const double *window, guint m, double *transformed)
{
  double half[6 * 3], turned[3 * 6];
  transform_columns (window, 3, m, half);
  for (guint i = 0; i < m + 2; i++) {
    for (guint j = 0; j < 3; j++)
      turned[j * (m + 2) + i] = half[i * 3 + j];
  }
  transform_columns (turned, m + 2, m, transformed);
}

/* Where the first weight for output channel @o lies. @rows: window positions times input channels;
 * the rows of a panel follow each other, @width floats apart. */
static float *
first_weight (const GenreConvolution *conv, guint panel, gsize rows, guint o, guint *width)
{
  guint first = o / panel * panel;
  *width = MIN (panel, conv->out.pitch - first);
  return conv->weights + first * rows + (o - first);
}

static void
pack_direct (GenreConvolution *conv, guint panel, const double *weights)
{
  gsize taps = (gsize)conv->kernel[0] * conv->kernel[1], rows = taps * conv->in.pitch;
  conv->weights = genre_floats_new (rows * conv->out.pitch);
  for (guint o = 0; o < conv->out.channels; o++) {
    guint width;
    float *packed = first_weight (conv, panel, rows, o, &width);
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
  conv->weights = genre_floats_new (taps * conv->out.pitch);
  for (guint o = 0; o < conv->out.channels; o++) {
    for (gsize k = 0; k < taps; k++)
      conv->weights[k * conv->out.pitch + o] = *weights++;
  }
}

static void
pack_winograd (GenreConvolution *conv, guint panel, const double *weights)
{
  guint size = conv->winograd + 2;
  gsize rows = (gsize)size * size * conv->in.pitch;
  double transformed[6 * 6];
  conv->weights = genre_floats_new (rows * conv->out.pitch);
  for (guint o = 0; o < conv->out.channels; o++) {
    guint width;
    float *packed = first_weight (conv, panel, rows, o, &width);
    for (guint i = 0; i < conv->in.channels; i++, weights += 9, packed += width) {
      transform_window (weights, conv->winograd, transformed);
      for (guint p = 0; p < size * size; p++)
        packed[(gsize)p * conv->in.pitch * width] = transformed[p % size * size + p / size];
    }
  }
}

void
genre_convolution_pack (GenreConvolution *conv, guint panel, const double *weights,
                        const double *bias)
{
  if (conv->depthwise)
    pack_depthwise (conv, weights);
  else if (conv->winograd)
    pack_winograd (conv, panel, weights);
  else
    pack_direct (conv, panel, weights);
  conv->bias = genre_floats_new (conv->out.pitch);
  for (guint o = 0; o < conv->out.channels; o++)
    conv->bias[o] = bias[o];
}

void
genre_convolution_clear (GenreConvolution *conv)
{
  g_clear_pointer (&conv->weights, genre_floats_free);
  g_clear_pointer (&conv->bias, genre_floats_free);
}
