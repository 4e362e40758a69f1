/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench-queue URL WORKERS SECONDS WAIT RESULT: so many workers, each with a connection of its own,
 * that take a track of the queue at URL, wait instead of hearing it, and finish it with RESULT.
 *
 * WAIT: seconds on the average, evenly spread between half of it and one and a half; 0: as fast as
 * Redis answers. Prints "ready" when all are connected, begins with a line of its standard input,
 * and ends after SECONDS or with the queue. The last line is one of JSON: what was finished, and
 * how long Redis took for a take and for a finish (ms). */
#include "../../pipelines/queue/taskqueue.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define LEASE 60000 /* ms */
#define KEEP 10.0   /* s between claims, as genre-tag work does it */
#define REST 0.2    /* s, where there is nothing to take */
#define STACK 256   /* KiB of a thread */
#define MS 1000     /* µs */

typedef struct {
  gint64 end; /* µs */
  double wait;
  const char *result;
} Plan;

typedef struct {
  const Plan *plan;
  TaskQueue *queue;
  GRand *random;
  GArray *takes, *finishes; /* of float, ms */
  char *fault;              /* why it ended early, or NULL */
} Worker;

static void
note (GArray *times, gint64 begin)
{
  const float ms = (float)(g_get_monotonic_time () - begin) / MS;
  g_array_append_val (times, ms);
}

/* FALSE: it is no longer ours, or Redis is away. */
static gboolean
hear (Worker *self, const Task *task, GError **error)
{
  const double wait = self->plan->wait;
  const double length = wait > 0 ? g_rand_double_range (self->random, wait / 2, wait * 1.5) : 0;
  gboolean held = TRUE;
  for (double left = length; left > 0 && held; left -= KEEP) {
    g_usleep ((gulong)(MIN (left, KEEP) * 1e6));
    if (left > KEEP && !task_queue_keep (self->queue, task, &held, error))
      return FALSE;
  }
  return held;
}

static gboolean
finish (Worker *self, const Task *task, GError **error)
{
  gboolean counted;
  const gint64 begin = g_get_monotonic_time ();
  if (!task_queue_finish (self->queue, task, self->plan->result, TASK_DONE, NULL, &counted, error))
    return FALSE;
  if (counted)
    note (self->finishes, begin);
  return TRUE;
}

/* FALSE: the queue is done, or something went wrong. */
static gboolean
do_one (Worker *self, GError **error)
{
  guint64 n_left;
  const gint64 begin = g_get_monotonic_time ();
  g_autoptr (GPtrArray) tasks = task_queue_take (self->queue, 1, &n_left, error);
  if (!tasks)
    return FALSE;
  if (tasks->len == 0) {
    g_usleep ((gulong)(REST * 1e6));
    return n_left > 0;
  }
  note (self->takes, begin);
  return hear (self, tasks->pdata[0], error) && finish (self, tasks->pdata[0], error);
}

static gpointer
work (gpointer data)
{
  Worker *self = data;
  g_autoptr (GError) error = NULL;
  if (self->plan->wait > 0) /* or all would begin at once */
    g_usleep ((gulong)(g_rand_double (self->random) * self->plan->wait * 1e6));
  while (g_get_monotonic_time () < self->plan->end && do_one (self, &error))
    ;
  self->fault = error ? g_strdup (error->message) : NULL;
  return NULL;
}

static void
worker_begin (Worker *self, const Plan *plan, const QueueAddress *address, guint number)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("bench-%u", number);
  *self = (Worker){.plan = plan,
                   .queue = task_queue_new (address, name, LEASE),
                   .random = g_rand_new_with_seed (number),
                   .takes = g_array_new (FALSE, FALSE, sizeof (float)),
                   .finishes = g_array_new (FALSE, FALSE, sizeof (float))};
  if (task_queue_open (self->queue, FALSE, &error))
    return;
  g_printerr ("bench-queue: worker %u: %s\n", number, error->message);
  exit (1);
}

static void
worker_end (Worker *self)
{
  task_queue_resign (self->queue);
  task_queue_free (self->queue);
  g_rand_free (self->random);
  g_array_unref (self->takes);
  g_array_unref (self->finishes);
  g_free (self->fault);
}

static int
compare (const void *a, const void *b)
{
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static void
print_times (const char *name, GArray *times)
{
  const float *sorted = (const float *)(gpointer)times->data;
  qsort (times->data, times->len, sizeof (float), compare);
  const guint last = times->len - 1;
  printf (", \"%s\": {\"median\": %.3f, \"p99\": %.3f, \"most\": %.3f}", name,
          (double)sorted[last / 2], (double)sorted[(guint)floor (last * 0.99)],
          (double)sorted[last]);
}

static int
print_all (const Worker *workers, guint n, double seconds)
{
  g_autoptr (GArray) takes = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GArray) finishes = g_array_new (FALSE, FALSE, sizeof (float));
  guint n_faults = 0;
  for (guint i = 0; i < n; i++) {
    g_array_append_vals (takes, workers[i].takes->data, workers[i].takes->len);
    g_array_append_vals (finishes, workers[i].finishes->data, workers[i].finishes->len);
    if (workers[i].fault && n_faults++ == 0)
      g_printerr ("bench-queue: worker %u: %s\n", i, workers[i].fault);
  }
  if (finishes->len == 0) {
    g_printerr ("bench-queue: nothing was finished\n");
    return 1;
  }
  printf ("{\"finished\": %u, \"seconds\": %.3f, \"faults\": %u", finishes->len, seconds, n_faults);
  print_times ("take", takes);
  print_times ("finish", finishes);
  puts ("}");
  fflush (stdout); /* whoever measures Redis looks at it now, before the workers resign */
  return 0;
}

static void
run (Plan *plan, Worker *workers, guint n, double seconds)
{
  g_autofree pthread_t *threads = g_new (pthread_t, n);
  pthread_attr_t attributes;
  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, STACK * 1024);
  plan->end = g_get_monotonic_time () + (gint64)(seconds * 1e6);
  for (guint i = 0; i < n; i++)
    if (pthread_create (&threads[i], &attributes, work, &workers[i]) != 0) {
      g_printerr ("bench-queue: there is no thread for worker %u\n", i);
      exit (1);
    }
  for (guint i = 0; i < n; i++)
    pthread_join (threads[i], NULL);
  pthread_attr_destroy (&attributes);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc != 6) {
    g_printerr ("bench-queue URL WORKERS SECONDS WAIT RESULT\n");
    return 2;
  }
  g_autoptr (QueueAddress) address = queue_address_new (argv[1], NULL, &error);
  const guint n = (guint)CLAMP (atoi (argv[2]), 1, 100000);
  Plan plan = {.wait = g_ascii_strtod (argv[4], NULL), .result = argv[5]};
  if (!address) {
    g_printerr ("bench-queue: %s\n", error->message);
    return 1;
  }
  g_autofree Worker *workers = g_new (Worker, n);
  for (guint i = 0; i < n; i++)
    worker_begin (&workers[i], &plan, address, i);
  puts ("ready");
  fflush (stdout);
  getchar ();
  const gint64 begin = g_get_monotonic_time ();
  run (&plan, workers, n, g_ascii_strtod (argv[3], NULL));
  const int status = print_all (workers, n, (double)(g_get_monotonic_time () - begin) / 1e6);
  for (guint i = 0; i < n; i++)
    worker_end (&workers[i]);
  return status;
}
