/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recovery.h"
#include "digest.h"
#include "replacement.h"

static gboolean
look (const char *path, FileVersion *found)
{
  struct stat status;
  goffset size;
  if (stat (path, &status) != 0 || !S_ISREG (status.st_mode))
    return FALSE;
  found->digest = digest_of_file (path, &size);
  file_version_set (found, &status);
  return found->digest && size == found->size;
}

static gboolean
is (const FileVersion *found, const char *digest)
{
  return g_strcmp0 (found->digest, digest) == 0;
}

/* Undoing that has not come about may be tried again. */
static ChangeState
judge (const OpenChange *open, const FileVersion *found)
{
  if (open->state == CHANGE_UNDOING)
    return is (found, open->undo_digest) ? CHANGE_UNDONE : CHANGE_WRITTEN;
  if (is (found, open->change->after.digest))
    return CHANGE_WRITTEN;
  return is (found, open->change->before.digest) ? CHANGE_ABANDONED : CHANGE_LOST;
}

/* A file system that cannot exchange two files may have been at a moment at which the copy alone
 * was there. What is left there instead when the copy has taken its place is no longer needed. */
static gboolean
bring_back (const OpenChange *open)
{
  const char *digest =
      open->state == CHANGE_UNDOING ? open->undo_digest : open->change->after.digest;
  return digest && replacement_bring_back (open->change->path, digest);
}

/* A file that a person has taken away is found by its content, wherever it is, as long as the
 * change is open. */
static gboolean
settle (Journal *journal, const OpenChange *open, ChangeState *state, GError **error)
{
  FileVersion found = {0};
  gboolean good = TRUE;
  *state = open->state;
  if (look (open->change->path, &found)) {
    *state = judge (open, &found);
    const gboolean ours = is (&found, open->change->after.digest) || *state == CHANGE_UNDONE;
    good = journal_settle (journal, open, state, ours ? &found : NULL, error);
  }
  g_free (found.digest);
  return good;
}

gboolean
recovery_settle (Journal *journal, const OpenChange *open, ChangeState *state, GError **error)
{
  bring_back (open);
  return settle (journal, open, state, error);
}

/* Where a file is still missing, a leftover may be all that there is of it. */
static void
remove_leftovers (GPtrArray *changes)
{
  g_autoptr (GHashTable) folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer folder, needy;
  for (guint i = 0; i < changes->len; i++) {
    const char *path = ((const OpenChange *)changes->pdata[i])->change->path;
    g_autofree char *name = g_path_get_dirname (path);
    const gboolean misses =
        g_hash_table_lookup (folders, name) || !g_file_test (path, G_FILE_TEST_EXISTS);
    g_hash_table_replace (folders, g_steal_pointer (&name), GINT_TO_POINTER (misses));
  }
  g_hash_table_iter_init (&iter, folders);
  while (g_hash_table_iter_next (&iter, &folder, &needy))
    if (needy)
      replacement_remove_leftovers (folder);
    else
      replacement_remove_all_leftovers (folder);
}

gboolean
recovery_run (Journal *journal, RecoveryTell lost, RecoveryTell back, gpointer user_data,
              GError **error)
{
  g_autoptr (GPtrArray) changes = journal_list_open (journal, error);
  for (guint i = 0; changes && i < changes->len; i++) {
    const OpenChange *open = changes->pdata[i];
    ChangeState state;
    if (bring_back (open))
      back (open->change->path, user_data);
    if (!settle (journal, open, &state, error))
      return FALSE;
    if (state == CHANGE_LOST)
      lost (open->change->path, user_data);
  }
  if (changes)
    remove_leftovers (changes);
  return changes != NULL;
}
