/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "eventjson.h"
#include "../answerjson.h"
#include "../answertext.h"
#include "../jsonline.h"
#include "../printable.h"

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (!text) {
    json_object_set_null_member (object, member);
    return;
  }
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  json_object_set_string_member (object, member, valid);
}

static JsonObject *
object_new (gint64 time, const char *source)
{
  JsonObject *object = json_object_new ();
  g_autofree char *shown = station_event_format_time (time);
  json_object_set_string_member (object, "time", shown);
  set_text (object, "source", source);
  return object;
}

static void
set_answer (JsonObject *object, const StationEvent *event)
{
  set_text (object, "title", event->title);
  answer_json_set (object, event->answer, answer_get_display_name (event->answer));
  if (!json_object_has_member (object, "reason"))
    json_object_set_null_member (object, "reason");
}

static void
set_state (JsonObject *object, const StationEvent *event)
{
  json_object_set_string_member (object, "state", station_state_get_name (event->state));
  if (event->fault)
    set_text (object, "error", event->fault->message);
  if (event->retry_in > 0)
    json_object_set_double_member (object, "retry_in", event->retry_in);
}

static char *
to_line (JsonObject *object)
{
  char *line = json_line_new (object);
  json_object_unref (object);
  return line;
}

/* NULL: no line is due. */
static JsonObject *
event_object_new (const StationEvent *event)
{
  if ((event->type == STATION_EVENT_STATE && event->state == STATION_CONNECTING) ||
      event->type == STATION_EVENT_LEVEL || event->type == STATION_EVENT_SPECTROGRAM)
    return NULL;
  JsonObject *object = object_new (event->time, event->uri);
  set_text (object, "station", event->name);
  if (event->type == STATION_EVENT_ANSWER)
    set_answer (object, event);
  else if (event->type == STATION_EVENT_TITLE)
    set_text (object, "title", event->title);
  else
    set_state (object, event);
  return object;
}

char *
event_json_format (const StationEvent *event)
{
  JsonObject *object = event_object_new (event);
  return object ? to_line (object) : NULL;
}

char *
event_json_format_told (const StationEvent *event)
{
  JsonObject *object = event_object_new (event);
  if (!object)
    return NULL;
  if (event->type == STATION_EVENT_STATE)
    set_text (object, "title", event->title);
  set_text (object, "teller", event->teller);
  json_object_set_int_member (object, "clock", event->clock);
  json_object_set_int_member (object, "slept", event->slept);
  return to_line (object);
}

char *
event_json_format_fault (const char *source, const char *fault)
{
  JsonObject *object = object_new (g_get_real_time (), source);
  set_text (object, "error", fault);
  return to_line (object);
}
