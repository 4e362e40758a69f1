/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which time rows grow old. A clock that is set wrong ahead would forget all of them: one that
 * is ahead of what was heard last is believed only after a week, in which it can be set right, or
 * when the program is started anew and something was heard by it. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* All in seconds. */
typedef struct {
  gint64 start; /* real time when the machine was started, by what is believed */
  gint64 ahead; /* since when the clock is ahead of that, since the start; -1: it is not */
} HistoryClock;

/* @time: since 1970, by the clock. @since_start: of the machine, also while it slept. @newest: time
 * of the last row that there is; 0 or less: there is none. */
void history_clock_init (HistoryClock *self, gint64 time, gint64 since_start, gint64 newest);
/* The time that is believed. */
gint64 history_clock_believe (HistoryClock *self, gint64 time, gint64 since_start);

G_END_DECLS
