/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "taskqueue.h"
#include "../translation.h"
#include <string.h>

#define BATCH 500         /* tasks that are added by one script, which holds up everybody else */
#define WINDOW 4          /* such scripts on their way */
#define FORGOTTEN 3600000 /* ms after which a worker that holds nothing is forgotten */
#define SEEN 30000        /* ms for which a worker that says nothing counts */
#define N_GRAVES 10
#define ID_LENGTH 32       /* hexadecimal digits of SHA-256 */
#define MOST_LISTED 100000 /* tasks, by one script */
#define PREFIX "genre"
#define MOST_HELD "10000" /* tasks, by one worker */
#define THOROUGH 1000     /* looks for what was left behind, by one script; otherwise it is one */

enum { TASKS, KNOWN, RESULTS, DEAD, FAULTS, ABOUT, N_KEYS };

static const struct {
  const char *name, *type;
} parts[N_KEYS] = {
    [TASKS] = {"tasks", "stream"}, [KNOWN] = {"known", "hash"},   [RESULTS] = {"results", "stream"},
    [DEAD] = {"dead", "stream"},   [FAULTS] = {"faults", "hash"}, [ABOUT] = {"about", "hash"}};

/* Each script begins with this: its keys, then the group. */
#define PREFACE                                                                                    \
  "local tasks, known, results, dead, faults, about = unpack (KEYS)\n"                             \
  "local group = '" TASK_QUEUE_GROUP "'\n"

/* id, source; id, source; ... */
static const char add_script[] =
    PREFACE "local new = 0\n"
            "for i = 1, #ARGV, 2 do\n"
            "  if redis.call ('HSETNX', known, ARGV[i], 'q') == 1 then\n"
            "    redis.call ('XADD', tasks, '*', 'source', ARGV[i + 1])\n"
            "    new = new + 1\n"
            "  end\n"
            "end\n"
            "return new\n";

/* A worker that holds nothing, and gets nothing, is heard of by Redis 7.0 only if it reads what it
 * holds, here beyond the end. */
#define BE_HEARD_OF                                                                                \
  "redis.call ('XREADGROUP', 'GROUP', group, ARGV[1], 'COUNT', 1, 'STREAMS', tasks,\n"             \
  "            '18446744073709551614-0')\n"

/* worker, lease, number, where to look for what was left behind, and how often; gives the next such
 * place, the number of unfinished tasks, and tasks: entry, deliveries, source, if there is one */
static const char take_script[] = PREFACE
    "local worker, lease, n, cursor = ARGV[1], ARGV[2], tonumber (ARGV[3]), ARGV[4]\n"
    "local taken = {}\n"
    "local function add (entry)\n"
    "  local source = nil\n"
    "  for i = 1, #entry[2] - 1, 2 do\n"
    "    if entry[2][i] == 'source' then source = entry[2][i + 1] end\n"
    "  end\n"
    "  local pending = redis.call ('XPENDING', tasks, group, entry[1], entry[1], 1)\n"
    "  taken[#taken + 1] = {entry[1], pending[1] and pending[1][4] or 1, source}\n"
    "end\n"
    "local left\n"
    "for _ = 1, tonumber (ARGV[5]) do\n"
    "  left = redis.call ('XAUTOCLAIM', tasks, group, worker, lease, cursor, 'COUNT', n - #taken)\n"
    "  for _, entry in ipairs (left[2]) do add (entry) end\n"
    "  cursor = left[1]\n"
    "  if #taken >= n or cursor == '0-0' then break end\n"
    "end\n"
    "if #taken < n then\n"
    "  local new = redis.call ('XREADGROUP', 'GROUP', group, worker, 'COUNT', n - #taken,\n"
    "                          'STREAMS', tasks, '>')\n"
    "  if new then for _, entry in ipairs (new[1][2]) do add (entry) end end\n"
    "end\n"
    "if #taken == 0 then\n" BE_HEARD_OF "end\n"
    "return {left[1], redis.call ('XLEN', tasks), redis.call ('EXISTS', known), taken}\n";

#define IF_OURS                                                                                    \
  "local worker, entry = ARGV[1], ARGV[2]\n"                                                       \
  "if #redis.call ('XPENDING', tasks, group, entry, entry, 1, worker) == 0 then return 0 end\n"

/* worker, entry */
static const char keep_script[] =
    PREFACE IF_OURS "redis.call ('XCLAIM', tasks, group, worker, 0, entry, 'JUSTID')\n"
                    "return 1\n";

/* worker, entries; gives those that are not its own */
static const char keep_all_script[] =
    PREFACE "local lost = {}\n"
            "for i = 2, #ARGV do\n"
            "  if #redis.call ('XPENDING', tasks, group, ARGV[i], ARGV[i], 1, ARGV[1]) == 0 or\n"
            "     #redis.call ('XCLAIM', tasks, group, ARGV[1], 0, ARGV[i], 'JUSTID') == 0 then\n"
            "    lost[#lost + 1] = ARGV[i]\n"
            "  end\n"
            "end\n"
            "return lost\n";

/* entry, id */
static const char remove_script[] = PREFACE "redis.call ('XACK', tasks, group, ARGV[1])\n"
                                            "redis.call ('HDEL', faults, ARGV[2])\n"
                                            "redis.call ('HDEL', known, ARGV[2])\n"
                                            "return redis.call ('XDEL', tasks, ARGV[1])\n";

/* number; gives entry, source or '', holder or '', ms since it was claimed */
static const char list_script[] = PREFACE
    "local held, found = {}, {}\n"
    "for _, pending in ipairs (redis.call ('XPENDING', tasks, group, '-', '+', ARGV[1])) do\n"
    "  held[pending[1]] = pending\n"
    "end\n"
    "for _, entry in ipairs (redis.call ('XRANGE', tasks, '-', '+', 'COUNT', ARGV[1])) do\n"
    "  local source, holder = '', held[entry[1]] or {'', '', 0}\n"
    "  for i = 1, #entry[2] - 1, 2 do\n"
    "    if entry[2][i] == 'source' then source = entry[2][i + 1] end\n"
    "  end\n"
    "  found[#found + 1] = {entry[1], source, holder[2], holder[3]}\n"
    "end\n"
    "return found\n";

/* worker or ''; gives the number of tasks, then consumers: name, tasks that it holds, ms since it
 * was heard of */
static const char consumers_script[] =
    PREFACE "if ARGV[1] ~= '' then\n"
            "  redis.call ('XGROUP', 'CREATECONSUMER', tasks, group, ARGV[1])\n" BE_HEARD_OF "end\n"
            "local found = {redis.call ('XLEN', tasks)}\n"
            "for _, consumer in ipairs (redis.call ('XINFO', 'CONSUMERS', tasks, group)) do\n"
            "  found[#found + 1] = {consumer[2], consumer[4], consumer[6]}\n"
            "end\n"
            "return found\n";

/* worker, entry, id, end, result, source, reason, deliveries */
static const char finish_script[] =
    PREFACE "local last = 'last:' .. ARGV[1] -- once more, for the reply was lost: the same reply\n"
            "if redis.call ('HGET', about, last) == ARGV[2] then return 1 end\n" IF_OURS
            "local id, how, result = ARGV[3], ARGV[4], ARGV[5]\n"
            "redis.call ('XACK', tasks, group, entry)\n"
            "redis.call ('XDEL', tasks, entry)\n"
            "redis.call ('HDEL', faults, id)\n"
            "if redis.call ('HGET', known, id) == 'd' then return 0 end\n"
            "redis.call ('HSET', known, id, 'd')\n"
            "redis.call ('HSET', about, last, entry)\n"
            "redis.call ('XADD', results, '*', 'id', id, 'result', result)\n"
            "redis.call ('HINCRBY', about, 'done', 1)\n"
            "if how ~= 'done' then redis.call ('HINCRBY', about, 'failed', 1) end\n"
            "if how == 'dead' then\n"
            "  redis.call ('HINCRBY', about, 'dead', 1)\n"
            "  redis.call ('XADD', dead, '*', 'source', ARGV[6], 'reason', ARGV[7], "
            "'deliveries', ARGV[8])\n"
            "end\n"
            "return 1\n";

/* worker, entry, id, deliveries, ms for which it seems to be left behind, fault */
static const char give_back_script[] = PREFACE IF_OURS
    "if ARGV[6] ~= '' then redis.call ('HSET', faults, ARGV[3], ARGV[6]) end\n"
    "redis.call ('XCLAIM', tasks, group, '" TASK_QUEUE_NOBODY "', 0, entry, 'IDLE', ARGV[5], "
    "'RETRYCOUNT', ARGV[4],\n"
    "            'JUSTID')\n"
    "return 1\n";

/* worker, ms for which they seem to be left behind, next holder, then entry, deliveries; entry, ...
 */
static const char release_script[] =
    PREFACE "for i = 4, #ARGV, 2 do\n"
            "  if #redis.call ('XPENDING', tasks, group, ARGV[i], ARGV[i], 1, ARGV[1]) > 0 then\n"
            "    redis.call ('XCLAIM', tasks, group, ARGV[3], 0, ARGV[i], 'IDLE', ARGV[2],\n"
            "                'RETRYCOUNT', ARGV[i + 1], 'JUSTID')\n"
            "  end\n"
            "end\n"
            "return 1\n";

/* worker, ms for which they seem to be left behind, then entries that it knows of */
static const char disown_script[] =
    PREFACE "local known = {}\n"
            "for i = 3, #ARGV do known[ARGV[i]] = true end\n"
            "local held = redis.call ('XPENDING', tasks, group, '-', '+', " MOST_HELD ", ARGV[1])\n"
            "for _, pending in ipairs (held) do\n"
            "  if not known[pending[1]] then\n"
            "    redis.call ('XCLAIM', tasks, group, '" TASK_QUEUE_NOBODY
            "', 0, pending[1], 'IDLE', ARGV[2],\n"
            "                'RETRYCOUNT', pending[4] - 1, 'JUSTID')\n"
            "  end\n"
            "end\n"
            "return 1\n";

/* worker, time after which others are forgotten */
static const char resign_script[] =
    PREFACE "for _, consumer in ipairs (redis.call ('XINFO', 'CONSUMERS', tasks, group)) do\n"
            "  local name, pending, idle = consumer[2], consumer[4], consumer[6]\n"
            "  if pending == 0 and (name == ARGV[1] or idle > tonumber (ARGV[2])) then\n"
            "    redis.call ('XGROUP', 'DELCONSUMER', tasks, group, name)\n"
            "    redis.call ('HDEL', about, 'last:' .. name)\n"
            "  end\n"
            "end\n"
            "return 1\n";

/* time for which a worker that says nothing counts, number of graves; the rate is that of the last
 * results, up to now */
static const char status_script[] = PREFACE
    "local workers, held, rate = 0, 0, '0'\n"
    "local groups = redis.call ('EXISTS', tasks) == 1 and redis.call ('XINFO', 'GROUPS', "
    "tasks) or {}\n"
    "for _, found in ipairs (groups) do\n"
    "  if found[2] == group then\n"
    "    held = found[6]\n"
    "    for _, consumer in ipairs (redis.call ('XINFO', 'CONSUMERS', tasks, group)) do\n"
    "      local is_somebody = consumer[2] ~= '" TASK_QUEUE_NOBODY "'\n"
    "      if not is_somebody then held = held - consumer[4] end\n"
    "      if is_somebody and consumer[6] <= tonumber (ARGV[1]) then workers = workers + 1 end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "local last = redis.call ('XREVRANGE', results, '+', '-', 'COUNT', 100)\n"
    "if #last > 1 then\n"
    "  local first = tonumber (string.match (last[#last][1], '^%d+'))\n"
    "  local now = redis.call ('TIME')\n"
    "  local ms = tonumber (now[1]) * 1000 + tonumber (now[2]) / 1000 - first\n"
    "  if ms > 0 then rate = string.format ('%.6f', (#last - 1) * 1000 / ms) end\n"
    "end\n"
    "return {redis.call ('XLEN', tasks), held, workers, rate,\n"
    "        redis.call ('HMGET', about, 'asked', 'done', 'failed', 'dead'),\n"
    "        redis.call ('XREVRANGE', dead, '+', '-', 'COUNT', ARGV[2])}\n";

struct _TaskQueue {
  const QueueAddress *address;
  RedisLink *link;
  char *prefix;
  char *keys[N_KEYS];
  char *worker;
  gint64 lease;
  char *cursor;      /* where to look next for what was left behind */
  gboolean is_known; /* something was in it once */
};

/* ---- making one, and its end ---- */

TaskQueue *
task_queue_new (const QueueAddress *address, const char *worker, gint64 lease_ms)
{
  return task_queue_new_with_prefix (address, PREFIX, worker, lease_ms);
}

TaskQueue *
task_queue_new_with_prefix (const QueueAddress *address, const char *prefix, const char *worker,
                            gint64 lease_ms)
{
  TaskQueue *self = g_new0 (TaskQueue, 1);
  self->address = address;
  self->link = redis_link_new (address);
  self->prefix = g_strdup (prefix);
  for (int i = 0; i < N_KEYS; i++)
    self->keys[i] = task_queue_make_key (self, parts[i].name);
  self->worker = g_strdup (worker);
  self->lease = lease_ms;
  self->cursor = g_strdup ("0-0");
  return self;
}

void
task_queue_free (TaskQueue *self)
{
  if (!self)
    return;
  redis_link_free (self->link);
  for (int i = 0; i < N_KEYS; i++)
    g_free (self->keys[i]);
  g_free (self->prefix);
  g_free (self->worker);
  g_free (self->cursor);
  g_free (self);
}

const char *
task_get_text (const Task *self)
{
  return self->source ? self->source : self->entry;
}

void
task_free (Task *self)
{
  if (!self)
    return;
  g_free (self->entry);
  g_free (self->source);
  g_free (self->id);
  g_free (self->fault);
  g_free (self);
}

gboolean
task_queue_is_open (const TaskQueue *self)
{
  return redis_link_is_open (self->link);
}

void
task_queue_leave (TaskQueue *self)
{
  redis_link_leave (self->link);
}

/* ---- talking to Redis ---- */

static RedisCommand *
new_script (const TaskQueue *self, const char *script)
{
  RedisCommand *command = redis_command_new ("EVAL", script, NULL);
  redis_command_add_number (command, N_KEYS);
  for (int i = 0; i < N_KEYS; i++)
    redis_command_add (command, self->keys[i]);
  return command;
}

/* Numbers come as such, or as text. */
static gint64
get_number (const redisReply *reply)
{
  if (reply->type == REDIS_REPLY_INTEGER)
    return reply->integer;
  return redis_reply_is_text (reply) ? g_ascii_strtoll (reply->str, NULL, 10) : 0;
}

static gboolean
run_for_number (TaskQueue *self, const RedisCommand *command, gint64 *number, GError **error)
{
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return FALSE;
  if (reply->type != REDIS_REPLY_INTEGER) {
    redis_link_misunderstand (self->link, error);
    return FALSE;
  }
  *number = reply->integer;
  return TRUE;
}

/* ---- opening it ---- */

static gboolean
check_type (TaskQueue *self, int key, gboolean *is_there, GError **error)
{
  g_autoptr (RedisCommand) command = redis_command_new ("TYPE", self->keys[key], NULL);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return FALSE;
  if (!redis_reply_is_text (reply)) {
    redis_link_misunderstand (self->link, error);
    return FALSE;
  }
  *is_there = !g_str_equal (reply->str, "none");
  if (!*is_there || g_str_equal (reply->str, parts[key].type))
    return TRUE;
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED,
               _ ("%s: the key %s is a %s, a queue has a %s there: something else uses it"),
               self->address->shown, self->keys[key], reply->str, parts[key].type);
  return FALSE;
}

static gboolean
make_group (TaskQueue *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (RedisCommand) command = redis_command_new ("XGROUP", "CREATE", self->keys[TASKS],
                                                        TASK_QUEUE_GROUP, "0", "MKSTREAM", NULL);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, &local);
  if (reply || (local->code == QUEUE_ERROR_REFUSED && strstr (local->message, "BUSYGROUP")))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
task_queue_open (TaskQueue *self, gboolean make, GError **error)
{
  gboolean is_there[N_KEYS];
  if (!redis_link_open (self->link, error))
    return FALSE;
  for (int i = 0; i < N_KEYS; i++)
    if (!check_type (self, i, &is_there[i], error))
      return FALSE;
  self->is_known |= is_there[KNOWN];
  if (is_there[KNOWN] || (!self->is_known && (make || is_there[TASKS])))
    return make_group (self, error);
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED,
               self->is_known ? _ ("%s: the queue is gone (does Redis keep it on its disk?)")
                              : _ ("%s: there is no such queue: enqueue makes one"),
               self->address->shown);
  return FALSE;
}

/* Whether INFO says @fact, a line of it or how one begins. */
static gboolean
is_told (TaskQueue *self, const char *section, const char *fact)
{
  g_autoptr (RedisCommand) command = redis_command_new ("INFO", section, NULL);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, NULL);
  return reply && redis_reply_is_text (reply) && strstr (reply->str, fact);
}

void
task_queue_tell_risks (TaskQueue *self, void (*say) (const char *text))
{
  if (is_told (self, "persistence", "aof_enabled:0"))
    say (_ ("Redis keeps the queue in memory only (appendonly no): if it ends, all is lost"));
  if (is_told (self, "memory", "\nmaxmemory_policy:allkeys") &&
      !is_told (self, "memory", "\nmaxmemory:0\r"))
    say (_ ("Redis throws the queue away when its memory is full: let its maxmemory-policy be "
            "noeviction"));
}

gboolean
task_queue_agree (TaskQueue *self, const char *asked, GError **error)
{
  gint64 is_new;
  g_autoptr (RedisCommand) set =
      redis_command_new ("HSETNX", self->keys[ABOUT], "asked", asked, NULL);
  g_autoptr (RedisCommand) get = redis_command_new ("HGET", self->keys[ABOUT], "asked", NULL);
  if (!run_for_number (self, set, &is_new, error))
    return FALSE;
  g_autoptr (redisReply) reply = redis_link_run (self->link, get, error);
  if (!reply)
    return FALSE;
  if (!redis_reply_is_text (reply)) {
    redis_link_misunderstand (self->link, error);
    return FALSE;
  }
  if (g_str_equal (reply->str, asked))
    return TRUE;
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED,
               _ ("%s: its workers run with \"%s\", this one with \"%s\": all must do the same"),
               self->address->shown, reply->str, asked);
  return FALSE;
}

/* ---- adding ---- */

static char *
make_id (const char *source)
{
  char *id = g_compute_checksum_for_string (G_CHECKSUM_SHA256, source, -1);
  id[ID_LENGTH] = '\0';
  return id;
}

static gboolean
send_batch (TaskQueue *self, GPtrArray *sources, guint begin, GError **error)
{
  g_autoptr (RedisCommand) command = new_script (self, add_script);
  for (guint i = begin; i < MIN (begin + BATCH, sources->len); i++) {
    g_autofree char *id = make_id (sources->pdata[i]);
    redis_command_add (command, id);
    redis_command_add (command, sources->pdata[i]);
  }
  return redis_link_send (self->link, command, error);
}

static gboolean
receive_batch (TaskQueue *self, guint64 *n_new, GError **error)
{
  g_autoptr (redisReply) reply = redis_link_receive (self->link, error);
  if (!reply)
    return FALSE;
  *n_new += (guint64)get_number (reply);
  return TRUE;
}

gboolean
task_queue_add (TaskQueue *self, GPtrArray *sources, guint64 *n_new, GError **error)
{
  guint under_way = 0;
  *n_new = 0;
  for (guint i = 0; i < sources->len; i += BATCH) {
    if (!send_batch (self, sources, i, error))
      return FALSE;
    if (++under_way < WINDOW)
      continue;
    if (!receive_batch (self, n_new, error))
      return FALSE;
    under_way--;
  }
  while (under_way-- > 0)
    if (!receive_batch (self, n_new, error))
      return FALSE;
  return TRUE;
}

/* ---- taking ---- */

/* @source: what Redis says it is, or NULL. */
static Task *
task_new (const char *entry, const redisReply *source)
{
  Task *self = g_new0 (Task, 1);
  self->entry = g_strdup (entry);
  self->deliveries = 1;
  if (source && redis_reply_is_text (source) && source->len > 0 &&
      source->len <= TASK_QUEUE_MAX_SOURCE && strlen (source->str) == source->len)
    self->source = g_strdup (source->str);
  self->id = make_id (task_get_text (self));
  return self;
}

/* NULL if what Redis says is no task at all. */
static Task *
read_task (const redisReply *reply)
{
  if (!redis_reply_is_array (reply, 2) || !redis_reply_is_text (reply->element[0]))
    return NULL;
  Task *self = task_new (reply->element[0]->str, reply->elements > 2 ? reply->element[2] : NULL);
  self->deliveries = (guint)CLAMP (get_number (reply->element[1]), 1, G_MAXINT);
  return self;
}

static gboolean
find_fault (TaskQueue *self, Task *task, GError **error)
{
  g_autoptr (RedisCommand) command = redis_command_new ("HGET", self->keys[FAULTS], task->id, NULL);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return FALSE;
  task->fault = redis_reply_is_text (reply) ? g_strdup (reply->str) : NULL;
  return TRUE;
}

static void
free_task (gpointer data)
{
  task_free (data);
}

static GPtrArray *
read_tasks (TaskQueue *self, const redisReply *reply, GError **error)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (free_task);
  for (gsize i = 0; i < reply->elements; i++) {
    Task *task = read_task (reply->element[i]);
    if (!task) {
      redis_link_misunderstand (self->link, error);
      return NULL;
    }
    g_ptr_array_add (tasks, task);
  }
  return g_steal_pointer (&tasks);
}

static gboolean
find_faults (TaskQueue *self, const GPtrArray *tasks, GError **error)
{
  for (guint i = 0; i < tasks->len; i++) {
    Task *task = tasks->pdata[i];
    if (task->deliveries > 1 && !find_fault (self, task, error))
      return FALSE;
  }
  return TRUE;
}

static GPtrArray *
take (TaskQueue *self, guint n, gint64 idle, guint n_looks, guint64 *n_left, GError **error)
{
  g_autoptr (RedisCommand) command = new_script (self, take_script);
  redis_command_add (command, self->worker);
  redis_command_add_number (command, idle);
  redis_command_add_number (command, n);
  redis_command_add (command, self->cursor);
  redis_command_add_number (command, n_looks);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return NULL;
  if (!redis_reply_is_array (reply, 4) || !redis_reply_is_text (reply->element[0]) ||
      !redis_reply_is_array (reply->element[3], 0)) {
    redis_link_misunderstand (self->link, error);
    return NULL;
  }
  g_free (self->cursor);
  self->cursor = g_strdup (reply->element[0]->str);
  *n_left = (guint64)get_number (reply->element[1]);
  self->is_known |= get_number (reply->element[2]) != 0;
  return read_tasks (self, reply->element[3], error);
}

GPtrArray *
task_queue_take (TaskQueue *self, guint n, guint64 *n_left, GError **error)
{
  g_autoptr (GPtrArray) tasks = take (self, n, self->lease, 1, n_left, error);
  return tasks && find_faults (self, tasks, error) ? g_steal_pointer (&tasks) : NULL;
}

GPtrArray *
task_queue_take_idle (TaskQueue *self, guint n, gint64 idle_ms, GError **error)
{
  guint64 n_left;
  return take (self, n, idle_ms, THOROUGH, &n_left, error);
}

/* ---- what is held ---- */

static RedisCommand *
new_script_about (TaskQueue *self, const char *script, const Task *task)
{
  RedisCommand *command = new_script (self, script);
  redis_command_add (command, self->worker);
  redis_command_add (command, task->entry);
  return command;
}

gboolean
task_queue_keep (TaskQueue *self, const Task *task, gboolean *held, GError **error)
{
  g_autoptr (RedisCommand) command = new_script_about (self, keep_script, task);
  gint64 number;
  if (!run_for_number (self, command, &number, error))
    return FALSE;
  *held = number == 1;
  return TRUE;
}

static gboolean
is_in (const redisReply *entries, const char *entry)
{
  for (gsize i = 0; i < entries->elements; i++)
    if (redis_reply_is_text (entries->element[i]) && g_str_equal (entries->element[i]->str, entry))
      return TRUE;
  return FALSE;
}

GPtrArray *
task_queue_keep_all (TaskQueue *self, const GPtrArray *tasks, GError **error)
{
  g_autoptr (GPtrArray) lost = g_ptr_array_new ();
  for (guint begin = 0; begin < tasks->len; begin += BATCH) {
    g_autoptr (RedisCommand) command = new_script (self, keep_all_script);
    const guint end = MIN (begin + BATCH, tasks->len);
    redis_command_add (command, self->worker);
    for (guint i = begin; i < end; i++)
      redis_command_add (command, ((const Task *)tasks->pdata[i])->entry);
    g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
    if (!reply || !redis_reply_is_array (reply, 0)) {
      if (reply)
        redis_link_misunderstand (self->link, error);
      return NULL;
    }
    for (guint i = begin; i < end && reply->elements > 0; i++)
      if (is_in (reply, ((const Task *)tasks->pdata[i])->entry))
        g_ptr_array_add (lost, tasks->pdata[i]);
  }
  return g_steal_pointer (&lost);
}

gboolean
task_queue_finish (TaskQueue *self, const Task *task, const char *result, TaskEnd end,
                   const char *reason, gboolean *counted, GError **error)
{
  static const char *const ends[] = {
      [TASK_DONE] = "done", [TASK_FAILED] = "failed", [TASK_DEAD] = "dead"};
  g_autoptr (RedisCommand) command = new_script_about (self, finish_script, task);
  gint64 number;
  redis_command_add (command, task->id);
  redis_command_add (command, ends[end]);
  redis_command_add (command, result);
  redis_command_add (command, task->source ? task->source : "");
  redis_command_add (command, reason ? reason : "");
  redis_command_add_number (command, task->deliveries);
  if (!run_for_number (self, command, &number, error))
    return FALSE;
  *counted = number == 1;
  return TRUE;
}

gboolean
task_queue_give_back (TaskQueue *self, const Task *task, const char *fault, GError **error)
{
  g_autoptr (RedisCommand) command = new_script_about (self, give_back_script, task);
  gint64 number;
  redis_command_add (command, task->id);
  redis_command_add_number (command, fault ? task->deliveries : task->deliveries - 1);
  redis_command_add_number (command, self->lease);
  redis_command_add (command, fault ? fault : "");
  return run_for_number (self, command, &number, error);
}

gboolean
task_queue_release_all (TaskQueue *self, const GPtrArray *tasks, GError **error)
{
  g_autoptr (RedisCommand) command = new_script (self, release_script);
  gint64 number;
  redis_command_add (command, self->worker);
  redis_command_add_number (command, TASK_QUEUE_RELEASED);
  redis_command_add (command, TASK_QUEUE_NOBODY);
  for (guint i = 0; i < tasks->len; i++) {
    const Task *task = tasks->pdata[i];
    redis_command_add (command, task->entry);
    redis_command_add_number (command, task->deliveries - 1);
  }
  return tasks->len == 0 || run_for_number (self, command, &number, error);
}

gboolean
task_queue_disown_others (TaskQueue *self, const GPtrArray *tasks, GError **error)
{
  g_autoptr (RedisCommand) command = new_script (self, disown_script);
  gint64 number;
  redis_command_add (command, self->worker);
  redis_command_add_number (command, self->lease);
  for (guint i = 0; i < tasks->len; i++)
    redis_command_add (command, ((const Task *)tasks->pdata[i])->entry);
  return run_for_number (self, command, &number, error);
}

void
task_queue_resign (TaskQueue *self)
{
  g_autoptr (RedisCommand) command = new_script (self, resign_script);
  redis_command_add (command, self->worker);
  redis_command_add_number (command, FORGOTTEN);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, NULL);
}

gboolean
task_queue_forget_consumers (TaskQueue *self, gint64 idle_ms, GError **error)
{
  g_autoptr (RedisCommand) command = new_script (self, resign_script);
  redis_command_add (command, "");
  redis_command_add_number (command, idle_ms);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  return reply != NULL;
}

/* ---- all tasks, and who has them ---- */

gboolean
task_queue_remove (TaskQueue *self, const Task *task, GError **error)
{
  g_autoptr (RedisCommand) command = new_script (self, remove_script);
  gint64 number;
  redis_command_add (command, task->entry);
  redis_command_add (command, task->id);
  return run_for_number (self, command, &number, error);
}

static void
free_listed (gpointer data)
{
  ListedTask *self = data;
  task_free (self->task);
  g_free (self->holder);
  g_free (self);
}

static ListedTask *
read_listed (const redisReply *reply)
{
  if (!redis_reply_is_array (reply, 4) || !redis_reply_is_text (reply->element[0]) ||
      !redis_reply_is_text (reply->element[2]))
    return NULL;
  ListedTask *self = g_new0 (ListedTask, 1);
  self->task = task_new (reply->element[0]->str, reply->element[1]);
  self->holder = *reply->element[2]->str ? g_strdup (reply->element[2]->str) : NULL;
  self->idle_ms = get_number (reply->element[3]);
  return self;
}

GPtrArray *
task_queue_list (TaskQueue *self, GError **error)
{
  g_autoptr (RedisCommand) command = new_script (self, list_script);
  redis_command_add_number (command, MOST_LISTED);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return NULL;
  GPtrArray *found = g_ptr_array_new_with_free_func (free_listed);
  for (gsize i = 0; redis_reply_is_array (reply, 0) && i < reply->elements; i++) {
    ListedTask *listed = read_listed (reply->element[i]);
    if (listed)
      g_ptr_array_add (found, listed);
  }
  return found;
}

static void
free_consumer (gpointer data)
{
  QueueConsumer *self = data;
  g_free (self->name);
  g_free (self);
}

GPtrArray *
task_queue_list_consumers (TaskQueue *self, guint64 *n_tasks, GError **error)
{
  g_autoptr (RedisCommand) command = new_script (self, consumers_script);
  redis_command_add (command, self->worker);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return NULL;
  if (!redis_reply_is_array (reply, 1)) {
    redis_link_misunderstand (self->link, error);
    return NULL;
  }
  GPtrArray *found = g_ptr_array_new_with_free_func (free_consumer);
  *n_tasks = (guint64)get_number (reply->element[0]);
  for (gsize i = 1; i < reply->elements; i++) {
    const redisReply *element = reply->element[i];
    if (!redis_reply_is_array (element, 3) || !redis_reply_is_text (element->element[0]))
      continue;
    QueueConsumer *consumer = g_new (QueueConsumer, 1);
    *consumer = (QueueConsumer){g_strdup (element->element[0]->str),
                                get_number (element->element[1]), get_number (element->element[2])};
    g_ptr_array_add (found, consumer);
  }
  return found;
}

char *
task_queue_make_key (const TaskQueue *self, const char *part)
{
  return g_strdup_printf ("%s:{%s}:%s", self->prefix, self->address->name, part);
}

RedisLink *
task_queue_get_link (TaskQueue *self)
{
  return self->link;
}

const char *
task_queue_get_worker (const TaskQueue *self)
{
  return self->worker;
}

/* ---- results ---- */

/* "" if there is none. */
static const char *
get_field (const redisReply *fields, const char *name)
{
  const char *text = redis_reply_find_field (fields, name);
  return text ? text : "";
}

static gboolean
is_entry (const redisReply *reply)
{
  return redis_reply_is_array (reply, 2) && redis_reply_is_text (reply->element[0]);
}

static gboolean
ask_for_entries (TaskQueue *self, const char *from, const char *to, guint n, GError **error)
{
  g_autoptr (RedisCommand) command =
      redis_command_new ("XRANGE", self->keys[RESULTS], from, to, "COUNT", NULL);
  redis_command_add_number (command, n);
  return redis_link_send (self->link, command, error);
}

static redisReply *
receive_entries (TaskQueue *self, GError **error)
{
  redisReply *reply = redis_link_receive (self->link, error);
  if (!reply || redis_reply_is_array (reply, 0))
    return reply;
  redis_link_misunderstand (self->link, error);
  freeReplyObject (reply);
  return NULL;
}

GPtrArray *
task_queue_list_results (TaskQueue *self, const char *entry, guint n, GError **error)
{
  g_autofree char *from = entry ? g_strconcat ("(", entry, NULL) : g_strdup ("-");
  if (!ask_for_entries (self, from, "+", n, error))
    return NULL;
  g_autoptr (redisReply) reply = receive_entries (self, error);
  if (!reply)
    return NULL;
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < reply->elements; i++) {
    const redisReply *element = reply->element[i];
    if (!is_entry (element))
      continue;
    g_ptr_array_add (found, g_strdup (element->element[0]->str));
    g_ptr_array_add (found, g_strdup (get_field (element->element[1], "result")));
  }
  return found;
}

GPtrArray *
task_queue_get_results (TaskQueue *self, const GPtrArray *entries, GError **error)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < entries->len; i++)
    if (!ask_for_entries (self, entries->pdata[i], entries->pdata[i], 1, error))
      return NULL;
  for (guint i = 0; i < entries->len; i++) {
    g_autoptr (redisReply) reply = receive_entries (self, error);
    if (!reply)
      return NULL;
    const gboolean is_there = reply->elements == 1 && is_entry (reply->element[0]);
    g_ptr_array_add (
        results, is_there ? g_strdup (get_field (reply->element[0]->element[1], "result")) : NULL);
  }
  return g_steal_pointer (&results);
}

/* ---- status ---- */

static void
free_grave (gpointer data)
{
  DeadTask *self = data;
  g_free (self->source);
  g_free (self->reason);
  g_free (self);
}

static void
read_graves (QueueStatus *self, const redisReply *reply)
{
  for (gsize i = 0; redis_reply_is_array (reply, 0) && i < reply->elements; i++) {
    if (!is_entry (reply->element[i]))
      continue;
    const redisReply *fields = reply->element[i]->element[1];
    DeadTask *dead = g_new (DeadTask, 1);
    *dead =
        (DeadTask){g_strdup (get_field (fields, "source")), g_strdup (get_field (fields, "reason")),
                   g_ascii_strtoll (get_field (fields, "deliveries"), NULL, 10)};
    g_ptr_array_add (self->graves, dead);
  }
}

static QueueStatus *
read_status (const redisReply *reply)
{
  QueueStatus *self = g_new0 (QueueStatus, 1);
  const redisReply *about = reply->element[4];
  self->left = get_number (reply->element[0]);
  self->held = get_number (reply->element[1]);
  self->workers = get_number (reply->element[2]);
  self->rate =
      redis_reply_is_text (reply->element[3]) ? g_ascii_strtod (reply->element[3]->str, NULL) : 0;
  self->asked = redis_reply_is_text (about->element[0]) ? g_strdup (about->element[0]->str) : NULL;
  self->done = get_number (about->element[1]);
  self->failed = get_number (about->element[2]);
  self->dead = get_number (about->element[3]);
  self->graves = g_ptr_array_new_with_free_func (free_grave);
  read_graves (self, reply->element[5]);
  return self;
}

QueueStatus *
task_queue_get_status (TaskQueue *self, GError **error)
{
  g_autoptr (RedisCommand) command = new_script (self, status_script);
  redis_command_add_number (command, SEEN);
  redis_command_add_number (command, N_GRAVES);
  g_autoptr (redisReply) reply = redis_link_run (self->link, command, error);
  if (!reply)
    return NULL;
  if (redis_reply_is_array (reply, 6) && redis_reply_is_array (reply->element[4], 4))
    return read_status (reply);
  redis_link_misunderstand (self->link, error);
  return NULL;
}

void
queue_status_free (QueueStatus *self)
{
  if (!self)
    return;
  g_free (self->asked);
  g_ptr_array_unref (self->graves);
  g_free (self);
}
