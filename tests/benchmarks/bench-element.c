/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-element SECONDS [ELEMENTS]: SECONDS of 44.1 kHz stereo S16 through audiotestsrc ! ELEMENTS
 * ! fakesink as fast as it goes, without ELEMENTS if there are none. Prints the seconds of CPU that
 * the process took from PLAYING to EOS, and its resident memory in bytes. Run by bench_element.py.
 */
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include "clocks.h"
#include "streams.h"

#define RATE 44100
#define BLOCK 1024 /* frames in a buffer */

static gboolean
wait_for_end (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  if (argc < 2) {
    fprintf (stderr, "usage: bench-element SECONDS [ELEMENTS]\n");
    return EXIT_FAILURE;
  }
  g_autofree char *line =
      g_strdup_printf ("audiotestsrc wave=pink-noise samplesperbuffer=%d num-buffers=%d ! "
                       "audio/x-raw,format=S16LE,rate=%d,channels=2 ! %s%s fakesink sync=false",
                       BLOCK, (int)(atof (argv[1]) * RATE / BLOCK), RATE, argc > 2 ? argv[2] : "",
                       argc > 2 ? " !" : "");
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);
  if (error) {
    fprintf (stderr, "bench-element: %s\n", error->message);
    return EXIT_FAILURE;
  }
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  double begin = get_process_seconds ();
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gboolean good = wait_for_end (pipeline);
  printf ("%.6f %" G_GSIZE_FORMAT "\n", get_process_seconds () - begin, get_resident_bytes ());
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
