/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "movedfiles.h"
#include "digest.h"
#include "pieces.h"
#include "replacement.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

struct _MovedFiles {
  GPtrArray *changes; /* of Change, the last one of each file that is gone; without a digest, if
                         something else has its name */
  GHashTable *sizes;  /* gint64, of those */
};

static gboolean
is_renamed (const Change *change, const FileVersion *found)
{
  return change->after.inode == found->inode && change->after.mtime == found->mtime &&
         change->after.size == found->size;
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
  return !is_renamed (change, &version);
}

MovedFiles *
moved_files_new (Journal *journal, GError **error)
{
  g_autoptr (GPtrArray) written = journal_list_last_changes (journal, error);
  if (!written)
    return NULL;
  MovedFiles *self = g_new0 (MovedFiles, 1);
  self->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  self->sizes = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_ptr_array_set_free_func (written, NULL);
  for (guint i = 0; i < written->len; i++) {
    Change *change = written->pdata[i];
    gboolean replaced;
    if (change->after.digest && is_gone (change, &replaced)) {
      if (replaced) /* what has the same bytes may be a copy of what was there */
        g_clear_pointer (&change->after.digest, g_free);
      g_ptr_array_add (self->changes, change);
      g_hash_table_add (self->sizes, &change->after.size);
    } else {
      change_free (change);
    }
  }
  return self;
}

void
moved_files_free (MovedFiles *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->sizes);
  g_ptr_array_unref (self->changes);
  g_free (self);
}

static gboolean
has_same_name (const Change *change, const char *path)
{
  const char *a = strrchr (change->path, '/'), *b = strrchr (path, '/');
  return a && b && g_str_equal (a, b);
}

/* Once each: the size of one that is taken may be looked up still. */
static char *
take (MovedFiles *self, guint place)
{
  Change *change = self->changes->pdata[place];
  g_clear_pointer (&change->after.digest, g_free);
  return g_steal_pointer (&change->path);
}

static char *
take_renamed (MovedFiles *self, const FileVersion *version)
{
  for (guint i = 0; i < self->changes->len; i++) {
    const Change *change = self->changes->pdata[i];
    if (change->path && is_renamed (change, version))
      return take (self, i);
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

/* Of several with these bytes the one of the same name, or the first. */
static char *
take_alike (MovedFiles *self, const char *path, const char *digest)
{
  guint best = self->changes->len;
  for (guint i = 0; i < self->changes->len; i++) {
    const Change *change = self->changes->pdata[i];
    if (change->path && g_strcmp0 (change->after.digest, digest) == 0 &&
        (best == self->changes->len || has_same_name (change, path)) && has_folder (change))
      best = i;
  }
  return best < self->changes->len ? take (self, best) : NULL;
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
  return digest ? take_alike (self, path, digest) : NULL;
}

gboolean
moved_files_is_copy (Journal *journal, const char *path)
{
  g_autoptr (GPtrArray) changes = journal_find_changes (journal, path, NULL);
  const Change *newest = changes && changes->len > 0 ? changes->pdata[0] : NULL;
  const int fd = newest && newest->pieces ? person_file_open (path, NULL, NULL) : -1;
  if (fd < 0)
    return FALSE;
  const gboolean is_copy =
      g_bytes_get_size (newest->pieces) > 0 && pieces_are_in (newest->pieces, fd, NULL);
  close (fd);
  return is_copy;
}
