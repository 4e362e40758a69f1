/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trouble.h"
#include "../printable.h"
#include <stdio.h>

/* Seconds to the next try. */
#define LEAST_RETRY 0.25
#define MOST_RETRY 2.0

void
trouble_note (Trouble *self, const GError *error)
{
  const double pause = backoff_next (&self->backoff, LEAST_RETRY, MOST_RETRY);
  const gboolean is_news = !self->is_on || self->told != error->code;
  self->next_try = g_get_monotonic_time () + (gint64)(pause * G_TIME_SPAN_SECOND);
  self->is_on = TRUE;
  self->told = error->code;
  if (!is_news)
    return;
  g_autofree char *shown = printable (error->message);
  fprintf (stderr, "genre-radio: %s; %s\n", shown, self->meaning);
}

gboolean
trouble_end (Trouble *self)
{
  if (!self->is_on)
    return FALSE;
  self->is_on = FALSE;
  backoff_reset (&self->backoff);
  fprintf (stderr, "genre-radio: %s\n", self->end);
  return TRUE;
}
