/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tasknews.h"
#include <string.h>

#define KEPT "100000"            /* items, about */
#define WAIT "250"               /* ms for one */
#define EMPTY "0-0"              /* the end of a stream with nothing in it */
#define PAUSE G_TIME_SPAN_SECOND /* between two readings, of who stands still */

struct _TaskNews {
  TaskQueue *tasks;
  RedisLink *link;
  char *tasks_key, *heard_key, *states_key;
  gint64 asked_at;    /* monotonic, for the last time */
  gboolean is_behind; /* there was a full round to read */
};

/* worker; entry, id, kind, number, text; ... What was said before a change of state is no more so.
 * What is sent again, because the reply was lost, is known by its number. */
static const char tell_script[] =
    "local tasks, heard, states = unpack (KEYS)\n"
    "for i = 2, #ARGV, 5 do\n"
    "  local entry, id, kind, number, text = unpack (ARGV, i, i + 4)\n"
    "  local told = redis.call ('HGET', states, id .. ':told') or ''\n"
    "  local teller, last = string.match (told, '^(.*) (%d+)$')\n"
    "  if (teller ~= ARGV[1] or tonumber (number) > tonumber (last)) and\n"
    "     #redis.call ('XPENDING', tasks, '" TASK_QUEUE_GROUP "', entry, entry, 1,\n"
    "                  ARGV[1]) > 0 then\n"
    "    redis.call ('XADD', heard, 'MAXLEN', '~', " KEPT ", '*', 'id', id, 'worker', ARGV[1],\n"
    "                'record', text)\n"
    "    if kind == 'state' then redis.call ('HDEL', states, id .. ':title', id .. ':answer') end\n"
    "    redis.call ('HSET', states, id .. ':' .. kind, text, id .. ':told',\n"
    "                ARGV[1] .. ' ' .. number)\n"
    "  end\n"
    "end\n"
    "return 1\n";

static const char *const kinds[] = {
    [NEWS_STATE] = "state", [NEWS_TITLE] = "title", [NEWS_ANSWER] = "answer"};

/* ---- making one, and its end ---- */

TaskNews *
task_news_new (TaskQueue *tasks)
{
  TaskNews *self = g_new0 (TaskNews, 1);
  self->tasks = tasks;
  self->link = task_queue_get_link (tasks);
  self->tasks_key = task_queue_make_key (tasks, "tasks");
  self->heard_key = task_queue_make_key (tasks, "heard");
  self->states_key = task_queue_make_key (tasks, "states");
  return self;
}

void
task_news_free (TaskNews *self)
{
  if (!self)
    return;
  g_free (self->tasks_key);
  g_free (self->heard_key);
  g_free (self->states_key);
  g_free (self);
}

/* ---- what is said ---- */

void
held_news_free (HeldNews *self)
{
  if (!self)
    return;
  g_free (self->entry);
  g_free (self->id);
  g_free (self->text);
  g_free (self);
}

gboolean
task_news_tell (TaskNews *self, GQueue *held, guint n, GError **error)
{
  g_autoptr (RedisCommand) command =
      redis_command_new ("EVAL", tell_script, "3", self->tasks_key, self->heard_key,
                         self->states_key, task_queue_get_worker (self->tasks), NULL);
  for (GList *at = held->head; at && n > 0; at = at->next, n--) {
    const HeldNews *news = at->data;
    redis_command_add (command, news->entry);
    redis_command_add (command, news->id);
    redis_command_add (command, kinds[news->kind]);
    redis_command_add_number (command, news->number);
    redis_command_add (command, news->text);
  }
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  return reply != NULL;
}

gboolean
task_news_forget (TaskNews *self, const Task *task, GError **error)
{
  g_autoptr (RedisCommand) command = redis_command_new ("HDEL", self->states_key, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *field = g_strdup_printf ("%s:%s", task->id, kinds[i]);
    redis_command_add (command, field);
  }
  g_autofree char *told = g_strdup_printf ("%s:told", task->id);
  redis_command_add (command, told);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  return reply != NULL;
}

static void
free_news (gpointer data)
{
  News *self = data;
  g_free (self->id);
  g_free (self->text);
  g_free (self);
}

static void
add_news (GPtrArray *found, char *id, const char *text)
{
  News *news = g_new (News, 1);
  *news = (News){id, g_strdup (text)};
  g_ptr_array_add (found, news);
}

GPtrArray *
task_news_list_last (TaskNews *self, GError **error)
{
  g_autoptr (RedisCommand) command = redis_command_new ("HGETALL", self->states_key, NULL);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return NULL;
  GPtrArray *found = g_ptr_array_new_with_free_func (free_news);
  for (gsize i = 0; redis_reply_is_array (reply, 2) && i + 1 < reply->elements; i += 2) {
    const redisReply *field = reply->element[i], *value = reply->element[i + 1];
    const char *colon = redis_reply_is_text (field) && redis_reply_is_text (value)
                            ? strchr (field->str, ':')
                            : NULL;
    if (colon)
      add_news (found, g_strndup (field->str, (gsize)(colon - field->str)), value->str);
  }
  return found;
}

/* (transfer full) */
static char *
find_outermost (TaskNews *self, const char *ask, const char *from, const char *to, GError **error)
{
  g_autoptr (RedisCommand) command =
      redis_command_new (ask, self->heard_key, from, to, "COUNT", "1", NULL);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return NULL;
  if (!redis_reply_is_array (reply, 1))
    return g_strdup (EMPTY);
  if (redis_reply_is_array (reply->element[0], 2) &&
      redis_reply_is_text (reply->element[0]->element[0]))
    return g_strdup (reply->element[0]->element[0]->str);
  redis_link_misunderstand (self->link, error);
  return NULL;
}

char *
task_news_get_end (TaskNews *self, GError **error)
{
  return find_outermost (self, "XREVRANGE", "+", "-", error);
}

/* "milliseconds-number" */
static gboolean
is_later (const char *entry, const char *other)
{
  char *end, *other_end;
  const guint64 time = g_ascii_strtoull (entry, &end, 10);
  const guint64 other_time = g_ascii_strtoull (other, &other_end, 10);
  if (time != other_time || *end != '-' || *other_end != '-')
    return time > other_time;
  return g_ascii_strtoull (end + 1, NULL, 10) > g_ascii_strtoull (other_end + 1, NULL, 10);
}

gboolean
task_news_find_again (TaskNews *self, char **end, GError **error)
{
  g_autofree char *newest = task_news_get_end (self, error);
  if (newest && is_later (*end, newest)) {
    g_free (*end);
    *end = g_steal_pointer (&newest);
    return TRUE;
  }
  return newest != NULL;
}

gint64
task_news_get_time (const char *entry)
{
  return g_ascii_strtoll (entry, NULL, 10) * 1000;
}

/* Redis throws away what is more than is kept, and goes on behind that as if nothing had been
 * there. It is asked before reading, by who is behind or has stood still: what was read is not
 * lost, though it be thrown away since. */
static gboolean
find_gap (TaskNews *self, const char *end, char **resumed, GError **error)
{
  const gboolean stood_still = g_get_monotonic_time () - self->asked_at > PAUSE;
  if ((!self->is_behind && !stood_still) || g_str_equal (end, EMPTY))
    return TRUE;
  g_autofree char *first = find_outermost (self, "XRANGE", "-", "+", error);
  if (first && is_later (first, end))
    *resumed = g_steal_pointer (&first);
  return first || *resumed;
}

/* @reply: entries of the stream. */
static void
read_entries (const redisReply *reply, GPtrArray *found, char **end)
{
  for (gsize i = 0; redis_reply_is_array (reply, 0) && i < reply->elements; i++) {
    const redisReply *entry = reply->element[i];
    if (!redis_reply_is_array (entry, 2) || !redis_reply_is_text (entry->element[0]))
      continue;
    g_free (*end);
    *end = g_strdup (entry->element[0]->str);
    const char *id = redis_reply_find_field (entry->element[1], "id");
    const char *text = redis_reply_find_field (entry->element[1], "record");
    if (id && text)
      add_news (found, g_strdup (id), text);
  }
}

GPtrArray *
task_news_read (TaskNews *self, char **end, char **resumed, GError **error)
{
  *resumed = NULL;
  if (!find_gap (self, *end, resumed, error))
    return NULL;
  self->asked_at = g_get_monotonic_time ();
  g_autoptr (RedisCommand) command =
      redis_command_new ("XREAD", "COUNT", G_STRINGIFY (TASK_NEWS_ROUND), "BLOCK", WAIT, "STREAMS",
                         self->heard_key, *end, NULL);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return NULL;
  const redisReply *entries =
      redis_reply_is_array (reply, 1) && redis_reply_is_array (reply->element[0], 2)
          ? reply->element[0]->element[1]
          : NULL;
  const gsize n = entries && redis_reply_is_array (entries, 0) ? entries->elements : 0;
  self->is_behind = n == TASK_NEWS_ROUND;
  GPtrArray *found = g_ptr_array_new_with_free_func (free_news);
  if (n > 0)
    read_entries (entries, found, end);
  return found;
}
