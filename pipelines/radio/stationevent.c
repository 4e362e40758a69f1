/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationevent.h"

const char *
station_state_get_name (StationState state)
{
  static const char *const names[] = {"connecting", "listening", "waiting", "broken", "ended"};
  return names[state];
}

char *
station_event_format_time (gint64 time)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (time / G_TIME_SPAN_SECOND);
  g_autofree char *shown = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%03dZ", shown,
                          (int)(time % G_TIME_SPAN_SECOND / G_TIME_SPAN_MILLISECOND));
}
