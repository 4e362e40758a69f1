/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-files decode|classify FILE...: decodes the files one after another, through genreclassify
 * or without it. Prints the seconds of CPU that it took and the seconds of audio. Run by
 * bench_files.py. */
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clocks.h"

/* Returns the seconds of audio in it, negative on failure. */
static double
play (const char *path, const char *elements)
{
  g_autofree char *line =
      g_strdup_printf ("filesrc name=source ! decodebin ! %s fakesink sync=false", elements);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstElement *source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gint64 duration = 0;
  g_object_set (source, "location", path, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message = NULL;
  message =
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_query_position (pipeline, GST_FORMAT_TIME, &duration);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (source);
  gst_object_unref (pipeline);
  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS ? duration / 1e9 : -1;
}

int
main (int argc, char **argv)
{
  double audio = 0;
  gst_init (&argc, &argv);
  if (argc < 3) {
    fprintf (stderr, "usage: bench-files decode|classify FILE...\n");
    return EXIT_FAILURE;
  }
  double begin = get_process_seconds ();
  for (int i = 2; i < argc; i++) {
    gboolean classify = strcmp (argv[1], "classify") == 0;
    double seconds = play (argv[i], classify ? "genreclassify overload=wait !" : "");
    if (seconds < 0) {
      fprintf (stderr, "bench-files: %s cannot be played\n", argv[i]);
      return EXIT_FAILURE;
    }
    audio += seconds;
  }
  printf ("%.6f %.3f\n", get_process_seconds () - begin, audio);
  return EXIT_SUCCESS;
}
