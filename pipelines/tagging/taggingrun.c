/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "taggingrun.h"
#include "../translation.h"
#include "alias.h"
#include "recovery.h"
#include "remote.h"
#include "undo.h"
#include "workers.h"

void
tagging_run_init (TaggingRun *self, const CommandLine *options)
{
  *self = (TaggingRun){.options = options};
  self->moved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->denied = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  summary_init (&self->summary, options->json, options->quiet, options->tagger.min_music);
  self->summary.copies = options->output != NULL;
  self->summary.restores = options->undo;
}

/* Only with a journal are files changed, unless somebody wants it otherwise. */
static gboolean
needs_journal (const CommandLine *options)
{
  return options->tagger.write || options->undo;
}

void
tagging_run_begin (TaggingRun *self, Journal *journal)
{
  const CommandLine *options = self->options;
  self->recorder =
      recorder_new (journal, &options->tagger.hearing, options->rehear, needs_journal (options));
}

void
tagging_run_clear (TaggingRun *self)
{
  g_clear_pointer (&self->recorder, recorder_free);
  g_clear_pointer (&self->moved, g_hash_table_unref);
  g_clear_pointer (&self->places, g_hash_table_unref);
  g_clear_pointer (&self->denied, g_hash_table_unref);
}

/* ---- in a worker ---- */

static void
alive (gpointer user_data)
{
  workers_sign_of_life ();
}

static gboolean
intend (JsonObject *intent, gpointer user_data, GError **error)
{
  return workers_ask (intent, error);
}

static JsonObject *
take_back (const TaggingRun *self, const char *path, JsonObject *known)
{
  SignOfLife life = {alive, NULL, 0};
  UndoOptions options = {self->options->tagger.replacement, self->options->dry_run, intend, NULL};
  options.replacement.life = &life;
  options.replacement.restores = TRUE;
  return undo_treat (&options, path, known);
}

JsonObject *
tagging_run_treat (const TaggingRun *self, const char *path, JsonObject *known, gboolean again,
                   gboolean *spent)
{
  if (self->options->undo)
    return take_back (self, path, known);
  /* a worker of a queue asks whether the track is still its own */
  const gboolean asks = self->has_journal || self->options->command == COMMAND_WORK;
  const TaggerContact contact = {alive, asks ? intend : NULL, NULL};
  return tagger_treat (&self->options->tagger, path, known, again, &contact, spent);
}

/* ---- in the process that started it ---- */

void
tagging_run_note_place (TaggingRun *self, const char *path, const char *place)
{
  if (self->has_journal)
    g_hash_table_replace (self->places, g_strdup (path), g_strdup (place));
}

static JsonObject *
find_heard (TaggingRun *self, const char *path)
{
  if (!self->has_journal)
    return NULL;
  const char *place = g_hash_table_lookup (self->places, path);
  g_autofree char *found = place ? NULL : journal_path_of (path);
  return recorder_find_heard (self->recorder, place ? place : found);
}

JsonObject *
tagging_run_find_known (TaggingRun *self, const char *path)
{
  if (!self->options->undo)
    return find_heard (self, path);
  const char *from = g_hash_table_lookup (self->moved, path);
  return recorder_find_changes (self->recorder, path, from ? from : path);
}

static void
say_of_journal (TaggingRun *self, const GError *error, const char *consequence)
{
  g_autofree char *words = translate_fault (error->message);
  g_autofree char *text = g_strdup_printf (consequence, words);
  summary_say (&self->summary, text);
}

/* Said once: with each further file it would be the same. */
static void
lose_journal (TaggingRun *self, const GError *error)
{
  if (!self->has_lost_journal)
    say_of_journal (self, error,
                    needs_journal (self->options) ? _ ("%s; no more files are changed")
                                                  : _ ("%s; what can be noted is noted"));
  self->has_lost_journal = self->faulty = TRUE;
}

gboolean
tagging_run_answer (TaggingRun *self, const char *path, JsonObject *question, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (!self->has_journal || recorder_intend (self->recorder, question, &local))
    return TRUE;
  if (recorder_is_broken (self->recorder)) {
    lose_journal (self, local);
    g_hash_table_add (self->denied, g_strdup (path));
  }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
tagging_run_is_over (const TaggingRun *self)
{
  return self->has_lost_journal && needs_journal (self->options);
}

gboolean
tagging_run_has_denied (const TaggingRun *self, const char *path)
{
  return g_hash_table_contains (self->denied, path);
}

void
tagging_run_complain (TaggingRun *self, const char *path, const char *what)
{
  summary_complain (&self->summary, path, what);
  self->faulty = TRUE;
}

gboolean
tagging_run_leaves_out (const char *path, gpointer user_data)
{
  return replacement_is_leftover (path);
}

gboolean
tagging_run_changes_files (const TaggingRun *self)
{
  return command_line_writes (self->options) || (self->options->undo && !self->options->dry_run);
}

static void
note_fault (TaggingRun *self, const char *path, const GError *error)
{
  if (recorder_is_broken (self->recorder))
    lose_journal (self, error);
  else
    tagging_run_complain (self, path, error->message);
}

/* A worker that was killed may have been at a file's tags, or at a copy. Where the file is gone,
 * that may be all that there is. */
static void
remove_leftovers (const TaggingRun *self, const char *path)
{
  const char *output = self->options->output;
  alias_remove_leftovers ();
  if (!remote_is (path) && tagging_run_changes_files (self) &&
      g_file_test (path, G_FILE_TEST_EXISTS))
    replacement_remove_leftovers_beside (output ? output : path);
}

void
tagging_run_record (TaggingRun *self, const char *path, JsonObject *object, const char *fault)
{
  const gboolean is_copy = self->options->output != NULL;
  g_autoptr (GError) error = NULL;
  if (g_strcmp0 (fault, workers_undying) == 0 || g_strcmp0 (fault, workers_no_process) == 0)
    return; /* whoever looks at the file may hang, too */
  if (!remote_is (path) && !recorder_take (self->recorder, path, object, fault, is_copy, &error))
    note_fault (self, path, error);
  if (!object)
    remove_leftovers (self, path);
}

void
tagging_run_abandon (TaggingRun *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  if (!self->options->output && !recorder_has_begun (self->recorder)) {
    alias_remove_leftovers ();
    return; /* whoever looks at the file may hang, where a disk does not answer */
  }
  if (!remote_is (path) && !recorder_settle (self->recorder, path, &error))
    note_fault (self, path, error);
  remove_leftovers (self, path);
}

void
tagging_run_note_stuck (TaggingRun *self)
{
  summary_say (&self->summary, _ ("too many processes cannot be ended, because a disk or network "
                                  "does not answer: no more files are treated"));
  self->faulty = TRUE;
}

void
tagging_run_dismiss (TaggingRun *self, const char *path, JsonObject *object)
{
  g_autoptr (GError) error = NULL;
  if (json_object_has_member (object, "journal"))
    json_object_remove_member (object, "journal");
  if (!remote_is (path) && !recorder_settle (self->recorder, path, &error))
    note_fault (self, path, error);
}

static void
on_lost (const char *path, gpointer user_data)
{
  TaggingRun *self = user_data;
  summary_complain (
      &self->summary, path,
      N_ ("it was being written when genre-tag was killed, and somebody has changed it "
          "since: only its genre can be taken back, as long as it is the one that was written"));
}

static void
on_back (const char *path, gpointer user_data)
{
  TaggingRun *self = user_data;
  summary_complain (&self->summary, path,
                    N_ ("it was gone since genre-tag was killed, and is back: a copy of it was "
                        "still beside it"));
}

/* ---- the journal ---- */

char *
tagging_run_get_journal_file (const CommandLine *options, GError **error)
{
  return options->journal ? g_strdup (options->journal) : journal_default_file (error);
}

/* A full disk shows before anything is heard. */
static gboolean
has_room (const TaggingRun *self, Journal *journal, GError **error)
{
  return !needs_journal (self->options) || self->options->dry_run ||
         journal_begin_run (journal, error);
}

static const char *
get_consequence (const CommandLine *options)
{
  if (options->undo)
    return _ ("%s; nothing has been changed");
  return options->tagger.write ? _ ("%s; nothing has been changed (--no-journal does without, but "
                                    "then nothing can be undone)")
                               : _ ("%s; going on without it");
}

/* FALSE: there is none, and so nothing may be written. */
gboolean
tagging_run_open_journal (TaggingRun *self, Journal **journal)
{
  const CommandLine *options = self->options;
  g_autoptr (GError) error = NULL;
  *journal = NULL;
  if (options->no_journal)
    return TRUE;
  g_autofree char *file = tagging_run_get_journal_file (options, &error);
  if (file && options->undo && !journal_is_there (file))
    return TRUE; /* undoing makes no journal */
  *journal = file ? journal_open (file, &error) : NULL;
  if (*journal && recovery_run (*journal, on_lost, on_back, self, &error) &&
      has_room (self, *journal, &error)) {
    self->has_journal = TRUE;
    return TRUE;
  }
  g_clear_pointer (journal, journal_free);
  say_of_journal (self, error, get_consequence (options));
  return !needs_journal (options);
}
