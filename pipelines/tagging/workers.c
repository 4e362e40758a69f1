/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workers.h"
#include "../jsonline.h"
#include "writeall.h"
#include "../translation.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ATTEMPTS 2 /* at a file that hangs, sharing the patience */
#define LOOK 200   /* ms */
#define CHUNK 65536
#define MOMENT (2 * G_TIME_SPAN_SECOND) /* in which what is killed ends */
#define WAIT (5 * G_TIME_SPAN_SECOND)   /* the same of all, or of what ends on its own */
#define PAUSE 5                         /* ms between looks at that */
#define MOST_UNDYING 32                 /* processes, before no more are started */
#define REST (5 * G_TIME_SPAN_SECOND)   /* before another is started where one could not be */
#define UNKNOWN_END (1 << 8)            /* exit (1), as wait() gives it */

const char workers_no_process[] = N_ ("no process can be started for it");
const char workers_undying[] = N_ ("nothing has come from it, and its process cannot be ended: its "
                                   "disk or network does not answer");

typedef struct {
  pid_t pid;    /* 0: not running */
  int to, from; /* paths, and what has come of them */
  GString *line;
  char *path; /* that it treats, NULL: idle */
  int attempt;
  gint64 last; /* monotonic time of its last sign of life */
} Worker;

typedef struct {
  const WorkersOptions *options;
  Worker *workers;
  GArray *undying;   /* of pid_t: killed, and not yet ended */
  gboolean is_stuck; /* there is no process, and none may be started */
  gint64 rest;       /* until then (monotonic) none is started as long as there are others */
} Workers;

static int output = -1; /* in a worker: to the process that started it */
static FILE *input;     /* and from it */

/* ---- in a worker ---- */

static void
say (const char *text)
{
  if (!write_all (output, text, strlen (text)))
    _exit (1); /* nobody listens any more */
}

void
workers_sign_of_life (void)
{
  if (output >= 0)
    say (".\n");
}

/* One line: JSON has no line feed in it. */
static void
send_object (const char *prefix, JsonObject *object)
{
  g_autofree char *text = json_line_new (object);
  g_autofree char *line = g_strconcat (prefix, text, "\n", NULL);
  say (line);
}

gboolean
workers_ask (JsonObject *question, GError **error)
{
  char *text = NULL;
  gsize room = 0;
  send_object ("?", question);
  if (getdelim (&text, &room, '\0', input) < 2)
    _exit (1); /* nobody is there any more */
  const gboolean good = text[0] == '=';
  if (!good)
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, text + 1);
  free (text);
  return good;
}

static void
treat_request (const char *request, const WorkersOptions *options, gboolean *spent)
{
  const char *feed = strchr (request, '\n');
  g_autofree char *line = g_strndup (request + 1, (gsize)(feed - request - 1));
  g_autoptr (JsonObject) known = json_line_parse (line);
  g_autoptr (JsonObject) object =
      options->treat (feed + 1, known, request[0] == '+', spent, options->user_data);
  send_object ("", object);
}

static void
work (int from, const WorkersOptions *options)
{
  char *request = NULL;
  gsize room = 0;
  gboolean spent = FALSE;
  input = fdopen (from, "r");
  translation_end (); /* what goes wrong is for the journal and JSON */
  while (!spent && getdelim (&request, &room, '\0', input) > 1)
    treat_request (request, options, &spent);
  _exit (0); /* exit() would wait for what hangs */
}

/* ---- starting and ending them ---- */

static void
close_all (Workers *self)
{
  for (guint i = 0; i < self->options->n; i++)
    if (self->workers[i].pid != 0) {
      close (self->workers[i].to);
      close (self->workers[i].from);
    }
}

/* Whoever started it decides. */
static void
ignore_interrupts (void)
{
  signal (SIGINT, SIG_IGN);
  signal (SIGTERM, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
}

static gboolean
start (Workers *self, Worker *worker)
{
  int in[2], out[2];
  if (pipe2 (in, O_CLOEXEC) != 0)
    return FALSE;
  if (pipe2 (out, O_CLOEXEC) != 0) {
    close (in[0]);
    close (in[1]);
    return FALSE;
  }
  fflush (NULL);
  const pid_t parent = getpid (), pid = fork ();
  if (pid == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (getppid () != parent)
      _exit (1);
    ignore_interrupts ();
    close_all (self);
    close (in[1]);
    close (out[0]);
    output = out[1];
    work (in[0], self->options);
  }
  close (in[0]);
  close (out[1]);
  if (pid < 0) {
    close (in[1]);
    close (out[0]);
    return FALSE;
  }
  *worker = (Worker){pid, in[1], out[0], g_string_new (NULL), NULL, 0, 0};
  return TRUE;
}

/* FALSE: at @until (monotonic) it has not. @status: as wait() gives it; how a process ended that
 * somebody else has waited for nobody knows, least of all that it ended well. */
static gboolean
has_ended (pid_t pid, gint64 until, int *status)
{
  for (;;) {
    const pid_t ended = waitpid (pid, status, WNOHANG);
    if (ended == pid)
      return TRUE;
    if (ended < 0 && errno != EINTR) {
      *status = UNKNOWN_END;
      return TRUE;
    }
    if (g_get_monotonic_time () >= until)
      return FALSE;
    g_usleep (PAUSE * 1000);
  }
}

/* FALSE: it has not ended at @until. In a call to a disk or a network that does not answer not even
 * a process that is killed ends, and whoever waits for it hangs, too. */
static gboolean
end (Workers *self, Worker *worker, gint64 until, int *status)
{
  const pid_t pid = worker->pid;
  *status = 0;
  if (pid == 0)
    return TRUE;
  close (worker->to);
  close (worker->from);
  g_string_free (worker->line, TRUE);
  g_free (worker->path);
  *worker = (Worker){0};
  if (has_ended (pid, until, status))
    return TRUE;
  kill (pid, SIGKILL);
  g_array_append_val (self->undying, pid);
  return FALSE;
}

static gint64
get_time_in (gint64 span)
{
  return g_get_monotonic_time () + span;
}

static void
look_at_undying (Workers *self)
{
  int status;
  for (guint i = self->undying->len; i-- > 0;)
    if (has_ended (g_array_index (self->undying, pid_t, i), 0, &status))
      g_array_remove_index_fast (self->undying, i);
}

/* ---- what they are given, and what they say ---- */

static void
report (Workers *self, const char *path, JsonObject *object, const char *fault)
{
  self->options->on_result (path, object, fault, self->options->user_data);
}

/* What does not end takes memory for as long. */
static gboolean
may_start (const Workers *self)
{
  return self->undying->len < MOST_UNDYING;
}

static gboolean
ask (const Worker *worker, const char *request)
{
  return write_all (worker->to, request, strlen (request) + 1);
}

static gboolean
has_processes (const Workers *self)
{
  for (guint i = 0; i < self->options->n; i++)
    if (self->workers[i].pid != 0)
      return TRUE;
  return FALSE;
}

/* Before the file is looked at: it may be where nothing answers. */
static void
refuse (Workers *self, const char *path)
{
  self->is_stuck = !self->options->goes_on && !has_processes (self);
  report (self, path, NULL, workers_no_process);
}

/* Where the system has no room for one more process it will not have any at once. */
static gboolean
start_or_rest (Workers *self, Worker *worker)
{
  const gboolean started = start (self, worker);
  if (!started)
    self->rest = get_time_in (REST);
  return started;
}

/* @path is taken. */
static void
give (Workers *self, Worker *worker, char *path, int attempt)
{
  g_autofree char *owned = path;
  if (worker->pid == 0 && !may_start (self)) {
    refuse (self, path);
    return;
  }
  g_autoptr (JsonObject) known = self->options->prepare (path, self->options->user_data);
  g_autofree char *line = known ? json_line_new (known) : g_strdup ("");
  g_autofree char *request = g_strconcat (attempt > 0 ? "+" : "-", line, "\n", path, NULL);
  int status;
  if (worker->pid != 0 && !ask (worker, request)) /* it is gone, nobody has noticed yet */
    end (self, worker, get_time_in (WAIT), &status);
  if (worker->pid == 0 &&
      (!may_start (self) || !start_or_rest (self, worker) || !ask (worker, request))) {
    report (self, path, NULL, workers_no_process);
    return;
  }
  worker->path = g_steal_pointer (&owned);
  worker->attempt = attempt;
  worker->last = g_get_monotonic_time ();
}

static void
take_question (Workers *self, Worker *worker, const char *line)
{
  g_autoptr (JsonObject) question = json_line_parse (line);
  g_autoptr (GError) error = NULL;
  const gboolean good = question && self->options->on_question (worker->path, question,
                                                                self->options->user_data, &error);
  g_autofree char *reply =
      good ? g_strdup ("=")
           : g_strconcat ("!", error ? error->message : N_ ("not understood"), NULL);
  write_all (worker->to, reply, strlen (reply) + 1); /* if it is gone, that will be noticed */
}

static void
take_line (Workers *self, Worker *worker, const char *line)
{
  worker->last = g_get_monotonic_time ();
  if (g_str_equal (line, ".") || !worker->path)
    return;
  if (line[0] == '?') {
    take_question (self, worker, line + 1);
    return;
  }
  g_autoptr (JsonObject) object = json_line_parse (line);
  g_autofree char *path = g_steal_pointer (&worker->path);
  report (self, path, object, object ? NULL : N_ ("its process says what nobody understands"));
}

static char *
describe_end (int status)
{
  if (!WIFSIGNALED (status))
    return g_strdup (N_ ("its process ended"));
  if (WTERMSIG (status) == SIGKILL)
    return g_strdup (N_ ("its process was killed (is there enough memory?)"));
  return g_strdup_printf (N_ ("its decoder crashed (%s)"), strsignal (WTERMSIG (status)));
}

/* A process that is gone while it had a file has crashed on it, unless it was about to go. */
static void
take_end (Workers *self, Worker *worker)
{
  g_autofree char *path = g_steal_pointer (&worker->path);
  const int attempt = worker->attempt;
  int status;
  const gboolean ended = end (self, worker, get_time_in (WAIT), &status);
  if (path && !ended)
    report (self, path, NULL, workers_undying);
  else if (path && WIFEXITED (status) && WEXITSTATUS (status) == 0)
    give (self, worker, g_steal_pointer (&path), attempt);
  else if (path) {
    g_autofree char *fault = describe_end (status);
    report (self, path, NULL, fault);
  }
}

static void
take (Workers *self, Worker *worker)
{
  g_autofree char *bytes = g_malloc (CHUNK);
  const ssize_t n = read (worker->from, bytes, CHUNK);
  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (n <= 0) {
    take_end (self, worker);
    return;
  }
  worker->last = g_get_monotonic_time ();
  for (const char *at = bytes, *end = bytes + n; at < end;) {
    const char *feed = memchr (at, '\n', (gsize)(end - at));
    g_string_append_len (worker->line, at, (feed ? feed : end) - at);
    at = feed ? feed + 1 : end;
    if (!feed)
      continue;
    g_autofree char *line = g_strdup (worker->line->str);
    g_string_truncate (worker->line, 0);
    take_line (self, worker, line);
  }
}

static gboolean
kill_worker (Workers *self, Worker *worker)
{
  int status;
  kill (worker->pid, SIGKILL);
  return end (self, worker, get_time_in (MOMENT), &status);
}

/* A file that hangs gets a second attempt by a new process, within the same patience. @now: for
 * all, however long it takes to end one of them. */
static void
watch (Workers *self, Worker *worker, gint64 now)
{
  const gint64 silence = now - worker->last;
  if (!worker->path || silence < self->options->patience / ATTEMPTS * G_TIME_SPAN_SECOND)
    return;
  g_autofree char *path = g_steal_pointer (&worker->path);
  const int attempt = worker->attempt + 1;
  if (!kill_worker (self, worker)) {
    report (self, path, NULL, workers_undying);
    return;
  }
  if (attempt < ATTEMPTS) {
    self->options->on_kill (path, self->options->user_data);
    give (self, worker, g_steal_pointer (&path), attempt);
    return;
  }
  g_autofree char *fault =
      g_strdup_printf (N_ ("nothing has come from it for %g s, given up"), self->options->patience);
  report (self, path, NULL, fault);
}

/* Nobody was silent while this process was held up itself: by a slow disk under its journal, or
 * because somebody has stopped all of them (Ctrl-Z), or by a process that did not end. */
static void
forgive (Workers *self, gint64 pause)
{
  if (pause < G_TIME_SPAN_SECOND)
    return;
  for (guint i = 0; i < self->options->n; i++)
    self->workers[i].last += pause;
}

/* Where no more processes may be started, or one could not be, those that there are treat what is
 * left. */
static gboolean
is_free (const Workers *self, const Worker *worker)
{
  const gboolean may = may_start (self) && g_get_monotonic_time () >= self->rest;
  return !worker->path && (worker->pid != 0 || may || !has_processes (self));
}

/* Where one could not be started before, it is tried before a file is taken, which nobody would
 * treat. */
static gboolean
is_ready (Workers *self, Worker *worker)
{
  return worker->pid != 0 || self->rest == 0 || !may_start (self) || start_or_rest (self, worker) ||
         !has_processes (self);
}

/* Gives each idle process a file. FALSE: there is none, and none will come. */
static gboolean
hand_out (Workers *self)
{
  gboolean more = TRUE;
  for (guint i = 0; i < self->options->n && !self->is_stuck; i++) {
    Worker *worker = &self->workers[i];
    if (!is_free (self, worker) || !is_ready (self, worker))
      continue;
    char *path = self->options->next (&more, self->options->user_data);
    if (!path)
      break;
    give (self, worker, path, 0);
  }
  return more && !self->is_stuck;
}

static void
watch_all (Workers *self)
{
  g_autofree struct pollfd *fds = g_new0 (struct pollfd, self->options->n);
  for (guint i = 0; i < self->options->n; i++) {
    const Worker *worker = &self->workers[i];
    fds[i] = (struct pollfd){worker->pid != 0 ? worker->from : -1, POLLIN, 0};
  }
  const gint64 begin = g_get_monotonic_time ();
  poll (fds, self->options->n, LOOK);
  for (guint i = 0; i < self->options->n; i++)
    if (self->workers[i].pid != 0 && fds[i].revents != 0)
      take (self, &self->workers[i]);
  const gint64 end_of_wait = g_get_monotonic_time ();
  forgive (self, end_of_wait - begin);
  for (guint i = 0; i < self->options->n; i++)
    watch (self, &self->workers[i], end_of_wait);
  forgive (self, g_get_monotonic_time () - end_of_wait);
  look_at_undying (self);
}

/* FALSE: everything is done. */
static gboolean
look (Workers *self)
{
  const gboolean more = hand_out (self);
  gboolean busy = FALSE;
  for (guint i = 0; i < self->options->n; i++)
    busy |= self->workers[i].path != NULL;
  if (!busy && !more)
    return FALSE;
  watch_all (self);
  self->options->on_look (self->options->user_data);
  return TRUE;
}

/* All at once, so that they end at the same time. */
static void
tell_all_to_end (Workers *self, gboolean at_once)
{
  for (guint i = 0; i < self->options->n; i++) {
    Worker *worker = &self->workers[i];
    if (worker->pid == 0)
      continue;
    if (at_once)
      kill (worker->pid, SIGKILL);
    close (worker->to);
    worker->to = -1;
  }
}

static void
end_all (Workers *self, gboolean at_once)
{
  const gint64 until = get_time_in (WAIT);
  int status;
  tell_all_to_end (self, at_once);
  for (guint i = 0; i < self->options->n; i++) {
    g_autofree char *path = g_steal_pointer (&self->workers[i].path);
    if (end (self, &self->workers[i], until, &status) && path)
      self->options->on_kill (path, self->options->user_data);
  }
  look_at_undying (self); /* nobody waits for the others */
}

gboolean
workers_run (const WorkersOptions *options)
{
  Workers self = {options, g_new0 (Worker, options->n), g_array_new (FALSE, FALSE, sizeof (pid_t)),
                  FALSE, 0};
  signal (SIGPIPE, SIG_IGN); /* a process that is gone is noticed where it is read from */
  signal (SIGCHLD, SIG_DFL); /* ignored, as whoever starts this may have it, none tells its end */
  while (!*options->stop && look (&self))
    ;
  end_all (&self, *options->stop);
  g_array_unref (self.undying);
  g_free (self.workers);
  return !self.is_stuck;
}
