/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backoff.h"
#include <math.h>

#define MOST_DOUBLINGS 30

double
backoff_next (Backoff *self, double least, double most)
{
  const double full = MIN (ldexp (least, (int)MIN (self->failures, MOST_DOUBLINGS)), most);
  self->failures++;
  return full * g_random_double_range (0.5, 1);
}

void
backoff_reset (Backoff *self)
{
  self->failures = 0;
}
