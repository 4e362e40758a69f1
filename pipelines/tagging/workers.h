/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workers: processes that each treat one file after the other, watched by the one that started
 * them.
 *
 * A decoder may crash, and a pipeline may hang such that no thread of its process can get rid of
 * it; a process can be killed at any time. Which is why nothing that a worker does may be lost by
 * that. */
#pragma once
#include <signal.h>
#include <json-glib/json-glib.h>
G_BEGIN_DECLS

typedef struct {
  guint n;         /* of processes */
  double patience; /* seconds without a sign of life, after which a file is given up */
  /* In this process: the next file; NULL: none for now, and if @more becomes FALSE, none will come.
   * (transfer full) */
  char *(*next) (gboolean *more, gpointer user_data);
  /* In this process, before a file is given to a worker: what it is to know about it, NULL if that
   * is nothing. (transfer full) */
  JsonObject *(*prepare) (const char *path, gpointer user_data);
  /* In a worker: what has come of a file. @known: from prepare(). @again: the first attempt hung.
   * @spent: set it if the process should not live on. (transfer full) */
  JsonObject *(*treat) (const char *path, JsonObject *known, gboolean again, gboolean *spent,
                        gpointer user_data);
  /* In this process: whether a worker may go on with what it tells about its file. */
  gboolean (*on_question) (const char *path, JsonObject *question, gpointer user_data,
                           GError **error);
  /* In this process; one call for each file, in the order in which they are done. @object is NULL
   * where a worker failed, for which @fault says why. */
  void (*on_result) (const char *path, JsonObject *object, const char *fault, gpointer user_data);
  /* In this process: a worker that had a file was killed, and is no more. There may be another
   * attempt; when all end, there is neither that nor a result. */
  void (*on_kill) (const char *path, gpointer user_data);
  void (*on_look) (gpointer user_data); /* a few times a second */
  gpointer user_data;
  const volatile sig_atomic_t *stop; /* becomes TRUE: all end at once */
  gboolean goes_on; /* also while too many processes cannot be ended: they may some time */
} WorkersOptions;

/* The @fault of on_result() that is this machine's, not the file's, which nobody has looked at. */
extern const char workers_no_process[];
/* Where a process cannot even be killed, because a disk or a network does not answer: it is left
 * alone, and so must the file be, or this process hangs, too. */
extern const char workers_undying[];

/* Until there are no more files. Call it while the process has but one thread. FALSE: none can be
 * treated any more, because too many processes cannot be ended; all but one of those that are left
 * have not even been asked for. */
gboolean workers_run (const WorkersOptions *options);
/* In a worker, from any thread: it is still at work. */
void workers_sign_of_life (void);
/* In a worker, while it treats a file: on_question(), there. */
gboolean workers_ask (JsonObject *question, GError **error);

G_END_DECLS
