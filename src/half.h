/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IEEE 754 half precision: 1 bit of sign, 5 of exponent (bias 15), 10 of fraction. */
#pragma once
#include <glib.h>
#include <string.h>
G_BEGIN_DECLS

#define GENRE_HALF_MAX 65504.0f

/* Exact. */
static inline float
genre_half_to_float (guint16 half)
{
  guint32 sign = (guint32)(half & 0x8000) << 16;
  guint32 exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
  float value;
  if (exponent == 0) {
    value = (float)fraction * 0x1p-24f; /* subnormal or zero */
    return sign != 0 ? -value : value;
  }
  guint32 bits = exponent == 0x1f ? 0x7f800000 : (exponent + 127 - 15) << 23;
  bits |= sign | fraction << 13;
  memcpy (&value, &bits, sizeof value);
  return value;
}

/* To the nearest, to the even one of two as near; what is too large becomes infinite. */
static inline guint16
genre_half_from_float (float value)
{
  const float smallest_normal = 0x1p-14f;
  guint32 bits;
  memcpy (&bits, &value, sizeof bits);
  guint16 sign = (guint16)(bits >> 16 & 0x8000);
  guint32 magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return sign | 0x7e00; /* not a number */
  value = value < 0 ? -value : value;
  if (value < smallest_normal) {
    /* Halves are 2^-24 apart here; so are floats from ½ to 1, and the addition rounds as we want.
     */
    value += 0.5f;
    memcpy (&bits, &value, sizeof bits);
    return (guint16)(sign | (bits - 0x3f000000));
  }
  /* The bit that will be the last one decides which way a tie goes; a carry runs into the exponent.
   */
  guint32 half = (magnitude + 0xfff + (magnitude >> 13 & 1) - ((127 - 15) << 23)) >> 13;
  return (guint16)(sign | MIN (half, 0x7c00));
}

G_END_DECLS
