/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "floats.h"
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64        /* bytes: a cache line, and the widest vector */
#define HUGE_PAGE (2 << 20) /* bytes, where there are such */

float *
genre_floats_new (gsize n)
{
  gsize bytes = (n * sizeof (float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  gsize alignment = bytes < HUGE_PAGE ? ALIGNMENT : HUGE_PAGE;
  float *values = g_aligned_alloc (1, MAX (bytes, ALIGNMENT), alignment);
#ifdef MADV_HUGEPAGE
  /* what is walked through in many places at once would need many small pages at once */
  if (alignment == HUGE_PAGE)
    madvise (values, bytes, MADV_HUGEPAGE);
#endif
  memset (values, 0, MAX (bytes, ALIGNMENT));
  return values;
}

void
genre_floats_free (gpointer floats)
{
  g_aligned_free (floats);
}
