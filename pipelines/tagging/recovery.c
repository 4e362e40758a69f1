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
 * was there; where it can, both are, and it is a person who has taken the file away since. */
static void
bring_back (const OpenChange *open)
{
  const Change *change = open->change;
  const char *const digests[] = {open->state == CHANGE_UNDOING ? open->undo_digest : NULL,
                                 change->after.digest, change->before.digest};
  for (gsize i = 0; i < G_N_ELEMENTS (digests); i++)
    if (digests[i] && replacement_bring_back (change->path, digests[i]))
      return;
}

gboolean
recovery_settle (Journal *journal, const OpenChange *open, ChangeState *state, GError **error)
{
  FileVersion found = {0};
  gboolean good = TRUE;
  *state = open->state;
  bring_back (open);
  if (look (open->change->path, &found)) {
    *state = judge (open, &found);
    const gboolean ours = is (&found, open->change->after.digest) || *state == CHANGE_UNDONE;
    good = journal_settle (journal, open, state, ours ? &found : NULL, error);
  }
  g_free (found.digest);
  return good;
}

/* Of what is still missing the leftovers stay: one of them may be all that there is. */
static void
remove_leftovers (GPtrArray *changes)
{
  g_autoptr (GHashTable) needy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < changes->len; i++) {
    const char *path = ((const OpenChange *)changes->pdata[i])->change->path;
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      g_hash_table_add (needy, g_path_get_dirname (path));
  }
  for (guint i = 0; i < changes->len; i++) {
    const char *path = ((const OpenChange *)changes->pdata[i])->change->path;
    g_autofree char *folder = g_path_get_dirname (path);
    if (!g_hash_table_contains (needy, folder))
      replacement_remove_leftovers_beside (path);
  }
}

gboolean
recovery_run (Journal *journal, void (*lost) (const char *path, gpointer user_data),
              gpointer user_data, GError **error)
{
  g_autoptr (GPtrArray) changes = journal_list_open (journal, error);
  for (guint i = 0; changes && i < changes->len; i++) {
    const OpenChange *open = changes->pdata[i];
    ChangeState state;
    if (!recovery_settle (journal, open, &state, error))
      return FALSE;
    if (state == CHANGE_LOST)
      lost (open->change->path, user_data);
  }
  if (changes)
    remove_leftovers (changes);
  return changes != NULL;
}
