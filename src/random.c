/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.h"

#include <math.h>

#define GOLDEN_GAMMA G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)

static guint64
mix (guint64 z)
{
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

guint64
genre_random_key_of (const char *text)
{
  guint32 key = 5381;
  for (; *text; text++)
    key = key * 33 + (guint32)(gint8)*text; /* char has a sign on some machines only */
  return key;
}

GenreRandom
genre_random_keyed (guint64 seed, guint64 a, guint64 b, guint64 c)
{
  guint64 state = mix (seed + GOLDEN_GAMMA);
  /* Each step is a bijection of the key it takes in, so neighbouring keys never share a state. */
  state = mix ((state ^ a) + GOLDEN_GAMMA);
  state = mix ((state ^ b) + GOLDEN_GAMMA);
  state = mix ((state ^ c) + GOLDEN_GAMMA);
  return (GenreRandom){state};
}

guint64
genre_random_bits (GenreRandom *random)
{
  random->state += GOLDEN_GAMMA;
  return mix (random->state);
}

double
genre_random_uniform (GenreRandom *random)
{
  return (double)(genre_random_bits (random) >> 11) * 0x1p-53;
}

double
genre_random_range (GenreRandom *random, double low, double high)
{
  /* volatile: rounded, where registers hold more digits (i386) */
  volatile double sum = low + genre_random_uniform (random) * (high - low);
  double value = sum;
  /* The sum may round up to high, which is not in the range. */
  return value < high || low >= high ? value : nextafter (high, low);
}

/* D. Lemire, "Fast random integer generation in an interval", 2019: unbiased, hardly ever divides.
 */
guint
genre_random_below (GenreRandom *random, guint n)
{
  g_return_val_if_fail (n > 0, 0);
  guint64 product = (genre_random_bits (random) >> 32) * n;
  if ((guint32)product < n) {
    guint32 threshold = -(guint32)n % n;
    while ((guint32)product < threshold)
      product = (genre_random_bits (random) >> 32) * n;
  }
  return product >> 32;
}

/* Box and Muller; the second value is thrown away, so that a draw leaves no hidden state behind. */
double
genre_random_normal (GenreRandom *random)
{
  double radius = sqrt (-2.0 * log1p (-genre_random_uniform (random)));
  return radius * cos (2.0 * G_PI * genre_random_uniform (random));
}

/* The logarithm of a Gamma (shape, 1) variate. G. Marsaglia, W. W. Tsang, "A simple method for
 * generating gamma variables", 2000. In logarithms, since small shapes underflow a double. */
static double
log_gamma_variate (GenreRandom *random, double shape)
{
  double boost = 0;
  if (shape < 1) {
    boost = log1p (-genre_random_uniform (random)) / shape;
    shape += 1;
  }
  double d = shape - 1.0 / 3.0;
  double c = 1.0 / sqrt (9.0 * d);
  for (;;) {
    double x = genre_random_normal (random);
    double u = 1.0 - genre_random_uniform (random);
    double v = 1.0 + c * x;
    if (v <= 0)
      continue;
    v = v * v * v;
    if (log (u) < 0.5 * x * x + d * (1.0 - v + log (v)))
      return log (d * v) + boost;
  }
}

double
genre_random_beta (GenreRandom *random, double alpha)
{
  g_return_val_if_fail (alpha > 0, 0.5);
  double a = log_gamma_variate (random, alpha);
  double b = log_gamma_variate (random, alpha);
  return 1.0 / (1.0 + exp (b - a));
}
