/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workerpool.h"
#include <gst/gst.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAP 1000 /* microseconds */

typedef enum { WORK_IDLE, WORK_QUEUED, WORK_RUNNING, WORK_RUNNING_AGAIN } WorkState;

struct _GenreWork {
  GenreWorkFunc func;
  gpointer data;
  GDestroyNotify destroy;
  gint references; /* the owner's, and the running thread's; under the pool's lock */
  WorkState state;
  gboolean stopped;
  pthread_t runner;  /* while running */
  gint64 idle_since; /* monotonic time, while idle */
  gboolean hurries;  /* comes again so soon that during a nap some would have gathered */
};

/* The one piece of state that the process shares, beside the model cache. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t work_queued, work_stopped;
  GQueue queue;   /* of GenreWork, waiting for a thread */
  GQueue threads; /* of pthread_t *, to be joined */
  guint n_users, n_idle;
  guint generation; /* threads of earlier generations end */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .work_queued = PTHREAD_COND_INITIALIZER,
          .work_stopped = PTHREAD_COND_INITIALIZER,
          .queue = G_QUEUE_INIT,
          .threads = G_QUEUE_INIT};

/* A thread inherits the scheduling of the one that starts it, which may be a real-time thread of an
 * audio server. If anything is refused here, playback has to share. */
static void
lower_priority (void)
{
  const struct sched_param ordinary = {.sched_priority = 0};
  (void)!pthread_setschedparam (pthread_self (), SCHED_OTHER, &ordinary);
#ifdef __linux__
  /* On Linux nice values belong to threads; that of the process is its main thread's. */
  (void)!setpriority (
      PRIO_PROCESS, (id_t)syscall (SYS_gettid),
      MIN (19, getpriority (PRIO_PROCESS, (id_t)getpid ()) + GENRE_WORKER_POOL_NICE));
  pthread_setname_np (pthread_self (), "genreclassify");
#endif
}

/* Gives up a reference; the pool is locked before and after. */
static void
release_work (GenreWork *work)
{
  if (--work->references > 0)
    return;
  pthread_mutex_unlock (&pool.lock);
  if (work->destroy)
    work->destroy (work->data);
  g_free (work);
  pthread_mutex_lock (&pool.lock);
}

/* Being woken for every bit of work costs more than doing several at once: where they come in quick
 * succession some gather while the thread that will do them naps. */
static void
let_work_gather (GenreWork *work)
{
  if (!work->hurries || work->stopped || pool.queue.length > 0)
    return;
  pthread_mutex_unlock (&pool.lock);
  g_usleep (NAP);
  pthread_mutex_lock (&pool.lock);
  work->hurries = work->state == WORK_RUNNING_AGAIN;
}

static void
run_work (GenreWork *work, gboolean may_nap)
{
  work->state = WORK_RUNNING;
  work->runner = pthread_self ();
  work->references++;
  pthread_mutex_unlock (&pool.lock);
  gboolean more = work->func (work->data);
  pthread_mutex_lock (&pool.lock);
  if (may_nap && !more && work->state == WORK_RUNNING)
    let_work_gather (work);
  if (!work->stopped && (more || work->state == WORK_RUNNING_AGAIN)) {
    work->state = WORK_QUEUED;
    g_queue_push_tail (&pool.queue, work);
  } else {
    work->state = WORK_IDLE;
    work->idle_since = g_get_monotonic_time ();
    pthread_cond_broadcast (&pool.work_stopped);
  }
  release_work (work);
}

static gpointer
run_thread (gpointer data)
{
  const guint generation = GPOINTER_TO_UINT (data);
  lower_priority ();
  pthread_mutex_lock (&pool.lock);
  while (pool.generation == generation) {
    GenreWork *work = g_queue_pop_head (&pool.queue);
    if (work) {
      run_work (work, TRUE);
    } else {
      pool.n_idle++;
      pthread_cond_wait (&pool.work_queued, &pool.lock);
      pool.n_idle--;
    }
  }
  pthread_mutex_unlock (&pool.lock);
  return NULL;
}

/* How many processors there are is read from a file, while everybody waits: not often. */
static gboolean
may_start_thread (void)
{
  if (pool.n_idle >= pool.queue.length || pool.threads.length >= GENRE_WORKER_POOL_MAX_THREADS)
    return FALSE;
  return pool.threads.length == 0 || pool.threads.length < g_get_num_processors ();
}

static void
start_thread_if_needed (void)
{
  if (!may_start_thread ())
    return;
  pthread_t *thread = g_new (pthread_t, 1);
  int failure = pthread_create (thread, NULL, run_thread, GUINT_TO_POINTER (pool.generation));
  if (failure == 0) {
    g_queue_push_tail (&pool.threads, thread);
  } else {
    GST_WARNING ("no new thread: %s", g_strerror (failure)); /* those that run must do */
    g_free (thread);
  }
}

/* Without any thread, whoever schedules work has to do it: better late than never. */
static void
run_here (GenreWork *work)
{
  if (pool.threads.length > 0)
    return;
  work->references++;
  while (work->state == WORK_QUEUED && pool.threads.length == 0) {
    g_queue_remove (&pool.queue, work);
    run_work (work, FALSE); /* in a thread of whoever plays this: no nap */
  }
  if (work->state == WORK_QUEUED) /* by us: the thread that there is now was not told */
    pthread_cond_signal (&pool.work_queued);
  release_work (work);
}

void
genre_worker_pool_enter (void)
{
  pthread_mutex_lock (&pool.lock);
  pool.n_users++;
  pthread_mutex_unlock (&pool.lock);
}

static void
join_or_detach (gpointer data)
{
  pthread_t *thread = data;
  if (pthread_equal (*thread, pthread_self ()))
    pthread_detach (*thread); /* an application stops its pipeline from a bus sync handler */
  else
    pthread_join (*thread, NULL);
  g_free (thread);
}

void
genre_worker_pool_leave (void)
{
  GQueue ending = G_QUEUE_INIT;
  pthread_mutex_lock (&pool.lock);
  if (--pool.n_users == 0) {
    pool.generation++;
    ending = pool.threads;
    g_queue_init (&pool.threads);
    pthread_cond_broadcast (&pool.work_queued);
  }
  pthread_mutex_unlock (&pool.lock);
  g_queue_clear_full (&ending, join_or_detach);
}

guint
genre_worker_pool_get_n_threads (void)
{
  pthread_mutex_lock (&pool.lock);
  guint n = pool.threads.length;
  pthread_mutex_unlock (&pool.lock);
  return n;
}

GenreWork *
genre_work_new (GenreWorkFunc func, gpointer data, GDestroyNotify destroy)
{
  GenreWork *work = g_new0 (GenreWork, 1);
  work->func = func;
  work->data = data;
  work->destroy = destroy;
  work->references = 1;
  return work;
}

void
genre_work_schedule (GenreWork *work)
{
  pthread_mutex_lock (&pool.lock);
  if (work->stopped) {
    /* too late */
  } else if (work->state == WORK_IDLE) {
    work->state = WORK_QUEUED;
    work->hurries = g_get_monotonic_time () - work->idle_since < NAP;
    g_queue_push_tail (&pool.queue, work);
    start_thread_if_needed ();
    pthread_cond_signal (&pool.work_queued);
    run_here (work);
  } else if (work->state == WORK_RUNNING) {
    work->state = WORK_RUNNING_AGAIN;
  }
  pthread_mutex_unlock (&pool.lock);
}

static gboolean
is_running_elsewhere (const GenreWork *work)
{
  return work->state >= WORK_RUNNING && !pthread_equal (work->runner, pthread_self ());
}

void
genre_work_stop (GenreWork *work)
{
  pthread_mutex_lock (&pool.lock);
  work->stopped = TRUE;
  if (work->state == WORK_QUEUED) {
    g_queue_remove (&pool.queue, work);
    work->state = WORK_IDLE;
  }
  while (is_running_elsewhere (work))
    pthread_cond_wait (&pool.work_stopped, &pool.lock);
  release_work (work);
  pthread_mutex_unlock (&pool.lock);
}
