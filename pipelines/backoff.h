/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long to wait before the next try: twice as long after each failure up to a limit, and up to
 * half of it less by chance, so that a thousand stations of one server do not come back at once. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  guint failures; /* since the last success */
} Backoff;

/* Seconds, and one more failure. @least and @most in seconds. */
double backoff_next (Backoff *self, double least, double most);
void backoff_reset (Backoff *self);

G_END_DECLS
