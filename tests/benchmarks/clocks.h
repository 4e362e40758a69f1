/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processor time, which other people's work on the machine does not lengthen, in seconds. */
#pragma once
#include <sys/resource.h>
#include <time.h>

/* Of all threads of the process, the kernel's work for them included. */
static inline double
get_process_seconds (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static inline double
get_thread_seconds (void)
{
  struct timespec time;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}
