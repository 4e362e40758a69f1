/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exp and the logistic function are as exact as exponential.h promises, also where the compiler
 * keeps more digits than a float has. */
#include "kernels/exponential.h"
#include "test.h"
#include <math.h>

#define STEP 1e-3

START_TEST (the_exponential_is_exact)
{
  for (double x = -87; x <= 87; x += STEP) {
    const float given = (float)x;
    const double right = exp (given);
    const volatile float found = genre_exp (given);
    ck_assert_msg (fabs (found - right) <= 3e-7 * right, "exp (%g) = %g, not %g", given, found,
                   right);
  }
}
END_TEST

START_TEST (the_logistic_function_is_exact)
{
  for (double x = -80; x <= 80; x += STEP) {
    const float given = (float)x;
    const double right = 1 / (1 + exp (-given));
    const volatile float found = genre_sigmoid (given);
    ck_assert_msg (fabs (found - right) <= 4e-7 * right, "sigmoid (%g) = %g, not %g", given, found,
                   right);
  }
}
END_TEST

START_TEST (what_is_beyond_saturates)
{
  const volatile float high = genre_exp (1000), low = genre_exp (-1000);
  ck_assert (isfinite (high) && high > 1e37f);
  ck_assert (low > 0 && low < 1e-37f);
  ck_assert (isnan (genre_exp (NAN)));
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("exponential");
  tcase_add_test (tests, the_exponential_is_exact);
  tcase_add_test (tests, the_logistic_function_is_exact);
  tcase_add_test (tests, what_is_beyond_saturates);
  return test_run_here ("exponential", tests);
}
