/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "half.h"

#include <math.h>

#include "test.h"

/* What IEEE 754 says that the bits mean. */
static double
meaning (guint16 half)
{
  int exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
  double sign = half & 0x8000 ? -1 : 1;
  if (exponent == 0)
    return sign * ldexp (fraction, -24);
  if (exponent == 31)
    return fraction == 0 ? sign * INFINITY : NAN;
  return sign * ldexp (1024 + fraction, exponent - 25);
}

START_TEST (every_half_becomes_the_float_that_it_means)
{
  for (guint half = 0; half < 65536; half++) {
    double expected = meaning (half);
    float value = genre_half_to_float (half);
    ck_assert (isnan (expected) ? isnan (value) : value == expected);
    ck_assert (isnan (expected) || !signbit (expected) == !signbit (value));
  }
}
END_TEST

START_TEST (every_half_survives_the_way_to_float_and_back)
{
  for (guint half = 0; half < 65536; half++) {
    guint16 back = genre_half_from_float (genre_half_to_float (half));
    ck_assert (isnan (meaning (half)) ? isnan (meaning (back)) : back == half);
  }
}
END_TEST

/* Between each two neighbours: the middle goes to the even one, and a float on either side of it to
 * the nearer one. Also from the largest half to the infinity beyond it. */
START_TEST (floats_are_rounded_to_the_nearest_half_and_ties_to_even)
{
  for (guint low = 0; low < 0x7c00; low++) {
    guint high = low + 1;
    double above = high == 0x7c00 ? 65536 : meaning (high);
    float middle = (float)((meaning (low) + above) / 2); /* exact */
    guint even = low % 2 == 0 ? low : high;
    ck_assert_uint_eq (genre_half_from_float (middle), even);
    ck_assert_uint_eq (genre_half_from_float (nextafterf (middle, 0)), low);
    ck_assert_uint_eq (genre_half_from_float (nextafterf (middle, INFINITY)), high);
    ck_assert_uint_eq (genre_half_from_float (-middle), even | 0x8000);
    ck_assert_uint_eq (genre_half_from_float (-nextafterf (middle, 0)), low | 0x8000);
    ck_assert_uint_eq (genre_half_from_float (-nextafterf (middle, INFINITY)), high | 0x8000);
  }
}
END_TEST

START_TEST (floats_beyond_halves_become_zero_infinity_or_not_a_number)
{
  ck_assert_uint_eq (genre_half_from_float (1e-45f), 0);
  ck_assert_uint_eq (genre_half_from_float (-1e-30f), 0x8000);
  ck_assert_uint_eq (genre_half_from_float (3e38f), 0x7c00);
  ck_assert_uint_eq (genre_half_from_float (-INFINITY), 0xfc00);
  ck_assert (isnan (meaning (genre_half_from_float (NAN))));
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("half");
  tcase_add_test (tests, every_half_becomes_the_float_that_it_means);
  tcase_add_test (tests, every_half_survives_the_way_to_float_and_back);
  tcase_add_test (tests, floats_are_rounded_to_the_nearest_half_and_ties_to_even);
  tcase_add_test (tests, floats_beyond_halves_become_zero_infinity_or_not_a_number);
  return test_run ("half", tests);
}
