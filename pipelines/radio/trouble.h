/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread's trouble with Redis, which may be away: each kind is said once, it is tried again and
 * again, and it is said when it is over. */
#pragma once
#include "../backoff.h"
G_BEGIN_DECLS

typedef struct {
  const char *meaning; /* what follows from it, for people */
  const char *end;     /* what is said when it is over */
  gboolean is_on;      /* since the last time that all went well */
  int told;            /* with is_on: the code of the error that was told last */
  gint64 next_try;     /* with is_on: monotonic, in microseconds */
  Backoff backoff;
} Trouble;

/* @error is there, or still there. */
void trouble_note (Trouble *self, const GError *error);
/* All has gone well. Gives whether there was any trouble. */
gboolean trouble_end (Trouble *self);

G_END_DECLS
