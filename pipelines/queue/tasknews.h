/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What those who hold tasks of a queue say about them: a stream, and the last of each kind. Only
 * who holds a task can speak of it.
 *
 * The keys, beside those of taskqueue.h, with the prefix of the queue instead of "genre":
 *
 *   genre:{NAME}:heard   stream  id (of the task), worker, record; the last 100,000 or so
 *   genre:{NAME}:states  hash    id:state, id:title, id:answer: the last record of each kind;
 *                                id:told: who told the last one, and its number
 */
#pragma once
#include "taskqueue.h"
G_BEGIN_DECLS

#define TASK_NEWS_ROUND 500 /* that are read at once */

typedef struct _TaskNews TaskNews;

/* Speaks on the connection of @tasks, which outlives it. */
TaskNews *task_news_new (TaskQueue *tasks);
void task_news_free (TaskNews *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TaskNews, task_news_free)

typedef enum { NEWS_STATE, NEWS_TITLE, NEWS_ANSWER } NewsKind;

/* Of a task that this worker holds. */
typedef struct {
  char *entry, *id; /* the task's */
  NewsKind kind;
  gint64 number; /* higher than those before: it is told once, however often it is sent */
  char *text;
} HeldNews;

void held_news_free (HeldNews *self);

/* Adds the first @n of @held (of HeldNews); those of tasks that are no more this worker's are left
 * out. */
gboolean task_news_tell (TaskNews *self, GQueue *held, guint n, GError **error);
/* Of a task that is no more in the queue. */
gboolean task_news_forget (TaskNews *self, const Task *task, GError **error);

/* Of any task. */
typedef struct {
  char *id;
  char *text;
} News;

/* The last of each kind and task, in no order. (transfer full) of News */
GPtrArray *task_news_list_last (TaskNews *self, GError **error);
/* Where the stream ends now. (transfer full) */
char *task_news_get_end (TaskNews *self, GError **error);
/* After a connection was lost: @end, or the end of a stream that does not reach as far, for Redis
 * has lost what was there, or another one has begun it. FALSE on error. */
gboolean task_news_find_again (TaskNews *self, char **end, GError **error);
/* What comes after @end, which is moved behind it, at most TASK_NEWS_ROUND; waits a moment for it.
 * @resumed: NULL, or where it goes on if what came before that is not kept any more (transfer
 * full). (transfer full) of News */
GPtrArray *task_news_read (TaskNews *self, char **end, char **resumed, GError **error);
/* When an entry of the stream was made, by the clock of Redis, in microseconds since 1970. */
gint64 task_news_get_time (const char *entry);

G_END_DECLS
