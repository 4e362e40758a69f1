/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queueworker.h"
#include "../backoff.h"
#include "../jsonline.h"
#include "../printable.h"
#include "../translation.h"
#include "alias.h"
#include "digest.h"
#include "remote.h"
#include "replacement.h"
#include "workers.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define KEEPS_PER_LEASE 4
#define LONGEST_KEEP 10 /* s between claims */
#define LEAST_REST 0.2  /* s to the next look into a queue that has nothing for us */
#define MOST_REST 2
#define LEAST_RETRY 0.5 /* s to the next try to reach Redis */
#define MOST_RETRY 15
#define SICK_REST 10 /* s without taking where no process can be started */
#define MARGIN 0.8   /* part of the lease, from the last claim, in which a file may be written */

/* A track that is being heard, or whose result waits for Redis. */
typedef struct {
  Task *task;
  gint64 kept;           /* when it was surely ours, ns */
  gboolean is_forbidden; /* it was not written, because others may have it */
  gboolean is_heard;     /* nothing more will come from the process that hears it */
  char *result;          /* once it is heard; NULL: there is none, it is given back */
  TaskEnd end;
  char *fault; /* why there is none, NULL: for no fault of the track's; or the reason of its end */
} Holding;

typedef struct {
  TaggingRun *run;
  TaskQueue *queue;
  char *asked;
  GPtrArray *holdings;
  const volatile sig_atomic_t *stop;
  gint64 next_try, next_keep, next_take; /* ns */
  Backoff trouble, rest;
  gboolean is_lost;       /* and somebody was told */
  gboolean is_untrusted;  /* the same of its certificate */
  gboolean is_over;       /* Redis refuses: nothing more can be done */
  gboolean may_have_more; /* of Redis than is in holdings */
} QueueWorker;

/* ---- time, which goes on while the machine sleeps ---- */

static gint64
get_time (void)
{
  struct timespec now;
  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64)now.tv_sec * 1000000000 + now.tv_nsec;
}

static gint64
get_time_in (double seconds)
{
  return get_time () + (gint64)(seconds * 1e9);
}

/* ---- holdings ---- */

static void
free_holding (gpointer data)
{
  Holding *self = data;
  task_free (self->task);
  g_free (self->result);
  g_free (self->fault);
  g_free (self);
}

static Holding *
find_holding (QueueWorker *self, const char *source)
{
  for (guint i = 0; i < self->holdings->len; i++) {
    Holding *holding = self->holdings->pdata[i];
    if (!holding->is_heard && g_str_equal (holding->task->source, source))
      return holding;
  }
  return NULL;
}

/* What was left behind may be our own: we were stopped for longer than the lease. @since: when it
 * was surely ours, ns. */
static gboolean
holds_already (QueueWorker *self, const Task *task, gint64 since)
{
  for (guint i = 0; i < self->holdings->len; i++) {
    Holding *holding = self->holdings->pdata[i];
    if (!g_str_equal (holding->task->entry, task->entry))
      continue;
    holding->task->deliveries = task->deliveries;
    holding->kept = since;
    return TRUE;
  }
  return FALSE;
}

/* ---- Redis, which may be away ---- */

static void
say (const char *text)
{
  g_autofree char *shown = printable (text);
  fprintf (stderr, "genre-tag: %s\n", shown);
}

/* What went wrong ends it, or is tried again after a while. */
static void
note_fault (QueueWorker *self, const GError *error)
{
  if (error->code == QUEUE_ERROR_REFUSED) {
    say (error->message);
    self->is_over = TRUE;
    return;
  }
  gboolean *is_told = error->code == QUEUE_ERROR_LOST ? &self->is_lost : &self->is_untrusted;
  self->next_try = get_time_in (backoff_next (&self->trouble, LEAST_RETRY, MOST_RETRY));
  if (*is_told)
    return;
  g_autofree char *text =
      g_strdup_printf (_ ("%s; what is being heard is finished, then tried again"), error->message);
  say (text);
  *is_told = TRUE;
}

static gboolean
connect_queue (QueueWorker *self, GError **error)
{
  return task_queue_open (self->queue, self->run->options->wait, error) &&
         task_queue_agree (self->queue, self->asked, error);
}

static gboolean
is_reachable (QueueWorker *self)
{
  g_autoptr (GError) error = NULL;
  if (self->is_over || task_queue_is_open (self->queue))
    return !self->is_over;
  if (get_time () < self->next_try)
    return FALSE;
  if (!connect_queue (self, &error)) {
    note_fault (self, error);
    return FALSE;
  }
  if (self->is_lost || self->is_untrusted)
    say (_ ("Redis is there again"));
  self->is_lost = self->is_untrusted = FALSE;
  self->next_keep = 0;
  backoff_reset (&self->trouble);
  return TRUE;
}

/* ---- keeping what is held ---- */

static gboolean
keep (QueueWorker *self, Holding *holding, gboolean *held)
{
  const gint64 now = get_time ();
  g_autoptr (GError) error = NULL;
  if (!task_queue_keep (self->queue, holding->task, held, &error)) {
    note_fault (self, error);
    return FALSE;
  }
  if (*held)
    holding->kept = now;
  return TRUE;
}

static void
keep_all (QueueWorker *self)
{
  const double lease = self->run->options->lease;
  gboolean held;
  if (get_time () < self->next_keep || !is_reachable (self))
    return;
  self->next_keep = get_time_in (MIN (lease / KEEPS_PER_LEASE, LONGEST_KEEP));
  for (guint i = 0; i < self->holdings->len; i++)
    if (!keep (self, self->holdings->pdata[i], &held))
      return;
}

static gboolean
is_surely_ours (const QueueWorker *self, const Holding *holding)
{
  const double lease = self->run->options->lease;
  return get_time () < holding->kept + (gint64)(lease * MARGIN * 1e9);
}

/* Others may have it once the lease has run out, and then it is theirs to write. */
static gboolean
may_write (QueueWorker *self, Holding *holding)
{
  gboolean held;
  if (is_reachable (self) && keep (self, holding, &held))
    return held;
  return is_surely_ours (self, holding);
}

/* ---- giving results away ---- */

/* FALSE: it stays, until Redis is there again. */
static gboolean
store (QueueWorker *self, const Holding *holding)
{
  const Task *task = holding->task;
  g_autoptr (GError) error = NULL;
  gboolean counted = TRUE;
  const gboolean good = holding->result
                            ? task_queue_finish (self->queue, task, holding->result, holding->end,
                                                 holding->fault, &counted, &error)
                            : task_queue_give_back (self->queue, task, holding->fault, &error);
  if (!good)
    note_fault (self, error);
  else if (!counted && task->source)
    summary_complain (&self->run->summary, task->source,
                      N_ ("another worker has taken it over: what was heard here does not count"));
  return good;
}

static void
store_all (QueueWorker *self)
{
  for (guint i = 0; i < self->holdings->len;) {
    const Holding *holding = self->holdings->pdata[i];
    if (!holding->is_heard) {
      i++;
      continue;
    }
    if (!is_reachable (self))
      return;
    if (!store (self, holding)) { /* it may be stored: nothing else is until that is known */
      g_ptr_array_insert (self->holdings, 0, g_ptr_array_steal_index (self->holdings, i));
      return;
    }
    g_ptr_array_remove_index (self->holdings, i);
  }
}

/* ---- taking ---- */

static gboolean
is_track (const char *source)
{
  return g_path_is_absolute (source) || remote_is (source);
}

static void
end_with_error (QueueWorker *self, Holding *holding, TaskEnd end, const char *fault)
{
  const char *source = task_get_text (holding->task);
  g_autoptr (JsonObject) object = summary_new_failure (source, fault);
  if (!is_track (source)) /* it is nowhere */
    json_object_remove_member (object, "uri");
  holding->is_heard = TRUE;
  holding->result = json_line_new (object);
  holding->end = end;
  holding->fault = g_strdup (fault);
  summary_take (&self->run->summary, source, object, NULL);
}

/* What is no track, and what nobody has survived; NULL: it is heard. */
static char *
find_obstacle (const QueueWorker *self, const Task *task)
{
  if (!task->source)
    return g_strdup_printf (N_ ("no track: it has no field \"source\" of 1 to %d bytes of text"),
                            TASK_QUEUE_MAX_SOURCE);
  if (!is_track (task->source))
    return g_strdup (N_ ("no track: an absolute path or a URI of a network is expected"));
  if (task->deliveries <= (guint)self->run->options->deliveries)
    return NULL;
  return g_strdup_printf (N_ ("%s (given up after attempt %d)"),
                          task->fault ? task->fault
                                      : N_ ("no worker has survived it, or come back"),
                          self->run->options->deliveries);
}

/* TRUE: it is to be heard. @task: taken. @since: as above. */
static gboolean
hold (QueueWorker *self, Task *task, gint64 since)
{
  Holding *holding = g_new0 (Holding, 1);
  holding->task = task;
  holding->kept = since;
  g_ptr_array_add (self->holdings, holding);
  g_autofree char *obstacle = find_obstacle (self, task);
  if (obstacle)
    end_with_error (self, holding, TASK_DEAD, obstacle);
  else if (task->deliveries > 1 && tagging_run_changes_files (self->run) &&
           !remote_is (task->source)) /* who had it before may have been at its tags */
    replacement_remove_leftovers_beside (task->source);
  return !obstacle;
}

/* What Redis has given without our hearing of it would come back after the lease, as if somebody
 * had not survived it. */
static gboolean
disown_others (QueueWorker *self)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < self->holdings->len; i++)
    g_ptr_array_add (tasks, ((const Holding *)self->holdings->pdata[i])->task);
  self->may_have_more = !task_queue_disown_others (self->queue, tasks, &error);
  if (error)
    note_fault (self, error);
  return !error;
}

/* FALSE: there is nothing to be had now. @source: set if it is to be heard. */
static gboolean
take_one (QueueWorker *self, const char **source, gboolean *is_done)
{
  guint64 n_left;
  const gint64 now = get_time ();
  g_autoptr (GError) error = NULL;
  if (self->may_have_more && !disown_others (self))
    return FALSE;
  g_autoptr (GPtrArray) tasks = task_queue_take (self->queue, 1, &n_left, &error);
  if (!tasks) {
    self->may_have_more = TRUE;
    note_fault (self, error);
    return FALSE;
  }
  if (tasks->len == 0) {
    self->next_take = get_time_in (backoff_next (&self->rest, LEAST_REST, MOST_REST));
    *is_done = n_left == 0;
    return FALSE;
  }
  backoff_reset (&self->rest);
  if (holds_already (self, tasks->pdata[0], now))
    return TRUE;
  Task *task = g_ptr_array_steal_index (tasks, 0);
  if (hold (self, task, now))
    *source = task->source;
  return TRUE;
}

static char *
next_track (gboolean *more, gpointer user_data)
{
  QueueWorker *self = user_data;
  const char *source = NULL;
  gboolean is_done = FALSE;
  if (get_time () < self->next_take && !tagging_run_is_over (self->run))
    return NULL;
  do {
    store_all (self);
    keep_all (self); /* or what is ours might be taken again, which counts */
  } while (!*self->stop && !tagging_run_is_over (self->run) && is_reachable (self) &&
           take_one (self, &source, &is_done) && !source);
  if (self->is_over || tagging_run_is_over (self->run) || (is_done && !self->run->options->wait))
    *more = FALSE;
  return g_strdup (source);
}

/* ---- what the processes that hear say ---- */

static JsonObject *
prepare (const char *path, gpointer user_data)
{
  QueueWorker *self = user_data;
  return tagging_run_find_known (self->run, path);
}

static JsonObject *
treat (const char *path, JsonObject *known, gboolean again, gboolean *spent, gpointer user_data)
{
  QueueWorker *self = user_data;
  task_queue_leave (self->queue);
  return tagging_run_treat (self->run, path, known, again, spent);
}

/* The journal may have been waited for, so that in the end it is somebody else's after all. */
static gboolean
on_question (const char *path, JsonObject *question, gpointer user_data, GError **error)
{
  QueueWorker *self = user_data;
  Holding *holding = find_holding (self, path);
  if (holding && may_write (self, holding)) {
    if (!tagging_run_answer (self->run, path, question, error))
      return FALSE;
    if (is_surely_ours (self, holding) || may_write (self, holding))
      return TRUE;
  }
  if (holding)
    holding->is_forbidden = TRUE;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                       N_ ("another worker may have taken it over"));
  return FALSE;
}

/* A process that fails is no answer yet: the next attempt, here or elsewhere, may be better. */
static void
take_failure (QueueWorker *self, Holding *holding, const char *fault)
{
  const int most = self->run->options->deliveries;
  if (g_str_equal (fault, workers_no_process)) { /* this machine's fault: it does not count */
    summary_complain (&self->run->summary, holding->task->source, fault);
    holding->is_heard = TRUE;
    self->next_take = get_time_in (SICK_REST);
    return;
  }
  if (holding->task->deliveries >= (guint)most) {
    g_autofree char *reason = g_strdup_printf (N_ ("%s (given up after attempt %d)"), fault, most);
    end_with_error (self, holding, TASK_DEAD, reason);
    return;
  }
  g_autofree char *text =
      g_strdup_printf (N_ ("%s (attempt %u of %d)"), fault, holding->task->deliveries, most);
  summary_complain (&self->run->summary, holding->task->source, text);
  holding->is_heard = TRUE;
  holding->fault = g_strdup (fault);
}

/* Somebody else is at the file: what is said for the journal says so. */
static gboolean
is_passing (JsonObject *object)
{
  JsonObject *told = object ? json_line_get_object (object, "journal") : NULL;
  return told && json_object_has_member (told, "passing");
}

/* Perhaps the worker that had the track before has written it at last. */
static gboolean
may_be_overtaken (const QueueWorker *self, const Holding *holding)
{
  const guint deliveries = holding->task->deliveries;
  return deliveries > 1 && deliveries < (guint)self->run->options->deliveries;
}

static void
take_answer (QueueWorker *self, Holding *holding, JsonObject *object, gboolean passes)
{
  holding->is_heard = TRUE;
  if (passes && may_be_overtaken (self, holding)) {
    holding->fault =
        g_strdup (json_object_get_string_member_with_default (object, "obstacle", "refused"));
    return;
  }
  if (holding->is_forbidden) {
    summary_complain (&self->run->summary, holding->task->source,
                      N_ ("another worker may have taken it over: nothing was written here"));
    return;
  }
  holding->result = json_line_new (object);
  holding->end = json_object_has_member (object, "error") ? TASK_FAILED : TASK_DONE;
  summary_take (&self->run->summary, holding->task->source, object, NULL);
}

static void
on_result (const char *path, JsonObject *object, const char *fault, gpointer user_data)
{
  QueueWorker *self = user_data;
  Holding *holding = find_holding (self, path);
  const gboolean passes = is_passing (object);
  if (holding && holding->is_forbidden && object) /* what comes of it is the other worker's */
    tagging_run_dismiss (self->run, path, object);
  else
    tagging_run_record (self->run, path, object, fault);
  if (!holding)
    return;
  if (tagging_run_has_denied (self->run, path)) /* this machine's fault: it does not count */
    holding->is_heard = TRUE;
  else if (object)
    take_answer (self, holding, object, passes);
  else
    take_failure (self, holding, fault);
  store_all (self);
}

static void
on_kill (const char *path, gpointer user_data)
{
  QueueWorker *self = user_data;
  tagging_run_abandon (self->run, path);
}

static void
on_look (gpointer user_data)
{
  QueueWorker *self = user_data;
  store_all (self);
  keep_all (self);
}

/* ---- all of it ---- */

/* What a file says, without which two workers would not do the same. */
static char *
describe_file (const char *file, const char *otherwise, GError **error)
{
  if (!file)
    return g_strdup (otherwise);
  char *digest = digest_of_file (file, NULL);
  if (!digest)
    g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED, _ ("%s cannot be read"), file);
  return digest;
}

static char *
describe_asked (const CommandLine *options, GError **error)
{
  const HearingOptions *hearing = &options->tagger.hearing;
  g_autofree char *model = describe_file (options->model, "built-in", error);
  g_autofree char *names = model ? describe_file (options->name_map, "none", error) : NULL;
  if (!names)
    return NULL;
  return g_strdup_printf (
      "write=%d force=%d excerpts=%dx%g threshold=%g min-music=%g lease=%g "
      "deliveries=%d break-links=%d preserve=%d model=%s name-map=%s "
      "version=" VERSION,
      options->tagger.write, options->tagger.force, hearing->excerpts.n, hearing->excerpts.length,
      hearing->threshold, options->tagger.min_music, options->lease, options->deliveries,
      options->tagger.replacement.break_links, options->tagger.replacement.keep_time, model, names);
}

static char *
make_name (void)
{
  return g_strdup_printf ("%s-%d-%08x", g_get_host_name (), (int)getpid (), g_random_int ());
}

static gboolean
begin (QueueWorker *self)
{
  g_autoptr (GError) error = NULL;
  self->asked = describe_asked (self->run->options, &error);
  if (!error)
    connect_queue (self, &error);
  if (error) {
    say (error->message);
    return FALSE;
  }
  task_queue_tell_risks (self->queue, say);
  return TRUE;
}

/* Nobody else has to wait for the lease. */
static void
give_back_all (QueueWorker *self)
{
  if (!task_queue_is_open (self->queue) || (self->may_have_more && !disown_others (self)))
    return;
  for (guint i = 0; i < self->holdings->len; i++) {
    const Holding *holding = self->holdings->pdata[i];
    if (!task_queue_give_back (self->queue, holding->task, NULL, NULL))
      return;
  }
  task_queue_resign (self->queue);
}

static void
work (QueueWorker *self)
{
  const CommandLine *options = self->run->options;
  const WorkersOptions workers = {.n = options->jobs > 0 ? (guint)options->jobs
                                                         : g_get_num_processors (),
                                  .patience = options->patience,
                                  .next = next_track,
                                  .prepare = prepare,
                                  .treat = treat,
                                  .on_question = on_question,
                                  .on_result = on_result,
                                  .on_kill = on_kill,
                                  .on_look = on_look,
                                  .user_data = self,
                                  .stop = self->stop,
                                  .goes_on = TRUE};
  alias_remove_leftovers ();
  workers_run (&workers);
  give_back_all (self);
}

gboolean
queue_worker_run (const QueueAddress *address, TaggingRun *run, const volatile sig_atomic_t *stop)
{
  g_autofree char *name = make_name ();
  QueueWorker self = {.run = run,
                      .stop = stop,
                      .queue = task_queue_new (address, name, (gint64)(run->options->lease * 1000)),
                      .holdings = g_ptr_array_new_with_free_func (free_holding)};
  const gboolean begun = begin (&self);
  if (begun)
    work (&self);
  run->summary.n_files = run->summary.done;
  if (begun)
    summary_end (&run->summary, *stop);
  task_queue_free (self.queue);
  g_ptr_array_unref (self.holdings);
  g_free (self.asked);
  return begun && !self.is_over;
}
