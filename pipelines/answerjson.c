/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answerjson.h"
#include "answertext.h"
#include "filepath.h"
#include "jsonline.h"
#include "output.h"
#include "printable.h"

static JsonObject *
object_new (const char *source, const char *uri)
{
  JsonObject *object = json_object_new ();
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  g_autofree char *shown =
      g_utf8_validate (source, -1, NULL) ? g_strdup (source) : printable (source);
  json_object_set_string_member (object, "time", time);
  json_object_set_string_member (object, "source", shown);
  if (uri)
    json_object_set_string_member (object, "uri", uri);
  return object;
}

JsonObject *
answer_json_new (const char *path)
{
  g_autofree char *uri = file_path_to_uri (path, NULL);
  return object_new (path, uri);
}

JsonObject *
answer_json_new_for_source (const char *source)
{
  return file_path_is_uri (source, NULL) ? object_new (source, source) : answer_json_new (source);
}

static void
set_string (JsonObject *object, const GstStructure *answer, const char *field)
{
  const char *value = gst_structure_get_string (answer, field);
  if (value)
    json_object_set_string_member (object, field, value);
}

static void
set_number (JsonObject *object, const GstStructure *answer, const char *field)
{
  double value;
  if (gst_structure_get_double (answer, field, &value))
    json_object_set_double_member (object, field, value);
}

static void
set_seconds (JsonObject *object, const GstStructure *answer, const char *field, const char *name)
{
  GstClockTime value = GST_CLOCK_TIME_NONE;
  gst_structure_get_clock_time (answer, field, &value);
  if (GST_CLOCK_TIME_IS_VALID (value))
    json_object_set_double_member (object, name, (double)value / GST_SECOND);
}

static void
set_probabilities (JsonObject *object, const GstStructure *answer)
{
  const GValue *value = gst_structure_get_value (answer, "probabilities");
  const GstStructure *probabilities = value ? gst_value_get_structure (value) : NULL;
  if (!probabilities)
    return;
  JsonObject *members = json_object_new ();
  for (int i = 0; i < gst_structure_n_fields (probabilities); i++)
    set_number (members, probabilities, gst_structure_nth_field_name (probabilities, (guint)i));
  json_object_set_object_member (object, "probabilities", members);
}

void
answer_json_set (JsonObject *object, const GstStructure *answer, const char *name)
{
  set_string (object, answer, "genre");
  if (name)
    json_object_set_string_member (object, "name", name);
  set_number (object, answer, "confidence");
  set_number (object, answer, "music");
  set_probabilities (object, answer);
  set_string (object, answer, "title");
  set_seconds (object, answer, "stream-time", "position");
  set_seconds (object, answer, "duration", "duration");
  json_object_set_boolean_member (object, "final", answer_is_final (answer));
  set_string (object, answer, "reason");
}

void
answer_json_print (JsonObject *object)
{
  g_autofree char *line = json_line_new (object);
  json_object_unref (object);
  output_print_line (line);
}
