/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "movedfiles.h"
#include "digest.h"
#include "pieces.h"
#include "replacement.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

struct _MovedFiles {
  GPtrArray *changes;   /* of Change, the last one of each file that is gone; without a path, if it
                           is taken */
  GHashTable *last;     /* gint64, numbers of the last changes, of all files, and of those of which
                           nobody knows whether they have come about */
  GHashTable *found;    /* of those that are found elsewhere */
  GHashTable *sizes;    /* gint64, of those that are gone */
  GHashTable *versions; /* GPtrArray of Change, by what each has become */
  GHashTable *digests;  /* GPtrArray of Change, by theirs; without those whose name something else
                           has */
  GHashTable *passed;   /* the same of those that were passed over, if something has their name */
  GHashTable *missing;  /* folders, which would have to be there for files to be found */
  guint n_withheld;     /* such files */
};

static guint
hash_version (gconstpointer key)
{
  const FileVersion *version = key;
  return g_int64_hash (&version->inode) ^ g_int64_hash (&version->mtime);
}

static gboolean
is_same_version (gconstpointer a, gconstpointer b)
{
  return file_version_is_same (a, b);
}

/* Nothing is there any more, or another file, or it has changed. */
static gboolean
is_gone (const Change *change, gboolean *replaced)
{
  struct stat status;
  FileVersion version = {0};
  *replaced = lstat (change->path, &status) == 0;
  if (!*replaced)
    return errno == ENOENT || errno == ENOTDIR;
  file_version_set (&version, &status);
  return !file_version_is_same (&change->after, &version);
}

static void
add_to_list (GHashTable *lists, gpointer key, Change *change)
{
  GPtrArray *list = g_hash_table_lookup (lists, key);
  if (!list) {
    list = g_ptr_array_new ();
    g_hash_table_insert (lists, key, list);
  }
  g_ptr_array_add (list, change);
}

/* What has the same bytes as a file whose name something else has may be a copy of it. */
static void
add_change (MovedFiles *self, Change *change, gboolean replaced)
{
  g_ptr_array_add (self->changes, change);
  g_hash_table_add (self->sizes, &change->after.size);
  add_to_list (self->versions, &change->after, change);
  if (!replaced)
    add_to_list (self->digests, change->after.digest, change);
  else if (change->state == CHANGE_PASSED)
    add_to_list (self->passed, change->after.digest, change);
}

static void
add_id (GHashTable *ids, const Change *change)
{
  gint64 *id = g_new (gint64, 1);
  *id = change->id;
  g_hash_table_add (ids, id);
}

static void
add_written (MovedFiles *self, GPtrArray *written)
{
  for (guint i = 0; i < written->len; i++) {
    Change *change = g_steal_pointer (&written->pdata[i]);
    gboolean replaced = TRUE;
    add_id (self->last, change);
    if (change->after.digest && (is_gone (change, &replaced) || change->state == CHANGE_PASSED))
      add_change (self, change, replaced);
    else
      change_free (change);
  }
}

/* What they have become is known by its bytes alone. */
static void
add_doubtful (MovedFiles *self, GPtrArray *doubtful)
{
  for (guint i = 0; i < doubtful->len; i++) {
    Change *change = g_steal_pointer (&doubtful->pdata[i]);
    gboolean replaced;
    g_ptr_array_add (self->changes, change);
    add_id (self->last, change);
    if (!change->after.digest || !is_gone (change, &replaced) || replaced)
      continue;
    g_hash_table_add (self->sizes, &change->after.size);
    add_to_list (self->digests, change->after.digest, change);
  }
}

MovedFiles *
moved_files_new (Journal *journal, GError **error)
{
  g_autoptr (GPtrArray) written = journal_list_last_changes (journal, error);
  g_autoptr (GPtrArray) doubtful = written ? journal_list_doubtful (journal, error) : NULL;
  if (!doubtful)
    return NULL;
  MovedFiles *self = g_new0 (MovedFiles, 1);
  const GDestroyNotify free_list = (GDestroyNotify)g_ptr_array_unref;
  self->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  self->last = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->found = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->sizes = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->versions = g_hash_table_new_full (hash_version, is_same_version, NULL, free_list);
  self->digests = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_list);
  self->passed = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_list);
  self->missing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  add_written (self, written);
  add_doubtful (self, doubtful);
  return self;
}

void
moved_files_free (MovedFiles *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->missing);
  g_hash_table_unref (self->passed);
  g_hash_table_unref (self->digests);
  g_hash_table_unref (self->versions);
  g_hash_table_unref (self->sizes);
  g_hash_table_unref (self->found);
  g_hash_table_unref (self->last);
  g_ptr_array_unref (self->changes);
  g_free (self);
}

static gboolean
has_same_name (const Change *change, const char *path)
{
  const char *a = strrchr (change->path, '/'), *b = strrchr (path, '/');
  return a && b && g_str_equal (a, b);
}

/* Each once. */
static char *
take (MovedFiles *self, Change *change)
{
  add_id (self->found, change);
  return g_steal_pointer (&change->path);
}

static char *
take_renamed (MovedFiles *self, const FileVersion *version)
{
  const GPtrArray *list = g_hash_table_lookup (self->versions, version);
  for (guint i = 0; list && i < list->len; i++) {
    Change *change = list->pdata[i];
    if (change->path)
      return take (self, change);
  }
  return NULL;
}

/* Where not even the folder is, a disk may be missing, and what is found a copy. */
static gboolean
has_folder (const Change *change)
{
  g_autofree char *folder = g_path_get_dirname (change->path);
  return g_file_test (folder, G_FILE_TEST_IS_DIR);
}

/* The highest folder that is missing. (transfer full) */
static char *
find_missing (const Change *change)
{
  char *missing = g_path_get_dirname (change->path);
  for (;;) {
    char *above = g_path_get_dirname (missing);
    if (g_file_test (above, G_FILE_TEST_IS_DIR) || g_str_equal (above, missing)) {
      g_free (above);
      return missing;
    }
    g_free (missing);
    missing = above;
  }
}

/* Of several with these bytes the one of the same name, or the first. */
static char *
take_alike (MovedFiles *self, const char *path, const char *digest)
{
  const GPtrArray *list = g_hash_table_lookup (self->digests, digest);
  Change *best = NULL, *withheld = NULL;
  for (guint i = 0; list && i < list->len; i++) {
    Change *change = list->pdata[i];
    if (!change->path || (best && !has_same_name (change, path)))
      continue;
    if (has_folder (change))
      best = change;
    else if (!withheld || has_same_name (change, path))
      withheld = change;
  }
  if (best)
    return take (self, best);
  if (withheld) {
    g_hash_table_add (self->missing, find_missing (withheld));
    self->n_withheld++;
  }
  return NULL;
}

/* What a person has put back where it was written. */
static char *
take_put_back (MovedFiles *self, const char *path, const char *digest)
{
  const GPtrArray *list = g_hash_table_lookup (self->passed, digest);
  for (guint i = 0; list && i < list->len; i++) {
    Change *change = list->pdata[i];
    if (change->path && g_str_equal (change->path, path))
      return take (self, change);
  }
  return NULL;
}

char *
moved_files_find (MovedFiles *self, const char *path, gboolean by_content)
{
  struct stat status;
  FileVersion version = {0};
  if (stat (path, &status) != 0 || !S_ISREG (status.st_mode))
    return NULL;
  file_version_set (&version, &status);
  if (!g_hash_table_contains (self->sizes, &version.size))
    return NULL;
  if (!by_content)
    return take_renamed (self, &version);
  g_autofree char *digest = digest_of_file (path, NULL);
  char *from = digest ? take_put_back (self, path, digest) : NULL;
  return from || !digest ? from : take_alike (self, path, digest);
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

GPtrArray *
moved_files_take_missing (MovedFiles *self, guint *n_files)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer folder;
  g_hash_table_iter_init (&iter, self->missing);
  while (g_hash_table_iter_next (&iter, &folder, NULL)) {
    g_hash_table_iter_steal (&iter);
    g_ptr_array_add (folders, folder);
  }
  g_ptr_array_sort (folders, compare_strings);
  *n_files = self->n_withheld;
  self->n_withheld = 0;
  return folders;
}

/* Whether @file is what one of its name was that is found elsewhere, or is not; what it was before
 * it was written is no copy of what it is then. */
static gboolean
is_one_of (const MovedFiles *self, const GPtrArray *changes, int file, const FileVersion *version,
           gboolean is_found)
{
  g_autofree char *digest = is_found ? digest_of_fd (file, NULL, NULL, NULL) : NULL;
  for (guint i = 0; i < changes->len; i++) {
    const Change *change = changes->pdata[i];
    if (!g_hash_table_contains (self->last, &change->id) ||
        g_hash_table_contains (self->found, &change->id) != is_found)
      continue;
    if (digest && g_strcmp0 (change->before.digest, digest) == 0)
      return FALSE;
    if (file_version_is_same (&change->after, version) ||
        (change->pieces && change->state != CHANGE_PASSED &&
         pieces_are_in (change->pieces, file, NULL)))
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_name (const MovedFiles *self, Journal *journal, const char *path, gboolean is_found)
{
  g_autoptr (GPtrArray) changes = journal_find_undoable (journal, path, NULL);
  struct stat status;
  FileVersion version = {0};
  const int fd = changes && changes->len > 0 ? person_file_open (path, &status, NULL) : -1;
  if (fd < 0)
    return FALSE;
  file_version_set (&version, &status);
  const gboolean has = is_one_of (self, changes, fd, &version, is_found);
  close (fd);
  return has;
}

gboolean
moved_files_is_there (const MovedFiles *self, Journal *journal, const char *path)
{
  return has_name (self, journal, path, FALSE);
}

gboolean
moved_files_is_copy (const MovedFiles *self, Journal *journal, const char *path)
{
  return has_name (self, journal, path, TRUE);
}
