/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boardjson.h"
#include "../jsonline.h"

char *
board_json_format_time (gint64 time)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (time / G_TIME_SPAN_SECOND);
  g_autofree char *shown = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%03dZ", shown,
                          (int)(time % G_TIME_SPAN_SECOND / G_TIME_SPAN_MILLISECOND));
}

static void
set_time (JsonObject *object, const char *member, gint64 time)
{
  g_autofree char *text = board_json_format_time (time);
  json_object_set_string_member (object, member, text);
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text)
    json_object_set_string_member (object, member, text);
  else
    json_object_set_null_member (object, member);
}

/* Nobody sees more than four digits. */
static void
set_number (JsonObject *object, const char *member, double number, gboolean known)
{
  if (known)
    json_object_set_double_member (object, member, (double)(gint64)(number * 1e4 + 0.5) / 1e4);
  else
    json_object_set_null_member (object, member);
}

static const char *
name_kind (StationKind kind)
{
  static const char *const names[] = {"http", "uri", "file", "microphone"};
  return names[kind];
}

/* Why no genre is named. */
static const char *
get_reason (const BoardStation *station)
{
  if (!station->answered)
    return NULL;
  if (station->verdict == ANSWER_SILENCE)
    return "silence";
  if (station->verdict == ANSWER_NO_MUSIC)
    return "no music";
  return g_strcmp0 (station->genre, "unknown") == 0 ? "unsure" : NULL;
}

static JsonObject *
summarise (const StationBoard *board, const BoardStation *station)
{
  const gboolean answered = station->answered;
  JsonObject *object = json_object_new ();
  json_object_set_string_member (object, "id", station->id);
  json_object_set_string_member (object, "name", station->name);
  json_object_set_string_member (object, "kind", name_kind (station->kind));
  json_object_set_string_member (object, "state", station_state_get_name (station->state));
  set_text (object, "error", station->error);
  set_number (object, "retryIn", station->retry_in, station->retry_in > 0);
  set_text (object, "title", station->title);
  set_text (object, "genre", answered ? station->genre : NULL);
  set_text (object, "genreName",
            answered ? station_board_name_genre (board, station->genre) : NULL);
  set_number (object, "confidence", station->confidence, answered);
  set_number (object, "music", station->music, answered);
  set_text (object, "reason", get_reason (station));
  json_object_set_boolean_member (object, "final", answered && station->final);
  set_time (object, "since", station->since);
  return object;
}

JsonObject *
board_json_new_station (const StationBoard *board, const BoardStation *station)
{
  JsonObject *object = summarise (board, station);
  if (!station->answered) {
    json_object_set_null_member (object, "probabilities");
    return object;
  }
  JsonObject *probabilities = json_object_new ();
  for (guint i = 0; i < board->n_genres; i++)
    set_number (probabilities, board->labels[i], station->probabilities[i], TRUE);
  json_object_set_object_member (object, "probabilities", probabilities);
  return object;
}

void
board_json_set_minutes (JsonObject *object, const char *name, const BoardStation *station,
                        gint64 now, gsize n_minutes)
{
  const gint64 begin = now - (gint64)n_minutes;
  g_autofree char *text = minutes_format (&station->minutes, begin, n_minutes);
  JsonObject *minutes = json_object_new ();
  set_time (minutes, "begin", begin * G_TIME_SPAN_MINUTE);
  json_object_set_string_member (minutes, "minutes", text);
  json_object_set_object_member (object, name, minutes);
}

char *
board_json_format_minute (const BoardStation *station, gint64 minute)
{
  g_autofree char *time = board_json_format_time (minute * G_TIME_SPAN_MINUTE);
  return g_strdup_printf ("{\"id\":\"%s\",\"minute\":\"%s\",\"genre\":\"%c\"}", station->id, time,
                          minutes_get (&station->minutes, minute));
}

static char *
format_genres (const StationBoard *board)
{
  JsonArray *genres = json_array_new ();
  for (guint i = 0; i < board->n_genres; i++) {
    JsonObject *genre = json_object_new ();
    json_object_set_string_member (genre, "id", board->labels[i]);
    json_object_set_string_member (genre, "name", board->names[i]);
    json_array_add_object_element (genres, genre);
  }
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), genres);
  json_array_unref (genres);
  return json_to_string (node, FALSE);
}

/* Kept until something changes: a thousand of them are asked for at once. */
static const char *
get_summary (const StationBoard *board, BoardStation *station)
{
  if (!station->json) {
    g_autoptr (JsonObject) object = summarise (board, station);
    station->json = json_line_new (object);
  }
  return station->json;
}

char *
board_json_format_list (StationBoard *board)
{
  g_autofree char *genres = format_genres (board);
  g_autofree char *now = board_json_format_time (g_get_real_time ());
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "{\"genres\":%s,\"time\":\"%s\",\"stations\":[", genres, now);
  for (guint i = 0; i < board->stations->len; i++) {
    if (i > 0)
      g_string_append_c (text, ',');
    g_string_append (text, get_summary (board, board->stations->pdata[i]));
  }
  g_string_append (text, "]}\n");
  return g_string_free (text, FALSE);
}
