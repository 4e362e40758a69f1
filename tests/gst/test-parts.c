/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects that the element is made of, one by one. */
#include "blockqueue.h"
#include "listener.h"
#include "listening.h"
#include "modelcache.h"
#include "patience.h"
#include "songclock.h"
#include "tagmerger.h"
#include "workerpool.h"
#include <glib/gstdio.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- worker pool ---- */

typedef struct {
  GenreWork *work;
  gint n_slices, runs, running, overlaps;
} Counter;

static gboolean
count_run (gpointer data)
{
  Counter *counter = data;
  if (g_atomic_int_add (&counter->running, 1) != 0)
    g_atomic_int_inc (&counter->overlaps);
  g_usleep (200);
  g_atomic_int_inc (&counter->runs);
  g_atomic_int_add (&counter->running, -1);
  return g_atomic_int_dec_and_test (&counter->n_slices) ? FALSE
                                                        : g_atomic_int_get (&counter->n_slices) > 0;
}

static void
wait_for_runs (Counter *counter, gint n)
{
  while (g_atomic_int_get (&counter->runs) < n)
    g_usleep (100);
}

GST_START_TEST (a_work_is_never_run_by_two_threads)
{
  Counter counters[20] = {0};
  genre_worker_pool_enter ();
  for (guint i = 0; i < 20; i++) {
    counters[i].n_slices = 10;
    counters[i].work = genre_work_new (count_run, &counters[i], NULL);
  }
  for (guint round = 0; round < 10; round++)
    for (guint i = 0; i < 20; i++)
      genre_work_schedule (counters[i].work);
  for (guint i = 0; i < 20; i++) {
    wait_for_runs (&counters[i], 10);
    genre_work_stop (counters[i].work);
    fail_unless_equals_int (counters[i].overlaps, 0);
  }
  fail_unless (genre_worker_pool_get_n_threads () <= GENRE_WORKER_POOL_MAX_THREADS);
  genre_worker_pool_leave ();
}
GST_END_TEST

GST_START_TEST (the_last_user_takes_the_threads_along)
{
  const guint before = count_workers ();
  Counter counter = {.n_slices = 1};
  genre_worker_pool_enter ();
  genre_worker_pool_enter ();
  counter.work = genre_work_new (count_run, &counter, NULL);
  genre_work_schedule (counter.work);
  wait_for_runs (&counter, 1);
  genre_work_stop (counter.work);
  genre_worker_pool_leave ();
  fail_unless (genre_worker_pool_get_n_threads () > 0);
  genre_worker_pool_leave ();
  fail_unless_equals_int (genre_worker_pool_get_n_threads (), 0);
  while (count_workers () > before) /* joined, and on their way out of the list */
    g_usleep (1000);
}
GST_END_TEST

static gboolean
stop_own_work (gpointer data)
{
  Counter *counter = data;
  genre_work_stop (counter->work);
  genre_worker_pool_leave ();
  g_atomic_int_inc (&counter->runs);
  return TRUE;
}

GST_START_TEST (a_work_may_stop_itself_and_leave)
{
  const guint before = count_workers ();
  static Counter counters[50];
  for (guint i = 0; i < G_N_ELEMENTS (counters); i++) {
    genre_worker_pool_enter ();
    counters[i].work = genre_work_new (stop_own_work, &counters[i], NULL);
    genre_work_schedule (counters[i].work);
    wait_for_runs (&counters[i], 1);
  }
  while (count_workers () > before)
    g_usleep (1000);
}
GST_END_TEST

static void
note_destroyed (gpointer data)
{
  Counter *counter = data;
  fail_unless_equals_int (g_atomic_int_get (&counter->running), 0);
  g_atomic_int_set (&counter->n_slices, -100);
}

GST_START_TEST (stopping_waits_for_the_run_and_destroys)
{
  genre_worker_pool_enter ();
  for (guint i = 0; i < 200; i++) {
    Counter counter = {.n_slices = 1000};
    counter.work = genre_work_new (count_run, &counter, note_destroyed);
    genre_work_schedule (counter.work);
    if (i % 2)
      wait_for_runs (&counter, 1);
    genre_work_stop (counter.work);
    fail_unless_equals_int (counter.running, 0);
    fail_unless_equals_int (counter.n_slices, -100);
  }
  genre_worker_pool_leave ();
}
GST_END_TEST

typedef struct {
  gint asked, answered, runs;
} Gathering;

static gboolean
answer_all (gpointer data)
{
  Gathering *gathering = data;
  g_atomic_int_set (&gathering->answered, g_atomic_int_get (&gathering->asked));
  g_atomic_int_inc (&gathering->runs);
  return FALSE;
}

/* In a hurry, while the thread naps, as it wakes, and when it has long fallen asleep. */
GST_START_TEST (work_that_gathers_is_done)
{
  Gathering gathering = {0};
  genre_worker_pool_enter ();
  GenreWork *work = genre_work_new (answer_all, &gathering, NULL);
  for (gint i = 1; i <= 500; i++) {
    for (gint more = i % 3; more >= 0; more--) {
      g_atomic_int_inc (&gathering.asked);
      genre_work_schedule (work);
    }
    while (g_atomic_int_get (&gathering.answered) < gathering.asked)
      g_usleep (10);
    if (i < 500) /* then it is stopped at once */
      g_usleep (i % 50 == 0 ? 6000 : i % 11 * 120);
  }
  genre_work_stop (work);
  genre_worker_pool_leave ();
  fail_unless (gathering.runs >= 500);
  fail_unless (gathering.runs <= gathering.asked);
}
GST_END_TEST

#define SCHEDULED 200

/* Scheduled every 100 µs: the runs that it took. */
static gint
count_runs_in_a_hurry (GenreWork *work, Gathering *gathering)
{
  const gint before = g_atomic_int_get (&gathering->runs);
  for (gint64 i = 0, next = g_get_monotonic_time (); i < SCHEDULED; i++, next += 100) {
    while (g_get_monotonic_time () < next)
      ;
    g_atomic_int_inc (&gathering->asked);
    genre_work_schedule (work);
  }
  while (g_atomic_int_get (&gathering->answered) < gathering->asked)
    g_usleep (10);
  return g_atomic_int_get (&gathering->runs) - before;
}

/* On a busy machine whoever schedules may be too slow to be in a hurry, so it has many tries. */
GST_START_TEST (work_in_quick_succession_gathers)
{
  Gathering gathering = {0};
  gint least = SCHEDULED;
  genre_worker_pool_enter ();
  GenreWork *work = genre_work_new (answer_all, &gathering, NULL);
  for (guint i = 0; i < 100 && least > SCHEDULED / 4; i++)
    least = MIN (least, count_runs_in_a_hurry (work, &gathering));
  genre_work_stop (work);
  genre_worker_pool_leave ();
  fail_unless (least <= SCHEDULED / 4, "%d runs of %d", least, SCHEDULED);
}
GST_END_TEST

typedef struct {
  gint done, policy, nice;
} Priority;

static gboolean
note_priority (gpointer data)
{
  Priority *priority = data;
  struct sched_param parameters;
  pthread_getschedparam (pthread_self (), &priority->policy, &parameters);
  priority->nice = getpriority (PRIO_PROCESS, (id_t)syscall (SYS_gettid));
  g_atomic_int_set (&priority->done, TRUE);
  return FALSE;
}

static gpointer
work_for_a_real_time_thread (gpointer data)
{
  const struct sched_param parameters = {.sched_priority = 10};
  Priority *priority = data;
  GenreWork *work = genre_work_new (note_priority, priority, NULL);
  if (pthread_setschedparam (pthread_self (), SCHED_RR, &parameters) != 0)
    g_printerr ("no right to real-time scheduling here\n");
  genre_work_schedule (work);
  while (!g_atomic_int_get (&priority->done))
    g_usleep (100);
  genre_work_stop (work);
  return NULL;
}

static gint n_signals, n_asked; /* atomic */

int __real_pthread_cond_signal (pthread_cond_t *condition);
int __wrap_pthread_cond_signal (pthread_cond_t *condition);

int
__wrap_pthread_cond_signal (pthread_cond_t *condition)
{
  g_atomic_int_inc (&n_signals);
  return __real_pthread_cond_signal (condition);
}

guint __real_g_get_num_processors (void);
guint __wrap_g_get_num_processors (void);

guint
__wrap_g_get_num_processors (void)
{
  g_atomic_int_inc (&n_asked);
  return __real_g_get_num_processors ();
}

/* Each time one thread is woken, and how many processors there are is asked once at most: not for
 * the first thread, which there is in any case. */
GST_START_TEST (scheduling_work_costs_little)
{
  genre_worker_pool_enter ();
  for (gint i = 1; i <= 20; i++) {
    Counter counter = {.n_slices = 1};
    counter.work = genre_work_new (count_run, &counter, NULL);
    g_atomic_int_set (&n_signals, 0);
    g_atomic_int_set (&n_asked, 0);
    genre_work_schedule (counter.work);
    fail_unless_equals_int (g_atomic_int_get (&n_signals), 1);
    fail_unless (g_atomic_int_get (&n_asked) <= (i > 1));
    wait_for_runs (&counter, 1);
    genre_work_stop (counter.work);
  }
  genre_worker_pool_leave ();
}
GST_END_TEST

GST_START_TEST (workers_have_low_priority_whoever_starts_them)
{
  const gint before = getpriority (PRIO_PROCESS, (id_t)getpid ());
  Priority priority = {0};
  setpriority (PRIO_PROCESS, (id_t)getpid (), MIN (19, before + 2));
  genre_worker_pool_enter ();
  g_thread_join (g_thread_new ("real-time", work_for_a_real_time_thread, &priority));
  genre_worker_pool_leave ();
  fail_unless_equals_int (priority.policy, SCHED_OTHER);
  fail_unless_equals_int (priority.nice, MIN (19, before + 2 + GENRE_WORKER_POOL_NICE));
}
GST_END_TEST

#ifdef __GLIBC__
GST_START_TEST (without_threads_the_work_is_done_all_the_same)
{
  Counter counter = {.n_slices = 3};
  pthread_attr_t usual;
  pthread_getattr_default_np (&usual);
  pthread_attr_t absurd;
  pthread_getattr_default_np (&absurd);
  pthread_attr_setstacksize (&absurd, G_MAXSIZE / 4 * 3); /* more than there are addresses */
  genre_worker_pool_enter ();
  counter.work = genre_work_new (count_run, &counter, NULL);
  fail_unless_equals_int (pthread_setattr_default_np (&absurd), 0);
  genre_work_schedule (counter.work);
  pthread_setattr_default_np (&usual);
  fail_unless_equals_int (genre_worker_pool_get_n_threads (), 0);
  fail_unless_equals_int (counter.runs, 3);
  counter.n_slices = 2;
  genre_work_schedule (counter.work); /* now one can be had */
  wait_for_runs (&counter, 5);
  fail_unless_equals_int (genre_worker_pool_get_n_threads (), 1);
  genre_work_stop (counter.work);
  genre_worker_pool_leave ();
  pthread_attr_destroy (&usual);
  pthread_attr_destroy (&absurd);
}
GST_END_TEST

typedef struct {
  Counter here, elsewhere;
  pthread_attr_t usual;
} Takeover;

/* The first time there is no thread; then there is one, which has nothing more to do. */
static gboolean
let_a_thread_begin (gpointer data)
{
  Takeover *takeover = data;
  if (g_atomic_int_get (&takeover->here.runs) == 0) {
    pthread_setattr_default_np (&takeover->usual);
    genre_work_schedule (takeover->elsewhere.work);
    wait_for_runs (&takeover->elsewhere, 1);
    genre_work_stop (takeover->elsewhere.work); /* it waits for work by now */
  }
  return count_run (&takeover->here);
}

GST_START_TEST (a_thread_takes_over_what_was_begun_without_one)
{
  Takeover takeover = {.here = {.n_slices = 2}, .elsewhere = {.n_slices = 1}};
  pthread_attr_t absurd;
  pthread_getattr_default_np (&takeover.usual);
  pthread_getattr_default_np (&absurd);
  pthread_attr_setstacksize (&absurd, G_MAXSIZE / 4 * 3);
  genre_worker_pool_enter ();
  takeover.here.work = genre_work_new (let_a_thread_begin, &takeover, NULL);
  takeover.elsewhere.work = genre_work_new (count_run, &takeover.elsewhere, NULL);
  fail_unless_equals_int (pthread_setattr_default_np (&absurd), 0);
  genre_work_schedule (takeover.here.work);
  fail_unless_equals_int (genre_worker_pool_get_n_threads (), 1);
  wait_for_runs (&takeover.here, 2);
  genre_work_stop (takeover.here.work);
  genre_worker_pool_leave ();
  pthread_attr_destroy (&takeover.usual);
  pthread_attr_destroy (&absurd);
}
GST_END_TEST
#endif

/* ---- block queue ---- */

static GenreBlock *
make_block (guint song, gsize n_samples)
{
  GenreBlock *block = genre_block_new (GENRE_BLOCK_AUDIO, NULL, n_samples);
  block->song = song;
  block->n_samples = n_samples;
  memset (block->samples, 0, n_samples * sizeof (float));
  return block;
}

GST_START_TEST (dropping_takes_the_oldest_audio_and_nothing_else)
{
  g_autoptr (GenreBlockQueue) queue = genre_block_queue_new (100);
  genre_block_queue_push (queue, make_block (0, 20), 0);
  genre_block_queue_push (queue, genre_block_new (GENRE_BLOCK_FINISH, "title", 0), 0);
  for (guint i = 1; i <= 10; i++)
    fail_unless (genre_block_queue_push (queue, make_block (i, 20), 0));
  fail_unless (genre_block_queue_get_pending (queue) <= 100);
  fail_unless_equals_uint64 (
      genre_block_queue_get_dropped (queue) + genre_block_queue_get_pending (queue), 220);
  for (guint i = 0; genre_block_queue_get_pending (queue) > 0; i++) {
    GenreBlock *block = genre_block_queue_pop (queue);
    fail_unless_equals_int (block->type, i == 0 ? GENRE_BLOCK_FINISH : GENRE_BLOCK_AUDIO);
    fail_unless (i == 0 || block->song >= 6);
    genre_block_queue_done (queue, block);
  }
}
GST_END_TEST

static gpointer
push_early (gpointer queue)
{
  return GINT_TO_POINTER (genre_block_queue_push (queue, make_block (2, 20), G_TIME_SPAN_HOUR));
}

GST_START_TEST (what_comes_early_waits_for_room)
{
  g_autoptr (GenreBlockQueue) queue = genre_block_queue_new (20);
  fail_unless (genre_block_queue_push (queue, make_block (1, 20), 0));
  GThread *pusher = g_thread_new ("pusher", push_early, queue);
  g_usleep (20000); /* it waits, most probably */
  fail_unless_equals_uint64 (genre_block_queue_get_pending (queue), 20);
  for (guint i = 1; i <= 2; i++) {
    GenreBlock *block;
    while (!(block = genre_block_queue_pop (queue)))
      g_usleep (100);
    fail_unless_equals_int (block->song, i);
    genre_block_queue_done (queue, block);
  }
  fail_unless (g_thread_join (pusher));
  fail_unless_equals_uint64 (genre_block_queue_get_dropped (queue), 0);
}
GST_END_TEST

GST_START_TEST (patience_lasts_until_audio_is_due_and_wears_out)
{
  GenrePatience patience;
  genre_patience_init (&patience);
  fail_unless_equals_int64 (genre_patience_get (&patience, 5000000), 0);
  genre_patience_take (&patience, 250000, FALSE);
  fail_unless_equals_int64 (genre_patience_get (&patience, 5100000), 150000);
  genre_patience_take (&patience, 250000, FALSE);
  fail_unless_equals_int64 (genre_patience_get (&patience, 9000000), 0); /* it came late */
  genre_patience_take (&patience, 60 * G_TIME_SPAN_SECOND, FALSE);
  gint64 waited = 0;
  for (guint i = 0; i < 240; i++) { /* a minute at once, of which every eighth block is in vain */
    const gint64 now = 9000000 + waited, most = genre_patience_get (&patience, now);
    const gboolean dropped = i % 8 == 0;
    fail_unless (most <= G_TIME_SPAN_SECOND);
    if (dropped)
      waited += most;
    genre_patience_take (&patience, 250000, dropped);
  }
  fail_unless (waited > 3 * G_TIME_SPAN_SECOND / 2 && waited < 4 * G_TIME_SPAN_SECOND);
  fail_unless (genre_patience_get (&patience, 9000000 + waited) < G_TIME_SPAN_SECOND / 10);
  for (guint i = 0; i < 240; i++)
    genre_patience_take (&patience, 250000, FALSE);
  fail_unless (genre_patience_get (&patience, 9000000) > 9 * G_TIME_SPAN_SECOND / 10);
}
GST_END_TEST

static gpointer
push_until_refused (gpointer data)
{
  guint n = 0;
  while (genre_block_queue_push (data, make_block (n, 20), GENRE_BLOCK_QUEUE_WAIT))
    n++;
  return GUINT_TO_POINTER (n);
}

GST_START_TEST (waiting_for_room_ends_when_flushing)
{
  g_autoptr (GenreBlockQueue) queue = genre_block_queue_new (100);
  GThread *pusher = g_thread_new ("pusher", push_until_refused, queue);
  while (genre_block_queue_get_pending (queue) < 100)
    g_usleep (100);
  genre_block_queue_set_flushing (queue, TRUE);
  fail_unless_equals_int (GPOINTER_TO_UINT (g_thread_join (pusher)), 5);
  fail_unless_equals_int (genre_block_queue_get_pending (queue), 0);
  fail_if (genre_block_queue_drain (queue));
}
GST_END_TEST

GST_START_TEST (what_is_worked_on_while_flushing_is_stale)
{
  g_autoptr (GenreBlockQueue) queue = genre_block_queue_new (100);
  genre_block_queue_push (queue, make_block (0, 20), GENRE_BLOCK_QUEUE_WAIT);
  GenreBlock *block = genre_block_queue_pop (queue);
  fail_if (genre_block_queue_is_stale (queue));
  genre_block_queue_set_flushing (queue, TRUE);
  genre_block_queue_set_flushing (queue, FALSE);
  fail_unless (genre_block_queue_is_stale (queue));
  genre_block_queue_done (queue, block);
  genre_block_queue_push (queue, make_block (0, 20), GENRE_BLOCK_QUEUE_WAIT);
  block = genre_block_queue_pop (queue);
  fail_if (genre_block_queue_is_stale (queue));
  genre_block_queue_done (queue, block);
  fail_unless (genre_block_queue_drain (queue));
}
GST_END_TEST

static GenreBlock *
make_end (const char *reason, gboolean revocable)
{
  GenreBlock *block = genre_block_new (GENRE_BLOCK_FINISH, reason, 0);
  block->revocable = revocable;
  return block;
}

static void
flush (GenreBlockQueue *queue)
{
  genre_block_queue_set_flushing (queue, TRUE);
  genre_block_queue_set_flushing (queue, FALSE);
}

/* A song that has ended, one whose end EOS waits for, and one that goes on. */
static void
push_songs (GenreBlockQueue *queue)
{
  genre_block_queue_push (queue, make_block (1, 20), 0);
  genre_block_queue_push (queue, make_end ("stream", FALSE), 0);
  genre_block_queue_push (queue, make_block (2, 20), 0);
  genre_block_queue_push (queue, make_end ("eos", TRUE), 0);
  genre_block_queue_push (queue, make_block (3, 20), 0);
}

GST_START_TEST (a_flush_keeps_songs_that_had_ended)
{
  g_autoptr (GenreBlockQueue) queue = genre_block_queue_new (100);
  push_songs (queue);
  flush (queue);
  fail_unless_equals_uint64 (genre_block_queue_get_pending (queue), 20);
  GenreBlock *block = genre_block_queue_pop (queue);
  fail_unless_equals_int (block->type, GENRE_BLOCK_AUDIO);
  fail_unless_equals_int (block->song, 1);
  flush (queue);
  fail_if (genre_block_queue_is_stale (queue));
  genre_block_queue_done (queue, block);
  block = genre_block_queue_pop (queue);
  fail_unless_equals_int (block->type, GENRE_BLOCK_FINISH);
  flush (queue);
  fail_if (genre_block_queue_is_stale (queue));
  genre_block_queue_done (queue, block);
  fail_unless (!genre_block_queue_pop (queue));
}
GST_END_TEST

GST_START_TEST (a_flush_takes_an_end_back_that_may_be)
{
  g_autoptr (GenreBlockQueue) queue = genre_block_queue_new (100);
  genre_block_queue_push (queue, make_end ("eos", TRUE), 0);
  GenreBlock *block = genre_block_queue_pop (queue);
  flush (queue);
  fail_unless (genre_block_queue_is_stale (queue));
  genre_block_queue_done (queue, block);
}
GST_END_TEST

GST_START_TEST (closing_keeps_nothing)
{
  g_autoptr (GenreBlockQueue) queue = genre_block_queue_new (100);
  push_songs (queue);
  GenreBlock *block = genre_block_queue_pop (queue);
  genre_block_queue_close (queue);
  fail_unless (genre_block_queue_is_stale (queue));
  genre_block_queue_done (queue, block);
  fail_unless (!genre_block_queue_pop (queue));
  fail_unless_equals_uint64 (genre_block_queue_get_pending (queue), 0);
  fail_if (genre_block_queue_push (queue, make_block (4, 20), 0));
}
GST_END_TEST

/* What comes after a flush must find room though the worker does nothing. */
GST_START_TEST (after_a_flush_nobody_waits)
{
  g_autoptr (GenreBlockQueue) queue = genre_block_queue_new (100);
  for (guint i = 0; i < GENRE_BLOCK_QUEUE_MAX_BLOCKS; i++)
    genre_block_queue_push (queue, make_end ("title", FALSE), 0);
  for (guint i = 0; i < GENRE_BLOCK_QUEUE_MAX_BLOCKS; i++) {
    flush (queue);
    genre_block_queue_push (queue, genre_block_new (GENRE_BLOCK_RESET, NULL, 0), 0);
    genre_block_queue_push (queue, make_end ("title", FALSE), 0);
  }
}
GST_END_TEST

GST_START_TEST (crumbs_of_audio_and_many_windows_take_little_memory)
{
  g_autoptr (GenreBlockQueue) queue = genre_block_queue_new (88200);
  guint n = 0;
  GenreBlock *block;
  for (guint i = 0; i < 10000; i++) { /* one sample, then a timestamp that jumps */
    block = genre_block_new (GENRE_BLOCK_AUDIO, NULL, 5512);
    block->n_samples = 1;
    fail_unless (genre_block_queue_push (queue, block, 0));
    block = genre_block_new (GENRE_BLOCK_RESET, NULL, 0);
    fail_unless (genre_block_queue_push (queue, block, GENRE_BLOCK_QUEUE_WAIT));
  }
  for (guint i = 0; i < 10000; i++)
    genre_block_queue_push (queue, genre_block_new (GENRE_BLOCK_TITLE, i % 2 ? "A" : "B", 0),
                            GENRE_BLOCK_QUEUE_WAIT);
  for (; (block = genre_block_queue_pop (queue)); n++) {
    fail_unless (block->capacity <= 1);
    genre_block_queue_done (queue, block);
  }
  fail_unless (n <= GENRE_BLOCK_QUEUE_MAX_BLOCKS, "%u blocks", n);
}
GST_END_TEST

/* ---- song clock ---- */

GST_START_TEST (the_clock_knows_segments_rates_and_holes)
{
  g_autoptr (GenreSongClock) clock = genre_song_clock_new (1000);
  fail_if (GST_CLOCK_TIME_IS_VALID (genre_song_clock_get (clock, 0).timestamp));
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 10 * GST_SECOND;
  segment.time = 5 * GST_SECOND;
  segment.base = 100 * GST_SECOND;
  segment.rate = 2.0;
  genre_song_clock_mark (clock, 0, 12 * GST_SECOND, &segment);
  genre_song_clock_mark (clock, 1000, 13 * GST_SECOND, &segment); /* as expected: no mark */
  fail_unless_equals_int (genre_song_clock_get_n_marks (clock), 1);
  genre_song_clock_mark (clock, 4000, 20 * GST_SECOND, &segment);
  /* before the first mark, too */
  genre_song_clock_forget_before (clock, 4000);
  fail_unless_equals_uint64 (genre_song_clock_get (clock, 2500).timestamp, 18500 * GST_MSECOND);
  genre_song_clock_reset (clock);
  genre_song_clock_mark (clock, 0, 12 * GST_SECOND, &segment);
  genre_song_clock_mark (clock, 4000, 20 * GST_SECOND, &segment);
  GenreInstant instant = genre_song_clock_get (clock, 3000);
  fail_unless_equals_uint64 (instant.timestamp, 15 * GST_SECOND);
  fail_unless_equals_uint64 (instant.stream_time, 10 * GST_SECOND);
  fail_unless_equals_uint64 (instant.running_time, 100 * GST_SECOND + 5 * GST_SECOND / 2);
  fail_unless_equals_uint64 (genre_song_clock_get (clock, 5000).timestamp, 21 * GST_SECOND);
  genre_song_clock_forget_before (clock, 4500);
  fail_unless_equals_int (genre_song_clock_get_n_marks (clock), 1);
  fail_unless_equals_uint64 (genre_song_clock_get (clock, 5000).timestamp, 21 * GST_SECOND);
}
GST_END_TEST

GST_START_TEST (another_segment_is_a_mark_although_the_timestamps_go_on)
{
  g_autoptr (GenreSongClock) clock = genre_song_clock_new (1000);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  GstSegment later = segment;
  later.base = 5 * GST_SECOND;
  later.time = 7 * GST_SECOND;
  genre_song_clock_mark (clock, 0, 0, &segment);
  genre_song_clock_mark (clock, 1000, GST_SECOND, &later);
  fail_unless_equals_uint64 (genre_song_clock_get (clock, 500).running_time, GST_SECOND / 2);
  GenreInstant instant = genre_song_clock_get (clock, 1000);
  fail_unless_equals_uint64 (instant.running_time, 6 * GST_SECOND);
  fail_unless_equals_uint64 (instant.stream_time, 8 * GST_SECOND);
}
GST_END_TEST

GST_START_TEST (the_clock_does_not_remember_jitter)
{
  g_autoptr (GenreSongClock) clock = genre_song_clock_new (1000);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  for (guint i = 0; i < 1000; i++)
    genre_song_clock_mark (clock, i * 250, i * 250 * GST_MSECOND + (i % 4) * 10 * GST_MSECOND,
                           &segment);
  fail_unless_equals_int (genre_song_clock_get_n_marks (clock), 1);
}
GST_END_TEST

GST_START_TEST (without_a_time_segment_only_timestamps_are_known)
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  GenreInstant instant = genre_song_clock_instant (GST_SECOND, &segment);
  fail_unless_equals_uint64 (instant.timestamp, GST_SECOND);
  fail_if (GST_CLOCK_TIME_IS_VALID (instant.stream_time));
  fail_if (GST_CLOCK_TIME_IS_VALID (instant.running_time));
}
GST_END_TEST

/* ---- tag merger ---- */

static GstEvent *
make_tags (const char *tags)
{
  return gst_event_new_tag (gst_tag_list_new_from_string (tags));
}

static char *
read_tag (GstEvent *event, const char *tag)
{
  char *value = NULL;
  GstTagList *tags;
  gst_event_parse_tag (event, &tags);
  gst_tag_list_get_string (tags, tag, &value);
  gst_event_unref (event);
  return value;
}

static void
check_tag (GstEvent *event, const char *tag, const char *expected)
{
  fail_unless (event);
  g_autofree char *value = read_tag (event, tag);
  fail_unless_equals_string (value, expected);
}

static GstEvent *
take_event (GenreTagMerger *merger, GstEvent *event, gboolean forced)
{
  GstEvent *withdrawal;
  event = genre_tag_merger_take_event (merger, event, forced, &withdrawal);
  fail_unless (!withdrawal);
  return event;
}

GST_START_TEST (our_genre_joins_the_stream_s_tags)
{
  g_autoptr (GenreTagMerger) merger = genre_tag_merger_new ();
  GstEvent *event = take_event (merger, make_tags ("taglist, title=Song, artist=Me"), FALSE);
  check_tag (event, GST_TAG_GENRE, NULL);
  event = genre_tag_merger_set_genre (merger, "Rock", FALSE);
  check_tag (gst_event_ref (event), GST_TAG_TITLE, "Song");
  check_tag (event, GST_TAG_GENRE, "Rock");
  fail_unless (!genre_tag_merger_set_genre (merger, "Rock", FALSE));
  event = take_event (merger, make_tags ("taglist, artist=You"), FALSE);
  check_tag (gst_event_ref (event), GST_TAG_ARTIST, "You");
  check_tag (gst_event_ref (event), GST_TAG_TITLE, NULL);
  check_tag (event, GST_TAG_GENRE, "Rock");
  genre_tag_merger_begin_song (merger);
  event = take_event (merger, make_tags ("taglist, title=Next"), FALSE);
  check_tag (event, GST_TAG_GENRE, NULL);
}
GST_END_TEST

GST_START_TEST (a_genre_of_the_stream_is_left_alone_unless_forced)
{
  g_autoptr (GenreTagMerger) merger = genre_tag_merger_new ();
  gst_event_unref (take_event (merger, make_tags ("taglist, genre=Ska"), FALSE));
  fail_unless (!genre_tag_merger_set_genre (merger, "Rock", FALSE));
  check_tag (genre_tag_merger_set_genre (merger, "Rock", TRUE), GST_TAG_GENRE, "Rock");
  GstEvent *event = take_event (merger, make_tags ("taglist, genre=Ska"), TRUE);
  check_tag (event, GST_TAG_GENRE, "Rock");
  event = take_event (merger, make_tags ("taglist, genre=Ska"), FALSE);
  check_tag (event, GST_TAG_GENRE, "Ska");
}
GST_END_TEST

GST_START_TEST (a_genre_that_later_tags_do_not_repeat_is_the_song_s)
{
  g_autoptr (GenreTagMerger) merger = genre_tag_merger_new ();
  gst_event_unref (take_event (merger, make_tags ("taglist, title=One, genre=Ska"), FALSE));
  GstEvent *event = take_event (merger, make_tags ("taglist, bitrate=(uint)128000"), FALSE);
  check_tag (event, GST_TAG_GENRE, NULL);
  fail_unless (!genre_tag_merger_set_genre (merger, "Rock", FALSE));
  check_tag (genre_tag_merger_set_genre (merger, "Rock", TRUE), GST_TAG_GENRE, "Rock");
  event = take_event (merger, make_tags ("taglist, bitrate=(uint)192000"), FALSE);
  check_tag (event, GST_TAG_GENRE, NULL); /* not forced any more */
  genre_tag_merger_begin_song (merger);
  gst_event_unref (take_event (merger, make_tags ("taglist, title=Two"), FALSE));
  check_tag (genre_tag_merger_set_genre (merger, "Rock", FALSE), GST_TAG_GENRE, "Rock");
  gst_event_unref (take_event (merger, make_tags ("taglist, genre=Ska"), FALSE));
  gst_event_unref (take_event (merger, make_tags ("taglist"), FALSE)); /* takes it back */
  check_tag (genre_tag_merger_set_genre (merger, "Rock", FALSE), GST_TAG_GENRE, "Rock");
}
GST_END_TEST

GST_START_TEST (a_genre_among_global_tags_counts)
{
  g_autoptr (GenreTagMerger) merger = genre_tag_merger_new ();
  GstTagList *tags = gst_tag_list_new (GST_TAG_GENRE, "Ska", NULL);
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  check_tag (take_event (merger, gst_event_new_tag (tags), FALSE), GST_TAG_GENRE, "Ska");
  fail_unless (!genre_tag_merger_set_genre (merger, "Rock", FALSE));
}
GST_END_TEST

GST_START_TEST (a_genre_among_later_global_tags_takes_ours_back)
{
  g_autoptr (GenreTagMerger) merger = genre_tag_merger_new ();
  GstTagList *tags = gst_tag_list_new (GST_TAG_GENRE, "Ska", NULL);
  gst_event_unref (take_event (merger, make_tags ("taglist, title=Song"), FALSE));
  gst_event_unref (genre_tag_merger_set_genre (merger, "Rock", FALSE));
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  GstEvent *withdrawal;
  check_tag (genre_tag_merger_take_event (merger, gst_event_new_tag (tags), FALSE, &withdrawal),
             GST_TAG_GENRE, "Ska");
  fail_unless (withdrawal);
  check_tag (gst_event_ref (withdrawal), GST_TAG_TITLE, "Song");
  check_tag (withdrawal, GST_TAG_GENRE, NULL);
}
GST_END_TEST

GST_START_TEST (a_song_that_global_tags_begin_has_not_the_last_one_s_genre)
{
  g_autoptr (GenreTagMerger) merger = genre_tag_merger_new ();
  GstTagList *tags = gst_tag_list_new (GST_TAG_TITLE, "Next", NULL);
  gst_event_unref (take_event (merger, make_tags ("taglist, artist=Me"), FALSE));
  gst_event_unref (genre_tag_merger_set_genre (merger, "Rock", FALSE));
  genre_tag_merger_begin_song (merger);
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  GstEvent *title = gst_event_new_tag (tags), *withdrawal;
  gst_event_unref (genre_tag_merger_take_event (merger, gst_event_ref (title), FALSE, &withdrawal));
  fail_unless (withdrawal);
  check_tag (gst_event_ref (withdrawal), GST_TAG_ARTIST, "Me");
  check_tag (withdrawal, GST_TAG_GENRE, NULL);
  gst_event_unref (take_event (merger, title, FALSE)); /* once is enough */
  check_tag (genre_tag_merger_set_genre (merger, "Rock", FALSE), GST_TAG_GENRE, "Rock");
}
GST_END_TEST

GST_START_TEST (the_genre_of_a_radio_station_does_not_count)
{
  g_autoptr (GenreTagMerger) merger = genre_tag_merger_new ();
  gst_event_unref (
      take_event (merger, make_tags ("taglist, organization=Radio, genre=Various"), FALSE));
  check_tag (genre_tag_merger_set_genre (merger, "Rock", FALSE), GST_TAG_GENRE, "Rock");
  /* repeated beside a title by an element that merges tags */
  GstEvent *event = take_event (
      merger, make_tags ("taglist, organization=Radio, genre=Various, title=Song"), FALSE);
  check_tag (event, GST_TAG_GENRE, "Rock");
  event =
      take_event (merger, make_tags ("taglist, organization=Radio, genre=Ska, title=Song"), FALSE);
  check_tag (event, GST_TAG_GENRE, "Ska");
  genre_tag_merger_begin_stream (merger); /* and titles alone, as icydemux sends them */
  gst_event_unref (
      take_event (merger, make_tags ("taglist, organization=Radio, genre=Various"), FALSE));
  gst_event_unref (take_event (merger, make_tags ("taglist, title=Song"), FALSE));
  check_tag (genre_tag_merger_set_genre (merger, "Rock", FALSE), GST_TAG_GENRE, "Rock");
}
GST_END_TEST

/* ---- model cache ---- */

/* meson.build lets the cache call this: a file named "held" is like one on a server that is away.
 */
static struct {
  GMutex lock;
  GCond cond;
  gboolean held, reached;
} server = {.held = TRUE};

GenreModel *__real_genre_model_load (const char *path, GError **error);
GenreModel *__wrap_genre_model_load (const char *path, GError **error);

GenreModel *
__wrap_genre_model_load (const char *path, GError **error)
{
  if (g_str_has_suffix (path, "held")) {
    g_mutex_lock (&server.lock);
    server.reached = TRUE;
    g_cond_broadcast (&server.cond);
    while (server.held)
      g_cond_wait (&server.cond, &server.lock);
    g_mutex_unlock (&server.lock);
  }
  return __real_genre_model_load (path, error);
}

static gpointer
acquire_held_model (gpointer data)
{
  return genre_model_cache_acquire (data, NULL);
}

GST_START_TEST (a_file_that_cannot_be_reached_keeps_no_other_waiting)
{
  g_autofree char *folder = g_dir_make_tmp ("genreclassify-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "held", NULL);
  fail_unless_equals_int (symlink (test_model (), path), 0);
  GThread *one = g_thread_new (NULL, acquire_held_model, path);
  g_mutex_lock (&server.lock);
  while (!server.reached)
    g_cond_wait (&server.cond, &server.lock);
  g_mutex_unlock (&server.lock);
  GThread *another = g_thread_new (NULL, acquire_held_model, path);
  GenreModel *other =
      genre_model_cache_acquire (g_getenv ("GENRE_TEST_BACKGROUND_MODEL"), NULL); /* at once */
  fail_unless (other);
  genre_model_cache_release (other);
  g_mutex_lock (&server.lock);
  server.held = FALSE;
  g_cond_broadcast (&server.cond);
  g_mutex_unlock (&server.lock);
  GenreModel *model = g_thread_join (one);
  fail_unless (model && model == g_thread_join (another));
  genre_model_cache_release (model);
  genre_model_cache_release (model);
  fail_unless_equals_int (genre_model_cache_get_size (), 0);
  g_remove (path);
  g_rmdir (folder);
}
GST_END_TEST

GST_START_TEST (a_file_that_is_no_model_is_tried_anew)
{
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < 2; i++) {
    fail_unless (!genre_model_cache_acquire ("/dev/null", i == 0 ? NULL : &error));
    fail_unless_equals_int (genre_model_cache_get_size (), 0);
  }
  fail_unless (error);
}
GST_END_TEST

static gpointer
acquire_model (gpointer data)
{
  return genre_model_cache_acquire (test_model (), NULL);
}

GST_START_TEST (a_model_is_read_once_and_shared_by_many_threads)
{
  GThread *threads[16];
  for (guint i = 0; i < 16; i++)
    threads[i] = g_thread_new (NULL, acquire_model, NULL);
  GenreModel *models[16];
  for (guint i = 0; i < 16; i++) {
    models[i] = g_thread_join (threads[i]);
    fail_unless (models[i] && models[i] == models[0]);
  }
  fail_unless_equals_int (genre_model_cache_get_size (), 1);
  for (guint i = 0; i < 16; i++)
    genre_model_cache_release (models[i]);
  fail_unless_equals_int (genre_model_cache_get_size (), 0);
}
GST_END_TEST

GST_START_TEST (a_file_that_was_replaced_is_another_model)
{
  g_autofree char *folder = g_dir_make_tmp ("genreclassify-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *content = NULL;
  gsize length;
  fail_unless (g_file_get_contents (test_model (), &content, &length, NULL));
  fail_unless (g_file_set_contents (path, content, length, NULL));
  GenreModel *before = genre_model_cache_acquire (path, NULL);
  fail_unless (g_file_set_contents (path, content, length, NULL)); /* renames a new file over it */
  GenreModel *after = genre_model_cache_acquire (path, NULL);
  fail_unless (before && after && before != after);
  genre_model_cache_release (before);
  genre_model_cache_release (after);
  g_remove (path);
  g_rmdir (folder);
}
GST_END_TEST

/* ---- listener ---- */

typedef struct {
  GenreBlockQueue *queue;
  gboolean closes; /* at the first answer */
  guint n_answers, n_seen;
} Heard;

static void
take_heard (const GenreHeard *answer, gpointer user_data)
{
  Heard *heard = user_data;
  (void)answer;
  heard->n_answers++;
  if (heard->closes)
    genre_block_queue_close (heard->queue);
}

static void
take_seen (GstStructure *spectrogram, gpointer user_data)
{
  gst_structure_free (spectrogram);
  ((Heard *)user_data)->n_seen++;
}

static GenreListener *
make_listener (GenreModel *model, Heard *heard)
{
  static const GenreListenerFuncs funcs = {take_heard, take_seen};
  const GenreStreamClassifierOptions options = genre_stream_classifier_options_default ();
  heard->queue = genre_block_queue_new (10000000);
  return genre_listener_new (model, heard->queue, &options, &funcs, heard);
}

static GenreBlock *
make_sound (gsize n_samples)
{
  GenreBlock *block = make_block (0, n_samples);
  gst_segment_init (&block->segment, GST_FORMAT_TIME);
  for (gsize i = 0; i < n_samples; i++)
    block->samples[i] = i % 100 < 50 ? 0.5f : -0.5f;
  return block;
}

/* Two minutes in one block, of which ten seconds are wanted: an answer, at the first segment that
 * ends behind them. */
GST_START_TEST (whoever_stops_waits_for_one_segment_at_most)
{
  GenreModel *model = genre_model_cache_acquire (test_model (), NULL);
  const GenreModelConfig *config = genre_model_get_config (model);
  const guint rate = config->front_end.rate, step = config->segment_step * config->front_end.hop;
  Heard heard = {.closes = TRUE};
  GenreListener *listener = make_listener (model, &heard);
  genre_block_queue_push (heard.queue, make_sound ((gsize)120 * rate), 0);
  genre_listener_run (listener);
  fail_unless_equals_int (heard.n_answers, 1);
  const guint64 n = genre_listener_get_statistics (listener).segments;
  fail_unless (n >= 1 && n * step < (guint64)11 * rate, "%" G_GUINT64_FORMAT " segments", n);
  genre_listener_free (listener);
  genre_model_cache_release (model);
}
GST_END_TEST

/* Whatever is missing to a whole message when the jump comes. */
GST_START_TEST (a_jump_completes_no_spectrogram)
{
  GenreModel *model = genre_model_cache_acquire (test_model (), NULL);
  const guint hop = genre_model_get_config (model)->front_end.hop;
  for (guint n = 1; n <= 20; n++) {
    Heard heard = {.closes = FALSE};
    GenreListener *listener = make_listener (model, &heard);
    genre_listener_set_spectrogram (listener, TRUE);
    genre_block_queue_push (heard.queue, make_sound ((gsize)n * hop), 0);
    genre_listener_run (listener);
    const guint n_seen = heard.n_seen;
    fail_unless (n_seen > 0 || n < 20);
    genre_block_queue_push (heard.queue, genre_block_new (GENRE_BLOCK_RESET, NULL, 0), 0);
    genre_listener_run (listener);
    fail_unless_equals_int (heard.n_seen, n_seen);
    genre_listener_free (listener);
  }
  genre_model_cache_release (model);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("parts");
  tcase_add_test (tests, a_work_is_never_run_by_two_threads);
  tcase_add_test (tests, the_last_user_takes_the_threads_along);
  tcase_add_test (tests, a_work_may_stop_itself_and_leave);
  tcase_add_test (tests, stopping_waits_for_the_run_and_destroys);
  tcase_add_test (tests, work_that_gathers_is_done);
  tcase_add_test (tests, work_in_quick_succession_gathers);
  tcase_add_test (tests, scheduling_work_costs_little);
  tcase_add_test (tests, workers_have_low_priority_whoever_starts_them);
#ifdef __GLIBC__
  tcase_add_test (tests, without_threads_the_work_is_done_all_the_same);
  tcase_add_test (tests, a_thread_takes_over_what_was_begun_without_one);
#endif
  tcase_add_test (tests, dropping_takes_the_oldest_audio_and_nothing_else);
  tcase_add_test (tests, what_comes_early_waits_for_room);
  tcase_add_test (tests, patience_lasts_until_audio_is_due_and_wears_out);
  tcase_add_test (tests, waiting_for_room_ends_when_flushing);
  tcase_add_test (tests, what_is_worked_on_while_flushing_is_stale);
  tcase_add_test (tests, a_flush_keeps_songs_that_had_ended);
  tcase_add_test (tests, a_flush_takes_an_end_back_that_may_be);
  tcase_add_test (tests, closing_keeps_nothing);
  tcase_add_test (tests, after_a_flush_nobody_waits);
  tcase_add_test (tests, crumbs_of_audio_and_many_windows_take_little_memory);
  tcase_add_test (tests, the_clock_knows_segments_rates_and_holes);
  tcase_add_test (tests, another_segment_is_a_mark_although_the_timestamps_go_on);
  tcase_add_test (tests, the_clock_does_not_remember_jitter);
  tcase_add_test (tests, without_a_time_segment_only_timestamps_are_known);
  tcase_add_test (tests, our_genre_joins_the_stream_s_tags);
  tcase_add_test (tests, a_genre_of_the_stream_is_left_alone_unless_forced);
  tcase_add_test (tests, a_genre_that_later_tags_do_not_repeat_is_the_song_s);
  tcase_add_test (tests, a_genre_among_global_tags_counts);
  tcase_add_test (tests, a_genre_among_later_global_tags_takes_ours_back);
  tcase_add_test (tests, a_song_that_global_tags_begin_has_not_the_last_one_s_genre);
  tcase_add_test (tests, the_genre_of_a_radio_station_does_not_count);
  tcase_add_test (tests, a_model_is_read_once_and_shared_by_many_threads);
  tcase_add_test (tests, a_file_that_was_replaced_is_another_model);
  tcase_add_test (tests, whoever_stops_waits_for_one_segment_at_most);
  tcase_add_test (tests, a_jump_completes_no_spectrogram);
  tcase_add_test (tests, a_file_that_cannot_be_reached_keeps_no_other_waiting);
  tcase_add_test (tests, a_file_that_is_no_model_is_tried_anew);
  return run_tests (tests, argc, argv);
}
