/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast time goes by. Tests would wait for minutes where stations stall and are tried again:
 * with the environment variable GENRE_RADIO_HASTE=10 every wait takes a tenth of its time. It is
 * meant for tests only. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* 1 to 1000. */
double haste (void);
/* Of @seconds, in microseconds of the monotonic clock. */
gint64 haste_span (double seconds);

G_END_DECLS
