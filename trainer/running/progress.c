/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"
#include "printable.h"
#include "terminal.h"
#include <string.h>
#include <unistd.h>

#define EVERY (G_USEC_PER_SEC / 10)
#define QUIET (5 * G_USEC_PER_SEC) /* short work is done without a word */
#define WIDTH 79

struct _GenreProgress {
  GMutex lock;
  char *what;
  guint total, done;
  guint64 total_work, done_work;
  gint64 started, shown;
  gboolean terminal;
  guint tenths;
};

GenreProgress *
genre_progress_new (const char *what, guint total, guint64 total_work)
{
  GenreProgress *progress = g_new0 (GenreProgress, 1);
  g_mutex_init (&progress->lock);
  progress->what = g_strdup (what);
  progress->total = total;
  progress->total_work = MAX (total_work, 1);
  progress->started = g_get_monotonic_time ();
  progress->terminal = terminal_draws (STDERR_FILENO);
  return progress;
}

void
genre_progress_free (GenreProgress *progress)
{
  if (!progress)
    return;
  if (progress->terminal && progress->done > 0)
    g_printerr ("\r\033[K");
  g_mutex_clear (&progress->lock);
  g_free (progress->what);
  g_free (progress);
}

char *
genre_progress_format_time (double seconds)
{
  guint64 s = (guint64)(seconds + 0.5);
  if (s >= 3600)
    return g_strdup_printf ("%u:%02u:%02u", (guint)(s / 3600), (guint)(s / 60 % 60),
                            (guint)(s % 60));
  return g_strdup_printf ("%u:%02u", (guint)(s / 60), (guint)(s % 60));
}

/* Cut to a terminal's width by characters: names may be long and in any script. */
static void
print_line (GenreProgress *progress, const char *name)
{
  double share = (double)progress->done_work / progress->total_work;
  double elapsed = (double)(g_get_monotonic_time () - progress->started) / G_USEC_PER_SEC;
  g_autofree char *left =
      genre_progress_format_time (share > 0 ? elapsed * (1 - share) / share : 0);
  g_autofree char *head = g_strdup_printf ("%u of %u %s, %.0f %%, %s left", progress->done,
                                           progress->total, progress->what, 100 * share, left);
  if (!progress->terminal) {
    g_printerr ("%s\n", head);
    return;
  }
  g_autofree char *shown = printable (name);
  g_autofree char *line = g_strconcat (head, "  ", shown, NULL);
  g_autofree char *cut = g_utf8_substring (line, 0, MIN (WIDTH, g_utf8_strlen (line, -1)));
  g_printerr ("\r\033[K%s", cut);
}

static gboolean
is_due (GenreProgress *progress)
{
  gint64 now = g_get_monotonic_time ();
  if (progress->terminal) {
    if (now - progress->shown < EVERY)
      return FALSE;
    progress->shown = now;
    return TRUE;
  }
  guint tenths = (guint)(10 * progress->done_work / progress->total_work);
  if (tenths == progress->tenths || progress->done == progress->total ||
      now - progress->started < QUIET)
    return FALSE;
  progress->tenths = tenths;
  return TRUE;
}

void
genre_progress_step (GenreProgress *progress, guint64 work, const char *name)
{
  g_mutex_lock (&progress->lock);
  progress->done++;
  progress->done_work = MIN (progress->done_work + work, progress->total_work);
  if (is_due (progress))
    print_line (progress, name);
  g_mutex_unlock (&progress->lock);
}
