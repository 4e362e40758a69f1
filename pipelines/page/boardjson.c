/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boardjson.h"
#include "publictext.h"
#include <string.h>

/* ---- members ---- */

static void
append_quoted (GString *text, const char *value)
{
  g_string_append_c (text, '"');
  for (const char *at = value; *at; at++) {
    if (*at == '"' || *at == '\\')
      g_string_append_c (text, '\\');
    if ((guchar)*at < ' ')
      g_string_append_printf (text, "\\u%04x", (guint)*at);
    else
      g_string_append_c (text, *at);
  }
  g_string_append_c (text, '"');
}

static void
append_name (GString *text, const char *member)
{
  g_string_append_printf (text, ",\"%s\":", member);
}

void
board_json_append_text (GString *text, const char *member, const char *value)
{
  append_name (text, member);
  if (value)
    append_quoted (text, value);
  else
    g_string_append (text, "null");
}

void
board_json_append_public_text (GString *text, const char *member, const char *value)
{
  g_autofree char *shown = value ? public_text (value) : NULL;
  board_json_append_text (text, member, shown);
}

/* Four digits behind the point, and none that say nothing. */
static void
append_number (GString *text, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (digits, sizeof digits, "%.4f", value);
  gsize n = strlen (digits);
  while (n > 1 && digits[n - 1] == '0')
    n--;
  n -= digits[n - 1] == '.';
  g_string_append_len (text, digits, (gssize)n);
}

void
board_json_append_number (GString *text, const char *member, double value, gboolean known)
{
  append_name (text, member);
  if (known)
    append_number (text, value);
  else
    g_string_append (text, "null");
}

void
board_json_append_time (GString *text, const char *member, gint64 time)
{
  g_autofree char *shown = station_event_format_time (time);
  board_json_append_text (text, member, shown);
}

/* ---- a station ---- */

static const char *
name_kind (StationKind kind)
{
  static const char *const names[] = {"http", "uri", "file", "microphone"};
  return names[kind];
}

const char *
board_json_name_reason (AnswerVerdict verdict, const char *genre)
{
  if (verdict == ANSWER_SILENCE)
    return "silence";
  if (verdict == ANSWER_NO_MUSIC)
    return "no music";
  return g_strcmp0 (genre, "unknown") == 0 ? "unsure" : NULL;
}

static char *
summarise (const StationBoard *board, const BoardStation *station)
{
  const gboolean answered = station->answered;
  const char *genre = answered ? station->genre : NULL;
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "{\"id\":\"%s\"", station->id);
  board_json_append_text (text, "name", station->name);
  board_json_append_text (text, "kind", name_kind (station->kind));
  board_json_append_text (text, "state", station_state_get_name (station->state));
  board_json_append_text (text, "error", station->error);
  board_json_append_number (text, "retryIn", station->retry_in, station->retry_in > 0);
  board_json_append_text (text, "title", station->title);
  board_json_append_text (text, "genre", genre);
  board_json_append_text (text, "genreName", station_board_name_genre (board, genre));
  board_json_append_number (text, "confidence", station->confidence, answered);
  board_json_append_number (text, "music", station->music, answered);
  board_json_append_text (text, "reason",
                          answered ? board_json_name_reason (station->verdict, genre) : NULL);
  g_string_append (text, answered && station->final ? ",\"final\":true" : ",\"final\":false");
  if (station->last_answer > 0)
    board_json_append_time (text, "lastAnswer", station->last_answer);
  else
    board_json_append_text (text, "lastAnswer", NULL);
  board_json_append_time (text, "since", station->since);
  return g_string_free (text, FALSE);
}

/* Kept until something changes: a thousand of them are asked for at once. */
static const char *
get_summary (const StationBoard *board, BoardStation *station)
{
  if (!station->json)
    station->json = summarise (board, station);
  return station->json;
}

void
board_json_open_station (GString *text, const StationBoard *board, BoardStation *station)
{
  g_string_append (text, get_summary (board, station));
  if (!station->answered || board->n_genres == 0) {
    board_json_append_text (text, "probabilities", NULL);
    return;
  }
  g_string_append (text, ",\"probabilities\":");
  for (guint i = 0; i < board->n_genres; i++) {
    g_string_append_printf (text, "%c\"%s\":", i > 0 ? ',' : '{', board->labels[i]);
    append_number (text, station->probabilities[i]);
  }
  g_string_append_c (text, '}');
}

void
board_json_append_minutes (GString *text, const char *name, const BoardStation *station, gint64 now,
                           gsize n_minutes)
{
  const gint64 begin = now - (gint64)n_minutes;
  g_autofree char *minutes = minutes_format (&station->minutes, begin, n_minutes);
  g_autofree char *time = station_event_format_time (begin * G_TIME_SPAN_MINUTE);
  append_name (text, name);
  g_string_append_printf (text, "{\"begin\":\"%s\",\"minutes\":\"%s\"}", time, minutes);
}

char *
board_json_format_minute (const BoardStation *station, gint64 minute)
{
  g_autofree char *time = station_event_format_time (minute * G_TIME_SPAN_MINUTE);
  return g_strdup_printf ("{\"id\":\"%s\",\"minute\":\"%s\",\"genre\":\"%c\"}", station->id, time,
                          minutes_get (&station->minutes, minute));
}

/* ---- all ---- */

/* Without a comma before it: it stands first in the list. */
static void
append_genres (GString *text, const StationBoard *board)
{
  g_string_append (text, "\"genres\":[");
  for (guint i = 0; i < board->n_genres; i++) {
    g_string_append_printf (text, "%s{\"id\":\"%s\"", i > 0 ? "," : "", board->labels[i]);
    board_json_append_text (text, "name", board->names[i]);
    g_string_append_c (text, '}');
  }
  g_string_append_c (text, ']');
}

void
board_json_append_genres (GString *text, const StationBoard *board)
{
  g_string_append_c (text, ',');
  append_genres (text, board);
}

char *
board_json_format_list (StationBoard *board)
{
  GString *text = g_string_new ("{");
  append_genres (text, board);
  board_json_append_time (text, "time", g_get_real_time ());
  g_string_append (text, ",\"stations\":[");
  for (guint i = 0; i < board->stations->len; i++) {
    if (i > 0)
      g_string_append_c (text, ',');
    g_string_append (text, get_summary (board, board->stations->pdata[i]));
    g_string_append_c (text, '}');
  }
  g_string_append (text, "]}\n");
  return g_string_free (text, FALSE);
}
