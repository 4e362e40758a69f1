/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of tasks in a Redis Stream, with one consumer group.
 *
 * Whoever takes a task holds it, and keeps it by claiming it again; what has not been claimed for
 * as long as the lease others may claim. A task is finished when its result is stored, in the same
 * script that acknowledges it, and only by whoever holds it: each task has exactly one result,
 * however often it was delivered. A task is named by what it says ("source"): it is added once,
 * however often that is asked for.
 *
 * Tasks that are never finished, such as stations, are held for as long as their holder lives
 * (stationqueue.h).
 *
 * The keys of a queue called NAME, which one slot of a cluster holds:
 *
 *   genre:{NAME}:tasks    stream      source; tasks that are not finished, group TASK_QUEUE_GROUP
 *   genre:{NAME}:known    hash        id of a task: "q" in the queue, "d" done
 *   genre:{NAME}:results  stream      id, result
 *   genre:{NAME}:dead     stream      source, reason, deliveries
 *   genre:{NAME}:faults   hash        id of a task: why the last attempt failed
 *   genre:{NAME}:about    hash        asked, done, failed, dead; last:WORKER, the entry it finished
 * last
 */
#pragma once
#include "redislink.h"
G_BEGIN_DECLS

#define TASK_QUEUE_MAX_SOURCE 8192 /* bytes */
#define TASK_QUEUE_NOBODY "nobody" /* who holds what was released */
#define TASK_QUEUE_GROUP "workers" /* of consumers */
#define TASK_QUEUE_RELEASED                                                                        \
  86400000 /* ms for which it seems to be left behind: more than a lease */

typedef struct {
  char *entry;      /* in the stream */
  char *source;     /* NULL: it has none, or one that is no text of fair length */
  char *id;         /* of what it says */
  char *fault;      /* why an earlier attempt failed, or NULL */
  guint deliveries; /* this one included */
} Task;

/* What it says, or its entry. */
const char *task_get_text (const Task *self);
void task_free (Task *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Task, task_free)

typedef enum {
  TASK_DONE,
  TASK_FAILED, /* done, and the result is an error */
  TASK_DEAD,   /* the same, and it is put aside with its reason */
} TaskEnd;

typedef struct _TaskQueue TaskQueue;

/* @worker: the name under which tasks are taken. Not connected yet. */
TaskQueue *task_queue_new (const QueueAddress *address, const char *worker, gint64 lease_ms);
/* The same, under keys that begin with @prefix instead of "genre". */
TaskQueue *task_queue_new_with_prefix (const QueueAddress *address, const char *prefix,
                                       const char *worker, gint64 lease_ms);
void task_queue_free (TaskQueue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TaskQueue, task_queue_free)

/* Connects, and looks whether the keys are a queue's. @make: it need not be there yet. */
gboolean task_queue_open (TaskQueue *self, gboolean make, GError **error);
gboolean task_queue_is_open (const TaskQueue *self);
/* In a process that was forked: the connection is the parent's. */
void task_queue_leave (TaskQueue *self);
/* Calls @say with what Redis tells of itself that may cost a queue: that it keeps nothing on disk,
 * or throws away what has no room. */
void task_queue_tell_risks (TaskQueue *self, void (*say) (const char *text));
/* All workers of a queue do the same with its tasks: the first one says what, @asked; others are
 * refused if they say something else. */
gboolean task_queue_agree (TaskQueue *self, const char *asked, GError **error);

/* @sources: of char *. @n_new: how many were not known. */
gboolean task_queue_add (TaskQueue *self, GPtrArray *sources, guint64 *n_new, GError **error);

/* At most @n tasks: first what others have left behind, then new ones. @n_left: tasks that are not
 * finished, those that are held included. (transfer full) of Task * */
GPtrArray *task_queue_take (TaskQueue *self, guint n, guint64 *n_left, GError **error);
/* The same of what nobody has claimed for @idle_ms, wherever that is in the stream, for tasks of
 * which no attempt fails: without faults. */
GPtrArray *task_queue_take_idle (TaskQueue *self, guint n, gint64 idle_ms, GError **error);
/* Claims again. @held: whether it was still ours. */
gboolean task_queue_keep (TaskQueue *self, const Task *task, gboolean *held, GError **error);
/* Claims all of @tasks (of Task) again. Gives those that are no longer ours, or no more in the
 * queue. (transfer container) of Task */
GPtrArray *task_queue_keep_all (TaskQueue *self, const GPtrArray *tasks, GError **error);
/* Stores its result. @counted: FALSE if it is no longer ours, or has a result already: this one
 * counts no more. @reason: with TASK_DEAD. After QUEUE_ERROR_LOST nobody knows whether it is
 * stored: asked once more before anything else is finished, it is stored once. */
gboolean task_queue_finish (TaskQueue *self, const Task *task, const char *result, TaskEnd end,
                            const char *reason, gboolean *counted, GError **error);
/* Gives it back at once. @fault: why it failed; NULL: this delivery does not count. */
gboolean task_queue_give_back (TaskQueue *self, const Task *task, const char *fault,
                               GError **error);
/* The same, of all of @tasks (of Task) that are still ours, and they are no more counted as ours.
 * One script, which holds up everybody else: a hundred or so. */
gboolean task_queue_release_all (TaskQueue *self, const GPtrArray *tasks, GError **error);
/* After task_queue_take() has failed, which Redis may have done without our hearing of it: gives
 * back at once whatever is ours but none of @tasks (of Task); that delivery does not count. */
gboolean task_queue_disown_others (TaskQueue *self, const GPtrArray *tasks, GError **error);
/* We take no more; what dead workers have left of their names goes, too. */
void task_queue_resign (TaskQueue *self);
/* Of those who hold nothing, and were not heard of for so long. */
gboolean task_queue_forget_consumers (TaskQueue *self, gint64 idle_ms, GError **error);

/* Out of the queue, whoever holds it; it may be added again. */
gboolean task_queue_remove (TaskQueue *self, const Task *task, GError **error);

typedef struct {
  Task *task;
  char *holder;   /* NULL: nobody has ever taken it */
  gint64 idle_ms; /* since the holder claimed it */
} ListedTask;

/* All that are not finished, in their order. (transfer full) of ListedTask */
GPtrArray *task_queue_list (TaskQueue *self, GError **error);

typedef struct {
  char *name;
  gint64 n_held;
  gint64 idle_ms; /* since it was heard of */
} QueueConsumer;

/* Who takes tasks, or did; we, too, from now on, if we have a name. @n_tasks: how many are not
 * finished. (transfer full) of QueueConsumer */
GPtrArray *task_queue_list_consumers (TaskQueue *self, guint64 *n_tasks, GError **error);

/* For what else is kept beside the tasks: the key "genre:{NAME}:@part", with the prefix that is
 * this queue's (transfer full), and the connection. */
char *task_queue_make_key (const TaskQueue *self, const char *part);
RedisLink *task_queue_get_link (TaskQueue *self);
/* The name under which it takes tasks. */
const char *task_queue_get_worker (const TaskQueue *self);

/* Results in their order, from the one after @entry (NULL: the first): pairs of entry and result
 * ("" if it is none), at most @n. (transfer full) of char *, an even number */
GPtrArray *task_queue_list_results (TaskQueue *self, const char *entry, guint n, GError **error);
/* Those that have @entries (of char *), in this order: "" if it is none, NULL if no result has the
 * entry. All are asked for at once. (transfer full) of char * */
GPtrArray *task_queue_get_results (TaskQueue *self, const GPtrArray *entries, GError **error);

typedef struct {
  char *source, *reason;
  gint64 deliveries;
} DeadTask;

typedef struct {
  gint64 left, held, done, failed, dead;
  gint64 workers;    /* that have been heard of within half a minute */
  double rate;       /* results a second, lately; 0: nothing is known */
  char *asked;       /* what workers do, NULL: there were none yet */
  GPtrArray *graves; /* DeadTask *: the last ones */
} QueueStatus;

QueueStatus *task_queue_get_status (TaskQueue *self, GError **error);
void queue_status_free (QueueStatus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QueueStatus, queue_status_free)

G_END_DECLS
