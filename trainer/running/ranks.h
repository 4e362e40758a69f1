/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranks: the processes that train one model together, on one machine or several, as mpirun started
 * them. There is one set of them for a process, as MPI has it. Started otherwise, or built without
 * MPI, a process is rank 0 of 1, MPI is never initialised, and everything here does nothing.
 *
 * They can part into groups, each of which works on its own as if there were no others.
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
/* @texts (of char *, owned) of @rank become those of all. */
void genre_ranks_share_texts (guint rank, GPtrArray *texts);
/* Rank 0 gets the @texts (of char *, owned) of all ranks, the others lose theirs. */
void genre_ranks_collect_texts (GPtrArray *texts);
/* Each of @numbers becomes the sum over all ranks. */
void genre_ranks_add (double *numbers, guint n);
/* Whether this rank has the @identity of rank 0, which must be as long. */
gboolean genre_ranks_compare (const char *identity);
/* genre_ranks_agree() */
gboolean genre_ranks_ask_all (gboolean good, gboolean *flag, GError **error);
/* Whether all ranks are @good. If not, the first that is not keeps its @error, which was set; in
 * the others it becomes G_IO_ERROR_CONNECTION_CLOSED, which nobody need print. @flag, unless NULL,
 * becomes TRUE if it is in any rank. */
static inline gboolean
genre_ranks_agree (gboolean good, gboolean *flag, GError **error)
{
  return genre_ranks_ask_all (good, flag, error) && good; /* said here, analysers see it, too */
}

/* The ranks part into @n_groups runs, at most as many as there are ranks: the group of this one.
 * Until genre_ranks_rejoin() everything above is about the group alone. */
guint genre_ranks_part (guint n_groups);
/* The first rank of a group, as ranks are counted before they part. */
guint genre_ranks_get_leader (guint n_groups, guint group);
/* While parted: whether to stop, for a rank of another group has failed or was asked to. */
gboolean genre_ranks_are_called_off (void);
/* The groups meet again: waits for all, without keeping a processor busy; calls the others off if
 * this rank is not @good, or as soon as @stop, unless NULL, is set. Whether all are good, as
 * genre_ranks_agree() says; an error of which others are only the consequence is what is kept. */
gboolean genre_ranks_rejoin (gboolean good, const gint *stop, GError **error);

G_END_DECLS
