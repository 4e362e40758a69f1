/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says that long work goes on, now and then: whoever watches over it gives up what is silent. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  void (*say) (gpointer user_data);
  gpointer user_data;
  gint64 last; /* monotonic time; 0 to begin with */
} SignOfLife;

/* After each step of the work; says it at most once a second. @self may be NULL. */
void sign_of_life (SignOfLife *self);

G_END_DECLS
