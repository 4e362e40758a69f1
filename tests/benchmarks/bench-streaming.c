/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-streaming [--seconds=20] [--busy=2] [--model=FILE]: what the element costs the thread that
 * streams, per buffer of 10 ms (48 kHz stereo S16), while the network runs: --busy other elements
 * are fed as fast as they can listen, so that every worker has work all the time. */
#include "streams.h"
#include <stdlib.h>

#define RATE 48000
#define FRAMES (RATE / 100)

static gint stop_feeding;

static gpointer
feed (gpointer data)
{
  while (!g_atomic_int_get (&stop_feeding))
    stream_push (data, FRAMES);
  return NULL;
}

static int
compare (const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* µs per buffer, sorted. */
static double *
measure (Stream *stream, guint n_buffers)
{
  double *times = g_new (double, n_buffers);
  gint64 due = g_get_monotonic_time ();
  for (guint i = 0; i < n_buffers; i++) {
    GstBuffer *buffer = stream_make_buffer (stream, FRAMES);
    sleep_until (due += 10000);
    GstClockTime begin = gst_util_get_timestamp ();
    gst_pad_push (stream->source, buffer);
    times[i] = (gst_util_get_timestamp () - begin) / 1e3;
  }
  qsort (times, n_buffers, sizeof *times, compare);
  return times;
}

int
main (int argc, char **argv)
{
  const guint n_buffers = get_option (argc, argv, "seconds", 20) * 100;
  const guint n_busy = get_option (argc, argv, "busy", 2);
  const char *model = get_text_option (argc, argv, "model", "");
  g_autofree GThread **feeders = g_new0 (GThread *, n_busy + 1);
  g_autofree Stream **busy = g_new0 (Stream *, n_busy + 1);
  gst_init (&argc, &argv);
  for (guint i = 0; i < n_busy; i++) {
    busy[i] = stream_new (model, RATE, "wait");
    feeders[i] = g_thread_new ("feeder", feed, busy[i]);
  }
  Stream *stream = stream_new (model, RATE, "drop");
  g_autofree double *times = measure (stream, n_buffers);
  g_atomic_int_set (&stop_feeding, TRUE);
  report_begin ("streaming");
  report ("buffers", n_buffers, "10 ms each");
  report ("p50", times[n_buffers / 2], "us");
  report ("p95", times[n_buffers * 95 / 100], "us");
  report ("p99", times[n_buffers * 99 / 100], "us");
  report ("p99.9", times[n_buffers * 999 / 1000], "us");
  report ("maximum", times[n_buffers - 1], "us");
  report ("dropped", stream_get_stat (stream, "dropped") / 1e9, "s");
  report ("inference", stream_get_stat (busy[0] ? busy[0] : stream, "mean-inference-time") / 1e6,
          "ms per segment");
  report_end ();
  for (guint i = 0; i < n_busy; i++) {
    g_thread_join (feeders[i]);
    stream_free (busy[i]);
  }
  stream_free (stream);
  return times[n_buffers * 99 / 100] > 100.0;
}
