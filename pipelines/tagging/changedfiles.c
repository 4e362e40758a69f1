/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changedfiles.h"
#include "../musicfiles.h"
#include "../printable.h"
#include "../translation.h"
#include "digest.h"
#include "movedfiles.h"
#include <stdio.h>

#define MOST_FOLDERS 3 /* that are named at once */

char *
changed_files_find_place (const char *path)
{
  char *place = journal_path_of (path);
  if (g_str_equal (place, "/"))
    g_clear_pointer (&place, g_free);
  return place;
}

/* Files that are to be undone, each once. */
typedef struct {
  TaggingRun *run;
  Journal *journal; /* NULL: there is none yet */
  MovedFiles *moved;
  GPtrArray *files;
  GHashTable *seen; /* paths, owned by @files */
  const volatile sig_atomic_t *stop;
} Changed;

static void
changed_add (Changed *self, const char *path)
{
  if (g_hash_table_contains (self->seen, path))
    return;
  g_ptr_array_add (self->files, g_strdup (path));
  g_hash_table_add (self->seen, self->files->pdata[self->files->len - 1]);
}

static void
ignore_fault (const char *path, const char *what, gpointer user_data)
{
}

/* What is behind links in a folder was written where it is. TRUE: the journal knows something. */
static gboolean
changed_add_linked (Changed *self, const GPtrArray *files)
{
  gboolean known = FALSE;
  for (guint i = 0; i < files->len; i++) {
    if (!g_file_test (files->pdata[i], G_FILE_TEST_IS_SYMLINK))
      continue;
    g_autofree char *place = changed_files_find_place (files->pdata[i]);
    known |= place && journal_knows_changes (self->journal, place);
    g_autoptr (GPtrArray) changed =
        place ? journal_list_changed (self->journal, place, NULL) : NULL;
    for (guint j = 0; changed && j < changed->len; j++)
      changed_add (self, changed->pdata[j]);
  }
  return known;
}

/* Files that have the names of others now, which were written, too. */
static void
changed_find_exchanged (Changed *self, const GPtrArray *files)
{
  for (guint i = 0; i < files->len; i++) {
    const char *place = files->pdata[i];
    if (g_hash_table_contains (self->run->moved, place))
      continue;
    char *from = moved_files_find (self->moved, place, FALSE);
    if (from)
      g_hash_table_replace (self->run->moved, g_strdup (place), from);
  }
}

/* Where files were that are under another name now, and are not looked for any more. */
static GHashTable *
changed_find_left (const Changed *self)
{
  GHashTable *left = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer from;
  g_hash_table_iter_init (&iter, self->run->moved);
  while (g_hash_table_iter_next (&iter, NULL, &from))
    if (!g_hash_table_contains (self->run->moved, from))
      g_hash_table_add (left, from);
  return left;
}

/* What is there instead is another song, written or not, or a copy, which is named. */
static void
changed_remove_left (Changed *self)
{
  g_autoptr (GHashTable) left = changed_find_left (self);
  g_autoptr (GPtrArray) all = g_steal_pointer (&self->files);
  g_ptr_array_set_free_func (all, NULL);
  self->files = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < all->len; i++) {
    char *path = all->pdata[i];
    if (!g_hash_table_contains (left, path) ||
        moved_files_is_there (self->moved, self->journal, path)) {
      g_ptr_array_add (self->files, path);
      continue;
    }
    if (moved_files_is_copy (self->moved, self->journal, path))
      tagging_run_complain (self->run, path,
                            N_ ("another file has this name now: it is left alone"));
    g_hash_table_remove (self->seen, path);
    g_free (path);
  }
}

/* First what was moved: when it comes to what has its name now, that has been taken back already.
 */
static void
changed_sort (Changed *self)
{
  g_autoptr (GPtrArray) all = g_steal_pointer (&self->files);
  g_ptr_array_set_free_func (all, NULL);
  self->files = g_ptr_array_new_with_free_func (g_free);
  for (int is_moved = 1; is_moved >= 0; is_moved--)
    for (guint i = 0; i < all->len; i++)
      if (g_hash_table_contains (self->run->moved, all->pdata[i]) == is_moved)
        g_ptr_array_add (self->files, all->pdata[i]);
}

/* What was written elsewhere, or under another name. TRUE: there is something. */
static gboolean
changed_add_moved (Changed *self, const GPtrArray *files, gboolean by_content)
{
  gboolean found = FALSE;
  for (guint i = 0; i < files->len && !*self->stop; i++) {
    g_autofree char *place = changed_files_find_place (files->pdata[i]);
    if (!place || journal_count_changes (self->journal, place, CHANGE_WRITTEN) > 0)
      continue;
    if (g_hash_table_contains (self->run->moved, place)) {
      found = TRUE; /* of another argument */
      continue;
    }
    char *from = moved_files_find (self->moved, place, by_content);
    if (!from)
      continue;
    changed_add (self, place);
    g_hash_table_replace (self->run->moved, g_steal_pointer (&place), from);
    found = TRUE;
  }
  return found;
}

static void
complain_unknown (TaggingRun *run, const char *path)
{
  g_autofree char *shown = printable (path);
  fputs ("genre-tag: ", stderr);
  fprintf (
      stderr,
      _ ("the journal knows of nothing written in %s, nor of a file there that was moved since\n"),
      shown);
  run->faulty = TRUE;
}

/* The first ones, for a disk may have thousands. */
static char *
list_folders (const GPtrArray *folders)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < MIN (folders->len, MOST_FOLDERS); i++) {
    g_autofree char *shown = printable (folders->pdata[i]);
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", shown);
  }
  return g_string_free (g_string_append (text, folders->len > MOST_FOLDERS ? ", ..." : ""), FALSE);
}

/* Files that were moved, or are copies of what is on a disk that is not there: who knows? TRUE:
 * there are some, and somebody was told. */
static gboolean
complain_missing (Changed *self, const char *argument)
{
  guint n;
  g_autoptr (GPtrArray) missing = moved_files_take_missing (self->moved, &n);
  if (missing->len == 0)
    return FALSE;
  g_autofree char *folders = list_folders (missing);
  g_autofree char *shown = printable (argument);
  fputs ("genre-tag: ", stderr);
  fprintf (stderr,
           ngettext ("%s: %u file has the bytes that were written in %s, which is not there now: "
                     "it may be a copy and is left alone; if it was moved, mount or make that "
                     "folder again, with those that were in it, and repeat this\n",
                     "%s: %u files have the bytes that were written in %s, which is not there now: "
                     "they may be copies and are left alone; if they were moved, mount or make "
                     "that folder again, with those that were in it, and repeat this\n",
                     n),
           shown, n, folders);
  self->run->faulty = TRUE;
  return TRUE;
}

static void
changed_add_argument (Changed *self, char *argument)
{
  char *arguments[] = {argument, NULL};
  g_autoptr (GError) error = NULL;
  g_autofree char *place = changed_files_find_place (argument);
  g_autoptr (GPtrArray) found = journal_list_changed (self->journal, place, &error);
  if (!found) {
    tagging_run_complain (self->run, argument, error->message);
    return;
  }
  for (guint i = 0; i < found->len; i++)
    changed_add (self, found->pdata[i]);
  changed_find_exchanged (self, found);
  if (!place)
    return;
  g_autoptr (GPtrArray) files =
      music_files_collect (arguments, ignore_fault, NULL, tagging_run_leaves_out, NULL);
  const gboolean linked = changed_add_linked (self, files);
  const gboolean renamed = changed_add_moved (self, files, FALSE);
  const gboolean moved = changed_add_moved (self, files, TRUE) || renamed;
  const gboolean missing = complain_missing (self, argument);
  if (!linked && !moved && !missing && !journal_knows_changes (self->journal, place))
    complain_unknown (self->run, argument);
}

static void
complain_without_journal (TaggingRun *run, const char *path)
{
  g_autofree char *file = tagging_run_get_journal_file (run->options, NULL);
  if (!file) {
    complain_unknown (run, path);
    return;
  }
  g_autofree char *shown = printable (path), *journal = printable (file);
  fputs ("genre-tag: ", stderr);
  fprintf (stderr, _ ("nothing is known of what was written in %s: there is no journal %s\n"),
           shown, journal);
  run->faulty = TRUE;
}

static void
say_nothing_is_left (const CommandLine *options, gboolean has_journal)
{
  g_autofree char *file = has_journal ? NULL : tagging_run_get_journal_file (options, NULL);
  g_autofree char *shown = file ? printable (file) : NULL;
  if (shown)
    printf (_ ("Nothing is left to undo: there is no journal %s.\n"), shown);
  else
    puts (_ ("Nothing is left to undo."));
}

GPtrArray *
changed_files_list (TaggingRun *run, Journal *journal, const volatile sig_atomic_t *stop)
{
  char *everything[] = {"/", NULL};
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  g_autoptr (MovedFiles) moved = journal ? moved_files_new (journal, &error) : NULL;
  Changed self = {run, journal, moved, g_ptr_array_new_with_free_func (g_free), seen, stop};
  if (error) {
    g_autofree char *file = tagging_run_get_journal_file (run->options, NULL);
    tagging_run_complain (run, file, error->message);
    return self.files;
  }
  char **arguments = run->options->arguments ? run->options->arguments : everything;
  for (char **argument = arguments; *argument; argument++)
    if (journal)
      changed_add_argument (&self, *argument);
    else if (run->options->arguments)
      complain_without_journal (run, *argument);
  changed_remove_left (&self);
  changed_sort (&self);
  if (self.files->len == 0 && !run->faulty && !run->options->json && !run->options->quiet)
    say_nothing_is_left (run->options, journal != NULL);
  return self.files;
}

/* ---- and more of them ---- */

/* Whether the file has come to be what it is by a change under this name, too. Not by one that was
 * passed over, perhaps a moment ago: to take that back may lead forward again. */
static gboolean
is_made_here (Journal *journal, const char *path)
{
  g_autoptr (GPtrArray) changes = journal_find_undoable (journal, path, NULL);
  g_autofree char *digest = changes && changes->len > 0 ? digest_of_file (path, NULL) : NULL;
  for (guint i = 0; digest && i < changes->len; i++) {
    const Change *change = changes->pdata[i];
    if (change->state != CHANGE_PASSED && change->state != CHANGE_UNDOING &&
        g_strcmp0 (change->after.digest, digest) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Such a file counts once. */
static void
changed_add_again (Changed *self, const char *path)
{
  TaggingRun *run = self->run;
  g_hash_table_remove (run->moved, path);
  g_ptr_array_add (self->files, g_strdup (path));
  run->summary.done--;
  run->summary.restored--;
}

/* What was written under another name before, perhaps into the file of which this one is a copy: to
 * take that back on our own would take it from the other one. */
static void
complain_former (Changed *self, const char *path)
{
  g_autofree char *from = moved_files_find (self->moved, path, TRUE);
  if (!from) {
    complain_missing (self, path);
    return;
  }
  if (g_str_equal (from, path)) /* it has been passed over, and is what it was */
    return;
  g_autofree char *shown = printable (from);
  g_autofree char *text =
      g_strdup_printf (_ ("it is what was written in %s before; if it is that file, and no copy of "
                          "it, another --undo takes that back, too"),
                       shown);
  tagging_run_complain (self->run, path, text);
}

/* What was moved has taken the name of another one, which was written under it. */
static void
changed_add_supplanted (Changed *self, const char *path)
{
  TaggingRun *run = self->run;
  g_autoptr (GPtrArray) changed = g_hash_table_contains (run->moved, path)
                                      ? journal_list_changed (self->journal, path, NULL)
                                      : NULL;
  if (!changed || changed->len == 0)
    return;
  g_hash_table_remove (run->moved, path);
  g_ptr_array_add (self->files, g_strdup (path));
  run->summary.n_files++;
}

void
changed_files_find_further (TaggingRun *run, Journal *journal, const GPtrArray *restored,
                            GPtrArray *files, const volatile sig_atomic_t *stop)
{
  g_autoptr (MovedFiles) moved = restored->len > 0 ? moved_files_new (journal, NULL) : NULL;
  Changed self = {run, journal, moved, files, NULL, stop};
  for (guint i = 0; i < restored->len && !*stop; i++) {
    const char *path = restored->pdata[i];
    if (is_made_here (journal, path)) {
      changed_add_again (&self, path);
      continue;
    }
    changed_add_supplanted (&self, path);
    if (moved)
      complain_former (&self, path);
  }
}
