/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a station played in each of its last 1,440 minutes, a character a minute. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define MINUTES_A_DAY 1440
#define MINUTE_UNHEARD ' '

/* All zeros is a day without a sound. */
typedef struct {
  gint64 newest; /* in minutes since 1970 */
  char heard[MINUTES_A_DAY];
} Minutes;

/* What is a day older than the newest is left out. */
void minutes_set (Minutes *self, gint64 minute, char what);
/* The same for what is heard now: if that is a day older than the newest, a clock was wrong then,
 * and the day begins anew. */
void minutes_set_now (Minutes *self, gint64 minute, char what);
char minutes_get (const Minutes *self, gint64 minute);
/* Those of the @n minutes from @begin on. (transfer full) */
char *minutes_format (const Minutes *self, gint64 begin, gsize n);

G_END_DECLS
