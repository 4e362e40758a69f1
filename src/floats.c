/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "floats.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64        /* bytes: a cache line, and the widest vector */
#define HUGE_PAGE (2 << 20) /* bytes, where there are such */

float *
genre_floats_try_new (gsize n)
{
  if (n > (G_MAXSIZE - ALIGNMENT) / sizeof (float))
    return NULL;
  gsize bytes = (n * sizeof (float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  gsize alignment = bytes < HUGE_PAGE ? ALIGNMENT : HUGE_PAGE;
  void *values = NULL;
  if (posix_memalign (&values, alignment, MAX (bytes, ALIGNMENT)) != 0)
    return NULL;
#ifdef MADV_HUGEPAGE
  /* what is walked through in many places at once would need many small pages at once */
  if (alignment == HUGE_PAGE)
    madvise (values, bytes, MADV_HUGEPAGE);
#endif
  memset (values, 0, MAX (bytes, ALIGNMENT));
  return values;
}

float *
genre_floats_new (gsize n)
{
  float *values = genre_floats_try_new (n);
  if (!values)
    g_error ("not enough memory for %" G_GSIZE_FORMAT " numbers", n);
  return values;
}

void
genre_floats_free (gpointer floats)
{
  free (floats);
}
