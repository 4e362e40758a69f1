/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-start: how long it takes until genreclassify works, and what an idle one weighs. Prints the
 * milliseconds that loading the plugin took, the milliseconds from making the element until its
 * first buffer came out (loading the built-in model included), and the bytes of one more element
 * that has heard one buffer. GStreamer's registry should exist: run it twice, or by bench_start.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include "streams.h"

#define RATE 44100
#define IDLE 50 /* elements */

static double
since (gint64 begin)
{
  return (g_get_monotonic_time () - begin) / 1e3;
}

int
main (int argc, char **argv)
{
  gsize sound = 0;
  gst_init (&argc, &argv);
  gint64 begin = g_get_monotonic_time ();
  GstPlugin *plugin = gst_plugin_load_by_name ("genreclassify");
  double load = since (begin);
  if (!plugin) {
    fprintf (stderr, "bench-start: no plugin genreclassify: is GST_PLUGIN_PATH set?\n");
    return EXIT_FAILURE;
  }
  begin = g_get_monotonic_time ();
  Stream *streams[IDLE];
  streams[0] = stream_new ("", RATE, "wait");
  stream_push (streams[0], RATE / 50);
  double first = since (begin);
  gsize before = get_resident_bytes ();
  for (guint i = 1; i < IDLE; i++) {
    streams[i] = stream_new ("", RATE, "wait");
    stream_push (streams[i], RATE / 50);
    sound += gst_buffer_get_size (streams[i]->sound); /* the benchmark's own */
  }
  printf ("%.3f %.3f %.0f\n", load, first,
          ((double)get_resident_bytes () - before - sound) / (IDLE - 1));
  for (guint i = 0; i < IDLE; i++)
    stream_free (streams[i]);
  gst_object_unref (plugin);
  return EXIT_SUCCESS;
}
