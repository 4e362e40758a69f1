/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heardtime.h"

void
heard_time_init (HeardTime *self)
{
  self->end = GST_CLOCK_TIME_NONE;
}

GstClockTime
heard_time_get_duration (const GstStructure *answer)
{
  GstClockTime duration = 0;
  gst_structure_get_clock_time (answer, "duration", &duration);
  return GST_CLOCK_TIME_IS_VALID (duration) ? duration : 0;
}

/* Where the sound ends that it covers, or GST_CLOCK_TIME_NONE. */
static GstClockTime
get_end (const GstStructure *answer)
{
  GstClockTime start = GST_CLOCK_TIME_NONE;
  const GstClockTime duration = heard_time_get_duration (answer);
  gst_structure_get_clock_time (answer, "stream-time", &start);
  if (!GST_CLOCK_TIME_IS_VALID (start))
    gst_structure_get_clock_time (answer, "running-time", &start);
  return GST_CLOCK_TIME_IS_VALID (start) && start < GST_CLOCK_TIME_NONE - duration
             ? start + duration
             : GST_CLOCK_TIME_NONE;
}

GstClockTime
heard_time_take (HeardTime *self, const GstStructure *answer)
{
  const GstClockTime before = self->end, end = get_end (answer);
  self->end = end;
  return GST_CLOCK_TIME_IS_VALID (before) && GST_CLOCK_TIME_IS_VALID (end) && end >= before
             ? end - before
             : heard_time_get_duration (answer);
}

gboolean
heard_minute_take (HeardMinute *self, const GstStructure *answer, gint64 time, GstClockTime new)
{
  const gint64 minute = time / G_TIME_SPAN_MINUTE;
  if (minute != self->minute)
    *self = (HeardMinute){minute, 0};
  if (!gst_structure_has_field (answer, "duration"))
    new = HEARD_TIME_LEAST;
  self->heard = MIN (self->heard + MIN (new, HEARD_TIME_LEAST), HEARD_TIME_LEAST);
  return self->heard >= HEARD_TIME_LEAST;
}
