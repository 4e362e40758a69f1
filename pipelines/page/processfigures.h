/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this process costs its machine, as Linux tells. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  double processor_time;   /* s */
  guint64 resident_memory; /* bytes; 0: unknown */
  guint open_files;
  double started; /* s since 1970 */
} ProcessFigures;

ProcessFigures process_figures_get (void);

G_END_DECLS
