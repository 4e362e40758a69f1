/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the limit of open files bears: who runs out of descriptors hears nothing and answers nobody,
 * so some are kept for the page, the history and what else is opened now and then. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  guint limit; /* G_MAXUINT: there is none, nor of what follows */
  guint stations, visitors;
} Descriptors;

/* @limit of them; without a @page there are no visitors. */
Descriptors descriptors_divide (guint limit, gboolean page);
/* The same with the process's own limit, raised as far as it may be. */
Descriptors descriptors_claim (gboolean page);

G_END_DECLS
