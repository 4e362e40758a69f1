/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heardevent.h"
#include "../jsonline.h"
#include "../translation.h"
#include "fault.h"
#include <stdio.h>
#include <string.h>

#define MOST_GENRES 1000
#define LONGEST 65536      /* bytes of a record */
#define LONGEST_NAME 300   /* characters; those of a list have 200, their own ones 100 */
#define LONGEST_FAULT 1000 /* characters: there may be a URI in it */
#define MOST_CLOCK 9e15    /* µs: 285 years, to the microsecond in a double */
#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define ROOM_FOR_NAMES (512 * 1024) /* bytes, of labels that only records name: thousands */
#define BESIDE_NAME 64              /* that each of these takes, at most, beside itself */

const char heard_event_orphaned[] = N_ ("no worker listens to it");

/* ---- members ---- */

/* What is told is at hand for as long as a history, and a page looks at it again and again.
 * (transfer full) */
static char *
get_text (JsonObject *object, const char *member, guint most)
{
  const char *text = json_line_get_text (object, member);
  return text ? station_event_shorten (text, most) : NULL;
}

static gboolean
get_number (JsonObject *object, const char *member, double least, double most, double *value)
{
  JsonNode *node = json_object_get_member (object, member);
  const GType type = node ? json_node_get_value_type (node) : G_TYPE_INVALID;
  if (type != G_TYPE_DOUBLE && type != G_TYPE_INT64)
    return FALSE;
  *value = json_node_get_double (node);
  return *value >= least && *value <= most;
}

static gboolean
get_truth (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

static gboolean
get_time (JsonObject *object, gint64 *time)
{
  const char *text = json_line_get_text (object, "time");
  g_autoptr (GDateTime) date = text ? g_date_time_new_from_iso8601 (text, NULL) : NULL;
  if (!date)
    return FALSE;
  *time = g_date_time_to_unix (date) * G_TIME_SPAN_SECOND + g_date_time_get_microsecond (date);
  return TRUE;
}

/* ---- an answer ---- */

static gboolean
is_label (const char *name)
{
  return *name && strlen (name) == strspn (name, LETTERS);
}

static void
tell_full (void)
{
  static gint told; /* atomic */
  if (!g_atomic_int_compare_and_exchange (&told, FALSE, TRUE))
    return;
  fputs ("genre-radio: ", stderr);
  fputs (_ ("what is heard elsewhere names more genres than this program has room for: answers "
            "with others are left out until it is started anew\n"),
         stderr);
}

/* A field of a GstStructure has its name for as long as the process lives. FALSE: there is no room
 * for another one. */
static gboolean
take_name (const char *name)
{
  static gint taken; /* atomic */
  if (g_quark_try_string (name) != 0)
    return TRUE;
  const gsize size = strlen (name) + BESIDE_NAME;
  if ((gsize)g_atomic_int_get (&taken) + size > ROOM_FOR_NAMES) {
    tell_full ();
    return FALSE;
  }
  g_atomic_int_add (&taken, (gint)size);
  g_quark_from_string (name);
  return TRUE;
}

/* NULL: there are none, or there is no room for their names; some of them alone would be others. */
static GstStructure *
read_probabilities (JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "probabilities");
  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  JsonObject *members = json_node_get_object (node);
  g_autoptr (GstStructure) found = gst_structure_new_empty ("probabilities");
  JsonObjectIter iter;
  const char *name;
  json_object_iter_init (&iter, members);
  for (guint n = 0; n < MOST_GENRES && json_object_iter_next (&iter, &name, NULL); n++) {
    double value;
    if (!is_label (name) || !get_number (members, name, 0, 1, &value))
      continue;
    if (!take_name (name))
      return NULL;
    gst_structure_set (found, name, G_TYPE_DOUBLE, value, NULL);
  }
  return g_steal_pointer (&found);
}

static void
set_seconds (GstStructure *answer, const char *field, JsonObject *object, const char *member)
{
  double seconds;
  if (get_number (object, member, 0, G_MAXUINT32, &seconds))
    gst_structure_set (answer, field, GST_TYPE_CLOCK_TIME, (GstClockTime)(seconds * GST_SECOND),
                       NULL);
}

static GstStructure *
read_answer (JsonObject *object)
{
  double confidence, music;
  const char *genre = json_line_get_text (object, "genre"),
             *reason = json_line_get_text (object, "reason");
  g_autofree char *name = get_text (object, "name", LONGEST_NAME);
  if (!genre || !is_label (genre) || !get_number (object, "confidence", 0, 1, &confidence) ||
      !get_number (object, "music", 0, 1, &music))
    return NULL;
  g_autoptr (GstStructure) probabilities = read_probabilities (object);
  if (!probabilities)
    return NULL;
  GstStructure *answer = gst_structure_new (
      "genreclassify", "genre", G_TYPE_STRING, genre, "confidence", G_TYPE_DOUBLE, confidence,
      "music", G_TYPE_DOUBLE, music, "final", G_TYPE_BOOLEAN, get_truth (object, "final"),
      "probabilities", GST_TYPE_STRUCTURE, probabilities, NULL);
  set_seconds (answer, "stream-time", object, "position");
  set_seconds (answer, "duration", object, "duration");
  if (name)
    gst_structure_set (answer, "name", G_TYPE_STRING, name, NULL);
  if (reason)
    gst_structure_set (answer, "reason", G_TYPE_STRING, reason, NULL);
  return answer;
}

/* ---- an event ---- */

/* Of a URI, half a password might be left, which without what follows it looks like a host: no word
 * is cut. (transfer full) */
static char *
shorten_fault (const char *fault)
{
  g_autofree char *shown = station_event_shorten (fault, LONGEST_FAULT);
  if (g_str_equal (shown, fault))
    return g_steal_pointer (&shown);
  const char *blank = strrchr (shown, ' ');
  return g_strdup_printf ("%.*s…", blank ? (int)(blank - shown) + 1 : 0, shown);
}

static gboolean
read_state (HeardEvent *self, JsonObject *object)
{
  const char *name = json_line_get_text (object, "state"),
             *fault = json_line_get_text (object, "error");
  g_autofree char *shown = fault ? shorten_fault (fault) : NULL;
  for (StationState state = STATION_LISTENING; state <= STATION_ENDED; state++)
    if (g_strcmp0 (name, station_state_get_name (state)) == 0) {
      self->event.state = state;
      if (shown)
        self->fault = g_error_new_literal (STATION_ERROR, STATION_ERROR_PASSING, shown);
      self->event.fault = self->fault;
      if (!get_number (object, "retry_in", 0, G_MAXUINT32, &self->event.retry_in))
        self->event.retry_in = 0;
      return TRUE;
    }
  return FALSE;
}

static gboolean
read_kind (HeardEvent *self, JsonObject *object)
{
  self->event.state = STATION_LISTENING;
  if (json_object_has_member (object, "genre")) {
    self->event.type = STATION_EVENT_ANSWER;
    self->event.answer = self->answer = read_answer (object);
    return self->answer != NULL;
  }
  self->event.type =
      json_object_has_member (object, "state") ? STATION_EVENT_STATE : STATION_EVENT_TITLE;
  return self->event.type == STATION_EVENT_TITLE || read_state (self, object);
}

static HeardEvent *
event_new (const char *key, const char *name, const char *title, gint64 time)
{
  HeardEvent *self = g_new0 (HeardEvent, 1);
  self->event.key = self->key = g_strdup (key);
  self->event.uri = self->uri = g_strndup (key, strcspn (key, "\n"));
  self->event.name = self->name = g_strdup (name);
  self->event.title = self->title = g_strdup (title);
  self->event.time = time;
  /* The same moment, as far as the other machine's clock goes right. */
  self->event.monotonic = g_get_monotonic_time () - (g_get_real_time () - time);
  return self;
}

/* Older workers do not tell it. */
static void
read_clock (HeardEvent *self, JsonObject *object)
{
  double clock, slept;
  if (!get_number (object, "clock", -MOST_CLOCK, MOST_CLOCK, &clock))
    return;
  if (get_number (object, "slept", 0, MOST_CLOCK, &slept))
    self->event.slept = (gint64)slept;
  self->event.clock = (gint64)clock;
  self->event.teller = self->teller = get_text (object, "teller", LONGEST_NAME);
}

/* A station without a name is called as its URI, all of which is needed to know that. NULL: it is
 * not told. (transfer full) */
static char *
get_name (JsonObject *object, const char *key)
{
  const char *name = json_line_get_text (object, "station");
  if (!name)
    return NULL;
  const gsize length = strcspn (key, "\n");
  const gboolean is_uri = strlen (name) == length && strncmp (name, key, length) == 0;
  return is_uri ? g_strdup (name) : station_event_shorten (name, LONGEST_NAME);
}

HeardEvent *
heard_event_parse (const char *key, const char *line)
{
  g_autoptr (JsonObject) object = strlen (line) <= LONGEST ? json_line_parse (line) : NULL;
  gint64 time;
  if (!object || !get_time (object, &time))
    return NULL;
  g_autofree char *name = get_name (object, key);
  if (!name)
    return NULL;
  g_autofree char *title = get_text (object, "title", STATION_LONGEST_TITLE);
  HeardEvent *self = event_new (key, name, title, time);
  read_clock (self, object);
  if (read_kind (self, object))
    return self;
  heard_event_free (self);
  return NULL;
}

HeardEvent *
heard_event_new_orphaned (const char *key)
{
  g_autofree char *uri = g_strndup (key, strcspn (key, "\n"));
  const char *end = key + strlen (uri);
  HeardEvent *self = event_new (key, *end && end[1] ? end + 1 : uri, NULL, g_get_real_time ());
  self->event.type = STATION_EVENT_STATE;
  self->event.state = STATION_WAITING;
  self->event.fault = self->fault =
      g_error_new_literal (STATION_ERROR, STATION_ERROR_PASSING, heard_event_orphaned);
  return self;
}

void
heard_event_free (HeardEvent *self)
{
  if (!self)
    return;
  g_free (self->key);
  g_free (self->uri);
  g_free (self->name);
  g_free (self->title);
  g_free (self->teller);
  g_clear_error (&self->fault);
  g_clear_pointer (&self->answer, gst_structure_free);
  g_free (self);
}
