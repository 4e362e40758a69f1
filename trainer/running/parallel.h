/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A loop whose rounds run side by side. Threads live for one loop: rounds are expected to take
 * milliseconds, beside which starting a thread is nothing. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* @thread: 0 to n_threads - 1, to pick what one thread has for itself. */
typedef void (*GenreParallelFunc) (guint round, guint thread, gpointer user_data);

/* Calls @func for round 0 to @n_rounds - 1, in order of starting, from up to @n_threads threads, of
 * which the caller is one; returns when all are done. */
void genre_parallel_for (guint n_threads, guint n_rounds, GenreParallelFunc func,
                         gpointer user_data);

G_END_DECLS
