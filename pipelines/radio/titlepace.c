/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "titlepace.h"
#include "../haste.h"

#define PACE 1.0 /* s between titles */

struct _TitlePace {
  TitlePaceTold told;
  gpointer user_data;
  gint64 next; /* may be told from then on; monotonic */
  char *held;  /* while the timer runs */
  guint timer;
};

void
title_pace_clear (TitlePace *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->held, g_free);
}

static void
tell (TitlePace *self, const char *title)
{
  self->next = g_get_monotonic_time () + haste_span (PACE);
  self->told (title, self->user_data);
}

void
title_pace_release (TitlePace *self)
{
  if (!title_pace_holds_any (self))
    return;
  g_autofree char *title = g_steal_pointer (&self->held);
  title_pace_clear (self);
  tell (self, title);
}

static gboolean
on_over (gpointer user_data)
{
  TitlePace *self = user_data;
  self->timer = 0;
  g_autofree char *title = g_steal_pointer (&self->held);
  tell (self, title);
  return G_SOURCE_REMOVE;
}

void
title_pace_take (TitlePace *self, const char *title)
{
  const gint64 left = self->next - g_get_monotonic_time ();
  if (title_pace_holds_any (self)) {
    g_free (self->held);
    self->held = g_strdup (title);
  } else if (left <= 0) {
    tell (self, title);
  } else {
    self->held = g_strdup (title);
    self->timer = g_timeout_add ((guint)(left / 1000 + 1), on_over, self);
  }
}

gboolean
title_pace_holds_any (const TitlePace *self)
{
  return self->timer != 0;
}

gboolean
title_pace_holds (const TitlePace *self, const char *title)
{
  return title_pace_holds_any (self) && g_strcmp0 (self->held, title) == 0;
}

TitlePace *
title_pace_new (TitlePaceTold told, gpointer user_data)
{
  TitlePace *self = g_new0 (TitlePace, 1);
  self->told = told;
  self->user_data = user_data;
  return self;
}

void
title_pace_free (TitlePace *self)
{
  if (!self)
    return;
  title_pace_clear (self);
  g_free (self);
}
