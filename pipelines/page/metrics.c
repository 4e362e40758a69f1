/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics.h"

/* ---- the format ---- */

static void
append_head (GString *text, const char *name, const char *type, const char *help)
{
  g_string_append_printf (text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
append_value (GString *text, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (text, " %s\n", g_ascii_formatd (digits, sizeof digits, "%.15g", value));
}

static void
append_single (GString *text, const char *name, const char *type, const char *help, double value)
{
  append_head (text, name, type, help);
  g_string_append (text, name);
  append_value (text, value);
}

static void
append_label (GString *text, const char *name, const char *value)
{
  g_string_append_printf (text, "%s=\"", name);
  for (const char *at = value; *at; at++) {
    if (*at == '\n')
      g_string_append (text, "\\n");
    else if (*at == '"' || *at == '\\')
      g_string_append_printf (text, "\\%c", *at);
    else
      g_string_append_c (text, *at);
  }
  g_string_append_c (text, '"');
}

/* Names may be the same, identifiers are not. */
static void
append_of_station (GString *text, const char *name, const BoardStation *station, double value)
{
  g_string_append_printf (text, "%s{", name);
  append_label (text, "id", station->id);
  g_string_append_c (text, ',');
  append_label (text, "station", station->name);
  g_string_append_c (text, '}');
  append_value (text, value);
}

/* ---- stations ---- */

static void
append_states (GString *text, const StationBoard *board)
{
  static const char name[] = "genre_radio_stations";
  guint counts[STATION_ENDED + 1] = {0};
  for (guint i = 0; i < board->stations->len; i++)
    counts[((const BoardStation *)board->stations->pdata[i])->state]++;
  append_head (text, name, "gauge", "Stations by what they are doing.");
  for (StationState state = STATION_CONNECTING; state <= STATION_ENDED; state++) {
    g_string_append_printf (text, "%s{state=\"%s\"}", name, station_state_get_name (state));
    append_value (text, counts[state]);
  }
}

static void
append_heard (GString *text, const StationBoard *board)
{
  static const char name[] = "genre_radio_station_up";
  append_head (text, name, "gauge", "1 while audio of the station is heard.");
  for (guint i = 0; i < board->stations->len; i++) {
    const BoardStation *station = board->stations->pdata[i];
    append_of_station (text, name, station, station->state == STATION_LISTENING);
  }
}

static void
append_ages (GString *text, const StationBoard *board, gint64 now)
{
  static const char name[] = "genre_radio_station_answer_age_seconds";
  append_head (text, name, "gauge", "Time since the last answer about the station.");
  for (guint i = 0; i < board->stations->len; i++) {
    const BoardStation *station = board->stations->pdata[i];
    const double age = (double)(now - station->last_answer) / G_TIME_SPAN_SECOND;
    if (station->last_answer > 0)
      append_of_station (text, name, station, MAX (age, 0));
  }
}

static void
append_losses (GString *text, const StationBoard *board)
{
  static const char name[] = "genre_radio_station_losses_total";
  append_head (text, name, "counter", "Times that a station broke off while it was heard.");
  for (guint i = 0; i < board->stations->len; i++) {
    const BoardStation *station = board->stations->pdata[i];
    append_of_station (text, name, station, (double)station->n_losses);
  }
}

static void
append_sums (GString *text, const StationBoard *board)
{
  append_single (text, "genre_radio_answers_total", "counter", "Answers of all stations.",
                 (double)board->n_answers);
  append_single (text, "genre_radio_reconnects_total", "counter",
                 "Times that a station was heard again after it had been lost.",
                 (double)board->n_returns);
}

/* ---- the machine ---- */

static void
append_inference (GString *text, const RadioFigures *figures)
{
  static const char name[] = "genre_radio_inference_seconds";
  append_head (text, name, "summary", "Time that segments of audio spent in the network.");
  g_string_append_printf (text, "%s_sum", name);
  append_value (text, (double)figures->heard.inference_time / GST_SECOND);
  g_string_append_printf (text, "%s_count", name);
  append_value (text, (double)figures->heard.segments);
}

static void
append_page (GString *text, const RadioFigures *figures)
{
  append_single (text, "genre_radio_page_clients", "gauge", "Connections to the page.",
                 figures->clients);
  append_single (text, "genre_radio_page_event_streams", "gauge",
                 "Connections that are told what happens.", figures->streams);
  append_single (text, "genre_radio_page_requests_total", "counter", "Requests that were answered.",
                 (double)figures->requests);
  append_single (text, "genre_radio_page_refused_connections_total", "counter",
                 "Connections that there was no room for.", (double)figures->refused);
  append_single (text, "genre_radio_page_omitted_spectrograms_total", "counter",
                 "Spectrograms that a client was too slow for.", (double)figures->left_out);
}

static void
append_process (GString *text, const RadioFigures *figures)
{
  append_single (text, "process_cpu_seconds_total", "counter", "Processor time spent.",
                 figures->process.processor_time);
  append_single (text, "process_resident_memory_bytes", "gauge", "Memory that is resident.",
                 (double)figures->process.resident_memory);
  append_single (text, "process_open_fds", "gauge", "Open files and sockets.",
                 figures->process.open_files);
  append_single (text, "process_start_time_seconds", "gauge", "Start, since 1970.",
                 figures->process.started);
}

static void
append_build (GString *text, const RadioFigures *figures)
{
  static const char name[] = "genre_radio_build_info";
  append_head (text, name, "gauge", "The version that runs.");
  g_string_append_printf (text, "%s{", name);
  append_label (text, "version", figures->version);
  g_string_append_c (text, '}');
  append_value (text, 1);
}

char *
metrics_format (const StationBoard *board, const RadioFigures *figures)
{
  GString *text = g_string_new (NULL);
  append_build (text, figures);
  append_states (text, board);
  append_heard (text, board);
  append_ages (text, board, figures->now);
  append_losses (text, board);
  append_sums (text, board);
  append_inference (text, figures);
  append_single (text, "genre_radio_dropped_audio_seconds_total", "counter",
                 "Audio that there was no time for.", (double)figures->heard.dropped / GST_SECOND);
  append_page (text, figures);
  append_process (text, figures);
  return g_string_free (text, FALSE);
}
