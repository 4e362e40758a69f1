/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationevent.h"

const char *
station_state_get_name (StationState state)
{
  static const char *const names[] = {"connecting", "listening", "waiting", "broken", "ended"};
  return names[state];
}
