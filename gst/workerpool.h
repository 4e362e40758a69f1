/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreWorkerPool: the few threads that listen for every element of the process.
 *
 * There is one pool. A GenreWork is one element's work: it is never run by two threads at once, so
 * its order is kept, and works take turns. Threads start on demand, as many as there are processors
 * (at most GENRE_WORKER_POOL_MAX_THREADS), at a lower priority than playback (never a real-time
 * one, whoever starts them), and are joined when the last user leaves. Locks are POSIX ones, which
 * helgrind and DRD understand.
 *
 * It is no GThreadPool: that one runs tasks in any order, two of one element at once; its shared
 * threads go on to serve others, so that their priority is not ours to lower, and outlive the last
 * element; and GLib's locks are invisible to race detectors. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define GENRE_WORKER_POOL_MAX_THREADS 8
#define GENRE_WORKER_POOL_NICE 5 /* added to the nice value of the process */

typedef struct _GenreWork GenreWork;

/* Does a slice of work; TRUE if there is more. */
typedef gboolean (*GenreWorkFunc) (gpointer data);

void genre_worker_pool_enter (void);
/* The last one to leave waits for the threads to end (except for the one that it runs in). All
 * works must be stopped. */
void genre_worker_pool_leave (void);
guint genre_worker_pool_get_n_threads (void); /* that exist now */

/* Only between enter and leave. @destroy is called on @data when the work is no longer used, in the
 * thread that last used it. */
GenreWork *genre_work_new (GenreWorkFunc func, gpointer data, GDestroyNotify destroy);
/* Runs @work's function soon: at least once from its beginning after this call. During this call if
 * the system refuses to start even one thread. */
void genre_work_schedule (GenreWork *work);
/* It will not be run again. Waits while it is running, and a millisecond at most beyond, unless
 * called from inside its own function. Releases @work. */
void genre_work_stop (GenreWork *work);

G_END_DECLS
