/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranks: the processes that train one model together, on one machine or several, as mpirun started
 * them. There is one set of them for a process, as MPI has it. Started otherwise, or built without
 * MPI, a process is rank 0 of 1, MPI is never initialised, and everything here does nothing.
 *
 * Only the thread that called genre_ranks_begin() may call the rest, and all ranks must make the
 * same calls in the same order: hence every decision that could differ is agreed on. */
#pragma once
#include "error.h"
G_BEGIN_DECLS

/* Joins the other ranks if mpirun started this process. */
void genre_ranks_begin (void);
/* Waits for all ranks and leaves. */
void genre_ranks_end (void);

guint genre_ranks_get_index (void); /* 0: the one that prints and writes files */
guint genre_ranks_get_count (void);

/* Ranks divide @n rounds into runs, in order: how many are this rank's, beginning with @first. */
guint genre_ranks_divide (guint n, guint *first);
/* @rows (n, size in bytes), of which each rank has made its own, become those of all. */
void genre_ranks_gather (gpointer rows, guint n, gsize size);
/* @data of rank 0 becomes that of all. */
void genre_ranks_share (gpointer data, gsize size);
/* Whether all ranks are @good. If not, the first that is not keeps its @error, which was set; in
 * the others it becomes G_IO_ERROR_CONNECTION_CLOSED, which nobody need print. @flag, unless NULL,
 * becomes TRUE if it is in any rank. */
gboolean genre_ranks_agree (gboolean good, gboolean *flag, GError **error);

G_END_DECLS
