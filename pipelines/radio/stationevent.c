/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationevent.h"
#include "../translation.h"
#include <time.h>

const char *
station_state_get_name (StationState state)
{
  static const char *const names[] = {[STATION_CONNECTING] = N_ ("connecting"),
                                      [STATION_LISTENING] = N_ ("listening"),
                                      [STATION_WAITING] = N_ ("waiting"),
                                      [STATION_BROKEN] = N_ ("broken"),
                                      [STATION_ENDED] = N_ ("ended")};
  return names[state];
}

static gint64
get_time_since_start (void)
{
  struct timespec since;
  clock_gettime (CLOCK_BOOTTIME, &since);
  return (gint64)since.tv_sec * G_TIME_SPAN_SECOND + since.tv_nsec / 1000;
}

gint64
station_event_read_clock (void)
{
  return g_get_real_time () - get_time_since_start ();
}

gint64
station_event_read_sleep (void)
{
  const gint64 slept = get_time_since_start () - g_get_monotonic_time ();
  return MAX (slept, 0); /* the second clock is read a little later */
}

char *
station_event_shorten (const char *text, guint most)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  if (g_utf8_strlen (valid, -1) <= (glong)most)
    return g_steal_pointer (&valid);
  g_autofree char *start = g_utf8_substring (valid, 0, (glong)most);
  return g_strconcat (start, "…", NULL);
}

char *
station_event_format_time (gint64 time)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (time / G_TIME_SPAN_SECOND);
  g_autofree char *shown = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%03dZ", shown,
                          (int)(time % G_TIME_SPAN_SECOND / G_TIME_SPAN_MILLISECOND));
}
