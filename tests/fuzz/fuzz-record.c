/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another worker of a queue says it heard, a line each, and the page that shows it. */
#include "fuzz.h"
#include "page/boardjson.h"
#include <json-glib/json-glib.h>
#include "radio/heardevent.h"

#define KEY "http://radio.example/a\nA"

static StationBoard *
make_board (void)
{
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  g_autoptr (GstStructure) genres = gst_structure_new ("genres", "rock", G_TYPE_STRING, "Rock",
                                                       "pop", G_TYPE_STRING, "Pop", NULL);
  StationBoard *board = station_board_new (genres);
  g_ptr_array_add (stations, station_new ("A", "http://radio.example/a", NULL));
  station_board_set_stations (board, stations);
  return board;
}

static void
show (StationBoard *board)
{
  GString *text = g_string_new (NULL);
  g_autofree char *list = board_json_format_list (board);
  board_json_open_station (text, board, board->stations->pdata[0]);
  g_autofree char *one = g_string_free (g_string_append_c (text, '}'), FALSE);
  g_autoptr (JsonNode) all = json_from_string (list, NULL);
  g_autoptr (JsonNode) station = json_from_string (one, NULL);
  FUZZ_ASSERT (all && station);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gst_init (NULL, NULL);
  g_autoptr (StationBoard) board = make_board ();
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 20);
  for (char **line = lines; *line; line++) {
    HeardEvent *event = heard_event_parse (KEY, *line);
    if (event)
      FUZZ_ASSERT (station_board_take (board, &event->event));
    heard_event_free (event);
    show (board);
  }
  return 0;
}
