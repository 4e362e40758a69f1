/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-many [--elements=200] [--seconds=60] [--model=FILE]: many elements in one process, each on
 * a stream in real time (44.1 kHz stereo S16, buffers of 20 ms). Counts what was dropped, what
 * memory an additional element takes, and whether memory stays flat. */
#include "clocks.h"
#include "streams.h"

#define RATE 44100
#define FRAMES (RATE / 50)
#define N_FEEDERS 2

typedef struct {
  Stream **streams;
  guint n_streams, n_rounds;
} Share;

static gpointer
feed_in_real_time (gpointer data)
{
  Share *share = data;
  const gint64 begin = g_get_monotonic_time ();
  for (guint round = 0; round < share->n_rounds; round++) {
    sleep_until (begin + round * G_GINT64_CONSTANT (20000));
    for (guint i = 0; i < share->n_streams; i++)
      stream_push (share->streams[i], FRAMES);
  }
  return NULL;
}

static void
report_statistics (Stream **streams, guint n)
{
  double dropped = 0.0, segments = 0.0, inference = 0.0;
  for (guint i = 0; i < n; i++) {
    dropped += stream_get_stat (streams[i], "dropped") / 1e9;
    segments += stream_get_stat (streams[i], "segments");
    inference += stream_get_stat (streams[i], "mean-inference-time") / 1e6 / n;
  }
  report ("segments", segments, "all elements");
  report ("dropped", dropped, "s, all elements");
  report ("inference", inference, "ms per segment, wall");
}

static void
feed_all (Stream **streams, guint n, double seconds, const char *phase)
{
  const double begin = get_process_seconds ();
  g_autofree char *cpu = g_strdup_printf ("cpu, %s", phase);
  g_autofree char *memory = g_strdup_printf ("resident, after %s", phase);
  GThread *feeders[N_FEEDERS];
  Share shares[N_FEEDERS];
  for (guint i = 0; i < N_FEEDERS; i++) {
    shares[i].streams = streams + n * i / N_FEEDERS;
    shares[i].n_streams = n * (i + 1) / N_FEEDERS - n * i / N_FEEDERS;
    shares[i].n_rounds = seconds * 50;
    feeders[i] = g_thread_new ("feeder", feed_in_real_time, &shares[i]);
  }
  for (guint i = 0; i < N_FEEDERS; i++)
    g_thread_join (feeders[i]);
  report (cpu, (get_process_seconds () - begin) / seconds, "cores");
  report (memory, get_resident_bytes () / 1e6, "MB");
}

int
main (int argc, char **argv)
{
  const guint n = MAX (2, get_option (argc, argv, "elements", 200));
  const double seconds = get_option (argc, argv, "seconds", 60);
  const char *model = get_text_option (argc, argv, "model", "");
  g_autofree Stream **streams = g_new (Stream *, n);
  guint64 dropped = 0;
  gst_init (&argc, &argv);
  report_begin ("many");
  report ("elements", n, "");
  streams[0] = stream_new (model, RATE, "drop");
  feed_all (streams, 1, 10, "the first alone, 10 s");
  gsize before = get_resident_bytes ();
  for (guint i = 1; i < n; i++)
    streams[i] = stream_new (model, RATE, "drop");
  feed_all (streams, n, MIN (40, seconds), "all, warm-up");
  gsize warm = get_resident_bytes ();
  double per_element = ((double)warm - before) / (n - 1) / 1e6 - 1.25 * RATE * 4 / 1e6;
  report ("per additional element", per_element, "MB, without the benchmark's own sound");
  for (guint part = 0; part < 4 && seconds > 40; part++)
    feed_all (streams, n, (seconds - 40) / 4, "all, a quarter");
  report ("growth since warm-up", ((double)get_resident_bytes () - warm) / 1e6, "MB");
  report_statistics (streams, n);
  for (guint i = 0; i < n; i++) {
    dropped += stream_get_stat (streams[i], "dropped");
    stream_free (streams[i]);
  }
  report ("workers left", count_workers (), "threads");
  report_end ();
  return dropped > 0 || per_element > 1.5;
}
