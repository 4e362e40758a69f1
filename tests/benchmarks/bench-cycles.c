/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-cycles [--cycles=1000] [--model=FILE]: an element is made, hears two seconds, and is
 * destroyed, over and over. Nothing may be left of it. */
#include "streams.h"

#define RATE 44100

static void
cycle (const char *model)
{
  Stream *stream = stream_new (model, RATE, "wait");
  for (guint i = 0; i < 200; i++)
    stream_push (stream, RATE / 100);
  gst_pad_push_event (stream->source, gst_event_new_eos ());
  stream_free (stream);
}

int
main (int argc, char **argv)
{
  const guint n = MAX (20, get_option (argc, argv, "cycles", 1000));
  const char *model = get_text_option (argc, argv, "model", "");
  gsize warm = 0;
  gst_init (&argc, &argv);
  report_begin ("cycles");
  gint64 begin = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++) {
    cycle (model);
    if (i == n / 10)
      warm = get_resident_bytes ();
  }
  double growth = ((double)get_resident_bytes () - warm) / 1e6;
  report ("cycles", n, "");
  report ("per cycle", (g_get_monotonic_time () - begin) / 1e3 / n, "ms");
  report ("resident", get_resident_bytes () / 1e6, "MB");
  report ("growth since a tenth", growth, "MB");
  report ("workers left", count_workers (), "threads");
  report_end ();
  return growth > 4.0 || count_workers () > 0;
}
