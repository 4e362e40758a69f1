/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "descriptors.h"
#include <sys/resource.h>

#define OF_A_STATION 5     /* connections, of HLS to several servers; what wakes up its bus */
#define OF_THE_PROGRAM 40  /* twice as many as it has open with a history, before any station */
#define PART_OF_VISITORS 4 /* a quarter of them at most … */
#define MOST_VISITORS 256  /* … and so many */

Descriptors
descriptors_divide (guint limit, gboolean page)
{
  if (limit == G_MAXUINT)
    return (Descriptors){limit, G_MAXUINT, page ? G_MAXUINT : 0};
  const guint visitors = page ? CLAMP (limit / PART_OF_VISITORS, 1, MOST_VISITORS) : 0;
  const guint kept = OF_THE_PROGRAM + visitors;
  const guint stations = limit > kept ? (limit - kept) / OF_A_STATION : 0;
  return (Descriptors){limit, MAX (stations, 1), visitors};
}

/* The usual limit of 1,024 is made for select(). */
Descriptors
descriptors_claim (gboolean page)
{
  struct rlimit limit;
  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return descriptors_divide (G_MAXUINT, page);
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0 && getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return descriptors_divide (G_MAXUINT, page);
  return descriptors_divide ((guint)MIN (limit.rlim_cur, G_MAXUINT), page);
}
