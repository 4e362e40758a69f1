/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "signoflife.h"

void
sign_of_life (SignOfLife *self)
{
  const gint64 now = g_get_monotonic_time ();
  if (!self || (self->last != 0 && now - self->last < G_TIME_SPAN_SECOND))
    return;
  self->last = now;
  self->say (self->user_data);
}
