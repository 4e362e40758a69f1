/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "historyclock.h"

#define DAY 86400
#define PATIENCE (7 * DAY) /* s for which a clock must have been ahead to be believed */

void
history_clock_init (HistoryClock *self, gint64 time, gint64 since_start, gint64 newest)
{
  self->start = (newest > 0 ? MIN (newest, time) : time) - since_start;
  self->ahead = -1;
}

/* A clock that is set back makes nothing old, and is followed at once. */
gint64
history_clock_believe (HistoryClock *self, gint64 time, gint64 since_start)
{
  const gint64 believed = self->start + since_start;
  const gboolean is_ahead = time - believed > DAY;
  if (is_ahead && self->ahead < 0)
    self->ahead = since_start;
  if (is_ahead && since_start - self->ahead < PATIENCE)
    return believed;
  self->start = time - since_start;
  self->ahead = -1;
  return time;
}
