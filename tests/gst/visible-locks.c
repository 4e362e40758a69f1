/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GLib's mutexes and conditions are futexes of its own, which race detectors do not see: they would
 * report every access that GST_OBJECT_LOCK protects, or, told to be quiet about GLib, real races,
 * too. This file stands in for them with POSIX locks, in the way of GLib's own code for systems
 * without futexes. Calls from GStreamer, GObject and the plugin come here; GLib's inner ones do
 * not, but no lock is used from both sides.
 *
 *   ThreadSanitizer: meson setup build-tsan -Db_sanitize=thread -Db_lundef=false; it is linked in
 *   helgrind:        LD_PRELOAD=.../libvisible-locks.so valgrind --tool=helgrind test-life */
#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdlib.h>

/* Exactly GLib's prototypes: these replace its functions. */
static void
must (int status)
{
  if (status != 0)
    abort ();
}

static pthread_mutex_t *
new_mutex (int type)
{
  pthread_mutex_t *mutex = malloc (sizeof *mutex);
  pthread_mutexattr_t attributes;
  must (pthread_mutexattr_init (&attributes));
  must (pthread_mutexattr_settype (&attributes, type));
  must (pthread_mutex_init (mutex, &attributes));
  must (pthread_mutexattr_destroy (&attributes));
  return mutex;
}

static void
free_mutex (pthread_mutex_t *mutex)
{
  if (!mutex)
    return;
  pthread_mutex_destroy (mutex);
  free (mutex);
}

/* The lock behind a GLib lock, made when first needed. */
static pthread_mutex_t *
get_mutex (gpointer *place, int type)
{
  pthread_mutex_t *mutex = g_atomic_pointer_get (place);
  if (!mutex) {
    mutex = new_mutex (type);
    if (!g_atomic_pointer_compare_and_exchange (place, NULL, mutex)) {
      free_mutex (mutex);
      mutex = g_atomic_pointer_get (place);
    }
  }
  return mutex;
}

#define MUTEX(m) get_mutex ((gpointer *)&(m)->p, PTHREAD_MUTEX_DEFAULT)
#define REC_MUTEX(m) get_mutex ((gpointer *)&(m)->p, PTHREAD_MUTEX_RECURSIVE)

void
g_mutex_init (GMutex *mutex)
{
  g_atomic_pointer_set (&mutex->p, new_mutex (PTHREAD_MUTEX_DEFAULT));
}

void
g_mutex_clear (GMutex *mutex)
{
  free_mutex (mutex->p);
  mutex->p = NULL;
}

void
g_mutex_lock (GMutex *mutex)
{
  must (pthread_mutex_lock (MUTEX (mutex)));
}

void
g_mutex_unlock (GMutex *mutex)
{
  must (pthread_mutex_unlock (MUTEX (mutex)));
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  return pthread_mutex_trylock (MUTEX (mutex)) == 0;
}

void
g_rec_mutex_init (GRecMutex *mutex)
{
  g_atomic_pointer_set (&mutex->p, new_mutex (PTHREAD_MUTEX_RECURSIVE));
}

void
g_rec_mutex_clear (GRecMutex *mutex)
{
  free_mutex (mutex->p);
  mutex->p = NULL;
}

void
g_rec_mutex_lock (GRecMutex *mutex)
{
  must (pthread_mutex_lock (REC_MUTEX (mutex)));
}

void
g_rec_mutex_unlock (GRecMutex *mutex)
{
  must (pthread_mutex_unlock (REC_MUTEX (mutex)));
}

gboolean
g_rec_mutex_trylock (GRecMutex *mutex)
{
  return pthread_mutex_trylock (REC_MUTEX (mutex)) == 0;
}

static pthread_cond_t *
new_cond (void)
{
  pthread_cond_t *cond = malloc (sizeof *cond);
  pthread_condattr_t attributes;
  must (pthread_condattr_init (&attributes));
  must (pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC));
  must (pthread_cond_init (cond, &attributes));
  must (pthread_condattr_destroy (&attributes));
  return cond;
}

static pthread_cond_t *
get_cond (GCond *place)
{
  pthread_cond_t *cond = g_atomic_pointer_get (&place->p);
  if (!cond) {
    cond = new_cond ();
    if (!g_atomic_pointer_compare_and_exchange (&place->p, NULL, cond)) {
      free (cond);
      cond = g_atomic_pointer_get (&place->p);
    }
  }
  return cond;
}

void
g_cond_init (GCond *cond)
{
  g_atomic_pointer_set (&cond->p, new_cond ());
}

void
g_cond_clear (GCond *cond)
{
  if (cond->p)
    pthread_cond_destroy (cond->p);
  free (cond->p);
  cond->p = NULL;
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  must (pthread_cond_wait (get_cond (cond), MUTEX (mutex)));
}

void
g_cond_signal (GCond *cond)
{
  must (pthread_cond_signal (get_cond (cond)));
}

void
g_cond_broadcast (GCond *cond)
{
  must (pthread_cond_broadcast (get_cond (cond)));
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  const struct timespec end = {end_time / G_USEC_PER_SEC, end_time % G_USEC_PER_SEC * 1000};
  const int status = pthread_cond_timedwait (get_cond (cond), MUTEX (mutex), &end);
  if (status != ETIMEDOUT)
    must (status);
  return status == 0;
}
