/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power to dB, the same on every machine and fit for vectorising, which log10f() is not. */
#pragma once
#include <glib.h>
#include <string.h>
G_BEGIN_DECLS

#define GENRE_SMALLEST_POWER 1e-10f /* −100 dB */

/* 10·log10 (max (1e-10, power)), at most 5e-5 dB off, for any finite power.
 *
 * With power = 2^e · m, √½ <= m < √2, and t = (m − 1) / (m + 1):
 * log2 (m) = 2/ln 2 · (t + t³/3 + t⁵/5 + …), of which the terms up to t⁹ leave out 3e-10. */
static inline float
genre_decibels (float power)
{
  const gint32 sqrt_half = 0x3f3504f3;
  const float decibels_per_octave = 3.01029995663981f, two_over_ln2 = 2.88539008177793f;
  power = power > GENRE_SMALLEST_POWER ? power : GENRE_SMALLEST_POWER;
  gint32 bits;
  memcpy (&bits, &power, sizeof bits);
  gint32 exponent = (bits - sqrt_half) >> 23;
  bits -= exponent * (1 << 23);
  float m;
  memcpy (&m, &bits, sizeof m);
  float t = (m - 1) / (m + 1);
  float t2 = t * t;
  float series = t * (1 + t2 * (1 / 3.0f + t2 * (1 / 5.0f + t2 * (1 / 7.0f + t2 * (1 / 9.0f)))));
  return decibels_per_octave * ((float)exponent + two_over_ln2 * series);
}

G_END_DECLS
