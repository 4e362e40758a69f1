/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For how long a station was heard, by its answers. Each covers a window, the last 30 s as a rule,
 * of which only the end is new since the one before. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* Of sound, in a minute: what was heard for less is not told of that minute. */
#define HEARD_TIME_LEAST (15 * GST_SECOND)

/* How far the sound of a stream was spoken of. */
typedef struct {
  GstClockTime end; /* GST_CLOCK_TIME_NONE: not known */
} HeardTime;

/* A stream begins, of which nothing is known. */
void heard_time_init (HeardTime *self);
/* Sound since the answer before: all that @answer covers, if it is the first one, or if it does not
 * say where it lies or begins anew. What was skipped before the window is in it, too. */
GstClockTime heard_time_take (HeardTime *self, const GstStructure *answer);
/* What @answer covers; 0 where it does not tell. */
GstClockTime heard_time_get_duration (const GstStructure *answer);

/* How much of a minute was heard. All zeros: nothing ever. */
typedef struct {
  gint64 minute; /* since 1970 */
  GstClockTime heard;
} HeardMinute;

/* @answer comes at @time, in microseconds since 1970, with @new of sound (heard_time_take()), of
 * which a short window covers the end only. TRUE: enough was heard in this minute; so it was if
 * nobody tells what answers cover. */
gboolean heard_minute_take (HeardMinute *self, const GstStructure *answer, gint64 time,
                            GstClockTime new);

G_END_DECLS
