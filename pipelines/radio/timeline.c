/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline.h"
#include "../answertext.h"
#include "../output.h"
#include "../printable.h"
#include "../translation.h"
#include <stdio.h>
#include <string.h>

#define NAME_WIDTH 24

struct _Timeline {
  GHashTable *shown; /* verdict and title last shown, by the URI of the station */
};

/* In a column of its own, whatever is in it; of a URL the end, where they differ. */
static char *
format_name (const char *name)
{
  g_autofree char *shown = printable (name);
  const glong length = g_utf8_strlen (shown, -1);
  if (length <= NAME_WIDTH)
    return g_strdup_printf ("%s%*s", shown, (int)(NAME_WIDTH - length), "");
  if (strstr (shown, "://")) {
    g_autofree char *end = g_utf8_substring (shown, length - NAME_WIDTH + 1, length);
    return g_strconcat ("…", end, NULL);
  }
  g_autofree char *start = g_utf8_substring (shown, 0, NAME_WIDTH - 1);
  return g_strconcat (start, "…", NULL);
}

static void
print (const StationEvent *event, const char *what)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (event->time / G_TIME_SPAN_SECOND);
  g_autoptr (GDateTime) local = g_date_time_to_local (utc);
  g_autofree char *time = g_date_time_format (local, "%Y-%m-%d %H:%M:%S");
  g_autofree char *name = format_name (event->name);
  g_autofree char *line = g_strdup_printf ("%s  %s  %s", time, name, what);
  output_print_line (line);
}

static void
show_answer (Timeline *self, const StationEvent *event)
{
  if (answer_judge (event->answer) == ANSWER_TOO_SHORT)
    return;
  const char *verdict = answer_get_verdict (event->answer);
  char *now = g_strdup_printf ("%s\n%s", verdict, event->title ? event->title : "");
  if (g_strcmp0 (g_hash_table_lookup (self->shown, event->uri), now) == 0) {
    g_free (now);
    return;
  }
  g_hash_table_replace (self->shown, g_strdup (event->uri), now);
  g_autofree char *title = printable (event->title ? event->title : "");
  g_autofree char *column = answer_format_verdict (verdict);
  g_autofree char *certainty = answer_format_certainty (event->answer);
  g_autofree char *line =
      g_strdup_printf ("%s %s%s%s", column, certainty, *title ? "  " : "", title);
  print (event, line);
}

static char *
format_delay (double seconds)
{
  if (seconds < 90)
    return g_strdup_printf (_ ("%.0f s"), MAX (seconds, 1));
  return seconds < 5400 ? g_strdup_printf (_ ("%.0f min"), seconds / 60)
                        : g_strdup_printf (_ ("%.1f h"), seconds / 3600);
}

static void
show_fault (const StationEvent *event)
{
  g_autofree char *words = translate_fault (event->fault->message);
  g_autofree char *why = printable (words);
  g_autofree char *delay = format_delay (event->retry_in);
  g_autofree char *line = !event->retry_in ? g_strdup_printf ("-- %s", why)
                          : event->state == STATION_BROKEN
                              ? g_strdup_printf (_ ("-- broken: %s; next try in %s"), why, delay)
                              : g_strdup_printf (_ ("-- %s; again in %s"), why, delay);
  print (event, line);
}

static void
show_state (Timeline *self, const StationEvent *event)
{
  if (event->fault)
    show_fault (event);
  else if (event->state == STATION_LISTENING)
    print (event, _ ("-- listening"));
  else if (event->state == STATION_ENDED && !event->asked)
    print (event, _ ("-- the end"));
  if (event->state != STATION_CONNECTING)
    g_hash_table_remove (self->shown, event->uri);
}

void
timeline_observe (const StationEvent *event, gpointer timeline)
{
  Timeline *self = timeline;
  if (event->type == STATION_EVENT_ANSWER)
    show_answer (self, event);
  else if (event->type == STATION_EVENT_STATE)
    show_state (self, event);
}

Timeline *
timeline_new (void)
{
  Timeline *self = g_new (Timeline, 1);
  self->shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
timeline_free (Timeline *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->shown);
  g_free (self);
}
