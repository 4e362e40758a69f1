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

/* Undoing that has not come about may be tried again; of a change that a run was killed at before,
 * nobody may say now that it has come about. */
static ChangeState
judge (const OpenChange *open, const FileVersion *found)
{
  if (open->state == CHANGE_UNDOING && is (found, open->undo_digest))
    return CHANGE_PASSED; /* perhaps in a copy of the file that was written */
  if (open->state == CHANGE_UNDOING)
    return is (found, open->change->before.digest) ? CHANGE_LOST : CHANGE_WRITTEN;
  if (is (found, open->change->after.digest))
    return CHANGE_WRITTEN;
  if (!is (found, open->change->before.digest))
    return CHANGE_LOST;
  /* a backup may have been put there, and what was written may be elsewhere */
  return file_version_is_same (found, &open->change->before) ? CHANGE_ABANDONED : CHANGE_PASSED;
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
settle (Journal *journal, const OpenChange *open, ChangeState *state, gboolean *is_known,
        GError **error)
{
  const Change *change = open->change;
  FileVersion found = {0};
  gboolean good = TRUE;
  *state = open->state;
  *is_known = FALSE;
  if (look (change->path, &found)) {
    *state = judge (open, &found);
    *is_known = is (&found, change->before.digest) || is (&found, change->after.digest) ||
                (open->undo_digest && is (&found, open->undo_digest));
    /* what was to be undone may be a copy: the file that was written keeps its number and time */
    const gboolean ours =
        open->state == CHANGE_UNDOING ? *state == CHANGE_PASSED : is (&found, change->after.digest);
    good = journal_settle (journal, open, state, ours ? &found : NULL, error);
  }
  g_free (found.digest);
  return good;
}

gboolean
recovery_settle (Journal *journal, const OpenChange *open, ChangeState *state, GError **error)
{
  gboolean is_known;
  bring_back (open);
  return settle (journal, open, state, &is_known, error);
}

static void
add_digest (GHashTable *digests, const char *digest)
{
  if (digest)
    g_hash_table_add (digests, g_strdup (digest));
}

/* Of files that are there (@known, OpenChange), what they were and were to become. Folders, to sets
 * of digests. */
static GHashTable *
list_versions (GPtrArray *changes, GHashTable *known)
{
  GHashTable *folders =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
  for (guint i = 0; i < changes->len; i++) {
    const OpenChange *open = changes->pdata[i];
    char *folder = g_path_get_dirname (open->change->path);
    GHashTable *digests = g_hash_table_lookup (folders, folder);
    if (!digests) {
      digests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (folders, g_strdup (folder), digests);
    }
    g_free (folder);
    if (!g_hash_table_contains (known, open))
      continue;
    add_digest (digests, open->change->before.digest);
    add_digest (digests, open->change->after.digest);
    add_digest (digests, open->undo_digest);
  }
  return folders;
}

/* A leftover may be all that there is of a file that is missing, or whose name another one has now,
 * perhaps one of which another journal knows. */
static void
remove_leftovers (GPtrArray *changes, GHashTable *known)
{
  g_autoptr (GHashTable) folders = list_versions (changes, known);
  GHashTableIter iter;
  gpointer folder, digests;
  g_hash_table_iter_init (&iter, folders);
  while (g_hash_table_iter_next (&iter, &folder, &digests)) {
    replacement_remove_leftovers (folder);
    replacement_remove_known_leftovers (folder, digests);
  }
}

gboolean
recovery_run (Journal *journal, RecoveryTell lost, RecoveryTell back, gpointer user_data,
              GError **error)
{
  g_autoptr (GPtrArray) changes = journal_list_open (journal, error);
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  for (guint i = 0; changes && i < changes->len; i++) {
    const OpenChange *open = changes->pdata[i];
    ChangeState state;
    if (bring_back (open))
      back (open->change->path, user_data);
    gboolean is_known;
    if (!settle (journal, open, &state, &is_known, error))
      return FALSE;
    if (is_known)
      g_hash_table_add (known, (gpointer)open);
    if (state == CHANGE_LOST)
      lost (open->change->path, user_data);
  }
  if (changes)
    remove_leftovers (changes, known);
  return changes != NULL;
}
