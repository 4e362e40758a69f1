/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "minutes.h"

static gsize
slot (gint64 minute)
{
  return (gsize)(minute % MINUTES_A_DAY);
}

void
minutes_set (Minutes *self, gint64 minute, char what)
{
  if (minute < 0 || minute <= self->newest - MINUTES_A_DAY)
    return;
  if (minute > self->newest) {
    const gint64 first = MAX (self->newest, minute - MINUTES_A_DAY) + 1;
    for (gint64 missed = first; missed < minute; missed++)
      self->heard[slot (missed)] = MINUTE_UNHEARD;
    self->newest = minute;
  }
  self->heard[slot (minute)] = what;
}

void
minutes_set_now (Minutes *self, gint64 minute, char what)
{
  if (minute <= self->newest - MINUTES_A_DAY)
    *self = (Minutes){0};
  minutes_set (self, minute, what);
}

char
minutes_get (const Minutes *self, gint64 minute)
{
  if (minute < 0 || minute > self->newest || minute <= self->newest - MINUTES_A_DAY)
    return MINUTE_UNHEARD;
  const char what = self->heard[slot (minute)];
  return what ? what : MINUTE_UNHEARD;
}

char *
minutes_format (const Minutes *self, gint64 begin, gsize n)
{
  char *text = g_malloc (n + 1);
  for (gsize i = 0; i < n; i++)
    text[i] = minutes_get (self, begin + (gint64)i);
  text[n] = '\0';
  return text;
}
