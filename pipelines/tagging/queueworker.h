/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-tag work: treats the tracks of a queue, until all of them are done. A track is finished
 * when its tag is written, where that is asked, and its result is stored. What this worker holds it
 * claims again, again and again; while Redis cannot be reached, it finishes what it holds and takes
 * nothing. */
#pragma once
#include <signal.h>
#include "../queue/taskqueue.h"
#include "taggingrun.h"
G_BEGIN_DECLS

/* FALSE: it could not begin, or had to end before everything was done. @stop becomes TRUE: what it
 * holds is given back, at once. */
gboolean queue_worker_run (const QueueAddress *address, TaggingRun *run,
                           const volatile sig_atomic_t *stop);

G_END_DECLS
