/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationlistener.h"
#include "answertext.h"
#include "output.h"
#include "printable.h"
#include "radio/bars.h"
#include "radio/eventjson.h"
#include "radio/radio.h"
#include "radio/timeline.h"
#include "translation.h"
#include <glib-unix.h>
#include <stdio.h>

#define TIME_TO_END 2000 /* ms for last answers */

typedef struct {
  const ListenOptions *options;
  ListenOutcome *outcome;
  Radio *radio;
  Timeline *timeline; /* NULL: there is one station only */
  Bars *bars;         /* NULL: there is no microphone or no terminal */
  GMainLoop *loop;
  GHashTable *heard; /* URIs of stations that were heard at least once */
  char *title;       /* last one shown */
} Listener;

/* ---- what is shown ---- */

static void
show_answer (Listener *self, const StationEvent *event)
{
  if (event->title && g_strcmp0 (event->title, self->title) != 0) {
    g_autofree char *shown = printable (event->title);
    printf ("-- %s\n", shown);
    g_free (self->title);
    self->title = g_strdup (event->title);
  }
  answer_print (event->answer, FALSE);
  puts (answer_is_final (event->answer) ? _ ("  (the end)") : "");
}

/* "http://… (The Station)" */
static void
show_station (const StationEvent *event)
{
  g_autofree char *uri = printable (event->uri);
  g_autofree char *name = printable (event->name);
  printf (g_str_equal (uri, name) ? "%s\n" : "%s (%s)\n", uri, name);
}

static void
show_alone (Listener *self, const StationEvent *event)
{
  if (event->type == STATION_EVENT_ANSWER) {
    show_answer (self, event);
  } else if (event->type == STATION_EVENT_STATE && event->state == STATION_LISTENING) {
    show_station (event);
  } else if (event->fault) {
    g_autofree char *words = translate_fault (event->fault->message);
    g_autofree char *fault = printable (words);
    if (event->state == STATION_ENDED)
      printf ("-- %s\n", fault);
    else
      printf (_ ("-- %s; again in %.0f s\n"), fault, MAX (event->retry_in, 1));
  }
}

static void
show_tersely (const StationEvent *event)
{
  if (event->type == STATION_EVENT_ANSWER && answer_is_final (event->answer))
    answer_print_tersely (event->answer, event->uri, event->title);
}

static void
show_as_json (const StationEvent *event)
{
  g_autofree char *line = event_json_format (event);
  if (line)
    output_print_line (line);
}

static void
show (Listener *self, const StationEvent *event)
{
  if (self->options->json)
    show_as_json (event);
  else if (self->options->terse)
    show_tersely (event);
  else if (self->bars)
    bars_observe (event, self->bars);
  else if (self->timeline)
    timeline_observe (event, self->timeline);
  else
    show_alone (self, event);
}

/* ---- what happens ---- */

static gboolean
on_change (gpointer user_data)
{
  Listener *self = user_data;
  if (radio_is_over (self->radio))
    g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* Whoever asks for a station wants to know at once that it is not there. */
static gboolean
is_hopeless (Listener *self, const StationEvent *event)
{
  return event->fault && !g_hash_table_contains (self->heard, event->uri);
}

static void
on_event (const StationEvent *event, gpointer user_data)
{
  Listener *self = user_data;
  if (event->type == STATION_EVENT_STATE && event->state == STATION_LISTENING)
    g_hash_table_add (self->heard, g_strdup (event->uri));
  if (event->type == STATION_EVENT_STATE && event->state == STATION_ENDED)
    g_idle_add (on_change, self);
  if (!is_hopeless (self, event)) {
    show (self, event);
    return;
  }
  self->outcome->failed = TRUE;
  listen_complain (self->options, event->uri, event->fault->message);
  radio_abandon (self->radio, event->uri);
}

static gboolean
on_time_over (gpointer user_data)
{
  Listener *self = user_data;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* The first Ctrl-C ends the streams, so that the answers for what was heard still come; the second
 * one does not wait for them. */
static gboolean
on_interrupt (gpointer user_data)
{
  Listener *self = user_data;
  if (self->outcome->interrupted) {
    g_main_loop_quit (self->loop);
    return G_SOURCE_CONTINUE;
  }
  self->outcome->interrupted = TRUE;
  g_timeout_add (TIME_TO_END, on_time_over, self);
  radio_finish (self->radio);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_nobody_reads (int output, GIOCondition condition, gpointer user_data)
{
  on_interrupt (user_data);
  return G_SOURCE_REMOVE;
}

void
stations_listen (GPtrArray *stations, const ListenOptions *options, ListenOutcome *outcome)
{
  const gboolean live = !options->json && !options->terse && bars_are_for (stations);
  ClassifierOptions classifier = options->classifier;
  if (live)
    classifier_options_hurry (&classifier);
  const ReceiverOptions receiver = {
      .classifier = &classifier, .play = options->play, .level = live};
  Listener self = {.options = options, .outcome = outcome};
  self.radio = radio_new (&receiver, G_MAXUINT);
  self.timeline = stations->len > 1 ? timeline_new () : NULL;
  self.bars = live ? bars_new () : NULL;
  self.loop = g_main_loop_new (NULL, FALSE);
  self.heard = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  radio_add_observer (self.radio, on_event, &self);
  radio_set_stations (self.radio, stations, FALSE);
  const guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, &self);
  const guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, &self);
  output_watch_reader (on_nobody_reads, &self);
  g_main_loop_run (self.loop);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  while (g_source_remove_by_user_data (&self))
    ;
  radio_free (self.radio);
  outcome->hangs |= !receivers_have_ended ();
  g_clear_pointer (&self.timeline, timeline_free);
  g_clear_pointer (&self.bars, bars_free);
  g_main_loop_unref (self.loop);
  g_hash_table_unref (self.heard);
  g_free (self.title);
}
