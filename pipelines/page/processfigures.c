/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "processfigures.h"
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static double
get_processor_time (void)
{
  struct rusage usage;
  if (getrusage (RUSAGE_SELF, &usage) != 0)
    return 0;
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
}

/* The second number of /proc/self/statm: pages. */
static guint64
get_resident_memory (void)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return 0;
  const char *pages = strchr (text, ' ');
  return pages ? g_ascii_strtoull (pages, NULL, 10) * (guint64)sysconf (_SC_PAGESIZE) : 0;
}

static guint
count_open_files (void)
{
  guint n = 0;
  GDir *folder = g_dir_open ("/proc/self/fd", 0, NULL);
  while (folder && g_dir_read_name (folder))
    n++;
  g_clear_pointer (&folder, g_dir_close);
  return n;
}

/* Since the machine started, in ticks: field 22 of /proc/self/stat, the 20th behind the name. */
static double
get_age_of_machine_at_start (void)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents ("/proc/self/stat", &text, NULL, NULL))
    return 0;
  const char *name_end = strrchr (text, ')');
  g_auto (GStrv) fields = g_strsplit (name_end ? name_end + 2 : "", " ", -1);
  return g_strv_length (fields) > 19
             ? g_ascii_strtod (fields[19], NULL) / (double)sysconf (_SC_CLK_TCK)
             : 0;
}

static double
get_start (void)
{
  struct timespec machine;
  if (clock_gettime (CLOCK_BOOTTIME, &machine) != 0)
    return 0;
  const double age = (double)machine.tv_sec + (double)machine.tv_nsec / 1e9;
  return (double)g_get_real_time () / G_USEC_PER_SEC - age + get_age_of_machine_at_start ();
}

ProcessFigures
process_figures_get (void)
{
  static double started; /* the clock may be set later */
  if (started == 0)
    started = get_start ();
  return (ProcessFigures){get_processor_time (), get_resident_memory (), count_open_files (),
                          started};
}
